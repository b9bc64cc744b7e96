"""Runs model-written Python behind every layer of protection that the machine has, in milliseconds.

    async with Sandbox.opened(config.sandbox, clock=clock) as sandbox:
        outcome = await sandbox.run(code, deadline=deadline, limits=limits)
        async with sandbox.session(limits=limits) as session:
            outcome = await session.run(cell, deadline=deadline)

A fork server ("zygote") has the libraries in memory and forks a child for each program; the child gives up
its rights before it sees the program (see inside/layers.py). The controller itself never forks. A fork server
that dies is started again; what ran in it is run once more.

Not covered: side channels through time and shared caches; a kernel's own faults; what a program says about
itself, which is only ever data about that program.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from aimo_pipeline.config import LimitsConfig, SandboxConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import SandboxUnavailable
from aimo_pipeline.outcome import RunOutcome
from aimo_pipeline.process import available_memory_bytes
from aimo_pipeline.trace import endings
from aimo_pipeline.trace.admission import Admission
from aimo_pipeline.trace.attestation import attested
from aimo_pipeline.trace.cut import Cut
from aimo_pipeline.trace.inside import kernel
from aimo_pipeline.trace.inside.frames import Frame
from aimo_pipeline.trace.job import Job, Lost
from aimo_pipeline.trace.journaled import ProgramObserver
from aimo_pipeline.trace.protections import Protections
from aimo_pipeline.trace.report import Report, Stopped, outcome_of
from aimo_pipeline.trace.session import Session
from aimo_pipeline.trace.spares import Spares
from aimo_pipeline.trace.zygote import Zygote

# Of the memory that is free at the start; the rest is for the fork server, Lean and the controller.
_MEMORY_SHARE = 0.8


class Sandbox:
    """Where model-written programs run; made by `opened` only."""

    def __init__(self, config: SandboxConfig, clock: Clock, observer: ProgramObserver | None) -> None:
        self._config, self._clock, self.observer = config, clock, observer
        slots = config.slots or len(os.sched_getaffinity(0))
        memory = config.memory_bytes or int(_MEMORY_SHARE * available_memory_bytes())
        self.admission = Admission(slots, memory)
        self._spares = Spares(slots if config.spares is None else config.spares)
        self._zygote: Zygote | None = None
        self._stack = AsyncExitStack()
        self._starting = asyncio.Lock()

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, config: SandboxConfig, *, clock: Clock, observer: ProgramObserver | None = None
    ) -> AsyncIterator[Sandbox]:
        """Start the fork server and try its protections; `observer` is told of all that runs.

        Raises:
            SandboxUnavailable: it does not start, or a required protection does not work here and
                config.allow_missing is False.
        """
        sandbox = cls(config, clock, observer)
        try:
            found = (await sandbox.zygote()).protections
            if found.lacking() and not config.allow_missing:
                raise SandboxUnavailable(
                    f"programs cannot be confined on this machine, for want of: {', '.join(found.lacking())}"
                )
            if not (found.landlock or found.chroot or found.uid):
                # Nothing else keeps programs out of our memory. Only then, because it also keeps an ordinary
                # user's process out of its own /proc/self/maps.
                kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
            yield sandbox
        finally:
            await sandbox.aclose()

    async def aclose(self) -> None:
        """End the fork server and all that waits in it."""
        await self._spares.aclose()
        await self._stack.aclose()

    @property
    def protections(self) -> Protections:
        """The layers that are on."""
        assert self._zygote is not None
        return self._zygote.protections

    @property
    def zygote_pid(self) -> int:
        """The process that forks."""
        assert self._zygote is not None
        return self._zygote.pid

    async def zygote(self) -> Zygote:
        """The fork server; started again when it died.

        Raises:
            SandboxUnavailable: it does not start.
        """
        async with self._starting:
            if self._zygote is None or self._zygote.lost.done():
                await self._restart()
            assert self._zygote is not None
            return self._zygote

    async def _restart(self) -> None:
        lost, began_s = self._zygote, self._clock.now_s()
        await self._spares.aclose()
        await self._stack.aclose()
        self._zygote = await self._stack.enter_async_context(Zygote.opened(self._config))
        if lost is not None and self.observer is not None:
            self.observer.lost(lost.lost.result(), self._clock.now_s() - began_s)

    async def run(
        self, code: str, *, deadline: Deadline, limits: LimitsConfig, owner: str = ""
    ) -> RunOutcome:
        """Run a complete program; nothing of it is left when this returns or is cancelled.

        Args:
            code: Python; may be anything.
            deadline: when it is killed.
            limits: what it may use.
            owner: on whose behalf; owners take turns.

        Raises:
            SandboxUnavailable: the machine starts no more children.
        """
        report = await self.finish(
            {"kind": "run", "code": code}, deadline=deadline, limits=limits, owner=owner
        )
        return outcome_of(report, limits)

    async def finish(
        self,
        request: Frame,
        *,
        deadline: Deadline,
        limits: LimitsConfig,
        owner: str,
        cut: Cut | None = None,
    ) -> Report:
        """Have one stateless job done, whatever its kind (see inside/jobs.py); arguments as for `run`.

        A cut ends it as its deadline would.
        """
        began_s = self._clock.now_s()
        try:
            report = await self.report(request, deadline, limits, owner, cut or Cut())
        except asyncio.CancelledError:
            if self.observer is not None:
                self.observer.cancelled(owner, None, request, self._clock.now_s() - began_s)
            raise
        if self.observer is not None:
            self.observer.program(owner, request, report, limits, self._clock.now_s() - began_s)
        return report

    async def report(
        self, request: Frame, deadline: Deadline, limits: LimitsConfig, owner: str, cut: Cut
    ) -> Report:
        """What comes out of one stateless job; see `finish`, which also tells the observer."""
        async with self.admission.admitted(
            owner, limits.memory_bytes, timeout_s=deadline.remaining_s()
        ) as admitted:
            if not admitted or deadline.passed:
                return Report((), "", "never_began", None, 0.0)
            found = await self._once(request, deadline, limits, cut)
            if isinstance(found, Lost):
                found = await self._once(request, deadline, limits, cut)
        if isinstance(found, Lost):
            raise SandboxUnavailable(found.reason)
        return found

    async def _once(
        self, request: Frame, deadline: Deadline, limits: LimitsConfig, cut: Cut
    ) -> Report | Lost:
        zygote, loop = await self.zygote(), asyncio.get_running_loop()
        began_s = self._clock.now_s()
        async with self._spares.leased(zygote, limits) as job:
            job.send(request)
            await self._spares.replenish(zygote, limits)
            with cut.told(lambda: loop.call_soon_threadsafe(job.news.tell)):
                await job.until(lambda: job.flooding or cut.made, timeout_s=deadline.remaining_s())
            stopped: Stopped = ""
            if job.flooding:
                stopped = "output"
            elif not job.ended.done():
                stopped = "deadline"
            seconds = self._clock.now_s() - began_s
        ended = job.ended.result()
        if isinstance(ended, Lost):
            return ended
        frames = _confined(job, zygote, limits, stopped)
        return Report(frames, endings.text(bytes(job.output.data)), stopped, ended, seconds)

    def session(self, *, limits: LimitsConfig, owner: str = "") -> AbstractAsyncContextManager[Session]:
        """A session whose cells share their variables, for the length of the block; then it is thrown away.

        Args:
            limits: what each cell may use.
            owner: on whose behalf; owners take turns.

        Raises:
            SandboxUnavailable: on entering, when the machine starts no more children.
        """
        session = Session(
            self.zygote,
            self.admission,
            limits=limits,
            owner=owner,
            clock=self._clock,
            config=self._config,
            observer=self.observer,
        )
        return session.opened()


def _confined(job: Job, zygote: Zygote, limits: LimitsConfig, stopped: Stopped) -> tuple[Frame, ...]:
    """The job's frames, after the first one has shown that the child stood behind its layers."""
    first = job.receive()
    if first is not None and "attest" in first:
        attested(first["attest"], pid=job.pid, limits=limits, protections=zygote.protections)
    elif not stopped:
        said = endings.text(bytes(job.output.data)).strip().rpartition("\n")[2]
        raise SandboxUnavailable(f"a child could not be confined: {said or 'no reason given'}")
    return tuple(iter(job.receive, None))
