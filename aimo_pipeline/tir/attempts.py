"""Several attempts at once, stopped early when the rest can no longer change the majority."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from aimo_pipeline.config import TirConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Completer
from aimo_pipeline.outcome import Attempted, AttemptOutcome, NoAnswer
from aimo_pipeline.tir.cells import CellSandbox
from aimo_pipeline.tir.loop import attempt

_NOBODY = NoAnswer("no_completion", 0)


def decided(outcomes: Sequence[AttemptOutcome], pending: int, may_win: Callable[[int], bool]) -> bool:
    """True when `pending` more votes, all for one other integer, could not reach the leader.

    Only integers that may win lead: a value that will be refused as an answer must not end the others' work.
    """
    values = [outcome.value for outcome in outcomes if isinstance(outcome, Attempted)]
    votes = Counter(value for value in values if may_win(value))
    (_, first), (_, second) = (votes.most_common(2) + [(0, 0), (0, 0)])[:2]
    return first > second + pending


def _finished(tasks: Sequence[asyncio.Task[AttemptOutcome]]) -> list[AttemptOutcome]:
    """Outcomes so far; a broken attempt is left to the task group, which raises for it."""
    done = [task for task in tasks if task.done() and not task.cancelled()]
    return [task.result() for task in done if task.exception() is None]


async def _watch(tasks: Sequence[asyncio.Task[AttemptOutcome]], may_win: Callable[[int], bool]) -> None:
    """Wait until the tasks have ended or the vote is decided; cancels those that are not needed.

    An attempt that breaks cancels this wait, through the task group that holds them all.
    """
    pending = set(tasks)
    while pending:
        _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        if decided(_finished(tasks), len(pending), may_win):
            for task in pending:
                task.cancel()
            return


async def _kept(work: Awaitable[AttemptOutcome], ended: list[AttemptOutcome]) -> AttemptOutcome:
    outcome = await work
    if outcome != _NOBODY:
        ended.append(outcome)
    return outcome


async def reason(
    problem: Problem,
    *,
    completer: Completer,
    sandbox: CellSandbox,
    deadline: Deadline,
    config: TirConfig,
    may_win: Callable[[int], bool],
    ended: list[AttemptOutcome],
) -> tuple[AttemptOutcome, ...]:
    """Run up to config.attempts independent attempts at the same time.

    Args:
        problem: what is asked.
        completer: who reasons.
        sandbox: where programs run.
        deadline: the latest end of everything.
        config: bounds on attempts, turns, cells and resources.
        may_win: whether an integer can be the answer at all; others never decide the vote.
        ended: outcomes are put here as they come, for a caller who runs out of time.

    Returns:
        The outcomes in the order of the samples, at most config.attempts. Left out are samples for which
        no completion came at all, and attempts that were cancelled because the vote was decided.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                _kept(
                    attempt(
                        problem,
                        sample=sample,
                        completer=completer,
                        sandbox=sandbox,
                        deadline=deadline,
                        config=config,
                    ),
                    ended,
                )
            )
            for sample in range(config.attempts)
        ]
        await _watch(tasks, may_win)
    return tuple(outcome for outcome in _finished(tasks) if outcome != _NOBODY)
