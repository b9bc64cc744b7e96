"""How each stage can end: unions of frozen dataclasses, closed with assert_never by their readers.

A dead end is an outcome, never an exception; exceptions are for bugs and broken machines
(see errors.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.domain import Candidate, Sequence, Target
from aimo_pipeline.formula import Formula

# --- a child process (process.py) ---------------------------------------------------------


@dataclass(frozen=True)
class Exited:
    """The process ended by itself: exit status, or minus the signal's number."""

    status: int
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True)
class TimedOut:
    """Killed at its deadline; what it had written until then is kept."""

    stdout: bytes
    stderr: bytes


@dataclass(frozen=True)
class Killed:
    """Killed for passing a limit, such as "output"."""

    limit: str
    stdout: bytes
    stderr: bytes


ProcessOutcome = Exited | TimedOut | Killed

# --- trace --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Traced:
    """The program gave terms and a target; how far it came is the sequence's length."""

    sequence: Sequence
    target: Target
    source: str


@dataclass(frozen=True)
class TraceFailed:
    """No usable terms. `cause` is one of: no_code, syntax, crashed, not_an_integer, timed_out,
    memory, output, no_terms, no_target, exited."""

    cause: str
    message: str
    line: int | None


TraceOutcome = Traced | TraceFailed

# --- a model-written cell (tir) -----------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """The code ended normally."""

    stdout: str


@dataclass(frozen=True)
class Failed:
    """The code did not end normally; `cause` as in TraceFailed, partial output kept."""

    cause: str
    message: str
    stdout: str


RunOutcome = Ran | Failed

# --- mine ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A rule reproduces every term.

    Attributes:
        formula: the rule.
        family: such as "c-finite" or "polynomial".
        spare: terms beyond those that determine the rule, all of which it predicted.
    """

    formula: Formula
    family: str
    spare: int


@dataclass(frozen=True)
class NothingFits:
    """No rule is strong enough; `reason` says why in one line."""

    reason: str


MineOutcome = Found | NothingFits

# --- translate ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Unsupported:
    """The program or formula lies outside what can be compiled; `line` is 1-based."""

    reason: str
    line: int | None


# --- verify -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proved:
    """Lean's kernel accepted the theorem and the audit found nothing foreign."""


@dataclass(frozen=True)
class Refuted:
    """Lean evaluated the statement to false."""

    message: str


@dataclass(frozen=True)
class Unknown:
    """Neither; the engine says why (time-out, cannot check this, crashed)."""

    reason: str


@dataclass(frozen=True)
class Rejected:
    """The document is not acceptable as a proof, whatever Lean says of it."""

    reason: str


Verdict = Proved | Refuted | Unknown | Rejected

# --- tir and answer -----------------------------------------------------------------------


@dataclass(frozen=True)
class Attempted:
    """One attempt ended with an integer.

    `source` is where it stood: "boxed" or "tool_output" in tool-integrated reasoning, "trace" when a
    trace program came as far as the asked-for index itself.
    """

    value: int
    source: str
    turns: int


@dataclass(frozen=True)
class NoAnswer:
    """One attempt ended without an integer; `cause` is one of: no_completion, deadline,
    tool_error, no_number. `detail` says what happened to its last program, if that failed."""

    cause: str
    turns: int
    detail: str = ""


AttemptOutcome = Attempted | NoAnswer


@dataclass(frozen=True)
class Chosen:
    """The candidate that stands after evidence and votes."""

    candidate: Candidate


@dataclass(frozen=True)
class NothingToChoose:
    """No candidate kept the contract."""

    rejected: tuple[str, ...]


VoteOutcome = Chosen | NothingToChoose
