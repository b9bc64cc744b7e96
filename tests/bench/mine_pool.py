"""Sequences and tables to measure the miners' thresholds on: with a rule of some family, and without any."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench import mine_cases as cases
from tests.bench import mine_cases_more as more
from tests.bench import mine_no_rule as without
from tests.bench.mine_arithmetic import partitions
from tests.bench.mine_traps_drawn import drawn
from tests.bench.mine_traps_named import NAMED, NEEDED

LENGTHS = (8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40, 50, 60)
BEYOND = 10  # later terms that are asked for


@dataclass(frozen=True)
class Shown:
    """What the miners are shown, and what comes after it.

    Attributes:
        terms: a sequence, or rows of a table.
        asked: positions, or cells.
        truth: what is there; none where any answer is wrong, as for a corrupted sequence.
    """

    name: str
    terms: tuple
    offset: int | None
    asked: tuple
    truth: tuple


RULES: dict[str, tuple[cases.Maker, ...]] = {
    "c-finite": (cases.c_finite, cases.classic, cases.transient),
    "modular": (cases.c_finite_mod,),
    "unit roots": (cases.polynomial, cases.quasi_polynomial, cases.periodic),
    "p-recursive": (cases.hypergeometric, cases.p_recursive),
    "algebraic": (cases.algebraic,),
    "multiplicative": (more.multiplicative, more.divisor_sum),
    "digits": (more.digit_sequence,),
    "beatty": (more.beatty,),
    "products": (more.tower, more.product),
}
NO_RULES: tuple[cases.Maker, ...] = (
    without.noise,
    without.walk,
    without.of_primes,
    without.of_partitions,
    without.nearly_constant,
    without.irrational_digits,
    without.wild,
    without.corrupted,
    without.short_recurrence,
)


def of_rule(family: str, count: int, seed: int) -> list[Shown]:
    """Sequences with a rule; half of them are cut short, to where a threshold is what decides."""
    rng = random.Random(f"{seed} {family}")
    makers = RULES[family]
    shown = [of_case(makers[i % len(makers)](rng)) for i in range(count)]
    return [cut(one, rng) if i % 2 else one for i, one in enumerate(shown)]


def of_case(case: cases.Case) -> Shown:
    asked = tuple(sorted(case.later))[:BEYOND] or (len(case.terms),)
    return Shown(case.name, case.terms, case.offset, asked, tuple(case.later.get(p) for p in asked))


def cut(one: Shown, rng: random.Random) -> Shown:
    count = min(rng.choice(LENGTHS), len(one.terms) - 2)
    if count < 6:
        return one
    asked = tuple(range(count, min(count + BEYOND, len(one.terms))))
    return Shown(one.name, one.terms[:count], one.offset, asked, tuple(one.terms[p] for p in asked))


def without_rule(count: int, seed: int) -> list[Shown]:
    """A third each: noise and sequences without a formula, named ones that look like others, broken rules.

    Broken rules are cut off soon after the break, where only thresholds speak against a rule.
    """
    rng = random.Random(f"{seed} without")
    names = sorted(NAMED)
    shown = []
    for i in range(count):
        if i % 3 == 0:
            shown.append(of_case(rng.choice(NO_RULES)(rng)))
            continue
        if i % 3 == 1:
            name = rng.choice(names)
            values, needed = NAMED[name](150), NEEDED.get(name, 0)
        else:
            name, values, needed = drawn(rng)
        short = needed > 8 and i % 3 == 2
        size = needed + rng.randrange(4) if short else max(rng.choice(LENGTHS), needed)
        size = min(size, len(values) - 4)
        asked = tuple(range(size, min(size + BEYOND, len(values))))
        truth = tuple(values[p] for p in asked)
        shown.append(Shown(name, tuple(values[:size]), rng.choice([None, 0]), asked, truth))
    return shown


def tables(count: int, seed: int) -> list[Shown]:
    """Tables with a rule, down to the least size that is looked at."""
    rng = random.Random(f"{seed} tables")
    return [shown_table(*more.table(rng), rng) for _ in range(count)]


def tables_without(count: int, seed: int) -> list[Shown]:
    rng = random.Random(f"{seed} tables without")
    return [shown_table(*rng.choice(NO_TABLES)(rng), rng) for _ in range(count)]


def shown_table(name: str, cell: Callable[[int, int], int], rng: random.Random) -> Shown:
    rows, columns = rng.choice([(5, 6), (6, 6), (7, 7), (8, 8), (9, 12), (14, 14)])
    terms = tuple(tuple(cell(m, n) for n in range(columns)) for m in range(rows))
    asked = tuple((m, n) for m in range(rows + 3) for n in range(columns + 3) if m >= rows or n >= columns)
    return Shown(name, terms, None, asked, tuple(cell(m, n) for m, n in asked))


def noise_table(rng: random.Random) -> tuple[str, Callable[[int, int], int]]:
    size, seed = rng.choice([2, 3, 10, 1_000]), rng.random()
    return f"noise below {size}", lambda m, n: random.Random(f"{seed} {m} {n}").randrange(size)


def broken_table(rng: random.Random) -> tuple[str, Callable[[int, int], int]]:
    """A rule with one wrong cell among the first."""
    name, cell = more.table(rng)
    at, by = (rng.randrange(5), rng.randrange(5)), rng.choice([-1, 1, 7])
    return f"{name}, one wrong", lambda m, n: cell(m, n) + by * ((m, n) == at)


def turning_table(rng: random.Random) -> tuple[str, Callable[[int, int], int]]:
    """A rule below a line through the table, another one above it."""
    (_, one), (_, other), bend = more.table(rng), more.table(rng), rng.randint(3, 7)
    return f"turns at {bend}", lambda m, n: one(m, n) if m + n < bend else other(m, n)


def formula_table(rng: random.Random) -> tuple[str, Callable[[int, int], int]]:
    parts, c = partitions(80), rng.randint(2, 9)
    kinds: list[tuple[str, Callable[[int, int], int]]] = [
        ("gcd(m, n) + [m = n]", lambda m, n: math.gcd(m + 1, n + 1) + (m == n)),
        (f"floor(m n / {c})", lambda m, n: m * n // c),
        (f"floor(sqrt(m^2 + {c} n^2))", lambda m, n: math.isqrt(m * m + c * n * n)),
        ("p(m + n)", lambda m, n: parts[m + n]),
        ("p(m) p(n)", lambda m, n: parts[m] * parts[n]),
        (f"(m^2 + n) mod {c + 9}", lambda m, n: (m * m + n) % (c + 9)),
        ("prime sums", lambda m, n: int(all((m + n + 2) % d for d in range(2, m + n + 2)))),
        (f"{c}^(m n) mod 101", lambda m, n: pow(c, m * n, 101)),
        ("m xor n, mended", lambda m, n: (m ^ n) + (m & n == 4)),
        (f"C(m + n, n) mod {c + 8}", lambda m, n: math.comb(m + n, n) % (c + 8)),
        ("bits of m n", lambda m, n: (m * n).bit_count()),
        ("floor(m n sqrt 2)", lambda m, n: math.isqrt(2 * m * m * n * n)),
    ]
    return rng.choice(kinds)


NO_TABLES = (noise_table, broken_table, turning_table, formula_table)
