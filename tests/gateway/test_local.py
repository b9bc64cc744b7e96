from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from aimo_pipeline.errors import UserError
from aimo_pipeline.gateway.contract import answer_frame
from aimo_pipeline.gateway.local import GatewayFailed, ProblemRow, play, read_problems

ROWS = tuple(ProblemRow(f"p{n}", f"text {n}", n) for n in range(8))


def write(folder: Path, text: str) -> Path:
    path = folder / "problems.csv"
    path.write_text(text, encoding="utf-8")
    return path


class TestReadProblems:
    """A good file gives its rows in order; a bad one a single line that names the fault."""

    def test_reads_quotes_line_breaks_and_missing_answers(self, tmp_path: Path) -> None:
        path = write(tmp_path, 'id,problem,answer\n000aaa,"Let $a,b$\nbe ""real"".",42\n007,second,\n')
        assert read_problems(path) == (
            ProblemRow("000aaa", 'Let $a,b$\nbe "real".', 42),
            ProblemRow("007", "second", None),
        )

    def test_the_answer_column_may_be_absent_and_others_are_ignored(self, tmp_path: Path) -> None:
        rows = read_problems(write(tmp_path, "note,problem,id\nx,What?,a\n"))
        assert rows == (ProblemRow("a", "What?", None),)

    def test_an_empty_problem_text_is_a_problem(self, tmp_path: Path) -> None:
        assert read_problems(write(tmp_path, 'id,problem\na,""\nb,\n'))[0].text == ""

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "is empty"),
            ("id,problem\n", "holds no problems"),
            ("id,question\na,b\n", "has no column problem"),
            ("a,b\n1,2\n", "no column id and no column problem"),
            ("id,problem\na,x\na,y\n", "a occurs twice"),
            ("id,problem\n,x\n", "problem 1 has no id"),
            ("id,problem,answer\na,x,3.5\n", "answer of a, '3.5', is not an integer"),
            ("id,problem,answer\na,x,100000\n", "outside 0..99999"),
            ("id,problem,answer\na,x,-1\n", "outside 0..99999"),
        ],
    )
    def test_names_the_fault_in_one_line(self, tmp_path: Path, text: str, message: str) -> None:
        with pytest.raises(UserError) as caught:
            read_problems(write(tmp_path, text))
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_a_missing_file_and_one_that_is_not_text_are_named(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="cannot read"):
            read_problems(tmp_path / "absent.csv")
        binary = tmp_path / "b.csv"
        binary.write_bytes(b"id,problem\n\xff\xfe\x00,\x80\n")
        with pytest.raises(UserError):
            read_problems(binary)


class TestPlay:
    """One problem at a time; None fails at once, all else is judged after the last problem."""

    def test_writes_one_submission_after_the_last_problem(self, tmp_path: Path) -> None:
        existed: list[bool] = []

        def predict(id_: pl.Series, problem: pl.Series) -> pl.DataFrame:
            existed.append((tmp_path / "submission.parquet").exists())
            return answer_frame(id_[0], int(problem[0].split()[1]))

        path = play(predict, ROWS, output_dir=tmp_path, seed=None)
        submission = pl.read_parquet(path)
        assert existed == [False] * 8
        assert submission.schema == {"id": pl.String, "answer": pl.Int64}
        assert submission.rows() == [(f"p{n}", n) for n in range(8)]

    def test_each_call_gets_two_series_of_length_one(self, tmp_path: Path) -> None:
        seen: list[tuple[str, int, str, int]] = []

        def predict(id_: pl.Series, problem: pl.Series) -> pl.DataFrame:
            seen.append((id_.name, len(id_), problem.name, len(problem)))
            return answer_frame(id_[0], 1)

        play(predict, ROWS[:2], output_dir=tmp_path, seed=None)
        assert seen == [("id", 1, "problem", 1)] * 2

    def test_a_seed_reorders_reproducibly_and_loses_nothing(self, tmp_path: Path) -> None:
        def order(seed: int | None) -> list[str]:
            path = play(lambda id_, _: answer_frame(id_[0], 1), ROWS, output_dir=tmp_path, seed=seed)
            return pl.read_parquet(path)["id"].to_list()

        assert order(None) == [row.id for row in ROWS]
        assert order(3) == order(3) != order(None)
        assert sorted(order(3)) == sorted(order(None))

    def test_a_submission_that_cannot_be_written_is_said_in_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "submission.parquet").mkdir()
        with pytest.raises(UserError, match=r"cannot write .*submission\.parquet"):
            play(lambda id_, problem: pl.DataFrame({"answer": [1]}), ROWS, output_dir=tmp_path, seed=None)

    def test_none_fails_at_once(self, tmp_path: Path) -> None:
        calls: list[str] = []
        with pytest.raises(GatewayFailed, match="None for p0"):
            play(lambda id_, _: calls.append(id_[0]), ROWS, output_dir=tmp_path, seed=None)
        assert calls == ["p0"]

    def test_a_bare_int_is_accepted_on_every_call_and_fails_at_the_very_end(self, tmp_path: Path) -> None:
        calls: list[str] = []

        def predict(id_: pl.Series, problem: pl.Series) -> int:
            calls.append(id_[0])
            return 7

        with pytest.raises(GatewayFailed, match="of type int"):
            play(predict, ROWS, output_dir=tmp_path, seed=None)
        assert len(calls) == 8
        assert not (tmp_path / "submission.parquet").exists()

    def test_an_exception_in_predict_loses_everything(self, tmp_path: Path) -> None:
        def predict(id_: pl.Series, problem: pl.Series) -> pl.DataFrame:
            if id_[0] == "p5":
                raise ValueError("boom")
            return answer_frame(id_[0], 1)

        with pytest.raises(ValueError, match="boom"):
            play(predict, ROWS, output_dir=tmp_path, seed=None)
        assert not (tmp_path / "submission.parquet").exists()

    def test_the_gateways_own_id_stands(self, tmp_path: Path) -> None:
        path = play(lambda *_: answer_frame("other", 1), ROWS[:1], output_dir=tmp_path, seed=None)
        assert pl.read_parquet(path)["id"].to_list() == ["p0"]
