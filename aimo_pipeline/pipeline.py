"""The only file that knows the order of the stages.

    route ─┐
    trace → mine → fresh terms → evaluate → translate → verify ─┐
      ↘ dead end, nothing verified, or alongside → tir → harvest ┴→ answer

The stages of one problem run at the same time where it pays: the class of the problem is asked for together
with the first trace programs, each program is run and mined as it comes, and the first rule that Lean
verifies ends everything else. Every stage edge has a boundary: a bug in one stage costs that stage's
contribution, not the answer. A best-so-far answer exists before the first await, and running out of time, or
out of worth, means choosing among what is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aimo_pipeline.budget.effort import effort_for, within
from aimo_pipeline.budget.signals import Traces
from aimo_pipeline.budget.watch import Watch
from aimo_pipeline.config import Config
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.domain import Answer, Problem, Route, Subject
from aimo_pipeline.llm.again import AgainCompleter
from aimo_pipeline.llm.completer import Completer
from aimo_pipeline.llm.journaled import JournaledCompleter
from aimo_pipeline.llm.open import open_completer
from aimo_pipeline.mine.apart import Mining, MiningProcess
from aimo_pipeline.observe.events import Cancelled, MiningLost, WorkEnded
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.outcome import Found, Traced, TraceFailed
from aimo_pipeline.proof import Fitted
from aimo_pipeline.route.ask import ask_route
from aimo_pipeline.route.classify import route_by_words
from aimo_pipeline.solving import records
from aimo_pipeline.solving.arrivals import Ticket
from aimo_pipeline.solving.case import GUESS, Case
from aimo_pipeline.solving.confined import open_sandbox
from aimo_pipeline.solving.health import Watched, health_sampled
from aimo_pipeline.solving.programs import Programs
from aimo_pipeline.solving.reasoning import Reasoning
from aimo_pipeline.solving.shotgun import Shotgun
from aimo_pipeline.solving.workshop import Workshop
from aimo_pipeline.trace.generate import Program
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.verify.ready import Lean


class Solver:
    """Answers problems one after another; made by open_solver."""

    def __init__(
        self,
        config: Config,
        *,
        completer: Completer,
        mining: Mining,
        lean: Lean,
        sandbox: Sandbox,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._shop = Workshop(
            config,
            completer=AgainCompleter(JournaledCompleter(completer, journal), config.llm.client, clock),
            mining=mining,
            lean=lean,
            sandbox=sandbox,
            journal=journal,
            clock=clock,
        )
        self._config, self._journal, self._clock = config, journal, clock

    async def solve(self, problem: Problem, *, deadline: Deadline, watch: Watch | None = None) -> Answer:
        """Find an answer and its evidence.

        Args:
            problem: any text, also empty or malformed.
            deadline: when the answer must be there.
            watch: the budget's plan for the problem, which may end the work before; it is kept up to date.
                None: only the deadline ends it.

        Returns:
            An integer in 0..99999 in any case; Guessed when nothing supports it.

        Raises:
            CancelledError: only that.
        """
        began_s = self._clock.now_s()
        self._journal.write(records.started(problem, deadline.remaining_s()))
        case = self._case(problem, deadline.earlier(self._config.budget.answer_reserve_s))
        await self._work(case, watch, began_s)
        answer = GUESS
        with self._shop.stage(problem, "answer"):
            answer = case.best()
            self._journal.write(*records.stood(case, answer))
        self._journal.write(records.answered(problem, answer, self._clock.now_s() - began_s))
        return answer

    def _case(self, problem: Problem, deadline: Deadline) -> Case:
        route = Route(Subject.OTHER, True)
        with self._shop.stage(problem, "route"):
            route = route_by_words(problem)
        effort = within(effort_for(deadline.remaining_s(), route, self._config.effort), self._config)
        return Case(problem, deadline, route, effort)

    async def _work(self, case: Case, watch: Watch | None, began_s: float) -> None:
        loop, reason = asyncio.get_running_loop(), "outside"
        if watch is not None:
            watch.best = case.best
        try:
            async with asyncio.timeout(None) as limit:
                ends = self._clock.alarm(case.deadline.at_s, lambda: limit.reschedule(loop.time()))
                try:
                    with self._shop.stage(case.problem, "pipeline"):
                        await self._watched(case, watch)
                finally:
                    ends.cancel()
            reason = case.why_over()
        except TimeoutError:
            reason = "deadline"
            self._journal.write(Cancelled(case.problem.id, reason))
        except asyncio.CancelledError:
            self._journal.write(Cancelled(case.problem.id, reason))
            raise
        finally:
            if watch is not None:
                watch.signals = case.signals()
            seconds = round(self._clock.now_s() - began_s, 3)
            self._journal.write(WorkEnded(case.problem.id, reason, seconds))

    async def _watched(self, case: Case, watch: Watch | None) -> None:
        """The stages, beside looks at whether the problem is worth its time."""
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._look(case, watch)) if watch is not None else None
            await self._stages(case)
            if looking is not None:
                looking.cancel()

    async def _look(self, case: Case, watch: Watch) -> None:
        """Look when the plan says so and when the signals change, until it is time to stop."""
        lead_s, told = self._shop.harvest_s(case.deadline), None
        watch.signals = case.signals()
        while True:
            going_on = watch.going_on(lead_s)
            if (watch.signals, going_on) != told:
                told = (watch.signals, going_on)
                self._journal.write(records.looked(case.problem.id, watch, lead_s))
            if not going_on:
                watch.gave_up = not case.decided()
                case.stop.set()
                return
            most_s = watch.next_look_s(lead_s)
            watch.signals = await self._shop.signals_after(case, watch.signals, most_s)

    async def _stages(self, case: Case) -> None:
        async with asyncio.TaskGroup() as group:
            routing = group.create_task(self._route(case))
            tracing = group.create_task(self._trace(case, routing))
            reasoning = group.create_task(self._reason(case, routing, tracing))
            stopping = group.create_task(case.stop.wait())
            await asyncio.wait({tracing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stopping.done():
                tracing.cancel()
            await asyncio.wait({tracing})
            case.traced = True
            case.changed.set()
            if case.verified():
                reasoning.cancel()
            await asyncio.wait({reasoning})
            routing.cancel()
            stopping.cancel()

    async def _route(self, case: Case) -> None:
        """A model's reading of the problem, if it comes in time, in place of the one by words."""
        began_s, source = self._clock.now_s(), "text"
        with self._shop.stage(case.problem, "route"):
            asked = await ask_route(
                case.problem,
                completer=self._shop.completer,
                deadline=case.deadline,
                config=self._config.route,
            )
            if asked is not None:
                case.route, source = asked, "model"
        self._journal.write(records.routed(case, source, self._clock.now_s() - began_s))
        self._shop.choose_effort(case, "route")

    async def _trace(self, case: Case, routing: asyncio.Task[None]) -> None:
        """Programs, each on its way to a rule; and their rules, one after another, to Lean."""
        steps = Programs(self._shop, case)

        async def tries(program: Program, ticket: Ticket[Fitted]) -> TraceFailed | None:
            traced = await steps.run(program)
            if isinstance(traced, TraceFailed):
                return traced
            with self._shop.stage(case.problem, "mine"):
                fitted = await self._mine(steps, program.sample, traced)
                if fitted is not None:
                    ticket.give(fitted)
            case.told(Traces.MINED if program.sample in case.rules else Traces.RAN)
            return None

        async def proves(fitted: Fitted) -> None:
            with self._shop.stage(case.problem, "verify"):
                await steps.prove(fitted)

        await Shotgun(self._shop, case, tries=tries, proves=proves).fire(routing)

    async def _mine(self, steps: Programs, sample: int, traced: Traced) -> Fitted | None:
        """A rule behind the terms, held to fresh ones, with its value at the asked-for index."""
        began_s, case = self._clock.now_s(), steps.case
        asked = (traced.target,)
        outcome = await self._shop.mining.mine(traced.sequence, asked, deadline=case.deadline)
        found = (await steps.hold(sample, outcome, traced, began_s)).outcome
        return await steps.evaluate(sample, traced, found) if isinstance(found, Found) else None

    async def _reason(self, case: Case, routing: asyncio.Task[None], tracing: asyncio.Task[None]) -> None:
        """Attempts: beside the traces where the effort says so, else when they led to nothing verified."""
        await asyncio.wait({routing})
        if not case.effort.alongside:
            await asyncio.wait({tracing})
        if not case.verified() and not case.stop.is_set():
            await Reasoning(self._shop, case).rounds()


@asynccontextmanager
async def open_solver(config: Config, *, journal: Journal, clock: Clock) -> AsyncIterator[Solver]:
    """Everything that solving needs, for as long as the block lasts.

    Lean and the model's server start in the background; the first problem that needs one waits for it.

    Raises:
        UserError: the recordings cannot be read, or programs cannot be confined on this machine.
    """
    async with (
        open_completer(config.llm, journal=journal, clock=clock) as completer,
        Lean.opened(config.verify, journal=journal, clock=clock) as lean,
        open_sandbox(config, journal=journal, clock=clock) as sandbox,
        MiningProcess.opened(config.mine, lambda reason: journal.write(MiningLost(reason))) as mining,
        health_sampled(Watched(lean, sandbox), journal=journal, config=config.observe, clock=clock),
    ):
        yield Solver(
            config,
            completer=completer,
            mining=mining,
            lean=lean,
            sandbox=sandbox,
            journal=journal,
            clock=clock,
        )
