"""What no policy can exceed: with the mix known but not the problems, and with every problem known.

The bound without clairvoyance is the value of an easier game, in which every policy does at least as well. A
policy here is any rule, randomised or not, that may know the mix and all that this run has shown so far, and
that decides at every moment whether to give up the problem in hand. The easier game is played on a grid of
steps, and each difference is in the player's favour:

1. A problem that ends within its step k + 1, accepted or given up, costs only the k steps before it; given up
   in a step in which it would have been accepted, it is accepted.
2. Time left is rounded up to whole steps; what an end takes beyond its moment is rounded down.
3. An accepted answer is right with the greater of its tier's chances, `right` and `guess`. A problem given up
   is right with the chance of a guess, also when the clock has run out.
4. At the horizon everything that would ever be accepted is accepted, and costs nothing more.
5. No time need be kept back: the whole wall clock may be spent.

So any policy can be carried over, problem by problem on the same draws: it solves no fewer, by 1, 3 and 4,
and has no less time left, by 1, 2 and 5. In the easier game problems are independent and alike, and what is
known of the one in hand is how many steps it has taken and its signals; backward induction over these and the
time and problems left (Bellman 1957) therefore gives its greatest value, which no policy of the real game
exceeds. Halving the step only lowers it. tests/tune/test_bound.py compares it with the exact optimum of games
that are small enough.

`Truth`, played in the simulation, is a policy that knows the mix, so the optimum lies between the two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from aimo_pipeline.budget.endings import Endings
from aimo_pipeline.budget.signals import AFTER_AGREEMENT
from aimo_pipeline.budget.value import Classes, FloatArray, Odds, before_signal, seen_in, value_table
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
        drawn: its cold starts and overshoots are taken for their distributions.
        config: total_s and problems.
        step_s: grain of the bound; the finer the tighter. Both looks at signals fall on its multiples.
        horizon_s: a multiple of step_s; the farther the tighter.
    """
    beyond = np.floor(drawn.overshoot_s / step_s).astype(np.int64).ravel()
    left = np.ceil((config.total_s - drawn.cold_s) / step_s).astype(np.int64)
    easier = _Easier(classes_of(mix, step_s=step_s, horizon_s=horizon_s), step_s)
    ends = np.bincount(beyond) / len(beyond)
    return float(easier.values(config.problems, int(left.max()), ends)[left].mean())


class _Easier:
    """The easier game.

    Args:
        classes: of one case, on the game's grid.
        step_s: its step.
    """

    def __init__(self, classes: Classes, step_s: float) -> None:
        right = np.maximum(classes.right, classes.guess)
        odds, self._step_s = Odds(replace(classes, right=right)), step_s
        self._steps = [odds.at(step, seen_in(step, step_s)) for step in range(odds.steps)]
        self._given_up = [odds.at(step + 1, seen_in(step, step_s)).guess for step in range(odds.steps)]
        self._at_once = self._steps[0].guess[0, 0]
        # All that would ever be accepted; what never would be keeps the chance of a guess.
        self._beyond = Odds(replace(classes, guess=right)).at(odds.steps, AFTER_AGREEMENT).guess
        self._odds = odds

    def values(self, problems: int, cells: int, ends: FloatArray) -> FloatArray:
        """(cells + 1,): problems solved on average, by the steps left.

        Args:
            problems: left.
            cells: most steps left.
            ends: chances that an end takes 0, 1, ... steps more.
        """
        value = np.zeros(cells + 1)
        for _ in range(problems):
            value = self._one_more(_after(value, ends))
        return value

    def _one_more(self, later: FloatArray) -> FloatArray:
        """With one more problem, from the values after its end."""
        value = self._beyond[0][:, None] + later
        for step in range(len(self._steps) - 1, -1, -1):
            value = before_signal(self._odds, value[None], step, self._step_s)[0]
            value = self._step_back(step, value, later)
        value[0, 0] = self._at_once + later[0]  # no time: nothing is begun
        return np.asarray(value[0])

    def _step_back(self, step: int, value: FloatArray, later: FloatArray) -> FloatArray:
        """(histories, cells + 1) values at the step's beginning from those at its end."""
        odd, given_up = self._steps[step], self._given_up[step]
        go_on = np.empty_like(value)
        for row, ahead, guess, hazard, solved in zip(
            go_on, value, given_up[0], odd.hazard[0], odd.solved[0], strict=True
        ):  # row by row, since one row fits into the processor's cache
            np.add(later, guess, out=row)
            np.maximum(row[1:], ahead[:-1], out=row[1:])
            row -= later
            row *= 1.0 - hazard
            row += later
            row += solved
        return go_on


def _after(value: FloatArray, ends: FloatArray) -> FloatArray:
    """What is left once an end has taken its further steps."""
    later = ends[0] * value
    for steps, chance in enumerate(ends[1:], start=1):
        later[steps:] += chance * value[:-steps]
        later[:steps] += chance * value[0]
    return np.asarray(later)


def clairvoyant_solved(drawn: Draw, config: BudgetConfig) -> FloatArray:
    """(runs,): problems solved by one who knows every solve time, and which answers will be right.

    The cheapest problems first is best when each counts the same and any order may be chosen.
    """
    cost_s = np.where(drawn.guess, 0.0, np.where(drawn.right, drawn.solve_s, np.inf))
    spent_s = np.cumsum(np.sort(cost_s, axis=1), axis=1)
    return np.asarray((spent_s <= (config.total_s - drawn.cold_s)[:, None]).sum(axis=1), dtype=np.float64)
