"""A model that ended without a word is asked again, and not for the very same draw."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aimo_pipeline.config import ClientConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.again import AgainCompleter
from aimo_pipeline.llm.completer import (
    Completion,
    CompletionOutcome,
    CompletionRequest,
    Message,
    NoCompletion,
    Sampling,
)

CONFIG = ClientConfig(empty_tries=3, retry_s=0.0)
ASKED = CompletionRequest(
    Problem("p", "x"), "tir", 2, 1, (Message("user", "x"),), Sampling(1.0, 1.0, seed=2_001)
)


@dataclass
class Says:
    """Gives these outcomes, one after another."""

    outcomes: list[CompletionOutcome]
    seeds: list[int | None] = field(default_factory=list)

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        assert request.sampling is not None
        self.seeds.append(request.sampling.seed)
        return self.outcomes.pop(0)


def asked(*outcomes: CompletionOutcome) -> tuple[CompletionOutcome, list[int | None]]:
    inner, clock = Says(list(outcomes)), FakeClock()
    again = AgainCompleter(inner, CONFIG, clock)
    return asyncio.run(again.complete(ASKED, deadline=Deadline.after(60.0, clock))), inner.seeds


EMPTY, WORD = NoCompletion("empty"), Completion("42", "test")


class TestAgain:
    """Only silence is asked again, each time with another seed, and a bounded number of times."""

    def test_the_first_word_counts(self) -> None:
        assert asked(EMPTY, EMPTY, WORD) == (WORD, [2_001, 1_002_001, 2_002_001])

    def test_it_is_bounded(self) -> None:
        assert asked(EMPTY, EMPTY, EMPTY)[0] == EMPTY

    def test_other_failures_are_returned_as_they_come(self) -> None:
        assert asked(NoCompletion("context")) == (NoCompletion("context"), [2_001])
