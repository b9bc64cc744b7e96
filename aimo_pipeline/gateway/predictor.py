"""`predict` as the competition calls it: from any thread, one problem at a time, never raising.

The pipeline is asynchronous and lives for the whole run on one event loop in a thread of its own,
which only this file owns. predict hands a problem to that loop and waits, a little beyond the
problem's deadline at most; whatever goes wrong, an integer comes back.

Not covered: a solver that blocks the loop's thread without awaiting. Each predict then still
answers at its own cap, with the fallback.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Protocol, TypeVar

import polars as pl
import uvloop

from aimo_pipeline.budget.accounts import Accounts
from aimo_pipeline.budget.controller import Controller
from aimo_pipeline.budget.endings import Ending
from aimo_pipeline.budget.watch import Watch
from aimo_pipeline.config import Config
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.domain import Answer, Guessed, Problem
from aimo_pipeline.errors import StageError, boundary
from aimo_pipeline.gateway.contract import FALLBACK_ANSWER, answer_frame, read_problem
from aimo_pipeline.gateway.score import Given
from aimo_pipeline.observe.events import PredictFailed, StageFailed
from aimo_pipeline.observe.journal import Journal

T = TypeVar("T")

_CAUSE_CHARACTERS = 300


class Solves(Protocol):
    """What predict needs of the pipeline."""

    async def solve(self, problem: Problem, *, deadline: Deadline, watch: Watch | None) -> Answer:
        """Answer one problem by its deadline, or sooner if the watch says so."""
        ...


SolverFactory = Callable[[], AbstractAsyncContextManager[Solves]]


class Predictor:
    """Owns the event loop's thread and the solver on it; use with `with`.

    Entering starts the thread and begins to open the solver, without waiting for it: the server
    has to listen within 900 s, while a model may take longer to load. The first predict, which
    has no deadline, waits for it.

    Args:
        open_solver: makes the solver's context; called once, on the loop's thread.
        journal: gets a PredictFailed for every fallback.
        clock: deadlines are counted on it.
        config: budget and gateway slices are used.
        start_s: when the process started, on `clock`; the budget is counted from there.
    """

    def __init__(
        self, open_solver: SolverFactory, *, journal: Journal, clock: Clock, config: Config, start_s: float
    ) -> None:
        self.given: list[Given] = []
        self._open_solver, self._journal, self._clock = open_solver, journal, clock
        self._config = config
        self._accounts = Accounts(
            Controller(config.budget), config.budget, journal=journal, clock=clock, start_s=start_s
        )
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run_loop, name="solver", daemon=True)
        self._solver: concurrent.futures.Future[Solves] = concurrent.futures.Future()
        self._roots: set[asyncio.Task[object]] = set()

    def __enter__(self) -> Predictor:
        self._thread.start()
        self._submit(self._root(self._host_solver()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the solver, which reaps its children; cancel what still runs; end the thread."""
        if self._thread.is_alive():
            closing = self._submit(self._cancel_all())
            concurrent.futures.wait([closing], timeout=self._config.gateway.close_s)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=self._config.gateway.close_s)

    def predict(self, id_: object, problem: object, *_ignored: object) -> pl.DataFrame:
        """Answer one problem.

        Args:
            id_: a polars Series of length 1.
            problem: likewise, the text.
            _ignored: further columns, should the gateway's file have some.

        Returns:
            One row {id, answer}, the answer an int in 0..99999; 0 where all else failed.

        Raises:
            KeyboardInterrupt: Ctrl-C in the calling thread. Nothing else is raised.
        """
        began_s = self._clock.now_s()
        asked = read_problem(id_, problem)
        answer = self._answer(asked)
        self.given.append(Given(asked.id, answer, self._clock.now_s() - began_s))
        return answer_frame(asked.id, answer.value)

    def _answer(self, problem: Problem) -> Answer:
        try:
            with boundary("predict"):
                return self._ask_solver(problem)
        except StageError as error:
            self._journal.write(PredictFailed(problem.id, _brief(error)))
            return Answer(FALLBACK_ANSWER, Guessed(), "fallback")

    def _ask_solver(self, problem: Problem) -> Answer:
        if not self.given:
            self._wait_for_solver()
        began_s = self._clock.now_s()
        watch = self._accounts.open(problem.id)
        deadline, ending = Deadline(began_s + max(watch.plan.stop_s), self._clock), Ending.STOPPED
        try:
            answer = self._solved(problem, deadline, watch)
            ending = self._accounts.ending(answer, watch)
            return answer
        finally:
            self._accounts.close(problem.id, ending, watch.signals)

    def _solved(self, problem: Problem, deadline: Deadline, watch: Watch) -> Answer:
        solver = self._ready_solver(min(deadline.remaining_s(), self._config.budget.base_s))
        asked = self._submit(self._root(_solve(solver, problem, deadline, watch)))
        slack_s = self._config.gateway.slack_s
        try:
            answer = _wait(asked, deadline.remaining_s() + slack_s, "no answer")
        except TimeoutError as error:
            answer = self._best_known(problem, watch, error)
        if not isinstance(answer, Answer):
            raise TypeError(f"the solver returned {type(answer).__name__}, no Answer")
        return answer

    def _best_known(self, problem: Problem, watch: Watch, late: TimeoutError) -> Answer:
        """What the solver would answer now: closing its work can take longer than there is time.

        Raises:
            TimeoutError: it has not begun, or its loop stands still.
        """
        if watch.best is None:
            raise late
        answer = _wait(self._submit(_asked(watch.best)), self._config.gateway.slack_s, "no answer")
        self._journal.write(StageFailed(problem.id, "close", "TimeoutError", str(late)))
        return answer

    def _wait_for_solver(self) -> None:
        """The cold start; what can be prepared meanwhile is."""
        self._accounts.prepare()
        left_s = self._accounts.left_s()
        concurrent.futures.wait([self._solver], timeout=min(self._config.gateway.ready_s, left_s))

    def _ready_solver(self, wait_s: float) -> Solves:
        done, _ = concurrent.futures.wait([self._solver], timeout=wait_s)
        if not done:  # it may still come: the next predict looks again
            raise TimeoutError(f"the solver was not ready after {wait_s:.1f} s more")
        return self._solver.result()

    def _submit(self, work: Coroutine[object, object, T]) -> concurrent.futures.Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _root(self, work: Coroutine[object, object, T]) -> T:
        """Run `work`, known to _cancel_all for as long as it runs."""
        task = asyncio.current_task()
        assert task is not None
        self._roots.add(task)
        try:
            return await work
        finally:
            self._roots.discard(task)

    # --- on the loop's thread -------------------------------------------------------------

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()

    async def _host_solver(self) -> None:
        try:
            with boundary("solver"):
                async with self._open_solver() as solver:
                    self._solver.set_result(solver)
                    await asyncio.Event().wait()  # until cancelled
        except StageError as error:
            self._journal.write(StageFailed("", error.stage, error.cause, _brief(error)))
            if not self._solver.done():
                self._solver.set_exception(error)
        finally:
            self._solver.cancel()  # wakes a predict that waits for a solver that will not come

    async def _cancel_all(self) -> None:
        """Cancel the work this class started; what that work started ends with it, children reaped."""
        for task in list(self._roots):
            task.cancel()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=self._config.gateway.close_s)


def _wait(future: concurrent.futures.Future[T], timeout_s: float, missing: str) -> T:
    try:
        return future.result(timeout=timeout_s)
    except TimeoutError:
        if future.done():  # the solver's own
            raise
        raise TimeoutError(f"{missing} after {timeout_s:.1f} s") from None
    finally:
        future.cancel()  # does nothing to one that is done


async def _asked(best: Callable[[], Answer]) -> Answer:
    return best()


async def _solve(solver: Solves, problem: Problem, deadline: Deadline, watch: Watch) -> Answer:
    try:
        return await solver.solve(problem, deadline=deadline, watch=watch)
    except SystemExit as error:  # would end the loop's thread and with it every later answer
        raise RuntimeError(f"the solver tried to exit with status {error.code}") from error


def _brief(error: StageError) -> str:
    return str(error)[:_CAUSE_CHARACTERS]
