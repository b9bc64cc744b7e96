"""Subjects and traceability from words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.domain import Problem, Route, Subject
from aimo_pipeline.route.classify import route_by_words


def routed(text: str) -> Route:
    """The route of a text."""
    return route_by_words(Problem("p", text))


class TestRoute:
    """A guess from words: deterministic, defined for any text, and generous with traces."""

    @pytest.mark.parametrize(
        ("text", "subject"),
        [
            ("How many tilings of a $2 \\times n$ board with dominoes are there?", Subject.COMBINATORICS),
            ("Find the number of divisors of $n$ that are coprime to 6.", Subject.NUMBER_THEORY),
            ("In triangle $ABC$ the incircle is tangent to $BC$. Find $AB$.", Subject.GEOMETRY),
            ("Let $P$ be a polynomial with real roots. Find $P(3)$.", Subject.ALGEBRA),
            ("What is it?", Subject.OTHER),
        ],
    )
    def test_the_heaviest_words_name_the_subject(self, text: str, subject: Subject) -> None:
        assert routed(text).subject is subject

    def test_an_empty_problem_is_not_traceable(self) -> None:
        assert routed(" \n ") == Route(Subject.OTHER, False)

    def test_a_pure_geometry_problem_is_not_traceable(self) -> None:
        assert not routed("In triangle $ABC$ with circumradius 5 find the altitude from $A$.").traceable

    def test_a_problem_that_counts_figures_is_no_geometry_and_traceable(self) -> None:
        read = routed("How many triangles with integer sides have perimeter 100?")
        assert read.subject is not Subject.GEOMETRY
        assert read.traceable

    def test_words_at_the_end_of_a_huge_text_are_seen(self) -> None:
        assert routed("x " * 50_000 + "How many permutations are there?").subject is Subject.COMBINATORICS

    @given(st.text())
    def test_any_text_has_one_route(self, text: str) -> None:
        assert routed(text) == routed(text)
