"""How a trace ends, and how any model-written program does."""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.domain import Sequence, Target


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
