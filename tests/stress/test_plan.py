"""Which problem meets which fault."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import BudgetConfig, StressConfig
from aimo_pipeline.errors import UserError
from aimo_pipeline.stress.faults import FAULTS, Fault, named_faults
from aimo_pipeline.stress.load import Kind
from aimo_pipeline.stress.pace import affordable_scale, free_share
from aimo_pipeline.stress.plan import plan
from aimo_pipeline.stress.running import wall_clock_s
from aimo_pipeline.stress.victim import compressed

SHORT = 10


class TestPlan:
    """Every fault is met, at a problem of its kind, beside faults of other parts only; the last is spared."""

    @given(problems=st.integers(SHORT, 60))
    def test_every_fault_is_met(self, problems: int) -> None:
        laid = plan(FAULTS, problems)
        assert len(laid) == problems
        assert {fault.name for _, met in laid for fault in met} == {fault.name for fault in FAULTS}
        for kind, met in laid:
            assert all(fault.kind is kind for fault in met)
            assert len({fault.part for fault in met}) == len(met)
        assert laid[-1] == (Kind.COUNT, [])

    def test_a_long_run_meets_them_again(self) -> None:
        met = [fault.name for _, met in plan(FAULTS, 50) for fault in met]
        assert min(met.count(fault.name) for fault in FAULTS) >= 2

    def test_kinds_come_in_turn_where_there_is_a_choice(self) -> None:
        kinds = [kind for kind, _ in plan(FAULTS, 50)]
        assert sum(a is not b for a, b in pairwise(kinds)) > len(kinds) // 2

    def test_too_few_problems_are_refused_with_the_number_that_would_do(self) -> None:
        with pytest.raises(UserError, match=f"{SHORT} would do"):
            plan(FAULTS, 4)

    def test_one_fault_needs_two_problems(self) -> None:
        faults = named_faults(["sandbox-killed"])
        assert [met for _, met in plan(faults, 2)] == [list(faults), []]


class TestNamedFaults:
    """By name; all without one; a wrong name is told with the right ones."""

    def test_names(self) -> None:
        assert named_faults([]) == FAULTS
        (one,) = named_faults(["disk-full"])
        assert isinstance(one, Fault)
        with pytest.raises(UserError, match="no fault is called 'rain'; there are llm-killed"):
            named_faults(["rain"])


class TestWallClock:
    """Five hours for fifty, compressed; the short form leaves room within three minutes for more."""

    def test_each_form_has_its_own(self) -> None:
        config = StressConfig(scale=18.0)
        assert wall_clock_s(50, config) == 60.0 + 18_000.0 / 18.0
        assert wall_clock_s(SHORT, config) == 170.0


class TestPace:
    """The less a run gets of a busy machine, the more time it has."""

    @pytest.mark.parametrize(
        ("share", "scale"), [(1.0, 18.0), (0.75, 18.0), (0.5, 12.0), (0.25, 6.0), (0.01, 6.0)]
    )
    def test_the_scale_follows_the_share(self, share: float, scale: float) -> None:
        assert affordable_scale(StressConfig(scale=18.0, usual_share=0.75, least_scale=6.0), share) == scale

    def test_a_scale_below_the_least_stays(self) -> None:
        assert affordable_scale(StressConfig(scale=3.0), 0.1) == 3.0

    def test_the_share_is_one(self) -> None:
        assert 0.0 < free_share(0.02) <= 1.0

    @pytest.mark.parametrize("scale", [4.0, 6.0, 18.0])
    def test_a_run_that_has_more_time_is_planned_as_finely(self, scale: float) -> None:
        assert compressed(BudgetConfig(), total_s=400.0, scale=scale).step_s == 10.0
