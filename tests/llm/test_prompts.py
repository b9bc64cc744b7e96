"""Prompts are pure functions over one constant block."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.answer.harvest import last_word_messages
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Message
from aimo_pipeline.llm.prompts import SYSTEM, task_messages, tir_messages, trace_messages
from aimo_pipeline.route.ask import route_messages

Prompt = Callable[[Problem], tuple[Message, ...]]


def some_task(problem: Problem) -> tuple[Message, ...]:
    return task_messages("Say of which kind the problem is.", problem)


def last_word(problem: Problem) -> tuple[Message, ...]:
    return last_word_messages(tir_messages(problem), "", most_chars=None)


STAGES: tuple[Prompt, ...] = (trace_messages, tir_messages, some_task, route_messages)
PROMPTS = pytest.mark.parametrize("prompt", STAGES)


class TestPrefix:
    """The first message is byte-identical over problems and stages, so that a prefix cache hits."""

    @given(st.lists(st.tuples(st.sampled_from(STAGES), st.text(), st.text()), min_size=2, max_size=6))
    def test_the_block_is_the_same_bytes_over_problems_and_stages(
        self, asked: list[tuple[Prompt, str, str]]
    ) -> None:
        asked = [*asked, *((last_word, id_, text) for _, id_, text in asked)]
        blocks = {prompt(Problem(id_, text))[0].content.encode() for prompt, id_, text in asked}
        assert blocks == {SYSTEM.encode()}

    @given(st.text())
    def test_the_stages_of_one_problem_share_its_text_as_well(self, text: str) -> None:
        for prompt in STAGES:
            assert prompt(Problem("a", text))[-1].content.startswith(text + "\n\n")

    @PROMPTS
    @given(st.text(), st.text())
    def test_what_comes_after_the_problem_depends_on_the_stage_alone(
        self, prompt: Prompt, one: str, other: str
    ) -> None:
        first, second = (prompt(Problem("p", text))[-1].content for text in (one, other))
        assert first[len(one) :] == second[len(other) :]

    @PROMPTS
    def test_braces_and_percent_signs_of_a_problem_are_only_text(self, prompt: Prompt) -> None:
        text = r"$\frac{1}{x$ {0} {name} %s %(x)d \boxed{"
        assert prompt(Problem("a", text))[-1].content.startswith(text + "\n")

    @PROMPTS
    def test_a_conversation_begins_with_the_block_and_one_question(self, prompt: Prompt) -> None:
        messages = prompt(Problem("secret-id", "text"))
        assert [message.role for message in messages] == ["system", "user"]
        assert "secret" not in messages[1].content

    def test_the_stages_ask_for_different_things(self) -> None:
        assert len({prompt(Problem("a", "x"))[-1].content for prompt in STAGES}) == len(STAGES)


class TestWhatIsAskedFor:
    """The block names what the readers of the completions look for, and the task names its part of it."""

    @pytest.mark.parametrize("name", ["FIRST", "TARGET", "MODULUS", "def a(n)", "```python", "Do not solve"])
    def test_it_names_every_part_of_a_trace_program(self, name: str) -> None:
        assert name in SYSTEM.partition("TRACE. ")[2].partition("SOLVE. ")[0]

    @pytest.mark.parametrize("name", [r"\boxed{}", "```python", "last printed line"])
    def test_it_names_program_and_box(self, name: str) -> None:
        assert name in " ".join(SYSTEM.partition("SOLVE. ")[2].split())

    @pytest.mark.parametrize(("prompt", "name"), [(trace_messages, "TRACE"), (tir_messages, "SOLVE")])
    def test_the_task_comes_last(self, prompt: Prompt, name: str) -> None:
        assert prompt(Problem("a", "x"))[-1].content.endswith(f" {name}")

    def test_the_example_is_a_program_that_does_what_the_block_asks_for(self) -> None:
        names: dict[str, object] = {}
        exec("import" + SYSTEM.partition("```python\nimport")[2].partition("```")[0], names)
        value = names["a"]
        assert callable(value) and [value(n) for n in range(1, 6)] == [2, 3, 5, 8, 13]
        assert (names["FIRST"], names["TARGET"], names["MODULUS"]) == (1, 2000, 1000)
