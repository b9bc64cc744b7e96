"""The command that a user types: what it imports, its help, and how it ends."""

from __future__ import annotations

import argparse
import ast
import sys
from pathlib import Path

import pytest

import build_submission as build
from prepare.passed_on import passed_on
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
