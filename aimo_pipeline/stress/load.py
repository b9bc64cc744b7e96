"""The load: problems with known answers, and what a model says to each, made by rule and marked as scripted.

Four kinds, because a fault needs work that it can disturb. What the scripts say is no mathematics of a model;
programs, rules and Lean's checks that follow from it are real.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from aimo_pipeline.domain import Problem

AUTHOR = "scripted"
_MODULUS = 99_991
_ATTEMPTS = 4


class Kind(StrEnum):
    """What work a problem gives.

    COUNT: a trace program, a rule behind it, a check by Lean. REASON: attempts that run one cell for about a
    second and then vote. FLOOD: as REASON, after trace programs that print, fork, allocate and loop without
    end. STALL: every stage runs into its limit and no answer ever comes.
    """

    COUNT = "count"
    REASON = "reason"
    FLOOD = "flood"
    STALL = "stall"


@dataclass(frozen=True)
class Said:
    """One completion of the script."""

    stage: str
    sample: int
    turn: int
    text: str


@dataclass(frozen=True)
class Scripted:
    """A problem, its kind, its answer (None: nobody can find it), and the script."""

    problem: Problem
    kind: Kind
    expected: int | None
    script: tuple[Said, ...]


def _program(code: str) -> str:
    return f"```python\n{code.strip()}\n```\n"


def _linear_term(coefficient: int, index: int) -> int:
    """a(index) modulo _MODULUS of a(n) = c (a(n-1) + a(n-2)), a(0) = 1, a(1) = c + 1, by squaring."""
    power, result = [[coefficient, coefficient], [1, 0]], [[1, 0], [0, 1]]
    rest = index
    while rest:
        if rest % 2:
            result = _product(result, power)
        power, rest = _product(power, power), rest // 2
    return (result[1][0] * (coefficient + 1) + result[1][1]) % _MODULUS


def _product(a: list[list[int]], b: list[list[int]]) -> list[list[int]]:
    columns = list(zip(*b, strict=True))
    return [[sum(x * y for x, y in zip(row, col, strict=True)) % _MODULUS for col in columns] for row in a]


_COUNT_CODE = """
FIRST = 0
TARGET = {target}
MODULUS = {modulus}

def a(n):
    free = 1
    after = 0
    for letter in range(n):
        before = free
        free = {others} * (free + after)
        after = before
    return free + after
"""


def _count(number: int) -> Scripted:
    others, target = 2 + number % 7, 10**15 + number
    text = (
        f"Words are written with the letter A and ${others}$ other letters, and no two letters A stand side "
        f"by side. How many such words of length ${target}$ are there? Give the remainder of this number "
        f"when divided by ${_MODULUS}$."
    )
    code = _COUNT_CODE.format(target=target, modulus=_MODULUS, others=others)
    said = Said("trace", 0, 0, "Letter by letter, by whether the last one is an A.\n\n" + _program(code))
    return Scripted(Problem("", text), Kind.COUNT, _linear_term(others, target), (said,))


# Long enough to be hit in the middle, short enough for a compressed run.
_CELL_CODE = """
import time
end = time.monotonic() + 1.0
while time.monotonic() < end:
    pass
print({answer})
"""


def _attempts(answer: int) -> Iterator[Said]:
    for sample in range(_ATTEMPTS):
        yield Said("tir", sample, 0, "I compute it.\n\n" + _program(_CELL_CODE.format(answer=answer)))
        yield Said("tir", sample, 1, f"The program gives $\\boxed{{{answer}}}$.")


def _reason(number: int) -> Scripted:
    scale = 7 + number
    text = (
        f"A right-angled triangle has the legs ${3 * scale}$ and ${4 * scale}$. Determine the length of its "
        "third side."
    )
    return Scripted(Problem("", text), Kind.REASON, 5 * scale, tuple(_attempts(5 * scale)))


_FLOODS = (
    "while True:\n    print('x' * 10_000)",
    "import os\nwhile True:\n    os.fork()",
    "held = []\nwhile True:\n    held.append(bytearray(1 << 26))",
    "while True:\n    pass",
)


def _flood(number: int) -> Scripted:
    size = 40 + number
    text = f"How many unordered pairs can be chosen from ${size}$ cards?"
    script = [Said("trace", sample, 0, _program(code)) for sample, code in enumerate(_FLOODS)]
    answer = size * (size - 1) // 2
    return Scripted(Problem("", text), Kind.FLOOD, answer, (*script, *_attempts(answer)))


# Terms without a rule, as long as the trace lets them be: the most that can be put before the miners.
_NOISE_CODE = """
FIRST = 1
TARGET = 10**12
MODULUS = {modulus}

def a(n):
    return pow(3, 10**9 + {number} * n * n * n, 10**1900 + 7 * n)
"""


def _stall(number: int) -> Scripted:
    text = f"Find the sum of the digits of the sequence that nobody can follow, number ${number}$."
    noise = _program(_NOISE_CODE.format(modulus=_MODULUS, number=number + 2))
    script = [Said("trace", 0, 0, _program(_FLOODS[-1])), Said("trace", 1, 0, noise)]
    for sample in range(_ATTEMPTS):
        script += [Said("tir", sample, turn, _program(_FLOODS[-1])) for turn in range(8)]
    return Scripted(Problem("", text), Kind.STALL, None, tuple(script))


_MAKERS: Mapping[Kind, Callable[[int], Scripted]] = MappingProxyType(
    {Kind.COUNT: _count, Kind.REASON: _reason, Kind.FLOOD: _flood, Kind.STALL: _stall}
)


def make_load(kinds: Sequence[Kind]) -> tuple[Scripted, ...]:
    """One problem of each kind that is named, in this order, no two alike."""
    made = []
    for number, kind in enumerate(kinds):
        one = _MAKERS[kind](number)
        named = Problem(f"{number + 1:02d}-{kind}", one.problem.text)
        made.append(Scripted(named, kind, one.expected, one.script))
    return tuple(made)


def write_load(load: Sequence[Scripted], problems: Path, recordings: Path) -> None:
    """The problems as the gateway's CSV, the scripts as recordings (see llm/replay.py)."""
    with problems.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "problem", "answer"])
        writer.writerows(
            [one.problem.id, one.problem.text, "" if one.expected is None else one.expected] for one in load
        )
    with recordings.open("w", encoding="utf-8") as stream:
        for one in load:
            for said in one.script:
                stream.write(json.dumps(_row(one.problem, said)) + "\n")


def _row(problem: Problem, said: Said) -> dict[str, object]:
    return {
        "author": AUTHOR,
        "problem_id": problem.id,
        "problem_sha256": problem.sha256,
        "stage": said.stage,
        "sample": said.sample,
        "turn": said.turn,
        "text": said.text,
    }
