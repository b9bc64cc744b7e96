"""The miners on generated sequences of every family and of none, beside SymPy and PARI in the same run.

Run from the repository's root:
    python -m tests.bench.mine [--families 1,3,none] [--count 48] [--others 8] [--seed 20] [--json FILE]

Every sequence goes through the code of `python -m aimo_pipeline mine`, and through the stage mine.mine,
which must not foretell anything else. It is solved if all later terms are foretold, wrong if one is
foretold wrongly (of a corrupted sequence: if any is foretold), none if nothing is. Far values are
counted by themselves. The others see the first few sequences of each family, for two seconds each at
most, and are asked for the terms that directly follow; "ours, on these" is the same part of our own
results. While that limit's timer runs, Linux counts processor time in ticks of 4 ms. Exit status 1 if
any of ours is wrong.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

from flint import fmpz

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Sequence
from aimo_pipeline.mine import evaluate, mine
from aimo_pipeline.mine.jsonl import encode, mine_lines
from aimo_pipeline.outcome import Found
from tests.bench import mine_cases as cases
from tests.bench import mine_cases_more as more
from tests.bench import mine_no_rule as without
from tests.bench import mine_shapes as shapes
from tests.bench.mine_others import OutOfTimeError, Solver, capped, pari_solvers, sympy_guarded, sympy_raw

OTHERS_S = 2.0
VERDICTS = ("solved", "wrong", "none")
CONFIG, CLOCK = MineConfig(), MonotonicClock()

FAMILIES: dict[str, tuple[cases.Maker, ...]] = {
    "1 c-finite": (cases.c_finite, cases.classic, cases.transient, cases.c_finite_mod),
    "2 polynomial, quasi-, periodic": (cases.polynomial, cases.quasi_polynomial, cases.periodic),
    "3 hypergeometric, P-recursive": (cases.hypergeometric, cases.p_recursive),
    "4 algebraic": (cases.algebraic,),
    "5 multiplicative, divisor sums": (more.multiplicative, more.multiplicative, more.divisor_sum),
    "6 digits, k-regular": (more.digit_sequence,),
    "7 Beatty": (more.beatty,),
    "8 products, towers": (more.tower, more.product),
    "none: noise, digits, constants": (
        without.noise,
        without.walk,
        without.irrational_digits,
        without.nearly_constant,
    ),
    "none: primes, partitions": (without.of_primes, without.of_partitions),
    "none: wild": (without.wild,),
    "none: one corrupted term": (without.corrupted,),
    "none: too few terms": (without.too_few, without.short_recurrence),
    **shapes.SHAPES,
}
GRIDS: dict[str, Callable[[random.Random], tuple[str, more.Cell]]] = {
    "9 grids": more.table,
    "wide 9 grids": shapes.shaped_table,
}


@dataclass(frozen=True)
class Score:
    """How a solver did on one sequence; verdicts are "solved", "wrong" and "none"."""

    name: str
    verdict: str
    ms: float
    far: tuple[str, ...] = ()
    detail: str = ""


def judge(foretold: list[int] | None, truth: list[int | None]) -> str:
    if foretold is None:
        return "none"
    return "solved" if foretold == truth else "wrong"


def score(case: cases.Case) -> Score:
    """One line of JSON for the later terms and one for each far value, as a user would ask."""
    asked = sorted(case.later) or [len(case.terms)]  # of a corrupted sequence nothing is right
    answer, ms = ask(case.terms, case.offset, asked, None)
    foretold = answer["predicted"]
    verdict = judge(foretold, [case.later.get(place) for place in asked])
    if case.offset is not None and stage_differs(case, asked, foretold):
        verdict = "wrong"
    far = []
    for place, modulus, residue in case.far:
        value = ask(case.terms, case.offset, [place], modulus)[0]["predicted"]
        far.append(judge(value, [residue]))
    return Score(case.name, verdict, ms, tuple(far), detail(answer))


def ask(terms: object, offset: int | None, positions: object, modulus: int | None) -> tuple[dict, float]:
    """The answer of the command line's code, and the processor time that it took in milliseconds."""
    question = {"id": 0, "terms": terms, "predict": positions}
    question |= {} if offset is None else {"offset": offset}
    question |= {} if modulus is None else {"mod": modulus}
    line = encode(as_lists(question)).encode()
    began = time.process_time()
    (answer,) = mine_lines([line], config=CONFIG, clock=CLOCK)
    ms = 1_000 * (time.process_time() - began)
    return json.loads(answer, parse_int=lambda digits: int(fmpz(digits))), ms


def as_lists(value: object) -> object:
    if isinstance(value, dict):
        return {key: as_lists(part) for key, part in value.items()}
    return [as_lists(part) for part in value] if isinstance(value, list | tuple) else value


def detail(answer: dict) -> str:
    return f"{answer['outcome']} {answer['family']} {answer['rule']} {answer.get('reason', '')}"


def stage_differs(case: cases.Case, positions: list[int], foretold: list[int] | None) -> bool:
    """True if the stage, which does not know what will be asked, says something else."""
    assert case.offset is not None
    deadline = Deadline.after(10.0, CLOCK)
    outcome = asyncio.run(mine(Sequence(case.offset, case.terms), deadline=deadline, config=CONFIG))
    if not isinstance(outcome, Found) or foretold is None:
        return False
    values = [evaluate(outcome.formula, case.offset + place, None) for place in positions]
    return any(isinstance(a, int) and a != b for a, b in zip(values, foretold, strict=True))


def score_table(made: tuple[str, more.Cell], rng: random.Random) -> Score:
    """A table by the same way: later are three more rows and columns, far is a cell along a row or column."""
    name, cell = made
    rows, columns = rng.choice([(8, 8), (9, 10), (12, 8), (14, 14)])
    terms = [[cell(m, n) for n in range(columns)] for m in range(rows)]
    places = product(range(rows + 3), range(columns + 3))
    beyond = [place for place in places if place[0] >= rows or place[1] >= columns]
    answer, ms = ask(terms, None, beyond, None)
    verdict = judge(answer["predicted"], [cell(m, n) for m, n in beyond])
    m, n, modulus = rng.choice([(60, 5, 10**9 + 7), (4, 70, 997), (30, 30, 10**6)])
    value = ask(terms, None, [(m, n)], modulus)[0]["predicted"]
    return Score(name, verdict, ms, (judge(value, [cell(m, n) % modulus]),), detail(answer))


def score_other(case: cases.Case, solver: Solver) -> Score:
    """As `score`, for the terms that directly follow."""
    following = [place for place in sorted(case.later) if place < len(case.terms) + 10]
    began = time.process_time()
    try:
        with capped(OTHERS_S):
            foretold = solver(case.terms, max(1, len(following)))
    except OutOfTimeError:
        foretold = None
    except Exception as error:  # whatever another library raises on a hard input is "none"
        return Score(case.name, "none", 1_000 * (time.process_time() - began), (), repr(error)[:100])
    ms = 1_000 * (time.process_time() - began)
    truth: list[int | None] = [case.later[place] for place in following] or [None]
    return Score(case.name, judge(foretold, truth), ms)


def row(name: str, scores: list[Score]) -> str:
    verdicts = Counter(one.verdict for one in scores)
    far = Counter(verdict for one in scores for verdict in one.far)
    times = sorted(one.ms for one in scores)
    p95 = times[math.ceil(0.95 * len(times)) - 1]
    counts = "".join(
        f"{counter[verdict]:7}" for counter in (verdicts, far) for verdict in ("solved", "wrong", "none")
    )
    return f"{name:34}{counts}{statistics.median(times):10.2f}{p95:10.2f}{times[-1]:10.2f}"


def generated(name: str, options: argparse.Namespace) -> list[cases.Case]:
    rng = random.Random(f"{options.seed} {name}")
    makers = FAMILIES[name]
    return [makers[i % len(makers)](rng) for i in range(options.count)]


def run_family(
    name: str, options: argparse.Namespace, others: dict[str, Solver]
) -> Iterator[tuple[str, list[Score]]]:
    if name in GRIDS:
        rng = random.Random(f"{options.seed} {name}")
        yield name, [score_table(GRIDS[name](rng), rng) for _ in range(options.count)]
        return
    made = generated(name, options)
    ours = [score(case) for case in made]
    yield name, ours
    if options.others:
        yield "    ours, on these", ours[: options.others]
    for other, solver in others.items():
        yield f"    {other}", [score_other(case, solver) for case in made[: options.others]]


def chosen(text: str) -> list[str]:
    names = sorted([*FAMILIES, *GRIDS])
    return (
        [name for name in names if any(name.startswith(part) for part in text.split(","))] if text else names
    )


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The miners beside SymPy and PARI.")
    parser.add_argument("--families", default="", help='how their names begin, such as "1,3,none"')
    parser.add_argument("--count", type=int, default=48, help="sequences per family")
    parser.add_argument("--others", type=int, default=8, help="sequences per family shown to SymPy and PARI")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--json", type=Path, help="every single result, one JSON object a line")
    return parser.parse_args()


def main() -> int:
    options = parse_options()
    pari = pari_solvers()
    others: dict[str, Solver] = {"sympy raw": sympy_raw, "sympy guarded": sympy_guarded, **pari}
    if not options.others:
        others = {}
    elif not pari:
        print("PARI is left out: cypari is not installed (pip install cypari)")
    print(f"{'':34}{'later terms':^21}{'far values':^21}{'processor ms':^30}")
    heads = "".join(f"{head:>7}" for head in VERDICTS * 2)
    print(f"{'family':34}{heads}{'median':>10}{'p95':>10}{'worst':>10}")
    lines, wrong = [], []
    for family in chosen(options.families):
        for solver, scores in run_family(family, options, others):
            print(row(solver, scores), flush=True)
            lines += [
                json.dumps({"family": family, "solver": solver.strip(), **asdict(one)}) for one in scores
            ]
            if solver == family:
                wrong += [(family, one) for one in scores if "wrong" in (one.verdict, *one.far)]
    for family, one in wrong:
        print(f"WRONG {family}: {one.name}: {one.detail[:300]}")
    if options.json:
        options.json.write_text("\n".join(lines) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
