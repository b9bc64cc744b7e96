"""A run as a child process, with its load, its model, and somebody who watches it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aimo_pipeline.config import LimitsConfig, StressConfig
from aimo_pipeline.gateway.local import SUBMISSION
from aimo_pipeline.observe.reading import JOURNAL
from aimo_pipeline.process import Child, started
from aimo_pipeline.stress.clock import make_jumps
from aimo_pipeline.stress.doing import Whole
from aimo_pipeline.stress.load import Scripted, write_load
from aimo_pipeline.stress.model import PROBLEMS, SCRIPT
from aimo_pipeline.stress.served import ModelFolder
from aimo_pipeline.stress.victim import Order
from aimo_pipeline.stress.watch import Watch

_ROOT = Path(__file__).parent.parent.parent
_NO_LIMITS = LimitsConfig(cpu_s=0, memory_bytes=0, output_bytes=1 << 16, open_files=0, file_bytes=0)


@dataclass(frozen=True)
class Running:
    """A run, its load and who looks at it."""

    whole: Whole
    watch: Watch
    submission: Path
    child: Child
    began_s: float
    total_s: float


def wall_clock_s(problems: int, config: StressConfig) -> float:
    """What a run of so many problems may take."""
    if config.live:
        return config.live_cold_s + problems * config.live_per_problem_s
    if problems <= config.short:
        return config.short_cold_s + problems * config.short_per_problem_s / config.scale
    return config.cold_s + problems * config.per_problem_s / config.scale


@asynccontextmanager
async def running(load: Sequence[Scripted], config: StressConfig, folder: Path) -> AsyncIterator[Running]:
    """The run as a child process, for the length of the block."""
    problems, clock, output = folder / PROBLEMS, folder / "clock", folder / "out"
    write_load(load, problems, folder / SCRIPT)
    model = ModelFolder(folder)
    make_jumps(clock)
    total_s = wall_clock_s(len(load), config)
    env = os.environ | {"PYTHONPATH": str(_ROOT)}
    async with AsyncExitStack() as stack:
        paths = (str(problems), str(folder), str(output), str(clock))
        live = config.live_tokens if config.live else 0
        scale = 1.0 if config.live else config.scale
        order = Order(*paths, total_s, scale, config.check_s / scale, live)
        argv = [sys.executable, "-m", "aimo_pipeline.stress.victim", order.to_json()]
        began_s = time.monotonic()
        opened = started(argv, stdin=b"", limits=_NO_LIMITS, env=env, cwd=folder, grace_s=5.0)
        child = await stack.enter_async_context(opened)
        watch = Watch(child, output / JOURNAL)
        stack.callback(watch.close)
        whole = Whole(child.pid, output / JOURNAL, watch.lines, clock, model)
        yield Running(whole, watch, output / SUBMISSION, child, began_s, total_s)
