"""Whole problems under the presets of the effort: what each setting changes is seen in requests and journal.

Completions come from memory and Lean is a stand-in, so that a problem takes a moment; the time left is what
the deadline says.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.config import Config, Effort, EffortConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Answer
from aimo_pipeline.llm.completer import Completion, CompletionOutcome, CompletionRequest, NoCompletion
from aimo_pipeline.outcome import Proved, Verdict
from aimo_pipeline.trace.report import Report
from aimo_pipeline.verify.engine import LeanDocument
from tests import world as setting
from tests.sandboxed import Shared
from tests.world import ANSWER, CONFIG, TILINGS, UNREDUCED, World, block

NUMBER = (
    "Let a_n be the number of ways to write n as an ordered sum of ones and twos. "
    "Find the remainder when a_n for $n = 10^{18}$ is divided by 99991."
)
GEOMETRY = "A circle with centre O is tangent to the sides of triangle ABC. Find the area of the triangle."
ALGEBRA = (
    "The polynomial equation x^3 - 3x + 1 = 0 has real roots. Solve the equation and find the value of the "
    "sum of their squares."
)
FULL, BRISK, SHORT, LAST = (effort for _, effort in EffortConfig().presets)


class Model:
    """Answers traces with one program each, attempts with a box; keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[CompletionRequest] = []

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """See Completer."""
        self.asked.append(request)
        if request.stage == "trace" and request.turn == 0:
            return Completion(block(f"{TILINGS}# {request.sample}\n"), "test")
        if request.stage == "tir":
            return Completion(rf"\boxed{{{ANSWER}}}", "test")
        return NoCompletion("not_recorded")

    def samples(self, stage: str) -> set[int]:
        """Which samples of a stage were asked for."""
        return {one.sample for one in self.asked if one.stage == stage}

    def reasoning(self) -> set[str]:
        """The efforts that traces and attempts asked the model for."""
        return {
            one.sampling.reasoning for one in self.asked if one.stage in ("trace", "tir") and one.sampling
        }


class Accepts:
    """A Lean that accepts everything, and keeps the documents."""

    name = "accepting"

    def __init__(self) -> None:
        self.documents: list[LeanDocument] = []

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
        """See Engine."""
        self.documents.append(document)
        return {theorem.name: Proved() for theorem in document.theorems}


class Watched:
    """A sandbox that keeps how long each program may run."""

    def __init__(self, sandbox: Shared) -> None:
        self._sandbox, self.walls_s = sandbox, list[float]()

    async def finish(self, *arguments: Any, deadline: Deadline, **options: Any) -> Report:
        """See Sandbox."""
        self.walls_s.append(deadline.remaining_s())
        return await self._sandbox.finish(*arguments, deadline=deadline, **options)


class Tried:
    """A problem that was solved under the shipped presets, for a time of one's choice."""

    def __init__(self, world: World, text: str, seconds: float) -> None:
        self.model, self.lean = Model(), Accepts()
        self.answer: Answer = world.solve(self.model, text, wall_s=seconds, engine=self.lean)
        self.world = world

    def all(self, kind: str) -> list[dict[str, Any]]:
        """The journal's records of a kind."""
        return self.world.records(kind)


@pytest.fixture
def world(tmp_path: Path, shared_sandbox: Shared, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    presets: Config = dataclasses.replace(CONFIG, effort=EffortConfig())
    monkeypatch.setattr(setting, "CONFIG", presets)
    yield World(tmp_path, shared_sandbox)


def preset_of(tried: Tried) -> str:
    return str(tried.all("EffortChosen")[-1]["preset"])


class TestPresets:
    """What is tried shrinks with the time left, down to a best guess; there is always an answer."""

    @pytest.mark.parametrize(
        ("seconds", "preset"), [(1_000.0, FULL), (200.0, BRISK), (100.0, SHORT), (30.0, LAST)]
    )
    def test_the_model_is_asked_as_often_and_as_hard_as_the_preset_says(
        self, world: World, seconds: float, preset: Effort
    ) -> None:
        tried = Tried(world, UNREDUCED, seconds)
        assert preset_of(tried) == preset.name
        assert tried.model.samples("trace") == set(range(preset.trace_samples))
        assert len(tried.model.samples("tir")) <= preset.attempts
        assert tried.model.reasoning() == {preset.reasoning}

    def test_lean_compares_less_and_proves_less_in_little_time(self, world: World) -> None:
        found = {}
        for seconds in (1_000.0, 200.0, 100.0):
            tried = Tried(world, NUMBER, seconds)
            [document] = tried.lean.documents[:1]
            found[preset_of(tried)] = {theorem.name for theorem in document.theorems}
        assert "program_all" in found["full"]
        assert "program_all" not in found["brisk"] | found["short"]

    def test_in_the_last_seconds_there_is_no_trace_no_lean_and_an_answer_all_the_same(
        self, world: World
    ) -> None:
        tried = Tried(world, NUMBER, 20.0)
        assert (tried.answer.value, tried.answer.evidence.__class__.__name__) == (ANSWER, "Voted")
        assert tried.lean.documents == []
        assert tried.all("MineFinished") == tried.all("TraceFinished") == []

    def test_without_any_time_it_is_the_best_guess(self, world: World) -> None:
        tried = Tried(world, NUMBER, 0.0)
        assert 0 <= tried.answer.value <= 99_999
        assert tried.all("WorkEnded")[0]["reason"] == "deadline"


class TestSubjects:
    """Combinatorics and number theory trace longer; geometry reasons at once; algebra is quick."""

    def test_geometry_is_neither_traced_nor_mined(self, world: World) -> None:
        tried = Tried(world, GEOMETRY, 1_000.0)
        assert tried.all("RouteFinished")[0]["subject"] == "geometry"
        assert tried.model.samples("trace") == set()
        assert tried.all("MineFinished") == []
        assert [one.stage for one in tried.model.asked if one.stage != "route"][0] == "tir"

    def test_programs_of_combinatorics_may_run_twice_as_long(self, world: World) -> None:
        watched = world.sandbox = Watched(world.sandbox)
        tried = Tried(world, NUMBER, 1_000.0)
        assert tried.all("RouteFinished")[0]["subject"] in ("combinatorics", "number_theory")
        assert max(watched.walls_s) == pytest.approx(2.0 * FULL.trace_wall_s, abs=1.0)

    def test_algebra_has_two_traces_and_attempts_beside_them(self, world: World) -> None:
        tried = Tried(world, ALGEBRA, 1_000.0)
        assert tried.all("RouteFinished")[0]["subject"] == "algebra"
        assert tried.model.samples("trace") == {0, 1}
        assert tried.all("EffortChosen")[-1]["alongside"] is True
        assert tried.model.samples("tir")
