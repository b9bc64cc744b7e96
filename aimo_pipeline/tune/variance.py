"""Less noise from the same runs: control variates (Lavenberg and Welch, Management Science 27, 1981).

How lucky a run was in its problems is known exactly on average: how many would be right if every problem were
given up after so many seconds, and how long that would take. What a policy solved is regressed on these, and
the luck is taken out. The mean stays what it was; its interval shrinks two to fifty times.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aimo_pipeline.budget.value import FloatArray
from aimo_pipeline.tune.mixes import Draw, Mix

_STOPS_S = (60.0, 120.0, 240.0, 360.0, 600.0, 900.0, 1_500.0, 2_700.0)
_GRID = 2_001
_Z95 = 1.959964


@dataclass(frozen=True)
class Interval:
    """A mean and the ends of its 95 % interval, from the normal approximation."""

    mean: float
    low: float
    high: float

    def scaled(self, zero: float, one: float) -> Interval:
        """On a scale on which `zero` and `one` are 0 and 1."""
        return Interval(*((end - zero) / (one - zero) for end in (self.mean, self.low, self.high)))


def interval(values: FloatArray) -> Interval:
    """Mean of independent values and its 95 % interval."""
    mean = float(values.mean())
    half = _Z95 * float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else float("inf")
    return Interval(mean, mean - half, mean + half)


def luck_of(mix: Mix, drawn: Draw) -> FloatArray:
    """(runs, controls): how far each run lies above what is to be expected, in ways whose mean is 0."""
    problems = drawn.solve_s.shape[1]
    columns = []
    for stop_s in _STOPS_S:
        right = np.where(drawn.solve_s <= stop_s, drawn.right, drawn.guess).sum(axis=1)
        columns.append(right - problems * _right_share(mix, stop_s))
        spent_s = np.minimum(drawn.solve_s, stop_s).sum(axis=1)
        columns.append(spent_s - problems * _mean_time_s(mix, stop_s))
    return np.array(columns).T


def _right_share(mix: Mix, stop_s: float) -> float:
    by_then = [float(one.time.cdf(np.array([stop_s]))[0]) for one in mix]
    return sum(
        one.share * (p * one.right + (1.0 - p) * one.guess) for one, p in zip(mix, by_then, strict=True)
    )


def _mean_time_s(mix: Mix, stop_s: float) -> float:
    """E min(T, stop): the area under the chance to be open."""
    grid = np.linspace(0.0, stop_s, _GRID)
    open_ = sum((one.share * (1.0 - one.time.cdf(grid)) for one in mix), np.zeros(_GRID))
    return float(np.trapezoid(open_, grid))


def adjusted(values: FloatArray, luck: FloatArray) -> Interval:
    """The mean with the luck taken out, and its 95 % interval.

    Args:
        values: (runs,), of one policy.
        luck: (runs, controls), see luck_of; with too few runs to regress on it, the plain interval is given.
    """
    runs, controls = luck.shape
    if runs <= 4 * controls:
        return interval(values)
    centred = luck - luck.mean(axis=0)
    weights, *_ = np.linalg.lstsq(centred, values - values.mean(), rcond=None)
    rest = values - values.mean() - centred @ weights
    mean = float(values.mean() - luck.mean(axis=0) @ weights)
    half = _Z95 * float(rest.std(ddof=controls + 1)) / runs**0.5
    return Interval(mean, mean - half, mean + half)
