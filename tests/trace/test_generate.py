"""Asking for trace programs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from aimo_pipeline.config import TraceConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Completion, CompletionOutcome, CompletionRequest, Finish, NoCompletion
from aimo_pipeline.outcome import TraceFailed
from aimo_pipeline.trace.generate import Program, again_messages, generate, generate_again

PROBLEM = Problem("p1", "How many?")
CONFIG = TraceConfig()
DEADLINE = Deadline.after(1.0, FakeClock())


@dataclass
class Scripted:
    """A completer that answers from a list by sample, and keeps what it was asked."""

    texts: list[str]
    finish: Finish = "stop"
    asked: list[CompletionRequest] = field(default_factory=list)

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """The text of the sample, or none."""
        self.asked.append(request)
        texts = self.texts[request.sample : request.sample + 1]
        return Completion(texts[0], "test", finish=self.finish) if texts else NoCompletion("not_recorded")


def generated(completer: Scripted, sample: int) -> Program | NoCompletion:
    """The program of one sample."""
    return asyncio.run(
        generate(PROBLEM, sample=sample, completer=completer, deadline=DEADLINE, config=CONFIG)
    )


def program(completer: Scripted, sample: int = 0) -> Program:
    """The same, where one comes."""
    outcome = generated(completer, sample)
    assert isinstance(outcome, Program)
    return outcome


class TestGenerate:
    """A program, "" for a completion without code, NoCompletion for none."""

    def test_the_code_of_the_asked_sample_comes_back(self) -> None:
        completer = Scripted(["```python\nx = 0\n```", "```python\nx = 1\n```"])
        assert program(completer, 1).source == "x = 1\n"
        assert [(r.problem, r.stage, r.sample, r.turn) for r in completer.asked] == [(PROBLEM, "trace", 1, 0)]
        assert PROBLEM.text in completer.asked[0].messages[-1].content

    def test_a_completion_that_is_not_code_is_told_apart_from_no_completion(self) -> None:
        assert program(Scripted(["Sorry."])).source == ""
        assert generated(Scripted([]), 0) == NoCompletion("not_recorded")

    def test_a_program_that_was_meant_for_the_tool_is_the_program(self) -> None:
        assert program(Scripted(["x = 0"], finish="tool")).source == "x = 0"

    def test_samples_are_drawn_with_different_seeds_at_the_same_temperature(self) -> None:
        completer = Scripted(["a", "b"])
        for sample in range(2):
            program(completer, sample)
        one, other = (request.sampling for request in completer.asked)
        assert one is not None and other is not None
        assert one.seed != other.seed
        assert one.temperature == other.temperature == CONFIG.temperature


class TestGenerateAgain:
    """The model sees its program, the failing line and the error, once."""

    FAILED = Program(0, 0, "x = 1\ny = x / 0\n", ())

    def told(self, failure: TraceFailed) -> str:
        return again_messages(self.FAILED, failure)[-1].content

    def test_the_failing_line_and_the_error_are_told(self) -> None:
        told = self.told(TraceFailed("crashed", "ZeroDivisionError: division by zero", 2))
        assert "line 2: y = x / 0" in told
        assert "ZeroDivisionError" in told

    @pytest.mark.parametrize("line", [None, 0, 3, -1])
    def test_a_line_that_the_program_does_not_have_is_left_out(self, line: int | None) -> None:
        assert "  line" not in self.told(TraceFailed("crashed", "odd", line))

    @pytest.mark.parametrize("cause", ["no_code", "timed_out", "memory", "not_an_integer", "syntax"])
    def test_every_cause_comes_with_what_to_do(self, cause: str) -> None:
        assert len(self.told(TraceFailed(cause, "", None)).splitlines()) == 2

    def test_it_is_turn_one_of_the_same_sample_at_a_higher_temperature(self) -> None:
        completer = Scripted(["```python\n1 / 0\n```"])
        failed = program(completer)
        failure = TraceFailed("crashed", "ZeroDivisionError", 1)
        asyncio.run(
            generate_again(PROBLEM, failed, failure, completer=completer, deadline=DEADLINE, config=CONFIG)
        )
        first, again = completer.asked
        assert (again.stage, again.sample, again.turn) == ("trace", 0, 1)
        assert again.messages[: len(first.messages)] == first.messages
        assert again.messages[len(first.messages)].content == completer.texts[0]
        assert first.sampling is not None and again.sampling is not None
        assert again.sampling.temperature > first.sampling.temperature
