"""What is known about one problem, and what follows from it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.budget.signals import Agreement, Traces
from aimo_pipeline.config import Effort
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.domain import (
    Agreed,
    Answer,
    CheckedTo,
    Fits,
    Problem,
    Route,
    Sequence,
    Subject,
    Target,
    Voted,
)
from aimo_pipeline.formula import Polynomial
from aimo_pipeline.outcome import Attempted, AttemptOutcome, Found, NoAnswer, Traced
from aimo_pipeline.proof import Fitted
from aimo_pipeline.solving.case import GUESS, Case

EFFORT = Effort("tests", 4, 1.0, 4, 4, "high", 16, False, alongside=False)


def case(text: str = "How many?") -> Case:
    """A problem of which nothing is known."""
    return Case(Problem("p", text), Deadline.after(60.0, FakeClock()), Route(Subject.OTHER, True), EFFORT)


def fitted(sample: int, value: int) -> Fitted:
    """A rule with a value."""
    traced = Traced(Sequence(0, (1, 2, 3)), Target(100, None), f"# {sample}")
    return Fitted(sample, traced, Found(Polynomial(0, (1, 1)), "polynomial", 5), value)


def box(value: int) -> AttemptOutcome:
    """A vote."""
    return Attempted(value, "boxed", 1)


class TestBest:
    """The same answer whatever arrived first."""

    @settings(deadline=None)
    @given(st.permutations(range(5)))
    def test_no_order_of_arrival_changes_it(self, order: list[int]) -> None:
        found = case()
        for sample in order:
            found.fit(fitted(sample, sample % 2))
            found.attempts[sample] = box(sample % 2)
        assert found.best().value == 0
        assert found.best().evidence == Agreed(3)

    def test_without_anything_it_is_a_guess(self) -> None:
        assert case().best() == GUESS

    def test_a_refuted_rule_is_out(self) -> None:
        found = case()
        found.fit(fitted(0, 7))
        found.weigh(0, None)
        found.attempts[0] = box(8)
        assert (found.best().value, found.best().evidence) == (8, Voted(1, 1))

    def test_a_verified_rule_says_so_in_its_path(self) -> None:
        found = case()
        found.fit(fitted(0, 7))
        assert found.best().path == "trace>mine:polynomial"
        found.weigh(0, CheckedTo(5))
        assert found.best().path == "trace>mine:polynomial>lean"
        assert found.verified()


class TestVerified:
    """Work ends at a rule that Lean verified only while the programs do not speak against it."""

    def test_one_against_one_other_rule_ends_it(self) -> None:
        found = case()
        for sample, value in enumerate((7, 8)):
            found.fit(fitted(sample, value))
        found.weigh(0, CheckedTo(9))
        assert found.verified() and found.best().value == 7

    def test_more_programs_that_lead_elsewhere_do_not_let_it_end(self) -> None:
        found = case()
        for sample, value in enumerate((7, 8, 8)):
            found.fit(fitted(sample, value))
        found.weigh(0, CheckedTo(9))
        assert not found.verified()
        assert (found.best().value, found.best().evidence) == (8, Agreed(2))

    def test_two_verified_ones_that_differ_do_not_let_it_end(self) -> None:
        found = case()
        for sample, value in enumerate((7, 8)):
            found.fit(fitted(sample, value))
            found.weigh(sample, CheckedTo(9))
        assert not found.verified()


class TestDue:
    """Lean looks at each rule once, if its value may win and is not verified already."""

    def test_a_value_out_of_contract_is_not_looked_at(self) -> None:
        found = case()
        found.fit(fitted(0, 10**6))
        assert found.due() == []

    def test_a_rule_with_a_verified_value_is_not_looked_at(self) -> None:
        found = case()
        for sample, value in enumerate((7, 7, 8)):
            found.fit(fitted(sample, value))
        found.asked.add(0)
        found.weigh(0, CheckedTo(5))
        assert [one.sample for one in found.due()] == [2]


class TestSignals:
    """What the budget is told, and when."""

    def test_nothing_is_told_of_nothing(self) -> None:
        assert case().signals() == case().signals().__class__()

    @pytest.mark.parametrize(
        ("values", "agreement"),
        [([], None), ([5], None), ([5, 6], Agreement.NONE), ([5, 6, 5], Agreement.SOME)],
    )
    def test_agreement_is_told_from_two_answers_on(
        self, values: list[int], agreement: Agreement | None
    ) -> None:
        found = case()
        found.attempts = dict(enumerate(box(value) for value in values))
        assert found.signals().agreement is agreement

    def test_attempts_without_an_answer_do_not_differ(self) -> None:
        found = case()
        found.attempts = {0: NoAnswer("deadline", 3), 1: box(5)}
        assert found.signals().agreement is None

    def test_a_rule_and_a_vote_agree(self) -> None:
        found = case()
        found.fit(fitted(0, 5))
        found.attempts[0] = box(5)
        assert found.signals().agreement is Agreement.SOME

    def test_a_program_does_not_agree_with_itself(self) -> None:
        found = case()
        found.reached[0] = Attempted(5, "trace", 1)
        found.fit(fitted(0, 5))
        assert found.signals().agreement is None

    def test_failed_traces_are_told_when_all_have_ended_and_a_rule_at_once(self) -> None:
        found = case()
        found.told(Traces.FAILED)
        assert found.signals().traces is None
        found.traced = True
        assert found.signals().traces is Traces.FAILED
        mined = case()
        mined.told(Traces.MINED)
        mined.told(Traces.FAILED)
        assert mined.signals().traces is Traces.MINED

    def test_lean_at_work_is_told_and_its_end_as_well(self) -> None:
        found = case()
        with found.checking():
            assert found.changed.is_set()
            found.changed.clear()
            assert found.signals().checking
        assert found.changed.is_set()
        assert not found.signals().checking

    def test_it_is_decided_by_a_verified_rule_or_by_a_vote_after_the_traces(self) -> None:
        found = case()
        found.fit(fitted(0, 5))
        assert not found.decided()
        found.settled = True
        assert not found.decided()
        found.traced = True
        assert found.decided()
        verified = case()
        verified.fit(fitted(0, 5))
        verified.weigh(0, CheckedTo(3))
        assert verified.decided()


class TestReach:
    """The asked-for term among the traced ones is a vote, reduced as the program says."""

    def test_it_counts_only_if_the_trace_came_that_far(self) -> None:
        found = case()
        found.reach(0, Traced(Sequence(1, (5, 6, 7)), Target(3, 4), ""))
        found.reach(1, Traced(Sequence(1, (5, 6, 7)), Target(4, 4), ""))
        assert found.reached == {0: Attempted(3, "trace", 1)}
        assert found.best().evidence == Voted(1, 1)
        assert Fits(0) != found.best().evidence

    def test_two_programs_that_came_that_far_agree(self) -> None:
        found = case()
        for sample, value in enumerate((5, 6, 5)):
            found.reached[sample] = Attempted(value, "trace", 1)
        found.attempts = {3: box(6), 4: box(6), 5: box(6)}
        assert found.best() == Answer(5, Agreed(2), "trace>agreed")

    def test_one_that_came_that_far_agrees_with_a_rule_of_another(self) -> None:
        found = case()
        found.reached[0] = Attempted(5, "trace", 1)
        found.fit(fitted(1, 5))
        assert found.best().evidence == Agreed(2)

    def test_its_own_rule_is_the_same_program(self) -> None:
        found = case()
        found.reached[0] = Attempted(5, "trace", 1)
        found.fit(fitted(0, 5))
        assert isinstance(found.best().evidence, Fits)

    def test_a_program_whose_rule_was_refuted_still_counts_as_one(self) -> None:
        found = case()
        found.reached = {0: Attempted(5, "trace", 1), 1: Attempted(5, "trace", 1)}
        found.fit(fitted(0, 5))
        found.weigh(0, None)
        assert found.best().evidence == Agreed(2)
