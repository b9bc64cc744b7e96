"""How long Lean's kernel takes for a(10^18) mod m of every family that is translated.

Run from the repository's root, with AIMO_LEAN_WASM and AIMO_NODE set:
    python -m tests.bench.lean_values [--json FILE]

Each family has a document of its own, with the far value at some indices and moduli. What is told is the
process's CPU time beyond that of a document with next to nothing in it, for each value: so neither loading
the embedded Lean nor other work on the machine counts. Each must take less than 2 s, or the exit status is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import resource
import sys
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
from aimo_pipeline.outcome import Proved
from aimo_pipeline.translate.statement import Statement, translate
from aimo_pipeline.verify.engine import LeanDocument, Theorem
from aimo_pipeline.verify.library import SOURCES
from aimo_pipeline.verify.wasm import WasmEngine, open_wasm, prepare
from tests.translate.claims import together

INDEX = 10**18
MODULI = (10**9 + 7, 100_000, 10**9 + 7, 99_991)
WANTED_S = 2.0
CHECK_S = 1200.0


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
            index = INDEX - len(made)  # no two values are the same
            answer = evaluate(formula, index, modulus)
            terms = tuple(evaluate(formula, n, 10**40) for n in range(8))
            if not isinstance(answer, int):
                console.print(f"{name}: no far value ({answer})")
                continue
            shown = tuple(term if term < 10**39 else term - 10**40 for term in terms if isinstance(term, int))
            target = Target(index, modulus)
            statement = translate(formula, Sequence(0, shown), target, answer, program=None, compared=0)
            if isinstance(statement, Statement):
                made.append(Case(name, modulus, statement))
            else:
                console.print(f"{name}: not translated ({statement.reason})")
    return made


def document(name: str, made: list[Case]) -> LeanDocument:
    """The values of one family, without what the traced terms have to do with it."""
    whole = together([case.statement for case in made if case.name == name])
    kept = tuple(t for t in whole.theorems if re.fullmatch(r"d\d+_(shape|exact|value\w*)", t.name))
    return replace(whole, theorems=kept)


async def cpu_s(engine: WasmEngine, asked: LeanDocument) -> float:
    """CPU seconds of the process that checks it, its start included."""
    before = _children_s()
    verdicts = await engine.check(asked, deadline=Deadline.after(CHECK_S, MonotonicClock()))
    assert all(isinstance(verdict, Proved) for verdict in verdicts.values()), verdicts
    return _children_s() - before


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def measured(made: list[Case], console: Console) -> dict[str, float]:
    """CPU seconds for one value, by family."""
    clock = MonotonicClock()
    config = replace(config_from_environ({**os.environ, "AIMO_LEAN": "wasm"}).verify, check_s=CHECK_S)
    await prepare(config, SOURCES, clock)
    # Without room for a spare beside a check: a process that ends meanwhile would be counted.
    config = replace(config, spare_memory_bytes=1 << 60)
    trivial = (Theorem("nothing", "1 + 1 = 2", "by decide +kernel"),)
    found: dict[str, float] = {}
    async with open_wasm(config, clock) as engine:
        imports = made[0].statement.document.imports
        empty = [
            await cpu_s(engine, LeanDocument(imports, f"def d{n} : Nat := {n}", trivial)) for n in range(3)
        ]
        console.print(f"a document with nothing in it: {min(empty):.1f} to {max(empty):.1f} s")
        for name in dict.fromkeys(case.name for case in made):
            count = sum(case.name == name for case in made)
            taken = await cpu_s(engine, document(name, made))
            found[name] = max(0.0, taken - sorted(empty)[1]) / count
            console.print(f"{name}: {found[name]:.2f} s a value")
    return found


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path)
    options, console = parser.parse_args(), Console()
    made = cases(console)
    seconds = asyncio.run(measured(made, console))
    table = Table("family", "CPU seconds a value", title="a(10^18) mod m by the embedded Lean's kernel")
    for name, taken in seconds.items():
        table.add_row(name, f"{taken:.2f}")
    console.print(table)
    if options.json:
        options.json.write_text(json.dumps(seconds, indent=1) + "\n")
    sys.exit(max(seconds.values()) >= WANTED_S)


if __name__ == "__main__":
    main()
