"""Choosing among candidates."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.answer.contract import Contract
from aimo_pipeline.answer.vote import choose
from aimo_pipeline.domain import (
    Agreed,
    Candidate,
    CheckedTo,
    Evidence,
    Fits,
    Guessed,
    ProvedForAll,
    Voted,
    is_verified,
    rung,
)
from aimo_pipeline.outcome import Attempted, AttemptOutcome, Chosen, NoAnswer, NothingToChoose, Source

ANY = Contract(None)
NONE = NoAnswer("no_number", 1)


def cand(value: int, evidence: Evidence, path: str = "trace>mine") -> Candidate:
    """A candidate with a path that does not matter."""
    return Candidate(value, evidence, path)


def box(value: int) -> AttemptOutcome:
    """An attempt that boxed `value`."""
    return Attempted(value, "boxed", 1)


def winner(
    candidates: list[Candidate], attempts: list[AttemptOutcome], contract: Contract = ANY
) -> Candidate:
    """The chosen candidate; the test fails when there is none."""
    outcome = choose(candidates, attempts, contract)
    assert isinstance(outcome, Chosen)
    return outcome.candidate


values = st.integers(0, 6).map(lambda k: 16_000 * k)
weak = st.one_of(
    st.just(Guessed()),
    st.builds(Voted, st.integers(1, 4), st.just(4)),
    st.builds(Fits, st.integers(0, 20)),
    st.builds(Agreed, st.integers(2, 4)),
)
strong = st.one_of(st.builds(CheckedTo, st.integers(0, 40)), st.just(ProvedForAll()))
weak_programs = st.lists(  # no two of them lead to one integer
    st.builds(Candidate, values, st.builds(Fits, st.integers(0, 20)), st.just("p")),
    max_size=6,
    unique_by=lambda candidate: candidate.value,
)
candidates = st.lists(st.builds(Candidate, values, st.one_of(weak, strong), st.just("p")), max_size=6)
attempts = st.lists(st.one_of(st.just(NONE), values.map(box)), max_size=6)


class TestLadder:
    """Evidence first, then votes, then how much evidence, then who was first."""

    def test_a_fit_beats_any_number_of_votes(self) -> None:
        assert winner([cand(5, Fits(10))], [box(6)] * 4) == cand(5, Fits(10))

    def test_a_checked_value_beats_a_fit_with_any_number_of_votes(self) -> None:
        chosen = winner([cand(1, Fits(10)), cand(2, CheckedTo(3))], [box(1)] * 4)
        assert chosen == cand(2, CheckedTo(3))

    def test_among_fits_the_one_with_votes_wins(self) -> None:
        assert winner([cand(1, Fits(30)), cand(2, Fits(10))], [box(2)]).value == 2

    def test_among_fits_without_votes_the_one_with_more_spare_terms_wins(self) -> None:
        assert winner([cand(1, Fits(10)), cand(2, Fits(11))], []).value == 2

    def test_a_tie_goes_to_the_first_and_not_to_the_larger_or_smaller(self) -> None:
        assert winner([cand(9, Fits(10)), cand(1, Fits(10))], []).value == 9
        assert winner([cand(1, Fits(10)), cand(9, Fits(10))], []).value == 1
        assert winner([], [box(3), box(8), box(8), box(3)]).value == 3

    def test_votes_say_how_many_of_how_many_with_the_attempts_that_gave_nothing(self) -> None:
        assert winner([], [box(3), NONE, box(4), box(4)]) == Candidate(4, Voted(2, 4), "tir>vote")

    def test_one_attempt_is_one_vote_of_one(self) -> None:
        assert winner([], [box(3)]).evidence == Voted(1, 1)


class TestAgreement:
    """Two traces with the same integer are Agreed; a verified rung stays above."""

    def test_fits_of_two_traces_become_agreed(self) -> None:
        chosen = winner([cand(7, Fits(10)), cand(7, Fits(15)), cand(8, Fits(40))], [])
        assert (chosen.value, chosen.evidence, chosen.path) == (7, Agreed(2), "trace>mine>agreed")

    def test_a_checked_trace_and_a_fitting_one_stay_checked(self) -> None:
        assert winner([cand(7, Fits(10)), cand(7, CheckedTo(5))], []).evidence == CheckedTo(5)

    def test_one_fit_and_votes_are_not_agreement(self) -> None:
        assert winner([cand(7, Fits(10))], [box(7), box(7)]).evidence == Fits(10)


class TestCertainty:
    """Equal votes are told apart by the model's certainty, then by votes that were not last words."""

    def vote(self, value: int, entropy: float | None, source: Source = "boxed") -> AttemptOutcome:
        return Attempted(value, source, 1, entropy)

    def test_the_lower_tail_entropy_wins_a_tie(self) -> None:
        assert winner([], [self.vote(3, 0.5), self.vote(8, 0.2)]).value == 8
        assert winner([], [self.vote(3, 0.1), self.vote(8, 0.2)]).value == 3

    def test_it_never_overrules_a_vote(self) -> None:
        assert winner([], [self.vote(3, 0.0), self.vote(8, 5.0), self.vote(8, 5.0)]).value == 8

    def test_an_unknown_entropy_is_no_certainty(self) -> None:
        assert winner([], [self.vote(3, None), self.vote(8, 5.0)]).value == 8

    @pytest.mark.parametrize("source", ["harvested", "tool_output", "thinking"])
    def test_a_vote_of_its_own_accord_wins_over_one_that_was_not(self, source: Source) -> None:
        assert winner([], [self.vote(3, None, source), self.vote(8, None)]).value == 8

    def test_tokens_do_not_matter(self) -> None:
        short, long = Attempted(3, "boxed", 1, None, 5), Attempted(8, "boxed", 1, None, 500)
        assert winner([], [long, short]).value == 8
        assert winner([], [short, long]).value == 3


class TestReduction:
    """A vote counts for the remainder that the problem asks for; a candidate is not bent."""

    def test_votes_that_differ_by_the_modulus_are_votes_for_one_integer(self) -> None:
        chosen = winner([], [box(9), box(2), box(3)], Contract(7))
        assert (chosen.value, chosen.evidence) == (2, Voted(2, 3))

    def test_a_candidate_above_the_modulus_is_out(self) -> None:
        assert choose([cand(9, Fits(10))], [], Contract(7)) == NothingToChoose(
            ("trace>mine: 9 is no remainder modulo 7",)
        )


class TestContradiction:
    """Verified candidates that differ are none of them verified."""

    def test_votes_decide_between_contradicting_proofs_and_the_path_says_so(self) -> None:
        chosen = winner([cand(1, ProvedForAll()), cand(2, CheckedTo(9))], [box(2)])
        assert chosen == Candidate(2, Fits(0), "trace>mine>contradicted")

    def test_a_candidate_out_of_contract_contradicts_nothing(self) -> None:
        chosen = winner([cand(100_000, ProvedForAll()), cand(2, CheckedTo(9))], [])
        assert chosen.evidence == CheckedTo(9)

    def test_more_programs_that_lead_elsewhere_outweigh_a_verified_one(self) -> None:
        rivals = [cand(2, Fits(20)), cand(2, Fits(30))]
        assert winner([cand(1, CheckedTo(9)), *rivals], []).value == 2
        assert winner([cand(1, CheckedTo(9)), *rivals[:1]], []).evidence == CheckedTo(9)
        assert winner([cand(1, CheckedTo(9)), cand(1, Fits(20)), *rivals], []).evidence == CheckedTo(9)
        assert winner([cand(1, CheckedTo(9)), *rivals, cand(3, Fits(8))], []).evidence == Agreed(2)

    @given(candidates, attempts)
    def test_a_verified_winner_is_the_only_verified_value(
        self, some: list[Candidate], said: list[AttemptOutcome]
    ) -> None:
        verified = {candidate.value for candidate in some if is_verified(candidate.evidence)}
        outcome = choose(some, said, ANY)
        if isinstance(outcome, Chosen) and is_verified(outcome.candidate.evidence):
            assert verified == {outcome.candidate.value}


class TestContractFirst:
    """What breaks the contract is out, with a reason, and is never bent into range."""

    def test_nothing_is_chosen_when_all_break_the_contract(self) -> None:
        outcome = choose([cand(-3, ProvedForAll(), "lean")], [box(123_456)], ANY)
        expected = ("lean: -3 lies outside 0..99999", "tir>vote: 123456 lies outside 0..99999")
        assert outcome == NothingToChoose(expected)

    def test_a_value_above_the_modulus_is_out_even_when_verified(self) -> None:
        assert winner([cand(50, ProvedForAll())], [box(4)], Contract(7)).value == 4

    def test_nothing_at_all_is_nothing_to_choose(self) -> None:
        assert choose([], [NONE], ANY) == NothingToChoose(())


class TestInvariants:
    """What holds for all candidates and votes."""

    @given(st.data(), weak_programs, values, strong, attempts)
    def test_no_order_votes_or_lone_programs_change_a_lone_verified_winner(
        self,
        data: st.DataObject,
        some: list[Candidate],
        value: int,
        evidence: Evidence,
        said: list[AttemptOutcome],
    ) -> None:
        shuffled = data.draw(st.permutations([*some, cand(value, evidence)]))
        chosen = winner(shuffled, said)
        assert (chosen.value, chosen.evidence) == (value, evidence)

    @given(candidates, attempts)
    def test_size_does_not_matter(self, some: list[Candidate], said: list[AttemptOutcome]) -> None:
        turned = [replace(candidate, value=99_999 - candidate.value) for candidate in some]
        turned_said = [replace(o, value=99_999 - o.value) if isinstance(o, Attempted) else o for o in said]
        here, there = choose(some, said, ANY), choose(turned, turned_said, ANY)
        if isinstance(here, Chosen):
            assert isinstance(there, Chosen)
            assert there.candidate == replace(here.candidate, value=99_999 - here.candidate.value)
        else:
            assert there == here

    @given(candidates, attempts)
    def test_the_winner_was_proposed_and_is_claimed_no_higher_than_agreed_unless_given(
        self, some: list[Candidate], said: list[AttemptOutcome]
    ) -> None:
        outcome = choose(some, said, ANY)
        if isinstance(outcome, NothingToChoose):
            assert not some and not any(isinstance(o, Attempted) for o in said)
            return
        chosen = outcome.candidate
        same = [rung(c.evidence) for c in some if c.value == chosen.value]
        voted = [1 for o in said if isinstance(o, Attempted) and o.value == chosen.value]
        assert same or voted
        assert rung(chosen.evidence) <= max([*same, *voted, 3 if len(same) > 1 else 0])
