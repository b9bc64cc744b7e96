"""Time granted and time spent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GrantGiven:
    """How long a problem may take and why; `price` is what a second is worth elsewhere, in problems."""

    problem_id: str
    grant_s: float
    price: float
    left_s: float
    problems_left: int
    why: str


@dataclass(frozen=True)
class AccountClosed:
    """A problem's time was settled: how it ended ("accepted", "exhausted" or "stopped") and what it used."""

    problem_id: str
    ending: str
    granted_s: float
    spent_s: float
