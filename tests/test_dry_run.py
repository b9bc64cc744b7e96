"""The README's first command as a user types it, on a few problems, with the real Lean."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

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


def _marked_processes(mark: str) -> list[int]:
    """Living processes that have `mark` in their environment: every descendant inherits it, or is Lean's."""
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


def _lean_processes() -> set[int]:
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and b"wasm_launcher.js" in (entry / "cmdline").read_bytes():
                found.add(int(entry.name))
        except OSError:
            continue
    return found


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

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_an_interrupt_midway_leaves_no_process(self, tmp_path: Path, number: signal.Signals) -> None:
        mark = f"AIMO_TEST_MARK={tmp_path.name}-{number}"
        name, value = mark.split("=")
        before = _lean_processes()
        running = subprocess.Popen(
            _command("--problems", DEMO, "--output", tmp_path / "run"),
            env=_environment() | {name: value},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        end = time.monotonic() + 60
        journal = tmp_path / "run" / "journal.jsonl"
        while time.monotonic() < end and not (
            journal.exists() and "TranslateFinished" in journal.read_text()
        ):
            time.sleep(0.2)
        assert journal.exists(), "the run did not begin within a minute"
        assert _lean_processes() - before, "Lean was not running when the interrupt came"
        running.send_signal(number)
        output, _ = running.communicate(timeout=60)
        assert running.returncode != 0, output
        end = time.monotonic() + 10
        while time.monotonic() < end and (_marked_processes(mark) or _lean_processes() - before):
            time.sleep(0.1)
        assert _marked_processes(mark) == []
        assert _lean_processes() - before == set()
