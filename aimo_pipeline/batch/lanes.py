"""Several problems at once, each in a lane of its own until its time is up; then another takes its place.

No problem waits for a slow one: a lane is bound to a problem only as long as its grant. Grants come from the
gateway's own ledger and policy, in which a lane's second costs what it takes from the problems to come.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from aimo_pipeline.budget.accounts import Accounts
from aimo_pipeline.budget.endings import Ending
from aimo_pipeline.budget.watch import Watch
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Answer, Guessed, Problem
from aimo_pipeline.errors import StageError, boundary
from aimo_pipeline.gateway.contract import FALLBACK_ANSWER
from aimo_pipeline.gateway.score import Given
from aimo_pipeline.observe.events import StageFailed
from aimo_pipeline.observe.journal import Journal

Tell = Callable[[Given], None]


class Solves(Protocol):
    """What a lane needs of the pipeline."""

    async def solve(self, problem: Problem, *, deadline: Deadline, watch: Watch | None = None) -> Answer:
        """Answer one problem by its deadline."""
        ...


@dataclass(frozen=True)
class Lanes:
    """Works a queue off.

    Attributes:
        solver: may be asked for several problems at once.
        accounts: of the run.
        journal: is told of a solver that broke.
        tell: called with each answer as it comes.
    """

    solver: Solves
    accounts: Accounts
    journal: Journal
    tell: Tell

    async def work(self, problems: Sequence[Problem], *, lanes: int) -> None:
        """Answer all problems, in this order, so many at a time.

        Raises:
            CancelledError: after the problems in work were given up.
        """
        queue = deque(problems)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(lanes, len(queue))):
                group.create_task(self._lane(queue))

    async def _lane(self, queue: deque[Problem]) -> None:
        while queue:
            await self._one(queue.popleft())

    async def _one(self, problem: Problem) -> None:
        watch, ending = self.accounts.open(problem.id), Ending.STOPPED
        try:
            answer = await self._answer(problem, watch)
            ending = self.accounts.ending(answer, watch)
        finally:
            self.accounts.close(problem.id, ending, watch.signals)
        self.tell(Given(problem.id, answer, watch.elapsed_s))

    async def _answer(self, problem: Problem, watch: Watch) -> Answer:
        try:
            with boundary("predict"):
                return await self.solver.solve(problem, deadline=watch.latest, watch=watch)
        except StageError as error:
            self.journal.write(StageFailed(problem.id, error.stage, error.cause, str(error)))
            return Answer(FALLBACK_ANSWER, Guessed(), "fallback")
