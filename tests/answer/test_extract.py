"""The integer that a text ends with, on made and on recorded texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.answer.extract import boxed_integers, final_integer, parse_integer

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def recorded(name: str) -> list[dict[str, Any]]:
    """Rows of a recording; skips where the recordings are not beside the checkout."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the recordings are not here: shared/data/{name}")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class TestParseInteger:
    """Integers as people and LaTeX write them; anything else is None, never a nearby number."""

    @pytest.mark.parametrize(
        ("content", "value"),
        [
            ("336", 336),
            (" 336. ", 336),
            ("-5", -5),
            ("\u22125", -5),
            ("+7", 7),
            ("00042", 42),
            ("12{,}345", 12345),
            ("12,345", 12345),
            ("1,234,567", 1234567),
            ("12\\,345", 12345),
            ("12 345", 12345),
            ("\\text{336}", 336),
            ("\\mathbf{50}", 50),
            ("x = 5", 5),
            ("a+b=17", 17),
            ("$580$", 580),
            ("{9}", 9),
            ("90^\\circ", 90),
            ("12\\text{ cm}", 12),
        ],
    )
    def test_forms_of_an_integer_are_read(self, content: str, value: int) -> None:
        assert parse_integer(content) == value

    @pytest.mark.parametrize(
        "content",
        ["", "\\frac{1}{2}", "3.5", "42.0", "2^{10}", "1,2", "12,34", "1 2", "(3, 4)", "x", "\\text{none}"]
        + ["5 or 6", "10\\%", "--5", "\u0663", "1e5", "9" * 5_000, "\\infty", "n = k"],
    )
    def test_what_is_not_one_integer_gives_none(self, content: str) -> None:
        assert parse_integer(content) is None

    @given(st.integers(-(10**30), 10**30))
    def test_every_spelling_of_an_integer_means_the_same(self, value: int) -> None:
        spellings = [
            str(value),
            f"{value:,}",
            f"{value:,}".replace(",", "{,}"),
            f"N = {value}",
            f"\\text{{{value}}}",
        ]
        assert [parse_integer(text) for text in spellings] == [value] * len(spellings)


class TestFinalInteger:
    """The last filled box decides, whatever surrounds it."""

    def test_the_last_box_wins(self) -> None:
        assert final_integer("\\boxed{1} no, \\boxed{2}") == 2

    def test_a_last_box_without_an_integer_gives_none_rather_than_an_earlier_one(self) -> None:
        assert final_integer("\\boxed{1}, but really \\boxed{\\frac{1}{2}}") is None

    def test_an_empty_box_quoted_from_the_prompt_does_not_count(self) -> None:
        assert final_integer("so \\boxed{338}. It asked for \\boxed{}") == 338

    def test_braces_inside_a_box_are_matched(self) -> None:
        assert final_integer("\\boxed{\\text{the answer is } = \\mathbf{7}}") == 7

    def test_a_box_that_never_closes_is_not_a_box(self) -> None:
        assert final_integer("\\boxed{41} and \\boxed{42") == 41

    def test_text_without_a_box_has_no_final_integer(self) -> None:
        assert final_integer("The answer is 42.") is None

    def test_many_unclosed_boxes_take_no_time(self) -> None:
        assert final_integer("\\boxed{" * 20_000) is None

    @given(st.text(), st.integers(0, 99_999), st.text(alphabet=st.characters(exclude_characters="\\")))
    def test_only_the_last_box_matters_whatever_stands_around_it(
        self, before: str, value: int, after: str
    ) -> None:
        assert final_integer(f"{before} \\boxed{{{value}}}{after}") == value

    @given(st.lists(st.integers(), max_size=5))
    def test_all_boxes_come_in_order(self, values: list[int]) -> None:
        assert boxed_integers(" ".join(f"\\boxed{{{value}}}" for value in values)) == tuple(values)


class TestRecordings:
    """On recorded attempts the extracted integer is the one that the recorder stored, in every row."""

    def test_every_recorded_tail_gives_the_stored_answer(self) -> None:
        rows = recorded("recorded_attempts.jsonl")
        wrong = [row["attempt_id"] for row in rows if final_integer(row["text_tail"]) != row["answer"]]
        assert len(rows) > 300
        assert wrong == []

    def test_every_full_trace_gives_the_stored_answer(self) -> None:
        rows = recorded("recorded_traces.jsonl")
        said = ["\n".join(m["text"] for m in row["messages"] if m["role"] == "assistant") for row in rows]
        assert [final_integer(text) for text in said] == [row["answer"] for row in rows]
