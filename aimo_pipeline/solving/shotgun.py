"""Several trace programs at once: drawn, tried as they come, mended once, their rules handed on in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aimo_pipeline.budget.signals import Traces
from aimo_pipeline.llm.completer import NoCompletion
from aimo_pipeline.outcome import TraceFailed
from aimo_pipeline.proof import Fitted
from aimo_pipeline.solving.arrivals import Arrivals, Ticket
from aimo_pipeline.solving.case import Case
from aimo_pipeline.solving.workshop import Workshop
from aimo_pipeline.trace.generate import Program, generate, generate_again

Try = Callable[[Program, Ticket[Fitted]], Awaitable[TraceFailed | None]]
Prove = Callable[[Fitted], Awaitable[None]]


class Shotgun:
    """Independent programs for one problem, of which the first with a verified rule ends the others.

    Args:
        shop, case: settings and model; the problem.
        tries: what is done with a program that came: gives its ticket the rule, returns why it gave no terms.
        proves: what is done with a rule.
    """

    def __init__(self, shop: Workshop, case: Case, *, tries: Try, proves: Prove) -> None:
        self._shop, self._case, self._tries, self._proves = shop, case, tries, proves
        self._arrivals: Arrivals[Fitted] = Arrivals()
        self._arrived: set[int] = set()

    async def fire(self, routing: asyncio.Task[None]) -> None:
        """Draw as many programs as the effort says, and see them through.

        Args:
            routing: ends when the problem's class is known. Programs are asked for before that; those that
                the class makes needless are given up if they have not come yet.
        """
        async with asyncio.TaskGroup() as group:
            drawing = group.create_task(self._draw(routing))
            proving = group.create_task(self._prove_all())
            await asyncio.wait({proving})
            drawing.cancel()

    async def _draw(self, routing: asyncio.Task[None]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                first = self._case.effort.trace_samples
                drawn = [group.create_task(self._sample(number)) for number in range(first)]
                await asyncio.wait({routing})
                wanted = self._case.effort.trace_samples
                for number, task in enumerate(drawn):
                    if number >= wanted and number not in self._arrived:
                        task.cancel()
                for number in range(first, wanted):
                    group.create_task(self._sample(number))
        finally:
            self._arrivals.close()

    async def _sample(self, sample: int) -> None:
        """One independent sample: its program, and another one if that fails."""
        case, shop = self._case, self._shop
        config = shop.under(case).trace
        with shop.stage(case.problem, "trace"):
            program = await generate(
                case.problem, sample=sample, completer=shop.completer, deadline=case.deadline, config=config
            )
            failure = await self._tried(program)
            if failure is None or isinstance(program, NoCompletion):
                return
            program = await generate_again(
                case.problem,
                program,
                failure,
                completer=shop.completer,
                deadline=case.deadline,
                config=config,
            )
            if isinstance(program, NoCompletion) or await self._tried(program) is not None:
                case.told(Traces.FAILED)

    async def _tried(self, program: Program | NoCompletion) -> TraceFailed | None:
        """The failure of a program that gave no terms; the same text again is not an independent program."""
        if isinstance(program, NoCompletion) or program.source in self._case.sources:
            return None
        self._case.sources.add(program.source)
        self._arrived.add(program.sample)
        with self._arrivals.ticket() as ticket:
            return await self._tries(program, ticket)

    async def _prove_all(self) -> None:
        """Let Lean look at rules as they come, until one is verified.

        A rule with another value that is at hand by then is looked at as well: should Lean verify that too,
        neither may be called verified.
        """
        async for fitted in self._arrivals:
            await self._proves(fitted)
            if self._case.verified():
                for other in self._case.due():
                    await self._proves(other)
                return
