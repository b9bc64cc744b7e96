"""What the machine and the pools are like during a run, told to the journal every few seconds.

The dashboard's figures of memory and of Lean, and its alerts, live from it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aimo_pipeline.config import ObserveConfig
from aimo_pipeline.deadline import Clock
from aimo_pipeline.errors import StageError, boundary
from aimo_pipeline.observe.events import HealthSampled, StageFailed
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.process import available_memory_bytes
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.verify.memory import proportional_bytes, resident_bytes
from aimo_pipeline.verify.ready import Lean
from aimo_pipeline.verify.workers import WorkerCounts

_NOT_KNOWN = WorkerCounts(None, None, None, None, None)


@dataclass(frozen=True)
class Watched:
    """What is looked at."""

    lean: Lean
    sandbox: Sandbox

    def sample(self) -> HealthSampled:
        """Everything at this moment; a figure that cannot be had is None."""
        lean, admission, own = self.lean.workers() or _NOT_KNOWN, self.sandbox.admission, os.getpid()
        return HealthSampled(
            resident_bytes=resident_bytes(own) or None,
            proportional_bytes=proportional_bytes(own),
            available_bytes=available_memory_bytes() or None,
            programs_running=admission.running,
            programs_waiting=admission.waiting,
            lean_workers=lean.up,
            lean_busy=lean.busy,
            lean_restarts=lean.ended,
            lean_checks=lean.checks,
            lean_cache_hits=lean.cache_hits,
        )


@asynccontextmanager
async def health_sampled(
    watched: Watched, *, journal: Journal, config: ObserveConfig, clock: Clock
) -> AsyncIterator[None]:
    """Sample every `config.sample_s` for as long as the block lasts; 0 or less: never.

    A look that fails is told once and ends the looking, not the run.
    """
    if config.sample_s <= 0:
        yield
        return
    looking = asyncio.create_task(_look(watched, journal, config, clock), name="health")
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.wait({looking})


async def _look(watched: Watched, journal: Journal, config: ObserveConfig, clock: Clock) -> None:
    try:
        with boundary("health"):
            while True:
                journal.write(watched.sample())
                await clock.sleep(config.sample_s)
    except StageError as error:
        journal.write(StageFailed("", error.stage, error.cause, str(error)))
