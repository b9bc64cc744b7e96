"""Warm Lean workers, leased for one check at a time, as many as fit into memory.

A worker keeps one header loaded, so workers are told apart by theirs, and when memory is short the one that
was used least recently makes room. A worker that a time-out, a limit, a crash or a cancelled check has
touched is killed, never used again, and replaced in the background. A check whose worker dies under it is
done again on another, so that a kill loses nothing.

Memory is counted, not cores: a check waits for its worker, not for a processor, and Mathlib's 2 to 4 GB for
each are what a machine runs out of first. A worker counts with its proportional set size: of the mapped
library, which is most of it, each of k workers bears 1/k.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.outcome import Rejected
from aimo_pipeline.process import to_the_end
from aimo_pipeline.verify.limits import unfit
from aimo_pipeline.verify.lsp import (
    Checked,
    CheckOutcome,
    LeanCommand,
    LeanWorker,
    NotStarted,
    OutOfTime,
    WorkerLost,
)
from aimo_pipeline.verify.memory import proportional_bytes, resident_bytes
from aimo_pipeline.verify.race import NoneWon, Won, first
from aimo_pipeline.verify.workers import WorkerCounts


@dataclass(eq=False)
class _Member:
    """A worker and what the pool knows of it; `leased` while a check has it."""

    header: str
    starting: asyncio.Task[LeanWorker | NotStarted]
    leased: bool = False
    checks: int = 0

    @property
    def worker(self) -> LeanWorker | None:
        """The worker once it has loaded."""
        done = self.starting.done() and not self.starting.cancelled()
        found = self.starting.result() if done else None
        return found if isinstance(found, LeanWorker) else None

    @property
    def spent(self) -> bool:
        """True when nothing can be checked with it any more."""
        return self.starting.done() and (self.worker is None or not self.worker.alive)


@dataclass
class PoolCounts:
    """What a pool has done: workers started and ended; checks done, answered from the cache, done again."""

    started: int = 0
    ended: int = 0
    checked: int = 0
    cached: int = 0
    redone: int = 0


class LeanPool:
    """Checks documents in warm workers; made by `open_pool`."""

    def __init__(
        self, command: LeanCommand, config: VerifyConfig, clock: Clock, free_bytes: Callable[[], int]
    ) -> None:
        self.counts = PoolCounts()
        self._command, self._config, self._limits = command, config, config.pool
        self._clock, self._free_bytes = clock, free_bytes
        # Least recently used first.
        self._members: list[_Member] = []
        self._needed_bytes: dict[str, int] = {}
        self._cache: OrderedDict[str, Checked] = OrderedDict()
        self._waiters: list[asyncio.Future[None]] = []
        self._closed = False

    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers that are up."""
        return tuple(member.worker.pid for member in self._members if member.worker is not None)

    def workers(self) -> WorkerCounts:
        """The workers that are up and what they did; see WorkerCounts."""
        up = [member for member in self._members if member.worker is not None and not member.spent]
        busy = sum(member.leased for member in up)
        counts = self.counts
        return WorkerCounts(len(up), busy, counts.ended, counts.checked, counts.cached)

    async def check(self, header: str, body: str, *, deadline: Deadline) -> CheckOutcome | Rejected:
        """Check the text `header + body`.

        Args:
            header: `prelude` and imports; ends with a line break.
            body: the commands after it.
            deadline: for all of it: waiting for a worker, loading, checking.

        Returns:
            Checked with what Lean said; Rejected for a text that no Lean should be given; else why there is
            no result. The same text is checked only once.
        """
        fault = unfit(header + body, self._limits)
        if fault is not None:
            return Rejected(fault)
        key = _digest(self._command.toolchain, header, body)
        if key in self._cache:
            self.counts.cached += 1
            self._cache.move_to_end(key)
            return self._cache[key]
        outcome = await self._attempt(header, body, deadline)
        redone = 0
        while redone < self._reruns(header, outcome) and not deadline.passed:
            redone += 1
            self.counts.redone += 1
            outcome = await self._attempt(header, body, deadline)
        if isinstance(outcome, Checked):
            self._remember(key, outcome)
        return outcome

    def _reruns(self, header: str, outcome: CheckOutcome) -> int:
        """How often a check is done again whose worker ended under it, or while it loaded a header again.

        One that was killed says nothing of its document; one that crashed may crash each time.
        """
        lost = isinstance(outcome, WorkerLost)
        if isinstance(outcome, NotStarted):
            lost = header in self._needed_bytes
        if not lost or not isinstance(outcome, WorkerLost | NotStarted):
            return 0
        return self._limits.reruns_killed if outcome.killed else self._limits.reruns

    def _remember(self, key: str, outcome: Checked) -> None:
        self._cache[key] = outcome
        if len(self._cache) > self._limits.cached:
            self._cache.popitem(last=False)

    async def _attempt(self, header: str, body: str, deadline: Deadline) -> CheckOutcome:
        member = await self._lease(header, deadline)
        if member is None:
            return OutOfTime("no Lean worker came free in time")
        sound = True  # as long as nothing was asked of it
        try:
            await asyncio.wait({member.starting}, timeout=deadline.remaining_s())
            if not member.starting.done():
                return OutOfTime("the deadline passed while Lean was loading")
            if member.starting.cancelled():
                return NotStarted("the pool was closed")
            worker = member.starting.result()
            sound = False
            if isinstance(worker, NotStarted):
                return worker
            limit = deadline.capped(self._config.check_s)
            outcome = await worker.check(body, deadline=limit)
            sound = isinstance(outcome, Checked)
            return outcome
        finally:
            await to_the_end(self._give_back(member, sound))

    async def _lease(self, header: str, deadline: Deadline) -> _Member | None:
        while not self._closed:
            for member in [m for m in self._members if m.spent and not m.leased]:
                await to_the_end(self._discard(member))
            chosen = self._idle(header)
            if chosen is None and self._admits(header):
                chosen = self._grow(header)
            if chosen is not None:
                chosen.leased = True
                return chosen
            victim = next((m for m in self._members if not m.leased and m.header != header), None)
            if victim is not None:
                await to_the_end(self._discard(victim))
            elif not await self._changed(deadline):
                return None
        return None

    def _idle(self, header: str) -> _Member | None:
        """The free worker that was used last: its pages are the warmest, and the others can grow old."""
        free = [m for m in self._members if m.header == header and not m.leased]
        loaded = [m for m in free if m.worker is not None]
        return next(reversed(loaded or free), None)

    def _admits(self, header: str) -> bool:
        """Whether there is room for one more; one there may always be, or nothing would ever be checked."""
        if not self._members:
            return True
        if self._limits.workers and len(self._members) >= self._limits.workers:
            return False
        loading = sum(self._need_bytes(m.header) for m in self._members if not m.starting.done())
        free = self._free_bytes() - self._limits.reserve_bytes - loading
        return free >= self._need_bytes(header)

    def _need_bytes(self, header: str) -> int:
        return self._needed_bytes.get(header, self._limits.guess_bytes)

    def _grow(self, header: str) -> _Member:
        self.counts.started += 1
        member = _Member(header, asyncio.create_task(self._start(header), name="lean-worker"))
        self._members.append(member)
        return member

    async def _start(self, header: str) -> LeanWorker | NotStarted:
        deadline = Deadline.after(self._config.start_s, self._clock)
        worker = await LeanWorker.start(self._command, header, deadline=deadline, config=self._limits)
        if isinstance(worker, LeanWorker):
            self._needed_bytes[header] = proportional_bytes(worker.pid) or self._limits.guess_bytes
        self._tell()
        return worker

    async def _give_back(self, member: _Member, sound: bool) -> None:
        member.leased = False
        member.checks += 1
        worker = member.worker
        if sound and not self._closed and (worker is None or not self._old(member, worker)):
            self.counts.checked += worker is not None
            self._members.remove(member)
            self._members.append(member)
            self._tell()
            return
        await self._discard(member)
        # One that never came up would not come up now.
        if worker is not None and not self._closed and self._admits(member.header):
            self._grow(member.header)

    def _old(self, member: _Member, worker: LeanWorker) -> bool:
        resident = resident_bytes(worker.pid)
        return member.checks >= self._limits.checks or resident > self._limits.limit_bytes

    async def _discard(self, member: _Member) -> None:
        if member not in self._members:
            return
        self._members.remove(member)
        self.counts.ended += 1
        member.starting.cancel()
        await asyncio.wait({member.starting})
        if member.worker is not None:
            await member.worker.aclose()
        self._tell()

    def _tell(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def _changed(self, deadline: Deadline) -> bool:
        """Wait until a worker may have come free; False when the deadline has passed."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            # Nobody tells of memory that another program gave back, so look again from time to time.
            await asyncio.wait({waiter}, timeout=min(deadline.remaining_s(), self._limits.look_s))
        finally:
            self._waiters.remove(waiter)
        return not deadline.passed

    async def race(
        self,
        candidates: Sequence[tuple[str, str]],
        wins: Callable[[CheckOutcome | Rejected], bool],
        *,
        deadline: Deadline,
    ) -> Won[CheckOutcome | Rejected] | NoneWon[CheckOutcome | Rejected]:
        """Check several (header, body) at once; the first that `wins` cancels the others."""
        checks = [self.check(header, body, deadline=deadline) for header, body in candidates]
        return await first(checks, wins)

    async def aclose(self) -> None:
        """End every worker; checks that still run end with WorkerLost or OutOfTime."""
        self._closed = True
        self._tell()
        await asyncio.gather(*(self._discard(member) for member in list(self._members)))


def _digest(*parts: str) -> str:
    lengths = "".join(f"{len(part)}\0" for part in parts)
    return hashlib.sha256((lengths + "".join(parts)).encode("utf-8")).hexdigest()


@asynccontextmanager
async def open_pool(
    command: LeanCommand, config: VerifyConfig, clock: Clock, *, free_bytes: Callable[[], int]
) -> AsyncIterator[LeanPool]:
    """A pool for the length of the block; no worker outlives it.

    Args:
        free_bytes: tells how much memory new processes can use, such as process.available_memory_bytes.
    """
    pool = LeanPool(command, config, clock, free_bytes)
    try:
        yield pool
    finally:
        await to_the_end(pool.aclose())
