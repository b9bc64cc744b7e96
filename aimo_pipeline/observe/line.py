"""The order in which things came back in a recorded run, kept in its replay.

Which attempts were the last of a vote, and what was cancelled, depends on what came back first, and on what
was under way then. So everything that comes from the journal, be it from a model, a program or Lean, waits
until what came before it has come, and until all is asked for that was under way at that moment. What was
cancelled has a place as well: when its turn comes, so has the moment at which nobody waited for it any
longer. Under other settings some of it is never asked for; whoever waits for that goes on after a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from aimo_pipeline.observe.reading import Record

_CAME_BACK = frozenset(
    {"CompletionFinished", "CompletionMissing", "ProgramRan", "SessionClosed", "StatementChecked"}
)
CANCELLED = "cancelled"
# Times in a journal are rounded, and taken a moment after the fact.
_JITTER_S = 0.002


@dataclass
class _Order:
    """What is still to come for one problem, and who waits.

    Attributes:
        places: of what came back or was cancelled, in order.
        ended_s: when each was.
        begun_s: when each that came back or was cancelled was asked for, as far as it has not been asked for.
        waiting: places whose turn has not come.
        moves: counts everything that happens.
    """

    places: list[int] = field(default_factory=list)
    ended_s: dict[int, float] = field(default_factory=dict)
    begun_s: dict[int, float] = field(default_factory=dict)
    waiting: dict[int, asyncio.Future[None]] = field(default_factory=dict)
    moves: int = 0

    def asked(self, place: int) -> None:
        """Somebody asks for it, and waits: whoever's turn it is then does not overtake those before."""
        self.moves += 1
        self.begun_s.pop(place, None)
        asyncio.get_running_loop().call_soon(self.advance)

    def advance(self) -> None:
        """Let those go whose turn it is, all in one step of the event loop."""
        while self.places and self.places[0] in self.waiting and self._all_asked(self.places[0]):
            waiter = self.waiting.pop(self.places.pop(0))
            self.moves += 1
            if not waiter.done():
                waiter.set_result(None)

    def _all_asked(self, place: int) -> bool:
        until_s = self.ended_s[place] - _JITTER_S
        return all(begun_s > until_s for begun_s in self.begun_s.values())

    def skip(self) -> None:
        """What is first, or was under way then, is never asked for: the first that is waited for is next."""
        first = min(self.waiting, default=None)
        if first is None:
            return
        for place in [one for one in self.places if one < first]:
            self.drop(place)
        until_s = self.ended_s[first]
        self.begun_s = {one: begun_s for one, begun_s in self.begun_s.items() if begun_s > until_s}
        self.advance()

    def drop(self, place: int) -> None:
        """It will not be asked for."""
        self.begun_s.pop(place, None)
        if place in self.places:
            self.places.remove(place)


class Line:
    """Everything that came back in a run, in its order.

    Args:
        records: of the run.
        patience_s: how long one waits for what is before it without anything moving.
        came: told when something comes back, with its time in the recording, and waited for: until then all
            has happened that was to happen by that time.

    Attributes:
        given: places of what has come back.
    """

    def __init__(
        self, records: Iterable[Record], *, patience_s: float, came: Callable[[float], Awaitable[None]]
    ) -> None:
        self.given: set[int] = set()
        self._patience_s, self._came = patience_s, came
        self._order_of: dict[int, _Order] = {}
        orders: dict[str, _Order] = {}
        for place, one in enumerate(records):
            if one["type"] not in _CAME_BACK:
                continue
            order = self._order_of[place] = orders.setdefault(one["problem_id"], _Order())
            order.begun_s[place] = one["at_s"] - one.get("seconds", 0.0)
            order.places.append(place)
            order.ended_s[place] = one["at_s"]

    async def turn(self, place: int) -> None:
        """Wait until the record at `place` may come back."""
        if place in self._order_of[place].places:
            await self._turn(place)
        self.given.add(place)

    async def cancellation(self, place: int) -> None:
        """Wait to be cancelled, as in the recording: until then, for as long as other things come, and a
        little longer."""
        order = self._order_of[place]
        if place in order.places:
            await self._turn(place)
        moves = -1
        while order.moves != moves:
            moves = order.moves
            await asyncio.sleep(self._patience_s)

    async def _turn(self, place: int) -> None:
        order = self._order_of[place]
        waiter = order.waiting[place] = asyncio.get_running_loop().create_future()
        order.asked(place)
        try:
            while not waiter.done():
                moves = order.moves
                await asyncio.wait({waiter}, timeout=self._patience_s)
                if not waiter.done() and order.moves == moves:
                    order.skip()
            await self._came(order.ended_s[place])
        finally:
            order.waiting.pop(place, None)
            order.drop(place)
            order.advance()

    def pass_over(self, places: Iterable[int]) -> None:
        """Nobody will ask for these: they hold up nothing."""
        for place in places:
            self._order_of[place].drop(place)


def was_cancelled(record: Record) -> bool:
    """Whether nobody waited any longer for what a record is about."""
    return CANCELLED in (record.get("cause"), record.get("outcome"))
