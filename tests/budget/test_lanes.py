"""Several problems in work at once, from one ledger."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.budget.controller import Controller
from aimo_pipeline.budget.endings import Ending
from aimo_pipeline.budget.hazard import Worlds
from aimo_pipeline.config import BudgetConfig

# What happens next: how far the clock goes meanwhile (or back), which of the problems in work ends (the last
# one is as good as the first), how it ends, and whether the policy has a bug when the next one is granted.
MOVES = st.tuples(
    st.floats(0.0, 400.0) | st.sampled_from([0.0] * 4 + [-500.0, -20.0, 900.0, 1e5]),
    st.integers(0, 5),
    st.sampled_from(Ending),
    st.booleans(),
)


@dataclass
class Line:
    """Problems that wait, and those in work, on a clock that does as it likes."""

    budget: Controller
    config: BudgetConfig
    now_s: float
    waiting: list[str]
    working: list[str] = field(default_factory=list)
    latest_s: float = 0.0
    ends_s: dict[str, float] = field(default_factory=dict)

    def fill(self, broken: bool) -> None:
        """Begin as many problems as there are lanes; each grant is held to what it must be."""
        bank = self.budget.bank
        while self.waiting and len(self.working) < bank.lanes:
            name, left_s = self.waiting.pop(0), bank.left_s(self.now_s)
            most_s = max(left_s - self.config.reserve_s, self.config.floor_s)
            if broken:
                seconds = self.budget.open_equal_share(name, self.now_s).granted_s
            else:
                grant = self.budget.open(name, self.now_s)
                seconds = grant.seconds
                assert all(0.0 < stop_s <= most_s for stop_s in grant.plan.stop_s)
            assert 0.0 < seconds <= most_s
            self.latest_s = max(self.latest_s, self.now_s)
            self.ends_s[name] = self.latest_s + seconds
            self.working.append(name)
            self.hold()

    def end(self, which: int, ending: Ending) -> None:
        """One problem ends, in time or long after."""
        self.budget.close(self.now_s, ending, problem_id=self.working.pop(which % len(self.working)))
        self.hold()

    def hold(self) -> None:
        """All lanes together never grant more than they have; what is granted and not over is taken."""
        bank = self.budget.bank
        assert bank.granted_s <= bank.lanes * self.config.total_s
        self.latest_s = max(self.latest_s, self.now_s)
        left_s = bank.left_s(self.now_s)
        assert left_s == max(0.0, self.config.total_s - self.latest_s)
        bound = (min(left_s, max(0.0, self.ends_s[name] - self.latest_s)) for name in self.working)
        assert bank.free_s(self.now_s) == pytest.approx(max(0.0, bank.lanes * left_s - sum(bound)), abs=1e-6)


class TestLanes:
    """Whatever problems take, however they end and wherever the clock jumps: everyone gets something, and all
    together no more than each lane's wall clock."""

    @settings(deadline=None, max_examples=60)
    @given(
        lanes=st.integers(1, 4),
        cold_s=st.floats(0.0, 3_000.0),
        moves=st.lists(MOVES, min_size=8, max_size=8),
    )
    def test_grants_are_above_zero_and_add_up_to_at_most_the_lanes_wall_clocks(
        self,
        small_config: BudgetConfig,
        small_worlds: Worlds,
        lanes: int,
        cold_s: float,
        moves: list[tuple[float, int, Ending, bool]],
    ) -> None:
        budget = Controller(small_config, small_worlds, lanes)
        line = Line(budget, small_config, cold_s, [f"p{n}" for n in range(small_config.problems)])
        for seconds, which, ending, broken in moves:
            line.fill(broken)
            line.now_s += seconds
            line.end(which, ending)
        assert line.waiting == line.working == []
        assert len(budget.bank.closings) == small_config.problems

    @given(lanes=st.integers(1, 4), left_s=st.floats(0.0, 700.0), done=st.integers(0, 12))
    def test_an_equal_share_of_all_lanes_does_not_reach_beyond_the_reserve(
        self, small_config: BudgetConfig, lanes: int, left_s: float, done: int
    ) -> None:
        budget, now_s = Controller(small_config, lanes=lanes), small_config.total_s - left_s
        for number in range(done):
            budget.bank.grant(f"p{number}", 0.0, 1.0, "")
            budget.bank.close(0.0, "stopped")
        for number in range(lanes):
            granted_s = budget.open_equal_share(f"late{number}", now_s).granted_s
            most_s = max(small_config.floor_s, budget.bank.left_s(now_s) - small_config.reserve_s)
            assert 0.0 < granted_s <= most_s

    @settings(deadline=None, max_examples=60)
    @given(lanes=st.integers(1, 4), shares=st.lists(st.floats(0.0, 1.0), min_size=8, max_size=8))
    def test_problems_that_keep_to_their_grants_all_end_before_the_wall_clock(
        self, small_config: BudgetConfig, small_worlds: Worlds, lanes: int, shares: list[float]
    ) -> None:
        budget = Controller(small_config, small_worlds, lanes)
        ends = [(400.0, "")] * lanes  # of each lane, and what is in it
        for number, share in enumerate(shares):
            ends.sort()
            now_s, before = ends.pop(0)
            if before:
                budget.close(now_s, Ending.STOPPED, problem_id=before)
            ends.append((now_s + share * budget.open(f"p{number}", now_s).seconds, f"p{number}"))
        assert max(ends)[0] <= small_config.total_s
