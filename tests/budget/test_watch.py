"""One problem's plan beside its clock and its signals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.budget.policy import Plan
from aimo_pipeline.budget.signals import (
    AGREEMENT_AT_S,
    BEGUN,
    HISTORIES,
    TRACES_AT_S,
    Agreement,
    Signals,
    Traces,
    history,
)
from aimo_pipeline.budget.watch import Watch
from aimo_pipeline.deadline import FakeClock

FAILED = Signals(Traces.FAILED)
MINED = Signals(Traces.MINED)


def plan(default_s: float = 200.0, **stops_s: float) -> Plan:
    """A plan with one time for all histories but those named."""
    named = {
        "failed": history(FAILED, TRACES_AT_S),
        "mined": history(MINED, TRACES_AT_S),
        "mined_none": history(Signals(Traces.MINED, Agreement.NONE), AGREEMENT_AT_S),
        "begun": BEGUN,
    }
    stop_s = [default_s] * HISTORIES
    for name, seconds in stops_s.items():
        stop_s[named[name]] = seconds
    return Plan(tuple(stop_s), 0.0)


def watch(of: Plan, elapsed_s: float = 0.0, signals: Signals = Signals()) -> Watch:  # noqa: B008
    """A watch at a moment."""
    clock = FakeClock()
    found = Watch(of, clock.now_s(), clock, signals)
    clock.advance(elapsed_s)
    return found


class TestWatch:
    """Work goes on for as long as the plan says, given what the problem has shown."""

    def test_failed_traces_end_a_problem_early_and_a_rule_keeps_it_going(self) -> None:
        of = plan(failed=100.0, mined=900.0)
        assert not watch(of, 120.0, FAILED).going_on(0.0)
        assert watch(of, 120.0, MINED).going_on(0.0)

    def test_before_the_first_look_signals_do_not_count(self) -> None:
        assert watch(plan(failed=1.0), 30.0, FAILED).going_on(0.0)

    def test_a_check_of_lean_is_not_given_up_midway_but_ends_by_the_latest_time(self) -> None:
        of, checking = plan(mined=300.0, failed=900.0), Signals(Traces.MINED, checking=True)
        assert not watch(of, 400.0, MINED).going_on(0.0)
        assert watch(of, 400.0, checking).going_on(0.0)
        assert not watch(of, 900.0, checking).going_on(0.0)

    def test_nothing_goes_on_once_it_is_decided(self) -> None:
        assert not watch(plan(), 1.0, Signals(decided=True, checking=True)).going_on(0.0)

    def test_it_ends_so_early_that_closing_fits(self) -> None:
        assert watch(plan(), 191.0).going_on(0.0)
        assert not watch(plan(), 191.0).going_on(10.0)

    def test_the_latest_end_is_that_of_the_best_signals(self) -> None:
        assert watch(plan(mined=900.0)).latest.remaining_s() == 900.0

    @pytest.mark.parametrize(
        ("elapsed_s", "next_s"), [(0.0, 60.0), (60.0, 140.0), (199.0, 1.0), (500.0, 0.0)]
    )
    def test_the_next_look_is_at_a_fixed_point_or_at_the_stop(self, elapsed_s: float, next_s: float) -> None:
        assert watch(plan(), elapsed_s).next_look_s(0.0) == pytest.approx(next_s)

    @given(
        st.lists(st.floats(1.0, 3_000.0), min_size=HISTORIES, max_size=HISTORIES),
        st.sampled_from([None, *Traces]),
        st.sampled_from([None, *Agreement]),
        st.booleans(),
        st.floats(0.0, 20.0),
    )
    def test_looking_whenever_it_says_so_ends_by_the_latest_time(
        self,
        stops_s: list[float],
        traces: Traces | None,
        agreement: Agreement | None,
        checking: bool,
        lead_s: float,
    ) -> None:
        one = watch(Plan(tuple(stops_s), 0.0), 0.0, Signals(traces, agreement, checking=checking))
        clock = one.clock
        assert isinstance(clock, FakeClock)
        looks = 0
        while one.going_on(lead_s):
            clock.advance(max(one.next_look_s(lead_s), 1e-6))
            looks += 1
            assert looks < 20
        assert one.elapsed_s + lead_s <= max(stops_s) + max(lead_s, AGREEMENT_AT_S) + 1e-3
