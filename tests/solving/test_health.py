"""The machine and the pools are looked at during a run, and nobody goes on looking after it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.config import ObserveConfig, SandboxConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.observe.alerts import Limits, alerts
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.observe.reading import read_journal
from aimo_pipeline.observe.state import RunState
from aimo_pipeline.outcome import Verdict
from aimo_pipeline.solving.health import Watched, health_sampled
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.verify.document import LeanDocument
from aimo_pipeline.verify.engine import Engine
from aimo_pipeline.verify.ready import Lean
from aimo_pipeline.verify.workers import WorkerCounts

CONFIG = ObserveConfig(sample_s=10.0)


class Plain:
    """An engine that tells nothing of its workers."""

    name = "plain"

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
        raise AssertionError("nothing is checked here")


class Pooled(Plain):
    """One with a pool, whose workers are one fewer at each look; the last look finds it broken."""

    def __init__(self, up: int) -> None:
        self.up = up

    def workers(self) -> WorkerCounts:
        self.up -= 1
        if self.up < 0:
            raise ZeroDivisionError("a bug")
        return WorkerCounts(self.up, 0, 2, 5, 3)


async def _ready(engine: Engine | None) -> Engine | None:
    return engine


async def _starting() -> Engine | None:
    await asyncio.Event().wait()
    return None


class TestHealth:
    """One sample at once and one each interval, until the block ends; what cannot be told is None."""

    def samples(self, path: Path, engine: Engine | None, *, turns: int, starting: bool = False) -> list[Any]:
        """The records of a block in which the loop came round so often."""

        async def work() -> None:
            clock = FakeClock()
            lean = asyncio.create_task(_starting() if starting else _ready(engine))
            await asyncio.sleep(0)
            watched = Watched(Lean(lean), Sandbox(SandboxConfig(slots=2), clock, None))
            with Journal.open(path, clock) as journal:
                async with health_sampled(watched, journal=journal, config=CONFIG, clock=clock):
                    for _ in range(turns):
                        await asyncio.sleep(0)
            lean.cancel()
            await asyncio.wait({lean})
            assert asyncio.all_tasks() == {asyncio.current_task()}

        asyncio.run(work())
        return list(read_journal(path))

    def test_one_at_once_and_one_each_interval(self, tmp_path: Path) -> None:
        found = self.samples(tmp_path / "j", Pooled(100), turns=4)
        assert {one["type"] for one in found} == {"HealthSampled"}
        assert [one["at_s"] for one in found] == [10.0 * index for index in range(len(found))]
        assert len(found) >= 3

    def test_it_tells_of_memory_sandbox_and_lean(self, tmp_path: Path) -> None:
        first = self.samples(tmp_path / "j", Pooled(4), turns=2)[0]
        assert first["resident_bytes"] >= first["proportional_bytes"] > 1 << 20
        assert first["available_bytes"] > 1 << 20
        assert (first["programs_running"], first["programs_waiting"]) == (0, 0)
        told = [first[f"lean_{name}"] for name in ("workers", "busy", "restarts", "checks", "cache_hits")]
        assert told == [3, 0, 2, 5, 3]

    @pytest.mark.parametrize(("engine", "starting"), [(None, False), (Plain(), False), (None, True)])
    def test_what_lean_cannot_tell_is_none(
        self, tmp_path: Path, engine: Engine | None, starting: bool
    ) -> None:
        first = self.samples(tmp_path / "j", engine, turns=2, starting=starting)[0]
        assert first["lean_workers"] is first["lean_checks"] is None
        assert first["available_bytes"] > 1 << 20

    def test_a_look_that_fails_is_told_once_and_harms_nothing(self, tmp_path: Path) -> None:
        found = self.samples(tmp_path / "j", Pooled(2), turns=9)
        assert [one["type"] for one in found] == ["HealthSampled", "HealthSampled", "StageFailed"]
        assert (found[-1]["stage"], found[-1]["cause"]) == ("health", "ZeroDivisionError")

    def test_an_interval_of_zero_switches_it_off(self, tmp_path: Path) -> None:
        async def work() -> None:
            clock = FakeClock()
            lean = asyncio.create_task(_ready(None))
            watched = Watched(Lean(lean), Sandbox(SandboxConfig(slots=2), clock, None))
            off = ObserveConfig(sample_s=0.0)
            with Journal.open(tmp_path / "j", clock) as journal:
                async with health_sampled(watched, journal=journal, config=off, clock=clock):
                    await asyncio.sleep(0)

        asyncio.run(work())
        assert (tmp_path / "j").read_text(encoding="utf-8") == ""

    def test_a_cancelled_run_leaves_nobody_looking(self, tmp_path: Path) -> None:
        async def run(journal: Journal, clock: FakeClock) -> None:
            watched = Watched(
                Lean(asyncio.create_task(_ready(None))), Sandbox(SandboxConfig(slots=2), clock, None)
            )
            async with health_sampled(watched, journal=journal, config=CONFIG, clock=clock):
                await asyncio.Event().wait()

        async def work() -> None:
            clock = FakeClock()
            with Journal.open(tmp_path / "j", clock) as journal:
                running = asyncio.create_task(run(journal, clock))
                while journal_is_empty(tmp_path / "j"):
                    await asyncio.sleep(0)
                running.cancel()
                await asyncio.wait({running})
                assert running.cancelled()
                assert asyncio.all_tasks() == {asyncio.current_task()}

        asyncio.run(work())

    def test_a_pool_that_went_down_becomes_an_alert(self, tmp_path: Path) -> None:
        state = RunState()
        state.apply({"type": "EngineReady", "engine": "official", "at_s": 0.0})
        [first, second, *_] = self.samples(tmp_path / "j", Pooled(2), turns=9)
        state.apply(first)
        assert (state.gauges["lean_workers"], self.down(state)) == (1.0, False)
        state.apply(second)
        assert self.down(state)
        state.apply({**second, "lean_workers": None})
        assert not self.down(state)

    def down(self, state: RunState) -> bool:
        """Whether whoever watches is told that no worker is up."""
        return any("Lean pool is down" in one for one in alerts(state, 30.0, Limits(0.0, 1e9, 0.0)))


def journal_is_empty(path: Path) -> bool:
    return not path.read_text(encoding="utf-8")
