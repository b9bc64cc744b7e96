"""How sure a difference between two configurations is, with other problems and with reruns in mind.

What is uncertain has two parts. Other problems would have given another mean: the differences by problem,
each the mean over the runs, tell how much, and hold the luck within the runs as well. And a run may be good
or bad as a whole (a slow machine, a bad seed): runs differ in their means by more than the luck within them
explains, or not, which a few runs tell badly. An interval that takes that variance for zero where its
estimate is below zero misses too often, and one that takes the runs' scatter as it is counts the luck twice.
So the variances are drawn from their fiducial distributions, truncated at zero (Weerahandi, "Generalized
Confidence Intervals", Journal of the American Statistical Association 88, 1993; Hannig, Iyer, Patterson,
"Fiducial Generalized Confidence Intervals", the same 101, 2006), and the mean given them.

Where both sides have as many runs, their scatter is pooled: then it does no harm that one side's runs may
differ more. With unequal numbers it would (one false winner in ten), and each side speaks for itself, which
with two runs is little. tests/bench/comparison.py measures coverage and power.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aimo_pipeline.tune.outcomes import FloatArray

# Whole runs differ clearly where that much of their variance's distribution lies above zero.
_CLEAR = 0.95


@dataclass(frozen=True)
class Interval:
    """A difference of means and what is known of it.

    Attributes:
        mean: second - first.
        reach: half the width of the interval.
        problem_variance: of the mean, for the choice of problems and the luck within runs; falls with both.
        run_variance: of the mean, for whole runs; falls with their number only. 0 unless it shows clearly.
    """

    mean: float
    reach: float
    problem_variance: float
    run_variance: float

    @property
    def low(self) -> float:
        """Lower end."""
        return self.mean - self.reach

    @property
    def high(self) -> float:
        """Upper end."""
        return self.mean + self.reach


@dataclass(frozen=True)
class _Scatter:
    """Sums of squares over the runs of one side, or of both.

    Attributes:
        between: their means, times the number of problems.
        within: what neither run nor problem explains.
        freedom: degrees of freedom of `between`.
        weight: of one run's variance in that of the difference.
    """

    between: float
    within: float
    freedom: int
    weight: float


def interval_of(
    first: FloatArray, second: FloatArray, level: float, draws: int, generator: np.random.Generator
) -> Interval:
    """The mean of second - first and its interval.

    Args:
        first, second: (runs, problems), paired by problem; two problems at least.
        level: chance that the interval misses.
        draws: from the fiducial distributions.
        generator: of chance.
    """
    problems = first.shape[1]
    variance = float((second.mean(axis=0) - first.mean(axis=0)).var(ddof=1)) / problems
    drawn = variance * (problems - 1) / generator.chisquare(problems - 1, draws)
    runs = 0.0
    for one in _scatters(first, second):
        of_runs, surely = _of_runs(one, problems, draws, generator)
        drawn = drawn + of_runs
        runs += surely
    mean = float(second.mean() - first.mean())
    off = np.abs(generator.normal(size=draws)) * np.sqrt(drawn)
    return Interval(mean, float(np.quantile(off, 1 - level)), variance, runs)


def _scatters(first: FloatArray, second: FloatArray) -> list[_Scatter]:
    one, other = _scatter(first), _scatter(second)
    if one.freedom != other.freedom:
        return [each for each in (one, other) if each.freedom]
    both = _Scatter(
        one.between + other.between,
        one.within + other.within,
        one.freedom + other.freedom,
        one.weight + other.weight,
    )
    return [both] if both.freedom else []


def _scatter(values: FloatArray) -> _Scatter:
    runs, problems = values.shape
    by_run, by_problem, mean = values.mean(axis=1), values.mean(axis=0), values.mean()
    rest = values - by_run[:, None] - by_problem[None] + mean
    between = problems * float(((by_run - mean) ** 2).sum())
    return _Scatter(between, float((rest**2).sum()), runs - 1, 1.0 / runs)


def _of_runs(
    scatter: _Scatter, problems: int, draws: int, generator: np.random.Generator
) -> tuple[FloatArray, float]:
    """What whole runs add to the variance of the mean: (draws,), and as far as it shows clearly."""
    luck = scatter.within / (scatter.freedom * (problems - 1))
    share = scatter.weight / problems
    drawn = (scatter.between / generator.chisquare(scatter.freedom, draws) - luck) * share
    found = (scatter.between / scatter.freedom - luck) * share
    return np.maximum(0.0, drawn), found if np.mean(drawn > 0.0) >= _CLEAR else 0.0
