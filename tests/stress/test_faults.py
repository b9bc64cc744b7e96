"""When a fault is done."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest

from aimo_pipeline.config import StressConfig
from aimo_pipeline.stress import telling
from aimo_pipeline.stress.doing import Whole
from aimo_pipeline.stress.faults import named_faults
from aimo_pipeline.stress.judge import Hit
from aimo_pipeline.stress.load import Kind, make_load
from aimo_pipeline.stress.run import _Faults
from aimo_pipeline.stress.watch import Line

(TARGET,) = make_load([Kind.COUNT])


def line(kind: str, problem_id: str = "") -> Line:
    return Line(0.0, {"type": kind, "problem_id": problem_id})


async def done_after(*kinds: str) -> bool:
    """Whether a fault that hits a check of Lean was done once such records had come."""
    done: list[str] = []

    async def does(whole: Any) -> str:
        done.append("hit")
        return "hit"

    fault = replace(named_faults(["lean-killed"])[0], does=does, after_s=0.001)
    doing = _Faults([Hit(fault, TARGET)], cast(Whole, None), StressConfig())
    for kind in kinds:
        doing.see(line(kind, TARGET.problem.id if kind == fault.at else ""))
    await asyncio.sleep(0.05)
    found = bool(done)
    await doing.aclose()
    return found


class TestFaults:
    """What hits a check waits until Lean is there, whichever record tells of it: a full disk loses some."""

    @pytest.mark.parametrize("told", ["EngineReady", "CheckStarted"])
    def test_lean_is_hit_once_it_is_there(self, told: str) -> None:
        assert asyncio.run(done_after(told, "CheckStarted"))

    def test_before_that_it_is_not(self) -> None:
        assert not asyncio.run(done_after("TranslateFinished"))


class TestLeanWithoutMemory:
    """Told from the signals that hit a Lean which was up."""

    @pytest.mark.parametrize(
        ("reason", "told"),
        [
            ("killed by signal 9, as when memory is out", False),
            ("Lean ended while it waited (-9)", False),
            ("Lean did not load: it said nothing", True),
            ("Lean came to a halt for 3 s", True),
        ],
    )
    def test_by_its_words(self, reason: str, told: bool) -> None:
        record = {"type": "LeanLost", "engine": "wasm", "reason": reason}
        assert telling.lean_without_memory(record, {}) is told
