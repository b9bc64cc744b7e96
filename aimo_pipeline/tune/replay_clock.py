"""The clock of a replay: it goes on to the recorded time whenever something comes back.

So the effort, the rounds, the budget's looks and the deadlines, all of which depend on the time that is left,
come out as they would have at the recorded pace, in a moment. What is to happen at some time (an alarm: the
budget's next look, the end of a grant) happens before anything comes back that came later.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from aimo_pipeline.deadline import Alarm

# Turns of the event loop in which all has followed that an alarm sets off: a look, its verdict, and the
# cancelling of what is under way are some ten steps.
_STEPS = 40


@dataclass(order=True)
class _Alarm:
    """See Alarm."""

    at_s: float
    number: int
    ring: Callable[[], object] = field(compare=False)
    over: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """See Alarm."""
        self.over = True


class RecordedClock:
    """Stands still but for going on to the recorded time whenever something comes back.

    Its alarms ring on the way there. What takes time in the replay itself (mining, programs that run again)
    takes none here, so that the machine's pace decides nothing.
    """

    def __init__(self) -> None:
        self._now_s = self._shift_s = 0.0
        self._alarms: list[_Alarm] = []
        self._made = 0
        self._ringing = asyncio.Lock()

    def now_s(self) -> float:
        """See Clock."""
        return self._now_s

    async def sleep(self, seconds: float) -> None:
        """See Clock; takes no time either."""
        await asyncio.sleep(0)

    def alarm(self, at_s: float, ring: Callable[[], object]) -> Alarm:
        """See Clock; one whose time has passed rings at once."""
        if at_s <= self._now_s:
            return asyncio.get_running_loop().call_soon(ring)
        self._made += 1
        made = _Alarm(at_s, self._made, ring)
        heapq.heappush(self._alarms, made)
        return made

    def begin(self, at_s: float) -> None:
        """A problem begins that began at `at_s` in the recording."""
        self._shift_s = self.now_s() - at_s

    def advance_to(self, at_s: float) -> None:
        """Go on to a moment of this clock, never back; nothing rings."""
        self._now_s = max(self._now_s, at_s)

    async def came(self, at_s: float) -> None:
        """Something comes back that came at `at_s` in the recording."""
        until_s = at_s + self._shift_s
        if until_s <= self._now_s:  # it was let go together with something later
            return
        if self._ringing.locked() or self._due(until_s):
            async with self._ringing:  # what came first is done with before what came next
                await self._settled()
                while due := self._due(until_s):
                    heapq.heappop(self._alarms)
                    self.advance_to(due.at_s)
                    due.ring()
                    await self._settled()
        self.advance_to(until_s)

    def _due(self, until_s: float) -> _Alarm | None:
        while self._alarms and self._alarms[0].over:
            heapq.heappop(self._alarms)
        return self._alarms[0] if self._alarms and self._alarms[0].at_s <= until_s else None

    async def _settled(self) -> None:
        for _ in range(_STEPS):
            await asyncio.sleep(0)
