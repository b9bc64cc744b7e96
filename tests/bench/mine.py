"""Miners against known rules and against none, beside SymPy, on seeded sequences.

Run from the repository's root: python -m tests.bench.mine [--count 40] [--sympy 5] [--seed 20]
A sequence counts as solved if the next 30 terms (unseen) and a far value are right, as wrong if a
rule was given and any of these is not, as none if no rule was given. SymPy takes seconds where there
is no rule, so it sees only the first few sequences of each family; its fits are taken as it gives them.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import asyncio
import math
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sympy.abc import n as index_symbol
from sympy.series.sequences import SeqPer

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Sequence
from aimo_pipeline.mine import evaluate, mine
from aimo_pipeline.outcome import Found

SEEN, UNSEEN = 48, 30
FAR_STEPS, FAR_MODULUS = 20_000, 99_991 * 1_024


@dataclass(frozen=True)
class Case:
    """SEEN terms to mine, UNSEEN to predict, and a far residue where the rule is known."""

    terms: tuple[int, ...]
    far: int | None

    @property
    def seen(self) -> tuple[int, ...]:
        return self.terms[:SEEN]


@dataclass(frozen=True)
class Score:
    """How one miner did on one case."""

    verdict: str
    ms: float


def recurrence_case(order: int, rng: random.Random) -> Case:
    coefficients = [rng.choice([-3, -2, -1, 1, 2, 3]), *(rng.randint(-3, 3) for _ in range(order - 1))]
    terms = [rng.randint(-9, 9) for _ in range(order)]
    residues = list(terms)
    while len(terms) < SEEN + UNSEEN:
        terms.append(sum(c * a for c, a in zip(coefficients, terms[-order:], strict=True)))
    for _ in range(FAR_STEPS):
        residues.append(
            sum(c * a for c, a in zip(coefficients, residues[-order:], strict=True)) % FAR_MODULUS
        )
    return Case(tuple(terms), residues[FAR_STEPS] % FAR_MODULUS)


def polynomial_case(degree: int, rng: random.Random) -> Case:
    powers = [*(rng.randint(-50, 50) for _ in range(degree)), rng.randint(1, 9)]

    def value(n: int) -> int:
        return sum(c * n**i for i, c in enumerate(powers))

    return Case(tuple(map(value, range(SEEN + UNSEEN))), value(FAR_STEPS) % FAR_MODULUS)


def quasi_case(rng: random.Random) -> Case:
    period, square, slope = rng.randint(2, 7), rng.randint(1, 5), rng.randint(0, 20)

    def value(n: int) -> int:
        return (square * n * n + slope * n) // period

    return Case(tuple(map(value, range(SEEN + UNSEEN))), value(FAR_STEPS) % FAR_MODULUS)


def noise_case(rng: random.Random) -> Case:
    size = rng.choice([2, 10, 1000, 10**40])
    return Case(tuple(rng.randrange(size) for _ in range(SEEN + UNSEEN)), None)


def prime_case(rng: random.Random) -> Case:
    """Primes from a random one on, or their gaps."""
    primes = [p for p in range(2, 9_000) if all(p % d for d in range(2, math.isqrt(p) + 1))]
    start = rng.randrange(800)
    chosen = primes[start : start + SEEN + UNSEEN + 1]
    gaps = [b - a for a, b in zip(chosen, chosen[1:], strict=False)]
    return Case(tuple(rng.choice([chosen[:-1], gaps])), None)


def partition_case(rng: random.Random) -> Case:
    """Partitions into all parts but a few, from a random total on."""
    start, missing = rng.randrange(60), set(rng.sample(range(1, 30), rng.randint(0, 4)))
    size = start + SEEN + UNSEEN
    ways = [1] + [0] * (size - 1)
    for part in set(range(1, size)) - missing:
        for total in range(part, size):
            ways[total] += ways[total - part]
    return Case(tuple(ways[start:]), None)


def irrational_case(rng: random.Random) -> Case:
    """floor(n sqrt(d)) or floor(n sqrt(d)) - floor((n - 1) sqrt(d)), no d a square."""
    root = rng.choice([d for d in range(2, 400) if math.isqrt(d) ** 2 != d])
    floors = [math.isqrt(root * n * n) for n in range(SEEN + UNSEEN + 1)]
    steps = [b - a for a, b in zip(floors, floors[1:], strict=False)]
    return Case(tuple(rng.choice([floors[1:], steps])), None)


def corrupted_case(rng: random.Random) -> Case:
    """A true rule with one wrong term among those seen: the rest of the true rule is not to be claimed."""
    true = rng.choice([recurrence_case, polynomial_case])(rng.randint(1, 6), rng)
    terms = list(true.terms)
    terms[rng.randrange(SEEN)] += rng.choice([-10, -1, 1, 2, 1000])
    return Case(tuple(terms), None)


def families() -> dict[str, Callable[[random.Random], Case]]:
    made: dict[str, Callable[[random.Random], Case]] = {}
    for order in range(1, 9):
        made[f"c-finite order {order}"] = partial(recurrence_case, order)
    for degree in range(1, 7):
        made[f"polynomial degree {degree}"] = partial(polynomial_case, degree)
    made["floor of a quadratic"] = quasi_case
    made["none: noise"] = noise_case
    made["none: primes, gaps"] = prime_case
    made["none: partitions"] = partition_case
    made["none: floor(n sqrt d)"] = irrational_case
    made["none: one corrupted"] = corrupted_case
    return made


def score_ours(case: Case) -> Score:
    async def run() -> tuple[object, float]:
        began = time.perf_counter()
        deadline = Deadline.after(10.0, MonotonicClock())
        outcome = await mine(Sequence(0, case.seen), deadline=deadline, config=MineConfig())
        return outcome, 1_000 * (time.perf_counter() - began)

    outcome, ms = asyncio.run(run())
    if not isinstance(outcome, Found):
        return Score("none", ms)
    known = tuple(evaluate(outcome.formula, n, None) for n in range(SEEN + UNSEEN)) == case.terms
    far = case.far is not None and evaluate(outcome.formula, FAR_STEPS, FAR_MODULUS) == case.far
    return Score("solved" if known and far else "wrong", ms)


def score_sympy(case: Case) -> Score:
    began = time.perf_counter()
    found = SeqPer(case.seen, (index_symbol, 0, SEEN - 1)).find_linear_recurrence(SEEN)
    ms = 1_000 * (time.perf_counter() - began)
    if not found:
        return Score("none", ms)
    terms = list(case.seen)
    while len(terms) < SEEN + UNSEEN:
        terms.append(sum(c * terms[-i] for i, c in enumerate(found, 1)))
    return Score("solved" if tuple(terms) == case.terms and case.far is not None else "wrong", ms)


def row(name: str, scores: list[Score]) -> str:
    counts = [sum(score.verdict == verdict for score in scores) for verdict in ("solved", "wrong", "none")]
    times = sorted(score.ms for score in scores)
    p95 = times[math.ceil(0.95 * len(times)) - 1]
    median = statistics.median(times)
    return f"{name:34}{counts[0]:7}{counts[1]:7}{counts[2]:7}{median:11.2f}{p95:11.2f}{times[-1]:11.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40, help="sequences per family")
    parser.add_argument(
        "--sympy", type=int, default=5, help="sequences per family shown to SymPy; 0 for none"
    )
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    print(f"{'family':34}{'solved':>7}{'wrong':>7}{'none':>7}{'median ms':>11}{'p95 ms':>11}{'worst ms':>11}")
    for name, make in families().items():
        rng = random.Random(f"{options.seed} {name}")
        cases = [make(rng) for _ in range(options.count)]
        print(row(name, [score_ours(case) for case in cases]), flush=True)
        if options.sympy:
            print(row("    sympy", [score_sympy(case) for case in cases[: options.sympy]]), flush=True)


if __name__ == "__main__":
    main()
