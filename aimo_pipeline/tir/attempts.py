"""Several attempts at once, stopped early when the rest can no longer matter."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aimo_pipeline.deadline import Deadline, heard
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Message
from aimo_pipeline.outcome import Attempted, AttemptOutcome, Kept, NoAnswer
from aimo_pipeline.tir.conclude import concluded
from aimo_pipeline.tir.loop import attempt
from aimo_pipeline.tir.talk import Dead, Table, Talk

_NOBODY = NoAnswer("no_completion", 0)
# After the deadline of turns, an attempt whose model does not notice it is cut off this much later.
_GRACE_SHARE = 0.02
_GRACE_S = 1.0


def tally(outcomes: Sequence[AttemptOutcome], table: Table) -> list[tuple[int, int]]:
    """(integer, votes) from most to least, without integers that can't be the answer."""
    values = [table.admit(outcome.value) for outcome in outcomes if isinstance(outcome, Attempted)]
    return Counter(value.value for value in values if isinstance(value, Kept)).most_common()


def decided(votes: Sequence[tuple[int, int]], pending: int, lead: int) -> bool:
    """True when more votes would not change the leader, or are not worth their time.

    Args:
        votes: from tally, so only of integers that may win: a value that will be refused must not
            end the others' work.
        pending: attempts that may still vote. All of them for one other integer could not reach the leader.
        lead: votes ahead of the next integer at which the leader is believed.
    """
    (_, first), (_, second) = (*votes[:2], *[(0, 0)] * 2)[:2]
    return first > second + pending or first - second >= lead


Report = Callable[[int, AttemptOutcome], None]


@dataclass
class Round:
    """Attempts that begin together.

    Attributes:
        problem: what is asked.
        opening: the messages that each begins with.
        samples: their numbers, over all rounds.
        table: model, sandbox and rules.
        deadline: the latest end of turns; last words may come after it.
        stop: when it is set, no further turns are taken and unfinished attempts say their last word.
        report: told of each outcome as it comes.
        earlier: outcomes of rounds before, which vote as well.
        settled: the vote was decided before all attempts had ended.
    """

    problem: Problem
    opening: tuple[Message, ...]
    samples: range
    table: Table
    deadline: Deadline
    stop: asyncio.Event
    report: Report
    earlier: Sequence[AttemptOutcome] = ()
    settled: bool = False
    _outcomes: dict[int, AttemptOutcome] = field(default_factory=dict)

    async def reason(self) -> Mapping[int, AttemptOutcome]:
        """Run the attempts.

        Returns:
            Outcomes by sample, in order. Left out are samples for which no completion came at all, and
            attempts that were cancelled because the vote was decided.

        Raises:
            ExceptionGroup: an attempt broke; the others were cancelled.
        """
        grace_s = min(_GRACE_S, _GRACE_SHARE * self.deadline.remaining_s())
        talks = [Talk(self.problem, sample, self.opening) for sample in self.samples]
        async with asyncio.TaskGroup() as group:
            tasks = {group.create_task(self._attempt(talk)): talk for talk in talks}
            unfinished = await self._watch(tasks, grace_s)
            for talk in unfinished:
                group.create_task(self._conclude(talk))
        return dict(sorted(self._outcomes.items()))

    async def _attempt(self, talk: Talk) -> None:
        self._ended(talk, await attempt(talk, table=self.table, deadline=self.deadline))

    async def _conclude(self, talk: Talk) -> None:
        """For an attempt that was cancelled in mid-turn."""
        dead = Dead("deadline" if self.deadline.passed else "stopped")
        self._ended(talk, await concluded(talk, dead, self.table))

    def _ended(self, talk: Talk, outcome: AttemptOutcome) -> None:
        if outcome != _NOBODY:
            self._outcomes[talk.sample] = outcome
            self.report(talk.sample, outcome)

    async def _watch(self, tasks: Mapping[asyncio.Task[None], Talk], grace_s: float) -> list[Talk]:
        """Wait until the attempts have ended, the vote is decided, or there is no more time.

        Returns:
            Those that were cut off in mid-turn. An attempt that breaks cancels this wait, through the task
            group that holds them all.
        """
        pending, news = set(tasks), asyncio.Event()
        latest = Deadline(self.deadline.at_s + grace_s, self.deadline.clock)
        stopping = asyncio.create_task(self.stop.wait())
        for waited in (*tasks, stopping):
            waited.add_done_callback(lambda _: news.set())
        try:
            while pending:
                in_time = await heard(news, latest)
                pending = {task for task in pending if not task.done()}
                if self._decided(len(pending)):
                    self.settled = bool(pending)
                    _cancel(pending)
                    return []
                if not in_time or stopping.done():
                    return await self._cut_off(pending, tasks)
        finally:
            stopping.cancel()
        return []

    async def _cut_off(
        self, pending: set[asyncio.Task[None]], tasks: Mapping[asyncio.Task[None], Talk]
    ) -> list[Talk]:
        """Cancel the attempts that are in mid-turn; those at their last word go on."""
        turning = {task for task in pending if not tasks[task].concluding}
        _cancel(turning)
        if turning:
            await asyncio.wait(turning)
        return [tasks[task] for task in turning if task.cancelled()]

    def _decided(self, pending: int) -> bool:
        outcomes = [*self.earlier, *self._outcomes.values()]
        return decided(tally(outcomes, self.table), pending, self.table.config.lead)


def _cancel(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
