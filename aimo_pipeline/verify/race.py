"""Several candidates at once: the first acceptable result ends the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from aimo_pipeline.process import to_the_end

T = TypeVar("T")


@dataclass(frozen=True)
class Won(Generic[T]):
    """The candidate at `index` was the first with an acceptable result; the others were cancelled."""

    index: int
    result: T


@dataclass(frozen=True)
class NoneWon(Generic[T]):
    """All candidates came to an end and none is acceptable."""

    results: tuple[T, ...]


async def first(works: Sequence[Coroutine[None, None, T]], wins: Callable[[T], bool]) -> Won[T] | NoneWon[T]:
    """Run all until one gives a result that `wins`; the others are cancelled and over when this returns."""
    tasks = [asyncio.ensure_future(work) for work in works]
    pending = set(tasks)
    try:
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            won = [task for task in tasks if task in done and wins(task.result())]
            if won:
                return Won(tasks.index(won[0]), won[0].result())
        return NoneWon(tuple(task.result() for task in tasks))
    finally:
        await to_the_end(_cancelled(tasks))


async def _cancelled(tasks: Sequence[asyncio.Future[T]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
