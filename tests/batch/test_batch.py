"""A whole file at once: the easy first, nobody waits for a slow one, interrupted it goes on where it was."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aimo_pipeline.batch.run import Watching, solve_file
from aimo_pipeline.batch.scan import scan
from aimo_pipeline.budget.watch import Watch
from aimo_pipeline.config import BatchConfig, BudgetConfig, Config, GatewayConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Answer, Guessed, Problem, Voted
from aimo_pipeline.gateway.score import Given, Report, read_results
from aimo_pipeline.observe.events import AnswerGiven, ProblemStarted
from aimo_pipeline.observe.reading import read_journal


class Fake:
    """A solver whose problems say what becomes of them: "answer N", "slow N", "hang", "break", "guess"."""

    def __init__(self, journal: Any) -> None:
        self.journal = journal
        self.asked: list[str] = []
        self.most = self.now = 0

    async def solve(self, problem: Problem, *, deadline: Deadline, watch: Watch | None = None) -> Answer:
        self.asked.append(problem.id)
        self.journal.write(ProblemStarted(problem.id, problem.sha256, problem.text, len(problem.text), 1.0))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            answer = await self._answer(problem.text, deadline)
        finally:
            self.now -= 1
        name, text = type(answer.evidence).__name__, str(answer.evidence)
        self.journal.write(AnswerGiven(problem.id, answer.value, name, text, answer.path, 0.1))
        return answer

    async def _answer(self, text: str, deadline: Deadline) -> Answer:
        word, _, value = text.partition(" ")
        if word == "break":
            raise RuntimeError("broken")
        if word == "hang":
            await asyncio.sleep(deadline.remaining_s())
        if word in ("hang", "guess"):
            return Answer(0, Guessed(), "guess")
        await asyncio.sleep(0.3 if word == "slow" else 0.0)
        return Answer(int(value), Voted(3, 4), "tir>vote")


class Batch:
    """Runs files with the fake solver."""

    def __init__(self, folder: Path, budget: BudgetConfig) -> None:
        self.folder, self.budget = folder, budget
        self.solver: Fake | None = None
        self.told: list[Given] = []
        self.begun: tuple[int, int] | None = None

    def config(self, lanes: int) -> Config:
        return Config(
            budget=self.budget,
            gateway=GatewayConfig(output_dir=self.folder / "out"),
            batch=BatchConfig(lanes=lanes),
        )

    async def work(self, texts: list[str], lanes: int = 4, fresh: bool = False) -> Report:
        path = self.folder / "problems.csv"
        lines = [f"p{number},{text}," for number, text in enumerate(texts)]
        path.write_text("\n".join(["id,problem,answer", *lines]) + "\n")
        self.told.clear()

        @asynccontextmanager
        async def open_solver(config: Config, *, journal: Any, clock: Any) -> AsyncIterator[Fake]:
            self.solver = Fake(journal)
            yield self.solver

        def begins(total: int, known: int) -> None:
            self.begun = (total, known)

        return await solve_file(
            path,
            config=self.config(lanes),
            fresh=fresh,
            clock=MonotonicClock(),
            start_s=time.monotonic(),
            watching=Watching(begins, self.told.append),
            open_solver=open_solver,
        )

    def run(self, texts: list[str], **options: Any) -> Report:
        return asyncio.run(self.work(texts, **options))


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    budget = BudgetConfig(total_s=60.0, reserve_s=1.0, horizon_s=600.0, step_s=30.0, cell_s=60.0)
    return Batch(tmp_path, budget)


class TestSolveFile:
    """Every problem of the file is answered, and the results are the gateway's."""

    def test_results_are_in_the_files_order_with_a_submission(self, batch: Batch) -> None:
        report = batch.run(["slow 5", "answer 6", "guess", "answer 7"])
        assert {row.id: row.answer for row in report.problems} == {"p0": 5, "p1": 6, "p2": 0, "p3": 7}
        assert [row.id for row in report.problems] == ["p0", "p1", "p2", "p3"]
        assert report.gateway == "batch"
        assert pl.read_parquet(report.submission)["answer"].to_list() == [5, 6, 0, 7]
        assert read_results(batch.folder / "out" / "results.json").problems == report.problems
        assert batch.begun == (4, 0)

    def test_so_many_at_a_time_and_no_more(self, batch: Batch) -> None:
        batch.run(["slow 1"] * 9, lanes=3)
        assert batch.solver is not None
        assert batch.solver.most == 3

    def test_nobody_waits_for_one_that_hangs(self, batch: Batch) -> None:
        batch.budget = dataclasses.replace(batch.budget, total_s=8.0, ceiling_s=3.0)
        report = batch.run(["hang", *["answer 1"] * 6], lanes=2)
        assert [given.problem_id for given in batch.told][-1] == "p0"
        assert sum(row.answer == 1 for row in report.problems) == 6

    def test_a_solver_that_breaks_costs_its_problem_only(self, batch: Batch) -> None:
        report = batch.run(["break", "answer 2"])
        assert [row.answer for row in report.problems] == [0, 2]
        records = list(read_journal(Path(report.journal)))
        assert [one["cause"] for one in records if one["type"] == "StageFailed"] == ["RuntimeError"]

    def test_grants_come_from_the_ledger_and_end_before_the_clock(self, batch: Batch) -> None:
        report = batch.run(["answer 1"] * 5, lanes=2)
        records = list(read_journal(Path(report.journal)))
        granted = [one for one in records if one["type"] == "GrantGiven"]
        assert len(granted) == 5
        assert all(0.0 < one["grant_s"] <= one["left_s"] for one in granted)
        assert [one["type"] for one in records].count("AccountClosed") == 5


class TestResuming:
    """What the journal says was answered is not asked again; guesses are."""

    def test_a_second_run_asks_only_what_is_missing(self, batch: Batch) -> None:
        batch.run(["answer 1", "guess", "answer 3"])
        report = batch.run(["answer 1", "answer 2", "answer 3"])
        assert batch.solver is not None
        assert batch.solver.asked == ["p1"]
        assert [row.answer for row in report.problems] == [1, 2, 3]
        assert batch.begun == (3, 2)

    def test_a_changed_text_is_asked_again(self, batch: Batch) -> None:
        batch.run(["answer 1", "answer 2"])
        report = batch.run(["answer 9", "answer 2"])
        assert [row.answer for row in report.problems] == [9, 2]

    def test_fresh_asks_all_again(self, batch: Batch) -> None:
        batch.run(["answer 1"])
        batch.run(["answer 1"], fresh=True)
        assert batch.solver is not None
        assert batch.solver.asked == ["p0"]

    def test_cancelled_in_the_middle_it_keeps_what_there_is_and_goes_on(self, batch: Batch) -> None:
        async def cancelled() -> None:
            work = asyncio.create_task(batch.work(["answer 1", "hang", "answer 3"], lanes=3))
            while len(batch.told) < 2:
                await asyncio.sleep(0.01)
            work.cancel()
            await asyncio.wait({work})
            assert work.cancelled()

        asyncio.run(cancelled())
        assert batch.solver is not None
        assert batch.solver.now == 0
        kept = read_results(batch.folder / "out" / "results.json")
        assert [row.id for row in kept.problems] == ["p0", "p2"]
        batch.run(["answer 1", "answer 2", "answer 3"])
        assert batch.solver.asked == ["p1"]


class TestScan:
    """What can be traced comes before what cannot, algebra before geometry, short before long."""

    def test_the_order(self) -> None:
        texts = {
            "geometry": "In a triangle the altitude is 5. Find the radius of its circumcircle.",
            "long": "How many subsets of {1, ..., n} are there? " * 3,
            "short": "How many subsets are there?",
            "algebra": "Find the polynomial with real numbers as roots of f.",
        }
        scanned = scan([Problem(name, text) for name, text in texts.items()])
        assert [one.problem.id for one in scanned] == ["algebra", "short", "long", "geometry"]
