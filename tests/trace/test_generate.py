"""Asking for one trace program."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Completion, CompletionOutcome, CompletionRequest, NoCompletion
from aimo_pipeline.trace.generate import generate

PROBLEM = Problem("p1", "How many?")


@dataclass
class Scripted:
    """A completer that answers from a list by sample, and keeps what it was asked."""

    texts: list[str]
    asked: list[CompletionRequest] = field(default_factory=list)

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """The text of the sample, or none."""
        self.asked.append(request)
        texts = self.texts[request.sample : request.sample + 1]
        return Completion(texts[0], "test") if texts else NoCompletion("not_recorded")


def generated(completer: Scripted, sample: int) -> str | None:
    """The code of one sample."""
    deadline = Deadline.after(1.0, FakeClock())
    return asyncio.run(generate(PROBLEM, sample=sample, completer=completer, deadline=deadline))


class TestGenerate:
    """Code, "" for a completion without code, None for no completion."""

    def test_the_code_of_the_asked_sample_comes_back(self) -> None:
        completer = Scripted(["```python\nx = 0\n```", "```python\nx = 1\n```"])
        assert generated(completer, 1) == "x = 1\n"
        assert [(r.problem, r.stage, r.sample, r.turn) for r in completer.asked] == [(PROBLEM, "trace", 1, 0)]
        assert PROBLEM.text in completer.asked[0].messages[-1].content

    def test_a_completion_that_is_not_code_is_told_apart_from_no_completion(self) -> None:
        assert generated(Scripted(["Sorry."]), 0) == ""
        assert generated(Scripted([]), 0) is None
