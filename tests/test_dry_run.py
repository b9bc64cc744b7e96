"""The README's first command as a user types it, on a few problems, with the real Lean."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from aimo_pipeline.stress.processes import LEAN, family

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


class TestDryRun:
    """dry-run takes a problem file through notebook, gateway, pipeline and Lean to a scored table."""

    def test_three_problems_end_right_with_the_evidence_that_each_can_have(self, tmp_path: Path) -> None:
        problems = _some_problems(tmp_path / "few.csv", {"demo-04", "demo-12", "demo-21"})
        out = tmp_path / "out.json"
        done = subprocess.run(
            _command("--problems", problems, "--json", out, "--output", tmp_path / "run"),
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=400,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        result = json.loads(out.read_text())
        rows = {row["id"]: row for row in result["problems"]}
        assert result["gateway"] in ("local", "kaggle_evaluation")
        assert rows["demo-21"]["evidence"] in VERIFIED
        assert rows["demo-21"]["answer"] == rows["demo-21"]["expected"]
        assert rows["demo-04"]["evidence"] == "Voted"
        assert rows["demo-12"]["evidence"] == "Guessed"
        written = pl.read_parquet(tmp_path / "run" / "submission.parquet")
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
