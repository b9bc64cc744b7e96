"""What the pool of Lean workers withstands: kills in mid-check, and many checks by one worker."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from aimo_pipeline.verify.memory import proportional_bytes, resident_bytes
from aimo_pipeline.verify.pool import LeanPool
from tests.lean_native import HEADER, NativeLean, numbered, proved

# Of documents, so that no two are the same.
NUMBERS = count()
WARM_UP = 20
_UNDER_KILLS_S = 1200.0


async def warm_s(native: NativeLean, pool: LeanPool) -> float:
    start_s = time.perf_counter()
    outcome = await pool.check(HEADER, numbered(next(NUMBERS)), deadline=native.deadline())
    assert proved(outcome), outcome
    return time.perf_counter() - start_s


@dataclass(frozen=True)
class Losses:
    """What became of checks while their workers were killed."""

    checks: int
    kills: int
    redone: int
    lost: int
    seconds: float


async def lost(native: NativeLean, checks: int, between_s: float) -> Losses:
    """How many of so many checks got no proof while a busy worker was killed every so many seconds."""
    async with native.pool(workers=2) as pool:
        start_s = time.perf_counter()
        deadline = native.deadline(_UNDER_KILLS_S)  # one for all, since all wait from the start
        tasks = [
            asyncio.create_task(pool.check(HEADER, numbered(next(NUMBERS)), deadline=deadline))
            for _ in range(checks)
        ]
        kills = 0
        while not all(task.done() for task in tasks):
            await asyncio.sleep(between_s)
            busy = [m.worker.pid for m in pool._staff.members if m.leased and m.worker is not None]
            with suppress(ProcessLookupError, IndexError):  # none is busy, or it was ended just now
                os.kill(busy[kills % max(1, len(busy))], signal.SIGKILL)
                kills += 1
        lost = sum(not proved(task.result()) for task in tasks)
        return Losses(checks, kills, pool.counts.redone, lost, time.perf_counter() - start_s)


@dataclass(frozen=True)
class Growth:
    """Resident memory of one worker over many checks, without its being replaced."""

    first_bytes: int
    last_bytes: int

    @property
    def percent(self) -> float:
        """How much the last is above the first."""
        return 100.0 * (self.last_bytes / self.first_bytes - 1.0)


async def growth(native: NativeLean, checks: int) -> Growth:
    async with native.pool(workers=1, checks=checks + WARM_UP + 1) as pool:
        for _ in range(WARM_UP):
            await warm_s(native, pool)
        (pid,) = pool.pids()
        first = resident_bytes(pid)
        for _ in range(checks):
            await warm_s(native, pool)
        assert pool.pids() == (pid,)
        return Growth(first, resident_bytes(pid))


@dataclass(frozen=True)
class Shared:
    """What workers with one header hold together: shared pages counted for each, and once; None: not told."""

    workers: int
    resident_bytes: int
    proportional_bytes: int | None


async def shared(native: NativeLean, workers: int) -> Shared:
    async with native.pool(workers=workers) as pool:
        while len(pool.pids()) < workers:
            await asyncio.gather(*(warm_s(native, pool) for _ in range(2 * workers)))
        shares = [proportional_bytes(pid) for pid in pool.pids()]
        told = [share for share in shares if share is not None]
        resident = sum(map(resident_bytes, pool.pids()))
        return Shared(workers, resident, sum(told) if len(told) == workers else None)
