"""The workers of a pool: who is hired, lent out, replaced and let go.

Memory is counted, not cores: a check waits for its worker, not for a processor, and Mathlib's 2 to 4 GB for
each are what a machine runs out of first. A worker counts with its proportional set size: of the mapped
library, which is most of it, each of k workers bears 1/k.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count, islice

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.process import to_the_end
from aimo_pipeline.verify.lsp import LeanCommand, LeanWorker, NotStarted
from aimo_pipeline.verify.memory import held_bytes, resident_bytes

# So many of those that wait, the first to come, are woken when a worker may have come free: more than there
# are workers, since not every header fits; not all, since there may be thousands.
_FRONT = 32


@dataclass(eq=False)
class Member:
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


class Staff:
    """Lends workers out, one check at a time.

    Attributes:
        members: least recently used first.
        counts: what was done so far.
    """

    def __init__(
        self, command: LeanCommand, config: VerifyConfig, clock: Clock, free_bytes: Callable[[], int]
    ) -> None:
        self.members: list[Member] = []
        self.counts = PoolCounts()
        self._command, self._config, self._limits = command, config, config.pool
        self._clock, self._free_bytes = clock, free_bytes
        self._needed_bytes: dict[str, int] = {}
        self._tickets = count()
        self._waiters: dict[int, asyncio.Future[None]] = {}  # by ticket, in the order of their coming
        self._closed = False

    def knows(self, header: str) -> bool:
        """Whether a worker with this header has come up before."""
        return header in self._needed_bytes

    def need_bytes(self, header: str) -> int:
        """What one more worker is taken to need: the others' mean share when the last one came up."""
        return self._needed_bytes.get(header, self._limits.guess_bytes)

    async def lease(self, header: str, deadline: Deadline) -> Member | None:
        """A worker for one check, perhaps still loading; None when none came free, or all is closed."""
        ticket = next(self._tickets)
        try:
            return await self._leased(header, ticket, deadline)
        finally:
            if self._waiters.pop(ticket, None) is not None:
                self._tell(skip=_FRONT - 1)  # who comes to the front has to look for itself from now on

    async def _leased(self, header: str, ticket: int, deadline: Deadline) -> Member | None:
        while not self._closed:
            for member in [m for m in self.members if m.spent and not m.leased]:
                await to_the_end(self._discard(member))
            chosen = self._idle(header)
            if chosen is None and self._admits(header):
                chosen = self._grow(header)
            if chosen is not None:
                chosen.leased = True
                return chosen
            victim = next((m for m in self.members if not m.leased and m.header != header), None)
            if victim is not None:
                await to_the_end(self._discard(victim))
            elif not await self._changed(ticket, deadline):
                return None
        return None

    def _idle(self, header: str) -> Member | None:
        """The free worker that was used last: its pages are the warmest, and the others can grow old."""
        free = [m for m in self.members if m.header == header and not m.leased]
        loaded = [m for m in free if m.worker is not None]
        return next(reversed(loaded or free), None)

    def _admits(self, header: str) -> bool:
        """Whether there is room for one more; one there may always be, or nothing would ever be checked."""
        if not self.members:
            return True
        if self._limits.workers and len(self.members) >= self._limits.workers:
            return False
        loading = sum(self.need_bytes(m.header) for m in self.members if not m.starting.done())
        free = self._free_bytes() - self._limits.reserve_bytes - loading
        return free >= self.need_bytes(header)

    def _grow(self, header: str) -> Member:
        self.counts.started += 1
        member = Member(header, asyncio.create_task(self._start(header), name="lean-worker"))
        self.members.append(member)
        return member

    async def _start(self, header: str) -> LeanWorker | NotStarted:
        deadline = Deadline.after(self._config.start_s, self._clock)
        worker = await LeanWorker.start(self._command, header, deadline=deadline, config=self._limits)
        if isinstance(worker, LeanWorker):
            self._measure(header, worker)
        self._tell()
        return worker

    def _measure(self, header: str, fresh: LeanWorker) -> None:
        # All of them, because each newcomer shares pages with the others and makes their shares smaller.
        others = [m.worker for m in self.members if m.header == header and not m.spent]
        workers = {worker.pid for worker in (fresh, *others) if worker is not None}
        held = [size for size in map(held_bytes, workers) if size]
        self._needed_bytes[header] = sum(held) // len(held) if held else self._limits.guess_bytes

    async def give_back(self, member: Member, sound: bool) -> None:
        """End a lease; a worker that is not `sound` any more, or worn out, is ended and replaced."""
        member.leased = False
        member.checks += 1
        worker = member.worker
        if sound and not self._closed and (worker is None or not self._old(member, worker)):
            self.counts.checked += worker is not None
            self.members.remove(member)
            self.members.append(member)
            self._tell()
            return
        await self._discard(member)
        # One that never came up would not come up now.
        if worker is not None and not self._closed and self._admits(member.header):
            self._grow(member.header)

    def _old(self, member: Member, worker: LeanWorker) -> bool:
        resident = resident_bytes(worker.pid)
        return member.checks >= self._limits.checks or resident > self._limits.limit_bytes

    async def _discard(self, member: Member) -> None:
        if member not in self.members:
            return
        self.members.remove(member)
        self.counts.ended += 1
        member.starting.cancel()
        await asyncio.wait({member.starting})
        if member.worker is not None:
            await member.worker.aclose()
        self._tell()

    def _tell(self, skip: int = 0) -> None:
        for waiter in islice(self._waiters.values(), skip, _FRONT):
            if not waiter.done():
                waiter.set_result(None)

    async def _changed(self, ticket: int, deadline: Deadline) -> bool:
        """Wait until a worker may have come free; False when the deadline has passed."""
        self._waiters[ticket] = waiter = asyncio.get_running_loop().create_future()
        limit_s = deadline.remaining_s()
        if ticket in islice(self._waiters, _FRONT):
            # Nobody tells of memory that another program gave back, so look again from time to time.
            limit_s = min(limit_s, self._limits.look_s)
        await asyncio.wait({waiter}, timeout=limit_s)
        return not deadline.passed

    async def aclose(self) -> None:
        """End every worker."""
        self._closed = True
        for waiter in self._waiters.values():
            if not waiter.done():
                waiter.set_result(None)
        await asyncio.gather(*(self._discard(member) for member in list(self.members)))
