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
from functools import cached_property

import numpy as np

from aimo_pipeline.budget.curves import at_pace, kaplan_meier, spread_mixes, tiers_curve
from aimo_pipeline.budget.endings import Ending, Endings, Observation
from aimo_pipeline.budget.signals import HISTORIES, Agreement, Traces
from aimo_pipeline.budget.value import Classes, FloatArray, Odds, value_table
from aimo_pipeline.config import BudgetConfig, HazardConfig

_UNLIKELIEST = 1e-9


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

    @cached_property
    def never(self) -> FloatArray:
        """(worlds,), chance that a problem is not accepted within the horizon."""
        return np.asarray(1.0 - self.accepted.sum(axis=1))

    @cached_property
    def _by_then(self) -> FloatArray:
        """(worlds, steps), chance of acceptance before each step."""
        return np.asarray(np.cumsum(self.accepted, axis=1) - self.accepted)

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
        done = self._by_then[:, step] + (place - step) * self.accepted[:, step]
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
    contests = [at_pace(mix, scale) for scale in hazard.time_scales for mix in hazard.contests]
    mixes = [*contests, *spread_mixes(hazard)]
    curves = np.array([*(tiers_curve(mix, hazard, config) for mix in mixes), *recorded])
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
