"""A real vLLM on the CPU with a real small model, under the whole pipeline: killed, stopped, and back again.

`build_submission.py test` prepares both; elsewhere these tests are skipped. The model solves next to nothing:
what is looked at is that every stage runs on live tokens, and that a problem gets its answer in time whatever
happens to the server. All time limits follow from the first start, for other work may run beside this.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.config import Config, Effort, EffortConfig, RouteConfig, SandboxConfig, VerifyConfig
from aimo_pipeline.config.llm_presets import from_preset
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Answer, Problem
from aimo_pipeline.llm.completer import (
    Completer,
    Completion,
    CompletionOutcome,
    CompletionRequest,
    Message,
    Sampling,
)
from aimo_pipeline.observe.journal import Journal, read_journal
from aimo_pipeline.pipeline import Solver, open_solver
from aimo_pipeline.route.ask import read_class, route_messages, schema
from tests.conftest import Processes

MODEL, PYTHON = os.environ.get("AIMO_TEST_MODEL"), os.environ.get("AIMO_TEST_VLLM_PYTHON")
DEMO = Path(__file__).parents[1] / "fixtures" / "problems" / "demo.csv"
CLOCK = MonotonicClock()

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (MODEL and PYTHON), reason="no vLLM: run `build_submission.py model` first"),
]


def live_config() -> Config:
    """Few tokens for each stage, and time for them on a machine that has other work."""
    llm = from_preset("smollm2-cpu", Path(MODEL or ""), python=Path(PYTHON or ""), environ=os.environ)
    assert llm.engine is not None
    watching = replace(llm.supervision, health_s=3.0, health_misses=3, stall_s=60.0, sample_s=1.0)
    engine = replace(llm.engine, served_name=f"live-{os.getpid()}")
    base = Config()
    return replace(
        base,
        llm=replace(llm, engine=engine, supervision=watching),
        verify=VerifyConfig(engine="off"),
        sandbox=SandboxConfig(allow_missing=True),
        route=RouteConfig(wait_s=300.0),
        # Fewer tokens than a class takes: should the model call a problem untraceable, they have come.
        trace=replace(base.trace, max_tokens=24),
        tir=replace(
            base.tir, rounds=1, turn_tokens=48, harvest_tokens=24, harvest_s=120.0, harvest_share=0.3
        ),
        effort=EffortConfig(presets=((0.0, Effort("live", 1, 5.0, 1, 2, "low", 0, False, alongside=True)),)),
    )


@dataclass
class Scenario:
    """What happened, in the order in which it did.

    Attributes:
        answers: with the seconds that each took, and that it was granted.
        formed: replies to requests with a schema.
        freed_s: from a cancel of many requests until the engine was idle.
        events: of the journal.
        seen: processes of the server over all its lives; `left` those that live after the end.
    """

    answers: list[tuple[Answer, float, float]] = field(default_factory=list)
    formed: list[CompletionOutcome] = field(default_factory=list)
    freed_s: float = 0.0
    events: list[dict[str, Any]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
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


def demo(count: int) -> list[Problem]:
    with DEMO.open(encoding="utf-8", newline="") as stream:
        return [Problem(row["id"], row["problem"]) for row in csv.DictReader(stream)][:count]


async def asked_for_forms(completer: Completer, problem: Problem) -> list[CompletionOutcome]:
    """The class of a problem, as stage route asks for it, and what this model would never say by itself."""
    never = {"properties": {"zebra": {"enum": ["violet"]}}, "required": ["zebra"]}
    never |= {"type": "object", "additionalProperties": False}
    greedy = Sampling(temperature=0.0, top_p=1.0, max_tokens=96)
    return [
        await completer.complete(
            CompletionRequest(
                Problem("form", problem.text), "route", n, 0, messages, replace(greedy, schema=wanted)
            ),
            deadline=Deadline.after(600.0, CLOCK),
        )
        for n, (messages, wanted) in enumerate(
            ((route_messages(problem), schema()), ((Message("user", "What is 7+5?"),), never))
        )
    ]


async def cancelled_in_mid_work(completer: Completer, running: Callable[[], int]) -> float:
    """Ask for more than the engine does at once, cancel it all, and wait until the engine is idle."""
    question = (Message("user", "Count from one to ten thousand in words."),)
    long = Sampling(temperature=1.0, top_p=1.0, max_tokens=1800)
    deadline = Deadline.after(900.0, CLOCK)
    tasks = [
        asyncio.ensure_future(
            completer.complete(
                CompletionRequest(Problem("long", "x"), "tir", n, 0, question, long), deadline=deadline
            )
        )
        for n in range(16)  # so many that each takes long, however soon the model ends
    ]
    await _until(lambda: running() >= 4, 120.0)
    for task in tasks:
        task.cancel()
    began_s = time.monotonic()
    await asyncio.wait(tasks)
    await _until(lambda: running() == 0, 60.0)
    return time.monotonic() - began_s


async def play(journal_path: Path, processes: Processes) -> Scenario:
    """One server for all: forms, a cancel, and three problems: one in peace, one whose server is killed in
    mid-completion, one whose server is stopped there."""
    scenario, config, problems = Scenario(), live_config(), demo(3)

    def told(kind: str) -> list[dict[str, Any]]:
        return [event for event in read_journal(journal_path) if event["type"] == kind]

    def running() -> int:
        sampled = told("ServerSampled")
        return int(sampled[-1]["running"]) if sampled else 0

    async def solved(solver: Solver, problem: Problem, grant_s: float) -> None:
        began_s = time.monotonic()
        answer = await solver.solve(problem, deadline=Deadline.after(grant_s, CLOCK))
        scenario.answers.append((answer, time.monotonic() - began_s, grant_s))

    async def struck(solver: Solver, problem: Problem, grant_s: float, number: signal.Signals) -> None:
        begun, asked = len(told("ServerReady")), len(told("PromptSent"))
        solving = asyncio.ensure_future(solved(solver, problem, grant_s))
        await _until(lambda: len(told("PromptSent")) > asked, 60.0)
        scenario.seen.update(struck_down := servers(config, processes))
        for pid in struck_down:
            os.kill(pid, number)
        await solving
        assert len(told("ServerReady")) > begun, "the server did not come back while the problem was on"

    with Journal.open(journal_path, CLOCK) as journal:
        async with open_solver(config, journal=journal, clock=CLOCK) as solver:
            await _until(lambda: told("ServerReady") or told("ServerGivenUp"), 600.0)
            grant_s = 60.0 + 10.0 * float(told("ServerReady")[0]["seconds"])
            scenario.formed = await asked_for_forms(solver._shop.completer, problems[0])
            scenario.freed_s = await cancelled_in_mid_work(solver._shop.completer, running)
            await solved(solver, problems[0], grant_s)
            await struck(solver, problems[1], grant_s, signal.SIGKILL)
            await struck(solver, problems[2], grant_s, signal.SIGSTOP)
            scenario.left = servers(config, processes)
            assert len(scenario.left) >= 3  # keeper, front end, engine
            scenario.seen.update(scenario.left)
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

    @pytest.mark.parametrize("stage", ["route", "trace", "tir", "harvest"])
    def test_every_stage_that_asks_was_given_live_tokens(self, scenario: Scenario, stage: str) -> None:
        given = [
            one
            for one in scenario.of("CompletionFinished")
            if one["stage"] == stage and one["problem_id"].startswith("demo-")
        ]
        assert given, f"no completion for {stage}"
        assert {one["author"] for one in given} == {f"live-{os.getpid()}"}
        assert all(one["completion_tokens"] >= 1 and one["ttft_s"] > 0.0 for one in given)
        assert all(one["text"].strip() for one in given)

    def test_each_attempt_came_to_an_end_of_its_own(self, scenario: Scenario) -> None:
        ended = scenario.of("AttemptFinished")
        assert {one["problem_id"] for one in ended} == {"demo-01", "demo-02", "demo-03"}
        assert not {"deadline", "engine_died", "refused"} & {one["source"] for one in ended}

    def test_the_shared_block_was_in_the_cache(self, scenario: Scenario) -> None:
        assert any((event["prefix_hit_share"] or 0.0) > 0.5 for event in scenario.of("ServerSampled"))

    def test_the_killed_server_came_back(self, scenario: Scenario) -> None:
        assert scenario.of("ServerDied")[0]["status"] == -signal.SIGKILL
        assert [event["life"] for event in scenario.of("ServerReady")][:2] == [1, 2]

    def test_the_stopped_server_was_found_and_replaced(self, scenario: Scenario) -> None:
        assert scenario.of("ServerStalled")
        assert len(scenario.of("ServerReady")) >= 3

    @pytest.mark.parametrize("problem", ["demo-02", "demo-03"])
    def test_requests_that_broke_were_sent_again(self, scenario: Scenario, problem: str) -> None:
        assert problem in {one["problem_id"] for one in scenario.of("CompletionRetried")}

    def test_nothing_of_the_server_is_left(self, scenario: Scenario) -> None:
        assert scenario.left == []
        registered = {f"__KMP_REGISTERED_LIB_{pid}_{os.getuid()}" for pid in scenario.seen}
        assert not registered & {path.name for path in Path("/dev/shm").iterdir()}


class TestForms:
    """A reply to a request with a schema satisfies it, whatever the model would have said."""

    def test_the_class_of_a_problem_can_be_read(self, scenario: Scenario) -> None:
        said = scenario.formed[0]
        assert isinstance(said, Completion) and said.finish == "stop"
        assert read_class(said.text) is not None
        assert {one["source"] for one in scenario.of("RouteFinished")} == {"model"}

    def test_the_schema_is_kept_to_the_letter(self, scenario: Scenario) -> None:
        said = scenario.formed[1]
        assert isinstance(said, Completion) and json.loads(said.text) == {"zebra": "violet"}


class TestAbort:
    """A cancelled request frees its place in the engine at once."""

    def test_cancelled_requests_leave_the_engine(self, scenario: Scenario) -> None:
        gone = [one for one in scenario.of("CompletionMissing") if one["problem_id"] == "long"]
        assert len(gone) >= 12 and {one["cause"] for one in gone} == {"cancelled"}
        assert scenario.freed_s < 60.0
