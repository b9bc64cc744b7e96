"""The pool of warm Lean workers beside one process per check, in one run; prints a table and JSON.

    python -m tests.bench.lean_pool [--checks 10000] [--between-kills 0.5] [--embedded 3] [--json out.json]

Run on the tests' native Lean, whose library is sixty lines long: with a real one a start costs far more and a
check the same, so the ratio is a lower bound. Warm and spawned checks take turns, so that both meet the same
load of the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.outcome import Exited
from aimo_pipeline.process import run_process
from tests.bench.lean_embedded import embedded
from tests.bench.lean_endurance import NUMBERS, WARM_UP, growth, lost, shared, warm_s
from tests.lean_native import HEADER, NativeLean, build_toolchain, leaves, numbered, proved

_LIMITS = LimitsConfig(cpu_s=0, memory_bytes=0, open_files=0, file_bytes=0)
_THROUGHPUT_S = 5.0
_SHARING = (1, 2, 4)
_COLD = "nothing loaded, 1 theorem"  # of the embedded Lean: what the others are compared with


@dataclass(frozen=True)
class Goal:
    """A figure beside what it must reach; `least` tells whether more is better."""

    what: str
    measured: float
    wanted: float
    least: bool

    @property
    def reached(self) -> bool:
        """Whether it does."""
        return self.measured >= self.wanted if self.least else self.measured <= self.wanted


async def _spawned_s(native: NativeLean, scratch: Path) -> float:
    """What the engine did before there was a pool: a file, a process, its output."""
    path = scratch / "Document.lean"
    start_s = time.perf_counter()
    path.write_text(HEADER + numbered(next(NUMBERS)), "utf-8")
    argv = [*native.command.argv, "--json", str(path)]
    ended = await run_process(
        argv, stdin=b"", limits=_LIMITS, deadline=native.deadline(), cwd=scratch, env=native.command.env
    )
    assert isinstance(ended, Exited) and ended.status == 0, ended
    return time.perf_counter() - start_s


async def _latencies(native: NativeLean, repeat: int, scratch: Path) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"warm": [], "spawned": []}
    async with native.pool(workers=1) as pool:
        for _ in range(WARM_UP):
            await warm_s(native, pool)
        for turn in range(repeat):
            found["warm"].append(1e3 * await warm_s(native, pool))
            if turn % 4 == 0:
                found["spawned"].append(1e3 * await _spawned_s(native, scratch))
    return found


async def _per_second(native: NativeLean, workers: int) -> float:
    """Checks per second with so many workers, each kept busy."""
    async with native.pool(workers=workers) as pool:
        await asyncio.gather(*(warm_s(native, pool) for _ in range(4 * workers)))
        start_s, done = time.perf_counter(), 0

        async def work() -> None:
            nonlocal done
            while time.perf_counter() - start_s < _THROUGHPUT_S:
                await warm_s(native, pool)
                done += 1

        await asyncio.gather(*(work() for _ in range(workers)))
        return done / (time.perf_counter() - start_s)


async def _recovery_s(native: NativeLean, workers: int) -> float:
    """What kill -9 in the middle of a check adds to it: until its result, less what it takes undisturbed."""
    async with native.pool(workers=workers) as pool:
        await asyncio.gather(*(warm_s(native, pool) for _ in range(2 * workers)))

        async def check() -> float:
            # A name of its own: what follows an unchanged theorem would not have it elaborated again.
            body = leaves(12).replace("slow", f"slow{next(NUMBERS)}")
            assert proved(await pool.check(HEADER, body, deadline=native.deadline()))
            return time.perf_counter()

        start_s = time.perf_counter()
        undisturbed_s = await check() - start_s
        disturbed = asyncio.create_task(check())
        await asyncio.sleep(undisturbed_s / 2)
        victim = next(member for member in pool._staff.members if member.leased)
        assert victim.worker is not None
        killed_s = time.perf_counter()
        os.kill(victim.worker.pid, signal.SIGKILL)
        recovered_s = await disturbed - killed_s - undisturbed_s
        assert pool.counts.redone == 1
        return recovered_s


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


async def bench(native: NativeLean, arguments: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    """Measure everything once."""
    latencies = await _latencies(native, arguments.repeat, scratch)
    kills, workers = range(arguments.kills), range(1, (os.cpu_count() or 1) + 1)
    by_wasm = await embedded(arguments.embedded) if arguments.embedded else {}
    losses = await lost(native, arguments.under_kills or arguments.checks // 10, arguments.between_kills)
    grown = await growth(native, arguments.checks)
    return {
        "latency_ms": {
            name: {"p50": statistics.median(values), "p95": _p95(values), "n": len(values)}
            for name, values in latencies.items()
        },
        "embedded_s": by_wasm,
        "checks_per_s": {str(number): await _per_second(native, number) for number in workers},
        "recovery_s": {
            "no other worker": [await _recovery_s(native, 1) for _ in kills],
            "another worker warm": [await _recovery_s(native, 2) for _ in kills],
        },
        "killed_under_load": {"between_kills_s": arguments.between_kills, **asdict(losses)},
        "memory": {"checks": arguments.checks, **asdict(grown), "growth_percent": grown.percent},
        "shared": [asdict(await shared(native, number)) for number in _SHARING],
    }


def _goals(found: dict[str, Any]) -> list[Goal]:
    latency = found["latency_ms"]
    ratio = latency["spawned"]["p50"] / latency["warm"]["p50"]
    worst_s = max(max(values) for values in found["recovery_s"].values())
    return [
        Goal("times faster than a process per check, p50", ratio, 10.0, True),
        Goal("recovery from kill -9, slowest, s", worst_s, 1.0, False),
        Goal("checks lost to kills", found["killed_under_load"]["lost"], 0.0, False),
        Goal("growth of resident memory, %", found["memory"]["growth_percent"], 20.0, False),
    ]


def _print(console: Console, found: dict[str, Any], goals: list[Goal]) -> None:
    table = Table("check", "p50 ms", "p95 ms", "n", title="one check, the two in turns")
    for name, row in found["latency_ms"].items():
        table.add_row(name, f"{row['p50']:.1f}", f"{row['p95']:.1f}", str(row["n"]))
    console.print(table)
    for workers, per_s in found["checks_per_s"].items():
        console.print(f"{workers} workers: {per_s:.0f} checks a second")
    for case, values in found["embedded_s"].items():
        low, high = min(values), max(values)
        middle = statistics.median(values)
        times = statistics.median(found["embedded_s"][_COLD]) / middle
        console.print(f"embedded, {case}: {middle:.2f} s ({low:.2f} to {high:.2f}), {times:.1f} times faster")
    for case, values in found["recovery_s"].items():
        low, high = min(values), max(values)
        console.print(f"recovery, {case}: {statistics.median(values):.2f} s ({low:.2f} to {high:.2f})")
    console.print(found["killed_under_load"], found["memory"])
    for row in found["shared"]:
        share = row["proportional_bytes"]
        told = "not told here" if share is None else f"{share / 1e6:.0f} MB"
        resident = row["resident_bytes"] / 1e6
        console.print(
            f"{row['workers']} workers hold {resident:.0f} MB (RSS); shared pages once: {told} (PSS)"
        )
    table = Table("goal", "measured", "wanted", "reached")
    for goal in goals:
        mark = "yes" if goal.reached else "NO"
        table.add_row(goal.what, f"{goal.measured:.2f}", f"{goal.wanted:g}", mark)
    console.print(table)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=200, help="warm checks whose latency is measured")
    parser.add_argument("--checks", type=int, default=10_000, help="checks over which memory is watched")
    parser.add_argument("--kills", type=int, default=5, help="workers killed, for each case")
    parser.add_argument("--under-kills", type=int, default=0, help="checks while workers are killed")
    parser.add_argument("--between-kills", type=float, default=0.5, help="seconds between two kills")
    parser.add_argument(
        "--embedded", type=int, default=0, help="rounds of the embedded Lean, two minutes each"
    )
    parser.add_argument("--json", type=Path, help="write the figures there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        native = build_toolchain(Path(scratch, "toolchain"))
        found = asyncio.run(bench(native, arguments, Path(scratch)))
    _print(Console(), found, _goals(found))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1), "utf-8")


if __name__ == "__main__":
    main()
