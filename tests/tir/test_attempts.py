"""Several attempts at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import LimitsConfig, TirConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Completion, CompletionOutcome, CompletionRequest, NoCompletion
from aimo_pipeline.outcome import Attempted, AttemptOutcome, NoAnswer
from aimo_pipeline.tir.attempts import decided, reason

NONE = NoAnswer("no_number", 1)


def box(value: int) -> AttemptOutcome:
    """An attempt that boxed `value` in its first turn."""
    return Attempted(value, "boxed", 1)


@dataclass
class BySample:
    """A completer that boxes one integer per sample; a sample in `hang` never answers."""

    values: Mapping[int, int]
    hang: frozenset[int] = frozenset()
    cancelled: list[int] = field(default_factory=list)

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """The box of the sample, or none."""
        if request.sample in self.hang:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.append(request.sample)
                raise
        value = self.values.get(request.sample)
        return NoCompletion("not_recorded") if value is None else Completion(f"\\boxed{{{value}}}", "test")


class NoSandbox:
    """Nothing here runs a program."""

    @asynccontextmanager
    async def session(self, *, limits: LimitsConfig, owner: str = "") -> AsyncIterator[Any]:
        """A session that cannot run anything."""
        yield None


class Broken:
    """A completer with a bug."""

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """Raises for sample 1 and hangs for the others."""
        if request.sample == 1:
            raise RuntimeError("a bug")
        await asyncio.Event().wait()
        return NoCompletion("not_recorded")


def anything(value: int) -> bool:
    """Every integer may win."""
    return True


def reasoned(
    completer: BySample | Broken, attempts: int = 4, may_win: Callable[[int], bool] = anything
) -> tuple[AttemptOutcome, ...]:
    """The outcomes of all attempts."""
    deadline = Deadline.after(60.0, FakeClock())
    config = TirConfig(attempts=attempts)
    return asyncio.run(
        asyncio.wait_for(
            reason(
                Problem("p", "?"),
                completer=completer,
                sandbox=NoSandbox(),
                deadline=deadline,
                config=config,
                may_win=may_win,
                ended=[],
            ),
            20,
        )
    )


class TestDecided:
    """The vote is decided when the leader cannot be reached any more."""

    def test_a_lead_as_large_as_what_is_pending_is_not_enough(self) -> None:
        assert not decided([box(1), box(1)], 2, anything)
        assert decided([box(1), box(1), box(1)], 2, anything)
        assert not decided([box(1), box(1), box(1), box(2)], 2, anything)

    def test_a_leader_that_cannot_win_decides_nothing(self) -> None:
        assert not decided([box(7), box(7), box(7)], 1, lambda value: value != 7)
        assert decided([box(7), box(7), box(5), box(5)], 1, lambda value: value != 7)

    def test_nothing_is_decided_without_a_vote(self) -> None:
        assert not decided([NONE], 0, anything)

    @given(st.lists(st.integers(0, 3).map(box), max_size=8), st.lists(st.integers(0, 4).map(box), max_size=4))
    def test_no_later_votes_change_a_decided_leader(
        self, so_far: list[AttemptOutcome], later: list[AttemptOutcome]
    ) -> None:
        def counts(outcomes: list[AttemptOutcome]) -> list[int]:
            return [sum(outcome == box(value) for outcome in outcomes) for value in range(5)]

        if decided(so_far, len(later), anything):
            leader = max(range(5), key=lambda value: counts(so_far)[value])
            final = counts(so_far + later)
            assert all(final[value] < final[leader] for value in range(5) if value != leader)


class TestReason:
    """Outcomes in the order of the samples; what is not needed is cancelled."""

    def test_all_samples_come_back_in_order(self) -> None:
        assert reasoned(BySample({0: 5, 1: 6, 2: 7, 3: 5})) == (box(5), box(6), box(7), box(5))

    def test_samples_without_any_completion_are_left_out(self) -> None:
        assert reasoned(BySample({0: 5, 1: 6})) == (box(5), box(6))
        assert reasoned(BySample({})) == ()

    def test_no_more_samples_than_configured_are_asked(self) -> None:
        assert reasoned(BySample(dict.fromkeys(range(9), 5)), attempts=2) == (box(5), box(5))

    def test_attempts_that_cannot_change_the_vote_are_cancelled(self) -> None:
        completer = BySample({0: 5, 1: 5, 2: 5}, hang=frozenset({3}))
        assert reasoned(completer) == (box(5), box(5), box(5))
        assert completer.cancelled == [3]

    def test_attempts_that_agree_on_what_cannot_win_cancel_nobody(self) -> None:
        completer = BySample({0: 7, 1: 7, 2: 7, 3: 5})
        assert reasoned(completer, may_win=lambda value: value != 7) == (box(7), box(7), box(7), box(5))
        assert completer.cancelled == []

    def test_a_bug_in_one_attempt_ends_the_others_and_is_raised(self) -> None:
        with pytest.raises(ExceptionGroup) as caught:
            reasoned(Broken())
        assert caught.group_contains(RuntimeError, match="a bug")

    def test_cancelling_cancels_every_attempt(self) -> None:
        completer = BySample({}, hang=frozenset(range(4)))

        async def cancel_midway() -> None:
            deadline = Deadline.after(60.0, FakeClock())
            task = asyncio.create_task(
                reason(
                    Problem("p", "?"),
                    completer=completer,
                    sandbox=NoSandbox(),
                    deadline=deadline,
                    config=TirConfig(attempts=4),
                    may_win=anything,
                    ended=[],
                )
            )
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(cancel_midway())
        assert sorted(completer.cancelled) == [0, 1, 2, 3]
