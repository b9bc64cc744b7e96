"""Warm Lean workers, leased for one check at a time, as many as fit into memory.

A worker keeps one header loaded, so workers are told apart by theirs, and when memory is short the one that
was used least recently makes room (staff.py). A worker that a time-out, a limit, a crash or a cancelled check
has touched is killed, never used again, and replaced in the background. A check whose worker dies under it is
done again on another until its deadline, so that kills lose nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.outcome import Rejected
from aimo_pipeline.process import to_the_end
from aimo_pipeline.verify.limits import unfit
from aimo_pipeline.verify.lsp import (
    Checked,
    CheckOutcome,
    LeanCommand,
    NotStarted,
    OutOfTime,
    WorkerLost,
)
from aimo_pipeline.verify.race import NoneWon, Won, first
from aimo_pipeline.verify.staff import PoolCounts, Staff
from aimo_pipeline.verify.workers import WorkerCounts


class LeanPool:
    """Checks documents in warm workers; made by `open_pool`."""

    def __init__(
        self, staff: Staff, command: LeanCommand, config: VerifyConfig, lost: Callable[[str], None]
    ) -> None:
        self._staff, self._toolchain = staff, command.toolchain
        self._config, self._limits, self._lost = config, config.pool, lost
        self._cache: OrderedDict[str, Checked] = OrderedDict()

    @property
    def counts(self) -> PoolCounts:
        """What was done so far."""
        return self._staff.counts

    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers that are up."""
        return tuple(member.worker.pid for member in self._staff.members if member.worker is not None)

    def workers(self) -> WorkerCounts:
        """The workers that are up and what they did; see WorkerCounts."""
        up = [member for member in self._staff.members if member.worker is not None and not member.spent]
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
        key = _digest(self._toolchain, header, body)
        if key in self._cache:
            self.counts.cached += 1
            self._cache.move_to_end(key)
            return self._cache[key]
        outcome, crashes = await self._attempt(header, body, deadline), 0
        while (lost := self._lost_under(header, outcome)) and not deadline.passed:
            crashes += not lost.killed
            if crashes > self._limits.reruns:
                break
            self.counts.redone += 1
            self._lost(lost.reason)
            outcome = await self._attempt(header, body, deadline)
        if isinstance(outcome, Checked):
            self._remember(key, outcome)
        return outcome

    def _lost_under(self, header: str, outcome: CheckOutcome) -> WorkerLost | NotStarted | None:
        """The loss of a worker under a check, which says nothing of the document and is made good.

        One that was killed is made good until the deadline; one that ended by itself may do so each time.
        One that never came up with this header, and that nobody killed, would not come up now.
        """
        match outcome:
            case WorkerLost():
                return outcome
            case NotStarted(killed=killed) if killed or self._staff.knows(header):
                return outcome
        return None

    def _remember(self, key: str, outcome: Checked) -> None:
        self._cache[key] = outcome
        if len(self._cache) > self._limits.cached:
            self._cache.popitem(last=False)

    async def _attempt(self, header: str, body: str, deadline: Deadline) -> CheckOutcome:
        member = await self._staff.lease(header, deadline)
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
            await to_the_end(self._staff.give_back(member, sound))

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
        await self._staff.aclose()


def _digest(*parts: str) -> str:
    lengths = "".join(f"{len(part)}\0" for part in parts)
    return hashlib.sha256((lengths + "".join(parts)).encode("utf-8")).hexdigest()


@asynccontextmanager
async def open_pool(
    command: LeanCommand,
    config: VerifyConfig,
    clock: Clock,
    *,
    free_bytes: Callable[[], int],
    lost: Callable[[str], None],
) -> AsyncIterator[LeanPool]:
    """A pool for the length of the block; no worker outlives it.

    Args:
        free_bytes: tells how much memory new processes can use, such as process.available_memory_bytes.
        lost: told why, each time that a worker died under a check which is then done again.
    """
    pool = LeanPool(Staff(command, config, clock, free_bytes), command, config, lost)
    try:
        yield pool
    finally:
        await to_the_end(pool.aclose())
