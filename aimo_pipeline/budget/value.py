"""The dynamic programme: what time is worth, and when a problem is no longer worth its time.

V[n, t] is the number of problems that the best stopping rule solves on average with n problems and time t
left. Within a problem, one step costs step_s, and the hazard is the chance that it ends the problem. Going on
pays while  hazard x (right + V[n-1, t - step/2]) + (1 - hazard) x (value a step later)  >  guess + V[n-1, t].
The slope of V over t is the price of a second.

Backward induction (Bellman 1957); all arrays carry a leading axis of independent cases (worlds or runs).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aimo_pipeline.budget.signals import (
    AFTER_AGREEMENT,
    AFTER_TRACES,
    AGREEMENT_AT_S,
    BEGUN,
    HISTORIES,
    TRACES_AT_S,
    UNTOLD,
    Traces,
)

FloatArray = npt.NDArray[np.float64]

_TINY = 1e-12
_ALONE = slice(BEGUN, BEGUN + 1)
_UNTOLD = slice(UNTOLD, UNTOLD + 1)
# The last histories, and the one in which nothing will be told beside them.
_LATE = slice(AFTER_AGREEMENT.start, UNTOLD + 1)


@dataclass(frozen=True)
class Classes:
    """Kinds of problem that look alike at first and answer to signals differently.

    Attributes:
        accepted: (cases, classes, steps), chance that a problem is of the class and is accepted in the step.
        never: (cases, classes), chance that it is of the class and not accepted within the horizon.
        likelihood: (classes, HISTORIES), chance of the history's signals in the class.
        right: (classes,), chance that an accepted answer is right.
        guess: (classes,), chance that the answer is right when work stops early.
    """

    accepted: FloatArray
    never: FloatArray
    likelihood: FloatArray
    right: FloatArray
    guess: FloatArray


@dataclass(frozen=True)
class Step:
    """One step under some histories, the classes summed out; each array is (cases, histories), or of several
    steps (steps, cases, histories).

    Attributes:
        hazard: chance of acceptance in the step if the problem is open at its beginning.
        solved: chance of acceptance with the right answer, likewise.
        guess: chance that the answer is right if work stops at the beginning.
        open: chance of the history and of being open at the beginning.
    """

    hazard: FloatArray
    solved: FloatArray
    guess: FloatArray
    open: FloatArray


class Odds:
    """What a stopping rule needs to know of a problem, by Bayes' rule over its classes.

    Args:
        classes: their horizon lies beyond AGREEMENT_AT_S.
    """

    def __init__(self, classes: Classes) -> None:
        accepted = np.concatenate([classes.accepted, np.zeros_like(classes.never)[..., None]], axis=-1)
        later = np.cumsum(accepted[..., ::-1], axis=-1)[..., ::-1]
        # Steps first: one step's numbers then lie side by side.
        self._accepted = np.ascontiguousarray(np.moveaxis(accepted, -1, 0))
        self._still = np.ascontiguousarray(np.moveaxis(later + classes.never[..., None], -1, 0))
        self._told = classes.likelihood
        self._told_right = classes.right[:, None] * classes.likelihood
        self._told_guess = classes.guess[:, None] * classes.likelihood
        self.steps = classes.accepted.shape[-1]

    def at(self, step: int | slice, seen: slice) -> Step:
        """The step, or several (self.steps: the horizon), under the histories `seen`."""
        accepted, still = self._accepted[step], self._still[step]
        open_ = np.maximum(still @ self._told[:, seen], _TINY)
        return Step(
            hazard=accepted @ self._told[:, seen] / open_,
            solved=accepted @ self._told_right[:, seen] / open_,
            guess=still @ self._told_guess[:, seen] / open_,
            open=open_,
        )


def value_table(odds: Odds, *, problems: int, cells: int, step_s: float) -> FloatArray:
    """Solve the programme for every number of problems and every time left.

    Args:
        odds: of any one problem; problems are alike and independent.
        problems: largest number left.
        cells: the longest time left, in steps.
        step_s: length of a step; both looks at the signals must fall on its multiples. An acceptance costs
            half of its step, which is its mean.

    Returns:
        (problems + 1, cases, cells + 1): problems solved on average.
    """
    steps = [odds.at(step, seen_in(step, step_s)) for step in range(odds.steps)]
    horizon = odds.at(odds.steps, AFTER_AGREEMENT).guess[..., None]
    cases = len(horizon)
    table = np.zeros((problems + 1, cases, cells + 1))
    for left in range(1, problems + 1):
        later = table[left - 1][:, None]
        after = 0.5 * (later[..., 1:] + later[..., :-1])
        value = horizon + later
        for step in range(odds.steps - 1, -1, -1):
            value = before_signal(odds, value, step, step_s)
            value = _step_back(steps[step], value, later, after)
        table[left] = value[:, 0]
    return table


def _step_back(step: Step, value: FloatArray, later: FloatArray, after: FloatArray) -> FloatArray:
    """(cases, histories, cells + 1) values at the step's beginning from those at its end."""
    hazard = step.hazard[..., None]
    best = step.guess[..., None] + later
    go_on = (1.0 - hazard) * value[..., :-1]
    go_on += hazard * after
    go_on += step.solved[..., None]
    np.maximum(best[..., 1:], go_on, out=best[..., 1:])
    return best


def stop_times_s(
    odds: Odds, later: FloatArray, affordable: npt.NDArray[np.bool_], *, step_s: float
) -> FloatArray:
    """The best time to give a problem up, under each history.

    Args:
        odds: (runs, ...) of the problem in hand, or (1, ...) if the same in all runs.
        later: (runs, steps + 1), value of the other problems when this one ends after so many steps.
        affordable: (runs, steps), whether there is time for any of the step; what would be accepted when the
            clock is out counts for nothing.
        step_s: length of a step.

    Returns:
        (runs, HISTORIES) seconds from the problem's beginning. A time at or beyond the history's own end
        means that the problem lives to see the next signal.
    """
    stop = np.full((len(later), HISTORIES), odds.steps * step_s)
    traces, agreement = round(TRACES_AT_S / step_s), round(AGREEMENT_AT_S / step_s)
    walk = _Walk(odds, later, affordable, step_s, stop)
    value = walk.back(_LATE, odds.at(odds.steps, _LATE).guess + later[:, -1:], agreement, odds.steps)
    value, untold = value[:, :-1], value[:, -1:]
    walk.back(_UNTOLD, untold, 0, agreement)
    value = before_signal(odds, value[..., None], agreement - 1, step_s)[..., 0]
    value = walk.back(AFTER_TRACES, value, traces, agreement)
    value = before_signal(odds, value[..., None], traces - 1, step_s)[..., 0]
    walk.back(_ALONE, value, 0, traces)
    return stop


@dataclass(frozen=True)
class _Walk:
    """Backwards through the steps of a problem, under histories that stay apart; `stop` is what it finds.

    All that does not hang on the step after is computed for all steps at once: of one run the arrays are so
    small that each call costs more than what it computes.
    """

    odds: Odds
    later: FloatArray
    affordable: npt.NDArray[np.bool_]
    step_s: float
    stop: FloatArray

    def back(self, seen: slice, value: FloatArray, first: int, end: int) -> FloatArray:
        """(runs, seen) values at the beginning of step `first` from those at the end of step `end` - 1."""
        odd = self.odds.at(slice(first, end), seen)
        ends = np.ascontiguousarray(self.later[:, first : end + 1].T)[..., None]
        give_up = odd.guess + ends[:-1]
        gain = odd.solved + odd.hazard * (0.5 * (ends[:-1] + ends[1:]))
        gain[~self.affordable[:, first:end].T] = -np.inf
        stay, go_on = 1.0 - odd.hazard, np.empty_like(give_up)
        for step in range(end - first - 1, -1, -1):
            np.multiply(stay[step], value, out=go_on[step])
            go_on[step] += gain[step]
            value = np.maximum(go_on[step], give_up[step])
        over = go_on <= give_up
        earliest = (first + over.argmax(axis=0)) * self.step_s
        self.stop[:, seen] = np.where(over.any(axis=0), earliest, self.stop[:, seen])
        return value


def seen_in(step: int, step_s: float) -> slice:
    """The histories that a problem can be in during a step."""
    if step * step_s >= AGREEMENT_AT_S:
        return AFTER_AGREEMENT
    return AFTER_TRACES if step * step_s >= TRACES_AT_S else _ALONE


def before_signal(odds: Odds, value: FloatArray, step: int, step_s: float) -> FloatArray:
    """At the step before a signal: the mean over what it may tell; otherwise the value as it is."""
    following = seen_in(step + 1, step_s)
    if following == seen_in(step, step_s):
        return value
    before = len(Traces) if following == AFTER_AGREEMENT else 1
    chance = odds.at(step + 1, following).open
    chance = chance.reshape(len(chance), before, -1, 1)
    value = value.reshape(len(value), before, -1, value.shape[-1])
    return np.asarray((value * chance).sum(axis=2) / chance.sum(axis=2))
