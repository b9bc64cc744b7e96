"""The dynamic programme against sums that can be done by hand, and against every stopping rule."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from aimo_pipeline.budget.signals import AFTER_AGREEMENT, BEGUN, HISTORIES, UNTOLD
from aimo_pipeline.budget.value import Classes, FloatArray, Odds, stop_times_s, value_table

STEP_S = 30.0
STEPS = 12  # beyond the second look at 300 s
ALWAYS = np.ones((1, STEPS), bool)


def classes(accepted: list[float], *, right: float = 1.0, guess: float = 0.0) -> Classes:
    """One class without signals; what is missing to 1 is never accepted."""
    padded = np.zeros((1, 1, STEPS))
    padded[0, 0, : len(accepted)] = accepted
    return Classes(
        accepted=padded,
        never=np.array([[1.0 - sum(accepted)]]),
        likelihood=np.ones((1, HISTORIES)),
        right=np.array([right]),
        guess=np.array([guess]),
    )


def table(accepted: list[float], problems: int, cells: int) -> FloatArray:
    odds = Odds(classes(accepted))
    return value_table(odds, problems=problems, cells=cells, step_s=STEP_S)[:, 0]


class TestValueTable:
    """V[n, t] is the mean number solved under the best rule."""

    def test_no_time_or_no_problem_is_worth_nothing(self) -> None:
        values = table([0.5, 0.25], problems=3, cells=5)
        assert not values[0].any()
        assert not values[:, 0].any()

    def test_one_problem_is_worth_its_chance_within_the_time(self) -> None:
        assert table([0.5, 0.25, 0.125], problems=1, cells=5)[1].tolist() == [
            0,
            0.5,
            0.75,
            0.875,
            0.875,
            0.875,
        ]

    def test_a_hard_problem_is_given_up_for_an_easier_one(self) -> None:
        # Two steps for two problems; half are solved in the first step, the others need ten more.
        values = table([0.5, *[0.0] * 9, 0.5], problems=2, cells=2)
        stay_refunded_half = 0.5 * (1 + 0.5 * (0.5 + 0.5)) + 0.5 * 0.5
        assert values[2, 2] == pytest.approx(stay_refunded_half)

    def test_more_time_and_more_problems_never_hurt_and_time_has_falling_returns(self) -> None:
        values = table([0.4, 0.2, 0.1, 0.05], problems=5, cells=40)
        assert (np.diff(values, axis=0) >= -1e-12).all()
        assert (np.diff(values, axis=1) >= -1e-12).all()

    def test_it_equals_the_best_of_all_stopping_rules(self) -> None:
        """Two problems: the first one's rule may depend on nothing but its own length."""
        accepted, cells = [0.25, 0.05, 0.4], 4
        alone = table(accepted, 1, cells)[1]

        def worth(stop: int) -> float:
            ends = [0.5 * (alone[cells - step] + alone[cells - step - 1]) for step in range(stop)]
            solved = sum(p * (1 + end) for p, end in zip(accepted, ends, strict=False))
            return float(solved + (1 - sum(accepted[:stop])) * alone[cells - stop])

        best = max(worth(stop) for stop in range(cells))
        assert table(accepted, 2, cells)[2, cells] == pytest.approx(best)

    def test_a_guess_counts_where_work_stops(self) -> None:
        odds = Odds(classes([0.5], guess=0.2))
        values = value_table(odds, problems=1, cells=1, step_s=STEP_S)[1, 0]
        assert values.tolist() == pytest.approx([0.2, 0.5 + 0.5 * 0.2])


class TestStopTimes:
    """Give up where the rest of this problem is worth less than its time."""

    def later(self, price: float) -> FloatArray:
        """Other problems' worth when each step costs `price`."""
        return np.array([-price * np.arange(STEPS + 1)])

    def test_free_time_is_used_to_the_horizon_where_there_is_hope(self) -> None:
        odds = Odds(classes([0.05] * STEPS))
        assert (stop_times_s(odds, self.later(0.0), ALWAYS, step_s=STEP_S) == STEPS * STEP_S).all()

    def test_without_hope_work_stops_at_once(self) -> None:
        odds = Odds(classes([]))
        assert stop_times_s(odds, self.later(0.01), ALWAYS, step_s=STEP_S)[0, [BEGUN, UNTOLD]].tolist() == [
            0.0,
            0.0,
        ]

    def test_work_stops_where_the_hazard_falls_below_the_price(self) -> None:
        odds = Odds(classes([0.4, 0.3, 0.01, 0.01]))
        assert stop_times_s(odds, self.later(0.1), ALWAYS, step_s=STEP_S)[0, UNTOLD] == 2 * STEP_S

    def test_time_that_is_not_there_counts_for_nothing(self) -> None:
        # All would be accepted in the last step, but only two steps can be paid for.
        odds = Odds(classes([0.0, 0.0, 1.0]))
        two = np.arange(STEPS)[None] < 2
        assert stop_times_s(odds, self.later(0.01), two, step_s=STEP_S)[0, UNTOLD] == 0.0

    def test_a_second_peak_is_waited_for_if_it_is_worth_the_way(self) -> None:
        odds = Odds(classes([0.3, 0.0, 0.0, 0.6]))
        stops = [
            stop_times_s(odds, self.later(price), ALWAYS, step_s=STEP_S)[0, UNTOLD] for price in (0.1, 0.5)
        ]
        assert stops == [4 * STEP_S, 0.0]

    @pytest.mark.parametrize("price", [0.005, 0.02, 0.04])
    def test_better_signals_never_shorten_the_time(self, price: float) -> None:
        accepted = np.zeros((1, 2, STEPS))
        accepted[0, 0] = 0.04
        likelihood = np.ones((2, HISTORIES))
        chances = [a * b for a, b in product((0.5, 0.35, 0.15), (0.65, 0.35))]
        against = [a * b for a, b in product((0.68, 0.26, 0.06), (0.35, 0.65))]
        likelihood[:, AFTER_AGREEMENT] = [chances, against]
        likelihood[:, 1:4] = [(0.5, 0.35, 0.15), (0.68, 0.26, 0.06)]
        never = np.array([[0.0, 1.0 - accepted.sum()]])
        odds = Odds(Classes(accepted, never, likelihood, np.ones(2), np.zeros(2)))
        stop = stop_times_s(odds, self.later(price), ALWAYS, step_s=STEP_S)[0, AFTER_AGREEMENT].reshape(3, 2)
        assert (stop[:, 0] >= stop[:, 1]).all()
        assert (np.diff(stop, axis=0) >= 0).all()
