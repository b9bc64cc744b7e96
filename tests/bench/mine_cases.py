"""Families 1 to 4 of the miners' bench: sequences of known rules, with true later terms and far residues."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.mine_arithmetic import (
    binomial_mod,
    convolved,
    iterate,
    p_recurrent,
    recurrent_residue,
    series,
)

Far = tuple[int, int, int]  # position, modulus, true residue
MODULI = (10**9 + 7, 998_244_353, 10**6, 99_991 * 1_024, 97, 2**20, 3**4 * 5**2 * 7)
FAR_POSITIONS = (10**6, 10**9 + 1, 10**15, 10**18 - 3, 10**18)


@dataclass(frozen=True)
class Case:
    """Terms to mine, and what comes after them.

    Attributes:
        name: of the rule.
        terms: what a miner is shown.
        offset: index of the first term, where the miner is told.
        later: true terms by position; a rule that says otherwise is wrong.
        far: true residues far out, where they can be had independently.
    """

    name: str
    terms: tuple[int, ...]
    offset: int | None
    later: dict[int, int]
    far: tuple[Far, ...] = ()


Maker = Callable[[random.Random], Case]


def case(
    name: str, values: list[int], count: int, rng: random.Random, *, first: int = 0, far: tuple[Far, ...] = ()
) -> Case:
    """The first `count` values to be mined, all others to be foretold; whether the offset is told is chance.

    Where it is not told, the first index is one that a reader would try: 0 or 1.
    """
    told = first not in (0, 1) or rng.random() < 0.5
    later = {place: values[place] for place in range(count, len(values))}
    return Case(name, tuple(values[:count]), first if told else None, later, far)


# --- 1. C-finite: over the integers, with a transient, modulo a prime, modulo a composite ------------


def c_finite(rng: random.Random) -> Case:
    order, large = rng.choice([1, 2, 2, 2, 3, 3, 4, 5, 6, 8]), rng.random() < 0.2
    limit = 10**25 if large else rng.choice([1, 3, 9])
    coefficients = [rng.choice([-1, 1]) * rng.randint(1, limit)]
    coefficients += [rng.randint(-limit, limit) for _ in range(order - 1)]
    if order == 1:
        coefficients = [rng.choice([-1, 1]) * rng.randint(2, limit + 1)]
    initial = [rng.randint(-limit, limit) or 1 for _ in range(order)]
    count = rng.choice([max(2 * order + 10, 3 * order), 30, 40, 60])
    modulus, n = rng.choice(MODULI), rng.choice(FAR_POSITIONS)
    far = (n, modulus, recurrent_residue(coefficients, initial, n, modulus))
    values = iterate(coefficients, initial, max(count + 12, 70))
    if max(map(abs, values[60:])) < 10**6:
        return c_finite(rng)  # roots of unity: these belong to the next family
    values = values[: count + 12]
    return case(f"order {order}", values, count, rng, first=rng.choice([0, 0, 1, -5, 7]), far=(far,))


CLASSICS = {
    "Fibonacci": ([1, 1], [0, 1]),
    "Lucas": ([1, 1], [2, 1]),
    "Pell": ([1, 2], [0, 1]),
    "Jacobsthal": ([2, 1], [0, 1]),
    "Perrin": ([1, 1, 0], [3, 0, 2]),
    "Padovan": ([1, 1, 0], [1, 1, 1]),
    "tribonacci": ([1, 1, 1], [0, 0, 1]),
    "Narayana's cows": ([1, 0, 1], [1, 1, 1]),
    "domino tilings of 3 x 2n": ([-1, 4], [1, 3]),
    "domino tilings of 4 x n": ([-1, 1, 5, 1], [1, 1, 5, 11]),
    "2^n + n": ([2, -5, 4], [1, 3, 6]),
    "n 2^n": ([-4, 4], [0, 2]),
    "sums of Fibonacci numbers": ([-1, 0, 2], [0, 1, 2]),
}


def classic(rng: random.Random) -> Case:
    name = rng.choice(sorted(CLASSICS))
    coefficients, initial = CLASSICS[name]
    modulus, n = rng.choice(MODULI), rng.choice(FAR_POSITIONS)
    far = (n, modulus, recurrent_residue(coefficients, initial, n, modulus))
    count = rng.choice([18, 20, 24, 30])
    return case(name, iterate(coefficients, initial, count + 12), count, rng, far=(far,))


def transient(rng: random.Random) -> Case:
    order, lead = rng.choice([1, 2, 3]), rng.choice([1, 1, 2])
    coefficients = [rng.randint(2, 5), *(rng.randint(-3, 3) for _ in range(order - 1))]
    initial = [rng.randint(1, 9) for _ in range(order)]
    start = [rng.randint(-20, 20) for _ in range(lead)]
    modulus, n = rng.choice(MODULI), rng.choice(FAR_POSITIONS)
    far = (n + lead, modulus, recurrent_residue(coefficients, initial, n, modulus))
    count = rng.choice([30, 40])
    return case("transient", start + iterate(coefficients, initial, count + 12), count, rng, far=(far,))


def c_finite_mod(rng: random.Random) -> Case:
    modulus = rng.choice([101, 997, 10**4 + 7, 10**9 + 7, 2**31 - 1, 1_000, 10**4, 720_720, 2**16, 10**9])
    order = rng.choice([2, 2, 3, 4])
    coefficients = [1, *(rng.randrange(modulus) for _ in range(order - 1))]
    initial = [rng.randrange(modulus) for _ in range(order)]
    n = rng.choice(FAR_POSITIONS)
    far = (n, modulus, recurrent_residue(coefficients, initial, n, modulus))
    values = iterate(coefficients, initial, 72, modulus)
    return case(f"order {order} mod {modulus}", values, rng.choice([40, 60]), rng, far=(far,))


# --- 2. polynomial, quasi-polynomial, periodic -------------------------------------------------------


def by_index(name: str, value: Callable[[int], int], count: int, rng: random.Random, first: int = 0) -> Case:
    """Of a function that is as easily evaluated far out."""
    modulus, n = rng.choice(MODULI), rng.choice(FAR_POSITIONS)
    values = [value(first + place) for place in range(2 * count)]
    return case(name, values, count, rng, first=first, far=((n, modulus, value(first + n) % modulus),))


def polynomial(rng: random.Random) -> Case:
    degree, limit = rng.choice([2, 2, 3, 3, 4, 5, 6, 9]), rng.choice([1, 5, 50, 10**30])
    differences = [rng.randint(-limit, limit) for _ in range(degree)] + [rng.randint(1, limit)]

    def value(n: int) -> int:
        total, binomial = 0, 1
        for j, difference in enumerate(differences):
            total, binomial = total + difference * binomial, binomial * (n - j) // (j + 1)
        return total

    count = rng.choice([degree + 12, degree + 15, 30, 50])
    return by_index(f"degree {degree}", value, count, rng, rng.choice([0, 1, -4, 100]))


def quasi_polynomial(rng: random.Random) -> Case:
    q, a, b = rng.randint(2, 6), rng.randint(1, 4), rng.randint(0, 9)
    shapes: list[tuple[str, Callable[[int], int]]] = [
        ("floor of a quadratic", lambda n: (a * n * n + b * n) // q),
        ("round(n^2 / 12)", lambda n: (n * n + 6) // 12),
        ("n times its residue", lambda n: a * n * (n % q) + b),
        ("floor of a cubic", lambda n: (n**3 + b) // q),
        ("alternating squares", lambda n: (-1) ** n * (n * n + b)),
        ("polygons' squares", lambda n: (n // q) ** 2 + a * n),
    ]
    name, value = rng.choice(shapes)
    return by_index(name, value, rng.choice([60, 80]), rng, rng.choice([0, 1]))


def periodic(rng: random.Random) -> Case:
    m, b = rng.randint(3, 12), rng.randint(2, 9)
    cycle = [rng.randint(-9, 9) for _ in range(rng.randint(3, 9))]
    fibonacci = iterate([1, 1], [0, 1], 600, m)
    shapes: list[tuple[str, Callable[[int], int]]] = [
        ("cycle", lambda n: cycle[n % len(cycle)]),
        (f"{b}^n mod 31", lambda n: pow(b, n, 31)),
        (f"n^{b} mod {m}", lambda n: pow(n, b, m)),
        (f"n(n+1)/2 mod {m}", lambda n: n * (n + 1) // 2 % m),
    ]
    if m in (3, 4, 5, 7, 8, 11):  # Pisano periods 8, 6, 20, 16, 12, 10
        period = {3: 8, 4: 6, 5: 20, 7: 16, 8: 12, 11: 10}[m]
        shapes.append((f"Fibonacci mod {m}", lambda n: fibonacci[n % period]))
    name, value = rng.choice(shapes)
    return by_index(name, value, rng.choice([60, 80, 120]), rng)


# --- 3. hypergeometric and P-recursive ----------------------------------------------------------------


def central(n: int) -> int:
    return math.comb(2 * n, n)


def catalan(n: int) -> int:
    return central(n) // (n + 1)


HYPERGEOMETRIC: dict[str, Callable[[int], int]] = {
    "Catalan": catalan,
    "central binomials": central,
    "factorials": math.factorial,
    "double factorials": lambda n: math.factorial(2 * n) // (2**n * math.factorial(n)),
    "binomial(3n, n)": lambda n: math.comb(3 * n, n),
    "binomial(2n + 3, n)": lambda n: math.comb(2 * n + 3, n),
    "(3n)! / n!^3": lambda n: math.factorial(3 * n) // math.factorial(n) ** 3,
    "n n!": lambda n: n * math.factorial(n),
    "super-Catalan": lambda n: 6 * math.factorial(2 * n) // (math.factorial(n) * math.factorial(n + 2)),
    "5^n binomial(2n, n)": lambda n: 5**n * central(n),
    "(n + 1)^2 n!": lambda n: (n + 1) ** 2 * math.factorial(n),
}


def hypergeometric(rng: random.Random) -> Case:
    name = rng.choice(sorted(HYPERGEOMETRIC))
    value, first, count = HYPERGEOMETRIC[name], rng.choice([0, 0, 1, 3]), rng.choice([16, 20, 25, 40])
    n, modulus = rng.choice([500, 1_000, 2_000]), rng.choice([10**9 + 7, 998_244_353, 10_007, 10**6])
    far = [(n, modulus, value(first + n) % modulus)]
    if name == "central binomials":
        far.append((10**18, 97, binomial_mod(2 * (10**18 + first), 10**18 + first, 97)))
    values = [value(first + place) for place in range(count + 12)]
    return case(name, values, count, rng, first=first, far=tuple(far))


P_RECURSIVE: dict[str, tuple[Callable[[int, list[int]], int], list[int]]] = {
    "involutions": (lambda n, a: a[-1] + (n - 1) * a[-2], [1, 1]),
    "derangements": (lambda n, a: (n - 1) * (a[-1] + a[-2]), [1, 0]),
    "Motzkin": (lambda n, a: ((2 * n + 1) * a[-1] + (3 * n - 3) * a[-2]) // (n + 2), [1, 1]),
    "large Schroeder": (lambda n, a: (3 * (2 * n - 1) * a[-1] - (n - 2) * a[-2]) // (n + 1), [1, 2]),
    "central Delannoy": (lambda n, a: (3 * (2 * n - 1) * a[-1] - (n - 1) * a[-2]) // n, [1, 3]),
    "central trinomial": (lambda n, a: ((2 * n - 1) * a[-1] + 3 * (n - 1) * a[-2]) // n, [1, 1]),
    "Franel": (lambda n, a: ((7 * n * n - 7 * n + 2) * a[-1] + 8 * (n - 1) ** 2 * a[-2]) // n**2, [1, 2]),
    "Apery for zeta(2)": (
        lambda n, a: ((11 * n * n - 11 * n + 3) * a[-1] + (n - 1) ** 2 * a[-2]) // n**2,
        [1, 3],
    ),
    "arrangements": (lambda n, a: n * a[-1] + 1, [1]),
    "sums of factorials": (lambda n, a: a[-1] + math.factorial(n), [1]),
}


def p_recursive(rng: random.Random) -> Case:
    b, c, d = rng.randint(1, 5), rng.randint(1, 5), rng.randint(-4, 4)
    named = [(name, *P_RECURSIVE[name]) for name in sorted(P_RECURSIVE)]
    named.append(
        (f"a(n) = ({b} n + {d}) a(n-1) + {c} a(n-2)", lambda n, a: (b * n + d) * a[-1] + c * a[-2], [1, c])
    )
    name, step, initial = rng.choice(named)
    count = rng.choice([25, 30, 40, 60])
    values = p_recurrent(step, initial, 1_001)
    far = (rng.choice([300, 1_000]), rng.choice([10**9 + 7, 10**6, 2**20]))
    return case(name, values[: count + 12], count, rng, far=((*far, values[far[0]] % far[1]),))


# --- 4. algebraic generating functions ----------------------------------------------------------------


def power_series(coefficients: dict[tuple[int, int], int], count: int) -> list[int]:
    """y = sum of c x^i y^j over the items (i, j): c; every i is at least 1 but for the constant (0, 0)."""

    def following(y: list[int], n: int) -> int:
        return sum(c * convolved(y, j, n - i) for (i, j), c in coefficients.items() if i <= n)

    return series(following, count)


ALGEBRAIC: dict[str, dict[tuple[int, int], int]] = {
    "Catalan": {(0, 0): 1, (1, 2): 1},
    "Motzkin": {(0, 0): 1, (1, 1): 1, (2, 2): 1},
    "large Schroeder": {(0, 0): 1, (1, 1): 1, (1, 2): 1},
    "small Schroeder": {(0, 0): 1, (1, 1): -1, (1, 2): 2},
    "ternary trees": {(0, 0): 1, (1, 3): 1},
    "quaternary trees": {(0, 0): 1, (1, 4): 1},
    "hexagonal": {(0, 0): 1, (1, 1): 3, (2, 2): 1},
    "coloured Motzkin": {(0, 0): 1, (1, 1): 2, (2, 2): 3},
    "Motzkin, rows of 3": {(0, 0): 1, (1, 1): 1, (3, 2): 1},
    "peakless Motzkin": {(0, 0): 1, (1, 1): 1, (2, 2): 1, (2, 1): -1},
    "twice-coloured Catalan": {(0, 0): 1, (1, 2): 2},
    "unary-ternary trees": {(0, 0): 1, (1, 1): 1, (1, 3): 1},
}


def algebraic(rng: random.Random) -> Case:
    """A well-known equation, or y = a + b x + x (c y + d y^2), or y = 1 + x (c y + d y^3)."""
    c, d = rng.randint(-2, 3), rng.choice([-2, -1, 1, 1, 2, 3])
    name, equation = rng.choice(
        [
            *[(name, ALGEBRAIC[name]) for name in rng.sample(sorted(ALGEBRAIC), 4)],
            ("quadratic", {(0, 0): rng.randint(1, 3), (1, 0): rng.randint(-2, 2), (1, 1): c, (1, 2): d}),
            ("cubic", {(0, 0): 1, (1, 1): c, (1, 3): d}),
        ]
    )
    count = rng.choice([25, 30, 40]) if max(equation)[1] < 3 else rng.choice([40, 50, 60])
    values = power_series(equation, 81)
    if not any(values[20:]):
        return algebraic(rng)
    far = (80, 10**9 + 7, values[80] % (10**9 + 7))
    return case(name, values[: count + 12], count, rng, far=(far,))
