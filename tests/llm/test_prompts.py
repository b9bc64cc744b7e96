"""Prompts are pure functions over one constant prefix per stage."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Message
from aimo_pipeline.llm.prompts import tir_messages, trace_messages

Prompt = Callable[[Problem], tuple[Message, ...]]
PROMPTS = pytest.mark.parametrize("prompt", [trace_messages, tir_messages])


class TestPrefix:
    """Everything before the problem's text is byte-identical for all problems, so that a cache can hit."""

    @PROMPTS
    @given(st.text(), st.text(), st.text())
    def test_the_prefix_is_the_same_for_all_problems(
        self, prompt: Prompt, id_: str, one: str, other: str
    ) -> None:
        assert prompt(Problem(id_, one))[:-1] == prompt(Problem("b", other))[:-1]

    @PROMPTS
    @given(st.text())
    def test_the_problem_stands_last_and_unchanged(self, prompt: Prompt, text: str) -> None:
        assert prompt(Problem("a", text))[-1] == Message("user", text)

    @PROMPTS
    def test_braces_and_percent_signs_of_a_problem_are_only_text(self, prompt: Prompt) -> None:
        text = r"$\frac{1}{x$ {0} {name} %s %(x)d \boxed{"
        assert prompt(Problem("a", text))[-1].content == text

    @PROMPTS
    def test_the_prefix_is_one_system_message_without_a_problem_in_it(self, prompt: Prompt) -> None:
        prefix = prompt(Problem("secret-id", "secret text"))[:-1]
        assert [message.role for message in prefix] == ["system"]
        assert "secret" not in prefix[0].content

    def test_the_two_stages_ask_for_different_things(self) -> None:
        problem = Problem("a", "x")
        assert trace_messages(problem)[0] != tir_messages(problem)[0]


class TestWhatIsAskedFor:
    """The prompts name what the readers of the completions look for."""

    @pytest.mark.parametrize("name", ["FIRST", "TARGET", "MODULUS", "def a(n)", "```python"])
    def test_the_trace_prompt_names_every_part_of_a_trace_program(self, name: str) -> None:
        assert name in trace_messages(Problem("a", "x"))[0].content

    def test_the_trace_prompt_asks_for_no_solution(self) -> None:
        assert "Do not solve" in trace_messages(Problem("a", "x"))[0].content

    @pytest.mark.parametrize("name", [r"\boxed{}", "```python", "last printed line"])
    def test_the_tir_prompt_names_program_and_box(self, name: str) -> None:
        assert name in " ".join(tir_messages(Problem("a", "x"))[0].content.split())
