"""A whole file: scan, solve, write the results; interrupted, it goes on where it was."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import polars as pl

from aimo_pipeline import __version__, pipeline
from aimo_pipeline.batch.lanes import Lanes, Solves
from aimo_pipeline.batch.resume import earlier_answers
from aimo_pipeline.batch.scan import scan
from aimo_pipeline.budget.accounts import Accounts
from aimo_pipeline.budget.controller import Controller
from aimo_pipeline.budget.earlier import with_earlier
from aimo_pipeline.config import Config, settings_of
from aimo_pipeline.deadline import Clock
from aimo_pipeline.domain import Problem
from aimo_pipeline.gateway.contract import ANSWER_SCHEMA
from aimo_pipeline.gateway.local import SUBMISSION, ProblemRow, read_problems
from aimo_pipeline.gateway.output import keep_results, output_folder
from aimo_pipeline.gateway.score import GatewayName, Given, Report, Row, make_rows
from aimo_pipeline.observe.events import AnswerExpected, RunFinished, RunStarted
from aimo_pipeline.observe.journal import Journal, run_journal
from aimo_pipeline.observe.reading import JOURNAL

_BATCH: GatewayName = "batch"


class OpenSolver(Protocol):
    """The signature of pipeline.open_solver."""

    def __call__(
        self, config: Config, *, journal: Journal, clock: Clock
    ) -> AbstractAsyncContextManager[Solves]:
        """A context in which problems can be solved, several at once."""
        ...


@dataclass(frozen=True)
class Watching:
    """Who is told how it goes.

    Attributes:
        begins: called once, with the number of problems and how many were answered by an earlier run.
        answered: called with each answer as it comes.
    """

    begins: Callable[[int, int], None]
    answered: Callable[[Given], None]


async def solve_file(
    path: Path,
    *,
    config: Config,
    fresh: bool,
    clock: Clock,
    start_s: float,
    watching: Watching,
    open_solver: OpenSolver = pipeline.open_solver,
) -> Report:
    """Answer every problem of a file, the easy ones first, several at the same time.

    Args:
        path: CSV with id, problem and, if known, answer.
        config: results.json, submission.parquet and the journal go to config.gateway.output_dir.
        fresh: answer again what an earlier run in that folder has answered.
        clock: of all deadlines.
        start_s: when the process began, on `clock`.
        watching: is told how it goes.
        open_solver: the pipeline's; tests put another in its place.

    Returns:
        The report over all problems of the file, in its order.

    Raises:
        UserError: the file, the folder, or a journal of gateway.earlier_runs is not usable.
        CancelledError: on Ctrl-C or SIGTERM, after everything was closed; what was answered is in
            results.json and in the journal, from which the next call goes on.
    """
    config = with_earlier(config)
    rows, folder = read_problems(path), output_folder(config.gateway)
    known = {} if fresh else earlier_answers(folder, rows)
    todo = [Problem(row.id, row.text) for row in rows if row.id not in known]
    config = replace(config, budget=replace(config.budget, problems=max(1, len(todo))))
    watching.begins(len(rows), len(known))
    given: list[Given] = []

    def tell(one: Given) -> None:
        given.append(one)
        watching.answered(one)

    with _journal(config, clock) as journal:
        try:
            with _cancelled_on_sigterm():
                await _solve_all(todo, config, journal, clock, start_s, tell, open_solver)
        finally:
            for row in rows:
                if row.expected is not None:
                    journal.write(AnswerExpected(row.id, row.expected))
            report = _report(rows, known, given, folder, journal)
        journal.write(RunFinished(len(given), clock.now_s() - start_s))
    return replace(report, journal=str(journal.path))


async def _solve_all(
    todo: Sequence[Problem],
    config: Config,
    journal: Journal,
    clock: Clock,
    start_s: float,
    tell: Callable[[Given], None],
    open_solver: OpenSolver,
) -> None:
    if not todo:
        return
    budget = Controller(config.budget, lanes=config.batch.lanes)
    accounts = Accounts(budget, config.budget, journal=journal, clock=clock, start_s=start_s)
    async with open_solver(config, journal=journal, clock=clock) as solver:
        await asyncio.to_thread(accounts.prepare)
        lanes = Lanes(solver, accounts, journal, tell)
        await lanes.work([one.problem for one in scan(todo)], lanes=config.batch.lanes)


@contextmanager
def _journal(config: Config, clock: Clock) -> Iterator[Journal]:
    with run_journal(config.gateway.output_dir / JOURNAL, clock, config.observe.secrets) as journal:
        problems, total_s = config.budget.problems, config.budget.total_s
        journal.write(RunStarted(__version__, _BATCH, problems, total_s, settings_of(config)))
        yield journal


@contextmanager
def _cancelled_on_sigterm() -> Iterator[None]:
    """SIGTERM ends the work as Ctrl-C does, which asyncio itself sees to."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def _report(
    rows: Sequence[ProblemRow], known: dict[str, Row], given: list[Given], folder: Path, journal: Journal
) -> Report:
    """What there is, written down; problems that were not answered are left out."""
    expected = {row.id: row.expected for row in rows}
    found = known | {row.id: row for row in make_rows(given, expected)}
    ordered = tuple(found[id_] for id_ in expected if id_ in found)
    submission = folder / SUBMISSION
    columns = {"id": [row.id for row in ordered], "answer": [row.answer for row in ordered]}
    pl.DataFrame(columns, schema=ANSWER_SCHEMA).write_parquet(submission)
    report = Report(_BATCH, ordered, str(submission), str(journal.path))
    keep_results(report, folder)
    return report
