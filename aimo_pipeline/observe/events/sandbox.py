"""Model-written programs that ran."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProgramRan:
    """A model-written program or cell came to its end.

    Attributes:
        kind: "trace", "terms" (a trace program at certain indices), "steps" (its cost), "run", "cell".
        session: number of the session among those of the run; None for a program by itself.
        code: digest of its text, see TextKept.
        request: what else was asked of the sandbox, as JSON.
        outcome: "ran", "crashed", "timed_out", "killed", "never_began" or "cancelled" (nobody waited).
        limit: which limit ended it: "", "time", "memory", "output" or "admission".
        output: what was printed; of a flood the beginning and the end.
        detail: what went wrong, in one line.
        seconds: from the request to the outcome, waiting for a turn included.
        result: all else that came out, as JSON, for a replay; empty after a flood.
    """

    problem_id: str
    kind: str
    session: int | None
    code: str
    request: str
    outcome: str
    limit: str
    output: str
    detail: str
    seconds: float
    result: str


@dataclass(frozen=True)
class SessionClosed:
    """A session that came to its end was thrown away; `outcome` is "closed", or "cancelled" meanwhile."""

    problem_id: str
    session: int
    outcome: str
    seconds: float
