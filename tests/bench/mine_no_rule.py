"""Sequences that no family of the miners has a rule for, or too few terms: to foretell is to guess."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from decimal import Decimal, getcontext
from itertools import pairwise

from tests.bench.mine_arithmetic import factors, iterate, partitions, primes
from tests.bench.mine_cases import Case, c_finite, case, classic, hypergeometric, p_recursive, polynomial
from tests.bench.mine_cases_more import digit_sequence, multiplicative, tower


def noise(rng: random.Random) -> Case:
    size = rng.choice([2, 3, 10, 1_000, 10**40])
    return case(
        f"noise below {size}", [rng.randrange(size) for _ in range(80)], rng.choice([12, 20, 40, 60]), rng
    )


def walk(rng: random.Random) -> Case:
    values = [0]
    for _ in range(80):
        values.append(values[-1] + rng.choice([-1, 1, 2]))
    return case("random walk", values, rng.choice([20, 40, 60]), rng)


def of_primes(rng: random.Random) -> Case:
    listed = primes(400)
    start = rng.choice([0, 0, rng.randrange(200)])
    gaps = [b - a for a, b in pairwise(listed)]
    shapes = {
        "primes": listed[start:],
        "prime gaps": gaps[start:],
        "primes to pi": [sum(p <= n for p in listed) for n in range(start, start + 90)],
        "sums of primes": [sum(listed[:n]) for n in range(1, 90)],
        "squares of primes": [p * p for p in listed[start:]],
        "primorials": [math.prod(listed[:n]) for n in range(90)],
        "2^prime": [2**p for p in listed[:90]],
        "primes mod 10": [p % 10 for p in listed[start:]],
    }
    name = rng.choice(sorted(shapes))
    return case(name, shapes[name][:90], rng.choice([15, 25, 40, 60]), rng)


def of_partitions(rng: random.Random) -> Case:
    listed = partitions(200)
    start = rng.choice([0, 0, 1, rng.randrange(80)])
    distinct = [1] + [0] * 199
    for part in range(1, 200):
        for total in range(199, part - 1, -1):
            distinct[total] += distinct[total - part]
    name = rng.choice(["partitions", "distinct parts", "differences"])
    values = {"partitions": listed, "distinct parts": distinct}.get(
        name, [b - a for a, b in pairwise(listed)]
    )
    return case(name, values[start : start + 90], rng.choice([12, 15, 25, 40, 60]), rng)


def nearly_constant(rng: random.Random) -> Case:
    """All terms but a few are the same: only the constant itself may be foretold."""
    values = [rng.choice([0, 0, 1, 7])] * 100
    count = rng.choice([12, 25, 40, 60])
    for _ in range(rng.randint(0, 3)):
        values[rng.randrange(rng.choice([1, 4, count]))] += rng.choice([-1, 1, 5])
    return case("nearly constant", values, count, rng)


def irrational_digits(rng: random.Random) -> Case:
    getcontext().prec = 320
    root = Decimal(rng.choice([2, 3, 5, 6, 7, 10])).sqrt()
    figures = [int(d) for d in str(root).replace(".", "")][:300]
    start = rng.randrange(100)
    return case("digits of a root", figures[start : start + 80], rng.choice([25, 40, 60]), rng)


def golomb(count: int) -> list[int]:
    values = [0, 1]
    while len(values) <= count:
        n = len(values)
        values.append(1 + values[n - values[values[n - 1]]])
    return values[1:]


def hofstadter(count: int) -> list[int]:
    values = [0, 1, 1]
    while len(values) <= count:
        n = len(values)
        values.append(values[n - values[n - 1]] + values[n - values[n - 2]])
    return values[1:]


def recaman(count: int) -> list[int]:
    values = [0]
    for n in range(1, count):
        back = values[-1] - n
        values.append(back if back > 0 and back not in values else values[-1] + n)
    return values


def bell(count: int) -> list[int]:
    row, values = [1], []
    for _ in range(count):
        values.append(row[0])
        following = [row[-1]]
        for term in row:
            following.append(following[-1] + term)
        row = following
    return values


def collatz(n: int) -> int:
    steps = 0
    while n > 1:
        n, steps = (n // 2 if n % 2 == 0 else 3 * n + 1), steps + 1
    return steps


def scaled_floor(constant: str) -> Callable[[int], int]:
    return lambda n: int(Decimal(constant) * n)


def wild(rng: random.Random) -> Case:
    """Sequences with a definition, but none of the kinds that are mined."""
    getcontext().prec = 60
    lcms = [math.lcm(*range(1, n + 1)) for n in range(1, 90)]
    shapes: dict[str, list[int]] = {
        "Golomb": golomb(90),
        "Hofstadter Q": hofstadter(90),
        "Recaman": recaman(90),
        "Bell": bell(90),
        "Collatz steps": [collatz(n) for n in range(1, 91)],
        "n^n": [n**n for n in range(1, 60)],
        "lcm(1..n)": lcms,
        "floor(n pi)": [
            scaled_floor("3.14159265358979323846264338327950288419716939937510")(n) for n in range(300)
        ],
        "floor(n e)": [
            scaled_floor("2.71828182845904523536028747135266249775724709369995")(n) for n in range(300)
        ],
        "floor(n log2 3)": [
            scaled_floor("1.58496250072115618145373894394781650875981440769248")(n) for n in range(300)
        ],
        "floor(n^1.5)": [math.isqrt(n**3) for n in range(90)],
        "squarefree numbers": [n for n in range(1, 300) if all(e == 1 for _, e in factors(n))][:90],
        "semiprimes": [n for n in range(1, 400) if sum(e for _, e in factors(n)) == 2][:90],
        "least prime factor": [factors(n)[0][0] if n > 1 else 1 for n in range(1, 91)],
        "greatest prime factor": [factors(n)[-1][0] if n > 1 else 1 for n in range(1, 91)],
        "zigzag": zigzag(60),
        "floor(n log n)": [int(n * math.log(n)) for n in range(1, 91)],
        "n-th non-square": [n + (1 + math.isqrt(4 * n - 3)) // 2 for n in range(1, 91)],
        "squares mod a prime, signed": [pow(n, 15, 31) * (-1) ** (n // 7) + n % 3 for n in range(90)],
        "sorted 2^a 3^b": sorted(2**a * 3**b for a in range(40) for b in range(26))[:90],
    }
    name = rng.choice(sorted(shapes))
    values = shapes[name]
    return case(name, values[:200] if "floor(n" in name else values[:90], rng.choice([12, 20, 30, 45]), rng)


def zigzag(count: int) -> list[int]:
    """Alternating permutations, by Seidel's triangle."""
    row, values = [1], []
    for _ in range(count):
        values.append(row[-1])
        following = [0]
        for term in reversed(row):
            following.append(following[-1] + term)
        row = following
    return values


def corrupted(rng: random.Random) -> Case:
    """A true rule with one wrong term, not the second to fourth; after a wrong first one all is as it was."""
    makers = (
        c_finite,
        classic,
        polynomial,
        hypergeometric,
        p_recursive,
        multiplicative,
        digit_sequence,
        tower,
    )
    true = rng.choice(makers)(rng)
    terms = list(true.terms)
    place = 0 if rng.random() < 0.15 else rng.randrange(4, len(terms))
    terms[place] += rng.choice([-10, -1, 1, 2, 1_000])
    later = true.later if place == 0 else {}
    return Case(f"corrupted {true.name} at {place}", tuple(terms), true.offset, later, ())


def too_few(rng: random.Random) -> Case:
    true = rng.choice((c_finite, classic, polynomial, hypergeometric, p_recursive, multiplicative))(rng)
    count = rng.randint(0, 7)
    later = {**dict(enumerate(true.terms)), **true.later}
    return Case(
        f"few of {true.name}", true.terms[:count], true.offset, {p: a for p, a in later.items() if p >= count}
    )


def short_recurrence(rng: random.Random) -> Case:
    """As many terms as twice the order: any terms obey such a recurrence."""
    order = rng.randint(5, 9)
    values = iterate(
        [rng.randint(-5, 5) for _ in range(order)], [rng.randint(-9, 9) for _ in range(order)], 60
    )
    return case(f"2 * {order} terms", values, 2 * order, rng)
