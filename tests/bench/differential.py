"""Random programs of the subset, run by Python and, compiled, by Lean's kernel: the two never differ.

Run from the repository's root, with AIMO_LEAN_WASM and AIMO_NODE set:
    python -m tests.bench.differential [--programs 2000] [--seed 0] [--batch 100] [--json FILE [--resume]]
        [--native]

Some of the programs are ordinary ones, some are written to be translated wrongly (random_programs/traps.py).
Each that is on natural numbers is asked about in the general form too. Where Python gives a value, Lean must
give it or none; where Python raises, none. Some claims are false on purpose and must come back refuted. A
mismatch is made smaller, printed, and makes the exit status 1. With --native it is not the kernel that runs
the programs but code that Lean compiles (native_decide). With --resume a run that was cut off goes on
from the figures in its file, with the next program.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from aimo_pipeline.config import config_from_environ
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.outcome import Compiled, Proved, Refuted, Rejected, Unknown, Unsupported, Verdict
from aimo_pipeline.verify.engine import Engine, open_engine
from aimo_pipeline.verify.library import SOURCES
from aimo_pipeline.verify.wasm_home import prepare
from tests.bench.smaller import smaller
from tests.translate.claims import Claim, claims_document, forms, settled_by_code
from tests.translate.random_programs.outcomes import Outcome, outcome
from tests.translate.random_programs.statements import Writer
from tests.translate.random_programs.traps import Traps

Ask = Callable[[Sequence["Case"]], Awaitable[list[Verdict]]]

INDICES = range(4)
CHECK_S = 1200.0
ROUNDS = 12  # of making a program smaller
PLANTED = 20  # one claim in so many is made again with a wrong value


@dataclass(frozen=True)
class Case:
    """A program that Python ran, and one claim about one of its compiled forms."""

    source: str
    found: Outcome
    claim: Claim
    natural: bool
    planted: bool = False


@dataclass
class Tally:
    """What came of the programs; `seed` is that of the next one."""

    seed: int = 0
    seconds: float = 0.0
    programs: int = 0
    written: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    values: int = 0
    unanswered: list[str] = field(default_factory=list)
    mismatches: list[str] = field(default_factory=list)


def drawn(tally: Tally) -> tuple[str, str]:
    """The next program, and the kind that it is of."""
    seed = tally.seed
    tally.seed += 1
    kind, writer = ("trap", Traps) if seed % 3 == 0 else ("ordinary", Writer)
    return kind, writer(seed).program()


def cases(source: str, found: Outcome) -> list[Case] | Unsupported:
    """What is asked about a program: a claim for each form that it compiles to."""
    compiled = forms(source)
    if isinstance(compiled, Unsupported):
        return compiled
    return [
        Case(
            source,
            found,
            Claim(form, found.values, INDICES[0], raises=found.raised is not None),
            form.natural,
        )
        for form in compiled
    ]


def wrong(case: Case) -> Case:
    """The same with another value at the last index."""
    *before, last = case.claim.values
    return replace(case, claim=replace(case.claim, values=(*before, last + 1)), planted=True)


def batch(size: int, tally: Tally) -> list[Case]:
    """The next programs that compile, as so many cases at least."""
    made: list[Case] = []
    while len(made) < size:
        kind, source = drawn(tally)
        found = outcome(source, INDICES)
        if found is None:
            tally.written["too long for the kernel"] += 1
            continue
        tally.written[kind] += 1
        asked = cases(source, found)
        if isinstance(asked, Unsupported):
            tally.refused[asked.reason.split("'")[0]] += 1
            continue
        tally.programs += 1
        made += asked
    return made + [wrong(case) for case in made[::PLANTED] if not case.found.raised]


async def by_code(engine: Engine, asked: Sequence[Case]) -> list[Verdict]:
    """The same by compiled code. Its false is no verdict; so the rest is asked what else is true."""
    found = await ask(engine, asked, native=True)
    open_ones = [i for i, verdict in enumerate(found) if isinstance(verdict, Unknown)]
    weaker = [replace(asked[i], claim=replace(asked[i].claim, or_nothing=True)) for i in open_ones]
    for i, verdict in zip(open_ones, await ask(engine, weaker, native=True) if weaker else (), strict=True):
        # It neither has Python's values nor none; nor is it Lean that broke down over it.
        told = isinstance(verdict, Unknown) and "is false" in verdict.reason
        found[i] = Refuted(verdict.reason) if told else found[i]
    return found


async def ask(engine: Engine, asked: Sequence[Case], *, native: bool) -> list[Verdict]:
    """Lean's verdicts, all from one document."""
    document = claims_document([case.claim for case in asked])
    document = settled_by_code(document) if native else document
    verdicts = await engine.check(document, deadline=Deadline.after(CHECK_S, MonotonicClock()))
    found = [verdicts[theorem.name] for theorem in document.theorems]
    if len(asked) > 1 and all(isinstance(verdict, Unknown | Rejected) for verdict in found):
        # Lean broke down over one of them, or it was too much: half of them at a time.
        half = len(asked) // 2
        return [
            *await ask(engine, asked[:half], native=native),
            *await ask(engine, asked[half:], native=native),
        ]
    return found


def count(asked: Sequence[Case], verdicts: Sequence[Verdict], tally: Tally) -> None:
    """Add a batch's verdicts up."""
    proved: set[tuple[str, bool]] = set()
    for case, verdict in zip(asked, verdicts, strict=True):
        form = "quick" if case.natural else "general"
        match verdict, case.planted:
            case Proved() | Compiled(), False:
                tally.asked[
                    f"{form}: " + ("none, as Python" if case.found.raised else "the same values")
                ] += 1
                tally.values += len(case.claim.values)
                proved.add((case.source, case.natural))
            case Refuted(), True if (case.source, case.natural) in proved:
                tally.asked["false claims refuted"] += 1
            case (Refuted(), False) | (Proved() | Compiled(), True):
                tally.mismatches.append(case.source)
            case _, True:
                tally.asked["false claims without a verdict"] += 1
            case Unknown(reason=reason), _:
                tally.asked[f"{form}: no value, where Python has one"] += 1
                tally.unanswered.append(f"# {form}: {reason}\n{case.source}")
            case _:
                tally.asked[f"{form}: rejected"] += 1


async def smallest(asking: Ask, best: str, console: Console) -> str:
    """The program with whatever can be left out of it left out, as long as Lean contradicts Python."""
    for _ in range(ROUNDS):
        tried = [one for text in smaller(best) for one in tried_cases(text)]
        if not tried:
            break
        verdicts = await asking(tried)
        wrong_ones = [one.source for one, v in zip(tried, verdicts, strict=True) if isinstance(v, Refuted)]
        if not wrong_ones:
            break
        best = min(wrong_ones, key=len)
        console.print(f"  a smaller one, {len(best)} characters")
    return best


def tried_cases(source: str) -> list[Case]:
    """The claims about a smaller program; none if it does not run or compile."""
    try:
        found = outcome(source, INDICES)
    except SyntaxError:
        return []
    asked = cases(source, found) if found is not None else []
    return [] if isinstance(asked, Unsupported) else asked


async def run(options: argparse.Namespace, console: Console) -> Tally:
    """Ask batch after batch."""
    clock, began_s = MonotonicClock(), time.monotonic()
    tally = begun(options)
    config = config_from_environ({**os.environ, "AIMO_LEAN": options.lean}).verify
    config = replace(config, check_s=CHECK_S, native=options.native)
    if options.lean == "wasm":
        await prepare(config, SOURCES, clock)
    before_s = tally.seconds
    async with open_engine(config, clock) as engine:
        asking = partial(by_code, engine) if options.native else partial(ask, engine, native=False)
        with Progress(console=console) as progress:
            bar = progress.add_task("programs", total=options.programs, completed=tally.programs)
            while tally.programs < options.programs:
                asked = batch(options.batch, tally)
                count(asked, await asking(asked), tally)
                tally.seconds = round(before_s + time.monotonic() - began_s, 1)
                if options.json:
                    options.json.write_text(json.dumps(vars(tally), indent=1) + "\n")
                progress.update(
                    bar, completed=tally.programs, description=f"{len(tally.mismatches)} mismatches"
                )
        if tally.mismatches:
            first = min(tally.mismatches, key=len)
            console.print(await smallest(asking, first, console), markup=False, highlight=False)
    return tally


def begun(options: argparse.Namespace) -> Tally:
    """What an earlier part of the run left, or nothing yet."""
    if not (options.resume and options.json and options.json.is_file()):
        return Tally(options.seed)
    kept: dict[str, Any] = json.loads(options.json.read_text())
    counters = {name: Counter(kept[name]) for name in ("written", "refused", "asked")}
    return Tally(**{**kept, **counters})


def report(tally: Tally, console: Console) -> None:
    """Print the figures."""
    table = Table("what", "number", title="Python and Lean on the same programs")
    table.add_row("programs asked about", str(tally.programs))
    for part in (tally.written, tally.asked):
        for name, number in sorted(part.items()):
            table.add_row(name, str(number))
    table.add_row("values compared", str(tally.values))
    table.add_row("refused", str(tally.refused.total()))
    for reason, number in tally.refused.most_common(12):
        table.add_row(f"  {reason}", str(number))
    table.add_row("mismatches", str(len(tally.mismatches)))
    table.add_row("seconds", f"{tally.seconds:.0f}")
    console.print(table)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--programs", type=int, default=2000, help="that compile")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=100, help="claims in one Lean document")
    parser.add_argument("--lean", choices=("wasm", "official"), default="wasm")
    parser.add_argument("--native", action="store_true", help="by code that Lean compiles, not by its kernel")
    parser.add_argument("--json", type=Path, help="figures, also while the run goes on")
    parser.add_argument("--resume", action="store_true", help="go on from the figures in that file")
    options, console = parser.parse_args(), Console()
    warnings.simplefilter("ignore", SyntaxWarning)  # random programs compare and call what nobody would
    tally = asyncio.run(run(options, console))
    report(tally, console)
    sys.exit(1 if tally.mismatches else 0)


if __name__ == "__main__":
    main()
