"""A stateful session: cells run one after another and share their variables, as in a notebook.

Before each cell the session's process forks; the fork runs the cell and the other one keeps the state from
before (see inside/sessions.py). So a cell that hangs, floods or dies costs nothing but itself. When the whole
session dies, its earlier cells are run again in a new one. A session is never reset and never handed on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from aimo_pipeline.config import LimitsConfig, SandboxConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import SandboxUnavailable
from aimo_pipeline.outcome import Crashed, Killed, Ran, RunOutcome, TimedOut
from aimo_pipeline.trace import endings
from aimo_pipeline.trace.admission import Admission
from aimo_pipeline.trace.attestation import Attestation, attested
from aimo_pipeline.trace.inside.frames import Frame
from aimo_pipeline.trace.job import Ended, Job, Lost
from aimo_pipeline.trace.journaled import ProgramObserver
from aimo_pipeline.trace.zygote import Zygote

_LEASE_S = 10.0
_UNDO_S = 2.0
_AS_BEFORE = (
    "Variables are as they were before this cell: what it assigned, defined or imported is gone, "
    "so repeat its imports in the next one"
)
_FORGOTTEN = "[the session broke and its earlier cells could not be run again: their variables are gone]\n"


@dataclass(frozen=True)
class _Finished:
    """The cell came to its end, well or with an exception."""

    frame: Frame


@dataclass(frozen=True)
class _Died:
    """The cell's process died, or the whole session."""

    ended: Ended


@dataclass(frozen=True)
class _Stopped:
    """We stopped the cell, for its time or for its output."""

    flooding: bool
    stdout: str


_Step = _Finished | _Died | _Stopped | Lost


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
        self._cells: list[str] = []
        self._number = 0

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Session]:
        """See Sandbox.session; opened once."""
        async with self._stack:
            await self._lease()
            yield self

    async def run(self, cell: str, *, deadline: Deadline) -> RunOutcome:
        """Run the next cell.

        Args:
            cell: Python; may be anything.
            deadline: when it is stopped.

        Returns:
            Ran with the value of a last expression; after any other outcome than Crashed with an exception,
            the variables are as they were before the cell.

        Raises:
            SandboxUnavailable: the machine starts no more children.
        """
        began_s = self._clock.now_s()
        outcome = await self._run(cell, deadline, began_s)
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
            note = await self._ready(deadline)
            step = await self._step(cell, deadline)
            if isinstance(step, Lost):
                note += await self._ready(deadline)
                step = await self._step(cell, deadline)
            if isinstance(step, _Finished):
                self._cells.append(cell)
            outcome = self._outcome(step, self._clock.now_s() - began_s)
        return replace(outcome, stdout=note + outcome.stdout) if note else outcome

    def _outcome(self, step: _Step, seconds: float) -> RunOutcome:
        match step:
            case _Finished(frame=frame):
                return endings.told(frame, None, self._limits, self._printed())
            case _Died(ended=ended):
                return _with_state(endings.died(ended, self._limits, self._printed()))
            case _Stopped(flooding=True, stdout=stdout):
                return _with_state(endings.flooded(self._limits, stdout))
            case _Stopped(stdout=stdout):
                return endings.out_of_time(seconds, stdout, _AS_BEFORE)
            case Lost(reason=reason):
                raise SandboxUnavailable(reason)

    def _printed(self) -> str:
        assert self._job is not None
        return endings.text(self._job.output.take())

    async def _step(self, cell: str, deadline: Deadline) -> _Step:
        """Run one cell in the session as it is."""
        assert self._job is not None and self._zygote is not None
        job, self._number = self._job, self._number + 1
        job.output.take()
        self._zygote.announce_cell(job)
        job.send({"cell": cell, "number": self._number})
        answer = await self._answer(job, deadline.remaining_s())
        if answer is not None:
            return answer
        stopped = _Stopped(job.flooding, self._printed())
        self._zygote.undo(job)
        late = await self._answer(job, _UNDO_S, flood=True)
        if not isinstance(late, _Died | Lost):  # it finished at the last moment, or cannot be stopped alone
            self._zygote.kill(job)
            await self._zygote.ended(job)
        return stopped

    async def _answer(self, job: Job, timeout_s: float, *, flood: bool = False) -> _Step | None:
        """How the cell ended; None when it goes on, be it that it writes too much and may not `flood`."""
        found: list[Frame] = []

        def answered() -> bool:
            while not found and (frame := job.receive()) is not None:
                if frame.get("number") == self._number:
                    found.append(frame)
            return bool(found)

        await job.until(lambda: answered() or (job.flooding and not flood), timeout_s=timeout_s)
        if found and "died" in found[0]:
            return _Died(_ended(found[0]))
        if found:
            return _Finished(found[0])
        if job.ended.done():
            ended = job.ended.result()
            return ended if isinstance(ended, Lost) else _Died(ended)
        return None

    async def _ready(self, deadline: Deadline) -> str:
        """Have a living process with the variables of the earlier cells; says so if they are gone."""
        assert self._job is not None
        if not self._job.ended.done():
            return ""
        await self._lease()
        limit = deadline.capped(self._config.replay_s)
        for cell in self._cells:
            if not isinstance(await self._step(cell, limit), _Finished):
                self._cells.clear()
                await self._lease()
                return _FORGOTTEN
        return ""

    async def _lease(self) -> None:
        """A new process, attested to be clean, in place of the one before.

        A fork server that starts none in time hangs: it is given up, and another is asked.
        """
        first = await self._fresh_job()
        if first is None and self._zygote is not None:
            self._zygote.give_up(f"it started no session within {_LEASE_S:.0f} s")
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

        return first[0] if await job.until(heard, timeout_s=_LEASE_S) else None


def _ended(frame: Frame) -> Ended:
    """How the cell's process died, as its snapshot reports it."""
    values = [frame.get(name) for name in ("died", "cpu_s", "resident_bytes")]
    status, cpu_s, resident = (value if isinstance(value, int | float) else 0 for value in values)
    return Ended(int(status), float(cpu_s), int(resident))


def _with_state(outcome: RunOutcome) -> RunOutcome:
    """Say that the variables are as before."""
    match outcome:
        case Ran(stdout=stdout):
            return Crashed("exit", f"exit status 0. {_AS_BEFORE}", None, stdout)
        case Crashed() | Killed():
            return replace(outcome, message=f"{outcome.message}. {_AS_BEFORE}")
        case TimedOut():
            return replace(outcome, hint=f"{outcome.hint}. {_AS_BEFORE}")
