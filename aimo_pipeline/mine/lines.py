"""What a line of JSON asks of the miners.

Integers are read at any length: Python's own limit of 4300 digits stands, because its conversion is
quadratic, and FLINT's is used, which takes milliseconds for 10^5 digits.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeGuard

from flint import fmpz

from aimo_pipeline.mine.grid.rules import Table
from aimo_pipeline.mine.report import Json
from aimo_pipeline.mine.trust.question import Question

KEYS = ("id", "mod", "offset", "predict", "terms")
SHOWN = 40  # characters of a wrong value that are repeated in a message


@dataclass(frozen=True)
class SequenceLine:
    """A sequence to be mined, the id that it came with, and keys that mean nothing here."""

    id: Json
    question: Question
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class GridLine:
    """A grid to be mined; `cells` are the places asked for, counted from 0."""

    id: Json
    table: Table
    cells: tuple[tuple[int, int], ...]
    modulus: int | None
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class BadLine:
    """A line that asks nothing; `error` says what is wrong with it."""

    id: Json
    error: str
    ignored: tuple[str, ...] = ()


Line = SequenceLine | GridLine | BadLine


def parse(line: bytes) -> Line:
    """What a line asks.

    Returns:
        BadLine for anything but a JSON object with "terms", a list of integers or of such lists of one
        length, and, if they are there, "offset", an integer, "predict", a list of positions from 0 on (of
        pairs for a grid), and "mod", a positive integer. Other keys are named in the answer, since one may be
        misspelt.
    """
    try:
        data = json.loads(line.decode("utf-8-sig"), parse_int=_integer, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        return BadLine(None, f"not UTF-8: byte {error.start} of the line is {line[error.start]:#04x}")
    except (ValueError, RecursionError) as error:
        return BadLine(None, f"no JSON: {error}")
    if not isinstance(data, dict):
        return BadLine(None, "the line is not a JSON object")
    name, ignored = data.get("id"), tuple(sorted(set(data) - set(KEYS)))
    problem = _problem(data)
    if problem is not None:
        return BadLine(name, problem, ignored)
    if _are_integers(data["terms"]):
        return _sequence_line(name, data["terms"], data, ignored)
    return _grid_line(name, data["terms"], data, ignored)


def _sequence_line(name: Json, terms: list[int], data: dict[str, Json], ignored: tuple[str, ...]) -> Line:
    offset, predict, modulus = data.get("offset"), data.get("predict") or [], data.get("mod")
    if not _are_integers(predict) or min(predict, default=0) < 0:
        place = _first_bad(predict, _is_position)
        return BadLine(name, f'"predict" must be a list of positions, integers from 0 on{place}', ignored)
    firsts = (offset,) if type(offset) is int else (0, 1)
    known = modulus if type(modulus) is int else None
    return SequenceLine(name, Question(tuple(terms), firsts, tuple(predict), known), ignored)


def _grid_line(name: Json, rows: list[list[int]], data: dict[str, Json], ignored: tuple[str, ...]) -> Line:
    offset, predict, modulus = data.get("offset"), data.get("predict") or [], data.get("mod")
    if not isinstance(predict, list) or not all(map(_is_cell, predict)):
        place = _first_bad(predict, _is_cell)
        return BadLine(
            name, f'"predict" must be a list of pairs [row, column], integers from 0 on{place}', ignored
        )
    first = offset if type(offset) is int else 0
    cells = tuple((cell[0], cell[1]) for cell in predict if _are_integers(cell))
    known = modulus if type(modulus) is int else None
    return GridLine(name, Table(first, first, tuple(map(tuple, rows))), cells, known, ignored)


def _problem(data: dict[str, Json]) -> str | None:
    if "terms" not in data:
        return '"terms" is missing'
    terms, offset, modulus = data["terms"], data.get("offset"), data.get("mod")
    if not _are_integers(terms):
        problem = _problem_of_rows(terms)
        if problem is not None:
            return problem
    if offset is not None and type(offset) is not int:
        return f'"offset" must be an integer, not {_shown(offset)}'
    if modulus is not None and (type(modulus) is not int or modulus < 1):
        return f'"mod" must be a positive integer, not {_shown(modulus)}'
    return None


def _problem_of_rows(terms: Json) -> str | None:
    """What is wrong with terms that are no list of integers; None for a table."""
    what = '"terms" must be a list of integers, or a list of lists of integers'
    if not isinstance(terms, list):
        return f"{what}, not {_shown(terms)}"
    if not isinstance(terms[0], list):
        return what + _first_bad(terms, _is_integer)
    for row, cells in enumerate(terms):
        if not isinstance(cells, list):
            return f"{what}: row {row} is {_shown(cells)}"
        if not _are_integers(cells):
            return f"{what}: in row {row}" + _first_bad(cells, _is_integer).lstrip(":")
        if not cells or len(cells) != len(terms[0]):
            return f'the rows of "terms" must be of one length: row {row} has {len(cells)} cells'
    return None


def _first_bad(values: Json, is_good: Callable[[Json], bool]) -> str:
    """Where the first value lies that is no good, and what it is; the whole if it is no list."""
    if not isinstance(values, list):
        return f", not {_shown(values)}"
    bad = ((place, value) for place, value in enumerate(values) if not is_good(value))
    return next((f": position {place} is {_shown(value)}" for place, value in bad), "")


def _shown(value: Json) -> str:
    """The value as JSON, cut short; no conversion of a long integer."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    if isinstance(value, int) and value.bit_length() > 4 * SHOWN:
        return "a long integer"
    text = json.dumps(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _is_integer(value: Json) -> bool:
    return type(value) is int  # a bool is no integer here


def _is_position(value: Json) -> bool:
    return type(value) is int and value >= 0


def _is_cell(value: Json) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_position, value))


def _are_integers(value: Json) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(map(_is_integer, value))


def _integer(digits: str) -> int:
    return int(fmpz(digits))


def _no_number(name: str) -> Json:
    raise ValueError(f"{name} is no number")
