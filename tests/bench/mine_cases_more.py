"""Families 5 to 8 of the miners' bench, and tables for family 9."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import accumulate

from tests.bench.mine_arithmetic import digits, factors, iterate, recurrent_residue
from tests.bench.mine_cases import FAR_POSITIONS, MODULI, Case, by_index, case

Cell = Callable[[int, int], int]

# Far indices whose factors are known, for functions that need them.
SMOOTH = (2**20 * 3**10, 2**10 * 3**5 * 5**3 * 7**2 * 11, 10**18, 30_030**3, 97**4 * 101, 10**12 + 39)


def over_prime_powers(f: Callable[[int, int], int]) -> Callable[[int], int]:
    return lambda n: math.prod(f(p, e) for p, e in factors(n))


def totient(n: int) -> int:
    return math.prod(p ** (e - 1) * (p - 1) for p, e in factors(n))


def sigma(k: int) -> Callable[[int], int]:
    return over_prime_powers(lambda p, e: sum(p ** (k * i) for i in range(e + 1)))


MULTIPLICATIVE: dict[str, Callable[[int], int]] = {
    "number of divisors": sigma(0),
    "sum of divisors": sigma(1),
    "sum of squares of divisors": sigma(2),
    "sum of cubes of divisors": sigma(3),
    "totient": totient,
    "Jordan's totient of order 2": over_prime_powers(lambda p, e: p ** (2 * e) - p ** (2 * e - 2)),
    "Moebius": over_prime_powers(lambda p, e: -int(e == 1)),
    "Liouville": over_prime_powers(lambda p, e: (-1) ** e),
    "Dedekind psi": over_prime_powers(lambda p, e: p**e + p ** (e - 1)),
    "unitary divisors": over_prime_powers(lambda p, e: 2),
    "sum of unitary divisors": over_prime_powers(lambda p, e: p**e + 1),
    "radical": over_prime_powers(lambda p, e: p),
    "Pillai": over_prime_powers(lambda p, e: (e + 1) * p**e - e * p ** (e - 1)),
    "divisors of n^2": over_prime_powers(lambda p, e: 2 * e + 1),
    "sum of odd divisors": over_prime_powers(lambda p, e: 1 if p == 2 else sum(p**i for i in range(e + 1))),
    "squarefree": over_prime_powers(lambda p, e: int(e == 1)),
    "three-part factorings": over_prime_powers(lambda p, e: (e + 1) * (e + 2) // 2),
}


def multiplicative(rng: random.Random) -> Case:
    name = rng.choice(sorted(MULTIPLICATIVE))
    f, scale, first = MULTIPLICATIVE[name], rng.choice([1, 1, 1, 3, 6]), rng.choice([1, 1, 1, 1, 2])
    count = rng.choice([30, 40, 60])
    values = [scale * f(n) for n in range(first, first + 2 * count)]
    n, modulus = rng.choice(SMOOTH), rng.choice(MODULI)
    far = (n - first, modulus, scale * f(n) % modulus)
    return case(f"{scale} * {name}", values, count, rng, first=first, far=(far,))


def divisor_sum(rng: random.Random) -> Case:
    a, b = rng.randint(1, 5), rng.randint(-3, 5)
    weights: list[tuple[str, Callable[[int], int]]] = [
        ("d^2 + b", lambda d: d * d + b),
        ("a d + b", lambda d: a * d + b),
        ("2^d", lambda d: 2**d),
        ("-(-1)^d", lambda d: -((-1) ** d)),
        ("d (-1)^d", lambda d: d * (-1) ** d),
    ]
    name, weight = rng.choice(weights)
    count = rng.choice([40, 60])

    def value(n: int) -> int:
        return sum(weight(d) for d in range(1, n + 1) if n % d == 0)

    values = [value(n) for n in range(1, 2 * count)]
    n, modulus = rng.choice([720, 1_001, 5_040]), rng.choice(MODULI)
    return case(
        f"sum over divisors of {name}",
        values,
        count,
        rng,
        first=1,
        far=((n - 1, modulus, value(n) % modulus),),
    )


def read_in(base: int, other: int) -> Callable[[int], int]:
    """The digits in one base read in another."""
    return lambda n: sum(d * other**i for i, d in enumerate(digits(n, base)))


def stern(n: int) -> int:
    a, b = 1, 0
    while n:
        a, b = (a, a + b) if n % 2 else (a + b, b)
        n //= 2
    return b


def valuation(base: int) -> Callable[[int], int]:
    def value(n: int) -> int:
        exponent = 0
        while n and n % base == 0:
            n, exponent = n // base, exponent + 1
        return exponent

    return value


def halving(rng: random.Random) -> tuple[str, Callable[[int], int]]:
    """a(2n) = p a(n) + q, a(2n + 1) = r a(n) + s n + t."""
    p, q, r, s, t = (rng.randint(-1, 3) for _ in range(5))

    def value(n: int) -> int:
        if n < 1:
            return 1
        return p * value(n // 2) + q if n % 2 == 0 else r * value(n // 2) + s * (n // 2) + t

    return f"a(2n) = {p} a(n) + {q}, a(2n+1) = {r} a(n) + {s} n + {t}", value


def digit_sequence(rng: random.Random) -> Case:
    base = rng.choice([2, 2, 3, 4, 10])
    shapes: list[tuple[str, Callable[[int], int], int]] = [
        (f"digit sum, base {base}", lambda n: sum(digits(n, base)), 0),
        ("Thue-Morse", lambda n: n.bit_count() % 2, 0),
        ("Gould", lambda n: 2 ** n.bit_count(), 0),
        ("Josephus", lambda n: 2 * (n - (1 << (n.bit_length() - 1))) + 1, 1),
        ("Gray code", lambda n: n ^ (n >> 1), 0),
        ("Moser-de Bruijn", read_in(2, 4), 0),
        ("binary read in base 3", read_in(2, 3), 0),
        ("ternary read in base 4", read_in(3, 4), 0),
        ("Stern's diatomic", stern, 0),
        ("ruler", valuation(2), 1),
        ("powers of 3 in n", valuation(3), 1),
        ("binary zeros", lambda n: n.bit_length() - n.bit_count(), 1),
        ("length in binary", lambda n: n.bit_length(), 1),
        ("largest power of 2 up to n", lambda n: 1 << (n.bit_length() - 1), 1),
        ("twos in n!", lambda n: n - n.bit_count(), 0),
        ("odd part", lambda n: n // (n & -n), 1),
        (*halving(rng), rng.choice([0, 1])),
        (*halving(rng), rng.choice([0, 1])),
    ]
    name, value, first = rng.choice(shapes)
    return by_index(
        name, value, rng.choice([100, 128]) if base == 10 else rng.choice([60, 64, 100]), rng, first
    )


def beatty(rng: random.Random) -> Case:
    usual = rng.random() < 0.7
    root = rng.choice(
        [2, 3, 5, 6, 7, 8, 10, 11] if usual else [d for d in range(12, 60) if math.isqrt(d) ** 2 != d]
    )
    a, b, c = rng.choice([(0, 1, 1), (0, 1, 1), (1, 1, 2), (1, 1, 1), (0, 2, 1), (2, 1, 3), (0, 1, 2)])
    shift = rng.choice([0, 0, 0, 1, -1, 2])
    rise, period = rng.randint(2, 40), rng.choice([2, 3, 3, 4])

    def irrational(n: int) -> int:
        sign = 1 if n >= 0 else -1
        floor = math.isqrt(b * b * n * n * root)
        whole = floor if sign > 0 else -floor - (floor * floor != b * b * n * n * root)
        return (a * n + whole) // c + shift

    if rng.random() < 0.2:
        rational = by_index("rational", lambda n: (rise * n + shift) // period, 100, rng, 0)
        return rational
    first = rng.choice([0, 1, 1])
    return by_index(
        f"floor(n ({a} + {b} sqrt({root})) / {c}) + {shift}",
        irrational,
        rng.choice([50, 60, 100, 100]),
        rng,
        first,
    )


def tower(rng: random.Random) -> Case:
    """factor * base ^ exponent(n) + shift, the exponents far out modulo the order of the units."""
    base, factor, shift = (
        rng.choice([2, 2, 3, 5, 10, -2]),
        rng.choice([1, 1, 3, 7]),
        rng.choice([0, 0, 1, -1]),
    )
    prime = 1_000_003  # does not divide a base, and base^e has period prime - 1
    fibonacci = ([1, 1], rng.choice([[0, 1], [1, 1], [2, 1]]))
    a, b = rng.choice([(1, 0), (1, 1), (2, 0)]), rng.choice([2, 3])
    shapes: list[tuple[str, list[int], Callable[[int], int]]] = [
        ("n^2", [n * n for n in range(40)], lambda n: n * n),
        ("n (n + 1) / 2", [n * (n + 1) // 2 for n in range(40)], lambda n: n * (n + 1) // 2),
        ("quadratic", [a[0] * n * n + a[1] for n in range(40)], lambda n: a[0] * n * n + a[1]),
        ("Fibonacci", iterate(*fibonacci, 22), lambda n: recurrent_residue(*fibonacci, n, prime - 1)),
        ("2^n", [2**n for n in range(14)], lambda n: pow(2, n, prime - 1)),
        ("3^n", [3**n for n in range(9)], lambda n: pow(3, n, prime - 1)),
        ("2^n - 1", [2**n - 1 for n in range(14)], lambda n: (pow(2, n, prime - 1) - 1) % (prime - 1)),
        ("n^2 // 2", [n * n // 2 for n in range(60)], lambda n: n * n // 2),
        (f"{b} n^3", [b * n**3 for n in range(20)], lambda n: b * n**3),
    ]
    name, exponents, far_exponent = rng.choice(shapes)
    keep = {"2^n": 11, "3^n": 8, "2^n - 1": 13, "Fibonacci": 18, "n^2 // 2": 48}.get(
        name, rng.choice([14, 16, 18])
    )
    n = rng.choice(FAR_POSITIONS)
    residue = (factor * pow(base, far_exponent(n), prime) + shift) % prime
    values = [factor * base**e + shift for e in exponents]
    later = min(len(values), keep + 3)
    return case(
        f"{factor} * {base}^({name}) + {shift}", values[:later], keep, rng, far=((n, prime, residue),)
    )


def product(rng: random.Random) -> Case:
    """Partial products; far out they are multiplied, or known to vanish."""
    p, q, r = rng.randint(1, 4), rng.randint(1, 5), rng.randint(2, 5)
    fibonacci = iterate([1, 1], [1, 1], 400)
    factorials = list(accumulate(range(1, 401), lambda a, b: a * b))
    shapes: list[tuple[str, list[int]]] = [
        ("Fibonacci numbers", fibonacci),
        (f"{r}^i - 1", [r**i - 1 for i in range(1, 401)]),
        (f"{r}^i + 1", [r**i + 1 for i in range(1, 401)]),
        ("factorials", factorials),
        (f"i^2 + {q}", [i * i + q for i in range(1, 401)]),
        (f"{p} i + {q}", [p * i + q for i in range(1, 401)]),
        ("i^3 + i + 1", [i**3 + i + 1 for i in range(1, 401)]),
        ("Lucas numbers", iterate([1, 1], [1, 3], 400)),
        ("2^i + i", [2**i + i for i in range(1, 401)]),
        ("central binomials", [math.comb(2 * i, i) for i in range(1, 401)]),
    ]
    name, ratios = rng.choice(shapes)
    start = rng.choice([1, 1, 2, 5])
    values = list(accumulate(ratios[:45], lambda a, b: a * b, initial=start))
    count = 32 if name.endswith(f"i + {q}") and "^" not in name else rng.choice([20, 24, 30])
    n, modulus = rng.choice([100, 300]), rng.choice([2**61 - 1, 10**9 + 7, 10**30])
    far = (n, modulus, start * math.prod(ratios[:n]) % modulus)
    return case(f"product of {name}", values[: count + 5], count, rng, far=(far,))


def pascal_like(rng: random.Random) -> Cell:
    """f(m, n) = a f(m-1, n) + b f(m, n-1) + c f(m-1, n-1), zero outside."""
    a, b, c = rng.randint(1, 3), rng.randint(1, 3), rng.randint(-1, 3)
    known: dict[tuple[int, int], int] = {(0, 0): 1}

    def value(m: int, n: int) -> int:
        for i in range(m + 1):
            for j in range(n + 1):
                if (i, j) not in known:
                    known[i, j] = a * known.get((i - 1, j), 0) + b * known.get((i, j - 1), 0)
                    known[i, j] += c * known.get((i - 1, j - 1), 0)
        return known[m, n]

    return value


def chebyshev_like(p: int, q: int) -> Cell:
    def value(m: int, n: int) -> int:
        a, b = 0, 1
        for _ in range(n):
            a, b = b, (p * m + q) * b + a
        return a

    return value


def table(rng: random.Random) -> tuple[str, Cell]:
    """A rule for two indices from 0 on."""
    a, b, c = rng.randint(1, 5), rng.randint(-5, 5), rng.randint(1, 4)
    shapes: list[tuple[str, Cell]] = [
        ("binomial(m + n, n)", lambda m, n: math.comb(m + n, n)),
        ("binomial(m, n)", math.comb),
        ("neighbours", pascal_like(rng)),
        ("neighbours", pascal_like(rng)),
        ("polynomial", lambda m, n: a * m * m + b * m * n + c * n * n + b),
        ("polynomial of degree 4", lambda m, n: a * m * m * n * n + b * n**3 + c),
        (f"(m + {a})^n", lambda m, n: (m + a) ** n),
        (f"(n + {a})^m", lambda m, n: (n + a) ** m),
        (f"{a + 1}^m (n^2 + {c})", lambda m, n: (a + 1) ** m * (n * n + c)),
        ("C-finite rows", chebyshev_like(a, b)),
        ("falling factorials", math.perm),
        ("m! (n + c)", lambda m, n: math.factorial(m) * (n + c)),
    ]
    return rng.choice(shapes)
