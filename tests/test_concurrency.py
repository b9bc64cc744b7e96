"""What happens at the same time on one problem: programs, attempts beside them, the budget's looks."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.budget.policy import Plan
from aimo_pipeline.budget.signals import HISTORIES, UNTOLD
from aimo_pipeline.budget.watch import Watch
from aimo_pipeline.config import Config, Effort, EffortConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import (
    Agreed,
    Answer,
    CheckedTo,
    CompiledTo,
    Fits,
    Guessed,
    Problem,
    ProvedForAll,
    Voted,
)
from aimo_pipeline.llm.completer import Completion, CompletionOutcome, CompletionRequest, NoCompletion
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.observe.reading import read_journal
from aimo_pipeline.outcome import Compiled, Proved, Unknown, Verdict
from aimo_pipeline.verify.engine import LeanDocument
from aimo_pipeline.verify.ready import Lean
from tests.sandboxed import Shared
from tests.world import ANSWER, CONFIG, HEAD, TEXT, TILINGS, World, block

PROBLEM = Problem("p", TEXT)
EFFORT = CONFIG.effort.presets[0][1]
OTHER = TILINGS.replace("x, y = 1, 1", "x = y = 1")
WRONG = TILINGS.replace("y = y, x + y", "y = y, x + 2 * y")
BROKEN = HEAD + "def a(n):\n    return 1 // 0\n"
BOX = {sample: rf"\boxed{{{5 + sample}}}" for sample in range(4)}

Key = tuple[str, int, int]
Said = str | CompletionOutcome


@dataclass
class Model:
    """Answers by stage, sample and turn, each after a pause; what is not there comes never or not at all.

    Attributes:
        said: texts or outcomes.
        after_s: pauses.
        hangs: stages that never answer what is not in `said`.
        began, cancelled: requests, in order.
    """

    said: Mapping[Key, Said]
    after_s: Mapping[Key, float] = field(default_factory=dict)
    hangs: frozenset[str] = frozenset()
    began: list[Key] = field(default_factory=list)
    cancelled: list[Key] = field(default_factory=list)
    asked: dict[Key, CompletionRequest] = field(default_factory=dict)

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """See Completer."""
        key = (request.stage, request.sample, request.turn)
        self.began.append(key)
        self.asked[key] = request
        try:
            await asyncio.sleep(self.after_s.get(key, 0.0))
            if key not in self.said and request.stage in self.hangs:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.append(key)
            raise
        said = self.said.get(key, NoCompletion("not_recorded"))
        return Completion(said, "test") if isinstance(said, str) else said


class SlowKernel:
    """Proves everything but what the program gives; compiled code gives that too, where it may."""

    name = "fake"

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
        """See Engine."""
        found: dict[str, Verdict] = {theorem.name: Proved() for theorem in document.theorems}
        by_program = Compiled() if "program_values" in document.compiled else Unknown("too slow")
        return found | dict.fromkeys(("program_values", "program", "program_all"), by_program)


@dataclass
class Engine:
    """Proves every theorem, after a pause."""

    after_s: float = 0.0
    name: str = "fake"
    checked: int = 0

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
        """See Engine."""
        self.checked += 1
        await asyncio.sleep(self.after_s)
        return {theorem.name: Proved() for theorem in document.theorems}


def effort(**changes: Any) -> Config:
    """Settings with one preset."""
    preset: Effort = dataclasses.replace(EFFORT, **changes)
    return dataclasses.replace(CONFIG, effort=EffortConfig(((0.0, preset),), 1.0))


class Bench(World):
    """Solves problems with a model, an engine and a plan."""

    def run(
        self,
        model: Model,
        *,
        config: Config = CONFIG,
        engine: Engine | SlowKernel | None = None,
        plan: Callable[[], Plan] | None = None,
        wall_s: float = 60.0,
    ) -> Answer:
        """The answer; `self.watch` is what the budget was told."""
        clock = MonotonicClock()

        async def go() -> Answer:
            with Journal.open(self.path, clock) as journal:
                lean = Lean(asyncio.create_task(asyncio.sleep(0, engine)))
                solver = self.with_lean(config, model, lean, journal)
                self.watch = Watch(plan(), clock.now_s(), clock) if plan else None
                deadline = Deadline.after(wall_s, clock)
                return await solver.solve(PROBLEM, deadline=deadline, watch=self.watch)

        return asyncio.run(go())

    def reason(self) -> str:
        """Why work ended."""
        [ended] = self.records("WorkEnded")
        return str(ended["reason"])


@pytest.fixture
def bench(tmp_path: Path, shared_sandbox: Shared) -> Bench:
    return Bench(tmp_path, shared_sandbox)


class TestShotgun:
    """Programs are tried as they come; the first verified rule ends everything else."""

    def test_the_first_verified_rule_aborts_what_is_still_written(self, bench: Bench) -> None:
        model = Model({("trace", 2, 0): block(TILINGS)}, hangs=frozenset({"trace"}))
        answer = bench.run(model, engine=Engine())
        assert answer.value == ANSWER
        assert isinstance(answer.evidence, ProvedForAll)
        assert sorted(model.cancelled) == [("trace", 0, 0), ("trace", 1, 0), ("trace", 3, 0)]
        assert bench.reason() == "verified"

    def test_an_effort_without_all_n_asks_lean_for_the_first_indices_only(self, bench: Bench) -> None:
        model = Model({("trace", 0, 0): block(TILINGS)})
        answer = bench.run(model, engine=Engine(), config=effort(all_n=False))
        assert isinstance(answer.evidence, CheckedTo)
        [told] = bench.records("VerifyFinished")
        assert "program" in told["verdicts"] and "program_all" not in told["verdicts"]

    @pytest.mark.parametrize("native", [True, False])
    def test_where_the_kernel_is_too_slow_lean_may_compile_the_program_and_the_answer_says_so(
        self, bench: Bench, native: bool
    ) -> None:
        model = Model({("trace", 0, 0): block(TILINGS)})
        config = dataclasses.replace(CONFIG, verify=dataclasses.replace(CONFIG.verify, native=native))
        answer = bench.run(model, engine=SlowKernel(), config=config)
        told = [one["verdicts"]["program"] for one in bench.records("VerifyFinished")]
        if native:
            assert (type(answer.evidence), answer.path) == (CompiledTo, "trace>mine:c-finite>lean-compiled")
            assert told == ["unknown", "compiled"]
        else:
            assert isinstance(answer.evidence, Fits)
            assert told == ["unknown"] * 3  # at fewer indices, too, and then at the fewest that count

    def test_a_rule_goes_to_lean_while_others_are_still_written(self, bench: Bench) -> None:
        model = Model(
            {("trace", 0, 0): block(TILINGS), ("trace", 1, 0): block(OTHER)}, {("trace", 1, 0): 1.5}
        )
        engine = Engine()
        bench.run(model, engine=engine)
        assert engine.checked == 1
        assert [record["sample"] for record in bench.records("TraceFinished")] == [0]

    def test_programs_that_agree_without_lean_are_agreed(self, bench: Bench) -> None:
        model = Model({("trace", sample, 0): block(code) for sample, code in enumerate((TILINGS, OTHER))})
        assert bench.run(model).evidence == Agreed(2)

    def test_a_rule_with_another_value_at_hand_is_checked_too_and_contradicts(self, bench: Bench) -> None:
        model = Model({("trace", sample, 0): block(code) for sample, code in enumerate((TILINGS, WRONG))})
        engine = Engine(after_s=2.0)
        answer = bench.run(model, engine=engine)
        assert engine.checked == 2
        assert isinstance(answer.evidence, Fits)
        assert answer.path.endswith(">contradicted")

    def test_with_a_rule_at_hand_a_slow_program_is_soon_asked_for_what_it_has(self, bench: Bench) -> None:
        endless = OTHER.replace("def a(n):\n", "def a(n):\n    while n > 25:\n        pass\n")
        model = Model({("trace", sample, 0): block(code) for sample, code in enumerate((endless, TILINGS))})
        slow = effort(trace_wall_s=60.0)
        config = dataclasses.replace(slow, trace=dataclasses.replace(slow.trace, beside_s=0.2, fresh_s=0.2))
        assert bench.run(model, config=config, wall_s=120.0).value == ANSWER
        [told] = [one for one in bench.records("TraceFinished") if one["sample"] == 0]
        assert told["seconds"] < 30.0
        assert bench.records("WorkEnded")[0]["seconds"] < 60.0

    def test_the_effort_says_how_many_are_drawn(self, bench: Bench) -> None:
        model = Model({})
        bench.run(model, config=effort(trace_samples=2))
        assert [key for key in model.began if key[0] == "trace"] == [("trace", 0, 0), ("trace", 1, 0)]


class TestMending:
    """A program that fails goes back to the model once, with its error."""

    def test_a_mended_program_gives_the_answer(self, bench: Bench) -> None:
        model = Model({("trace", 0, 0): block(BROKEN), ("trace", 0, 1): block(TILINGS)})
        assert bench.run(model).value == ANSWER
        told = model.asked["trace", 0, 1].messages[-1].content
        assert "ZeroDivisionError" in told
        finished = bench.records("TraceFinished")
        assert [(one["turn"], one["cause"]) for one in finished] == [(0, "crashed"), (1, "ok")]

    def test_it_is_mended_once_only(self, bench: Bench) -> None:
        again = BROKEN.replace("1 // 0", "2 // 0")
        model = Model({("trace", 0, 0): block(BROKEN), ("trace", 0, 1): block(again)})
        assert bench.run(model).evidence == Guessed()
        assert ("trace", 0, 2) not in model.began

    def test_the_same_program_again_is_not_run_again(self, bench: Bench) -> None:
        model = Model({("trace", 0, 0): block(BROKEN), ("trace", 0, 1): block(BROKEN)})
        bench.run(model)
        assert len(bench.records("TraceFinished")) == 1


class TestRoute:
    """A class that comes in time changes what is tried; one that comes late is ignored."""

    GEOMETRY = '{"subject": "geometry", "tier": 1, "traceable": true, "asked": "value"}'
    HARD = '{"subject": "other", "tier": 3, "traceable": true, "asked": "count"}'

    def test_programs_are_asked_for_before_the_class_is_known(self, bench: Bench) -> None:
        model = Model({("route", 0, 0): self.HARD}, {("route", 0, 0): 0.2})
        bench.run(model)
        assert {key[0] for key in model.began[:5]} == {"route", "trace"}

    def test_a_class_that_needs_no_traces_gives_up_those_that_have_not_come(self, bench: Bench) -> None:
        said: dict[Key, Said] = {("route", 0, 0): self.GEOMETRY, ("tir", 0, 0): BOX[0]}
        model = Model(said, {("route", 0, 0): 0.2}, hangs=frozenset({"trace"}))
        assert bench.run(model, wall_s=20.0).value == 5
        assert len([key for key in model.cancelled if key[0] == "trace"]) == 4
        [routed] = bench.records("RouteFinished")
        assert (routed["source"], routed["subject"]) == ("model", "geometry")

    def test_a_late_class_is_ignored(self, bench: Bench) -> None:
        hangs = Model({}, hangs=frozenset({"route"}))

        class Late(Model):
            async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
                if request.stage == "route":
                    await asyncio.sleep(deadline.remaining_s())
                    return NoCompletion("deadline")
                return await hangs.complete(request, deadline=deadline)

        began_s = time.monotonic()
        bench.run(Late({}))
        assert time.monotonic() - began_s < 5.0
        assert bench.records("RouteFinished")[0]["source"] == "text"


class TestAttemptsBesideTraces:
    """Attempts wait for the traces unless the effort says otherwise; a verified rule ends them."""

    def test_they_wait_for_the_traces(self, bench: Bench) -> None:
        said: dict[Key, Said] = {("trace", 0, 0): "no code", ("tir", 0, 0): BOX[0]}
        model = Model(said, {("trace", 0, 0): 0.5})
        bench.run(model)
        order = [key[0] for key in model.began]
        assert order.index("tir") > order.index("trace")
        assert ("trace", 0, 1) in model.began[: order.index("tir")]

    def test_they_begin_with_the_traces_where_the_effort_says_so(self, bench: Bench) -> None:
        model = Model({("tir", 0, 0): BOX[0]}, {("trace", 0, 0): 0.5})
        bench.run(model, config=effort(alongside=True))
        assert model.began.index(("tir", 0, 0)) < 10

    def test_a_verified_rule_ends_them(self, bench: Bench) -> None:
        said: dict[Key, Said] = {("trace", 0, 0): block(TILINGS)}
        model = Model(said, hangs=frozenset({"tir"}))
        answer = bench.run(model, engine=Engine(), config=effort(alongside=True))
        assert isinstance(answer.evidence, ProvedForAll)
        assert len([key for key in model.cancelled if key[0] == "tir"]) == EFFORT.attempts
        assert bench.records("AttemptFinished") == []


class TestRounds:
    """A second round, which is shown the answers, begins only where none agree."""

    def test_it_is_shown_the_answers_and_may_settle_the_matter(self, bench: Bench) -> None:
        said: dict[Key, Said] = {("tir", sample, 0): text for sample, text in BOX.items()}
        said |= {("tir", 4 + sample, 0): BOX[1] for sample in range(4)}
        model = Model(said)
        answer = bench.run(model)
        # The last one could not change it, and may or may not have been stopped in time.
        assert answer.value == 6
        assert answer.evidence in (Voted(4, 7), Voted(5, 8))
        assert "5, 6, 7, 8" in model.asked["tir", 4, 0].messages[-1].content
        assert [record["round"] for record in bench.records("RoundStarted")] == [0, 1]

    def test_two_equal_answers_need_none(self, bench: Bench) -> None:
        said: dict[Key, Said] = {("tir", sample, 0): text for sample, text in BOX.items()}
        bench.run(Model(said | {("tir", 3, 0): BOX[0]}))
        assert len(bench.records("RoundStarted")) == 1
        assert bench.reason() == "exhausted"

    def test_without_time_there_is_none(self, bench: Bench) -> None:
        said: dict[Key, Said] = {("tir", sample, 0): text for sample, text in BOX.items()}
        bench.run(Model(said), wall_s=20.0)
        assert len(bench.records("RoundStarted")) == 1

    def test_a_model_that_says_nothing_is_not_asked_again(self, bench: Bench) -> None:
        bench.run(Model({}))
        assert len(bench.records("RoundStarted")) == 1

    def test_a_clear_lead_stops_the_others(self, bench: Bench) -> None:
        said: dict[Key, Said] = {("tir", sample, 0): BOX[0] for sample in range(4)}
        model = Model(said, hangs=frozenset({"tir"}))
        answer = bench.run(model, config=effort(attempts=8))
        assert (answer.value, answer.evidence) == (5, Voted(4, 4))
        assert len([key for key in model.cancelled if key[0] == "tir"]) == 4
        assert bench.reason() == "decided"


class TestLastWords:
    """Attempts that time cuts off say a last word before the deadline."""

    def test_at_the_deadline_an_unfinished_attempt_is_asked(self, bench: Bench) -> None:
        said: dict[Key, Said] = {("tir", sample, 0): "Hm." for sample in range(4)}
        said |= {("harvest", sample, 1): BOX[0] for sample in range(3)}
        model = Model(said, hangs=frozenset({"tir"}))
        answer = bench.run(model, wall_s=4.0)
        assert (answer.value, answer.evidence) == (5, Voted(3, 4))
        sources = sorted(record["source"] for record in bench.records("AttemptFinished"))
        assert sources == ["deadline", "harvested", "harvested", "harvested"]
        assert bench.records("Cancelled") == []


def stops(**named_s: float) -> Callable[[], Plan]:
    """A plan that stops everything at one time, or all but the untold history at another."""

    def make() -> Plan:
        stop_s = [named_s.get("told", 60.0)] * HISTORIES
        stop_s[UNTOLD] = named_s.get("untold", 60.0)
        return Plan(tuple(stop_s), 0.0)

    return make


class TestWatch:
    """The plan ends work before the deadline, last words included, and is told what was seen."""

    def test_a_problem_that_is_not_worth_it_is_given_up(self, bench: Bench) -> None:
        said: dict[Key, Said] = {("tir", 0, 0): "Hm.", ("harvest", 0, 1): BOX[0]}
        model = Model(said, hangs=frozenset({"tir"}))
        began_s = time.monotonic()
        answer = bench.run(model, plan=stops(told=8.0))
        assert time.monotonic() - began_s < 12.0
        assert answer.value == 5
        assert bench.reason() == "stopped"
        assert bench.watch is not None and bench.watch.gave_up
        [*_, last] = bench.records("SignalsLooked")
        assert (last["going_on"], last["decided"]) == (False, False)
        assert {one["source"] for one in bench.records("AttemptFinished")} == {"harvested", "stopped"}

    def test_traces_in_work_are_given_up_too(self, bench: Bench) -> None:
        model = Model({}, hangs=frozenset({"trace"}))
        bench.run(model, plan=stops(told=7.0))
        assert len([key for key in model.cancelled if key[0] == "trace"]) == 4
        assert bench.reason() == "stopped"

    def test_the_budget_is_told_what_was_seen(self, bench: Bench) -> None:
        said: dict[Key, Said] = {("trace", 0, 0): block(TILINGS), ("tir", 0, 0): BOX[0]}
        bench.run(Model(said), plan=stops())
        assert bench.watch is not None
        assert bench.watch.signals.told() == ("mined", "none")
        assert not bench.watch.gave_up

    def test_a_verified_rule_is_no_reason_to_say_that_it_was_given_up(self, bench: Bench) -> None:
        bench.run(Model({("trace", 0, 0): block(TILINGS)}), engine=Engine(), plan=stops())
        assert bench.watch is not None
        assert bench.watch.signals.decided
        assert not bench.watch.gave_up
        assert bench.reason() == "verified"


class TestOrder:
    """Neither pauses of the model nor the order of arrival change the answer or its evidence."""

    @pytest.mark.parametrize("late", [0, 1])
    def test_the_later_of_two_programs_changes_nothing(self, bench: Bench, late: int) -> None:
        programs = {("trace", sample, 0): block(code) for sample, code in enumerate((TILINGS, OTHER))}
        said: dict[Key, Said] = {**programs, ("tir", 0, 0): BOX[0]}
        answer = bench.run(Model(said, {("trace", late, 0): 0.7}))
        assert (answer.value, answer.evidence) == (ANSWER, Agreed(2))
        assert answer.path == "trace>mine:c-finite>agreed"


def test_every_end_is_told(bench: Bench) -> None:
    """One WorkEnded for each problem, and every attempt and round before it."""
    bench.run(Model({("tir", 0, 0): BOX[0]}))
    kinds = [record["type"] for record in read_journal(bench.path)]
    assert kinds.count("WorkEnded") == 1
    assert kinds.index("AttemptFinished") < kinds.index("WorkEnded") < kinds.index("AnswerGiven")
