"""The competition's loop over a CSV, for a machine that does not have `kaggle_evaluation`.

One problem at a time, the next only after an answer; a prediction that is None fails at once;
everything else is looked at only after the last problem, when submission.parquet is written
once. That is what the real gateway does, and why predict has to be careful.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from aimo_pipeline.domain import ANSWER_MAX, ANSWER_MIN
from aimo_pipeline.errors import AimoError, UserError

SUBMISSION = "submission.parquet"
Predict = Callable[[pl.Series, pl.Series], object]


class GatewayFailed(AimoError):
    """The submission is lost: predict raised, or returned what cannot be written."""


@dataclass(frozen=True)
class ProblemRow:
    """One line of a problem file; `expected` is None where the file does not tell."""

    id: str
    text: str
    expected: int | None


def read_problems(path: Path) -> tuple[ProblemRow, ...]:
    """Read a CSV with the columns id, problem and, where known, answer.

    Args:
        path: the file, UTF-8; other columns are ignored.

    Returns:
        Its rows, in the file's order; an empty problem text is allowed.

    Raises:
        UserError: no such file, no rows, a column is missing, an id is empty or occurs twice,
            or an answer is not an integer in 0..99999.
    """
    frame = _read_csv(path)
    missing = [name for name in ("id", "problem") if name not in frame.columns]
    if missing:
        raise UserError(f"{path} has no column {' and no column '.join(missing)}; it needs id, problem")
    if frame.is_empty():
        raise UserError(f"{path} holds no problems")
    answers = frame["answer"].to_list() if "answer" in frame.columns else [None] * frame.height
    rows = tuple(
        ProblemRow(id_, text, _expected(path, id_, answer))
        for id_, text, answer in zip(_filled(frame, "id"), _filled(frame, "problem"), answers, strict=True)
    )
    _check_ids(path, rows)
    return rows


def play(predict: Predict, rows: tuple[ProblemRow, ...], *, output_dir: Path, seed: int | None) -> Path:
    """Hand the problems to `predict` one at a time and write the submission after the last.

    Args:
        predict: gets two Series of length 1, "id" and "problem".
        rows: the problems.
        output_dir: where submission.parquet is written; made if missing.
        seed: of the order; None keeps the order of `rows`.

    Returns:
        The path of submission.parquet, columns id and answer.

    Raises:
        GatewayFailed: a prediction is None (at once), or one is not a one-row DataFrame with
            the column answer (at the end).
        UserError: the file cannot be written.
    """
    order = list(rows)
    if seed is not None:
        random.Random(seed).shuffle(order)
    predictions: list[tuple[str, object]] = []
    for row in order:
        prediction = predict(pl.Series("id", [row.id]), pl.Series("problem", [row.text]))
        if prediction is None:
            raise GatewayFailed(f"predict returned None for {row.id}")
        predictions.append((row.id, prediction))
    return _write(predictions, output_dir)


def _write(predictions: list[tuple[str, object]], output_dir: Path) -> Path:
    frames = [_checked(id_, prediction) for id_, prediction in predictions]
    output_dir.mkdir(parents=True, exist_ok=True)
    path = output_dir / SUBMISSION
    try:
        pl.concat(frames, how="vertical_relaxed").write_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:  # such as a full disk
        raise UserError(f"cannot write {path}: {str(error).splitlines()[0]}") from None
    return path


def _checked(id_: str, prediction: object) -> pl.DataFrame:
    if not isinstance(prediction, pl.DataFrame):
        raise GatewayFailed(f"the prediction for {id_} is of type {type(prediction).__name__}, no DataFrame")
    if prediction.height != 1 or "answer" not in prediction.columns:
        raise GatewayFailed(f"the prediction for {id_} is not one row with the column answer")
    # The gateway's own id stands, whatever the prediction says.
    return prediction.select(pl.lit(id_).alias("id"), pl.col("answer"))


def _read_csv(path: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(path, infer_schema=False)
    except pl.exceptions.NoDataError:
        raise UserError(f"{path} is empty; it needs the columns id, problem") from None
    except pl.exceptions.PolarsError as error:
        raise UserError(f"{path} is not a readable CSV: {str(error).splitlines()[0]}") from None
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or 'no such file'}") from None


def _filled(frame: pl.DataFrame, column: str) -> list[str]:
    return frame[column].fill_null("").to_list()


def _expected(path: Path, id_: str, answer: str | None) -> int | None:
    if answer is None or not answer.strip():
        return None
    try:
        value = int(answer)
    except ValueError:
        raise UserError(f"{path}: the answer of {id_}, {answer[:40]!r}, is not an integer") from None
    if not ANSWER_MIN <= value <= ANSWER_MAX:
        raise UserError(f"{path}: the answer of {id_} lies outside {ANSWER_MIN}..{ANSWER_MAX}")
    return value


def _check_ids(path: Path, rows: tuple[ProblemRow, ...]) -> None:
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        if not row.id.strip():
            raise UserError(f"{path}: problem {number} has no id")
        if row.id in seen:
            raise UserError(f"{path}: the id {row.id} occurs twice")
        seen.add(row.id)
