"""Several attempts at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.answer.contract import Contract
from aimo_pipeline.config import TirConfig
from aimo_pipeline.deadline import Clock, Deadline, FakeClock, MonotonicClock
from aimo_pipeline.llm.completer import Completion, CompletionOutcome, CompletionRequest, NoCompletion
from aimo_pipeline.outcome import Attempted, AttemptOutcome, NoAnswer
from aimo_pipeline.tir.attempts import Round, decided, tally
from tests.tir.scripted import ANY, PROBLEM, BySample, LastWords, table, talk

NEVER = 10**6  # a lead that no vote has


def box(value: int) -> AttemptOutcome:
    """An attempt that boxed `value` in its first turn."""
    return Attempted(value, "boxed", 1)


class Broken:
    """A completer with a bug."""

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """Raises for sample 1 and hangs for the others."""
        if request.sample == 1:
            raise RuntimeError("a bug")
        await asyncio.Event().wait()
        return NoCompletion("not_recorded")


def round_of(completer: Any, clock: Clock | None = None, **options: Any) -> Round:
    """A round of attempts that box at once or never."""
    config = TirConfig(attempts=4, lead=options.pop("lead", NEVER))
    around = table(
        completer,
        config=config,
        contract=options.pop("contract", ANY),
        last_word=options.pop("last_word", None),
    )
    return Round(
        PROBLEM,
        talk().messages,
        range(options.pop("attempts", 4)),
        around,
        Deadline.after(options.pop("left_s", 60.0), clock or FakeClock()),
        options.pop("stop", None) or asyncio.Event(),
        lambda sample, outcome: None,
        **options,
    )


def reasoned(completer: Any, **options: Any) -> tuple[AttemptOutcome, ...]:
    """The outcomes of all attempts, by sample."""

    async def go() -> tuple[AttemptOutcome, ...]:
        found = await asyncio.wait_for(round_of(completer, **options).reason(), 20)
        assert list(found) == sorted(found)
        return tuple(found.values())

    return asyncio.run(go())


def votes(*values: int) -> list[tuple[int, int]]:
    """A tally."""
    around = table(BySample({}), config=TirConfig())
    return tally([box(value) for value in values], around)


class TestDecided:
    """The vote is decided when the leader cannot be reached any more, or is far enough ahead."""

    def test_a_lead_as_large_as_what_is_pending_is_not_enough(self) -> None:
        assert not decided(votes(1, 1), 2, NEVER)
        assert decided(votes(1, 1, 1), 2, NEVER)
        assert not decided(votes(1, 1, 1, 2), 2, NEVER)

    def test_a_lead_of_so_many_votes_is_enough_whatever_is_pending(self) -> None:
        assert decided(votes(1, 1, 1, 1), 4, 4)
        assert not decided(votes(1, 1, 1, 1, 2), 3, 4)
        assert decided(votes(1, 1, 1, 1, 2, 1), 2, 4)

    def test_a_leader_that_cannot_win_decides_nothing(self) -> None:
        assert not decided(votes(100_000, 100_000, 100_000, 100_000), 1, 4)

    def test_nothing_is_decided_without_a_vote(self) -> None:
        assert not decided([], 0, 4)

    @given(st.lists(st.integers(0, 3), max_size=8), st.lists(st.integers(0, 4), max_size=4))
    def test_no_later_votes_change_a_leader_that_cannot_be_reached(
        self, so_far: list[int], later: list[int]
    ) -> None:
        def counts(values: Sequence[int]) -> list[int]:
            return [values.count(value) for value in range(5)]

        if decided(votes(*so_far), len(later), NEVER):
            leader = max(range(5), key=lambda value: counts(so_far)[value])
            final = counts([*so_far, *later])
            assert all(final[value] < final[leader] for value in range(5) if value != leader)


class TestTally:
    """Votes for what can be the answer, as the problem wants it reduced."""

    def test_votes_that_differ_by_the_modulus_are_one(self) -> None:
        around = table(BySample({}), config=TirConfig(), contract=Contract(7))
        assert tally([box(9), box(2), box(3), NoAnswer("deadline", 1)], around) == [(2, 2), (3, 1)]


class TestRound:
    """Outcomes in the order of the samples; what is not needed is cancelled."""

    def test_all_samples_come_back_in_order(self) -> None:
        assert reasoned(BySample({0: 5, 1: 6, 2: 7, 3: 5})) == (box(5), box(6), box(7), box(5))

    def test_samples_without_any_completion_are_left_out(self) -> None:
        assert reasoned(BySample({0: 5, 1: 6})) == (box(5), box(6))
        assert reasoned(BySample({})) == ()

    def test_no_more_samples_than_asked_for_are_drawn(self) -> None:
        assert reasoned(BySample(dict.fromkeys(range(9), 5)), attempts=2) == (box(5), box(5))

    def test_attempts_that_cannot_change_the_vote_are_cancelled(self) -> None:
        completer = BySample({0: 5, 1: 5, 2: 5}, hang=frozenset({3}))
        assert reasoned(completer) == (box(5), box(5), box(5))
        assert completer.cancelled == [3]

    def test_votes_of_earlier_rounds_count(self) -> None:
        completer = BySample({0: 5}, hang=frozenset({1}))
        assert reasoned(completer, attempts=2, earlier=[box(5)]) == (box(5),)

    def test_attempts_that_agree_on_what_cannot_win_cancel_nobody(self) -> None:
        completer = BySample({0: 7, 1: 7, 2: 7, 3: 5})
        contract = Contract(None, least=0, most=6)
        outcomes = reasoned(completer, contract=contract)
        assert [type(outcome) for outcome in outcomes] == [NoAnswer] * 3 + [Attempted]
        assert completer.cancelled == []

    def test_a_bug_in_one_attempt_ends_the_others_and_is_raised(self) -> None:
        with pytest.raises(ExceptionGroup) as caught:
            reasoned(Broken())
        assert caught.group_contains(RuntimeError, match="a bug")

    def test_cancelling_cancels_every_attempt(self) -> None:
        completer = BySample({}, hang=frozenset(range(4)))

        async def cancel_midway() -> None:
            task = asyncio.create_task(round_of(completer).reason())
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(cancel_midway())
        assert sorted(completer.cancelled) == [0, 1, 2, 3]


class Thinks:
    """A completer that says something once, and then thinks for ever."""

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """See Completer."""
        if request.turn:
            await asyncio.Event().wait()
        return Completion("Hm.", "test")


class TestCutOff:
    """When time is up or the problem is given up, unfinished attempts say their last word."""

    def test_a_model_that_does_not_see_its_deadline_is_cut_off(self) -> None:
        words = LastWords(3)
        outcomes = reasoned(Thinks(), clock=MonotonicClock(), left_s=1.5, last_word=words, attempts=2)
        assert outcomes == (Attempted(3, "harvested", 2),) * 2
        assert sorted(words.asked) == [(0, False), (1, False)]

    def test_stopping_asks_for_last_words(self) -> None:
        async def go() -> tuple[AttemptOutcome, ...]:
            stop = asyncio.Event()
            work = asyncio.create_task(round_of(Thinks(), stop=stop, last_word=LastWords(3)).reason())
            await asyncio.sleep(0.05)
            stop.set()
            return tuple((await asyncio.wait_for(work, 5)).values())

        assert asyncio.run(go()) == (Attempted(3, "harvested", 2),) * 4

    def test_without_a_last_word_the_cause_is_that_it_was_stopped(self) -> None:
        async def go() -> tuple[AttemptOutcome, ...]:
            stop = asyncio.Event()
            stop.set()
            completer = BySample({0: 5}, hang=frozenset({1, 2, 3}))
            return tuple((await asyncio.wait_for(round_of(completer, stop=stop).reason(), 5)).values())

        assert {outcome.cause for outcome in asyncio.run(go()) if isinstance(outcome, NoAnswer)} == {
            "stopped"
        }
