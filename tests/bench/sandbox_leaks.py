"""Whether many thousand programs leave memory, descriptors, processes and folders where they were."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.trace.sandbox import Sandbox
from tests.trace.threats.victims import descendants, descriptors

_CLOCK, _LIMITS = MonotonicClock(), LimitsConfig(cpu_s=2)
_WARM_UP, _STEPS, _WORKERS = 500, 10, 4
# One in 200 runs out of its time, one in 200 is cancelled; the rest ends in its own way.
_PROGRAMS = (
    "print(1)",
    "x = [0] * 100_000; len(x)",
    "1 / 0",
    "import os; os._exit(3)",
    "raise SystemExit('bye')",
    "print('x' * 200_000)",
    "import ctypes; ctypes.string_at(8)",
    "this is no Python",
)
_LOOP = "while True: pass"
_UID_FIRST = 0x7000_0000  # as in inside/probe.py


@dataclass(frozen=True)
class State:
    """What must not grow; memory in kB."""

    controller_kb: int
    server_kb: int
    controller_fds: int
    server_fds: int
    processes: int
    tasks: int
    files: int


def _resident_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def _left_behind() -> int:
    """Files that programs left where anybody may write; without uids of their own, everybody's files."""
    folders = [Path(tempfile.gettempdir()), Path("/dev/shm")]
    owners = [entry.lstat().st_uid for folder in folders for entry in folder.iterdir()]
    return sum(uid >= _UID_FIRST for uid in owners) if os.getuid() == 0 else len(owners)


def state_of(sandbox: Sandbox) -> State:
    own, server = os.getpid(), sandbox.zygote_pid
    return State(
        _resident_kb(own),
        _resident_kb(server),
        descriptors(own),
        descriptors(server),
        len(descendants(own)),
        len(asyncio.all_tasks()),
        _left_behind(),
    )


async def _one(sandbox: Sandbox, number: int, rng: random.Random) -> None:
    if number % 200 == 0:
        await sandbox.run(_LOOP, deadline=Deadline.after(0.05, _CLOCK), limits=_LIMITS)
    elif number % 200 == 100:
        task = asyncio.ensure_future(sandbox.run(_LOOP, deadline=Deadline.after(9.0, _CLOCK), limits=_LIMITS))
        await asyncio.sleep(rng.random() * 0.03)
        task.cancel()
        await asyncio.wait({task})
    else:
        await sandbox.run(rng.choice(_PROGRAMS), deadline=Deadline.after(9.0, _CLOCK), limits=_LIMITS)


async def many(sandbox: Sandbox, runs: int, rng: random.Random) -> None:
    numbers = iter(range(runs))

    async def work() -> None:
        for number in numbers:
            await _one(sandbox, number, rng)

    await asyncio.gather(*(work() for _ in range(_WORKERS)))


async def bench(sandbox: Sandbox, arguments: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Run, print a row after each tenth, return the figures."""
    rng, start_s = random.Random(4), time.perf_counter()
    await many(sandbox, _WARM_UP, rng)
    states = {0: state_of(sandbox)}
    for step in range(1, _STEPS + 1):
        await many(sandbox, arguments.runs // _STEPS, rng)
        states[step * arguments.runs // _STEPS] = state_of(sandbox)
        console.print(f"{step * arguments.runs // _STEPS} programs, {time.perf_counter() - start_s:.0f} s")
    table = Table("programs", *asdict(states[0]), title="nothing may grow")
    for runs, state in states.items():
        table.add_row(str(runs), *(str(value) for value in asdict(state).values()))
    console.print(table)
    return {
        "states": {runs: asdict(state) for runs, state in states.items()},
        "s": time.perf_counter() - start_s,
    }
