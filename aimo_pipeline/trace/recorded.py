"""A sandbox that gives what came out of programs in a journal, and runs only what the journal does not know.

So a replay takes seconds, and neither the machine's pace nor its load changes its outcome. It is right only
for programs that had the same limits in the recording; whoever changes a limit uses a real sandbox.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, Protocol, cast

from aimo_pipeline.config import LimitsConfig, SandboxConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.observe.encode import json_text
from aimo_pipeline.observe.journal import digest_of
from aimo_pipeline.observe.line import CANCELLED, Line, was_cancelled
from aimo_pipeline.observe.reading import Record
from aimo_pipeline.outcome import Crashed, Killed, Ran, RunOutcome, TimedOut
from aimo_pipeline.trace.cut import Cut
from aimo_pipeline.trace.inside.frames import Frame
from aimo_pipeline.trace.job import Ended
from aimo_pipeline.trace.journaled import ProgramObserver, request_text
from aimo_pipeline.trace.report import Report
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.trace.session import Session

_OUTCOMES: dict[str, Any] = {one.__name__: one for one in (Ran, Crashed, TimedOut, Killed)}

# Problem, the codes of all cells up to this one (of a program by itself: its own), the rest of the request.
_Key = tuple[str, tuple[str, ...], str | None]
_Cells = tuple[str, tuple[str, ...]]


class Recording:
    """What came out of each program of a run; of equal ones each once, in their order.

    Args:
        records: of the run.
        line: of the same records.

    Attributes:
        given, missed: programs and cells that were known, and that were not.
    """

    def __init__(self, records: Iterable[Record], line: Line) -> None:
        self.given = self.missed = 0
        self._line = line
        self._known: defaultdict[_Key, deque[tuple[int, Record]]] = defaultdict(deque)
        self._closings: defaultdict[_Cells, deque[tuple[int, Record]]] = defaultdict(deque)
        earlier: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
        unusable = []
        for place, one in enumerate(records):
            if one.get("type") == "SessionClosed":
                self._closings[one["problem_id"], earlier[one["session"]]].append((place, one))
            if one.get("type") != "ProgramRan":
                continue
            if one["session"] is not None:
                earlier[one["session"]] += (one["code"],)
            if was_cancelled(one) or (one["result"] and not one.get("cleaned")):
                self._known[_key_of(one, earlier)].append((place, one))
            else:
                unusable.append(place)
        line.pass_over(unusable)

    def __bool__(self) -> bool:
        return bool(self._known)

    async def report(self, owner: str, request: Frame) -> Report | None:
        """Of a program by itself; None where it is not known."""
        code = digest_of(str(request.get("code", "")))
        found = await self._found((owner, (code,), request_text(request)))
        return None if found is None else _report(found)

    async def cell(self, owner: str, cells: tuple[str, ...]) -> RunOutcome | None:
        """Of the last of these cells, by their digests; None where it is not known."""
        found = await self._found((owner, cells, None))
        return None if found is None else _outcome(found)

    async def closing(self, owner: str, cells: tuple[str, ...]) -> None:
        """Return when the session with these cells was closed in the recording."""
        if self._closings.get((owner, cells)):
            place, record = self._closings[owner, cells].popleft()
            await (self._line.cancellation if was_cancelled(record) else self._line.turn)(place)

    async def _found(self, key: _Key) -> Record | None:
        if not self._known.get(key):
            self.missed += 1
            return None
        place, record = self._known[key].popleft()
        if was_cancelled(record):
            await self._line.cancellation(place)
            self.missed += 1
            return None
        self.given += 1
        await self._line.turn(place)
        return record


def _key_of(record: Record, cells: Mapping[int, tuple[str, ...]]) -> _Key:
    if record["session"] is None:
        return record["problem_id"], (record["code"],), json_text(json.loads(record["request"]))
    return record["problem_id"], cells[record["session"]], None


def _report(record: Record) -> Report:
    result = json.loads(record["result"])
    ended = None if result["ended"] is None else Ended(**result["ended"])
    return Report(tuple(result["frames"]), record["output"], result["stopped"], ended, result["seconds"])


def _outcome(record: Record) -> RunOutcome:
    result = json.loads(record["result"]) | {"stdout": record["output"]}
    kind = _OUTCOMES[result.pop("outcome")]
    return cast(RunOutcome, kind(**result))


class RecordedSandbox(Sandbox):
    """A Sandbox over a recording; its fork server starts only when a program is not in it."""

    def __init__(
        self, config: SandboxConfig, clock: Clock, observer: ProgramObserver | None, recording: Recording
    ) -> None:
        super().__init__(config, clock, observer)
        self.recording, self.clock = recording, clock

    @classmethod
    @asynccontextmanager
    async def over(
        cls, recording: Recording, config: SandboxConfig, *, clock: Clock, observer: ProgramObserver | None
    ) -> AsyncIterator[RecordedSandbox]:
        """For the length of the block; with an empty recording the fork server starts at once."""
        sandbox = cls(config, clock, observer, recording)
        try:
            if not recording:
                await sandbox.zygote()
            yield sandbox
        finally:
            await sandbox.aclose()

    async def report(
        self, request: Frame, deadline: Deadline, limits: LimitsConfig, owner: str, cut: Cut
    ) -> Report:
        """See Sandbox; a program that was cut gave what is recorded of it."""
        found = await self.recording.report(owner, request)
        return found or await super().report(request, deadline, limits, owner, cut)

    def session(self, *, limits: LimitsConfig, owner: str = "") -> AbstractAsyncContextManager[Session]:
        """See Sandbox."""
        real = super().session
        number = self.observer.session() if self.observer else 0
        session = RecordedSession(self, real, limits, owner, number)
        # It has all that a caller uses of a Session: `run`.
        return cast(AbstractAsyncContextManager[Session], session.opened())


class _Opens(Protocol):
    """Sandbox.session."""

    def __call__(self, *, limits: LimitsConfig, owner: str) -> AbstractAsyncContextManager[Session]: ...


class RecordedSession:
    """Cells from the recording; from the first that it does not know on, a real session."""

    def __init__(
        self, sandbox: RecordedSandbox, real: _Opens, limits: LimitsConfig, owner: str, number: int
    ) -> None:
        self._sandbox, self._real, self._limits, self._owner = sandbox, real, limits, owner
        self._number = number
        self._stack = AsyncExitStack()
        self._live: Session | None = None
        self._cells: list[str] = []

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[RecordedSession]:
        """For the length of the block."""
        async with self._stack:
            yield self
            if self._live is None:
                await self.close()

    async def close(self) -> None:
        """When it was closed in the recording; the observer is told."""
        observer, clock = self._sandbox.observer, self._sandbox.clock
        began_s, outcome = clock.now_s(), CANCELLED
        try:
            await self._sandbox.recording.closing(self._owner, self._names())
            outcome = "closed"
        finally:
            if observer is not None:
                observer.closed(self._owner, self._number, outcome, clock.now_s() - began_s)

    def _names(self) -> tuple[str, ...]:
        return tuple(digest_of(cell) for cell in self._cells)

    async def run(self, cell: str, *, deadline: Deadline) -> RunOutcome:
        """See Session."""
        self._cells.append(cell)
        found = None if self._live else await self._known(cell)
        if found is None:
            return await (await self._lived(deadline)).run(cell, deadline=deadline)
        return found

    async def _known(self, cell: str) -> RunOutcome | None:
        """The outcome in the recording, told to the observer as a real session tells it."""
        observer, clock = self._sandbox.observer, self._sandbox.clock
        began_s = clock.now_s()
        try:
            found = await self._sandbox.recording.cell(self._owner, self._names())
        except asyncio.CancelledError:
            if observer is not None:
                seconds = clock.now_s() - began_s
                observer.cancelled(self._owner, self._number, {"code": cell}, seconds)
            raise
        if found is not None and observer is not None:
            observer.cell(self._owner, self._number, cell, found, clock.now_s() - began_s)
        return found

    async def _lived(self, deadline: Deadline) -> Session:
        """A real session in which the earlier cells have been run."""
        if self._live is None:
            real = self._real(limits=self._limits, owner=self._owner)
            self._live = await self._stack.enter_async_context(real)
            for cell in self._cells[:-1]:
                await self._live.run(cell, deadline=deadline)
        return self._live
