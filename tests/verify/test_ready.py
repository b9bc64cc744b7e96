"""A Lean that is there only when it can tell true from false."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.observe.journal import Journal, read_journal
from aimo_pipeline.outcome import Proved, Refuted, Unknown, Verdict
from aimo_pipeline.verify import ready
from aimo_pipeline.verify.engine import LeanDocument
from aimo_pipeline.verify.ready import Lean


class FakeEngine:
    """Gives every theorem the verdict that `verdicts` has for its name; "hang" never answers."""

    name = "fake"
    lost: Callable[[str, str], None]

    def __init__(self, verdicts: Mapping[str, Verdict] | str) -> None:
        self.verdicts = verdicts

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
        if isinstance(self.verdicts, str):
            await asyncio.Event().wait()
            raise AssertionError
        return {theorem.name: self.verdicts[theorem.name] for theorem in document.theorems}


SINGING = {"canary_true": Proved(), "canary_false": Refuted("false")}


class TestLean:
    """An engine is used only when it proved the true canary, refuted the false one, and did so in time."""

    def engine(self, path: Path, engine: FakeEngine | None, monkeypatch: Any, wait_s: float = 5.0) -> object:
        """What a Lean with this engine hands out; None: settings that switch Lean off."""

        @asynccontextmanager
        async def open_fake(
            config: VerifyConfig, clock: MonotonicClock, lost: Callable[[str, str], None]
        ) -> AsyncIterator[FakeEngine]:
            assert engine is not None
            engine.lost = lost
            yield engine

        if engine is not None:
            monkeypatch.setattr(ready, "open_engine", open_fake)

        async def ask() -> object:
            clock = MonotonicClock()
            with Journal.open(path, clock) as journal:
                async with Lean.opened(VerifyConfig(engine="off"), journal=journal, clock=clock) as lean:
                    return await lean.engine(Deadline.after(wait_s, clock))

        return asyncio.run(ask())

    def test_one_that_tells_true_from_false_is_used(self, tmp_path: Path, monkeypatch: Any) -> None:
        engine = FakeEngine(SINGING)
        assert self.engine(tmp_path / "j", engine, monkeypatch) is engine
        *kept, ready = read_journal(tmp_path / "j")
        assert ready["type"] == "EngineReady"
        assert ready["library"]["TraceToLean/Far.lean"] in {record["digest"] for record in kept}

    @pytest.mark.parametrize(
        "verdicts",
        [
            {"canary_true": Proved(), "canary_false": Proved()},
            {"canary_true": Unknown("no"), "canary_false": Refuted("false")},
            {"canary_true": Proved(), "canary_false": Unknown("no")},
        ],
    )
    def test_one_that_does_not_is_never_used(
        self, tmp_path: Path, monkeypatch: Any, verdicts: Mapping[str, Verdict]
    ) -> None:
        assert self.engine(tmp_path / "j", FakeEngine(verdicts), monkeypatch) is None
        [record] = read_journal(tmp_path / "j")
        assert (record["type"], record["engine"]) == ("EngineMissing", "fake")

    def test_a_lost_process_is_told_with_its_engine_s_name(self, tmp_path: Path, monkeypatch: Any) -> None:
        class Losing(FakeEngine):
            async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
                self.lost("official", "killed")
                return await super().check(document, deadline=deadline)

        self.engine(tmp_path / "j", Losing(SINGING), monkeypatch)
        lost, *_ = read_journal(tmp_path / "j")
        assert (lost["type"], lost["engine"], lost["reason"]) == ("LeanLost", "official", "killed")

    def test_one_that_is_not_ready_by_the_deadline_is_not_waited_for(
        self, tmp_path: Path, monkeypatch: Any
    ) -> None:
        assert self.engine(tmp_path / "j", FakeEngine("hang"), monkeypatch, wait_s=0.1) is None

    def test_a_machine_without_lean_says_so_and_goes_on(self, tmp_path: Path, monkeypatch: Any) -> None:
        assert self.engine(tmp_path / "j", None, monkeypatch) is None
        [record] = read_journal(tmp_path / "j")
        assert (record["type"], record["engine"]) == ("EngineMissing", "off")
