"""How much is tried."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.budget.effort import applied, effort_for, within
from aimo_pipeline.config import Config, EffortConfig, with_settings
from aimo_pipeline.domain import Route, Subject

CONFIG = EffortConfig()
OTHER = Route(Subject.OTHER, True)


class TestEffortFor:
    """The time left picks the preset, the subject bends it."""

    @pytest.mark.parametrize(
        ("seconds_left", "name"),
        [(1e4, "full"), (240.0, "full"), (239.9, "brisk"), (100.0, "short"), (44.0, "last"), (0.0, "last")],
    )
    def test_less_time_means_less_is_tried(self, seconds_left: float, name: str) -> None:
        assert effort_for(seconds_left, OTHER, CONFIG).name == name

    @given(st.floats(0.0, 1e4), st.floats(0.0, 1e4), st.sampled_from(Subject), st.booleans())
    def test_nothing_grows_when_time_shrinks(
        self, one_s: float, other_s: float, subject: Subject, traceable: bool
    ) -> None:
        route = Route(subject, traceable)
        less, more = (effort_for(seconds, route, CONFIG) for seconds in sorted((one_s, other_s)))
        for name in ("trace_samples", "trace_wall_s", "attempts", "turns", "lean_compared", "all_n"):
            assert getattr(less, name) <= getattr(more, name)

    def test_geometry_and_what_is_not_traceable_goes_straight_to_reasoning(self) -> None:
        assert effort_for(1e3, Route(Subject.GEOMETRY, True), CONFIG).trace_samples == 0
        assert effort_for(1e3, Route(Subject.COMBINATORICS, False), CONFIG).trace_samples == 0

    def test_combinatorics_and_number_theory_trace_longer_and_algebra_less(self) -> None:
        usual = effort_for(1e3, OTHER, CONFIG)
        for subject in (Subject.COMBINATORICS, Subject.NUMBER_THEORY):
            assert effort_for(1e3, Route(subject, True), CONFIG).trace_wall_s > usual.trace_wall_s
        algebra = effort_for(1e3, Route(Subject.ALGEBRA, True), CONFIG)
        assert algebra.trace_samples < usual.trace_samples
        assert algebra.alongside and not usual.alongside

    def test_what_looks_hard_is_reasoned_about_beside_its_traces(self) -> None:
        assert effort_for(1e3, Route(Subject.OTHER, True, tier=3), CONFIG).alongside
        assert not effort_for(1e3, Route(Subject.OTHER, True, tier=1), CONFIG).alongside


class TestApplied:
    """The stages' settings follow the effort; everything else stays."""

    def test_the_stages_get_what_the_effort_says(self) -> None:
        effort = effort_for(1e3, OTHER, CONFIG)
        config = applied(Config(), effort)
        assert (config.trace.samples, config.tir.attempts, config.tir.turns) == (4, 8, effort.turns)
        assert (config.trace.reasoning, config.tir.reasoning) == (effort.reasoning,) * 2
        assert config.verify.max_compared == effort.lean_compared
        assert config.verify.engine == Config().verify.engine

    def test_lean_is_asked_for_all_n_where_effort_and_settings_both_say_so(self) -> None:
        never = with_settings(Config(), {"verify.all_n": "False"})
        for seconds, all_n in ((1e3, True), (130.0, False)):
            effort = effort_for(seconds, OTHER, CONFIG)
            assert effort.all_n is all_n
            assert applied(Config(), effort).verify.all_n is all_n
            assert not within(effort, never).all_n

    def test_a_stage_s_own_setting_is_the_most_that_an_effort_asks_for(self) -> None:
        settings = {"trace.samples": "1", "tir.attempts": "2", "tir.turns": "3", "verify.max_compared": "5"}
        full = within(effort_for(1e3, OTHER, CONFIG), with_settings(Config(), settings))
        assert (full.trace_samples, full.attempts, full.turns, full.lean_compared) == (1, 2, 3, 5)

    def test_settings_as_they_are_take_nothing_from_any_effort(self) -> None:
        assert all(within(effort, Config()) == effort for _, effort in CONFIG.presets)

    def test_the_last_effort_leaves_lean_out(self) -> None:
        config = applied(Config(), effort_for(1.0, OTHER, CONFIG))
        assert (config.verify.engine, config.trace.samples) == ("off", 0)
        assert config.budget == Config().budget
