"""Attempts of tool-integrated reasoning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AttemptFinished:
    """One attempt of tool-integrated reasoning ended; without a value, `source` is the cause."""

    problem_id: str
    attempt: int
    value: str | None
    source: str
    turns: int
    detail: str
