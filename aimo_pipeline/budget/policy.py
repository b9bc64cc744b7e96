"""How long a problem may take: pure functions from the state of a run to a plan.

A plan has one column for each history of signals (see signals.py): the seconds after which the problem is
given up if that is all it has shown. States are arrays over independent runs, so that the simulation judges
the very code that a submission runs, which has one run.

Where from: Static and Clamp are what public notebooks do (44 of 50 problems), TimeBank is an earlier
design of this project; Dynamic is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from aimo_pipeline.budget.endings import Endings
from aimo_pipeline.budget.signals import (
    AFTER_AGREEMENT,
    AGREEMENT_AT_S,
    HISTORIES,
    Agreement,
    Signals,
    history,
)
from aimo_pipeline.budget.value import FloatArray, Odds, stop_times_s
from aimo_pipeline.config import BudgetConfig


@dataclass(frozen=True)
class State:
    """What is known before a problem, for each of several runs.

    Attributes:
        left_s: (runs,), wall clock until the end of the run, the reserve included.
        worked_s: (runs,), since the first problem could be begun.
        problems_left: the next one included; zero or less when more come than were announced.
        problems_done: ended so far.
        belief: (runs, worlds), see hazard.py; policies that do not learn ignore it.
    """

    left_s: FloatArray
    worked_s: FloatArray
    problems_left: int
    problems_done: int
    belief: FloatArray


class Policy(Protocol):
    """A rule for giving problems up."""

    def plan_s(self, state: State) -> FloatArray:
        """(runs, HISTORIES) seconds from the problem's beginning."""
        ...


class Beliefs(Protocol):
    """Where a dynamic programme takes its odds and values from: Worlds, or in a simulation the truth."""

    @property
    def step_s(self) -> float:
        """Length of a step of the odds."""
        ...

    @property
    def cell_s(self) -> float:
        """Length of a cell of the values."""
        ...

    def odds(self, belief: FloatArray) -> Odds:
        """The next problem's odds under (runs, worlds) weights."""
        ...

    def later(self, belief: FloatArray, problems_left: int) -> FloatArray:
        """(runs, cells + 1): what so many problems are worth, by the time left for them."""
        ...

    def updated(self, belief: FloatArray, ended: Endings) -> FloatArray:
        """The (runs, worlds) weights after one more problem."""
        ...


@dataclass(frozen=True)
class Static:
    """Every problem gets the same, whatever is left."""

    each_s: float = 360.0

    def plan_s(self, state: State) -> FloatArray:
        """See Policy."""
        return _same(np.full_like(state.left_s, self.each_s))


@dataclass(frozen=True)
class Clamp:
    """The public notebooks' clamp(left - least x others, least, most), counted from after loading."""

    total_s: float = 17_400.0
    least_s: float = 300.0
    most_s: float = 900.0

    def plan_s(self, state: State) -> FloatArray:
        """See Policy."""
        spare_s = self.total_s - state.worked_s - self.least_s * (state.problems_left - 1)
        return _same(np.clip(spare_s, self.least_s, self.most_s))


@dataclass(frozen=True)
class TimeBank:
    """A base for each problem; what is not used is deposited; a hard problem draws on a share of the bank.

    Gives up at AGREEMENT_AT_S if all answers differ.

    Attributes:
        opening: the bank opens with what the clock has beyond all bases; otherwise it opens empty.
        config: bank_base_s and bank_alpha are its own.
    """

    opening: bool
    config: BudgetConfig

    def plan_s(self, state: State) -> FloatArray:
        """See Policy."""
        base_s = self.config.bank_base_s
        if self.opening:
            bank_s = state.left_s - self.config.reserve_s - base_s * state.problems_left
        else:
            bank_s = base_s * state.problems_done - state.worked_s
        plan_s = _same(base_s + self.config.bank_alpha * np.maximum(bank_s, 0.0))
        differ = slice(AFTER_AGREEMENT.start + Agreement.NONE, AFTER_AGREEMENT.stop, len(Agreement))
        plan_s[:, differ] = np.minimum(plan_s[:, differ], AGREEMENT_AT_S)
        return plan_s


@dataclass(frozen=True)
class Dynamic:
    """Gives a problem up when a second of it is worth less than a second left to the others.

    The worth of the others is the value table's row, read at the time that will be left; see value.py.
    """

    beliefs: Beliefs
    config: BudgetConfig
    block: int = 1024

    def plan_s(self, state: State) -> FloatArray:
        """See Policy; never beyond spendable_s, never less than a share of a step."""
        most_s = np.minimum(
            spendable_s(state.left_s, state.problems_left, self.config), self.config.ceiling_s
        )
        plan_s = np.empty((len(state.left_s), HISTORIES))
        for start in range(0, len(plan_s), self.block):  # blocks that fit into the processor's cache
            rows = slice(start, start + self.block)
            plan_s[rows] = self._stop_times_s(state.belief[rows], state.left_s[rows], state.problems_left)
        least_s = np.minimum(self.config.step_s, most_s / max(1, state.problems_left))
        return np.clip(plan_s, least_s[:, None], most_s[:, None])

    def _stop_times_s(self, belief: FloatArray, left_s: FloatArray, problems_left: int) -> FloatArray:
        others = max(0, problems_left - 1)
        odds = self.beliefs.odds(belief)
        values = self.beliefs.later(belief, others)
        step_s = self.beliefs.step_s
        usable_s = left_s - self.config.reserve_s - others * self.config.overhead_s
        ends_s = usable_s[:, None] - step_s * np.arange(odds.steps + 1)
        later = read_values(values, ends_s, self.beliefs.cell_s)
        return stop_times_s(odds, later, ends_s[:, :-1] > 0.0, step_s=step_s)

    def price(self, state: State) -> FloatArray:
        """(runs,): problems that one more second would solve on average, were it left to the others."""
        others = max(0, state.problems_left - 1)
        values = self.beliefs.later(state.belief, others)
        usable_s = state.left_s - self.config.reserve_s - others * self.config.overhead_s
        near_s = usable_s[:, None] + self.config.cell_s * np.array([-1.0, 1.0])
        low, high = read_values(values, near_s, self.beliefs.cell_s).T
        return np.asarray((high - low) / (2.0 * self.config.cell_s))


def read_values(values: FloatArray, left_s: FloatArray, step_s: float) -> FloatArray:
    """Between the cells of (runs, cells + 1) values, at (runs, n) times; below zero is worth nothing."""
    last = values.shape[1] - 1
    place = np.clip(left_s / step_s, 0.0, last)
    cell = np.minimum(place.astype(np.int64), last - 1)
    low, high = np.take_along_axis(values, cell, axis=1), np.take_along_axis(values, cell + 1, axis=1)
    return np.asarray(low + (place - cell) * (high - low))


def spendable_s(left_s: FloatArray, problems_left: int, config: BudgetConfig) -> FloatArray:
    """The most that the next problem may be granted.

    Every problem still to come keeps floor_s and overhead_s. Once the clock has run into the reserve, an
    equal part of it is granted, at most floor_s, one part being left for the end. With more problems than
    were announced nobody knows how many follow, so half of what is left is granted. Always above zero:
    floor_s when nothing is left.
    """
    usable_s = left_s - config.reserve_s
    if problems_left > 0:
        most_s = usable_s - (problems_left - 1) * (config.floor_s + config.overhead_s)
    else:
        most_s = usable_s / 2.0
    parts_s = np.maximum(left_s, 0.0) / (max(problems_left, 1) + 1)
    most_s = np.where(most_s >= config.floor_s, most_s, np.minimum(parts_s, config.floor_s))
    return np.where(most_s > 0.0, most_s, config.floor_s)


def equal_share_s(left_s: float, problems_left: int, config: BudgetConfig) -> float:
    """An equal part of what is left, at most base_s: the grant that needs nothing else to be known.

    Returns:
        Above zero, at most spendable_s.
    """
    most_s = float(spendable_s(np.array([left_s]), problems_left, config)[0])
    part_s = max(0.0, left_s - config.reserve_s) / max(1, problems_left)
    return min(most_s, max(part_s, config.floor_s), config.base_s)


@dataclass(frozen=True)
class Plan:
    """One problem's plan, as the pipeline carries it.

    Attributes:
        stop_s: HISTORIES times from the problem's beginning.
        price: problems that a second solves elsewhere.
    """

    stop_s: tuple[float, ...]
    price: float


def worth_going_on(plan: Plan, elapsed_s: float, signals: Signals) -> bool:
    """Whether the next second on this problem is worth more than one left to the others.

    Args:
        plan: made when the problem was handed out.
        elapsed_s: since then.
        signals: as known now; the verdict may change with them, either way.
    """
    if signals.decided:
        return False
    return elapsed_s < stop_s(plan, elapsed_s, signals)


def stop_s(plan: Plan, elapsed_s: float, signals: Signals) -> float:
    """When the problem is given up if nothing else shows: the plan's time for what has been seen, or its
    longest while Lean is at work, which has limits of its own."""
    return max(plan.stop_s) if signals.checking else plan.stop_s[history(signals, elapsed_s)]


def _same(seconds: FloatArray) -> FloatArray:
    return np.repeat(seconds[:, None], HISTORIES, axis=1)
