"""How long Lean's kernel takes for a(10^18) mod m of every family that is translated.

Run from the repository's root, with AIMO_LEAN_WASM and AIMO_NODE set:
    python -m tests.bench.lean_values [--only WORD] [--lean wasm|official] [--json FILE]

Each value is a document of its own, with what the value's statement says and no other claim, at another
index and modulus each time. What is told is the wall clock of its check beyond that of a document with next
to nothing in it, which is checked before and between the families. With an engine that keeps Lean warm that
takes a minute; it is meant for a machine on which nothing else runs. Each must take less than 2 s, or the
exit status is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import re
import statistics
import sys
import time
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
    PRecursive,
    Prefixed,
    Product,
)
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.outcome import Proved
from aimo_pipeline.translate.statement import Statement, translate
from aimo_pipeline.verify.engine import Engine, LeanDocument, Theorem, open_engine
from aimo_pipeline.verify.library import SOURCES
from aimo_pipeline.verify.wasm_home import prepare

INDEX = 10**18
MODULI = (10**9 + 7, 100_000, 10**9 - 1, 99_991)  # the second and the third are no primes
EMPTY = 5  # documents with nothing in them, before and after
P_RECURSIVE_INDICES = (400, 2_000)  # the second is as far as these are followed
WANTED_S = 2.0
CHECK_S = 1200.0


@dataclass(frozen=True)
class Case:
    """A rule, its modulus and the statement that its far value is what we compute."""

    name: str
    modulus: int
    statement: Statement


def asked() -> Iterator[tuple[str, Formula, int]]:
    """The rules, and the index that is asked for."""
    for name, formula in formulas():
        indices = P_RECURSIVE_INDICES if isinstance(formula, PRecursive) else (INDEX,)
        for index in indices:
            yield name if index == INDEX else f"{name}, a({index})", formula, index


def formulas() -> Iterator[tuple[str, Formula]]:
    """One rule of each family, and recurrences of several orders."""
    rng = random.Random(7)
    draw = lambda count: tuple(rng.randint(-9, 9) or 1 for _ in range(count))  # noqa: E731
    for order in (1, 2, 4, 8, 16, 32, 64):
        yield f"C-finite, order {order}", CFinite(0, draw(order), draw(order))
    for degree in (1, 3, 6):
        yield f"polynomial, degree {degree}", Polynomial(0, draw(degree + 1))
    parts = tuple(Polynomial(0, draw(3)) for _ in range(3))
    yield "quasi-polynomial, period 3, degree 2", Interlaced(0, parts)
    yield "cycle of 12", Periodic(0, draw(12))
    yield "sum of a cycle of 5", PartialSum(0, 3, Periodic(0, draw(5)))
    yield "3 terms before order 2", Prefixed(0, draw(3), CFinite(3, (1, 1), (2, 5)))
    yield "power with a linear exponent", Power(0, 3, 5, -1, Polynomial(0, (1, 2)))
    yield "P-recursive (Catalan)", PRecursive(0, ((2, 4), (-2, -1)), (1,))
    digits = (((1, 0), (0, 1)), ((1, 1), (0, 1)))
    yield "floor of a line, c = 7", Beatty(0, 3, 5, 0, 0, 0, 7)
    yield "product of orders 2 and 2", Product(0, (CFinite(0, (1, 1), (0, 1)), CFinite(0, (1, 2), (1, 1))))
    yield "sum of binary digits", KRegular(0, 2, digits, (1, 0), (0, 1), 1)
    matrices = tuple(tuple(tuple(rng.randint(0, 3) for _ in range(3)) for _ in range(3)) for _ in range(10))
    yield "10-regular, size 3", KRegular(0, 10, matrices, (1, 0, 2), (1, 1, 0), 1)


def cases(console: Console) -> list[Case]:
    """The statements; what cannot be stated is told."""
    made = []
    for name, formula, far in asked():
        for modulus in MODULI:
            index = far - len(made) % len(MODULI)
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


def document(statement: Statement) -> LeanDocument:
    """The value, without what the traced terms have to do with it."""
    whole = statement.document
    kept = tuple(t for t in whole.theorems if re.fullmatch(r"shape|exact|value\w*", t.name))
    return replace(whole, theorems=kept)


async def check_s(engine: Engine, asked: LeanDocument) -> float:
    """Seconds until it is proved."""
    began_s = time.monotonic()
    verdicts = await engine.check(asked, deadline=Deadline.after(CHECK_S, MonotonicClock()))
    taken = time.monotonic() - began_s
    assert all(isinstance(verdict, Proved) for verdict in verdicts.values()), verdicts
    return taken


@dataclass(frozen=True)
class Figures:
    """Seconds of a family's values beyond those of an empty document, smallest first."""

    seconds: tuple[float, ...]

    @property
    def middle(self) -> float:
        """Their median."""
        return statistics.median(self.seconds)


async def measured(made: list[Case], options: argparse.Namespace, console: Console) -> dict[str, Figures]:
    """The figures, by family."""
    clock = MonotonicClock()
    config = replace(config_from_environ({**os.environ, "AIMO_LEAN": options.lean}).verify, check_s=CHECK_S)
    if options.lean == "wasm":
        await prepare(config, SOURCES, clock)
    numbers = itertools.count()
    trivial = (Theorem("nothing", "1 + 1 = 2", "by decide +kernel"),)
    imports = made[0].statement.document.imports

    async def empty() -> float:
        return await check_s(engine, LeanDocument(imports, f"def d{next(numbers)} : Nat := 0", trivial))

    async with open_engine(config, clock) as engine:
        await empty()  # whatever is done once
        nothing = [await empty() for _ in range(EMPTY)]
        taken: dict[str, list[float]] = {}
        for case in made:
            taken.setdefault(case.name, []).append(await check_s(engine, document(case.statement)))
            if case.modulus == MODULI[-1]:
                nothing.append(await empty())
    base = statistics.median(nothing)
    console.print(
        f"a document with nothing in it: {base:.3f} s ({min(nothing):.3f} to {max(nothing):.3f}, "
        f"{len(nothing)} of them)"
    )
    return {name: Figures(tuple(sorted(s - base for s in seconds))) for name, seconds in taken.items()}


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="families whose name has this in it")
    parser.add_argument("--lean", choices=("wasm", "official"), default="wasm")
    parser.add_argument("--json", type=Path)
    options, console = parser.parse_args(), Console()
    made = [case for case in cases(console) if options.only in case.name]
    figures = asyncio.run(measured(made, options, console))
    title = f"a(10^18) mod m, {len(MODULI)} values each, beyond an empty document"
    table = Table("family", "median s", "least", "most", title=title)
    for name, found in figures.items():
        table.add_row(name, *(f"{x:.3f}" for x in (found.middle, found.seconds[0], found.seconds[-1])))
    console.print(table)
    if options.json:
        options.json.write_text(json.dumps({n: f.seconds for n, f in figures.items()}, indent=1) + "\n")
    sys.exit(max(found.seconds[-1] for found in figures.values()) >= WANTED_S)


if __name__ == "__main__":
    main()
