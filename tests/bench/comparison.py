"""How far `compare` can be trusted: coverage of its interval, false winners, power, and the N it asks for.

Run from the repository's root: python -m tests.bench.comparison [--trials 1000] [--draws 1000]

Problems' chances come from a Beta distribution with many sure problems, some hopeless ones and some in
between, as public runs show; a run may be good or bad as a whole. First both sides have the same chances, so
that each winner is a false one (wanted: 5 % at most, and a coverage near 95 %). Then six points are planted.
At last comparisons that are too small say how many more problems they want, and as many are played anew
(wanted: found in about 90 %). Rates have 95 % intervals by Wilson's score (Journal of the American
Statistical Association 22, 1927).

Not covered: problems that are kin; runs of unequal numbers whose scatter differs (see tune/interval.py).
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator

import numpy as np

from aimo_pipeline.tune.compare import Difference, compare
from aimo_pipeline.tune.outcomes import Config, FloatArray

SEED = 20_271
PLANTED = 0.06
# Problems, runs of each side, spread of whole runs.
SIZES = (
    (30, 2, 0.0),
    (50, 2, 0.0),
    (50, 2, 0.05),
    (50, 5, 0.0),
    (50, 5, 0.05),
    (200, 3, 0.05),
    (200, 5, 0.0),
    (300, 5, 0.0),
)
TOO_SMALL = ((30, 2), (30, 5), (60, 3), (60, 5))


def played(generator: np.random.Generator, chance: FloatArray, runs: int, run_spread: float) -> FloatArray:
    """(runs, problems) of right and wrong; `run_spread` shifts the chances of whole runs."""
    shift = generator.normal(0.0, run_spread, size=(runs, 1))
    return (generator.random((runs, len(chance))) < np.clip(chance + shift, 0, 1)).astype(np.float64)


def sides(
    generator: np.random.Generator, size: tuple[int, int, float], points: float
) -> tuple[FloatArray, FloatArray]:
    """Two configurations, of which the second is better by `points` on average."""
    problems, runs, run_spread = size
    chance = generator.beta(1.0, 0.35, size=problems) * (1 - points)
    first = played(generator, chance, runs, run_spread)
    return first, played(generator, chance + points, runs, run_spread)


def config(name: str, right: FloatArray) -> Config:
    """A configuration with these outcomes, ten seconds a problem."""
    names = tuple(f"p{number}" for number in range(right.shape[1]))
    return Config(name, names, right, np.full_like(right, 10.0), {"Voted": right.size})


def compared(size: tuple[int, int, float], points: float, seed: int, draws: int = 1_000) -> Difference:
    """A and B, of which B is better by `points`."""
    first, second = sides(np.random.default_rng(seed), size, points)
    [found] = compare([config("A", first), config("B", second)], draws=draws, seed=seed)
    return found


def many(size: tuple[int, int, float], points: float, trials: int, draws: int) -> Iterator[Difference]:
    """So many comparisons."""
    return (compared(size, points, SEED + trial, draws) for trial in range(trials))


def rate(count: int, of: int) -> str:
    """A rate with Wilson's interval."""
    z, share = 1.959964, count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return f"{share:6.1%} ({max(0.0, middle - reach):.1%} to {middle + reach:.1%})"


def _size_line(size: tuple[int, int, float], trials: int, draws: int) -> str:
    same = list(many(size, 0.0, trials, draws))
    planted = list(many(size, PLANTED, trials, draws))
    counts = (
        sum(one.right.low <= 0.0 <= one.right.high for one in same),
        sum(one.winner is not None for one in same),
        sum(one.right.low <= PLANTED <= one.right.high for one in planted),
        sum(one.winner == "B" for one in planted),
        sum(one.winner == "A" for one in planted),
    )
    rates = "  ".join(f"{rate(count, trials):<23}" for count in counts)
    return f"{size[0]:>8}  {size[1]:>4}  {size[2]:>6}  {rates}"


def _needed_line(problems: int, runs: int, trials: int, draws: int) -> str:
    small = many((problems, runs, 0.0), PLANTED, trials, draws)
    needed = [one.needed(PLANTED).problems for one in small if one.winner is None]
    low, middle, high = (int(value) for value in np.quantile(needed, [0.1, 0.5, 0.9]))
    found = sum(one.winner == "B" for one in many((problems + middle, runs, 0.0), PLANTED, trials, draws))
    return f"{problems:>8}  {runs:>4}  {middle:>6}  ({low} to {high})".ljust(42) + rate(found, trials)


def main() -> None:
    """Print one line for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--trials", type=int, default=1_000)
    parser.add_argument("--draws", type=int, default=1_000)
    given = parser.parse_args()
    print(f"{given.trials} comparisons each, {given.draws} draws")
    heads = (
        "coverage, no difference",
        "a false winner",
        "coverage, 6 points",
        "6 points found",
        "worse wins",
    )
    print("problems  runs  spread  " + "  ".join(f"{head:<23}" for head in heads))
    for size in SIZES:
        print(_size_line(size, given.trials, given.draws), flush=True)
    print("\nproblems  runs  N more  (80 % of them)    6 points found with N more")
    for problems, runs in TOO_SMALL:
        print(_needed_line(problems, runs, given.trials, given.draws), flush=True)


if __name__ == "__main__":
    main()
