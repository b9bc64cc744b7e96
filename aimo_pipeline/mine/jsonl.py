"""Mining line by line: a sequence or grid as one JSON object in, what was found as one JSON object out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO, assert_never

from flint import fmpz

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import StageError, boundary
from aimo_pipeline.mine.families import all_miners
from aimo_pipeline.mine.grid.search import find_grid
from aimo_pipeline.mine.lines import BadLine, GridLine, Line, SequenceLine, parse
from aimo_pipeline.mine.mine import find_rule
from aimo_pipeline.mine.report import Json, report_grid, report_sequence
from aimo_pipeline.mine.trust.question import Question


def mine_lines(lines: Iterable[bytes], *, config: MineConfig, clock: Clock) -> Iterator[str]:
    """One line of JSON for each that is not blank, in the same order, each as soon as it is known.

    Args:
        lines: in UTF-8, as `python -m aimo_pipeline mine --help` describes them.

    Yields:
        an object without a line break. A bad line gives {"id": ..., "outcome": "error", "error": ...} with
        its number, counted from 1, under "line".
    """
    with asyncio.Runner() as runner:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _answered(line, number, config, clock, runner)


def bounded_lines(stream: BinaryIO, most: int) -> Iterator[bytes]:
    """The stream's lines, cut off one byte after `most`, so that no line takes more memory than that."""
    while line := stream.readline(most + 1):
        rest = line
        while len(rest) > most and not rest.endswith(b"\n"):
            rest = stream.readline(most + 1)
        yield line


def _answered(line: bytes, number: int, config: MineConfig, clock: Clock, runner: asyncio.Runner) -> str:
    """The answer as a line of JSON, whatever happens: a fault of ours is that line's error, not the end."""
    asked = parse(line, config.max_line_bytes)
    try:
        with boundary("mine"):
            return encode(_answer(asked, number, config, clock, runner))
    except StageError as fault:
        error = f"a fault of the miner, not of the line ({fault.cause})"
        shown = asked.id if isinstance(asked.id, str | int | float | None) else None
        return encode({"id": shown, "outcome": "error", "line": number, "error": error})


def _answer(
    line: Line, number: int, config: MineConfig, clock: Clock, runner: asyncio.Runner
) -> dict[str, Json]:
    began_s = clock.now_s()
    answer: dict[str, Json]
    match line:
        case BadLine():
            answer = {"outcome": "error", "line": number, "error": line.error}
        case SequenceLine():
            answer = _mined_sequence(line.question, config, clock, runner)
        case GridLine():
            outcome = find_grid(line.table, config, Deadline.after(config.wall_s, clock))
            answer = report_grid(outcome, line.table, line.cells, line.modulus, config, _later(config, clock))
    if line.ignored:
        answer["ignored"] = list(line.ignored)
    return {"id": line.id, **answer, "ms": round(1000 * (clock.now_s() - began_s), 3)}


def _mined_sequence(
    question: Question, config: MineConfig, clock: Clock, runner: asyncio.Runner
) -> dict[str, Json]:
    modulus = question.modulus
    are_residues = modulus is not None and all(0 <= term < modulus for term in question.terms)
    miners = all_miners(modulus if are_residues else None)
    deadline = Deadline.after(config.wall_s, clock)
    outcome = runner.run(find_rule(question, miners=miners, deadline=deadline, config=config))
    return report_sequence(outcome, question, config, _later(config, clock))


def _later(config: MineConfig, clock: Clock) -> Deadline:
    return Deadline.after(config.foretell_s, clock)


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
