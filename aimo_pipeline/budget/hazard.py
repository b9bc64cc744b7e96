"""The chance that a problem is solved by time t: a prior over worlds, moved by what the run shows.

A world is one guess at what this contest and this machine are like: how the time to an accepted answer is
distributed over steps, with a share that never gets one. Bayes' rule weighs the worlds by the problems
that ended; one given up counts as "not by then" (a censored observation). A signal counts by how much
likelier it is on problems that will be accepted than on those that never will.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from aimo_pipeline.budget.signals import HISTORIES, Agreement, Traces
from aimo_pipeline.budget.value import Classes, FloatArray, Odds, value_table
from aimo_pipeline.config import BudgetConfig, HazardConfig, LognormalTier

IntArray = npt.NDArray[np.int64]

_UNLIKELIEST = 1e-9


class Ending(IntEnum):
    """How work on a problem ended.

    ACCEPTED: with an answer that is held to be right. EXHAUSTED: nothing was left to try, more time would not
    have helped. STOPPED: time was up; what more of it would have brought is unknown.
    """

    ACCEPTED = 0
    EXHAUSTED = 1
    STOPPED = 2


@dataclass(frozen=True)
class Observation:
    """One problem that ended after `seconds` of work."""

    seconds: float
    ending: Ending


@dataclass(frozen=True)
class Endings:
    """One ended problem in each of several runs.

    Attributes:
        seconds: (runs,), from the problem's beginning.
        ending: (runs,), values of Ending.
        history: (runs,), in which it ended, see signals.py.
    """

    seconds: FloatArray
    ending: IntArray
    history: IntArray


@dataclass(frozen=True)
class Worlds:
    """The prior and what each world makes of the time left.

    Attributes:
        accepted: (worlds, steps), chance of acceptance in each step.
        prior: (worlds,), weights that add up to 1.
        likelihood: (2, HISTORIES), chance of a history if the problem will be accepted, and if never.
        values: (problems + 1, worlds, cells + 1), see value_table.
        step_s: length of a step.
        cell_s: length of a cell.
    """

    accepted: FloatArray
    prior: FloatArray
    likelihood: FloatArray
    values: FloatArray
    step_s: float
    cell_s: float

    @property
    def never(self) -> FloatArray:
        """(worlds,), chance that a problem is not accepted within the horizon."""
        return np.asarray(1.0 - self.accepted.sum(axis=1))

    def odds(self, belief: FloatArray) -> Odds:
        """The next problem's odds under (runs, worlds) weights."""
        return Odds(_two_classes(belief @ self.accepted, self.likelihood))

    def later(self, belief: FloatArray, problems_left: int) -> FloatArray:
        """(runs, cells + 1): what so many problems are worth, by the time left for them."""
        return np.asarray(belief @ self.values[min(problems_left, len(self.values) - 1)])

    def updated(self, belief: FloatArray, ended: Endings) -> FloatArray:
        """The (runs, worlds) weights after one more problem; each row adds up to 1."""
        weights = belief * np.maximum(self._likelihoods(ended), _UNLIKELIEST)
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def _likelihoods(self, ended: Endings) -> FloatArray:
        steps = self.accepted.shape[1]
        place = np.clip(ended.seconds / self.step_s, 0.0, steps)
        step = np.minimum(place.astype(np.int64), steps - 1)
        by_then = np.cumsum(self.accepted, axis=1) - self.accepted
        done = by_then[:, step] + (place - step) * self.accepted[:, step]
        told, told_never = self.likelihood[:, ended.history]
        never = told_never * self.never[:, None]
        stopped = told * np.maximum(1.0 - self.never[:, None] - done, 0.0) + never
        accepted = told * self.accepted[:, step]
        kind = ended.ending
        likelihood = np.where(
            kind == Ending.ACCEPTED, accepted, np.where(kind == Ending.STOPPED, stopped, never)
        )
        return np.asarray(likelihood.T)


def build_worlds(config: BudgetConfig, recorded: Sequence[FloatArray] = ()) -> Worlds:
    """The shipped prior, with its value tables; a second or two of work.

    Args:
        config: horizon and steps from the budget, everything else from its hazard slice.
        recorded: (steps,) acceptance curves fitted from journals, see kaplan_meier; each becomes a world with
            recorded_weight, and so does that of hazard.recorded.
    """
    hazard = config.hazard
    recorded = [*recorded, *_settings_curve(config)]
    contests = [_at_pace(mix, scale) for scale in hazard.time_scales for mix in hazard.contests]
    mixes = [*contests, *_spread(hazard)]
    curves = np.array([*(_curve(mix, hazard, config) for mix in mixes), *recorded])
    weights = [*hazard.contest_weights * len(hazard.time_scales), *[1.0] * hazard.spread_worlds]
    weights += [hazard.recorded_weight] * len(recorded)
    likelihood = _likelihood(hazard)
    prior = np.array(weights) / sum(weights)
    values = _values(curves, likelihood, config)
    return Worlds(curves, prior, likelihood, values, config.step_s, config.cell_s)


def _settings_curve(config: BudgetConfig) -> list[FloatArray]:
    """The curve of the earlier problems that the settings tell of, where they do."""
    seen = [Observation(seconds, Ending[word.upper()]) for seconds, word in config.hazard.recorded]
    return [kaplan_meier(seen, config)] if seen else []


def _values(curves: FloatArray, likelihood: FloatArray, config: BudgetConfig) -> FloatArray:
    """Value tables on the coarser grid of cells: a world's values need less detail than the plan's steps."""
    by_cell = curves.reshape(len(curves), -1, round(config.cell_s / config.step_s)).sum(axis=2)
    cells = math.ceil(config.total_s / config.cell_s)
    odds = Odds(_two_classes(by_cell, likelihood))
    return value_table(odds, problems=config.problems, cells=cells, step_s=config.cell_s)


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
    before = _curve(config.hazard.contests[0], config.hazard, config)
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


def _curve(mix: Sequence[LognormalTier], hazard: HazardConfig, config: BudgetConfig) -> FloatArray:
    """(steps,): the sum of the tiers (share, median_s, spread)."""
    edges = np.arange(0.0, config.horizon_s + config.step_s / 2, config.step_s).astype(np.float64)
    by_then = sum(
        (share * lognormal_cdf(edges, median, spread) for share, median, spread in mix), 0.0 * edges
    )
    # A floor under every step, and under "never": no single problem may rule a world out.
    curve = np.maximum(np.diff(by_then), hazard.least_share / len(edges))
    return np.asarray(curve * min(1.0, (1.0 - hazard.least_share) / curve.sum()))


def _at_pace(mix: Sequence[LognormalTier], scale: float) -> list[LognormalTier]:
    return [(share, scale * median_s, spread) for share, median_s, spread in mix]


def _spread(hazard: HazardConfig) -> list[list[LognormalTier]]:
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


def _likelihood(hazard: HazardConfig) -> FloatArray:
    traces = np.array([hazard.traces_if_accepted, hazard.traces_if_never])
    return history_likelihood(traces, np.array([hazard.differ_if_accepted, hazard.differ_if_never]))


def history_likelihood(traces: FloatArray, differ: FloatArray) -> FloatArray:
    """Chances of all histories in each class.

    Args:
        traces: (classes, 3), chances of the values of Traces.
        differ: (classes,), chance that no two answers agree.

    Returns:
        (classes, HISTORIES).
    """
    agreement = np.stack([1.0 - differ, differ], axis=1)
    both = (traces[:, :, None] * agreement[:, None, :]).reshape(len(traces), len(Traces) * len(Agreement))
    untold = np.ones((len(traces), 1))
    found: FloatArray = np.concatenate([untold, traces, both, untold], axis=1)
    assert found.shape[1] == HISTORIES
    return found


def _two_classes(accepted: FloatArray, likelihood: FloatArray) -> Classes:
    """Problems that will be accepted and those that never will; (cases, steps) and (2, HISTORIES)."""
    never = 1.0 - accepted.sum(axis=1)
    return Classes(
        accepted=np.stack([accepted, np.zeros_like(accepted)], axis=1),
        never=np.stack([np.zeros_like(never), never], axis=1),
        likelihood=likelihood,
        right=np.ones(2),  # only acceptance counts: which answers are right is never learnt
        guess=np.zeros(2),
    )
