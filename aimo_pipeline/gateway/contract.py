"""The shape of what goes in and out of `predict`, held whatever the gateway or a bug hands over.

What the competition's server does was measured on the real one: it accepts a bare int on every
call and fails at the very end; it accepts negative, huge, null, float and string answers
silently; None fails at once; an int beyond 64 bits throws. So the frame is built here, from an
integer that was checked here.
"""

from __future__ import annotations

import operator

import polars as pl

from aimo_pipeline.domain import ANSWER_MAX, ANSWER_MIN, Problem

FALLBACK_ANSWER = 0
ANSWER_SCHEMA = pl.Schema({"id": pl.String(), "answer": pl.Int64()})


def read_problem(id_: object, problem: object) -> Problem:
    """Take the problem out of the two arguments of predict.

    Args:
        id_: a polars Series of length 1; a list, a tuple, a scalar or None is put up with, and a whole row: a
            copy of the competition's gateway hands over the row and a sample submission instead.
        problem: likewise, the text; not looked at when `id_` is a whole row.

    Returns:
        The problem; what cannot be read becomes an empty string.
    """
    row: object = id_
    if isinstance(row, pl.DataFrame) and {"id", "problem"} <= set(row.columns):
        id_, problem = row["id"], row["problem"]
    return Problem(id=_text(_first(id_)), text=_text(_first(problem)))


def answer_frame(id_: str, value: object) -> pl.DataFrame:
    """Build what predict returns.

    Args:
        id_: the problem's id.
        value: an integer (a numpy integer will do).

    Returns:
        One row {id: String, answer: Int64}; the answer is 0 unless `value` is an integer in
        0..99999.
    """
    # Not of a dict and the schema, which takes half as long again.
    given = {"id": id_, "answer": _in_range(value)}
    return pl.DataFrame([pl.Series(name, [given[name]], kind) for name, kind in ANSWER_SCHEMA.items()])


def _in_range(value: object) -> int:
    if isinstance(value, bool):  # an int to Python, but never an answer
        return FALLBACK_ANSWER
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # TypeError is the point
    except TypeError:
        return FALLBACK_ANSWER
    return number if ANSWER_MIN <= number <= ANSWER_MAX else FALLBACK_ANSWER


def _first(value: object) -> object:
    if isinstance(value, pl.DataFrame):
        value = value.to_series(0) if value.width else None
    if isinstance(value, pl.Series | list | tuple):
        return value[0] if len(value) else None
    return value


def _text(value: object) -> str:
    if value is None:
        return ""
    # A lone surrogate cannot be written to the journal or to a frame.
    return str(value).encode("utf-8", "replace").decode("utf-8")
