"""The command that a user types: what it imports, its help, and how it ends."""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import build_submission as build
from aimo_pipeline.__main__ import app
from prepare.passed_on import PROVING, passed_on
from prepare.told import ROOT


class TestStandardLibraryOnly:
    """The command runs on a bare Python, so nothing in it imports what would have to be installed."""

    @pytest.mark.parametrize("path", [ROOT / "build_submission.py", *sorted(ROOT.glob("prepare/*.py"))])
    def test_imports_only_the_standard_library(self, path: Path) -> None:
        tree = ast.parse(path.read_text())
        imported = {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names | {"prepare"}


class TestCommandLine:
    """The help teaches; what stands after -- is passed on."""

    def test_help_shows_both_commands_with_examples(self) -> None:
        text = build.parser().format_help()
        for part in (
            "dry-run --problems mine.csv",
            "test --",
            "AIMO_KAGGLE_EVALUATION",
            ".cache/aimo-pipeline",
        ):
            assert part in text

    def test_without_a_command_the_help_is_shown(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert build.main([]) == 2
        assert "examples:" in capsys.readouterr().err

    def test_every_command_of_the_package_can_be_called_from_here(self) -> None:
        known = set(typer.main.get_group(app).commands)
        assert set(build.PACKAGED) == known - {"prepare-lean", "table"}, "these two are called by dry-run"
        assert set(build.PACKAGED) >= PROVING

    def test_another_python_is_told_how_the_package_is_run(self) -> None:
        command = [sys.executable, "-S", "-m", "aimo_pipeline", "mine"]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert told.returncode == 2
        assert told.stderr.startswith("error: this Python has no ") and told.stderr.count("\n") == 1
        assert "build_submission.py" in told.stderr

    def test_passes_on_what_stands_after_two_dashes(self) -> None:
        arguments = build.parser().parse_args(["test", "--", "-m", "not lean", "-x"])
        assert passed_on(arguments) == ["-m", "not lean", "-x"]
        assert passed_on(argparse.Namespace(rest=[])) == []


class TestMissing:
    """What can't be had is said in one line, on stderr, and the status is 2."""

    def test_a_missing_problem_file_is_one_line_and_status_2(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(build.signal, "signal", lambda *_: None)
        monkeypatch.setattr(build, "adopt_orphans", lambda: None)
        assert build.main(["dry-run", "--problems", str(tmp_path / "absent.csv")]) == 2
        error = capsys.readouterr().err
        assert error.startswith("error: cannot read ")
        assert error.count("\n") == 1
