"""One problem, from the gateway and back to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProblemStarted:
    """A problem came in and was granted time; `sha256` is that of its text, stripped."""

    problem_id: str
    sha256: str
    text: str
    characters: int
    grant_s: float


@dataclass(frozen=True)
class RouteFinished:
    """How the problem was classified.

    Attributes:
        tier: 1 (routine) to 3 (hardest).
        asked: what kind of integer is wanted.
        modulus: that the answer is reduced by, as its text says.
        source: "text" (its words) or "model" (a model's reading, which came in time).
    """

    problem_id: str
    subject: str
    traceable: bool
    tier: int = 2
    asked: str = "value"
    modulus: int | None = None
    source: str = "text"
    seconds: float = 0.0


@dataclass(frozen=True)
class WorkEnded:
    """No more is tried on a problem.

    Attributes:
        reason: "verified"; "decided" (no further attempt can change the answer); "exhausted" (nothing is left
            to try); "stopped" (a second elsewhere is worth more, see SignalsLooked); "deadline"; "outside".
    """

    problem_id: str
    reason: str
    seconds: float


@dataclass(frozen=True)
class AnswerGiven:
    """The integer that went back to the gateway."""

    problem_id: str
    value: int
    evidence: str
    detail: str
    path: str
    seconds: float


@dataclass(frozen=True)
class StageFailed:
    """A stage broke (a bug or a broken machine); the pipeline went on."""

    problem_id: str
    stage: str
    cause: str
    message: str


@dataclass(frozen=True)
class PredictFailed:
    """The gateway's own safety net had to answer."""

    problem_id: str
    cause: str


@dataclass(frozen=True)
class Cancelled:
    """Work on a problem was cancelled, by its deadline or from outside."""

    problem_id: str
    where: str
