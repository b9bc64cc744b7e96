"""What vLLM's /metrics says about its use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

_NAMES: Mapping[str, str] = {
    "vllm:num_requests_running": "running",
    "vllm:num_requests_waiting": "waiting",
    "vllm:kv_cache_usage_perc": "kv_share",
    "vllm:generation_tokens_total": "generated",
    "vllm:prefix_cache_queries_total": "prefix_asked",
    "vllm:prefix_cache_hits_total": "prefix_hits",
    "vllm:num_preemptions_total": "preempted",
}


@dataclass(frozen=True)
class Gauges:
    """Sums over the server's engines, its KV share excepted, which is the fullest one's.

    Attributes:
        running, waiting: requests.
        kv_share: of the KV cache that is in use, 0 to 1.
        generated: tokens since the server's start.
        prefix_asked, prefix_hits: prompt tokens looked up in the prefix cache, and found.
        preempted: requests that lost their KV cache to others and had to be computed again.
    """

    running: float = 0.0
    waiting: float = 0.0
    kv_share: float = 0.0
    generated: float = 0.0
    prefix_asked: float = 0.0
    prefix_hits: float = 0.0
    preempted: float = 0.0


def read_gauges(text: str) -> Gauges:
    """Read the Prometheus text format.

    Raises:
        ValueError: it is none.
    """
    found: dict[str, list[float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name in _NAMES:
                found.setdefault(_NAMES[sample.name], []).append(sample.value)
    return Gauges(**{name: max(them) if name == "kv_share" else sum(them) for name, them in found.items()})
