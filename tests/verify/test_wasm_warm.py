"""The embedded engine's processes, without a Lean: what stands for it speaks the same lines and can break."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.config import LeanPoolConfig, VerifyConfig
from aimo_pipeline.deadline import Deadline, FakeClock, MonotonicClock
from aimo_pipeline.outcome import Proved, Rejected, Unknown, Verdict
from aimo_pipeline.verify.document import LIBRARY_IMPORTS, LeanDocument, Theorem
from aimo_pipeline.verify.wasm import WasmEngine, open_wasm
from aimo_pipeline.verify.wasm_protocol import Refused, Said, answer

FAKE = Path(__file__).parents[1] / "fixtures" / "fake_node.py"
LIMIT_S = 20.0


def asked(ways: str, imports: tuple[str, ...] = LIBRARY_IMPORTS, number: int = 0) -> LeanDocument:
    """A document that makes the process behave in these ways, if any."""
    return LeanDocument(imports, f"-- {ways}", (Theorem("plain", f"{number} = {number}", "by rfl"),))


@dataclass
class FakeLean:
    """A folder with what `find_home` looks for, and what was told and done."""

    folder: Path
    config: VerifyConfig
    told: list[str] = field(default_factory=list)

    def run(self, work: Callable[[WasmEngine], Awaitable[Any]], **limits: Any) -> Any:
        """With an engine, closed at the end."""
        config = replace(self.config, pool=replace(self.config.pool, **limits))

        async def opened() -> Any:
            clock = MonotonicClock()
            async with open_wasm(config, clock, sources=self.folder, lost=self.told.append) as engine:
                return await work(engine)

        return asyncio.run(opened())

    def verdicts(self, *documents: LeanDocument, **limits: Any) -> list[Verdict]:
        """Of the theorem of each document, asked in turn."""

        async def work(engine: WasmEngine) -> list[Verdict]:
            found = []
            for document in documents:
                deadline = Deadline.after(LIMIT_S, MonotonicClock())
                found.append((await engine.check(document, deadline=deadline))["plain"])
            return found

        return self.run(work, **limits)

    async def until(self, what: str) -> None:
        """Wait until some process does this."""
        while not self.log(what):
            await asyncio.sleep(0.01)

    def add(self, stem: str, text: str) -> None:
        """A file of the library."""
        (self.folder / "TraceToLean" / f"{stem}.lean").write_text(text)

    def log(self, what: str) -> list[int]:
        """The processes that did this, in order."""
        path = self.folder / "log"
        lines = [line.split(" ", 1) for line in path.read_text().splitlines()] if path.exists() else []
        return [int(pid) for pid, done in lines if done == what]


@pytest.fixture
def fake_lean(tmp_path: Path) -> FakeLean:
    for part in ("bin/lean.js", "bin/lean.wasm", "lib/lean/Init.olean"):
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / part).touch()
    (tmp_path / "TraceToLean").mkdir()
    (tmp_path / "TraceToLean" / "Loop.lean").write_text("module\n")
    node = tmp_path / "node"
    node.write_text(f"#!{sys.executable} -IS\n" + FAKE.read_text("utf-8"), "utf-8")
    node.chmod(0o755)
    pool = LeanPoolConfig(look_s=0.05)
    # No spare beside the process that checks, so that what is done is done by the one process.
    config = VerifyConfig("wasm", wasm_home=tmp_path, node=node, spare_memory_bytes=1 << 60, pool=pool)
    return FakeLean(tmp_path, config)


class TestCompiling:
    """One process compiles one file of the library after another; where that can't be, each gets its own."""

    def test_the_files_share_a_process(self, fake_lean: FakeLean) -> None:
        fake_lean.add("Far", "module\n\npublic import TraceToLean.Loop\n")
        assert fake_lean.verdicts(asked("")) == [Proved()]
        loop, far = fake_lean.log("compiles Loop.lean"), fake_lean.log("compiles Far.lean")
        assert loop == far and len(loop) == 1
        assert fake_lean.log("compiles alone") == [] and fake_lean.log("checks") != loop

    def test_a_lean_that_cannot_be_kept_compiles_each_by_itself(self, fake_lean: FakeLean) -> None:
        fake_lean.add("Far", "module\n\npublic import TraceToLean.Loop\n")
        (fake_lean.folder / "refuses").touch()
        assert fake_lean.verdicts(asked("")) == [Proved()]
        assert len(set(fake_lean.log("compiles alone"))) == 2

    def test_a_file_that_breaks_the_process_is_compiled_by_itself(self, fake_lean: FakeLean) -> None:
        fake_lean.add("Loop", "module\n-- breaks always\n")
        assert fake_lean.verdicts(asked("")) == [Proved()]
        assert len(fake_lean.log("compiles alone")) == 1

    def test_a_file_with_an_error_is_told_and_leaves_nothing(self, fake_lean: FakeLean) -> None:
        fake_lean.add("Loop", "module\n-- error\n")
        [verdict] = fake_lean.verdicts(asked(""))
        assert isinstance(verdict, Unknown)
        assert "Loop.lean does not compile" in verdict.reason and "no such thing" in verdict.reason
        assert list(fake_lean.folder.glob("trace-to-lean-*")) == []


class TestWarm:
    """One process has the library loaded and checks one document after another."""

    def test_documents_share_a_process_and_a_known_one_is_not_asked_again(self, fake_lean: FakeLean) -> None:
        documents = [asked("", number=number) for number in (1, 2, 3, 3)]
        assert fake_lean.verdicts(*documents) == [Proved()] * 4
        first, *others = fake_lean.log("checks")
        assert others == [first] * 2
        assert fake_lean.log("alone") == [] and fake_lean.told == []

    def test_a_document_with_other_imports_gets_a_process_of_its_own(self, fake_lean: FakeLean) -> None:
        # There is memory for both.
        fake_lean.config = replace(fake_lean.config, spare_memory_bytes=0)
        other = asked("", imports=("TraceToLean.Loop",))
        assert fake_lean.verdicts(asked("", number=1), other, asked("", number=2)) == [Proved()] * 3
        assert len(fake_lean.log("alone")) == 1
        assert len(set(fake_lean.log("checks"))) == 1

    def test_a_worn_out_process_is_replaced(self, fake_lean: FakeLean) -> None:
        documents = [asked("", number=number) for number in range(5)]
        assert fake_lean.verdicts(*documents, embedded_checks=2) == [Proved()] * 5
        a, b, c, d, e = fake_lean.log("checks")
        assert a == b != c == d != e

    def test_one_that_holds_too_much_is_replaced(self, fake_lean: FakeLean) -> None:
        documents = [asked("", number=number) for number in range(2)]
        assert fake_lean.verdicts(*documents, embedded_bytes=1) == [Proved()] * 2
        assert len(set(fake_lean.log("checks"))) == 2


class TestAxioms:
    """A theorem is held to the axioms that are seen under it; that there is none tells nothing."""

    def test_those_of_logic_are_allowed_and_any_other_is_a_reason(self, fake_lean: FakeLean) -> None:
        assert fake_lean.verdicts(asked(""), asked("cheats"), asked("is not there")) == [
            Proved(),
            Rejected("plain depends on cheat"),
            Rejected("Lean's kernel holds no theorem plain"),
        ]


class TestBreakdown:
    """A document that breaks its process down harms no other, and is asked about once more, alone."""

    @pytest.mark.parametrize("way", ["breaks when warm", "leaves when warm"])
    def test_what_it_does_to_a_fresh_process_counts(self, fake_lean: FakeLean, way: str) -> None:
        assert fake_lean.verdicts(asked(way), asked("")) == [Proved()] * 2
        assert len(fake_lean.log("alone")) == 1
        assert len(set(fake_lean.log("checks"))) == 2
        assert fake_lean.told == ["Lean broke down over a document (exit status 71)"]

    def test_one_that_breaks_both_is_given_up(self, fake_lean: FakeLean) -> None:
        broken, fine = fake_lean.verdicts(asked("breaks always"), asked(""))
        assert broken == Unknown("Lean did not reach the end of the document (exit status 71)")
        assert fine == Proved()
        assert len(fake_lean.log("alone")) == 1 and len(fake_lean.told) == 1

    def test_a_process_that_is_killed_is_replaced_and_the_document_checked(self, fake_lean: FakeLean) -> None:
        assert fake_lean.verdicts(asked("is killed once")) == [Proved()]
        assert fake_lean.log("alone") == []
        assert fake_lean.told == ["killed by signal 9, as when memory is out"]

    def test_one_that_does_not_end_is_killed_and_the_next_has_another(self, fake_lean: FakeLean) -> None:
        async def work(engine: WasmEngine) -> list[Verdict]:
            clock = FakeClock()
            check = asyncio.create_task(engine.check(asked("hangs"), deadline=Deadline.after(LIMIT_S, clock)))
            await fake_lean.until("checks")
            clock.advance(LIMIT_S)
            deadline = Deadline.after(LIMIT_S, MonotonicClock())
            return [
                found["plain"] for found in (await check, await engine.check(asked(""), deadline=deadline))
            ]

        late, fine = fake_lean.run(work, still_looks=10_000)
        assert late == Unknown("Lean ran out of time")
        assert fine == Proved()
        assert len(set(fake_lean.log("checks"))) == 2

    def test_one_that_writes_without_end_is_killed(self, fake_lean: FakeLean) -> None:
        loud, fine = fake_lean.verdicts(asked("shouts"), asked(""))
        assert loud == Unknown("Lean wrote too much")
        assert fine == Proved()

    def test_a_cancelled_check_ends_its_process(self, fake_lean: FakeLean) -> None:
        async def work(engine: WasmEngine) -> Verdict:
            deadline = Deadline.after(LIMIT_S, MonotonicClock())
            check = asyncio.create_task(engine.check(asked("hangs"), deadline=deadline))
            await fake_lean.until("checks")
            check.cancel()
            await asyncio.wait({check})
            (pid,) = fake_lean.log("checks")
            assert not Path(f"/proc/{pid}").exists()
            return (await engine.check(asked(""), deadline=deadline))["plain"]

        assert fake_lean.run(work, still_looks=10_000) == Proved()

    def test_a_deadline_that_comes_too_early_does_not_cost_a_process(self, fake_lean: FakeLean) -> None:
        async def work(engine: WasmEngine) -> list[Verdict]:
            found = []
            for limit_s in (0.0, LIMIT_S):
                deadline = Deadline.after(limit_s, MonotonicClock())
                found.append((await engine.check(asked(""), deadline=deadline))["plain"])
            return found

        early, fine = fake_lean.run(work)
        assert isinstance(early, Unknown) and fine == Proved()
        assert len(fake_lean.log("loads")) == 1

    def test_one_that_is_killed_while_it_waits_is_replaced(self, fake_lean: FakeLean) -> None:
        async def work(engine: WasmEngine) -> Verdict:
            deadline = Deadline.after(LIMIT_S, MonotonicClock())
            await engine.check(asked("", number=1), deadline=deadline)
            os.kill(fake_lean.log("checks")[0], signal.SIGKILL)
            return (await engine.check(asked(""), deadline=deadline))["plain"]

        assert fake_lean.run(work) == Proved()
        assert len(fake_lean.told) == 1


class TestForgery:
    """Only what the launcher says is an answer."""

    def test_what_a_document_writes_is_passed_over(self, fake_lean: FakeLean) -> None:
        assert fake_lean.verdicts(asked("forges")) == [Proved()]

    def test_an_answer_is_known_by_its_token(self) -> None:
        forged = b'{"token":"b","output":"x"}\n\n{"token":"ab","output":"y"}\n {"token":"a","output":"z"}\n'
        assert answer(forged, "a") is None
        assert answer(forged + b'{"token":"a","output"', "a") is None
        assert answer(forged + b'\n{"token":"a","output":"mine"}\n', "a") == Said("mine")
        assert answer(b'\n{"token":"a","failed":"why"}\n', "a") == Refused("why")


class TestNotWarm:
    """A Lean that cannot be made warm checks with a process for each document, and the reason is told."""

    def test_one_that_refuses_is_asked_once(self, fake_lean: FakeLean) -> None:
        (fake_lean.folder / "refuses").touch()
        documents = [asked("", number=number) for number in range(3)]
        assert fake_lean.verdicts(*documents) == [Proved()] * 3
        assert fake_lean.log("checks") == [] and len(fake_lean.log("alone")) == 3
        assert len(fake_lean.log("loads")) == 1
        assert fake_lean.told == ["no such function; from now on each document gets a process of its own"]

    def test_one_that_dies_over_the_library_is_tried_again_before_that(self, fake_lean: FakeLean) -> None:
        (fake_lean.folder / "dies").touch()
        assert fake_lean.verdicts(asked("")) == [Proved()]
        assert len(fake_lean.log("alone")) == 1
        assert 1 < len(fake_lean.log("loads")) <= 2 * (1 + LeanPoolConfig().reruns)
        assert "from now on" in fake_lean.told[-1]
