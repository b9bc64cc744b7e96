"""A real vLLM on the CPU with a real small model, under the whole pipeline: killed, stopped, and back again.

`build_submission.py test` prepares both; elsewhere these tests are skipped. The model solves next to nothing:
what is looked at is that every stage runs on live tokens, and that a problem gets its answer in time whatever
happens to the server. All time limits follow from the first start, for other work may run beside this.
"""

from __future__ import annotations

import asyncio
import csv
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.config import Config, Effort, EffortConfig, SandboxConfig, VerifyConfig
from aimo_pipeline.config.llm_presets import from_preset
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Answer, Problem
from aimo_pipeline.llm.completer import Completion, CompletionRequest, Message, Sampling
from aimo_pipeline.llm.live import open_live
from aimo_pipeline.observe.journal import Journal, read_journal
from aimo_pipeline.pipeline import Solver, open_solver
from tests.conftest import Processes

MODEL, PYTHON = os.environ.get("AIMO_TEST_MODEL"), os.environ.get("AIMO_TEST_VLLM_PYTHON")
DEMO = Path(__file__).parents[1] / "fixtures" / "problems" / "demo.csv"
CLOCK = MonotonicClock()

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (MODEL and PYTHON), reason="no vLLM: run `build_submission.py model` first"),
]


def live_config() -> Config:
    llm = from_preset("smollm2-cpu", Path(MODEL or ""), python=Path(PYTHON or ""), environ=os.environ)
    assert llm.engine is not None
    watching = replace(llm.supervision, health_s=3.0, health_misses=3, stall_s=60.0, sample_s=2.0)
    engine = replace(llm.engine, max_model_len=1024, served_name=f"live-{os.getpid()}")
    base = Config()
    return replace(
        base,
        llm=replace(llm, engine=engine, supervision=watching),
        verify=VerifyConfig(engine="off"),
        sandbox=SandboxConfig(allow_missing=True),
        trace=replace(base.trace, max_tokens=160),
        tir=replace(base.tir, rounds=0),
        effort=EffortConfig(presets=((0.0, Effort("live", 1, 5.0, 1, 2, "low", 0, False, alongside=True)),)),
    )


@dataclass
class Scenario:
    """What happened, in the order in which it did.

    Attributes:
        answers: with the seconds that each took, and that it was granted.
        events: of the journal.
        left: processes of the server after the end.
    """

    answers: list[tuple[Answer, float, float]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    left: list[int] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]


def _lives(pid: int) -> bool:
    """Whether a process is more than a zombie, which has no command line left."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


async def _until(holds: Callable[[], object], within_s: float) -> None:
    end_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end_s, "it did not come about"
        await asyncio.sleep(0.1)


def servers(config: Config, processes: Processes) -> list[int]:
    """Every process of this test's server; the engine gives itself another name, so by descent."""
    assert config.llm.engine is not None
    found = set(processes.with_marker(config.llm.engine.served_name))
    while more := {child for pid in found for child in processes.children_of(pid)} - found:
        found |= more
    return sorted(found)


async def play(journal_path: Path, processes: Processes) -> Scenario:
    """Three problems: one in peace, one whose server is killed, one whose server is stopped."""
    scenario, config = Scenario(), live_config()
    with DEMO.open(encoding="utf-8", newline="") as stream:
        problems = [Problem(row["id"], row["problem"]) for row in csv.DictReader(stream)][:3]

    def told(kind: str) -> list[dict[str, Any]]:
        return [event for event in read_journal(journal_path) if event["type"] == kind]

    async def solved(solver: Solver, problem: Problem, grant_s: float) -> None:
        began_s = time.monotonic()
        answer = await solver.solve(problem, deadline=Deadline.after(grant_s, CLOCK))
        scenario.answers.append((answer, time.monotonic() - began_s, grant_s))

    async def struck(solver: Solver, problem: Problem, grant_s: float, number: signal.Signals) -> None:
        begun = len(told("ServerReady"))
        solving = asyncio.ensure_future(solved(solver, problem, grant_s))
        await _until(lambda: any(e["problem_id"] == problem.id for e in told("StageStarted")), 30.0)
        await asyncio.sleep(1.0)
        for pid in servers(config, processes):
            os.kill(pid, number)
        await solving
        assert len(told("ServerReady")) > begun, "the server did not come back while the problem was on"

    with Journal.open(journal_path, CLOCK) as journal:
        async with open_solver(config, journal=journal, clock=CLOCK) as solver:
            await _until(lambda: told("ServerReady") or told("ServerGivenUp"), 600.0)
            start_s = told("ServerReady")[0]["seconds"]
            await solved(solver, problems[0], 30.0 + 0.5 * start_s)
            await struck(solver, problems[1], 20.0 + 2.0 * start_s, signal.SIGKILL)
            await struck(solver, problems[2], 40.0 + 2.0 * start_s, signal.SIGSTOP)
            scenario.left = servers(config, processes)
            assert len(scenario.left) >= 3  # keeper, front end, engine
        await _until(lambda: not [pid for pid in scenario.left if _lives(pid)], 20.0)
        scenario.left = [pid for pid in scenario.left if _lives(pid)]
    scenario.events = list(read_journal(journal_path))
    return scenario


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return asyncio.run(play(tmp_path_factory.mktemp("live") / "journal.jsonl", Processes()))


class TestUnderThePipeline:
    """Every stage runs on live tokens, and no fate of the server costs a problem its answer."""

    def test_each_problem_gets_an_integer_in_range_and_in_time(self, scenario: Scenario) -> None:
        assert len(scenario.answers) == 3
        for answer, took_s, grant_s in scenario.answers:
            assert 0 <= answer.value <= 99999
            assert took_s <= grant_s

    def test_the_canary_was_heard_before_the_first_problem(self, scenario: Scenario) -> None:
        assert scenario.of("CanaryAnswered")[0]["verdict"] in ("right", "wrong")
        order = [event["type"] for event in scenario.events]
        assert order.index("CanaryAnswered") < order.index("ServerReady") < order.index("ProblemStarted")

    def test_stages_were_given_live_tokens_and_the_shared_block_was_in_the_cache(
        self, scenario: Scenario
    ) -> None:
        finished = scenario.of("CompletionFinished")
        assert {event["author"] for event in finished} == {f"live-{os.getpid()}"}
        assert all(event["ttft_s"] is not None for event in finished if event["completion_tokens"])
        assert any((event["prefix_hit_share"] or 0.0) > 0.5 for event in scenario.of("ServerSampled"))

    def test_the_killed_server_came_back(self, scenario: Scenario) -> None:
        assert scenario.of("ServerDied")[0]["status"] == -signal.SIGKILL
        assert [event["life"] for event in scenario.of("ServerReady")][:2] == [1, 2]

    def test_the_stopped_server_was_found_and_replaced(self, scenario: Scenario) -> None:
        assert scenario.of("ServerStalled")
        assert len(scenario.of("ServerReady")) >= 3

    def test_requests_that_broke_were_sent_again(self, scenario: Scenario) -> None:
        assert scenario.of("CompletionRetried")

    def test_nothing_of_the_server_is_left(self, scenario: Scenario) -> None:
        assert scenario.left == []


class TestAbort:
    """A cancelled request frees its place in the engine at once; and a killed parent leaves no server."""

    def test_cancelled_requests_leave_the_engine(self, tmp_path: Path) -> None:
        async def run() -> list[int]:
            path, config = tmp_path / "journal.jsonl", live_config().llm
            question = (Message("user", "Count from one to ten thousand in words."),)
            long = Sampling(temperature=1.0, top_p=1.0, max_tokens=900)

            def running() -> int:
                told = [event for event in read_journal(path) if event["type"] == "ServerSampled"]
                return int(told[-1]["running"]) if told else 0

            with Journal.open(path, CLOCK) as journal:
                async with open_live(config, journal=journal, clock=CLOCK) as completer:
                    deadline = Deadline.after(900.0, CLOCK)
                    first = CompletionRequest(
                        Problem("p", "x"), "tir", 0, 0, question, replace(long, max_tokens=1)
                    )
                    assert isinstance(await completer.complete(first, deadline=deadline), Completion)
                    tasks = [
                        asyncio.ensure_future(
                            completer.complete(
                                CompletionRequest(Problem("p", "x"), "tir", n, 0, question, long),
                                deadline=deadline,
                            )
                        )
                        for n in range(16)  # so many that each takes long, however soon the model ends
                    ]
                    await _until(lambda: running() >= 4, 60.0)
                    for task in tasks:
                        task.cancel()
                    await asyncio.wait(tasks)
                    await _until(lambda: running() == 0, 20.0)
                    return [running()]

        assert asyncio.run(run()) == [0]
