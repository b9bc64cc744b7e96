"""The policies, each against the sentence that defines it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.budget.hazard import Worlds
from aimo_pipeline.budget.policy import (
    Clamp,
    Dynamic,
    Plan,
    State,
    Static,
    TimeBank,
    equal_share_s,
    read_values,
    spendable_s,
    worth_going_on,
)
from aimo_pipeline.budget.signals import HISTORIES, UNTOLD, Agreement, Signals, Traces, history
from aimo_pipeline.config import BudgetConfig

CONFIG = BudgetConfig()
DIFFER = history(Signals(Traces.FAILED, Agreement.NONE), 300.0)
AGREE = history(Signals(Traces.FAILED, Agreement.SOME), 300.0)


def state(left_s: float, problems_left: int, *, worked_s: float = 0.0, done: int = 0) -> State:
    return State(np.array([left_s]), np.array([worked_s]), problems_left, done, np.ones((1, 1)))


class TestBaselines:
    """What people run today."""

    def test_static_grants_the_same_whatever_is_left(self) -> None:
        assert (Static().plan_s(state(10.0, 50)) == 360.0).all()

    @pytest.mark.parametrize(
        ("worked_s", "problems_left", "granted_s"),
        [(0.0, 50, 900.0), (2_400.0, 50, 300.0), (2_000.0, 50, 700.0), (17_399.0, 1, 300.0)],
    )
    def test_the_clamp_is_the_notebooks(self, worked_s: float, problems_left: int, granted_s: float) -> None:
        assert (Clamp().plan_s(state(1.0, problems_left, worked_s=worked_s)) == granted_s).all()

    def test_the_bank_lends_half_of_what_was_deposited(self) -> None:
        plan_s = TimeBank(False, CONFIG).plan_s(state(1e4, 40, worked_s=700.0, done=10))
        assert plan_s[0, AGREE] == 120.0 + 0.5 * (1_200.0 - 700.0)

    def test_how_much_the_bank_lends_is_a_setting(self) -> None:
        generous = replace(CONFIG, bank_base_s=200.0, bank_alpha=1.0)
        plan_s = TimeBank(False, generous).plan_s(state(1e4, 40, worked_s=700.0, done=10))
        assert plan_s[0, AGREE] == 200.0 + (2_000.0 - 700.0)

    def test_the_bank_gives_up_at_five_minutes_where_all_answers_differ(self) -> None:
        plan_s = TimeBank(True, CONFIG).plan_s(state(1e4, 10))
        assert (plan_s[0, DIFFER], plan_s[0, AGREE] > 300.0) == (300.0, True)

    def test_an_overdrawn_bank_still_grants_the_base(self) -> None:
        assert (TimeBank(False, CONFIG).plan_s(state(1.0, 1, worked_s=1e4, done=9)) == 120.0).all()


class TestDynamic:
    """A second goes where it is worth most; the bounds of spendable_s always hold."""

    def plan_s(self, worlds: Worlds, config: BudgetConfig, left_s: float, problems_left: int) -> np.ndarray:
        belief = worlds.prior[None]
        known = State(np.array([left_s]), np.zeros(1), problems_left, 0, belief)
        return Dynamic(worlds, config).plan_s(known)[0]

    @settings(deadline=None)
    @given(left_s=st.floats(-1e4, 1e5), problems_left=st.integers(-3, 12))
    def test_a_plan_is_above_zero_and_within_what_can_be_spent(
        self, small_config: BudgetConfig, small_worlds: Worlds, left_s: float, problems_left: int
    ) -> None:
        plan_s = self.plan_s(small_worlds, small_config, left_s, problems_left)
        assert plan_s.shape == (HISTORIES,)
        assert (plan_s > 0.0).all()
        assert (plan_s <= spendable_s(np.array([left_s]), problems_left, small_config)).all()

    def test_less_time_for_the_same_problems_shortens_the_plan(
        self, small_config: BudgetConfig, small_worlds: Worlds
    ) -> None:
        plans = [self.plan_s(small_worlds, small_config, left_s, 6)[UNTOLD] for left_s in (400.0, 1_500.0)]
        assert plans[0] < plans[1]

    def test_bad_signals_end_a_problem_earlier_than_good_ones(
        self, small_config: BudgetConfig, small_worlds: Worlds
    ) -> None:
        plan_s = self.plan_s(small_worlds, small_config, 1_500.0, 5)
        good = history(Signals(Traces.MINED, Agreement.SOME), 300.0)
        assert plan_s[DIFFER] < plan_s[good]

    def test_the_last_problem_may_use_what_is_left(
        self, small_config: BudgetConfig, small_worlds: Worlds
    ) -> None:
        plan_s = self.plan_s(small_worlds, small_config, small_config.reserve_s + 500.0, 1)
        assert plan_s[UNTOLD] == 500.0

    def test_a_run_alone_and_among_others_has_the_same_plan(
        self, small_config: BudgetConfig, small_worlds: Worlds
    ) -> None:
        left_s = np.linspace(100.0, 2_400.0, 7)
        belief = np.repeat(small_worlds.prior[None], 7, axis=0)
        policy = Dynamic(small_worlds, small_config, block=3)
        together = policy.plan_s(State(left_s, np.zeros(7), 5, 3, belief))
        alone = [policy.plan_s(State(left_s[i : i + 1], np.zeros(1), 5, 3, belief[:1]))[0] for i in range(7)]
        assert np.allclose(together, alone)

    def test_a_second_has_a_price_that_falls_with_plenty(
        self, small_config: BudgetConfig, small_worlds: Worlds
    ) -> None:
        belief = np.repeat(small_worlds.prior[None], 2, axis=0)
        scarce = State(np.array([600.0, 2_400.0]), np.zeros(2), 8, 0, belief)
        prices = Dynamic(small_worlds, small_config).price(scarce)
        assert prices[0] > prices[1] >= 0.0


class TestSpendable:
    """What one problem may take at most leaves something for every later one."""

    @given(st.floats(-1e6, 1e6), st.integers(-5, 80))
    def test_it_is_above_zero_and_no_more_than_is_left(self, left_s: float, problems_left: int) -> None:
        most_s = float(spendable_s(np.array([left_s]), problems_left, CONFIG)[0])
        assert 0.0 < most_s <= max(left_s, CONFIG.floor_s)

    @given(st.floats(200.0, 18_000.0), st.integers(2, 50))
    def test_whoever_takes_all_of_it_leaves_a_floor_for_each_of_the_others(
        self, left_s: float, problems_left: int
    ) -> None:
        most_s = float(spendable_s(np.array([left_s]), problems_left, CONFIG)[0])
        if left_s - CONFIG.reserve_s > problems_left * (CONFIG.floor_s + CONFIG.overhead_s):
            rest_s = left_s - most_s - CONFIG.reserve_s
            assert rest_s >= (problems_left - 1) * CONFIG.floor_s
        share_s = equal_share_s(left_s, problems_left, CONFIG)
        assert 0.0 < share_s <= min(most_s, CONFIG.base_s)

    def test_more_problems_than_announced_get_half_of_what_is_left(self) -> None:
        assert spendable_s(np.array([CONFIG.reserve_s + 80.0]), 0, CONFIG).tolist() == [40.0]


class TestReadValues:
    """Linear between cells, nothing below zero, flat beyond the last."""

    def test_known_values(self) -> None:
        values = np.array([[0.0, 1.0, 3.0]])
        assert read_values(values, np.array([[-5.0, 0.0, 5.0, 15.0, 99.0]]), 10.0).tolist() == [
            [0.0, 0.0, 0.5, 2.0, 3.0]
        ]


class TestWorthGoingOn:
    """True until the plan's time for what has been seen; never once the answer is decided."""

    PLAN = Plan(tuple(float(100 * (place + 1)) for place in range(HISTORIES)), 0.001)

    @pytest.mark.parametrize(
        ("elapsed_s", "signals", "expected"),
        [
            (10.0, Signals(), True),
            (10.0, Signals(decided=True), False),
            (150.0, Signals(Traces.FAILED), True),
            (250.0, Signals(Traces.FAILED), False),
            (250.0, Signals(Traces.MINED), True),
            (1_099.0, Signals(), True),
            (1_100.0, Signals(), False),
        ],
    )
    def test_the_history_decides(self, elapsed_s: float, signals: Signals, expected: bool) -> None:
        assert worth_going_on(self.PLAN, elapsed_s, signals) is expected
