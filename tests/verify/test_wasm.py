"""The real embedded Lean, with our library loaded."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.deadline import FakeClock
from aimo_pipeline.errors import EngineUnavailable
from aimo_pipeline.outcome import Proved, Refuted, Rejected, Unknown
from aimo_pipeline.verify.document import LIBRARY_IMPORTS
from aimo_pipeline.verify.engine import LeanDocument, Theorem, open_engine, self_test
from aimo_pipeline.verify.library import SOURCES
from aimo_pipeline.verify.wasm import open_wasm
from aimo_pipeline.verify.wasm_home import prepare

IMPORTS = LIBRARY_IMPORTS
LONG = list(range(-3, 197))
TOO_SHORT_S = 1.0
PLAIN = Theorem("plain", "rule [1, 1] [0, 1] 3 = 2", "by decide +kernel")
# A million different terms for the kernel to reduce.
SLOW = LeanDocument(
    IMPORTS,
    "def slow : Nat → Nat → Nat\n  | 0, a => a\n  | n + 1, a => slow n (2 * a) + slow n (2 * a + 1)",
    (Theorem("plain", "slow 20 1 = 0", "by decide +kernel"),),
)
TOO_DEEP = Theorem(
    "too_deep",
    "Nat.rec (motive := fun _ => Nat) 0 (fun _ m => m + 1) 10000000 = 10000000",
    "by decide +kernel",
)


def document(*theorems: Theorem) -> LeanDocument:
    return LeanDocument(IMPORTS, "", theorems)


def lean_processes() -> list[int]:
    """Ids of the children of this process that run the embedded Lean, and of all zombies."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rsplit(")", 1)[1].split()[:2]
            command = path.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if int(parent) == os.getpid() and (state == "Z" or b"wasm_launcher" in command):
            found.append(int(path.parent.name))
    return found


@pytest.mark.lean
class TestVerdicts:
    """The engine says of each theorem what Lean found, and never Proved of what was not."""

    def test_one_document_gives_each_theorem_its_own_verdict_and_is_checked_once(self, real_lean) -> None:
        false_list = f"sameInts {LONG} {[*LONG[:-1], 0]} = true"
        asked = document(
            Theorem("holds", f"sameInts {LONG} {LONG} = true", "by decide +kernel"),
            Theorem("long_false", false_list, "by decide +kernel"),
            Theorem("uses_false", f"{false_list} ∧ True", "⟨long_false, trivial⟩"),
            Theorem("uses_user", f"{false_list}", "uses_false.1"),
            Theorem("uses_true", f"sameInts {LONG} {LONG} = true ∧ True", "⟨holds, trivial⟩"),
            Theorem("stuck", "∀ n : Nat, n + 0 = n", "by intro n; decide"),
            Theorem("misspelt", "rulle [1] [1] 3 = 1", "by decide +kernel"),
            Theorem("itself", "1 = 2", "by exact itself"),
            Theorem("by_induction", "∀ n : Int, (n + 1) * (n + 1) = n * n + 2 * n + 1", "by grind"),
        )
        verdicts = real_lean.run(real_lean.engine.check(asked, deadline=real_lean.deadline()))
        assert {name: type(verdict) for name, verdict in verdicts.items()} == {
            "holds": Proved,
            "long_false": Refuted,
            "uses_false": Unknown,
            "uses_user": Unknown,
            "uses_true": Proved,
            "stuck": Unknown,
            "misspelt": Unknown,
            "itself": Unknown,
            "by_induction": Proved,
        }
        assert verdicts["uses_false"] == Unknown("depends on long_false, which is not proved")
        # The same document again is not checked again, for which there would be no time.
        again = real_lean.engine.check(asked, deadline=real_lean.deadline(0.5))
        assert real_lean.run(again) == verdicts

    def test_sorry_never_reaches_lean(self, real_lean) -> None:
        lazy = document(Theorem("lazy", "1 = 2", "by sorry"))
        verdicts = real_lean.run(real_lean.engine.check(lazy, deadline=real_lean.deadline(0.0)))
        assert isinstance(verdicts["lazy"], Rejected)


@pytest.mark.lean
class TestProcesses:
    """However a check ends, its process is gone; the next check has a fresh one."""

    def test_a_time_out_and_a_crash_leave_no_process_and_the_next_check_works(self, real_lean) -> None:
        async def work() -> tuple[dict, dict, bool]:
            engine = real_lean.engine
            worker = await engine._kept.take()
            engine._kept._waiting.insert(0, worker)
            await worker.ready.wait()
            assert "Seccomp:\t2" in Path(f"/proc/{worker._pid}/status").read_text()  # it can open no socket
            late = await engine.check(SLOW, deadline=real_lean.deadline(TOO_SHORT_S))
            gone = worker.task.done() and worker not in engine._kept._waiting
            deep = await engine.check(document(PLAIN, TOO_DEEP), deadline=real_lean.deadline())
            await self_test(engine, real_lean.deadline())
            return late, deep, gone

        late, deep, gone = real_lean.run(work())
        assert late["plain"] == Unknown("Lean ran out of time")
        assert gone
        assert isinstance(deep["plain"], Unknown)
        assert isinstance(deep["too_deep"], Unknown)
        assert "exit status 71" in deep["plain"].reason
        assert len(lean_processes()) <= 2  # the next two

    def test_a_cancelled_check_and_a_closed_engine_leave_no_process(self, real_lean, wasm_config) -> None:
        async def work() -> tuple[list[int], list[int], list[int]]:
            others = set(lean_processes())
            async with open_engine(wasm_config, real_lean.clock) as engine:
                check = asyncio.create_task(engine.check(document(PLAIN), deadline=real_lean.deadline()))
                await asyncio.sleep(2.0)  # a process is loading for it
                running = set(lean_processes()) - others
                check.cancel()
                await asyncio.wait({check})
                assert check.cancelled()
                still = running & set(lean_processes())
                await asyncio.sleep(0.5)  # the next spare has started
            return sorted(running), sorted(still), sorted(set(lean_processes()) - others)

        running, still, at_the_end = real_lean.run(work())
        assert running
        assert still == running  # it was not asked anything yet, and the next check can have it
        assert at_the_end == []

    def test_the_library_is_built_once(self, real_lean, wasm_config) -> None:
        async def twice() -> tuple[Path, Path]:
            return (
                await prepare(wasm_config, SOURCES, real_lean.clock),
                await prepare(wasm_config, SOURCES, real_lean.clock),
            )

        first, second = real_lean.run(asyncio.wait_for(twice(), 5.0))
        assert first == second
        assert (first / "TraceToLean" / "Value.olean").is_file()


class TestOpening:
    """A missing piece is told before anything starts, in a sentence that says what to do."""

    @pytest.mark.parametrize(
        ("config", "said"),
        [
            (VerifyConfig(engine="off"), "switched off"),
            (VerifyConfig(engine="wasm"), "AIMO_LEAN_WASM and AIMO_NODE"),
            (
                VerifyConfig(engine="wasm", wasm_home=Path("/nonexistent"), node=Path("/bin/sh")),
                "lean.js is missing",
            ),
            (VerifyConfig(engine="official", toolchain=Path("/nonexistent")), "AIMO_LEAN_TOOLCHAIN"),
        ],
    )
    def test_what_is_missing_is_named(self, config: VerifyConfig, said: str) -> None:
        async def work() -> None:
            async with open_engine(config, FakeClock()):
                pass

        with pytest.raises(EngineUnavailable, match=said):
            asyncio.run(work())

    def test_a_checkout_without_lean_sources_is_named(self, tmp_path: Path) -> None:
        for part in ("bin/lean.js", "bin/lean.wasm", "lib/lean/Init.olean", "node"):
            (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / part).touch()

        async def work() -> None:
            config = VerifyConfig(wasm_home=tmp_path, node=tmp_path / "node")
            async with open_wasm(config, FakeClock(), sources=tmp_path):
                pass

        with pytest.raises(EngineUnavailable, match="no Lean sources"):
            asyncio.run(work())
