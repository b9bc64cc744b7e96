"""The controller's own time: what it adds to each problem, beside the seconds that it decides about.

Run from the repository's root: python -m tests.bench.budget [--runs 5]

First the budget alone, by the wall clock. Then the whole controller on a compressed run of fifty problems:
processor time of its process in each predict, all threads, so without the sandbox's children; the scripted
model and Lean are taken out. What it takes to talk to the sandbox is in it. The target is 20 ms a problem at
the median; a busy machine shows in both.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from aimo_pipeline.budget.accounts import Accounts
from aimo_pipeline.budget.controller import Controller
from aimo_pipeline.budget.hazard import Ending, Worlds, build_worlds
from aimo_pipeline.budget.policy import worth_going_on
from aimo_pipeline.budget.signals import Agreement, Signals, Traces
from aimo_pipeline.config import BudgetConfig
from aimo_pipeline.deadline import FakeClock, MonotonicClock
from aimo_pipeline.gateway.predictor import Predictor
from aimo_pipeline.observe.journal import Journal
from tests.compressed import ScriptedLean, run_compressed

TARGET_MS = 20.0
CHECKS = 1_000


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


def whole_ms() -> list[float]:
    """Milliseconds of processor time for each problem but the first, which makes the value tables."""
    spent: list[float] = []
    predict, check = Predictor.predict, ScriptedLean._verdict
    scripted_s = 0.0

    def timed_verdict(*args: Any) -> Any:
        nonlocal scripted_s
        began_s = time.thread_time()
        try:
            return check(*args)
        finally:
            scripted_s += time.thread_time() - began_s

    def timed_predict(*args: Any) -> Any:
        began_s = time.process_time() - scripted_s
        try:
            return predict(*args)
        finally:
            spent.append(1_000.0 * (time.process_time() - scripted_s - began_s))

    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(Predictor, "predict", timed_predict),
        patch.object(ScriptedLean, "_verdict", timed_verdict),
    ):
        run_compressed(Path(folder))
    return spent[1:]


def told(name: str, spent: list[float]) -> None:
    """One line: the median and the spread."""
    low, median = statistics.quantiles(spent, n=20)[0], statistics.median(spent)
    share = f"{100 * median / TARGET_MS:.0f} % of {TARGET_MS:.0f} ms"
    print(f"{name:<26} {median:8.2f} ms  (5 % {low:.2f}, longest {max(spent):.2f}; n={len(spent)})  {share}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    config = BudgetConfig()
    began_s = time.perf_counter()
    worlds = build_worlds(config)
    print(f"value tables, once a run   {ms_since(began_s):8.0f} ms")
    with (
        tempfile.TemporaryDirectory() as folder,
        Journal.open(Path(folder) / "j", MonotonicClock()) as journal,
    ):
        spent = [ms for _ in range(arguments.runs) for ms in one_run(config, worlds, journal)]
    told("budget, one problem", spent)
    told("controller, one problem", whole_ms())
    print(f"one look at going on       {checks_us(config, worlds):8.2f} us")


if __name__ == "__main__":
    main()
