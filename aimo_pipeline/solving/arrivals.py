"""Hands results on in the order in which their programs arrived, though they are worked on at the same time.

So what Lean sees first, and with it the evidence of an answer, does not hang on which of two programs
happened to run a little faster; a program waits at most for those that are already running.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Ticket(Generic[T]):
    """A place in the order of arrival."""

    def __init__(self, place: asyncio.Future[T | None]) -> None:
        self._place = place

    def give(self, result: T) -> None:
        """What is handed on from this place; without it, nothing is."""
        if not self._place.done():
            self._place.set_result(result)


class Arrivals(Generic[T]):
    """A queue whose entries are promised first and given later."""

    def __init__(self) -> None:
        self._places: asyncio.Queue[asyncio.Future[T | None] | None] = asyncio.Queue()

    @contextmanager
    def ticket(self) -> Iterator[Ticket[T]]:
        """Take the next place, for as long as the block lasts."""
        place: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        self._places.put_nowait(place)
        try:
            yield Ticket(place)
        finally:
            if not place.done():
                place.set_result(None)

    def close(self) -> None:
        """No further place will be taken."""
        self._places.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[T]:
        """The results in the order of their places, until the queue is closed."""
        while (place := await self._places.get()) is not None:
            result = await place
            if result is not None:
                yield result
