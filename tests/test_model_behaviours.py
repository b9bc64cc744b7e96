"""Whatever a model and its server do, over a real connection: each ending has its cause."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.config import Config, EffortConfig, LlmConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Answer, Fits, Guessed, Problem
from aimo_pipeline.observe.journal import Journal
from tests.llm.fake_openai import Fail, Reply
from tests.llm.scripted_model import (
    Script,
    ScriptedModel,
    arguments,
    boxed,
    calls_tool,
    cut_by_length,
    drops,
    empty,
    ends_early,
    fenced,
    floods,
    says,
    slow,
    thinks_on,
    too_long,
    wrong_types,
)
from tests.llm.served import QUICK, no_lean, served
from tests.sandboxed import Shared
from tests.world import ANSWER, TEXT, TILINGS, World, block
from tests.world import CONFIG as USUAL

# An empty reply is asked for again after a pause, which no test has to wait for.
CONFIG = dataclasses.replace(USUAL, llm=LlmConfig(client=QUICK))
UNREDUCED = Problem("p", "What is it?")


class Bench(World):
    """Solves problems with a scripted model behind the fake server."""

    def run(
        self, script: Script, *, problem: Problem = UNREDUCED, wall_s: float = 60.0, **effort: Any
    ) -> Answer:
        clock = MonotonicClock()
        preset = dataclasses.replace(CONFIG.effort.presets[0][1], trace_samples=0, **effort)
        config: Config = dataclasses.replace(CONFIG, effort=EffortConfig(((0.0, preset),), 1.0))
        self.model = ScriptedModel(script)

        async def go() -> Answer:
            with Journal.open(self.path, clock) as journal:
                async with served(self.model, journal) as completer:
                    solver = self.with_lean(config, completer, no_lean(), journal)
                    return await solver.solve(problem, deadline=Deadline.after(wall_s, clock))

        return asyncio.run(go())

    def outcome(self, sample: int = 0) -> tuple[str | None, str]:
        """Value and source, or the cause, of one attempt."""
        [found] = [one for one in self.records("AttemptFinished") if one["attempt"] == sample]
        return found["value"], found["source"]


@pytest.fixture
def bench(tmp_path: Path, shared_sandbox: Shared) -> Bench:
    return Bench(tmp_path, shared_sandbox)


def beside(*replies: Reply) -> Script:
    """One attempt that behaves in some way, beside two that answer 7 and are no lead."""
    return {("tir", 0): replies, ("tir", 1): [slow(boxed(7), 0.05)], ("tir", 2): [says(boxed(8))]}


ENDINGS: dict[str, tuple[list[Reply], tuple[str | None, str]]] = {
    "boxes": ([says(boxed(42))], ("0x2a", "boxed")),
    "runs a program": ([says(fenced("print(6 * 7)")), says(boxed(42))], ("0x2a", "boxed")),
    "mends its program": ([says(fenced("1 / 0")), says(fenced("42")), says(boxed(42))], ("0x2a", "boxed")),
    "boxes while it thinks, then says otherwise": (
        [says(boxed(42), thinking="perhaps \\boxed{13}, let me check")],
        ("0x2a", "boxed"),
    ),
    "its connection breaks": ([drops("So "), drops(), says(boxed(42))], ("0x2a", "boxed")),
    "is empty once": ([empty(), says(boxed(42))], ("0x2a", "boxed")),
    "ends early": ([ends_early(), says(boxed(42))], ("0x2a", "boxed")),
    "is cut by its length": ([cut_by_length("so far \\boxed{3}, but")], ("0x3", "thinking")),
    "is empty always": ([empty()] * 4, (None, "empty")),
    "sends wrong types": ([wrong_types()] * 4, (None, "empty")),
    "calls the tool in the API's own form": (
        [calls_tool(arguments("x = 6 * 7")), calls_tool("x"), says(boxed(42))],
        ("0x2a", "boxed"),
    ),
    "calls the tool and says no more": ([calls_tool(arguments("6 * 7"))], ("0x2a", "tool_output")),
    "calls a tool that there is not": ([calls_tool("{}", name="browser")] * 4, (None, "bad_header")),
    "calls the tool with half a JSON": ([calls_tool('{"code": "6')] * 4, (None, "bad_header")),
    "is cut in the middle of a call": ([calls_tool('{"code": "6', finish="length")] * 4, (None, "context")),
    "floods": ([floods()] * 4, (None, "no_number")),
    "fills the context": ([says(fenced("print('x')")), too_long()], (None, "context")),
    "its server fails always": ([Fail(500)] * 9, (None, "engine_died")),
    "is refused": ([Fail(400, "no such parameter")] * 2, (None, "refused")),
    "only fails": ([says(fenced("1 / 0")), *[says("Hm.")] * 4], (None, "tool_error")),
    "answers what cannot be": ([says(boxed(10**6)), *[says("Hm.")] * 4], (None, "out_of_contract")),
}


class TestAttempts:
    """One attempt's behaviour has its own ending, and costs the other attempts nothing."""

    @pytest.mark.parametrize("name", ENDINGS)
    def test_a_behaviour_has_its_ending(self, bench: Bench, name: str) -> None:
        replies, ending = ENDINGS[name]
        bench.run(beside(*replies), attempts=3)
        assert bench.outcome() == ending
        assert bench.outcome(1) == ("0x7", "boxed")
        assert bench.records("StageFailed") == []

    def test_slow_tokens_are_cut_at_the_deadline_and_the_last_word_counts(self, bench: Bench) -> None:
        script = beside(thinks_on(0.05)) | {("harvest", 0): [says(boxed(7))]}
        assert bench.run(script, attempts=3, wall_s=4.0).value == 7
        assert bench.outcome() == ("0x7", "harvested")

    def test_a_last_word_that_does_not_come_costs_only_itself(self, bench: Bench) -> None:
        script = beside(thinks_on(0.05)) | {("harvest", 0): [thinks_on(0.05)]}
        bench.run(script, attempts=3, wall_s=4.0)
        assert bench.outcome() == (None, "deadline")
        assert bench.records("Cancelled") == []

    def test_a_full_context_leaves_a_short_conversation_for_the_last_word(self, bench: Bench) -> None:
        turns = [says(fenced("print('x' * 9000)"))] * 3
        script = beside(*turns, too_long()) | {("harvest", 0): [says(boxed(7))]}
        bench.run(script, attempts=3, turns=16)
        assert bench.outcome() == ("0x7", "harvested")

    def test_without_any_word_the_answer_is_a_guess(self, bench: Bench) -> None:
        assert bench.run({}, attempts=3).evidence == Guessed()
        assert {one["source"] for one in bench.records("AttemptFinished")} == {"empty"}


class TestShotgun:
    """The same for trace programs, over the same connection."""

    PROBLEM = Problem("p", TEXT)

    @pytest.mark.parametrize(
        "replies",
        [
            [says(block(TILINGS))],
            [says(block("1 / 0")), says(block(TILINGS))],
            [drops("```python\n"), says(block(TILINGS))],
            [says("No program."), says(block(TILINGS))],
        ],
        ids=["at once", "mended", "broken connection", "no code at first"],
    )
    def test_a_program_comes_through(self, bench: Bench, replies: list[Reply]) -> None:
        answer = self.shot(bench, {("trace", 0): replies})
        assert answer.value == ANSWER
        assert isinstance(answer.evidence, Fits)

    @pytest.mark.parametrize(
        "reply", [empty(), floods(), wrong_types(), Fail(500)], ids=lambda r: str(r)[:20]
    )
    def test_a_bad_sample_costs_the_good_one_nothing(self, bench: Bench, reply: Reply) -> None:
        script = {("trace", 0): [reply] * 4, ("trace", 1): [says(block(TILINGS))]}
        assert self.shot(bench, script).value == ANSWER

    def shot(self, bench: Bench, script: Script) -> Answer:
        clock = MonotonicClock()

        async def go() -> Answer:
            with Journal.open(bench.path, clock) as journal:
                async with served(ScriptedModel(script), journal) as completer:
                    solver = bench.with_lean(CONFIG, completer, no_lean(), journal)
                    return await solver.solve(self.PROBLEM, deadline=Deadline.after(20.0, clock))

        return asyncio.run(go())
