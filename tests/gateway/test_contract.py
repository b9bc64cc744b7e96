from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.gateway.contract import answer_frame, read_problem


class TestReadProblem:
    """Whatever stands where a Series of length 1 should, a problem with two strings comes out."""

    def test_takes_the_first_element_of_each_series(self) -> None:
        problem = read_problem(pl.Series("id", ["a1"]), pl.Series("problem", ["What is $1+1$?"]))
        assert (problem.id, problem.text) == ("a1", "What is $1+1$?")

    @pytest.mark.parametrize(
        "empty", [None, [], (), pl.Series("x", []), pl.Series("x", [None]), pl.DataFrame()]
    )
    def test_reads_nothing_as_an_empty_string(self, empty: object) -> None:
        assert read_problem(empty, empty).text == ""

    def test_puts_up_with_scalars_lists_and_frames(self) -> None:
        assert read_problem("a", ["p"]).text == "p"
        assert read_problem(17, pl.DataFrame({"problem": ["q"]})) == read_problem("17", "q")

    def test_a_whole_row_beside_a_sample_submission_is_taken_apart(self) -> None:
        row = pl.DataFrame({"id": ["a"], "problem": ["q"]})
        sample = pl.DataFrame({"id": ["a"], "answer": [0]})
        assert read_problem(row, sample) == read_problem("a", "q")

    def test_ids_that_look_like_numbers_become_strings(self) -> None:
        assert read_problem(pl.Series([7]), "p").id == "7"

    def test_a_lone_surrogate_is_replaced(self) -> None:
        assert read_problem("a", "x\ud800y").text == "x?y"

    def test_unbalanced_latex_and_100_kb_pass_unchanged(self) -> None:
        text = "{" * 50_000 + "\\frac{1" * 10_000
        assert read_problem("a", pl.Series([text])).text == text


class TestAnswerFrame:
    """One row {id: String, answer: Int64} with an integer in 0..99999, 0 when in doubt."""

    @given(
        st.one_of(
            st.integers(),
            st.none(),
            st.floats(),
            st.text(),
            st.booleans(),
            st.binary(),
            st.lists(st.integers()),
        )
    )
    def test_is_well_formed_for_any_value(self, value: object) -> None:
        frame = answer_frame("a1", value)
        assert frame.schema == {"id": pl.String, "answer": pl.Int64}
        assert frame.shape == (1, 2)
        assert 0 <= frame["answer"][0] <= 99_999

    @given(st.integers(0, 99_999))
    def test_keeps_every_answer_in_range(self, value: int) -> None:
        assert answer_frame("a1", value).row(0) == ("a1", value)
        assert answer_frame("a1", np.int32(value)).row(0) == ("a1", value)

    @pytest.mark.parametrize("value", [-1, 100_000, 2**63, 10**400, 3.0, "42", None, True, float("nan")])
    def test_puts_0_for_what_the_competition_would_accept_silently_or_choke_on(self, value: object) -> None:
        assert answer_frame("a1", value)["answer"][0] == 0
