"""What tool-integrated reasoning needs of a sandbox, and what a model is told of a cell's outcome.

Protocols, because stages do not import each other: the pipeline hands in the sandbox of stage trace.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol, assert_never

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.outcome import Crashed, Killed, Ran, RunOutcome, TimedOut

_CHARS = 4_000


class CellSession(Protocol):
    """Cells that share their variables, as in a notebook."""

    async def run(self, cell: str, *, deadline: Deadline) -> RunOutcome:
        """Run the next cell; it is stopped at the deadline."""
        ...


class CellSandbox(Protocol):
    """Gives sessions."""

    def session(self, *, limits: LimitsConfig, owner: str = "") -> AbstractAsyncContextManager[CellSession]:
        """A fresh session for the length of the block; owners take turns in running cells."""
        ...


def _shortened(text: str) -> str:
    """The beginning and the end, which hold what a program prints first and its result."""
    if len(text) <= _CHARS:
        return text
    half = _CHARS // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"


def shown(outcome: Ran) -> str:
    """What a notebook shows under a cell that ended well: what it printed, then its value."""
    if outcome.value is None:
        return outcome.stdout
    gap = "\n" if outcome.stdout and not outcome.stdout.endswith("\n") else ""
    return f"{outcome.stdout}{gap}{outcome.value}\n"


def trouble(outcome: Crashed | TimedOut | Killed) -> str:
    """What went wrong, in one line."""
    match outcome:
        case Crashed(kind=kind, message=message, line=line):
            where = f" (line {line})" if line else ""
            return f"{kind}: {message}{where}" if message else f"{kind}{where}"
        case TimedOut(hint=hint):
            return f"timed out: {hint}"
        case Killed(limit=limit, message=message):
            return f"stopped for its {limit}: {message}"
    assert_never(outcome)


def tool_text(outcome: RunOutcome) -> str:
    """What the model is told of a cell."""
    if isinstance(outcome, Ran):
        text = shown(outcome)
        return _shortened(text) if text.strip() else "[nothing was printed]"
    traced = f"\n{outcome.traceback}" if isinstance(outcome, Crashed) and outcome.traceback else ""
    return f"{_shortened(outcome.stdout)}{traced}\n[{trouble(outcome)}]".lstrip()
