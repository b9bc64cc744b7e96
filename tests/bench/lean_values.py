"""How long Lean's kernel takes for a(10^18) mod m of every family that is translated.

Run from the repository's root, with AIMO_LEAN_WASM and AIMO_NODE set:
    python -m tests.bench.lean_values [--json FILE]

All statements stand in one document, and Lean's own profiler tells how long each took, without the seconds
that a process of the embedded Lean takes to load; a step within another is counted twice. Each must take less
than 2 s, or the exit status is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from aimo_pipeline.config import config_from_environ
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.formula import (
    Beatty,
    CFinite,
    Formula,
    Interlaced,
    KRegular,
    PartialSum,
    Periodic,
    Polynomial,
    Power,
    Prefixed,
    Product,
)
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.translate.statement import Statement, translate
from aimo_pipeline.verify.decode import Message
from aimo_pipeline.verify.document import Rendered, render
from aimo_pipeline.verify.library import SOURCES
from aimo_pipeline.verify.wasm import open_wasm, prepare
from tests.translate.claims import together

INDEX = 10**18
MODULI = (10**9 + 7, 100_000)
WANTED_S = 2.0
CHECK_S = 1200.0
_TOOK = re.compile(r"^(.*?) took ([\d.]+)(m?s)\b", re.DOTALL)


@dataclass(frozen=True)
class Case:
    """A rule, its modulus and the statement that its far value is what we compute."""

    name: str
    modulus: int
    statement: Statement


def formulas() -> Iterator[tuple[str, Formula]]:
    """One rule of each family, and recurrences of several orders."""
    rng = random.Random(7)
    draw = lambda count: tuple(rng.randint(-9, 9) or 1 for _ in range(count))  # noqa: E731
    for order in (1, 2, 3, 4, 5, 6, 7, 8, 16):
        yield f"C-finite, order {order}", CFinite(0, draw(order), draw(order))
    for degree in (1, 3, 6):
        yield f"polynomial, degree {degree}", Polynomial(0, draw(degree + 1))
    parts = tuple(Polynomial(0, draw(3)) for _ in range(3))
    yield "quasi-polynomial, period 3, degree 2", Interlaced(0, parts)
    yield "cycle of 12", Periodic(0, draw(12))
    yield "sum of a cycle of 5", PartialSum(0, 3, Periodic(0, draw(5)))
    yield "3 terms before order 2", Prefixed(0, draw(3), CFinite(3, (1, 1), (2, 5)))
    yield "power with a linear exponent", Power(0, 3, 5, -1, Polynomial(0, (1, 2)))
    digits = (((1, 0), (0, 1)), ((1, 1), (0, 1)))
    yield "floor of a line, c = 7", Beatty(0, 3, 5, 0, 0, 0, 7)
    yield "product of orders 2 and 2", Product(0, (CFinite(0, (1, 1), (0, 1)), CFinite(0, (1, 2), (1, 1))))
    yield "sum of binary digits", KRegular(0, 2, digits, (1, 0), (0, 1), 1)
    matrices = tuple(tuple(tuple(rng.randint(0, 3) for _ in range(3)) for _ in range(3)) for _ in range(10))
    yield "10-regular, size 3", KRegular(0, 10, matrices, (1, 0, 2), (1, 1, 0), 1)


def cases(console: Console) -> list[Case]:
    """The statements; what cannot be stated is told."""
    made = []
    for name, formula in formulas():
        for modulus in MODULI:
            answer = evaluate(formula, INDEX, modulus)
            terms = tuple(evaluate(formula, n, 10**40) for n in range(8))
            if not isinstance(answer, int):
                console.print(f"{name}: no far value ({answer})")
                continue
            shown = tuple(term if term < 10**39 else term - 10**40 for term in terms if isinstance(term, int))
            target = Target(INDEX, modulus)
            statement = translate(formula, Sequence(0, shown), target, answer, program=None, compared=0)
            if isinstance(statement, Statement):
                made.append(Case(name, modulus, statement))
            else:
                console.print(f"{name}: not translated ({statement.reason})")
    return made


async def measured(made: list[Case]) -> tuple[dict[int, float], list[Message]]:
    """Seconds for each case's value, by its number, and what Lean found wrong."""
    clock = MonotonicClock()
    config = replace(config_from_environ({**os.environ, "AIMO_LEAN": "wasm"}).verify, check_s=CHECK_S)
    rendered = render(together([case.statement for case in made]))
    assert isinstance(rendered, Rendered), rendered
    # In the first line behind the imports, so that no line is moved.
    text = rendered.text.replace(
        "noncomputable section",
        "set_option profiler true set_option profiler.threshold 1 noncomputable section",
        1,
    )
    await prepare(config, SOURCES, clock)
    async with open_wasm(config, clock) as engine:
        messages = await engine.read(text, deadline=Deadline.after(CHECK_S, clock))
    assert isinstance(messages, tuple), messages
    return _by_case(rendered, messages), [message for message in messages if message.severity == "error"]


def _by_case(rendered: Rendered, messages: tuple[Message, ...]) -> dict[int, float]:
    found: dict[int, float] = defaultdict(float)
    for name, (first, last) in rendered.spans.items():
        case = re.match(r"d(\d+)_value", name)
        for message in messages:
            took = _TOOK.match(message.text)
            if case and took and first <= message.line <= last:
                seconds = float(took[2]) * (1e-3 if took[3] == "ms" else 1)
                found[int(case[1])] += seconds  # what lies within another step is counted twice
    return found


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path)
    options, console = parser.parse_args(), Console()
    made = cases(console)
    seconds, errors = asyncio.run(measured(made))
    for error in errors:
        console.print(f"line {error.line}: {error.text[:300]}", markup=False)
    table = Table("family", "modulus", "seconds", title="a(10^18) mod m by the embedded Lean's kernel")
    for number, case in enumerate(made):
        table.add_row(case.name, str(case.modulus), f"{seconds.get(number, 0.0):.2f}")
    console.print(table)
    if options.json:
        figures = [
            {"family": case.name, "modulus": case.modulus, "seconds": round(seconds.get(number, 0.0), 3)}
            for number, case in enumerate(made)
        ]
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    sys.exit(1 if errors or max(seconds.values(), default=WANTED_S) >= WANTED_S else 0)


if __name__ == "__main__":
    main()
