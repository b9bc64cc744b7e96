"""How a run is watched and recorded."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DASHBOARDS = ("auto", "live", "lines", "off")
_SECRET_NAME = re.compile(r"key|token|secret|passw|credential|auth", re.IGNORECASE)
_SHORTEST = 8  # a shorter value would blot out ordinary words


@dataclass(frozen=True)
class ObserveConfig:
    """How a run is watched and recorded.

    Attributes:
        dashboard: "live" redraws a terminal, "lines" prints one line a problem, "off" neither; "auto" is live
            in a terminal that can be redrawn, else lines.
        refresh_s: between two drawings.
        sample_s: between two looks at memory and pools; 0: none.
        metrics_port: on loopback, for Prometheus; None: no such server. 0 takes a free one.
        engine_metrics: address of the /metrics of a vLLM that somebody else started, joined to ours;
            those of our own are found without it.
        memory_low_bytes: below it the dashboard warns.
        ttft_slow_s, tokens_slow_per_s: above and below them the engine counts as slow.
        secrets: texts that the journal must never hold.
    """

    dashboard: str = "off"
    refresh_s: float = 1.0
    sample_s: float = 10.0
    metrics_port: int | None = None
    engine_metrics: str | None = None
    memory_low_bytes: int = 4 << 30
    ttft_slow_s: float = 30.0
    tokens_slow_per_s: float = 20.0
    secrets: tuple[str, ...] = field(default=(), repr=False)


def secrets_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The values of variables whose names say that they are secret, longest first; paths are none."""
    found = {
        value.strip()
        for name, value in environ.items()
        if _SECRET_NAME.search(name) and len(value.strip()) >= _SHORTEST and not value.startswith("/")
    }
    return tuple(sorted(found, key=lambda one: (-len(one), one)))


def settings_of(config: Any) -> dict[str, str]:
    """Every setting as dotted name -> value, for the journal.

    Args:
        config: a tree of frozen dataclasses.

    Returns:
        Without paths and secrets, and without what is None.
    """
    return dict(_settings(config, ""))


def _settings(value: Any, name: str) -> Iterator[tuple[str, str]]:
    for one in dataclasses.fields(value):
        inner, dotted = getattr(value, one.name), f"{name}.{one.name}".lstrip(".")
        if dataclasses.is_dataclass(inner):
            yield from _settings(inner, dotted)
        elif one.repr and inner is not None and not _holds_path(inner):
            yield dotted, str(inner)
            for part in inner if isinstance(inner, tuple) else ():
                if isinstance(part, tuple) and len(part) == 2 and dataclasses.is_dataclass(part[1]):
                    yield from _settings(part[1], f"{dotted}.{getattr(part[1], 'name', '')}")  # a preset


def _holds_path(value: object) -> bool:
    if isinstance(value, tuple | list):
        return any(_holds_path(one) for one in value)
    if isinstance(value, Mapping):
        return any(_holds_path(one) for one in value.values())
    return isinstance(value, Path)
