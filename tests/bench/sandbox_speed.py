"""Latencies and throughput of the sandbox beside Jupyter and plain subprocesses, interleaved in one run."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.console import Console
from rich.table import Table

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.outcome import Ran, TimedOut
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.trace.session import Session
from tests.bench.rivals import IMPORTS, SYMPY_JOB, Kernel, kernel, kernel_start_s, process_kill_s, process_s

_CLOCK = MonotonicClock()
_LIMITS = LimitsConfig()
_LARGE = LimitsConfig(memory_bytes=6 << 30)
_FILL = "held = bytearray(b'x') * (2 << 30)"
_HOLD = f"{_FILL}\nprint('held', flush=True)\nwhile True: pass"
_RESET = "get_ipython().run_line_magic('reset', '-f')"
_WALL_S, _HOLD_WALL_S, _THROUGHPUT_S = 0.1, 12.0, 5.0
_RARE = 3  # what takes seconds is measured every so many rounds

Measure = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Row:
    """One latency: what is done, by whom, and how often it is measured."""

    task: str
    by: str
    seconds: Measure
    every: int = 1


async def _run_s(sandbox: Sandbox, code: str, limits: LimitsConfig = _LIMITS) -> float:
    start_s = time.perf_counter()
    outcome = await sandbox.run(code, deadline=Deadline.after(30.0, _CLOCK), limits=limits)
    assert isinstance(outcome, Ran), outcome
    return time.perf_counter() - start_s


async def _cell_s(session: Session, code: str) -> float:
    start_s = time.perf_counter()
    outcome = await session.run(code, deadline=Deadline.after(30.0, _CLOCK))
    assert isinstance(outcome, Ran), outcome
    return time.perf_counter() - start_s


async def _session_start_s(sandbox: Sandbox) -> float:
    start_s = time.perf_counter()
    async with sandbox.session(limits=_LIMITS) as session:
        await session.run("print(1)", deadline=Deadline.after(30.0, _CLOCK))
        return time.perf_counter() - start_s


async def _late_s(sandbox: Sandbox, code: str, wall_s: float, limits: LimitsConfig) -> float:
    """From the deadline until the answer, which comes when no process of the program is left."""
    deadline = Deadline.after(wall_s, _CLOCK)
    outcome = await sandbox.run(code, deadline=deadline, limits=limits)
    late_s = _CLOCK.now_s() - deadline.at_s
    assert isinstance(outcome, TimedOut), outcome
    assert "held" not in code or "held" in outcome.stdout, (
        "the machine is too slow to fill the memory in time"
    )
    return late_s


async def _cell_late_s(session: Session) -> float:
    deadline = Deadline.after(_WALL_S, _CLOCK)
    outcome = await session.run("while True: pass", deadline=deadline)
    assert isinstance(outcome, TimedOut), outcome
    return _CLOCK.now_s() - deadline.at_s


async def _warm_s(warm: Kernel, code: str) -> float:
    start_s = time.perf_counter()
    await warm.run(code)
    return time.perf_counter() - start_s


async def _reset_s(warm: Kernel) -> float:
    """What stands in for a fresh state in notebooks: a reset and the imports again."""
    seconds = await _warm_s(warm, _RESET)
    await warm.run(IMPORTS)
    return seconds


def _rows(sandbox: Sandbox, session: Session, warm: Kernel) -> list[Row]:
    ours, jupyter, plain = "sandbox", "Jupyter", "subprocess"
    loop = "while True: pass"
    return [
        Row("print(1), fresh state", ours, partial(_run_s, sandbox, "print(1)")),
        Row("print(1), fresh state", f"{plain}, no import", partial(process_s, "print(1)")),
        Row("print(1), fresh state", f"{plain}, imports", partial(process_s, f"{IMPORTS}\nprint(1)"), _RARE),
        Row("print(1), fresh state", f"{jupyter}: kernel start", partial(kernel_start_s, "print(1)"), _RARE),
        Row(
            "print(1), fresh state",
            f"{jupyter}: kernel start, imports",
            partial(kernel_start_s, IMPORTS),
            _RARE,
        ),
        Row("print(1), fresh state", f"{jupyter}: %reset -f", partial(_reset_s, warm)),
        Row("print(1), fresh state", f"{ours}: new session", partial(_session_start_s, sandbox)),
        Row("small sympy job", ours, partial(_run_s, sandbox, SYMPY_JOB)),
        Row("small sympy job", plain, partial(process_s, SYMPY_JOB), _RARE),
        Row("small sympy job", f"{jupyter}: warm cell", partial(_warm_s, warm, SYMPY_JOB)),
        Row("cell print(1)", f"{ours}: session", partial(_cell_s, session, "print(1)")),
        Row("cell print(1)", f"{jupyter}: warm cell", partial(_warm_s, warm, "print(1)")),
        Row("from limit to gone", ours, partial(_late_s, sandbox, loop, _WALL_S, _LIMITS)),
        Row("from limit to gone", f"{ours}: session", partial(_cell_late_s, session)),
        Row(
            "from limit to gone",
            f"{ours}, 2 GB held",
            partial(_late_s, sandbox, _HOLD, _HOLD_WALL_S, _LARGE),
            6,
        ),
        Row("from limit to gone", plain, partial(process_kill_s, loop, after_s=_WALL_S)),
        Row("from limit to gone", f"{jupyter}: interrupt", partial(warm.interrupted, loop, after_s=_WALL_S)),
    ]


async def _latencies(sandbox: Sandbox, repeat: int) -> dict[tuple[str, str], list[float]]:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(sandbox.session(limits=_LIMITS))
        rows = _rows(sandbox, session, await stack.enter_async_context(kernel(IMPORTS)))
        found: dict[tuple[str, str], list[float]] = {(row.task, row.by): [] for row in rows}
        for turn in range(repeat):
            for row in rows:
                if turn % row.every == 0:
                    found[row.task, row.by].append(1e3 * await row.seconds())
    return found


async def _per_second(start: Measure, workers: int) -> float:
    """Programs per second with `workers` at a time."""
    end_s, done = time.perf_counter() + _THROUGHPUT_S, 0

    async def work() -> None:
        nonlocal done
        while time.perf_counter() < end_s:
            await start()
            done += 1

    start_s = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(workers)))
    return done / (time.perf_counter() - start_s)


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def _goals(
    latencies: dict[tuple[str, str], list[float]], throughput: float
) -> list[tuple[str, float, float, bool]]:
    """What is to be reached: (what, measured, goal, reached)."""
    median = {key: statistics.median(values) for key, values in latencies.items()}
    fresh = "print(1), fresh state"
    ours, gone = median[fresh, "sandbox"], "from limit to gone"
    at_most = [
        ("print(1), ms", ours, 8.0),
        ("small sympy job, ms", median["small sympy job", "sandbox"], 25.0),
        ("limit to gone, p95, ms", _p95(latencies[gone, "sandbox"]), 50.0),
        ("limit to gone in a session, p95, ms", _p95(latencies[gone, "sandbox: session"]), 50.0),
        ("limit to gone, 2 GB held, p95, ms", _p95(latencies[gone, "sandbox, 2 GB held"]), 250.0),
    ]
    at_least = [
        (
            "times faster than a kernel with imports",
            median[fresh, "Jupyter: kernel start, imports"] / ours,
            60.0,
        ),
        ("times faster than %reset -f", median[fresh, "Jupyter: %reset -f"] / ours, 10.0),
        ("programs a second", throughput, 150.0),
    ]
    return [(*goal, goal[1] <= goal[2]) for goal in at_most] + [
        (*goal, goal[1] >= goal[2]) for goal in at_least
    ]


def _tables(console: Console, latencies: dict[tuple[str, str], list[float]], goals: list[Any]) -> None:
    table = Table("task", "by", "median ms", "p95 ms", "slowest", "n", "times ours", title="side by side")
    first: dict[str, float] = {}
    for (task, by), values in latencies.items():
        median = statistics.median(values)
        ratio = median / first.setdefault(task, median)
        figures = (
            f"{median:.1f}",
            f"{_p95(values):.1f}",
            f"{max(values):.1f}",
            str(len(values)),
            f"{ratio:.1f}",
        )
        table.add_row(task, by, *figures)
    console.print(table)
    table = Table("goal", "measured", "wanted", "reached")
    for what, measured, wanted, reached in goals:
        table.add_row(what, f"{measured:.1f}", f"{wanted:g}", "yes" if reached else "NO")
    console.print(table)


async def bench(sandbox: Sandbox, arguments: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Measure, print, return the figures."""
    for _ in range(20):
        await _run_s(sandbox, "print(1)")
    await _run_s(sandbox, _FILL, _LARGE)  # a virtual machine may have to ask for that memory first
    latencies = await _latencies(sandbox, arguments.repeat)
    throughput = await _per_second(partial(_run_s, sandbox, "print(1)"), 2)
    console.print(f"programs a second, two at a time: sandbox {throughput:.0f}")
    plain = await _per_second(partial(process_s, "print(1)"), 2)
    console.print(f"programs a second, two at a time: subprocess without imports {plain:.0f}")
    goals = _goals(latencies, throughput)
    _tables(console, latencies, goals)
    return {
        "latencies_ms": {f"{task} / {by}": values for (task, by), values in latencies.items()},
        "programs_per_s": {"sandbox": throughput, "subprocess": plain},
        "goals": [dict(zip(("what", "measured", "wanted", "reached"), goal, strict=True)) for goal in goals],
    }
