"""Who may run next: bounded by cores and memory, in turn between owners."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class _Waiter:
    memory_bytes: int
    admitted: asyncio.Future[None]


class Admission:
    """Lets `slots` programs run at a time, whose granted memory together stays within `memory_bytes`.

    Owners (problems) take turns, so that one with a hundred programs does not hold up one with a single
    program. A program that is granted more than there is runs alone.
    """

    def __init__(self, slots: int, memory_bytes: int) -> None:
        self._slots, self._memory, self._total = slots, memory_bytes, memory_bytes
        self._all_slots = slots
        self._queues: OrderedDict[str, deque[_Waiter]] = OrderedDict()

    @property
    def running(self) -> int:
        """Programs that hold a slot."""
        return self._all_slots - self._slots

    @property
    def waiting(self) -> int:
        """Programs that wait for one, of all owners."""
        return sum(len(queue) for queue in self._queues.values())

    @asynccontextmanager
    async def admitted(self, owner: str, memory_bytes: int, *, timeout_s: float) -> AsyncIterator[bool]:
        """Hold a slot for the block.

        Args:
            owner: on whose behalf.
            memory_bytes: what the program is granted.
            timeout_s: longest wait.

        Returns:
            False when no slot came in time.
        """
        waiter = _Waiter(min(memory_bytes, self._total), asyncio.get_running_loop().create_future())
        self._queues.setdefault(owner, deque()).append(waiter)
        self._admit()
        try:
            await asyncio.wait({waiter.admitted}, timeout=timeout_s)
            yield waiter.admitted.done()
        finally:
            self._leave(owner, waiter)

    def _leave(self, owner: str, waiter: _Waiter) -> None:
        if waiter.admitted.done():
            self._slots += 1
            self._memory += waiter.memory_bytes
        else:
            self._queues[owner].remove(waiter)
            if not self._queues[owner]:
                del self._queues[owner]
        self._admit()

    def _admit(self) -> None:
        """Admit from the owner whose turn it is; who does not fit yet is waited for, or it would starve."""
        while self._queues and self._slots:
            owner, queue = next(iter(self._queues.items()))
            if queue[0].memory_bytes > self._memory:
                return
            waiter = queue.popleft()
            self._slots -= 1
            self._memory -= waiter.memory_bytes
            waiter.admitted.set_result(None)
            del self._queues[owner]
            if queue:
                self._queues[owner] = queue  # to the end of the line
