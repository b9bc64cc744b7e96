"""Which configuration is better, if that can be said: paired by problem, with the noise between runs counted.

The trap is noise: one unchanged notebook scored 34 to 42 of 50 over its reruns. So a verdict needs two runs
of each side at least, and its interval must hold for other problems and for other runs of the same
configurations: the bootstrap draws problems (the same for both sides) and, independently, runs of each side,
whole ones, since a slow machine or a bad seed can spoil a whole run (Owen, "The pigeonhole bootstrap", Annals
of Applied Statistics 1 (2), 2007). With R runs a drawn set of runs varies too little by the factor
(R - 1) / R; the deviations are widened for that, and for the few problems by Student's t.

With more than two configurations each pair is held to 0.05 divided by the number of pairs (Bonferroni).

Not covered: problems that are kin; each counts as independent. Give one problem of each family then.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from aimo_pipeline.errors import UserError
from aimo_pipeline.tune.outcomes import Config, FloatArray

_LEVEL = 0.05
_POWER = 0.8
_LEAST_RUNS = 2
_BATCH = 500


@dataclass(frozen=True)
class Difference:
    """How much more often the second configuration is right, with its interval.

    Attributes:
        problems, runs: sizes; runs of the first and of the second.
        mean, low, high: of the difference, in shares of 1.
        spread: standard error of the mean.
        seconds: how much longer the second takes on a problem, with its interval (mean, low, high).
    """

    first: str
    second: str
    problems: int
    runs: tuple[int, int]
    mean: float
    low: float
    high: float
    spread: float
    seconds: tuple[float, float, float]

    @property
    def winner(self) -> str | None:
        """The better one, None where that cannot be said."""
        if min(self.runs) < _LEAST_RUNS or self.low <= 0.0 <= self.high:
            return None
        return self.second if self.mean > 0 else self.first

    def problems_needed(self, wanted: float) -> int:
        """How many more problems would show a difference of `wanted` with a chance of 80 %.

        As far as problems alone can show it; 0 when these do already.
        """
        normal = NormalDist()
        factor = (normal.inv_cdf(1 - _LEVEL / 2) + normal.inv_cdf(_POWER)) * self.spread / max(wanted, 1e-9)
        return max(0, math.ceil(self.problems * (factor**2 - 1)))

    def verdict(self, worth: float) -> str:
        """In plain words.

        Args:
            worth: the smallest difference that matters, in shares of 1.
        """
        sizes = f"{self.problems} problems, {self.runs[0]} and {self.runs[1]} runs"
        found = f"{self.second} {100 * self.mean:+.1f} points against {self.first}"
        ends = f"{100 * self.low:+.1f} to {100 * self.high:+.1f}"
        if min(self.runs) < _LEAST_RUNS:
            return (
                f"can't say: {found} ({sizes}). A single run never yields a winner, since reruns of one "
                f"configuration differ by several points; run each at least {_LEAST_RUNS} times, better five."
            )
        if self.winner:
            return f"{self.winner} is better: {found}, 95 % interval {ends} ({sizes})."
        more = self.problems_needed(worth)
        needed = (
            f"{more} more problems would be needed to see {100 * worth:.0f} points"
            if more
            else f"a difference of {100 * worth:.0f} points would most likely have shown"
        )
        return f"no difference can be seen at this size: {found}, 95 % interval {ends} ({sizes}); {needed}."


def compare(configs: Sequence[Config], *, draws: int, seed: int) -> list[Difference]:
    """Every pair of configurations, on the problems that all of them have.

    Args:
        configs: two at least.
        draws: of the bootstrap.
        seed: the same seed gives the same figures.

    Raises:
        UserError: fewer than two configurations, or no shared problem.
    """
    if len(configs) < 2:
        raise UserError("a comparison needs two configurations at least")
    shared = [one for one in configs[0].problems if all(one in other.problems for other in configs)]
    if len(shared) < 2:
        raise UserError("these configurations share fewer than two problems with known answers")
    pairs = list(itertools.combinations([one.only(shared) for one in configs], 2))
    level = _LEVEL / len(pairs)
    generator = np.random.default_rng(seed)
    return [_difference(first, second, level, draws, generator) for first, second in pairs]


def _difference(
    first: Config, second: Config, level: float, draws: int, generator: np.random.Generator
) -> Difference:
    mean, low, high, spread = interval_of(first.right, second.right, level, draws, generator)
    seconds = interval_of(first.seconds, second.seconds, level, draws, generator)
    runs = (first.runs, second.runs)
    return Difference(
        first.name, second.name, len(first.problems), runs, mean, low, high, spread, seconds[:3]
    )


def interval_of(
    first: FloatArray, second: FloatArray, level: float, draws: int, generator: np.random.Generator
) -> tuple[float, float, float, float]:
    """Mean of second - first, the ends of its interval and its standard error.

    Args:
        first, second: (runs, problems), paired by problem.
        level: chance that the interval misses.
        draws: of the bootstrap.
        generator: of chance.
    """
    mean = float(second.mean() - first.mean())
    means = np.concatenate(
        [_means(second, first, min(_BATCH, draws - begun), generator) for begun in range(0, draws, _BATCH)]
    )
    problems = first.shape[1]
    spread = float(means.std()) * math.sqrt(problems / (problems - 1))
    # Symmetric, from the drawn deviations: percentiles of skewed draws with few problems miss too often.
    reach = float(np.quantile(np.abs(means - mean), 1 - level)) * _widening(problems, level)
    return mean, mean - reach, mean + reach, spread


def _means(second: FloatArray, first: FloatArray, draws: int, generator: np.random.Generator) -> FloatArray:
    """(draws,): the difference in bootstrap samples of problems and of each side's runs."""
    problems = first.shape[1]
    weights = generator.multinomial(problems, np.full(problems, 1 / problems), size=draws) / problems
    found = _side(second, weights, generator) - _side(first, weights, generator)
    return np.asarray(found, dtype=np.float64)


def _side(right: FloatArray, weights: FloatArray, generator: np.random.Generator) -> FloatArray:
    """(draws,): the mean under drawn problems and drawn runs."""
    runs = right.shape[0]
    by_run = weights @ right.T  # (draws, runs)
    mean = by_run.mean(axis=1)
    if runs < 2:
        return np.asarray(mean)
    drawn = generator.multinomial(runs, np.full(runs, 1 / runs), size=len(weights)) / runs
    deviation = ((drawn - 1 / runs) * by_run).sum(axis=1)
    return np.asarray(mean + deviation * math.sqrt(runs / (runs - 1)))


def _widening(problems: int, level: float) -> float:
    """Student's t for that many problems over the normal quantile, and the bootstrap's own factor."""
    freedom = problems - 1
    z = NormalDist().inv_cdf(1 - level / 2)
    # Cornish and Fisher's expansion of t's quantile, exact enough from ten problems on.
    t = z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    return t / z * math.sqrt(problems / freedom)
