"""How long an offline installation takes, uv beside pip, in turns on the same wheels.

    python -m tests.bench.install DIST [--rounds 3] [--environment pipeline]

The notebook installs so on Kaggle. Each round makes a new environment in a new folder with a cold uv cache;
the page cache is warm for both from the first round on, which is thrown away.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

from aimo_pipeline.bundle.install import Source, make_environment, unpack_uv
from aimo_pipeline.bundle.manifest import MANIFEST, read_manifest
from aimo_pipeline.deadline import MonotonicClock

LIMIT_S = 3600.0


def measure(source: Source, uv: Path | None) -> float:
    """Seconds for one new environment."""
    clock = MonotonicClock()
    with tempfile.TemporaryDirectory() as folder:
        began_s = clock.now_s()
        work = make_environment(Path(folder) / "env", source, uv=uv, clock=clock, timeout_s=LIMIT_S)
        asyncio.run(work)
        return clock.now_s() - began_s


def main() -> None:
    """Measure and print one line for each installer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dist", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--environment", default="pipeline")
    arguments = parser.parse_args()
    environment = read_manifest(arguments.dist / MANIFEST).environments[arguments.environment]
    folder = arguments.dist / environment.part
    source = Source(folder / environment.wheels, folder / environment.lock)
    with tempfile.TemporaryDirectory() as programs:
        uv = unpack_uv(arguments.dist / "wheels" / environment.wheels, Path(programs))
        assert uv is not None, "the bundle holds no uv"
        measure(source, uv)  # warms the page cache
        taken: dict[str, list[float]] = {"uv": [], "pip": []}
        for _ in range(arguments.rounds):
            taken["uv"].append(measure(source, uv))
            taken["pip"].append(measure(source, None))
    for name, seconds in taken.items():
        spread = f"{min(seconds):.1f} to {max(seconds):.1f}"
        sys.stdout.write(f"{name:4} {statistics.median(seconds):6.1f} s ({spread})\n")
    ratios = [pip / uv for uv, pip in zip(taken["uv"], taken["pip"], strict=True)]
    sys.stdout.write(f"pip takes {statistics.median(ratios):.1f} times as long as uv, round by round\n")


if __name__ == "__main__":
    main()
