"""What a dry run says while it works, and how it ends where the notebook fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from prepare.dry_run import fail_with
from prepare.progress import Progress
from prepare.told import Missing


class TestProgress:
    """One line for each answer, as the journal grows; a half-written line waits."""

    ANSWER = (
        '{"type":"AnswerGiven","problem_id":"demo-03","value":123,"evidence":"CheckedTo",'
        '"seconds":7.12,"path":"trace>mine>lean"}\n'
    )

    def test_tells_each_answer_once(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        progress = Progress(tmp_path / "journal.jsonl", total=30)
        progress.tick()
        progress.journal.write_text(self.ANSWER[:40])
        progress.tick()
        assert capsys.readouterr().out == ""
        progress.journal.write_text(self.ANSWER)
        progress.tick()
        progress.tick()
        assert capsys.readouterr().out == "[ 1/30] demo-03  answer 123  CheckedTo  7.1s  trace>mine>lean\n"

    def test_tells_a_fallback_and_skips_what_it_does_not_know(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        journal = tmp_path / "journal.jsonl"
        journal.write_text('{"type":"New"}\nrubbish\n{"type":"PredictFailed","problem_id":"a","cause":"x"}\n')
        Progress(journal, total=3).tick()
        assert capsys.readouterr().out == "[1/3] a  fallback: x\n"

    def test_what_an_earlier_run_wrote_is_not_told_again(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        journal = tmp_path / "journal.jsonl"
        journal.write_text(self.ANSWER)
        Progress.of(journal, 30).tick()
        assert capsys.readouterr().out == ""


class TestFailure:
    """The user's own mistake is passed on alone; of any other the log is named."""

    def test_the_notebooks_user_error_is_passed_on_alone(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        log.write_text(
            "Traceback ...\n\x1b[0;31mUserError\x1b[0m: p.csv is empty; it needs the columns id, problem\n"
        )
        with pytest.raises(Missing, match="^p.csv is empty; it needs the columns id, problem$"):
            fail_with(log)

    def test_any_other_failure_of_the_notebook_names_the_log(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        log = tmp_path / "log"
        log.write_text("Traceback ...\nZeroDivisionError: division by zero\n")
        with pytest.raises(SystemExit):
            fail_with(log)
        assert "ZeroDivisionError" in (told := capsys.readouterr().out)
        assert str(log) in told
