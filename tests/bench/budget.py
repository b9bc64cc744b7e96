"""The budget's own time: what it adds to each problem, beside the second that it decides about.

Run from the repository's root: python -m tests.bench.budget [--runs 5]
Wall clock, so other work on the machine shows; the target is 20 ms a problem at the median.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from aimo_pipeline.budget.controller import Controller
from aimo_pipeline.budget.hazard import Ending, Worlds, build_worlds
from aimo_pipeline.budget.policy import worth_going_on
from aimo_pipeline.budget.signals import Signals
from aimo_pipeline.config import BudgetConfig
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.observe.events import AccountClosed, GrantGiven
from aimo_pipeline.observe.journal import Journal

TARGET_MS = 20.0
CHECKS = 1_000


def ms_since(began_s: float) -> float:
    return 1_000.0 * (time.perf_counter() - began_s)


def one_run(config: BudgetConfig, worlds: Worlds, journal: Journal) -> list[float]:
    """Milliseconds for each problem: grant, journal, settlement."""
    budget, now_s, spent = Controller(config, worlds), 450.0, []
    for number in range(config.problems):
        began_s = time.perf_counter()
        grant = budget.open(f"p{number}", now_s)
        left_s = budget.bank.left_s(now_s)
        journal.write(GrantGiven(f"p{number}", grant.seconds, grant.plan.price, left_s, number, grant.why))
        ending = Ending(number % 3)
        now_s += grant.seconds if ending is Ending.STOPPED else 100.0
        budget.close(now_s, ending)
        journal.write(AccountClosed(f"p{number}", ending.name, grant.seconds, 1.0))
        spent.append(ms_since(began_s))
    return spent


def checks_us(config: BudgetConfig, worlds: Worlds) -> float:
    """Microseconds for one look at whether to go on."""
    plan = Controller(config, worlds).open("p", 450.0).plan
    began_s = time.perf_counter()
    for number in range(CHECKS):
        worth_going_on(plan, float(number), Signals())
    return 1_000.0 * ms_since(began_s) / CHECKS


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
    low, median, high = statistics.quantiles(spent, n=20)[0], statistics.median(spent), max(spent)
    print(f"one problem                {median:8.2f} ms  (5 % {low:.2f}, longest {high:.2f}; n={len(spent)})")
    print(f"share of the target        {100 * median / TARGET_MS:8.0f} %   of {TARGET_MS:.0f} ms")
    print(f"one look at going on       {checks_us(config, worlds):8.2f} us")


if __name__ == "__main__":
    main()
