"""The README's first command as a user types it, on a few problems, with the real Lean."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aimo_pipeline.config import Config
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.observe.reading import RunRecords, read_run
from aimo_pipeline.stress.processes import LEAN, family
from aimo_pipeline.tune.replay import replay
from aimo_pipeline.tune.replay_problems import ReplayReport

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "tests/fixtures/problems/demo.csv"
VERIFIED = {"CheckedTo", "ProvedForAll"}

pytestmark = [
    pytest.mark.lean,
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("AIMO_LEAN_WASM"),
        reason="no embedded Lean: run the tests through build_submission.py",
    ),
]


def _some_problems(path: Path, ids: set[str]) -> Path:
    with DEMO.open(newline="") as source:
        rows = [row for row in csv.DictReader(source) if row["id"] in ids]
    with path.open("w", newline="") as target:
        writer = csv.DictWriter(target, ["id", "problem", "answer"])
        writer.writeheader()
        writer.writerows(rows)
    return path


def _command(*arguments: str | Path) -> list[str]:
    return [sys.executable, str(ROOT / "build_submission.py"), "dry-run", *map(str, arguments)]


def _environment() -> dict[str, str]:
    # The command finds Lean by itself, as it does for a user.
    return {name: value for name, value in os.environ.items() if not name.startswith("AIMO_")}


def _marked(mark: str) -> list[int]:
    """Living processes that have `mark` in their environment: every descendant but Lean inherits it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z" and mark.encode() in environment:
            found.append(int(entry.name))
    return found


@dataclass(frozen=True)
class _Run:
    """A dry run of all problems that is under way, and the mark in its processes' environment."""

    command: subprocess.Popen[bytes]
    journal: Path
    mark: str

    @classmethod
    def begin(cls, folder: Path, name: str) -> _Run:
        command = subprocess.Popen(
            _command("--problems", DEMO, "--output", folder / name),
            env=_environment() | {"AIMO_TEST_MARK": f"{folder.name}-{name}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        return cls(command, folder / name / "journal.jsonl", f"AIMO_TEST_MARK={folder.name}-{name}")

    def wait_until_lean_checks(self, end_s: float) -> None:
        while time.monotonic() < end_s and not (
            self.journal.exists() and "TranslateFinished" in self.journal.read_text()
        ):
            time.sleep(0.2)
        assert self.journal.exists(), "the run did not begin in time"


@dataclass(frozen=True)
class _Done:
    """A dry run of three problems that has ended well: its table, its folder."""

    result: dict[str, Any]
    folder: Path


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> _Done:
    folder = tmp_path_factory.mktemp("dry-run")
    problems = _some_problems(folder / "few.csv", {"demo-04", "demo-12", "demo-21"})
    out = folder / "out.json"
    command = subprocess.run(
        _command("--problems", problems, "--json", out, "--output", folder / "run"),
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert command.returncode == 0, command.stdout + command.stderr
    return _Done(json.loads(out.read_text()), folder / "run")


class TestDryRun:
    """dry-run takes a problem file through notebook, gateway, pipeline and Lean to a scored table."""

    def test_three_problems_end_right_with_the_evidence_that_each_can_have(self, done: _Done) -> None:
        rows = {row["id"]: row for row in done.result["problems"]}
        assert done.result["gateway"] in ("local", "kaggle_evaluation")
        assert rows["demo-21"]["evidence"] in VERIFIED
        assert rows["demo-21"]["answer"] == rows["demo-21"]["expected"]
        assert rows["demo-04"]["evidence"] == "Voted"
        assert rows["demo-12"]["evidence"] == "Guessed"
        written = pl.read_parquet(done.folder / "submission.parquet")
        assert dict(written.iter_rows()) == {key: row["answer"] for key, row in rows.items()}

    def test_an_interrupt_midway_leaves_no_process(self, tmp_path: Path) -> None:
        """Two runs side by side, one for each signal."""
        numbers = (signal.SIGINT, signal.SIGTERM)
        runs = [_Run.begin(tmp_path, number.name) for number in numbers]
        end_s = time.monotonic() + 90
        for number, run in zip(numbers, runs, strict=True):
            run.wait_until_lean_checks(end_s)
            born = family(run.command.pid)
            assert any(one.is_one_of(LEAN) for one in born), "Lean was not running when the interrupt came"
            run.command.send_signal(number)
            output, _ = run.command.communicate(timeout=60)
            assert run.command.returncode != 0, output
            until_s = time.monotonic() + 10
            while time.monotonic() < until_s and (_marked(run.mark) or any(one.lives for one in born)):
                time.sleep(0.1)
            assert _marked(run.mark) == []
            assert [one.command for one in born if one.lives] == []


def _theorems(run: RunRecords) -> list[tuple[str, ...]]:
    """What Lean was asked, and its verdicts."""
    names = ("problem_id", "document", "theorem", "statement", "verdict")
    return [tuple(one[name] for name in names) for one in run.records if one["type"] == "StatementChecked"]


class TestReplay:
    """A run whose verdicts came from the real Lean is replayed without one."""

    def _replayed(self, run: RunRecords, output: Path, settings: Mapping[str, str]) -> ReplayReport:
        again = replay(
            run, config=Config(), settings=settings, output=output, clock=MonotonicClock(), lean=False
        )
        return asyncio.run(again)

    def test_every_answer_and_every_verdict_is_the_same(self, done: _Done, tmp_path: Path) -> None:
        recorded = read_run(done.folder)
        report = self._replayed(recorded, tmp_path, {})
        assert len(report.problems) == 3
        assert all(one.same for one in report.problems)
        assert report.proofs >= 1
        assert report.unasked == 0
        assert _theorems(read_run(report.journal)) == _theorems(recorded)
        assert {one[-1] for one in _theorems(recorded)} == {"proved"}

    def test_a_rule_that_lean_has_not_seen_gets_no_verdict_of_its_own(
        self, done: _Done, tmp_path: Path
    ) -> None:
        """With fewer compared indices the document is another one."""
        report = self._replayed(read_run(done.folder), tmp_path, {"verify.max_compared": "4"})
        assert report.unasked >= 1
        kinds = {one.recorded.problem.id: one.answer[1].partition("(")[0] for one in report.problems}
        assert kinds["demo-21"] not in VERIFIED
