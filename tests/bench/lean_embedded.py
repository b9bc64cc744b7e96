"""A check by the embedded Lean: with nothing loaded, with a spare waiting, and of many theorems at once."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from itertools import count

from aimo_pipeline.config import config_from_environ
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.outcome import Proved
from aimo_pipeline.verify.engine import LeanDocument, Theorem
from aimo_pipeline.verify.library import SOURCES
from aimo_pipeline.verify.wasm import WasmEngine, open_wasm, prepare

_EMBEDDED_S = 200.0
_WAITING = {"spare waiting, 1 theorem": 1, "spare waiting, 100 theorems": 100}


# So that no document is the same as an earlier one, whose outcome would be known.
_NUMBERS = count(2**40)


def _many(number: int) -> LeanDocument:
    """So many theorems in one file."""
    statements = (f"rule [1, 1] [0, 1] {n % 50} < {next(_NUMBERS)}" for n in range(number))
    theorems = (Theorem(f"t{n}", one, "by decide +kernel") for n, one in enumerate(statements))
    return LeanDocument(("TraceToLean.Sequence",), "", tuple(theorems))


async def embedded(repeat: int) -> dict[str, list[float]]:
    """The embedded Lean: seconds of one check with nothing loaded, and with a loaded process waiting."""
    clock = MonotonicClock()
    config = config_from_environ({**os.environ, "AIMO_LEAN": "wasm"}).verify
    await prepare(config, SOURCES, clock)
    # Without room for the next spare, so that nothing loads beside the check that is timed.
    config = replace(config, spare_memory_bytes=1 << 60)
    found: dict[str, list[float]] = {name: [] for name in ("nothing loaded, 1 theorem", *_WAITING)}
    for _ in range(repeat):
        async with open_wasm(config, clock) as engine:

            async def seconds(number: int, engine: WasmEngine = engine) -> float:
                start_s = time.perf_counter()
                verdicts = await engine.check(_many(number), deadline=Deadline.after(_EMBEDDED_S, clock))
                assert all(isinstance(verdict, Proved) for verdict in verdicts.values()), verdicts
                return time.perf_counter() - start_s

            found["nothing loaded, 1 theorem"].append(await seconds(1))
            for name, number in _WAITING.items():
                while engine._spare is None:
                    await asyncio.sleep(0.1)
                await engine._spare.ready.wait()
                found[name].append(await seconds(number))
    return found
