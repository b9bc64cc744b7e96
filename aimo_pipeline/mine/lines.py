"""What a line of JSON asks of the miners.

Integers are read at any length: Python's own limit of 4300 digits stands, because its conversion is
quadratic, and FLINT's is used, which takes milliseconds for 10^5 digits.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeGuard

from flint import fmpz

from aimo_pipeline.mine.grid.rules import Table
from aimo_pipeline.mine.report import Json
from aimo_pipeline.mine.trust.question import Question

KEYS = ("id", "mod", "offset", "predict", "terms")
QUICK_DIGITS = 640  # fewer are read by Python itself: it takes no conversion to another kind of integer
SHOWN = 40  # characters of a wrong value that are repeated in a message
LOOKED_THROUGH = 4_096  # bytes at either end of a line that is no JSON, for its id
_ID = re.compile(r'"id"\s*:\s*("(?:[^"\\\x00-\x1f]|\\.)*"|-?\d{1,18}(?![\d.eE])|true|false|null)')


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


def parse(line: bytes, most: int) -> Line:
    """What a line asks.

    Args:
        line: in UTF-8, perhaps after a byte order mark.
        most: bytes that it may have.

    Returns:
        BadLine for a longer line, for a key that comes twice, and for anything but a JSON object with
        "terms", a list of integers or of such lists of one length, and, if they are there, "offset", an
        integer, "predict", a list of positions from 0 on (of pairs for a grid), and "mod", a positive
        integer. Other keys are named in the answer, since one may be misspelt.
    """
    if len(line) > most:
        return BadLine(_likely_id(line), f"the line is longer than {most} bytes")
    twice: list[str] = []
    try:
        data = _loaded(line.decode("utf-8-sig").rstrip(), twice)
    except UnicodeDecodeError as error:
        where = f"byte {error.start} of the line is {line[error.start]:#04x}"
        return BadLine(_likely_id(line), f"not UTF-8: {where}")
    except RecursionError:
        return BadLine(_likely_id(line), "no JSON that can be read: it is nested too deeply")
    except json.JSONDecodeError as error:
        return BadLine(_likely_id(line), f"no JSON: {error.msg}, at character {error.pos}")
    except ValueError as error:
        return BadLine(_likely_id(line), f"no JSON: {error}")
    if not isinstance(data, dict):
        return BadLine(None, "the line is not a JSON object")
    name, ignored = data.get("id"), tuple(sorted(set(data) - set(KEYS)))
    problem = f'the key "{twice[0]}" comes twice' if twice else _problem(data)
    if problem is not None:
        return BadLine(name, problem, ignored)
    if _are_integers(data["terms"]):
        return _sequence_line(name, data["terms"], data, ignored)
    return _grid_line(name, data["terms"], data, ignored)


def _loaded(text: str, twice: list[str]) -> Any:
    """The text as JSON; keys that an object has more than once are added to `twice`."""

    def keyed(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        counts = Counter(key for key, _ in pairs)
        twice.extend(key[:SHOWN] for key, count in counts.items() if count > 1)
        return dict(pairs)

    return json.loads(
        text, parse_int=_integer, parse_float=_float, parse_constant=_no_number, object_pairs_hook=keyed
    )


def _likely_id(line: bytes) -> Json:
    """The id of a line that is no JSON, if it looks like one: it tells the reader which line it was."""
    ends = line if len(line) <= 2 * LOOKED_THROUGH else line[:LOOKED_THROUGH] + b" " + line[-LOOKED_THROUGH:]
    found = _ID.search(ends.decode("utf-8", errors="replace"))
    try:
        return json.loads(found[1]) if found else None
    except ValueError:  # an escape that is none
        return None


def _sequence_line(name: Json, terms: list[int], data: dict[str, Json], ignored: tuple[str, ...]) -> Line:
    offset, predict, modulus = data.get("offset"), _asked(data), data.get("mod")
    if not _are_integers(predict) or min(predict, default=0) < 0:
        place = _first_bad(predict, _is_position)
        return BadLine(name, f'"predict" must be a list of positions, integers from 0 on{place}', ignored)
    firsts = (offset,) if type(offset) is int else (0, 1)
    known = modulus if type(modulus) is int else None
    return SequenceLine(name, Question(tuple(terms), firsts, tuple(predict), known), ignored)


def _grid_line(name: Json, rows: list[list[int]], data: dict[str, Json], ignored: tuple[str, ...]) -> Line:
    offset, predict, modulus = data.get("offset"), _asked(data), data.get("mod")
    if not isinstance(predict, list) or not all(map(_is_cell, predict)):
        place = _first_bad(predict, _is_cell)
        return BadLine(
            name, f'"predict" must be a list of pairs [row, column], integers from 0 on{place}', ignored
        )
    first = offset if type(offset) is int else 0
    cells = tuple((cell[0], cell[1]) for cell in predict if _are_integers(cell))
    known = modulus if type(modulus) is int else None
    return GridLine(name, Table(first, first, tuple(map(tuple, rows))), cells, known, ignored)


def _asked(data: dict[str, Json]) -> Json:
    """What is to be predicted; nothing where the key is missing or null."""
    asked = data.get("predict")
    return [] if asked is None else asked


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
    return int(digits) if len(digits) < QUICK_DIGITS else int(fmpz(digits))


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"{digits[:SHOWN]} is no number that can be written again")
    return value


def _no_number(name: str) -> Json:
    raise ValueError(f"{name} is no number")
