from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from aimo_pipeline.domain import Answer, CheckedTo, Guessed
from aimo_pipeline.errors import UserError
from aimo_pipeline.gateway.score import (
    Given,
    Report,
    as_table,
    as_text,
    make_rows,
    read_results,
    write_results,
)

GIVEN = [
    Given("b", Answer(7, Guessed(), "fallback"), 0.25),
    Given("a", Answer(42, CheckedTo(12), "trace>mine:c-finite>lean"), 1.5),
    Given("c", Answer(3, Guessed(), "guess"), 0.125),
]
REPORT = Report(
    "local", make_rows(GIVEN, {"a": 42, "b": 8, "c": None}), "out/submission.parquet", "out/journal.jsonl"
)


class TestReport:
    """Rows stand in the file's order; only problems with a known answer count."""

    def test_rows_follow_the_file_and_name_the_rung(self) -> None:
        assert [(row.id, row.evidence) for row in REPORT.problems] == [
            ("a", "CheckedTo"),
            ("b", "Guessed"),
            ("c", "Guessed"),
        ]

    def test_counts_right_answers_among_the_known(self) -> None:
        assert (REPORT.score, REPORT.total) == (1, 2)

    def test_an_id_that_no_file_has_is_kept(self) -> None:
        assert [row.id for row in make_rows(GIVEN, {"c": 3})] == ["c", "b", "a"]


class TestResults:
    """The JSON form has the agreed fields and can be read back."""

    def test_has_the_agreed_fields(self, tmp_path: Path) -> None:
        write_results(REPORT, tmp_path / "results.json")
        results = json.loads((tmp_path / "results.json").read_text())
        assert (results["gateway"], results["score"]) == ("local", 1)
        assert results["problems"][0] == {
            "id": "a",
            "answer": 42,
            "expected": 42,
            "evidence": "CheckedTo",
            "seconds": 1.5,
            "path": "trace>mine:c-finite>lean",
        }

    def test_reads_back_what_it_wrote(self, tmp_path: Path) -> None:
        write_results(REPORT, tmp_path / "results.json")
        assert read_results(tmp_path / "results.json") == REPORT

    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"problems": [{"id": 1}]}'])
    def test_another_file_is_refused_in_one_line(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(UserError, match="does not hold the results"):
            read_results(tmp_path / "x.json")


class TestTable:
    """The table shows each problem once, with what the issue asks for, and a question mark for unknown."""

    def test_shows_every_column(self) -> None:
        console = Console(width=120)
        with console.capture() as capture:
            console.print(as_table(REPORT))
        text = capture.get()
        for part in (
            "id",
            "answer",
            "expected",
            "evidence",
            "seconds",
            "found by",
            "1 of 2 right",
            "CheckedTo",
            "?",
        ):
            assert part in text

    def test_plain_text_ends_with_score_and_paths(self) -> None:
        assert as_text(REPORT).splitlines()[-3:] == [
            "score       1 of 2",
            "submission  out/submission.parquet",
            "journal     out/journal.jsonl",
        ]
