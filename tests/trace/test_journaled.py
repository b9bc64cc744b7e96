"""What ran in the sandbox stands in the journal: code, output, how it ended, and the limit that ended it."""

from __future__ import annotations

import asyncio

import pytest

from aimo_pipeline.config import LimitsConfig, SandboxConfig, TraceConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.observe.journal import Journal, digest_of, read_journal
from aimo_pipeline.trace.journaled import JournaledPrograms
from aimo_pipeline.trace.run import run_terms, run_trace
from aimo_pipeline.trace.sandbox import Sandbox

LIMITS = LimitsConfig(memory_bytes=1 << 30, output_bytes=300_000)
PROGRAMS = {
    "print(6 * 7)": ("ran", ""),
    "1 / 0": ("crashed", ""),
    "while True: pass": ("timed_out", "time"),
    "while True: print('x' * 1000)": ("killed", "output"),
}
TRACE = "FIRST = 0\nTARGET = 50\nMODULUS = None\ndef a(n):\n    return n * n\n"


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    """The journal of a few programs, cells and traces in a real sandbox."""
    path = tmp_path_factory.mktemp("programs") / "journal.jsonl"

    async def run() -> None:
        clock = MonotonicClock()
        with Journal.open(path, clock) as journal:
            observer = JournaledPrograms(journal)
            config = SandboxConfig(allow_missing=True)
            async with Sandbox.opened(config, clock=clock, observer=observer) as sandbox:
                for code in PROGRAMS:
                    deadline = Deadline.after(2.0 if "True: pass" in code else 30.0, clock)
                    await sandbox.run(code, deadline=deadline, limits=LIMITS, owner="p1")
                for _ in range(2):
                    async with sandbox.session(limits=LIMITS, owner="p2") as session:
                        await session.run("x = 5", deadline=Deadline.after(30.0, clock))
                        await session.run("print(x); y", deadline=Deadline.after(30.0, clock))
                trace = TraceConfig(limits=LIMITS, max_terms=5)
                arguments = {"sandbox": sandbox, "config": trace, "owner": "p3"}
                later = Deadline.after(30.0, clock)
                await run_trace(TRACE, deadline=later, **arguments)  # type: ignore[arg-type]
                await run_terms(TRACE, [9], deadline=later, **arguments)  # type: ignore[arg-type]
                await run_trace("def a(:", deadline=later, **arguments)  # type: ignore[arg-type]

    asyncio.run(run())
    return list(read_journal(path))


def of(records: list[dict[str, object]], problem: str) -> list[dict[str, object]]:
    return [one for one in records if one["type"] == "ProgramRan" and one["problem_id"] == problem]


class TestProgramRan:
    """One event for each program and cell, and the code once."""

    def test_programs_tell_outcome_and_limit(self, records: list[dict[str, object]]) -> None:
        found = {one["code"]: (one["outcome"], one["limit"]) for one in of(records, "p1")}
        assert found == {digest_of(code): end for code, end in PROGRAMS.items()}
        assert of(records, "p1")[0]["output"] == "42\n"
        assert "ZeroDivisionError" in str(of(records, "p1")[1]["detail"])
        flood = of(records, "p1")[3]
        assert 100_000 <= len(str(flood["output"])) < 100_100
        assert flood["result"] == "", "a flood is not kept whole, so it cannot be replayed"

    def test_cells_tell_their_session(self, records: list[dict[str, object]]) -> None:
        cells = of(records, "p2")
        assert [one["kind"] for one in cells] == ["cell"] * 4
        assert [one["session"] for one in cells] == [1, 1, 2, 2]
        assert [one["outcome"] for one in cells] == ["ran", "crashed"] * 2
        assert cells[1]["output"] == "5\n"
        assert "NameError" in str(cells[1]["detail"])

    def test_traces_tell_what_they_were_for(self, records: list[dict[str, object]]) -> None:
        assert [(one["kind"], one["outcome"]) for one in of(records, "p3")] == [
            ("trace", "ran"),
            ("terms", "ran"),
            ("trace", "crashed"),
        ]
        assert "syntax" in str(of(records, "p3")[2]["detail"])

    def test_the_same_code_is_kept_once(self, records: list[dict[str, object]]) -> None:
        kept = [one["text"] for one in records if one["type"] == "TextKept"]
        assert len(kept) == len(set(map(str, kept)))
        assert TRACE in kept and "x = 5" in kept
