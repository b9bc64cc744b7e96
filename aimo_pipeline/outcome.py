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
class ProcessTimedOut:
    """Killed at its deadline; what it had written until then is kept."""

    stdout: bytes
    stderr: bytes


@dataclass(frozen=True)
class ProcessKilled:
    """Killed for passing a limit, such as "output"."""

    limit: str
    stdout: bytes
    stderr: bytes


ProcessOutcome = Exited | ProcessTimedOut | ProcessKilled

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

# --- a model-written program or cell (trace/sandbox.py, tir) --------------------------------


@dataclass(frozen=True)
class Ran:
    """The code ended normally; `value` is the text of its last expression, if it ends with one that is not
    None."""

    stdout: str
    value: str | None = None


@dataclass(frozen=True)
class Crashed:
    """The code raised, or ended its process.

    Attributes:
        kind: the exception's class; a signal's name, such as SIGSEGV; or "exit" for an exit status.
        message: what the exception says.
        line: 1-based line of the code, where it is known.
        stdout: what was printed until then.
        traceback: Python's, with the code's own lines only; may be empty.
    """

    kind: str
    message: str
    line: int | None
    stdout: str
    traceback: str = ""


@dataclass(frozen=True)
class TimedOut:
    """Killed when its time was used up; `hint` says which time, and what became of a session's variables."""

    stdout: str
    hint: str


@dataclass(frozen=True)
class Killed:
    """Stopped for passing the limit on `limit`: "memory" or "output"."""

    limit: str
    message: str
    stdout: str


RunOutcome = Ran | Crashed | TimedOut | Killed

# --- mine ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rival:
    """Another rule that reproduces every term.

    Attributes:
        formula, family, bits: as in Found.
        differs_at: least index after the terms at which it parts from the rule that was chosen; None if none
            was met as far as they were compared.
    """

    formula: Formula
    family: str
    bits: float
    differs_at: int | None


@dataclass(frozen=True)
class Found:
    """A rule reproduces every term.

    Attributes:
        formula: the rule.
        family: such as "c-finite" or "polynomial".
        spare: terms beyond those that determine the rule, all of which it predicted.
        unknowns: numbers that were fitted, such as 2 * order.
        bits: evidence that the spare terms carry; a chance fit has a probability of about 2^-bits.
        rivals: other rules that reproduce every term too, the strongest first.
        wants: indices of further terms that would test the rule best: fresh ones, and first of all those at
            which a rival differs.
    """

    formula: Formula
    family: str
    spare: int
    unknowns: int = 0
    bits: float = 0.0
    rivals: tuple[Rival, ...] = ()
    wants: tuple[int, ...] = ()


@dataclass(frozen=True)
class NothingFits:
    """No rule is strong enough; `reason` says why in one line."""

    reason: str


FitOutcome = Found | NothingFits  # of one family's miner


@dataclass(frozen=True)
class TooFewTerms:
    """There are fewer terms than any family needs; `wants` are the indices of the next ones."""

    reason: str
    wants: tuple[int, ...]


@dataclass(frozen=True)
class Constant:
    """All terms are the same, too few of them to tell a constant from a program that does nothing."""

    reason: str
    value: int
    wants: tuple[int, ...]


@dataclass(frozen=True)
class Ambiguous:
    """Several rules fit about equally well and part at `differ_at`; the terms at `wants` would settle it."""

    reason: str
    rivals: tuple[Found, ...]
    differ_at: int
    wants: tuple[int, ...]


@dataclass(frozen=True)
class OutlierSuspected:
    """All terms but the one at `index` obey a strong rule, which expects `expected` there."""

    reason: str
    index: int
    expected: int
    without_it: Found


@dataclass(frozen=True)
class BadTerms:
    """The terms are not integers, or there are none."""

    reason: str


MineOutcome = Found | NothingFits | TooFewTerms | Constant | Ambiguous | OutlierSuspected | BadTerms

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
