"""Last words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.answer.contract import Contract
from aimo_pipeline.answer.harvest import harvest, last_word_messages
from aimo_pipeline.config import TirConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.domain import Asked, Problem
from aimo_pipeline.llm.completer import (
    Completion,
    CompletionOutcome,
    CompletionRequest,
    Measures,
    Message,
    NoCompletion,
)
from aimo_pipeline.outcome import Attempted

HEAD = (Message("system", "s"), Message("user", "How many?"))
CONFIG = TirConfig()


class Says:
    """Gives one outcome, and keeps what it was asked."""

    def __init__(self, outcome: CompletionOutcome) -> None:
        self.outcome = outcome
        self.asked: list[CompletionRequest] = []

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """See Completer."""
        self.asked.append(request)
        return self.outcome


@dataclass
class Fits:
    """A completer whose context holds so many messages."""

    most: int
    asked: list[tuple[Message, ...]] = field(default_factory=list)

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """A box, or that there is no room."""
        self.asked.append(request.messages)
        fits = len(request.messages) <= self.most
        return Completion("\\boxed{7}", "test") if fits else NoCompletion("context")


def harvested(outcome: CompletionOutcome, contract: Contract = Contract(None)) -> Attempted | None:  # noqa: B008
    """What becomes of one outcome."""
    return asyncio.run(
        harvest(
            Problem("p", "How many?"),
            sample=3,
            turn=2,
            messages=HEAD,
            shorter=HEAD,
            completer=Says(outcome),
            deadline=Deadline.after(5.0, FakeClock()),
            config=CONFIG,
            contract=contract,
        )
    )


class TestHarvest:
    """A short completion; its box is the answer."""

    def test_a_box_is_the_answer_with_its_certainty(self) -> None:
        said = Completion("\\boxed{7}", "test", measures=Measures(tail_entropy=0.5))
        assert harvested(said) == Attempted(7, "harvested", 3, 0.5)

    def test_a_box_in_its_thinking_counts_too(self) -> None:
        assert harvested(Completion("", "test", "so \\boxed{7}", "length")) == Attempted(7, "harvested", 3)

    @pytest.mark.parametrize(
        "outcome",
        [
            Completion("It may be 7 or 8.", "test"),
            Completion("The answer is 7", "test", finish="length"),  # or 71
            Completion("", "test", "the answer is 7"),
            Completion("", "test"),
            NoCompletion("deadline"),
        ],
    )
    def test_without_an_answer_there_is_none(self, outcome: CompletionOutcome) -> None:
        assert harvested(outcome) is None

    @pytest.mark.parametrize("text", ["7", "**7**", "The answer is 7.", "It is 7."])
    def test_a_line_that_names_the_answer_needs_no_box(self, text: str) -> None:
        assert harvested(Completion(text, "test")) == Attempted(7, "harvested", 3)

    def test_the_contract_says_what_a_fraction_means(self) -> None:
        said = Completion("\\boxed{\\frac{3}{4}}", "test")
        assert harvested(said, Contract(None, Asked.FRACTION_SUM)) == Attempted(7, "harvested", 3)

    def test_what_does_not_fit_is_asked_for_again_with_less_of_the_conversation(self) -> None:
        whole = (*HEAD, Message("assistant", "long"), Message("user", "Now."))
        completer = Fits(len(HEAD))
        found = asyncio.run(
            harvest(
                Problem("p", "How many?"),
                sample=3,
                turn=2,
                messages=whole,
                shorter=HEAD,
                completer=completer,
                deadline=Deadline.after(5.0, FakeClock()),
                config=CONFIG,
                contract=Contract(None),
            )
        )
        assert found == Attempted(7, "harvested", 3)
        assert completer.asked == [whole, HEAD]

    def test_it_is_short_and_of_its_own_stage(self) -> None:
        completer = Says(NoCompletion("deadline"))
        asyncio.run(
            harvest(
                Problem("p", "How many?"),
                sample=3,
                turn=2,
                messages=HEAD,
                shorter=HEAD,
                completer=completer,
                deadline=Deadline.after(5.0, FakeClock()),
                config=CONFIG,
                contract=Contract(None),
            )
        )
        [request] = completer.asked
        assert (request.stage, request.sample, request.turn) == ("harvest", 3, 2)
        assert request.sampling is not None
        assert request.sampling.max_tokens == CONFIG.harvest_tokens
        assert request.sampling.reasoning == CONFIG.reasoning


turns = st.lists(st.builds(Message, st.just("assistant"), st.text(max_size=50)), max_size=8).map(tuple)


class TestLastWordMessages:
    """The conversation so far, and the request; shortened from its beginning where it has to be."""

    @given(turns, st.text(max_size=30))
    def test_the_whole_conversation_stays_where_there_is_room(
        self, later: tuple[Message, ...], unfinished: str
    ) -> None:
        asked = last_word_messages((*HEAD, *later), unfinished, most_chars=None)
        assert asked[:-1] == (*HEAD, *later)
        assert asked[-1].role == "user" and "\\boxed{}" in asked[-1].content

    @given(turns, st.integers(0, 100))
    def test_the_latest_turns_stay_where_there_is_none(self, later: tuple[Message, ...], most: int) -> None:
        kept = last_word_messages((*HEAD, *later), "", most_chars=most)[:-1]
        assert kept[:2] == HEAD
        assert kept[2:] == later[len(later) - len(kept[2:]) :]
        assert sum(len(one.content) for one in kept[2:]) <= most

    def test_the_end_of_an_interrupted_thought_is_shown(self) -> None:
        [*_, asked] = last_word_messages(HEAD, "x" * 10_000 + "so it must be 7", most_chars=None)
        assert "so it must be 7" in asked.content
        assert len(asked.content) < 3_000
