"""A session's cells, how the running of one ends, and what the model is told of its variables."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aimo_pipeline.outcome import Crashed, Killed, Ran, RunOutcome, TimedOut
from aimo_pipeline.trace.inside.frames import Frame
from aimo_pipeline.trace.job import Ended, Lost

AS_BEFORE = (
    "Variables are as they were before this cell; of this cell, only its imports, functions, classes and new "
    "constants are kept"
)
FORGOTTEN = "[the session broke and its earlier cells could not be run again: their variables are gone]\n"


@dataclass(frozen=True)
class Cell:
    """What a session is to run.

    Attributes:
        code: the cell.
        definitions: only its imports, functions, classes and new constants; see inside/cells.py.
    """

    code: str
    definitions: bool = False


@dataclass(frozen=True)
class Finished:
    """The cell came to its end, well or with an exception."""

    frame: Frame


@dataclass(frozen=True)
class Died:
    """The cell's process died, or the whole session."""

    ended: Ended


@dataclass(frozen=True)
class Stopped:
    """We stopped the cell, for its time or for its output."""

    flooding: bool
    stdout: str


Step = Finished | Died | Stopped | Lost


def ended(frame: Frame) -> Ended:
    """How the cell's process died, as its snapshot reports it."""
    values = [frame.get(name) for name in ("died", "cpu_s", "resident_bytes")]
    status, cpu_s, resident = (value if isinstance(value, int | float) else 0 for value in values)
    return Ended(int(status), float(cpu_s), int(resident))


def with_state(outcome: RunOutcome) -> RunOutcome:
    """Say that the variables are as before."""
    match outcome:
        case Ran(stdout=stdout):
            return Crashed("exit", f"exit status 0. {AS_BEFORE}", None, stdout)
        case Crashed() | Killed():
            return replace(outcome, message=f"{outcome.message}. {AS_BEFORE}")
        case TimedOut():
            return replace(outcome, hint=f"{outcome.hint}. {AS_BEFORE}")
