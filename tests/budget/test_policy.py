"""The grant for the next problem."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.budget.policy import grant_s
from aimo_pipeline.config import BudgetConfig

CONFIG = BudgetConfig()
CONFIGS = st.builds(
    BudgetConfig,
    total_s=st.floats(0.0, 1e6),
    reserve_s=st.floats(0.0, 1e4),
    base_s=st.floats(0.1, 1e4),
)
OVERRUN_S = 5.0


class TestGrant:
    """A grant is an equal share of what is left after the reserve, at most base_s."""

    @given(st.floats(-1e6, 1e6), st.integers(-5, 200), CONFIGS)
    def test_it_is_never_negative_and_never_touches_the_reserve(
        self, left_s: float, problems_left: int, config: BudgetConfig
    ) -> None:
        grant = grant_s(left_s, problems_left, config)
        assert 0.0 <= grant <= max(0.0, min(config.base_s, left_s - config.reserve_s))

    @given(st.floats(1.0, 1e6), st.integers(-5, 200), CONFIGS)
    def test_whatever_is_left_some_is_granted_and_some_kept_for_each_later_problem(
        self, usable_s: float, problems_left: int, config: BudgetConfig
    ) -> None:
        grant = grant_s(config.reserve_s + usable_s, problems_left, config)
        assert grant > 0.0
        if problems_left != 1:
            assert grant_s(config.reserve_s + usable_s - grant, problems_left - 1, config) > 0.0

    @given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, OVERRUN_S)), min_size=50, max_size=50))
    def test_fifty_problems_each_get_time_and_the_run_ends_in_time(
        self, used: list[tuple[float, float]]
    ) -> None:
        left_s, granted_s = CONFIG.total_s, 0.0
        for done, (fraction, overrun_s) in enumerate(used):
            grant = grant_s(left_s, CONFIG.problems - done, CONFIG)
            assert grant > 0.0
            granted_s += grant
            left_s -= grant * fraction + overrun_s
        assert granted_s <= CONFIG.total_s
        assert left_s >= CONFIG.reserve_s - OVERRUN_S

    @given(st.floats(0.0, 1e5), st.integers(1, 80), CONFIGS)
    def test_when_all_is_used_the_grants_add_up_to_no_more_than_was_there(
        self, usable_s: float, problems: int, config: BudgetConfig
    ) -> None:
        left_s, granted_s = config.reserve_s + usable_s, 0.0
        for problems_left in range(problems, 0, -1):
            grant = grant_s(left_s, problems_left, config)
            granted_s, left_s = granted_s + grant, left_s - grant
        assert granted_s <= usable_s or math.isclose(granted_s, usable_s, rel_tol=1e-9, abs_tol=1e-6)

    def test_plenty_of_time_grants_the_base(self) -> None:
        assert grant_s(CONFIG.total_s, CONFIG.problems, CONFIG) == CONFIG.base_s

    def test_a_late_start_shrinks_the_grant(self) -> None:
        assert grant_s(5_300.0, 50, CONFIG) == 100.0

    def test_unused_time_raises_later_grants(self) -> None:
        first = grant_s(5_300.0, 50, CONFIG)
        second = grant_s(5_300.0 - 2.0, 49, CONFIG)
        assert first < second <= CONFIG.base_s

    def test_more_problems_than_announced_still_get_time(self) -> None:
        assert grant_s(CONFIG.reserve_s + 10.0, 0, CONFIG) == 5.0
