"""Children started ahead: they stand behind their layers and wait for a program.

Forking and confining a child takes longer than a short program runs. So with each program that is handed out
the next child is started beside it, with the same limits, as long as fewer wait than programs may run at a
time. Nothing is ever used twice: a child still serves one program, and is attested when it is leased.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.trace.job import Job
from aimo_pipeline.trace.zygote import Zygote


@dataclass(eq=False)
class _Spare:
    """A child that waits; leaving the stack ends it."""

    zygote: Zygote
    limits: LimitsConfig
    job: Job
    stack: AsyncExitStack

    def serves(self, zygote: Zygote, limits: LimitsConfig) -> bool:
        """True if it can take a program that is to run with these limits."""
        return self.zygote is zygote and self.limits == limits and not self.job.ended.done()


class Spares:
    """Keeps up to `count` children waiting; none with a count of 0."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._waiting: list[_Spare] = []

    @asynccontextmanager
    async def leased(self, zygote: Zygote, limits: LimitsConfig) -> AsyncIterator[Job]:
        """A child for one program, one that waited if there is one; afterwards nothing of it is left."""
        found = next((one for one in self._waiting if one.serves(zygote, limits)), None)
        if found is None:
            found = await _started(zygote, limits)
        else:
            self._waiting.remove(found)
        async with found.stack:
            yield found.job

    async def replenish(self, zygote: Zygote, limits: LimitsConfig) -> None:
        """Start one more, and end those that are of no more use, the oldest first."""
        for spare in [one for one in self._waiting if one.zygote is not zygote or one.job.ended.done()]:
            await self._ended(spare)
        if sum(one.limits == limits for one in self._waiting) >= self._count:
            return
        self._waiting.append(await _started(zygote, limits))
        while len(self._waiting) > self._count:
            await self._ended(self._waiting[0])

    async def aclose(self) -> None:
        """End all that wait."""
        while self._waiting:
            await self._ended(self._waiting[0])

    async def _ended(self, spare: _Spare) -> None:
        if spare in self._waiting:  # another program's task may have been quicker
            self._waiting.remove(spare)
            await spare.stack.aclose()


async def _started(zygote: Zygote, limits: LimitsConfig) -> _Spare:
    stack = AsyncExitStack()
    return _Spare(zygote, limits, await stack.enter_async_context(zygote.job("run", limits)), stack)
