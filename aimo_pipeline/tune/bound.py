"""What no policy can exceed: with the mix known but not the problems, and with every problem known.

No policy that sees the past and the signals only can solve more on average than the dynamic programme on the
true distribution, because the programme maximises over all of them. It is solved on a fine grid with all
rounding in its favour (a step in which a problem is solved costs nothing, time left is rounded up), and keeps
the reserve that every policy must keep, so the figure lies above the true optimum; `Truth`, played in the
simulation, lies below it. Stops between two multiples of the step are not looked at: over a few seconds a
hazard is flat. It knows the mix; a policy that has to learn it from fifty problems can reach less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from aimo_pipeline.budget.hazard import Endings
from aimo_pipeline.budget.value import FloatArray, Odds, value_table
from aimo_pipeline.config import BudgetConfig
from aimo_pipeline.tune.mixes import Draw, Mix, classes_of


@dataclass(frozen=True)
class Truth:
    """The beliefs of somebody who knows the mix; nothing is left to learn."""

    known: Odds
    values: FloatArray
    step_s: float
    cell_s: float

    def odds(self, belief: FloatArray) -> Odds:
        """See Beliefs."""
        return self.known

    def later(self, belief: FloatArray, problems_left: int) -> FloatArray:
        """See Beliefs."""
        row = self.values[problems_left]
        return np.broadcast_to(row, (len(belief), row.shape[1]))

    def updated(self, belief: FloatArray, ended: Endings) -> FloatArray:
        """See Beliefs."""
        return belief


def truth_of(mix: Mix, config: BudgetConfig) -> Truth:
    """The mix on the grid that the policies use."""
    known = Odds(classes_of(mix, step_s=config.step_s, horizon_s=config.horizon_s))
    cells = math.ceil(config.total_s / config.step_s)
    values = value_table(known, problems=config.problems, cells=cells, step_s=config.step_s)
    return Truth(known, values, config.step_s, config.step_s)


def most_solved(mix: Mix, drawn: Draw, config: BudgetConfig, *, step_s: float, horizon_s: float) -> float:
    """Problems that no non-clairvoyant policy can exceed, on average over the drawn cold starts.

    Args:
        mix: the true one.
        drawn: its cold starts are used, and the mean of its overshoots: since the value is concave in time,
            overshoots that vary cost more than their mean.
        config: total_s, reserve_s and problems.
        step_s: grain of the bound; the finer the tighter.
        horizon_s: longest time on one problem that is considered.
    """
    odds = Odds(classes_of(mix, step_s=step_s, horizon_s=horizon_s))
    cells = math.ceil(config.total_s / step_s)
    table = value_table(odds, problems=config.problems, cells=cells, step_s=step_s, refund=True)
    overshoot_s = float(drawn.overshoot_s.mean()) * config.problems
    left_s = config.total_s - config.reserve_s - drawn.cold_s - overshoot_s
    left = np.ceil(left_s / step_s).astype(np.int64)
    return float(table[config.problems, 0, left].mean())


def clairvoyant_solved(drawn: Draw, config: BudgetConfig) -> FloatArray:
    """(runs,): problems solved by one who knows every solve time, and which answers will be right.

    The cheapest problems first is best when each counts the same and any order may be chosen.
    """
    cost_s = np.where(drawn.guess, 0.0, np.where(drawn.right, drawn.solve_s, np.inf))
    spent_s = np.cumsum(np.sort(cost_s, axis=1), axis=1)
    return np.asarray((spent_s <= (config.total_s - drawn.cold_s)[:, None]).sum(axis=1), dtype=np.float64)
