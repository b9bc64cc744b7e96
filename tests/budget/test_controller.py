"""The run's budget, whatever happens during the run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.budget.controller import Controller, ending_of
from aimo_pipeline.budget.endings import Ending
from aimo_pipeline.budget.hazard import Worlds
from aimo_pipeline.budget.signals import UNTOLD
from aimo_pipeline.config import BudgetConfig
from aimo_pipeline.domain import Agreed, Answer, CheckedTo, Evidence, Fits, Guessed, ProvedForAll, Voted

# What befalls a problem: the share of its grant that it uses, an overrun, a jump of the clock while it runs,
# how it ends, and how long the gateway takes until the next one.
FATES = st.tuples(
    st.floats(0.0, 1.0),
    st.sampled_from([0.0, 0.0, 0.5, 3.0]),
    st.sampled_from([0.0] * 9 + [-500.0, -20.0, 30.0, 900.0, 1e5]),
    st.sampled_from(Ending),
    st.floats(0.0, 2.0),
)
COLD_S = st.one_of(st.floats(0.0, 900.0), st.floats(900.0, 5_000.0))


class TestController:
    """Every problem gets time, all together at most the wall clock, and each end teaches something."""

    @settings(deadline=None, max_examples=40)
    @given(cold_s=COLD_S, fates=st.lists(FATES, min_size=8, max_size=8))
    def test_grants_are_above_zero_and_add_up_to_at_most_the_wall_clock(
        self,
        small_config: BudgetConfig,
        small_worlds: Worlds,
        cold_s: float,
        fates: list[tuple[float, float, float, Ending, float]],
    ) -> None:
        budget, now_s = Controller(small_config, small_worlds), cold_s
        for number, (share, overrun_s, jump_s, ending, gap_s) in enumerate(fates):
            left_s = budget.bank.left_s(now_s)
            grant = budget.open(f"p{number}", now_s)
            assert 0.0 < grant.seconds <= small_config.ceiling_s
            assert grant.seconds <= max(left_s, small_config.floor_s)
            assert all(0.0 < stop_s <= max(left_s, small_config.floor_s) for stop_s in grant.plan.stop_s)
            assert budget.bank.granted_s <= small_config.total_s
            now_s += share * grant.seconds + overrun_s + jump_s
            budget.close(now_s, ending)
            now_s += gap_s
        assert budget.bank.granted_s <= small_config.total_s

    @settings(deadline=None, max_examples=40)
    @given(cold_s=st.floats(0.0, 900.0), fates=st.lists(FATES, min_size=8, max_size=8))
    def test_without_jumps_the_run_ends_before_the_wall_clock(
        self,
        small_config: BudgetConfig,
        small_worlds: Worlds,
        cold_s: float,
        fates: list[tuple[float, float, float, Ending, float]],
    ) -> None:
        budget, now_s = Controller(small_config, small_worlds), cold_s
        for number, (share, overrun_s, _, ending, gap_s) in enumerate(fates):
            grant = budget.open(f"p{number}", now_s)
            now_s += share * grant.seconds + overrun_s
            budget.close(now_s, ending)
            now_s += gap_s
        assert now_s <= small_config.total_s

    def test_the_last_problem_can_be_answered_after_all_others_used_everything(
        self, small_config: BudgetConfig, small_worlds: Worlds
    ) -> None:
        budget, now_s = Controller(small_config, small_worlds), 900.0
        for number in range(small_config.problems - 1):
            now_s += budget.open(f"p{number}", now_s).seconds
            budget.close(now_s, Ending.STOPPED)
        assert budget.open("last", now_s).seconds >= small_config.floor_s

    def test_more_problems_than_announced_still_get_time(
        self, small_config: BudgetConfig, small_worlds: Worlds
    ) -> None:
        budget, now_s = Controller(small_config, small_worlds), 0.0
        for number in range(3 * small_config.problems):
            grant = budget.open(f"p{number}", now_s)
            assert grant.seconds > 0.0
            now_s += min(grant.seconds, 100.0)
            budget.close(now_s, Ending.STOPPED)
        assert now_s <= small_config.total_s

    def test_a_hard_run_makes_later_grants_shorter_than_an_easy_one(
        self, small_config: BudgetConfig, small_worlds: Worlds
    ) -> None:
        grants = []
        for ending in (Ending.EXHAUSTED, Ending.ACCEPTED):
            budget = Controller(small_config, small_worlds)
            for number in range(4):
                budget.open(f"p{number}", 300.0 * number)
                budget.close(300.0 * number + 30.0, ending)
            grants.append(budget.open("next", 1_300.0).plan.stop_s[UNTOLD])
        assert grants[0] < grants[1]

    def test_a_grant_says_why(self, small_config: BudgetConfig, small_worlds: Worlds) -> None:
        budget = Controller(small_config, small_worlds)
        grant = budget.open("a", 400.0)
        assert "2000 s left for 8 problems" in grant.why
        assert grant.why in budget.bank.explain("a")

    @given(now_s=st.floats(0.0, 1e5), done=st.integers(0, 12))
    def test_the_equal_share_needs_nothing_but_the_clock(
        self, small_config: BudgetConfig, now_s: float, done: int
    ) -> None:
        budget = Controller(small_config)
        for number in range(done):
            budget.bank.grant(f"p{number}", 0.0, 1.0, "")
            budget.bank.close(0.0, "stopped")
        granted_s = budget.open_equal_share("a", now_s).granted_s
        assert 0.0 < granted_s <= small_config.base_s
        assert granted_s <= max(small_config.floor_s, small_config.total_s - now_s)


class TestEndingOf:
    """Evidence above a vote, or enough equal votes, is acceptance; otherwise the clock decides."""

    @pytest.mark.parametrize(
        ("evidence", "spent_s", "ending"),
        [
            (Fits(12), 10.0, Ending.ACCEPTED),
            (Agreed(2), 10.0, Ending.ACCEPTED),
            (CheckedTo(9), 99.9, Ending.ACCEPTED),
            (ProvedForAll(), 10.0, Ending.ACCEPTED),
            (Voted(3, 4), 10.0, Ending.ACCEPTED),
            (Voted(2, 4), 10.0, Ending.EXHAUSTED),
            (Voted(2, 4), 99.0, Ending.STOPPED),
            (Guessed(), 10.0, Ending.EXHAUSTED),
            (Guessed(), 100.5, Ending.STOPPED),
        ],
    )
    def test_each_kind_of_answer(self, evidence: Evidence, spent_s: float, ending: Ending) -> None:
        config = BudgetConfig(accept_votes=3, answer_reserve_s=2.0)
        assert ending_of(Answer(1, evidence, "x"), spent_s, 100.0, config) is ending
