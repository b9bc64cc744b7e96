"""The chance that a problem is solved in each step of its time: from tiers, or from recorded problems."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from aimo_pipeline.budget.endings import Ending, Observation
from aimo_pipeline.budget.value import FloatArray
from aimo_pipeline.config import BudgetConfig, HazardConfig, LognormalTier


def kaplan_meier(observations: Sequence[Observation], config: BudgetConfig) -> FloatArray:
    """The acceptance curve of recorded problems, leaning on the first contest's where they are few.

    In each step the hazard is (accepted + m h) / (at risk + m) with the prior's hazard h and m
    pseudo-observations: Kaplan and Meier's estimator (JASA 53, 1958) under a beta process prior (Hjort,
    Annals of Statistics 18, 1990). Exhausted problems stay at risk to the horizon, since they never will be
    accepted.

    Args:
        observations: from journals, in any order.
        config: steps, horizon, and the hazard slice's prior_problems (m).

    Returns:
        (steps,), chance of acceptance in each step.
    """
    before = tiers_curve(config.hazard.contests[0], config.hazard, config)
    at_start = 1.0 - (np.cumsum(before) - before)
    steps, weight = len(before), config.hazard.prior_problems
    open_ = np.ones(steps)
    accepted = np.zeros(steps)
    at_risk = np.zeros(steps)
    for one in observations:
        step = min(int(one.seconds / config.step_s), steps)
        at_risk[: steps if one.ending is Ending.EXHAUSTED else step + (one.ending is Ending.ACCEPTED)] += 1
        if one.ending is Ending.ACCEPTED and step < steps:
            accepted[step] += 1
    hazard = (accepted + weight * before / at_start) / (at_risk + weight)
    open_[1:] = np.cumprod(1.0 - hazard)[:-1]
    return np.asarray(hazard * open_)


def lognormal_cdf(times_s: FloatArray, median_s: float, spread: float) -> FloatArray:
    """Chance of being done by each time; `spread` is the standard deviation of the logarithm."""
    scale = spread * math.sqrt(2.0)
    return np.array([0.5 * math.erfc(-math.log(t / median_s) / scale) if t > 0 else 0.0 for t in times_s])


def tiers_curve(mix: Sequence[LognormalTier], hazard: HazardConfig, config: BudgetConfig) -> FloatArray:
    """(steps,): the sum of the tiers (share, median_s, spread)."""
    edges = np.arange(0.0, config.horizon_s + config.step_s / 2, config.step_s).astype(np.float64)
    by_then = sum(
        (share * lognormal_cdf(edges, median, spread) for share, median, spread in mix), 0.0 * edges
    )
    # A floor under every step, and under "never": no single problem may rule a world out.
    curve = np.maximum(np.diff(by_then), hazard.least_share / len(edges))
    return np.asarray(curve * min(1.0, (1.0 - hazard.least_share) / curve.sum()))


def at_pace(mix: Sequence[LognormalTier], scale: float) -> list[LognormalTier]:
    return [(share, scale * median_s, spread) for share, median_s, spread in mix]


def spread_mixes(hazard: HazardConfig) -> list[list[LognormalTier]]:
    """Worlds of all kinds, evenly spread: shares, medians and spreads follow an additive recurrence (the
    R-sequence of Roberts), so that they are the same on every machine."""
    dimensions = 9
    root = 1.5
    for _ in range(64):
        root = (1.0 + root) ** (1.0 / (dimensions + 1))
    steps = root ** -np.arange(1.0, dimensions + 1)
    points = (0.5 + steps * np.arange(1, hazard.spread_worlds + 1)[:, None]) % 1.0
    return [_mix_at(point, hazard) for point in points]


def _mix_at(point: FloatArray, hazard: HazardConfig) -> list[LognormalTier]:
    """Three tiers, from nine coordinates in 0..1."""
    solved = 1.0 - _between(point[:1], hazard.spread_never)[0]
    shares = solved * np.diff(np.sort(point[1:3]), prepend=0.0, append=1.0)  # even over the simplex
    low, high = hazard.spread_medians_s
    medians = low * (high / low) ** point[3:6]
    spreads = _between(point[6:9], hazard.spread_range)
    return [(float(a), float(b), float(c)) for a, b, c in zip(shares, medians, spreads, strict=True)]


def _between(point: FloatArray, ends: tuple[float, float]) -> FloatArray:
    return np.asarray(ends[0] + (ends[1] - ends[0]) * point)
