"""Mining line by line: a sequence or grid as one JSON object in, what was found as one JSON object out.

Integers are read and written at any length: Python's own limit of 4300 digits stands, because its
conversion is quadratic, and FLINT's is used, which takes milliseconds for 10^5 digits.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeGuard, assert_never

from flint import fmpz

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.mine.families import all_miners
from aimo_pipeline.mine.grid import find_grid
from aimo_pipeline.mine.grid_rules import Table
from aimo_pipeline.mine.mine import find_rule
from aimo_pipeline.mine.report import Json, report_grid, report_sequence
from aimo_pipeline.mine.rivals import Question

KEYS = ("id", "mod", "offset", "predict", "terms")


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


Line = SequenceLine | GridLine | BadLine


def mine_lines(lines: Iterable[bytes], *, config: MineConfig, clock: Clock) -> Iterator[str]:
    """One line of JSON for each that is not blank, in the same order, each as soon as it is known.

    Args:
        lines: in UTF-8, as `python -m aimo_pipeline mine --help` describes them.

    Yields:
        an object without a line break. A bad line gives {"id": ..., "outcome": "error", "error": ...} with
        its number, counted from 1, under "line".
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield encode(_answer(parse(line), number, config, clock))


def _answer(line: Line, number: int, config: MineConfig, clock: Clock) -> dict[str, Json]:
    began_s = clock.now_s()
    match line:
        case BadLine():
            return {"id": line.id, "line": number, "outcome": "error", "error": line.error}
        case SequenceLine():
            answer = _mined_sequence(line.question, config, clock)
        case GridLine():
            outcome = find_grid(line.table, config)
            answer = report_grid(outcome, line.table, line.cells, line.modulus)
    if line.ignored:
        answer["ignored"] = list(line.ignored)
    return {"id": line.id, **answer, "ms": round(1000 * (clock.now_s() - began_s), 3)}


def _mined_sequence(question: Question, config: MineConfig, clock: Clock) -> dict[str, Json]:
    modulus = question.modulus
    are_residues = modulus is not None and all(0 <= term < modulus for term in question.terms)
    miners = all_miners(modulus if are_residues else None)
    deadline = Deadline.after(config.wall_s, clock)
    outcome = asyncio.run(find_rule(question, miners=miners, deadline=deadline, config=config))
    return report_sequence(outcome, question)


def parse(line: bytes) -> Line:
    """What a line asks.

    Returns:
        BadLine for anything but a JSON object with "terms", a list of integers or of such lists, and, if they
        are there, "offset", an integer, "predict", a list of positions from 0 on (of pairs for a grid), and
        "mod", a positive integer. Other keys are named in the answer, since one may be misspelt.
    """
    try:
        data = json.loads(line, parse_int=_integer)
    except (ValueError, RecursionError) as error:
        return BadLine(None, f"no JSON: {error}")
    if not isinstance(data, dict):
        return BadLine(None, "the line is not a JSON object")
    name, problem = data.get("id"), _problem(data)
    if problem is not None:
        return BadLine(name, problem)
    terms, modulus = data["terms"], data.get("mod")
    if _are_integers(terms):
        return _sequence_line(name, terms, data, modulus)
    return _grid_line(name, terms, data, modulus)


def _sequence_line(name: Json, terms: list[int], data: dict[str, Json], modulus: int | None) -> Line:
    offset, predict = data.get("offset"), data.get("predict") or []
    if not _are_integers(predict) or min(predict, default=0) < 0:
        return BadLine(name, '"predict" must be a list of positions, integers from 0 on')
    firsts = (offset,) if type(offset) is int else (0, 1)
    return SequenceLine(name, Question(tuple(terms), firsts, tuple(predict), modulus), _ignored(data))


def _grid_line(name: Json, rows: list[list[int]], data: dict[str, Json], modulus: int | None) -> Line:
    offset, predict = data.get("offset"), data.get("predict") or []
    cells = [(cell[0], cell[1]) for cell in predict if len(cell) == 2] if _are_rows(predict) else []
    if not isinstance(predict, list) or len(cells) != len(predict) or min(map(min, cells), default=0) < 0:
        return BadLine(name, '"predict" must be a list of pairs [row, column], integers from 0 on')
    first = offset if type(offset) is int else 0
    table = Table(first, first, tuple(map(tuple, rows)))
    return GridLine(name, table, tuple(cells), modulus, _ignored(data))


def _ignored(data: dict[str, Json]) -> tuple[str, ...]:
    return tuple(sorted(set(data) - set(KEYS)))


def _problem(data: dict[str, Json]) -> str | None:
    terms, offset, modulus = data.get("terms"), data.get("offset"), data.get("mod")
    if not _are_integers(terms) and not _are_rows(terms):
        return '"terms" must be a list of integers, or a list of lists of integers'
    if offset is not None and type(offset) is not int:
        return '"offset" must be an integer'
    if modulus is not None and (type(modulus) is not int or modulus < 1):
        return '"mod" must be a positive integer'
    return None


def _are_integers(value: Json) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(type(one) is int for one in value)  # a bool is no integer here


def _are_rows(value: Json) -> TypeGuard[list[list[int]]]:
    return isinstance(value, list) and all(map(_are_integers, value))


def _integer(digits: str) -> int:
    return int(fmpz(digits))


def encode(value: Json) -> str:
    """JSON on one line; unlike json.dumps, it writes integers of any length."""
    match value:
        case bool() | None | float() | str():
            return json.dumps(value)
        case int():
            return str(fmpz(value))
        case list():
            return "[" + ", ".join(map(encode, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)}: {encode(one)}" for key, one in value.items()) + "}"
    assert_never(value)
