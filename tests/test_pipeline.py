"""Whole problems, from the gateway's predict or from solve, with completions from memory and no Lean."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Agreed, Answer, Fits, Guessed, Problem, ProvedForAll, Voted
from aimo_pipeline.errors import UserError
from aimo_pipeline.llm.completer import Completer, CompletionOutcome, CompletionRequest
from aimo_pipeline.observe.journal import Journal, read_journal
from aimo_pipeline.outcome import Proved, Refuted, Unknown, Verdict
from aimo_pipeline.pipeline import open_solver
from aimo_pipeline.trace.protections import Protections
from aimo_pipeline.verify.engine import LeanDocument
from tests.sandboxed import Shared
from tests.world import (
    ANSWER,
    CONFIG,
    HEAD,
    TEXT,
    TILINGS,
    UNREDUCED,
    World,
    block,
    recorded,
)


@pytest.fixture
def world(tmp_path: Path, shared_sandbox: Shared) -> World:
    return World(tmp_path, shared_sandbox)


class TestAnswers:
    """The strongest evidence wins, each rung says what was shown, and no value leaves 0..99999."""

    def test_a_fitted_rule_gives_the_answer_and_its_spare_terms(self, world: World) -> None:
        answer = world.solve(recorded(TEXT, trace=(block(TILINGS),)))
        assert (answer.value, answer.path) == (ANSWER, "trace>mine:c-finite")
        assert isinstance(answer.evidence, Fits)
        assert world.records("AnswerGiven")[0]["value"] == ANSWER

    def test_two_different_programs_agree(self, world: World) -> None:
        other = TILINGS.replace("x, y = 1, 1", "x = y = 1")
        assert world.solve(recorded(TEXT, trace=(block(TILINGS), block(other)))).evidence == Agreed(2)

    def test_the_same_program_twice_does_not_agree_with_itself(self, world: World) -> None:
        answer = world.solve(recorded(TEXT, trace=(block(TILINGS), block(TILINGS))))
        assert isinstance(answer.evidence, Fits)
        assert len(world.records("TraceFinished")) == 1

    def test_attempts_vote_where_no_trace_comes(self, world: World) -> None:
        answer = world.solve(recorded(TEXT, tir=(r"\boxed{5}", r"\boxed{6}", r"\boxed{5}")))
        assert (answer.value, answer.evidence) == (5, Voted(2, 3))

    def test_a_term_that_the_program_reached_itself_is_one_vote(self, world: World) -> None:
        # Partition numbers have no rule of the mined kinds; the twelfth is 77.
        parts = "def p(n, k): return n == 0 or sum(p(n - j, j) for j in range(1, min(n, k) + 1))\n"
        code = f"FIRST = 0\nTARGET = 12\nMODULUS = 50\n{parts}def a(n): return int(p(n, n))\n"
        answer = world.solve(recorded(TEXT, trace=(block(code),)))
        assert answer == Answer(77 % 50, Voted(1, 1), "trace>vote")

    @pytest.mark.parametrize("target", [40, 60, 10**6])
    def test_a_rules_value_out_of_range_is_never_the_answer(self, world: World, target: int) -> None:
        trace = block(TILINGS.replace("10**18", str(target)).replace("99991", "None"))
        attempts = (r"\boxed{123456}", r"\boxed{-4}")
        answer = world.solve(recorded(UNREDUCED, trace=(trace,), tir=attempts), UNREDUCED)
        assert answer == Answer(0, Guessed(), "guess")
        assert {one["source"] for one in world.records("AttemptFinished")} == {"out_of_contract"}

    def test_an_attempts_value_out_of_range_does_not_outvote_one_in_range(self, world: World) -> None:
        attempts = (r"\boxed{100000}", r"\boxed{100000}", r"\boxed{8}")
        assert world.solve(recorded(UNREDUCED, tir=attempts), UNREDUCED).value == 8

    def test_an_attempt_may_leave_the_reduction_that_the_problem_asks_for_to_the_reader(
        self, world: World
    ) -> None:
        attempts = (rf"\boxed{{{5 * 99_991 + 8}}}", r"\boxed{8}", r"\boxed{9}")
        answer = world.solve(recorded(TEXT, tir=attempts))
        assert (answer.value, answer.evidence) == (8, Voted(2, 3))

    def test_so_may_a_trace_program(self, world: World) -> None:
        trace = block(TILINGS.replace("99991", "None"))
        assert world.solve(recorded(TEXT, trace=(trace,))).value == ANSWER


class FakeEngine:
    """Gives every theorem one verdict."""

    name = "fake"

    def __init__(self, verdict: Verdict) -> None:
        self.verdict, self.checked = verdict, 0

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
        self.checked += 1
        return {theorem.name: self.verdict for theorem in document.theorems}


class TestWithLean:
    """Lean's verdict raises a candidate or strikes it out, and is asked no more than needed."""

    BOTH = recorded(TEXT, trace=(block(TILINGS),), tir=(r"\boxed{5}",))

    def test_a_verified_rule_is_checked_and_spares_the_attempts(self, world: World) -> None:
        answer = world.solve(self.BOTH, engine=FakeEngine(Proved()))
        assert (answer.value, answer.path) == (ANSWER, "trace>mine:c-finite>lean")
        # The program is one loop, which is a recurrence itself.
        assert isinstance(answer.evidence, ProvedForAll)
        assert world.records("AttemptFinished") == []
        assert world.records("VerifyFinished")[0]["verdicts"]["value"] == "proved"

    @pytest.mark.parametrize("axioms", [None, (), ("Quot.sound", "propext")])
    def test_the_journal_tells_the_axioms_of_what_is_proved(
        self, world: World, axioms: tuple[str, ...] | None
    ) -> None:
        world.solve(self.BOTH, engine=FakeEngine(Proved(axioms)))
        told = [one["axioms"] for one in world.records("StatementChecked")]
        assert len(told) >= 3
        assert told == [None if axioms is None else list(axioms)] * len(told)

    def test_what_is_not_proved_has_no_axioms(self, world: World) -> None:
        world.solve(self.BOTH, engine=FakeEngine(Unknown("stopped")))
        told = [(one["verdict"], one["axioms"], one["message"]) for one in world.records("StatementChecked")]
        assert set(told) == {("unknown", None, "stopped")}

    def test_a_refuted_rule_is_out_and_the_attempts_decide(self, world: World) -> None:
        answer = world.solve(self.BOTH, engine=FakeEngine(Refuted("false")))
        assert (answer.value, answer.evidence) == (5, Voted(1, 1))
        assert world.records("VerifyFinished")[0]["messages"]["trace"] == "false"

    def test_a_second_program_with_the_same_value_is_not_checked_again(self, world: World) -> None:
        other = TILINGS.replace("x, y = 1, 1", "x = y = 1")
        engine = FakeEngine(Proved())
        world.solve(recorded(TEXT, trace=(block(TILINGS), block(other))), engine=engine)
        assert engine.checked == 1


class Hangs:
    """Answers as `inner` does, except that one request is never answered."""

    def __init__(self, inner: Completer, stage: str, sample: int) -> None:
        self.inner, self.stage, self.sample = inner, stage, sample

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        if (request.stage, request.sample) == (self.stage, self.sample):
            await asyncio.Event().wait()
        return await self.inner.complete(request, deadline=deadline)


class TestDeadline:
    """When time is up, the best that is known so far is the answer."""

    def test_a_rule_found_before_the_deadline_is_kept(self, world: World) -> None:
        inner = recorded(TEXT, trace=(block(TILINGS),))
        began_s = time.monotonic()
        answer = world.solve(Hangs(inner, "trace", 1), wall_s=3.0)
        assert time.monotonic() - began_s < 5.0
        assert answer.value == ANSWER
        assert isinstance(answer.evidence, Fits)
        assert [record["where"] for record in world.records("Cancelled")] == ["deadline"]

    def test_attempts_that_ended_before_the_deadline_are_kept(self, world: World) -> None:
        inner = recorded(TEXT, tir=(r"\boxed{5}", "never"))
        answer = world.solve(Hangs(inner, "tir", 1), wall_s=0.8)
        assert answer.value == 5

    def test_an_attempt_whose_code_runs_into_the_deadline_does_not_cost_the_others(
        self, world: World
    ) -> None:
        said = block("while True: pass")
        tir = dataclasses.replace(CONFIG.tir, cell_s=60.0)
        config = dataclasses.replace(CONFIG, tir=tir)
        clock = MonotonicClock()

        async def run() -> Answer:
            with Journal.open(world.path, clock) as journal:
                async with world.solver(recorded(TEXT, tir=(r"\boxed{5}", said)), journal, config) as solver:
                    return await solver.solve(Problem("p", TEXT), deadline=Deadline.after(1.0, clock))

        assert asyncio.run(run()).value == 5

    def test_a_deadline_that_has_passed_gives_a_guess_at_once(self, world: World) -> None:
        began_s = time.monotonic()
        answer = world.solve(recorded(TEXT, trace=(block(TILINGS),)), wall_s=-1.0)
        assert answer == Answer(0, Guessed(), "guess")
        assert time.monotonic() - began_s < 2.0

    def test_cancelling_from_outside_midway_leaves_no_child(self, world: World, processes: Any) -> None:
        completer = recorded(TEXT, trace=(block(HEAD + "while True: pass"),))
        zygote = world.sandbox.sandbox.zygote_pid
        config = dataclasses.replace(CONFIG, trace=dataclasses.replace(CONFIG.trace, wall_s=60.0))
        clock = MonotonicClock()

        async def cancel_midway() -> None:
            with Journal.open(world.path, clock) as journal:
                async with world.solver(completer, journal, config) as solver:
                    deadline = Deadline.after(60.0, clock)
                    task = asyncio.create_task(solver.solve(Problem("p", TEXT), deadline=deadline))
                    assert await asyncio.to_thread(processes.until, lambda: processes.children_of(zygote))
                    task.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await task

        before = processes.children()
        asyncio.run(cancel_midway())
        assert processes.until(lambda: not processes.children_of(zygote))
        assert processes.children() <= before
        assert [record["where"] for record in world.records("Cancelled")] == ["outside"]


class Raises:
    """Answers as `inner` does, except that one stage's requests fail."""

    def __init__(self, inner: Completer, stage: str) -> None:
        self.inner, self.stage = inner, stage

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        if request.stage == self.stage:
            raise ConnectionError("the model is gone")
        return await self.inner.complete(request, deadline=deadline)


class TestBrokenStage:
    """A stage that raises costs what it would have given, no more, and the journal names stage and cause."""

    BOTH = recorded(TEXT, trace=(block(TILINGS),), tir=(r"\boxed{5}",))

    def test_without_traces_the_attempts_answer(self, world: World) -> None:
        assert world.solve(Raises(self.BOTH, "trace")).value == 5
        failures = world.records("StageFailed")
        assert {(one["problem_id"], one["stage"], one["cause"]) for one in failures} == {
            ("p", "trace", "ConnectionError")
        }

    def test_without_attempts_the_rule_answers(self, world: World) -> None:
        assert world.solve(Raises(self.BOTH, "tir")).value == ANSWER
        assert [one["stage"] for one in world.records("StageFailed")] == ["tir"]

    @pytest.mark.parametrize("stage", ["trace", "tir"])
    def test_what_was_wrong_underneath_is_in_the_journal(self, world: World, stage: str) -> None:
        world.solve(Raises(recorded(TEXT), stage))
        assert "the model is gone" in world.records("StageFailed")[0]["message"]

    def test_a_broken_miner_costs_only_the_rule(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        async def broken(*_: object, **__: object) -> None:
            raise ZeroDivisionError("a bug")

        monkeypatch.setattr("aimo_pipeline.mine.apart.mining.mine", broken)
        assert world.solve(self.BOTH).value == 5
        assert [(one["stage"], one["cause"]) for one in world.records("StageFailed")] == [
            ("mine", "ZeroDivisionError")
        ]

    def test_a_broken_choice_is_still_an_answer(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError("a bug")

        monkeypatch.setattr("aimo_pipeline.solving.case.choose", broken)
        assert world.solve(self.BOTH) == Answer(0, Guessed(), "guess")
        assert [one["stage"] for one in world.records("StageFailed")] == ["answer"]


class TestOpenSolver:
    """What solving needs is there, or the user is told what is missing."""

    def opened(self, path: Path) -> None:
        """Open and close a solver."""

        async def go() -> None:
            clock = MonotonicClock()
            with Journal.open(path, clock) as journal:
                async with open_solver(CONFIG, journal=journal, clock=clock):
                    await asyncio.sleep(0)

        asyncio.run(go())

    def test_the_journal_says_which_protections_are_on(self, tmp_path: Path) -> None:
        self.opened(tmp_path / "journal.jsonl")
        [ready] = [one for one in read_journal(tmp_path / "journal.jsonl") if one["type"] == "SandboxReady"]
        assert "seccomp: on" in ready["protections"]

    def test_the_journal_says_what_the_machine_is_like(self, tmp_path: Path) -> None:
        self.opened(tmp_path / "journal.jsonl")
        records = read_journal(tmp_path / "journal.jsonl")
        first = next(one for one in records if one["type"] == "HealthSampled")
        assert first["resident_bytes"] > 1 << 20
        assert (first["programs_running"], first["programs_waiting"]) == (0, 0)

    def test_a_machine_that_cannot_confine_programs_is_refused_with_a_way_out(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Protections, "lacking", lambda self: ("seccomp",))
        with pytest.raises(UserError, match="want of: seccomp.*AIMO_SANDBOX=lenient"):
            self.opened(tmp_path / "journal.jsonl")
