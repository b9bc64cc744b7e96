"""The figures of a running run for Prometheus, on loopback only, and vLLM's own joined to them.

Names follow Prometheus' conventions: the prefix `aimo_`, base units, `_total` for what only grows. They are
collected from the run's state when somebody asks, so that nothing is counted twice. The model's server tells
its own under `vllm:`; they are fetched at the same moment and passed on as they are. Where a server that we
started listens is told by the journal, life by life; one that somebody else started is named by a setting.
"""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from aimo_pipeline.config import ObserveConfig
from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.observe.reading import Record
from aimo_pipeline.observe.state import RunState

LOOPBACK = "127.0.0.1"
_ENGINE_PREFIX = "vllm:"
_SCRAPE_S = 2.0
_MOST_BYTES = 4 << 20
_GAUGES = {
    "resident_bytes": ("aimo_resident_memory_bytes", "Memory of the pipeline's own process."),
    "available_bytes": ("aimo_memory_available_bytes", "Memory that new processes could use."),
    "lean_workers": ("aimo_lean_workers", "Lean workers that are up."),
    "lean_busy": ("aimo_lean_workers_busy", "Lean workers that check something."),
    "kv_share": ("aimo_kv_cache_usage_ratio", "Of the model server's KV cache."),
    "waiting": ("aimo_requests_waiting", "Requests that wait in the model's server."),
    "running": ("aimo_requests_running", "Requests that the model's server works on."),
    "programs_running": ("aimo_programs_running", "Programs in the sandbox."),
    "programs_waiting": ("aimo_programs_waiting", "Programs that wait for a place."),
}
# What the pools count themselves, since the run's start.
_COUNTERS = {
    "lean_restarts": ("aimo_lean_restarts", "Lean workers that ended before the run did."),
    "lean_checks": ("aimo_lean_checks", "Documents that Lean was asked about."),
    "lean_cache_hits": ("aimo_lean_cache_hits", "Of them, those whose verdicts were known."),
}


class RunCollector(Collector):
    """Turns a run's state into metrics when asked; safe to be told of records from several threads.

    Args:
        engine: address of the model server's own metrics; None: that of the server that the run starts.
    """

    def __init__(self, engine: str | None) -> None:
        self.state = RunState()
        self._engine = self._given = engine
        self._lock = threading.Lock()

    def tell(self, record: Record) -> None:
        """Take in one record."""
        with self._lock:
            self.state.apply(record)
            if record.get("type") == "ServerReady" and self._given is None and record.get("port"):
                self._engine = f"http://{LOOPBACK}:{record['port']}/metrics"

    def describe(self) -> list[Metric]:
        """Nothing: asking at registration would reach out to the engine."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All metrics of this moment."""
        with self._lock:
            found, engine = list(_metrics(self.state)), self._engine
        yield from found
        if engine is not None:
            yield from _engine_metrics(engine)


def _metrics(state: RunState) -> Iterator[Metric]:
    problems = GaugeMetricFamily("aimo_problems", "Problems by phase.", labels=["phase"])
    phases = [cell.phase for cell in state.cells.values()]
    phases += ["pending"] * max(0, state.expected - len(phases))
    for phase in ("pending", "generating", "verifying", "solved", "given up"):
        problems.add_metric([phase.replace(" ", "_")], phases.count(phase))
    yield problems
    yield _counted("aimo_answers", "Answers by evidence.", "evidence", state.answered)
    yield _counted(
        "aimo_method_tried", "Problems that ended, by method that was tried.", "method", state.tried
    )
    yield _counted("aimo_method_won", "Problems whose answer came by it.", "method", state.won)
    yield _counted("aimo_programs", "Programs that ran, by outcome.", "outcome", state.programs)
    yield _counted("aimo_lean_verdicts", "Theorems by verdict.", "verdict", state.verdicts)
    yield CounterMetricFamily("aimo_tokens_generated", "Tokens that models generated.", value=state.tokens)
    yield CounterMetricFamily("aimo_completions", "Completions that ended.", value=state.completions)
    yield CounterMetricFamily("aimo_faults", "Faults of stages and engines.", value=state.fault_count)
    yield CounterMetricFamily("aimo_engine_restarts", "Restarts of the model server.", value=state.restarts)
    for name, text, value in (
        ("aimo_run_elapsed_seconds", "Since the start, as of the last event.", state.at_s),
        ("aimo_time_left_seconds", "Of the wall clock.", state.remaining_s(state.at_s)),
        ("aimo_tokens_per_second", "Over the last minute.", state.tokens_per_s(state.at_s)),
        ("aimo_time_to_first_token_seconds", "Median of the last completions.", state.ttft_s()),
    ):
        if value is not None:
            yield GaugeMetricFamily(name, text, value=value)
    for gauge, (name, text) in _GAUGES.items():
        if gauge in state.gauges:
            yield GaugeMetricFamily(name, text, value=state.gauges[gauge])
    for gauge, (name, text) in _COUNTERS.items():
        if gauge in state.gauges:
            yield CounterMetricFamily(name, text, value=state.gauges[gauge])
    yield from _active(state)


def _active(state: RunState) -> Iterator[Metric]:
    """Time against grant of what is worked on; problems that have ended are not told of any more."""
    elapsed = GaugeMetricFamily("aimo_problem_elapsed_seconds", "Since it began.", labels=["problem"])
    granted = GaugeMetricFamily("aimo_problem_grant_seconds", "What it was granted.", labels=["problem"])
    for cell in state.active():
        elapsed.add_metric([cell.id], state.at_s - cell.began_s)
        granted.add_metric([cell.id], cell.grant_s)
    yield from (elapsed, granted)


def _counted(name: str, text: str, label: str, counts: dict[str, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in sorted(counts.items()):
        family.add_metric([value], count)
    return family


def _engine_metrics(address: str) -> Iterator[Metric]:
    """The model server's own, as far as they can be had now."""
    up = GaugeMetricFamily("aimo_engine_up", "1 while the model server tells its metrics.", value=0)
    try:
        with urllib.request.urlopen(address, timeout=_SCRAPE_S) as reply:
            text = reply.read(_MOST_BYTES).decode("utf-8", "replace")
        families = list(text_string_to_metric_families(text))
    except (OSError, urllib.error.URLError, ValueError):
        yield up
        return
    yield GaugeMetricFamily("aimo_engine_up", "1 while the model server tells its metrics.", value=1)
    yield from (family for family in families if family.name.startswith(_ENGINE_PREFIX))


def check_address(address: str) -> str:
    """The address, if it is one of this machine's own.

    Raises:
        UserError: it is no http address on loopback.
    """
    parts = urlsplit(address)
    if parts.scheme != "http" or parts.hostname not in (LOOPBACK, "localhost", "::1"):
        raise UserError(f"AIMO_ENGINE_METRICS is {address!r}; it must be http on this machine, on 127.0.0.1")
    return address


@contextmanager
def metrics_server(journal: Journal, config: ObserveConfig) -> Iterator[int | None]:
    """Serve the run's metrics for as long as the block lasts.

    Args:
        journal: of the run; its records feed the metrics.
        config: without metrics_port nothing is served.

    Returns:
        The port, None without a server.

    Raises:
        UserError: the port is taken, or the engine's address is not on this machine.
    """
    if config.metrics_port is None:
        yield None
        return
    engine = check_address(config.engine_metrics) if config.engine_metrics else None
    collector, registry = RunCollector(engine), CollectorRegistry()
    registry.register(collector)
    journal.listen(collector.tell)
    try:
        server, thread = start_http_server(config.metrics_port, addr=LOOPBACK, registry=registry)
    except OSError as error:
        raise UserError(f"metrics cannot be served on port {config.metrics_port}: {error.strerror}") from None
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
