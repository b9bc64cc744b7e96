"""What the journal records: one frozen dataclass per kind of event, told apart by `type`.

Events are facts, written once. Readers must accept unknown types and fields; a change of a field's
meaning raises SCHEMA_VERSION.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

SCHEMA_VERSION = 2


@dataclass(frozen=True)
class RunStarted:
    """The process began work; `engine` is Lean's engine or "off"."""

    package_version: str
    gateway: str


@dataclass(frozen=True)
class EngineReady:
    """Lean answered its canaries: a true theorem proved, a false one refuted."""

    engine: str
    seconds: float


@dataclass(frozen=True)
class EngineMissing:
    """No Lean on this machine, or it failed its canaries; evidence stops at Agreed."""

    engine: str
    reason: str


@dataclass(frozen=True)
class SandboxReady:
    """Model-written programs can run; one line for each protection that says whether it is on."""

    protections: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class ProblemStarted:
    """A problem came in and was granted time."""

    problem_id: str
    sha256: str
    characters: int
    grant_s: float


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


@dataclass(frozen=True)
class RouteFinished:
    """How the problem was classified."""

    problem_id: str
    subject: str
    traceable: bool


@dataclass(frozen=True)
class CompletionFinished:
    """A language model (or its recording) gave text; `author` says which."""

    problem_id: str
    stage: str
    sample: int
    turn: int
    author: str
    text: str


@dataclass(frozen=True)
class TraceFinished:
    """A trace program ended: `cause` is "ok" or why not."""

    problem_id: str
    sample: int
    cause: str
    message: str
    first_index: int | None
    terms: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class MineFinished:
    """A rule was found (`family` is set) or not (`reason` says why).

    Attributes:
        unknowns: numbers that were fitted.
        bits: evidence that the spare terms carry.
        rivals: families of other rules that give the same terms.
        wanted, agreed: indices of further terms that were asked of the program, and those at which it agreed.
    """

    problem_id: str
    sample: int
    family: str | None
    unknowns: int | None
    spare: int | None
    bits: float | None
    rivals: tuple[str, ...]
    wanted: tuple[int, ...]
    agreed: tuple[int, ...]
    reason: str
    seconds: float


@dataclass(frozen=True)
class TranslateFinished:
    """The trace program was compiled to Lean, or why not, with the line of the program."""

    problem_id: str
    sample: int
    compiled: bool
    reason: str
    line: int | None


@dataclass(frozen=True)
class VerifyFinished:
    """Lean's verdict on each theorem: name -> proved, refuted, unknown or rejected, and its message."""

    problem_id: str
    sample: int
    engine: str
    verdicts: dict[str, str]
    messages: dict[str, str]
    seconds: float


@dataclass(frozen=True)
class AttemptFinished:
    """One attempt of tool-integrated reasoning ended; without a value, `source` is the cause."""

    problem_id: str
    attempt: int
    value: str | None
    source: str
    turns: int
    detail: str


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


@dataclass(frozen=True)
class RunFinished:
    """The run is over."""

    problems: int
    seconds: float


Event = (
    RunStarted
    | EngineReady
    | EngineMissing
    | SandboxReady
    | GrantGiven
    | AccountClosed
    | ProblemStarted
    | RouteFinished
    | CompletionFinished
    | TraceFinished
    | MineFinished
    | TranslateFinished
    | VerifyFinished
    | AttemptFinished
    | AnswerGiven
    | StageFailed
    | PredictFailed
    | Cancelled
    | RunFinished
)


def to_record(event: Event, at_s: float) -> dict[str, Any]:
    """The event as a JSON object: `type`, `version`, `at_s` (seconds since the journal was opened)
    and the event's fields."""
    head: dict[str, Any] = {"type": type(event).__name__, "version": SCHEMA_VERSION, "at_s": round(at_s, 4)}
    return head | dataclasses.asdict(event)
