"""The official engine, against a stand-in for `lean` and against a real one without its library."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.errors import EngineUnavailable
from aimo_pipeline.outcome import Proved, Refuted, Rejected, Unknown, Verdict
from aimo_pipeline.verify import official
from aimo_pipeline.verify.engine import LeanDocument, Theorem, self_test
from aimo_pipeline.verify.installed import find_lean
from aimo_pipeline.verify.official import open_official
from aimo_pipeline.verify.race import Won
from tests.lean_native import CORE, NativeLean

# The error and the end are messages as the embedded Lean 4.28 wrote them, on the right line; the replies to
# `#print axioms` follow the format that Lean documents; they were not recorded, since the embedded
# engine cannot give them.
STAND_IN = r"""#!{python}
import json, os, socket, sys, time
arguments = sys.argv[1:]
if "--version" in arguments:
    print("Lean (version 4.28.0, stand-in)")
    sys.exit(0)
text = open(arguments[-1], encoding="utf-8").read()
if "-o" in arguments:
    if "broken" in text:
        print(json.dumps(dict(severity="error", pos=dict(line=1, column=0), data="broken", kind="")))
        sys.exit(1)
    open(arguments[arguments.index("-o") + 1], "w").write("compiled")
    sys.exit(0)
assert os.path.isdir(os.path.join(os.environ["LEAN_PATH"], "TraceToLean"))
if "forever" in text:
    time.sleep(600)
try:
    socket.socket()
    sys.exit("it can open a socket")
except PermissionError:
    pass
def say(line, severity, data):
    print(json.dumps(dict(caption="", data=data, endPos=dict(column=61, line=line),
        fileName="Document.lean", isSilent=False, keepFullRange=False, kind="[anonymous]",
        pos=dict(column=47, line=line), severity=severity)))
status = 0
for number, line in enumerate(text.split("\n"), 1):
    if line.startswith("theorem") and "= 56" in line:
        false = "rule [1, 1] [0, 1] 10 = 56"
        say(number, "error", "Tactic `decide` proved that the proposition\n  %s\nis false" % false)
        status = 1
    if line.startswith("#print axioms "):
        name = line.split()[-1]
        used = "sorryAx" if name in ("canary_false", "cheat") else "propext"
        say(number, "information", "'%s' depends on axioms: [%s]" % (name, used))
    if line.startswith("#check"):
        say(number, "information", '"end of document" : String')
sys.exit(status)
"""


@pytest.fixture
def lean(tmp_path: Path) -> Path:
    """A stand-in toolchain's executable."""
    path = tmp_path / "toolchain" / "bin" / "lean"
    path.parent.mkdir(parents=True)
    path.write_text(STAND_IN.replace("{python}", sys.executable), encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A library of two files, the second needing the first."""
    folder = tmp_path / "sources" / "TraceToLean"
    folder.mkdir(parents=True)
    (folder / "Zero.lean").write_text("module\n", encoding="utf-8")
    (folder / "All.lean").write_text("module\npublic import TraceToLean.Zero\n", encoding="utf-8")
    return folder.parent


def check(lean: Path, sources: Path, *theorems: Theorem, seconds: float = 60.0) -> dict[str, Verdict]:
    clock = MonotonicClock()

    async def work() -> dict[str, Verdict]:
        cache = sources.parent / "cache"
        async with open_official(lean, VerifyConfig(), clock, cache=cache, sources=sources) as engine:
            document = LeanDocument(("TraceToLean.All",), "", theorems)
            return dict(await engine.check(document, deadline=Deadline.after(seconds, clock)))

    return asyncio.run(work())


class TestOfficialEngine:
    """Each theorem needs Lean's silence and an allowed list of axioms."""

    def test_the_canaries_are_told_apart(self, lean: Path, sources: Path) -> None:
        clock = MonotonicClock()

        async def work() -> None:
            cache = sources.parent / "cache"
            async with open_official(lean, VerifyConfig(), clock, cache=cache, sources=sources) as engine:
                await self_test(engine, Deadline.after(60.0, clock))

        asyncio.run(work())

    def test_verdicts_follow_errors_and_axioms(self, lean: Path, sources: Path) -> None:
        found = check(
            lean,
            sources,
            Theorem("good", "1 = 1", "rfl"),
            Theorem("bad", "55 = 56", "by decide"),
            Theorem("cheat", "1 = 1", "rfl"),
        )
        assert found["good"] == Proved(("propext",))
        assert isinstance(found["bad"], Refuted)
        assert found["cheat"] == Rejected("cheat depends on sorryAx")

    def test_a_time_out_is_unknown(self, lean: Path, sources: Path) -> None:
        check(lean, sources)  # builds the library
        found = check(lean, sources, Theorem("late", "forever = forever", "rfl"), seconds=1.0)
        assert found["late"] == Unknown("Lean ran out of time")

    def test_a_library_that_does_not_compile_leaves_nothing_proved_and_no_folder(
        self, lean: Path, sources: Path
    ) -> None:
        (sources / "TraceToLean" / "All.lean").write_text("broken", encoding="utf-8")
        found = check(lean, sources, Theorem("good", "1 = 1", "rfl"))
        assert isinstance(found["good"], Unknown)
        assert "All.lean does not compile" in found["good"].reason
        assert list((sources.parent / "cache").iterdir()) == []

    def test_the_library_is_rebuilt_when_a_source_changes(self, lean: Path, sources: Path) -> None:
        check(lean, sources)
        check(lean, sources)
        assert len(list((sources.parent / "cache").iterdir())) == 1
        (sources / "TraceToLean" / "Zero.lean").write_text("module\n-- changed\n", encoding="utf-8")
        check(lean, sources)
        assert len(list((sources.parent / "cache").iterdir())) == 2

    def test_whoever_opens_it_is_told_of_lost_workers(
        self, lean: Path, sources: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told: list[str] = []
        real = official.open_pool

        def losing(*arguments: Any, lost: Any, **named: Any) -> Any:
            lost("killed")
            return real(*arguments, lost=lost, **named)

        monkeypatch.setattr(official, "open_pool", losing)

        async def work() -> None:
            cache, clock = sources.parent / "cache", MonotonicClock()
            async with open_official(
                lean, VerifyConfig(), clock, cache=cache, sources=sources, lost=told.append
            ):
                pass

        asyncio.run(work())
        assert told == ["killed"]

    def test_an_executable_that_is_no_lean_is_unavailable(self, sources: Path) -> None:
        with pytest.raises(EngineUnavailable, match="--version"):
            check(Path("/bin/false"), sources)


class TestFindLean:
    """A named toolchain comes first, then the packed one, then PATH."""

    def test_the_named_toolchain_comes_first(self, lean: Path, sources: Path) -> None:
        packed = sources / "dist" / "bin" / "lean"
        packed.parent.mkdir(parents=True)
        packed.write_bytes(lean.read_bytes())
        packed.chmod(0o755)
        assert find_lean(VerifyConfig(toolchain=lean.parents[1]), sources) == lean
        assert find_lean(VerifyConfig(), sources) == packed

    def test_path_comes_last(self, lean: Path, sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", f"{lean.parent}{os.pathsep}/usr/bin")
        assert find_lean(VerifyConfig(), sources) == lean
        monkeypatch.setenv("PATH", "/nonexistent")
        assert find_lean(VerifyConfig(), sources) is None


NATIVE = (
    Theorem("good", "True", "by decide"),
    Theorem("wrong", "False", "by decide"),
    Theorem("stuck", "Eq (Nat.add 1 1) 3", "Eq.refl 2"),
    Theorem("uses_wrong", "False", "by exact wrong"),
)


@pytest.mark.lean
class TestWithARealLean:
    """Warm workers and one process per document give the same verdicts."""

    def test_the_pool_and_single_processes_agree(self, native_lean: NativeLean, tmp_path: Path) -> None:
        clock, document = native_lean.clock, LeanDocument(("TraceToLean.Small",), "", NATIVE)

        async def work() -> tuple[dict[str, Verdict], dict[str, Verdict], int]:
            opened = open_official(native_lean.lean, VerifyConfig(), clock, cache=tmp_path, sources=CORE)
            async with opened as engine:
                warm = await engine.check(document, deadline=native_lean.deadline())
                checked = engine._pool.counts.checked
                engine._has_workers = False
                return (
                    dict(warm),
                    dict(await engine.check(document, deadline=native_lean.deadline())),
                    checked,
                )

        warm, alone, checked = asyncio.run(work())
        assert {name: type(verdict) for name, verdict in warm.items()} == {
            "good": Proved,
            "wrong": Refuted,
            "stuck": Unknown,
            "uses_wrong": Unknown,
        }
        assert warm == alone
        assert checked == 1

    def test_the_first_document_that_is_proved_wins(self, native_lean: NativeLean, tmp_path: Path) -> None:
        slow = Theorem("slow", f"Eq (leaves 40 0) {2**40}", f"Eq.refl {2**40}")
        documents = [LeanDocument(("TraceToLean.Small",), "", (theorem,)) for theorem in (slow, *NATIVE[:2])]

        async def work() -> Any:
            clock = native_lean.clock
            opened = open_official(native_lean.lean, VerifyConfig(), clock, cache=tmp_path, sources=CORE)
            async with opened as engine:
                return await engine.race(documents, deadline=native_lean.deadline())

        assert asyncio.run(work()) == Won(1, {"good": Proved(())})

    def test_bad_input_is_rejected_with_the_reason_and_no_worker_is_harmed(
        self, native_lean: NativeLean, tmp_path: Path
    ) -> None:
        bad = {
            f"Eq {'7' * 1_000_000} 0": "1000000",
            f"Eq {'7' * 900_000} 0": "digits",
            f"{'(' * 1_000}True{')' * 1_000}": "brackets 1000 deep",
            f"{'True → ' * 5_000}True": "words that nest",
            "True\0": "the character '\\x00'",
        }

        async def work() -> tuple[list[Verdict], Verdict, int, int]:
            clock = native_lean.clock
            opened = open_official(native_lean.lean, VerifyConfig(), clock, cache=tmp_path, sources=CORE)
            async with opened as engine:

                async def verdict(statement: str) -> Verdict:
                    theorem = Theorem("one", statement, "by decide")
                    document = LeanDocument(("TraceToLean.Small",), "", (theorem,))
                    return (await engine.check(document, deadline=native_lean.deadline()))["one"]

                await verdict("False")
                found = [await verdict(statement) for statement in bad]
                good, counts = await verdict("True"), engine._pool.counts
                return found, good, counts.started, counts.ended

        found, good, started, ended = asyncio.run(work())
        for verdict, said in zip(found, bad.values(), strict=True):
            assert isinstance(verdict, Rejected)
            assert said in verdict.reason
        assert (good, started, ended) == (Proved(()), 1, 0)
