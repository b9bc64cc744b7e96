"""Trace programs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TraceFinished:
    """A trace program ended: `cause` is "ok" or why not; `turn` is 1 for one that was mended."""

    problem_id: str
    sample: int
    cause: str
    message: str
    first_index: int | None
    terms: tuple[str, ...]
    seconds: float
    turn: int = 0
