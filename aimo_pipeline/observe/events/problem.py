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
    """How the problem was classified."""

    problem_id: str
    subject: str
    traceable: bool


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
