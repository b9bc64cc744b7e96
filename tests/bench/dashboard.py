"""What watching a run costs: processor time of the dashboard's fold and drawing, as a share of one core.

Run from the repository's root: python -m tests.bench.dashboard [--seconds 20] [RUN]

RUN is a recorded run; without one, a compressed run of fifty problems is made first (about a minute). Its
records are folded one by one as a listener folds them, and the state is drawn as often as fits into the time,
into a terminal nobody looks at, at three moments of the run and three widths. Both are processor time, not
wall time, so that a busy machine changes little; medians and the span between the 5th and 95th percentile.

The share is then: drawings per second (by the settings, one) times the cost of one, plus records per second
times the cost of one: at the pace of the compressed run, which is some hundred times a real run's, and at the
pace of the same records over five hours.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.live import Live

from aimo_pipeline.config import ObserveConfig
from aimo_pipeline.observe.live import Watcher
from aimo_pipeline.observe.reading import Record, read_run
from tests.compressed import run_compressed

CONFIG = ObserveConfig(dashboard="live")
MOMENTS = (0.1, 0.5, 1.0)
WIDTHS = (80, 120, 200)
FIVE_HOURS_S = 18_000.0


def fold_costs(records: Sequence[Record], seconds: float) -> list[float]:
    """Seconds of processor time for one record, one figure for each pass over all of them."""
    found: list[float] = []
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        watcher = Watcher(Console(file=open(os.devnull, "w"), force_terminal=True), CONFIG)
        began_s = time.process_time()
        for record in records:
            watcher.tell(record)
        found.append((time.process_time() - began_s) / len(records))
    return found


def draw_costs(records: Sequence[Record], width: int, seconds: float) -> list[float]:
    """Seconds of processor time for each drawing of the state after these records."""
    found: list[float] = []
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(file=nowhere, force_terminal=True, width=width, height=60)
        watcher = Watcher(console, CONFIG)
        for record in records:
            watcher.tell(record)
        end_s = time.monotonic() + seconds
        with Live(console=console, auto_refresh=False) as live:
            while time.monotonic() < end_s:
                began_s = time.process_time()
                watcher.draw(live)
                found.append(time.process_time() - began_s)
    return found


def told(costs: Sequence[float], unit: float) -> str:
    """Median and the span around it, in a unit of seconds."""
    low, middle, high = np.quantile(costs, [0.05, 0.5, 0.95]) / unit
    return f"{middle:8.2f}  ({low:.2f} to {high:.2f}, {len(costs)} times)"


def report(records: Sequence[Record], seconds: float) -> None:
    """Print all figures."""
    whole_s = records[-1]["at_s"]
    share_s = seconds / (1 + len(MOMENTS) * len(WIDTHS))
    folds = fold_costs(records, share_s)
    print(f"{len(records)} records of a run of {whole_s:.0f} s")
    print(f"fold, µs a record            {told(folds, 1e-6)}")
    dearest = 0.0
    for width in WIDTHS:
        for moment in MOMENTS:
            draws = draw_costs(records[: max(1, round(moment * len(records)))], width, share_s)
            dearest = max(dearest, float(np.median(draws)))
            print(f"draw, ms, {width:>3} columns, at {moment:4.0%}   {told(draws, 1e-3)}")
    fold = float(np.median(folds))
    for name, pace_s in (("this pace", whole_s), ("five hours", FIVE_HOURS_S)):
        folding = fold * len(records) / pace_s
        drawing = dearest / CONFIG.refresh_s
        print(
            f"share of a core at {name:<10}  {folding + drawing:6.2%}  "
            f"(fold {folding:.3%}, the dearest drawing {drawing:.2%})"
        )


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", nargs="?", type=Path, help="a recorded run; without it one is made")
    parser.add_argument("--seconds", type=float, default=20.0, help="for all measurements together")
    given = parser.parse_args()
    if given.run is not None:
        report(read_run(given.run).records, given.seconds)
        return
    with tempfile.TemporaryDirectory() as folder:
        run_compressed(Path(folder))
        report(read_run(Path(folder, "run")).records, given.seconds)


if __name__ == "__main__":
    main()
