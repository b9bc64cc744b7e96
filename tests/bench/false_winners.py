"""How often `compare` names a winner where there is none, and how often it finds a planted difference.

Run from the repository's root: python -m tests.bench.false_winners [--trials 1000] [--draws 1000]

Both sides are drawn from the same chances (a Beta distribution with many sure problems, some hopeless ones
and some in between, as public runs show), so that each winner is a false one; a run may be good or bad as a
whole. Wanted are 5 % at most, whatever the numbers of problems and runs. Then six points are planted, to see
what each size can find. Rates have 95 % intervals by Wilson's score (Journal of the American Statistical
Association 22, 1927).

Not covered: problems that are kin, other shapes of chances.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import math

import numpy as np

from aimo_pipeline.tune.compare import compare
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
    (800, 5, 0.0),
)


def played(generator: np.random.Generator, chance: FloatArray, runs: int, run_spread: float) -> FloatArray:
    """(runs, problems) of right and wrong."""
    shift = generator.normal(0.0, run_spread, size=(runs, 1))
    return (generator.random((runs, len(chance))) < np.clip(chance + shift, 0, 1)).astype(np.float64)


def outcomes(size: tuple[int, int, float], points: float, trials: int, draws: int) -> tuple[int, int]:
    """Of so many comparisons: those that A won, and those that B won, which is better by `points`."""
    problems, runs, run_spread = size
    generator, won = np.random.default_rng(SEED), {"A": 0, "B": 0}
    for trial in range(trials):
        chance = generator.beta(1.0, 0.35, size=problems) * (1 - points)
        names = tuple(map(str, range(problems)))
        sides = []
        for name, gain in (("A", 0.0), ("B", points)):
            right = played(generator, chance + gain, runs, run_spread)
            sides.append(Config(name, names, right, np.full_like(right, 10.0), {}))
        [found] = compare(sides, draws=draws, seed=trial)
        if found.winner is not None:
            won[found.winner] += 1
    return won["A"], won["B"]


def interval(count: int, of: int) -> str:
    """A rate with Wilson's interval."""
    z, rate = 1.959964, count / of
    middle = (rate + z * z / (2 * of)) / (1 + z * z / of)
    reach = z * math.sqrt(rate * (1 - rate) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return f"{rate:6.1%} ({max(0.0, middle - reach):.1%} to {middle + reach:.1%})"


def main() -> None:
    """Print one line for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--trials", type=int, default=1_000)
    parser.add_argument("--draws", type=int, default=1_000)
    given = parser.parse_args()
    print(f"{given.trials} comparisons each, {given.draws} bootstrap draws")
    print("problems  runs  spread   a false winner          the better of 6 points   the worse of them")
    for size in SIZES:
        false = sum(outcomes(size, 0.0, given.trials, given.draws))
        worse, better = outcomes(size, PLANTED, given.trials, given.draws)
        rates = "  ".join(f"{interval(count, given.trials):<22}" for count in (false, better, worse))
        print(f"{size[0]:>8}  {size[1]:>4}  {size[2]:>6}  {rates}", flush=True)


if __name__ == "__main__":
    main()
