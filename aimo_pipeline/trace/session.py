"""A stateful session: cells run one after another and share their variables, as in a notebook.

Before each cell the session's process forks; the fork runs the cell and the other one keeps the state from
before (see inside/sessions.py). So a cell that hangs, floods or dies costs nothing but itself, and the next
one finds its imports and functions all the same, as in a notebook. When the whole session dies, its earlier
cells are run again in a new one. A session is never reset and never handed on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from aimo_pipeline.config import LimitsConfig, SandboxConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import SandboxUnavailable
from aimo_pipeline.outcome import RunOutcome
from aimo_pipeline.trace import endings
from aimo_pipeline.trace.admission import Admission
from aimo_pipeline.trace.attestation import Attestation, attested
from aimo_pipeline.trace.inside.frames import Frame
from aimo_pipeline.trace.job import Job, Lost
from aimo_pipeline.trace.journaled import ProgramObserver
from aimo_pipeline.trace.steps import AS_BEFORE, FORGOTTEN, Cell, Died, Finished, Step, Stopped, with_state
from aimo_pipeline.trace.steps import ended as ended_as_told
from aimo_pipeline.trace.zygote import Zygote

_UNDO_S = 2.0
_KEEP_S = 1.0


class Session:
    """One notebook; made by Sandbox.session only.

    Attributes:
        attestation: what the session's process said of itself before its first cell.
    """

    attestation: Attestation

    def __init__(
        self,
        zygote: Callable[[], Awaitable[Zygote]],
        admission: Admission,
        *,
        limits: LimitsConfig,
        owner: str,
        clock: Clock,
        config: SandboxConfig,
        observer: ProgramObserver | None = None,
    ) -> None:
        self._observer = observer
        self._observed_as = observer.session() if observer else 0
        self._server, self._admission = zygote, admission
        self._limits, self._owner, self._clock, self._config = limits, owner, clock, config
        self._stack = AsyncExitStack()
        self._job: Job | None = None
        self._zygote: Zygote | None = None
        self._cells: list[Cell] = []
        self._unfinished: str | None = None
        self._number = 0

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Session]:
        """See Sandbox.session; opened once."""
        began_s, outcome = None, "cancelled"
        try:
            async with self._stack:
                await self._lease()
                yield self
                began_s = self._clock.now_s()
            outcome = "closed"
        finally:
            if self._observer is not None and began_s is not None:
                seconds = self._clock.now_s() - began_s
                self._observer.closed(self._owner, self._observed_as, outcome, seconds)

    async def run(self, cell: str, *, deadline: Deadline) -> RunOutcome:
        """Run the next cell.

        Args:
            cell: Python; may be anything.
            deadline: when it is stopped.

        Returns:
            Ran with the value of a last expression; after any other outcome than Crashed with an exception,
            the variables are as they were before the cell, but for its definitions.

        Raises:
            SandboxUnavailable: the machine starts no more children.
        """
        began_s = self._clock.now_s()
        try:
            outcome = await self._run(cell, deadline, began_s)
        except asyncio.CancelledError:
            if self._observer is not None:
                seconds, told = self._clock.now_s() - began_s, (self._owner, self._observed_as)
                self._observer.cancelled(*told, {"code": cell}, seconds)
            raise
        if self._observer is not None:
            seconds = self._clock.now_s() - began_s
            self._observer.cell(self._owner, self._observed_as, cell, outcome, seconds)
        return outcome

    async def _run(self, cell: str, deadline: Deadline, began_s: float) -> RunOutcome:
        async with self._admission.admitted(
            self._owner, self._limits.memory_bytes, timeout_s=deadline.remaining_s()
        ) as admitted:
            if not admitted or deadline.passed:
                return endings.never_began()
            note = await self._ready(deadline) + await self._keep_definitions(deadline)
            step = await self._step(Cell(cell), deadline)
            if isinstance(step, Lost):
                note += await self._ready(deadline)
                step = await self._step(Cell(cell), deadline)
            if isinstance(step, Finished):
                self._cells.append(Cell(cell))
            elif isinstance(step, Died | Stopped):
                self._unfinished = cell
            outcome = self._outcome(step, self._clock.now_s() - began_s)
        return replace(outcome, stdout=note + outcome.stdout) if note else outcome

    async def _keep_definitions(self, deadline: Deadline) -> str:
        """Have the definitions of the cell before, if it was stopped; go without if they hang too."""
        if self._unfinished is None:
            return ""
        cell, self._unfinished = Cell(self._unfinished, definitions=True), None
        if isinstance(await self._step(cell, deadline.capped(_KEEP_S)), Finished):
            self._cells.append(cell)
        return await self._ready(deadline)

    def _outcome(self, step: Step, seconds: float) -> RunOutcome:
        match step:
            case Finished(frame=frame):
                return endings.told(frame, None, self._limits, self._printed())
            case Died(ended=ended):
                return with_state(endings.died(ended, self._limits, self._printed()))
            case Stopped(flooding=True, stdout=stdout):
                return with_state(endings.flooded(self._limits, stdout))
            case Stopped(stdout=stdout):
                return endings.out_of_time(seconds, stdout, AS_BEFORE)
            case Lost(reason=reason):
                raise SandboxUnavailable(reason)

    def _printed(self) -> str:
        assert self._job is not None
        return endings.text(self._job.output.take())

    async def _step(self, cell: Cell, deadline: Deadline) -> Step:
        """Run one cell in the session as it is."""
        assert self._job is not None and self._zygote is not None
        job, self._number = self._job, self._number + 1
        job.output.take()
        self._zygote.announce_cell(job)
        job.send({"cell": cell.code, "definitions": cell.definitions, "number": self._number})
        answer = await self._answer(job, deadline.remaining_s())
        if answer is not None:
            return answer
        stopped = Stopped(job.flooding, self._printed())
        self._zygote.undo(job)
        late = await self._answer(job, _UNDO_S, flood=True)
        if not isinstance(late, Died | Lost):  # it finished at the last moment, or cannot be stopped alone
            self._zygote.kill(job)
            await self._zygote.ended(job)
        return stopped

    async def _answer(self, job: Job, timeout_s: float, *, flood: bool = False) -> Step | None:
        """How the cell ended; None when it goes on, be it that it writes too much and may not `flood`."""
        found: list[Frame] = []

        def answered() -> bool:
            while not found and (frame := job.receive()) is not None:
                if frame.get("number") == self._number:
                    found.append(frame)
            return bool(found)

        await job.until(lambda: answered() or (job.flooding and not flood), timeout_s=timeout_s)
        if found and "died" in found[0]:
            return Died(ended_as_told(found[0]))
        if found:
            return Finished(found[0])
        if job.ended.done():
            ended = job.ended.result()
            return ended if isinstance(ended, Lost) else Died(ended)
        return None

    async def _ready(self, deadline: Deadline) -> str:
        """Have a living process with the variables of the earlier cells; says so if they are gone."""
        assert self._job is not None
        if not self._job.ended.done():
            return ""
        await self._lease()
        limit = deadline.capped(self._config.replay_s)
        for cell in self._cells:
            if not isinstance(await self._step(cell, limit), Finished):
                self._cells.clear()
                await self._lease()
                return FORGOTTEN
        return ""

    async def _lease(self) -> None:
        """A new process, attested to be clean, in place of the one before.

        A fork server that starts none in time hangs: it is given up, and another is asked.
        """
        first = await self._fresh_job()
        if first is None and self._zygote is not None:
            self._zygote.give_up(f"it started no session within {self._config.lease_s:.0f} s")
            first = await self._fresh_job()
        if first is None or "attest" not in first or self._job is None or self._zygote is None:
            raise SandboxUnavailable("a session's process could not be confined")
        self.attestation = attested(
            first["attest"],
            pid=self._job.pid,
            limits=self._limits,
            protections=self._zygote.protections,
        )
        self._job.send({"kind": "session", "first": list(self._config.session_imports)})

    async def _fresh_job(self) -> Frame | None:
        """Start a process and hear its first words; None when there are none in time."""
        await self._stack.aclose()
        self._zygote = await self._server()
        job = await self._stack.enter_async_context(self._zygote.job("session", self._limits))
        self._job = job
        first: list[Frame] = []

        def heard() -> bool:
            first.extend(filter(None, [job.receive()] if not first else []))
            return bool(first)

        return first[0] if await job.until(heard, timeout_s=self._config.lease_s) else None
