"""Lean for a whole run: made ready in the background, and used only after it told true from false."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import EngineSilent, EngineUnavailable, StageError, boundary
from aimo_pipeline.observe.events import EngineMissing, EngineReady, LeanLost, LeanUnpacked
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.verify.engine import Engine, cache_folder, find_packed, open_engine, self_test
from aimo_pipeline.verify.library import SOURCES, library_texts
from aimo_pipeline.verify.packed import unpack, warm
from aimo_pipeline.verify.workers import Staffed, WorkerCounts


class Lean:
    """An engine that gets ready in the background and is used only after its canaries sang."""

    def __init__(self, ready: asyncio.Task[Engine | None]) -> None:
        self._ready = ready

    async def engine(self, deadline: Deadline) -> Engine | None:
        """The engine, or None when there is none, it failed its canaries, or it is not ready in time."""
        await asyncio.wait({self._ready}, timeout=deadline.remaining_s())
        return self._ready.result() if self._ready.done() else None

    def workers(self) -> WorkerCounts | None:
        """The engine's workers at this moment; None while there is no engine, or one that cannot tell."""
        done = self._ready.done() and not self._ready.cancelled() and self._ready.exception() is None
        engine = self._ready.result() if done else None
        return engine.workers() if isinstance(engine, Staffed) else None

    @classmethod
    @asynccontextmanager
    async def opened(cls, config: VerifyConfig, *, journal: Journal, clock: Clock) -> AsyncIterator[Lean]:
        """Start what there is; a machine without Lean gets a Lean that says so."""
        async with AsyncExitStack() as stack:
            ready = asyncio.create_task(_get_ready(stack, config, journal, clock))
            try:
                yield cls(ready)
            finally:
                ready.cancel()
                await asyncio.wait({ready})


async def _get_ready(
    stack: AsyncExitStack, config: VerifyConfig, journal: Journal, clock: Clock
) -> Engine | None:
    """Unpack if need be, open, ask the canaries; the engine is closed with the stack."""
    try:
        config = await _unpacked(config, journal)
        opened = open_engine(config, clock, lost=partial(_lost, journal))
        engine = await stack.enter_async_context(opened)
    except EngineUnavailable as error:
        journal.write(EngineMissing(config.engine, str(error)))
        return None
    return engine if await _canaries(engine, config, journal, clock) else None


async def _unpacked(config: VerifyConfig, journal: Journal) -> VerifyConfig:
    """With a toolchain that was packed: the same settings with the unpacked one, its files warm."""
    packed = find_packed(config)
    if packed is None:
        return config
    unpacked = await asyncio.to_thread(unpack, packed, cache_folder())
    began_s = time.monotonic()
    warmed = await asyncio.to_thread(warm, unpacked.folder, packed.warm)
    warm_s = round(time.monotonic() - began_s, 2)
    journal.write(LeanUnpacked(packed.lean, unpacked.bytes, round(unpacked.seconds, 3), warmed, warm_s))
    return replace(config, toolchain=unpacked.folder)


def _lost(journal: Journal, engine: str, reason: str) -> None:
    journal.write(LeanLost(engine, reason))


async def _canaries(engine: Engine, config: VerifyConfig, journal: Journal, clock: Clock) -> bool:
    """Whether the canaries sang; a process that dies over them is no verdict, so they are asked again."""
    began_s = clock.now_s()
    for left in range(config.pool.reruns, -1, -1):
        try:
            with boundary("self_test"):
                await self_test(engine, Deadline.after(config.start_s + config.check_s, clock))
        except StageError as error:
            if left and error.cause == EngineSilent.__name__:
                continue
            journal.write(EngineMissing(engine.name, str(error)))
            return False
        kept = {module: journal.keep(text) for module, text in library_texts(SOURCES).items()}
        journal.write(EngineReady(engine.name, round(clock.now_s() - began_s, 2), kept))
        return True
    return False
