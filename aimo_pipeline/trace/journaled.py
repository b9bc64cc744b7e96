"""Writes each program and each cell that the sandbox ran into the journal, with what became of it."""

from __future__ import annotations

from typing import Protocol, assert_never

from aimo_pipeline.observe.events import ProgramRan
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.outcome import Crashed, Killed, Ran, RunOutcome, TimedOut
from aimo_pipeline.trace.inside.frames import Frame

_KINDS = {"count": "steps", "run": "run", "cell": "cell"}
_OUTPUT_CHARS = 8_000


class ProgramObserver(Protocol):
    """Is told of everything that ran."""

    def program(
        self, owner: str, request: Frame, outcome: RunOutcome, frames: tuple[Frame, ...], seconds: float
    ) -> None:
        """A program by itself; `frames` are what it sent beside its output."""
        ...

    def session(self) -> int:
        """A session begins; returns its number."""
        ...

    def cell(self, owner: str, session: int, code: str, outcome: RunOutcome, seconds: float) -> None:
        """A cell of a session."""
        ...


class JournaledPrograms:
    """A ProgramObserver that journals."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._sessions = 0

    def program(
        self, owner: str, request: Frame, outcome: RunOutcome, frames: tuple[Frame, ...], seconds: float
    ) -> None:
        """See ProgramObserver."""
        fault = next((one["error"] for one in frames if isinstance(one.get("error"), dict)), None)
        if fault is not None and isinstance(outcome, Ran):
            kind = str(fault.get("kind") or fault.get("cause"))
            outcome = Crashed(kind, str(fault.get("message", "")), None, outcome.stdout)
        self._write(owner, _kind(request), None, str(request.get("code", "")), outcome, seconds)

    def session(self) -> int:
        """See ProgramObserver."""
        self._sessions += 1
        return self._sessions

    def cell(self, owner: str, session: int, code: str, outcome: RunOutcome, seconds: float) -> None:
        """See ProgramObserver."""
        self._write(owner, "cell", session, code, outcome, seconds)

    def _write(
        self, owner: str, kind: str, session: int | None, code: str, outcome: RunOutcome, seconds: float
    ) -> None:
        word, limit, detail = _end(outcome)
        output = outcome.stdout if len(outcome.stdout) <= _OUTPUT_CHARS else _shortened(outcome.stdout)
        name = self._journal.keep(code)
        self._journal.write(
            ProgramRan(owner, kind, session, name, word, limit, output, detail, round(seconds, 4))
        )


def _kind(request: Frame) -> str:
    kind = str(request.get("kind"))
    if kind == "trace":
        return "trace" if request.get("indices") is None else "terms"
    return _KINDS.get(kind, kind)


def _shortened(text: str) -> str:
    left_out = len(text) - _OUTPUT_CHARS
    return f"{text[:_OUTPUT_CHARS]}…[{left_out} characters left out]"


def _end(outcome: RunOutcome) -> tuple[str, str, str]:
    """How it ended in one word, the limit that ended it, and what there is to say."""
    match outcome:
        case Ran(value=value):
            return "ran", "", value or ""
        case Crashed(kind=kind, message=message, line=line):
            where = f" (line {line})" if line else ""
            return "crashed", "", f"{kind}: {message}{where}"
        case TimedOut(hint=hint) if hint.startswith("it never began"):
            return "never_began", "admission", hint
        case TimedOut(hint=hint):
            return "timed_out", "time", hint
        case Killed(limit=limit, message=message):
            return "killed", limit, message
    assert_never(outcome)
