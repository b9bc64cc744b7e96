"""The controller's own time: what it adds to each problem, beside the seconds that it decides about.

Run from the repository's root: python -m tests.bench.budget [--runs 4]

First the budget alone, by the wall clock. Then the whole controller on compressed runs of fifty problems:
processor time of its process in each predict, all threads. The controller is everything that is not LLM,
sandbox or Lean. Those have stand-ins, which are told apart, as are the waits for them (see
controller_time.py). Translation to Lean is in, mining has a process of its own, which is told beside, and
both together. Last the whole process, by nothing but its clock: in these runs, and in one with real
sandboxes, where it also talks with them. The target is 20 ms a problem at the median. A busy machine shows:
what runs on the other half of a core makes each instruction slower, so measure where nothing else runs.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from aimo_pipeline.budget.accounts import Accounts
from aimo_pipeline.budget.controller import Controller
from aimo_pipeline.budget.endings import Ending
from aimo_pipeline.budget.hazard import Worlds, build_worlds
from aimo_pipeline.budget.policy import worth_going_on
from aimo_pipeline.budget.signals import Agreement, Signals, Traces
from aimo_pipeline.config import BudgetConfig
from aimo_pipeline.deadline import FakeClock, MonotonicClock
from aimo_pipeline.observe.journal import Journal
from tests.bench.controller_time import (
    CONTROLLER,
    MINING,
    STAND_INS,
    WAITS,
    WHOLE,
    MiningApart,
    Recorded,
    measured,
)
from tests.compressed import run_compressed

TARGET_MS = 20.0
CHECKS = 1_000
WITH_MINING, WITH_WAITS = "controller and mining", "controller and waits"
REAL = "whole, with real sandboxes"


def ms_since(began_s: float) -> float:
    return 1_000.0 * (time.perf_counter() - began_s)


def one_run(config: BudgetConfig, worlds: Worlds, journal: Journal) -> list[float]:
    """Milliseconds for each problem: grant, looks as the pipeline makes them, settlement, all journalled."""
    clock, spent = FakeClock(), []
    start_s = clock.now_s()
    budget = Controller(config, worlds)
    accounts = Accounts(budget, config, journal=journal, clock=clock, start_s=start_s)
    clock.advance(450.0)
    for number in range(config.problems):
        began_s = time.perf_counter()
        watch, ending = accounts.open(f"p{number}"), Ending(number % 3)
        for traces in Traces:
            for agreement in Agreement:
                watch.signals = Signals(traces, agreement)
                watch.going_on(2.0)
                watch.next_look_s(2.0)
        clock.advance(max(watch.plan.stop_s) if ending is Ending.STOPPED else 100.0)
        accounts.close(f"p{number}", ending, watch.signals)
        spent.append(ms_since(began_s))
    return spent


def checks_us(config: BudgetConfig, worlds: Worlds) -> float:
    """Microseconds for one look at whether to go on."""
    plan = Controller(config, worlds).open("p", 450.0).plan
    began_s = time.perf_counter()
    for number in range(CHECKS):
        worth_going_on(plan, float(number), Signals())
    return 1_000.0 * ms_since(began_s) / CHECKS


def whole_ms(runs: int) -> tuple[dict[str, list[float]], int]:
    """Milliseconds by part for each problem but a run's first, which makes the value tables; and how many
    programs the measured runs had to run."""
    parts = (CONTROLLER, MINING, WITH_MINING, WAITS, WITH_WAITS, STAND_INS, WHOLE)
    spent: dict[str, list[float]] = {part: [] for part in parts}
    with tempfile.TemporaryDirectory() as folder, measured(stand_ins=False) as found:
        recorded = Recorded(Path(folder))
    spent[REAL] = [1_000.0 * one[WHOLE] for one in found[1:]]
    mining = MiningApart()
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder, measured(stand_ins=True, mining=mining) as found:
            run_compressed(Path(folder), open_sandbox=recorded.opened, open_mining=mining.opened)
        for one in found[1:]:
            one[WITH_MINING] = one[CONTROLLER] + one[MINING]
            one[WITH_WAITS] = one[CONTROLLER] + one[WAITS]
            for part, seconds in one.items():
                spent[part].append(1_000.0 * seconds)
    return spent, recorded.missed


def told(name: str, spent: list[float]) -> None:
    """One line of the table: the median and the spread."""
    low, *_, high = statistics.quantiles(spent, n=20)
    median = statistics.median(spent)
    figures = "".join(f"{one:9.2f}" for one in (median, low, high, max(spent)))
    print(f"{name:<30}{figures}{len(spent):6}   {100 * median / TARGET_MS:.0f} %")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=4)
    arguments = parser.parse_args()
    config = BudgetConfig()
    began_s = time.perf_counter()
    worlds = build_worlds(config)
    print(f"value tables, once a run      {ms_since(began_s):9.0f} ms")
    print(f"one look at going on          {checks_us(config, worlds):9.2f} us")
    with (
        tempfile.TemporaryDirectory() as folder,
        Journal.open(Path(folder) / "j", MonotonicClock()) as journal,
    ):
        spent = [ms for _ in range(arguments.runs) for ms in one_run(config, worlds, journal)]
    by_part, missed = whole_ms(arguments.runs)
    print(f"programs that no journal knew {missed:9}\n")
    heads = "".join(f"{head:>9}" for head in ("median", "5 %", "95 %", "longest"))
    print(f"{'a problem takes, in ms':<30}{heads}{'n':>6}   of {TARGET_MS:.0f} ms")
    for part, of_part in {"budget, by the wall clock": spent, **by_part}.items():
        told(part, of_part)


if __name__ == "__main__":
    main()
