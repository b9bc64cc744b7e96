"""Reading completions: code and boxed integers."""

from __future__ import annotations

import ast
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.llm.reading import extract_code, final_integer, prose


class TestExtractCode:
    """The last Python block is the program; without a tagged one, the last untagged block."""

    def test_the_last_python_block_wins_over_earlier_ones(self) -> None:
        text = "First\n```python\nx = 1\n```\nbetter\n```python\nx = 2\n```\nDone."
        assert extract_code(text) == "x = 2\n"

    def test_a_block_without_a_language_counts_when_none_is_tagged(self) -> None:
        assert extract_code("```\nx = 1\n```") == "x = 1\n"

    def test_printed_output_in_a_plain_block_does_not_hide_the_program(self) -> None:
        assert extract_code("```python\nprint(7)\n```\nprints\n```\n7\n```") == "print(7)\n"

    def test_a_block_in_another_language_is_no_program(self) -> None:
        assert extract_code("```lean\ntheorem x : 1 = 1 := rfl\n```") is None

    def test_a_last_fence_that_was_never_closed_reaches_to_the_end(self) -> None:
        assert extract_code("Here:\n```py\na = 1\nb = 2") == "a = 1\nb = 2\n"

    def test_a_block_indented_by_a_list_loses_the_common_indentation(self) -> None:
        code = extract_code("1. do\n   ```python\n   for i in x:\n       f(i)\n   ```\n")
        assert code == "for i in x:\n    f(i)\n"
        ast.parse(code)

    def test_a_longer_fence_may_hold_a_shorter_one(self) -> None:
        assert extract_code('````python\ns = """\n```\n"""\n````') == 's = """\n```\n"""\n'

    def test_windows_line_ends_and_an_upper_case_tag_are_read(self) -> None:
        assert extract_code("```Python\r\nx = 1\r\n```\r\n") == "x = 1\n"

    def test_text_that_is_not_code_gives_none(self) -> None:
        assert extract_code("I cannot write a program for this.") is None
        assert extract_code("") is None
        assert extract_code("```python\n\n```") is None

    @pytest.mark.parametrize(
        "line", ["```" + " " * 100_000 + "`", "~" * 100_000 + "`", "\\boxed{" + "{" * 100_000]
    )
    def test_a_long_odd_line_takes_no_time(self, line: str) -> None:
        start = time.monotonic()
        assert extract_code(line) is None
        assert final_integer(prose(line)) is None
        assert time.monotonic() - start < 5.0

    @given(st.text(alphabet="`~py \n\\{}boxed1", max_size=200))
    def test_any_text_is_read_without_an_error(self, text: str) -> None:
        code = extract_code(text)
        assert code is None or code.strip()
        final_integer(prose(text))


class TestProse:
    """What a program prints is not what the model says."""

    def test_a_box_inside_the_program_is_not_part_of_the_prose(self) -> None:
        text = 'So\n```python\nprint("\\\\boxed{13}")\n```\nwe will see.'
        assert final_integer(prose(text)) is None
        assert "we will see." in prose(text)

    def test_a_box_after_the_program_is(self) -> None:
        assert final_integer(prose("```python\nx = 1\n```\nThus \\boxed{5}.")) == 5
