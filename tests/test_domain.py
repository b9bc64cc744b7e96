"""What the stages hand to each other."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.domain import (
    ANSWER_MAX,
    ANSWER_MIN,
    Agreed,
    Answer,
    CheckedTo,
    CompiledTo,
    Evidence,
    Fits,
    Guessed,
    Problem,
    ProvedForAll,
    Sequence,
    Voted,
    is_verified,
    rung,
)
from aimo_pipeline.formula import CFinite, Polynomial

LADDER: tuple[Evidence, ...] = (
    Guessed(),
    Voted(3, 4),
    Fits(10),
    Agreed(2),
    CompiledTo(99),
    CheckedTo(8),
    ProvedForAll(),
)


class TestProblem:
    """A problem is known by its text, whatever its id and the white space around it."""

    def test_the_hash_is_that_of_the_stripped_text_in_utf_8(self) -> None:
        expected = hashlib.sha256("Finde x ≥ 3.".encode()).hexdigest()
        assert Problem("a", " \n Finde x ≥ 3.\t").sha256 == expected
        assert Problem("b", "Finde x ≥ 3.").sha256 == expected
        assert Problem("a", "Finde x ≥ 4.").sha256 != expected

    @given(st.text(st.characters(), max_size=50))
    def test_any_text_has_a_hash_lone_surrogates_too(self, text: str) -> None:
        assert len(Problem("a", text).sha256) == 64

    def test_a_lone_surrogate_is_tolerated(self) -> None:
        assert len(Problem("a", "\ud800").sha256) == 64

    def test_problems_are_immutable(self) -> None:
        with pytest.raises(dataclasses.FrozenInstanceError):
            Problem("a", "x").text = "y"  # type: ignore[misc]


class TestSequencesAndRules:
    """Sizes follow from the contents."""

    def test_the_last_index_is_that_of_the_last_term(self) -> None:
        assert Sequence(3, (5, 6, 7)).last_index == 5

    def test_the_last_index_of_no_terms_lies_before_the_first(self) -> None:
        assert Sequence(3, ()).last_index == 2

    def test_a_recurrence_knows_its_order_and_a_polynomial_its_degree(self) -> None:
        assert CFinite(0, (1, 1), (0, 1)).order == 2
        assert Polynomial(0, (1, 0, 2)).degree == 2
        assert Polynomial(0, (0,)).degree == 0


class TestLadder:
    """Guessed, Voted, Fits, Agreed, CompiledTo, CheckedTo, ProvedForAll; only the last two are "verified"."""

    def test_every_rung_is_higher_than_the_one_before(self) -> None:
        assert [rung(evidence) for evidence in LADDER] == list(range(7))

    def test_the_ladder_has_every_kind_of_evidence(self) -> None:
        assert {type(evidence) for evidence in LADDER} == set(get_args(Evidence))

    def test_no_amount_of_lower_evidence_makes_a_higher_rung(self) -> None:
        assert rung(Voted(10**6, 10**6)) < rung(Fits(0)) < rung(Agreed(0)) < rung(CompiledTo(0))
        assert rung(CompiledTo(10**6)) < rung(CheckedTo(-1))

    def test_only_what_leans_kernel_stands_behind_is_verified(self) -> None:
        assert [is_verified(evidence) for evidence in LADDER] == [False] * 5 + [True] * 2


class TestAnswer:
    """No answer outside 0..99999 can be made."""

    @pytest.mark.parametrize("value", [ANSWER_MIN, 1, ANSWER_MAX])
    def test_the_whole_range_is_allowed(self, value: int) -> None:
        assert Answer(value, Guessed(), "guess").value == value

    @pytest.mark.parametrize("value", [-1, 100_000, 10**30, -(10**30)])
    def test_nothing_outside_it_is(self, value: int) -> None:
        with pytest.raises(ValueError, match="lies outside"):
            Answer(value, Guessed(), "guess")

    def test_the_range_is_the_competitions(self) -> None:
        assert (ANSWER_MIN, ANSWER_MAX) == (0, 99_999)
