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
class EffortChosen:
    """How much is tried on a problem from now on; fields as in config.Effort."""

    problem_id: str
    stage: str
    preset: str
    left_s: float
    trace_samples: int
    attempts: int
    turns: int
    reasoning: str
    lean_compared: int
    all_n: bool
    alongside: bool


@dataclass(frozen=True)
class SignalsLooked:
    """What a problem had shown of itself when the budget looked, and the verdict.

    Attributes:
        elapsed_s: since the problem began.
        traces: best outcome of its trace programs, None while unknown: "failed", "ran", "mined".
        agreement: whether any two answers are equal, None while unknown: "some", "none".
        decided: no further attempt can change the answer.
        checking: Lean was at work on a rule.
        stop_s: when the problem is given up if nothing else shows.
        going_on: the verdict.
    """

    problem_id: str
    elapsed_s: float
    traces: str | None
    agreement: str | None
    decided: bool
    checking: bool
    stop_s: float
    going_on: bool


@dataclass(frozen=True)
class AccountClosed:
    """A problem's time was settled.

    Attributes:
        ending: "accepted", "exhausted" or "stopped".
        traces, agreement: what it had shown of itself, as in SignalsLooked.
    """

    problem_id: str
    ending: str
    granted_s: float
    spent_s: float
    traces: str | None = None
    agreement: str | None = None
