"""Writes each program and each cell that the sandbox ran into the journal, with all that came out of it."""

from __future__ import annotations

from typing import Any, Protocol, assert_never

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.observe.encode import json_text
from aimo_pipeline.observe.events import ProgramRan, SandboxLost, SessionClosed
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.observe.line import CANCELLED
from aimo_pipeline.outcome import Crashed, Killed, Ran, RunOutcome, TimedOut
from aimo_pipeline.trace import endings
from aimo_pipeline.trace.inside.frames import Frame
from aimo_pipeline.trace.report import Report, outcome_of, outcome_of_trace

_KINDS = {"count": "steps", "run": "run", "cell": "cell"}
# A flood of output is not kept whole; such a program is run again in a replay.
_MOST_CHARS = 100_000


class ProgramObserver(Protocol):
    """Is told of everything that ran."""

    def program(
        self, owner: str, request: Frame, report: Report, limits: LimitsConfig, seconds: float
    ) -> None:
        """A program by itself."""
        ...

    def session(self) -> int:
        """A session begins; returns its number."""
        ...

    def cell(self, owner: str, session: int, code: str, outcome: RunOutcome, seconds: float) -> None:
        """A cell of a session."""
        ...

    def lost(self, reason: str, seconds: float) -> None:
        """The fork server was lost; another was started in so many seconds."""
        ...

    def cancelled(self, owner: str, session: int | None, request: Frame, seconds: float) -> None:
        """A program, or a cell of a session, whose outcome nobody waited for any longer."""
        ...

    def closed(self, owner: str, session: int, outcome: str, seconds: float) -> None:
        """A session is over; `outcome` is "closed" or "cancelled"."""
        ...


class JournaledPrograms:
    """A ProgramObserver that journals."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._sessions = 0

    def program(
        self, owner: str, request: Frame, report: Report, limits: LimitsConfig, seconds: float
    ) -> None:
        """See ProgramObserver."""
        by_itself = request.get("kind") == "run"
        outcome = outcome_of(report, limits) if by_itself else outcome_of_trace(report, limits)
        ended = None if report.ended is None else vars(report.ended)
        result = vars(report) | {"stdout": "", "ended": ended}
        self._write(owner, _kind(request), None, request, outcome, result, seconds)

    def session(self) -> int:
        """See ProgramObserver."""
        self._sessions += 1
        return self._sessions

    def cell(self, owner: str, session: int, code: str, outcome: RunOutcome, seconds: float) -> None:
        """See ProgramObserver."""
        result = vars(outcome) | {"stdout": "", "outcome": type(outcome).__name__}
        self._write(owner, "cell", session, {"code": code}, outcome, result, seconds)

    def lost(self, reason: str, seconds: float) -> None:
        """See ProgramObserver."""
        self._journal.write(SandboxLost(reason, round(seconds, 3)))

    def cancelled(self, owner: str, session: int | None, request: Frame, seconds: float) -> None:
        """See ProgramObserver."""
        name = self._journal.keep(str(request.get("code", "")))
        kind = _kind(request) if session is None else "cell"
        told = (name, request_text(request), CANCELLED, "", "", "nobody waited for it any longer")
        self._journal.write(ProgramRan(owner, kind, session, *told, round(seconds, 4), ""))

    def closed(self, owner: str, session: int, outcome: str, seconds: float) -> None:
        """See ProgramObserver."""
        self._journal.write(SessionClosed(owner, session, outcome, round(seconds, 4)))

    def _write(
        self,
        owner: str,
        kind: str,
        session: int | None,
        request: Frame,
        outcome: RunOutcome,
        result: dict[str, Any],
        seconds: float,
    ) -> None:
        word, limit, detail = _end(outcome)
        whole = len(outcome.stdout) <= _MOST_CHARS
        name = self._journal.keep(str(request.get("code", "")))
        told = (name, request_text(request), word, limit, _shortened(outcome.stdout), detail)
        kept = json_text(result) if whole else ""
        self._journal.write(ProgramRan(owner, kind, session, *told, round(seconds, 4), kept))


def request_text(request: Frame) -> str:
    """What was asked of the sandbox beside the code, the same text for the same request."""
    told = {key: request[key] for key in sorted(request) if key != "code"}
    return json_text(told)


def _kind(request: Frame) -> str:
    kind = str(request.get("kind"))
    if kind == "trace":
        return "trace" if request.get("indices") is None else "terms"
    return _KINDS.get(kind, kind)


def _shortened(text: str) -> str:
    if len(text) <= _MOST_CHARS:
        return text
    half = _MOST_CHARS // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"


def _end(outcome: RunOutcome) -> tuple[str, str, str]:
    """How it ended in one word, the limit that ended it, and what there is to say."""
    match outcome:
        case Ran(value=value):
            return "ran", "", value or ""
        case Crashed(kind=kind, message=message, line=line):
            where = f" (line {line})" if line else ""
            return "crashed", "", f"{kind}: {message}{where}"
        case TimedOut(hint=hint):
            began = hint != endings.never_began().hint
            return ("timed_out", "time", hint) if began else ("never_began", "admission", hint)
        case Killed(limit=limit, message=message):
            return "killed", limit, message
    assert_never(outcome)
