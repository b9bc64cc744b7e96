"""The integer that a text ends with, on made and on recorded texts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.answer.contract import Contract, read_contract
from aimo_pipeline.answer.extract import (
    Said,
    Stated,
    boxed_answer,
    boxed_integers,
    final_integer,
    parse_integer,
    stated,
)
from aimo_pipeline.domain import Asked
from tests.recordings import recorded


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
            ("12\\,\\mathrm{cm}^2", 12),
            ("42 ways", 42),
            ("42.0", 42),
            ("4\\text{,}097", 4097),
            ("4,\\!097", 4097),
            ("\\mathbf{\\text{42}}", 42),
            ("{\\bf 42}", 42),
            ("\\textcolor{red}{42}", 42),
            ("\\left(42\\right)", 42),
            ("\\text{Answer: } 42", 42),
            ("\\text{The answer is 42}", 42),
            ("N \\equiv 42 \\pmod{10^5}", 42),
            ("42\\ (\\mathrm{mod}\\ 1000)", 42),
            ("1042 \\bmod 1000", 42),
            ("2^{100} \\bmod 1000 = 376", 376),
            ("M=2^{14}+1=16385", 16385),
            ("16385 = 2^{14}+1", 16385),
            ("p=3, q=4, p+q=7", 7),
        ],
    )
    def test_forms_of_an_integer_are_read(self, content: str, value: int) -> None:
        assert parse_integer(content) == value

    @pytest.mark.parametrize(
        "content",
        ["", "\\frac{1}{2}", "3.5", "2^{10}", "1,2", "12,34", "1 2", "(3, 4)", "x", "\\text{none}"]
        + ["n=42\\text{ when }k=3", "a=1, b=2", "12\\text{ or }345", "3:4", "42!", "3x", "2 pi", "not 42"]
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


# "@": the answer; "@,": with separators.
SPELLINGS = (
    r"\boxed{@,}", r"\boxed{ @ }.", r"\boxed {@}", r"\fbox{@}", r"\boxed\{@\}", r"\boxed{\,@\,}\)",
    r"\boxed{@.}",
    r"\boxed{\text{@}}", r"\boxed{\mathbf{\text{@}}}", r"\boxed{{\bf @}}", r"\boxed{\displaystyle @}",
    r"\boxed{@\text{ ways}}", r"\boxed{@~\mathrm{cm}^{2}}", r"\boxed{\text{The answer is } @}",
    r"\boxed{N = @}",
    r"\boxed{@ \pmod{10^5}}", r"\boxed{N \equiv @ \pmod{100000}}", r"\boxed{x+y=@}", r"\boxed{\boxed{@}}",
    r"\boxed{$@$}", r"\boxed{@} (\boxed{} was asked for)", r"\boxed{\left(@,\right)}",
    r"\boxed{\textcolor{blue}{@,}}",
)  # fmt: skip
SENTENCES = (
    "The answer is **@**.", "**Answer: @**", "**Final answer**\n\n@", r"Hence \(N = @\).", "#### @",
    r"\(\displaystyle @\)", "The remainder is 5 at first, and in the end **@**.",
    "So the answer is @, as claimed.",
    r"$$\boxed{@}$$ This completes the proof that 2 + 2 = 4.",
)  # fmt: skip


class TestRecordings:
    """On recorded attempts the extracted integer is the one that the recorder stored, in every row."""

    def test_every_recorded_tail_gives_the_stored_answer(self) -> None:
        rows = recorded("recorded_attempts.jsonl")
        wrong = [row["attempt_id"] for row in rows if final_integer(row["text_tail"]) != row["answer"]]
        assert len(rows) > 300
        assert wrong == []

    def test_every_full_trace_gives_the_answer_that_it_states(self) -> None:
        rows = recorded("recorded_traces.jsonl")
        assert [read(row) for row in rows] == [row["answer"] for row in rows]

    def test_a_trace_that_ended_in_its_final_channel_is_read_there(self) -> None:
        for row in recorded("recorded_traces.jsonl"):
            found = stated(parts(row), read_contract(row["problem"]))
            assert found is not None
            ended_there = row["answer_source"] == "boxed_in_final"
            assert found.place == ("final" if ended_there else "thinking")

    @pytest.mark.parametrize("spelling", SPELLINGS)
    def test_every_full_trace_gives_its_answer_however_the_box_is_spelt(self, spelling: str) -> None:
        rows = recorded("recorded_traces.jsonl")
        assert [read(respelt(row, spelling)) for row in rows] == [row["answer"] for row in rows]

    @pytest.mark.parametrize("sentence", SENTENCES)
    def test_every_full_trace_gives_what_a_last_final_message_marks(self, sentence: str) -> None:
        rows = recorded("recorded_traces.jsonl")
        said = [(row, sentence.replace("@", spelt(row["answer"]))) for row in rows]
        ended = [row | {"messages": [*row["messages"], final(text)]} for row, text in said]
        assert [read(row) for row in ended] == [row["answer"] for row in rows]


def spelt(value: int) -> str:
    """With separators, as models write large numbers."""
    return f"{value:,}".replace(",", "{,}")


def final(text: str) -> dict[str, Any]:
    """A message as recordings have it."""
    return {"role": "assistant", "channel": "final", "text": text}


def respelt(row: dict[str, Any], spelling: str) -> dict[str, Any]:
    """A recorded trace whose last box, the content and what is around it, is written in another way."""
    *before, last = row["messages"]
    head, found, _ = last["text"].rpartition("\\boxed")
    assert found
    value = row["answer"]
    box = spelling.replace("@,", spelt(value)).replace("@", str(value))
    return row | {"messages": [*before, last | {"text": head + box}]}


def parts(row: dict[str, Any]) -> list[Said]:
    """What the model wrote in a recorded trace, tool calls included, without the tool's replies."""
    return [Said(m["channel"] or "", m["text"]) for m in row["messages"] if m["role"] == "assistant"]


def read(row: dict[str, Any]) -> int | None:
    """The answer of a recorded trace."""
    found = stated(parts(row), read_contract(row["problem"]))
    return found.value if found else None


ANY = Contract(None)


class TestStated:
    """The final channel before all else, a box before anything else, the last box before the others."""

    def test_the_last_box_of_the_final_channel_wins(self) -> None:
        said = [
            Said("analysis", "\\boxed{1}"),
            Said("final", "\\boxed{2} or \\boxed{3}"),
            Said("analysis", "\\boxed{4}"),
        ]
        assert stated(said, ANY) == Stated(3, "final")

    def test_without_a_box_there_the_last_one_in_its_thinking_counts(self) -> None:
        said = [Said("analysis", "\\boxed{1}, no, \\boxed{2}"), Said("final", "It is as I said.")]
        assert stated(said, ANY) == Stated(2, "thinking")

    def test_a_final_message_that_marks_its_answer_counts_more_than_a_box_in_its_thinking(self) -> None:
        said = [Said("analysis", "\\boxed{1}"), Said("final", "The answer is **7**.")]
        assert stated(said, ANY) == Stated(7, "final")
        assert stated([*said, Said("analysis", "No: \\boxed{8}")], ANY) == Stated(8, "thinking")

    @pytest.mark.parametrize(
        "text",
        ["17", "\\(\\displaystyle 17\\)", "**17**", "The answer is 17.", "Answer: **17**", "**Answer:** 17"]
        + ["Final answer: $\\mathbf{17}$.", "We found 4 and 9.\n\n#### 17", "<answer>17</answer>"]
        + ["The remainder on division by 99991 is **17**.", "The answer is 17, since 20 - 3 = 17."]
        + ["The answer is 9 at first; but no, the answer is 17.", "Thus $N \\equiv 17 \\pmod{1000}$."],
    )
    def test_without_any_box_what_a_final_message_marks_counts(self, text: str) -> None:
        assert stated([Said("analysis", "so 4"), Said("final", text)], ANY) == Stated(17, "final")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "17 or 18",
            "The answer is 17 or 18.",
            "The answer is not 17.",
            "The answer is 17.5",
            "So the answer",
        ]
        + ["The answer is between 3 and 5.", "The answer is $2^{10}$.", "the answer is 17\\%"]
        + ["The answer is $\\frac{17}{2}$.", "The answer is \\boxed{x}, not 17."],
    )
    def test_a_remark_is_no_statement(self, text: str) -> None:
        assert stated([Said("analysis", "the answer is 5"), Said("final", text)], ANY) is None

    def test_a_box_that_a_program_prints_is_not_the_models(self) -> None:
        assert stated([Said("final", "```python\nprint('\\boxed{3}')\n```")], ANY) is None


class TestBoxedAnswer:
    """A box with a fraction counts where the problem asks for its terms' sum or its floor."""

    SUM = Contract(None, Asked.FRACTION_SUM, least=2)
    FLOOR = Contract(None, Asked.FLOOR)

    @pytest.mark.parametrize(
        "box", [r"\frac{6}{8}", r"\dfrac{3}{4}", "3/4", r"$\displaystyle \frac{3}{4}$", "0.75"]
    )
    def test_p_plus_q_in_lowest_terms(self, box: str) -> None:
        assert boxed_answer(rf"\boxed{{{box}}}", self.SUM) == 7

    @pytest.mark.parametrize(
        ("box", "value"), [("3.99", 3), (r"\frac{7}{2}", 3), ("-0.5", -1), ("2.71\\ldots", 2)]
    )
    def test_the_floor(self, box: str, value: int) -> None:
        assert boxed_answer(rf"\boxed{{{box}}}", self.FLOOR) == value

    @pytest.mark.parametrize("box", [r"\frac{6}{8}", "3/4", "0.75"])
    def test_elsewhere_a_fraction_is_no_integer(self, box: str) -> None:
        assert boxed_answer(rf"\boxed{{{box}}}", ANY) is None

    @pytest.mark.parametrize("box", [r"\frac{84}{2}", r"\dfrac{84}{2}", "84/2", "42.00"])
    def test_a_fraction_that_is_an_integer_is_that(self, box: str) -> None:
        assert boxed_answer(rf"\boxed{{{box}}}", ANY) == 42

    @pytest.mark.parametrize("box", [r"\frac{1}{0}", "-3/4", r"\frac{1}{2}+1", "0/5", "3/4/5"])
    def test_what_has_no_terms_to_add_gives_none(self, box: str) -> None:
        assert boxed_answer(rf"\boxed{{{box}}}", self.SUM) is None

    @given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 1000))
    def test_p_plus_q_does_not_hang_on_how_the_fraction_is_written(self, p: int, q: int, factor: int) -> None:
        written = [rf"\boxed{{\frac{{{p}}}{{{q}}}}}", rf"\boxed{{{p * factor}/{q * factor}}}"]
        one, other = (boxed_answer(text, self.SUM) for text in written)
        assert one is not None and one == other
