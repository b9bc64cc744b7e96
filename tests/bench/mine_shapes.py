"""Shapes of sequences that the miners' other generators leave out, by family, with true later terms.

Negative and far first indices, long recurrences with gaps and huge coefficients, composite moduli, long
preperiods, periods 6 and 12, sums of binomial powers, cubic equations, characters, other readings of digits,
nested and added floors, towers modulo composites, tables with a border of their own.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import cache
from itertools import accumulate

from tests.bench.mine_arithmetic import digits, iterate, recurrent_residue
from tests.bench.mine_cases import FAR_POSITIONS, MODULI, Case, by_index, case, power_series
from tests.bench.mine_cases_more import Cell, over_prime_powers, sigma

Value = Callable[[int], int]


def chosen(shapes: list[tuple[str, Value]], counts: list[int], first: int, rng: random.Random) -> Case:
    """One of the shapes, to be foretold as far again."""
    name, value = rng.choice(shapes)
    count = rng.choice(counts)
    return case(name, [value(n) for n in range(first, first + 2 * count)], count, rng, first=first)


def recurrence(rng: random.Random) -> Case:
    """With gaps, of order up to 14, huge coefficients, or begun far from 0."""
    order = rng.choice([2, 3, 5, 7, 9, 12, 14])
    limit = rng.choice([2, 9, 10**40])
    coefficients = [rng.choice([0, 0, rng.randint(-limit, limit)]) for _ in range(order)]
    coefficients[0] = rng.choice([-1, 1, 2, 3, limit])
    initial = [rng.randint(-limit, limit) or 1 for _ in range(order)]
    values = iterate(coefficients, initial, 140)
    if max(map(abs, values[120:])) < 10**12:
        return recurrence(rng)
    count = rng.choice([2 * order + max(10, order), 60, 80])
    modulus, n = rng.choice(MODULI), rng.choice(FAR_POSITIONS)
    far = (n, modulus, recurrent_residue(coefficients, initial, n, modulus))
    first = rng.choice([0, 1, -30, 1_000, 10**9])
    return case(f"order {order}", values[: count + 20], count, rng, first=first, far=(far,))


def recurrence_mod(rng: random.Random) -> Case:
    """Modulo a composite with small factors."""
    modulus = rng.choice([6, 12, 30, 60, 210, 360, 1_001, 5_040, 2**10, 3**7, 30_030])
    order = rng.choice([1, 2, 2, 3])
    coefficients = [rng.randrange(1, modulus) for _ in range(order)]
    initial = [rng.randrange(modulus) for _ in range(order)]
    n = rng.choice(FAR_POSITIONS)
    far = (n, modulus, recurrent_residue(coefficients, initial, n, modulus))
    values = iterate(coefficients, initial, 130, modulus)
    count = rng.choice([40, 60, 100])
    return case(f"{coefficients} {initial} mod {modulus}", values[: count + 20], count, rng, far=(far,))


def preperiodic(rng: random.Random) -> Case:
    lead, period = rng.randint(1, 9), rng.randint(2, 12)
    start = [rng.randint(-9, 9) for _ in range(lead)]
    cycle = [rng.randint(-9, 9) for _ in range(period)]
    if len(set(cycle)) == 1:
        return preperiodic(rng)
    value = lambda n: start[n] if n < lead else cycle[(n - lead) % period]  # noqa: E731
    return by_index(f"{lead} terms, then period {period}", value, rng.choice([60, 100]), rng)


def partitions_into(parts: tuple[int, ...]) -> list[int]:
    ways = [1] + [0] * 400
    for part in parts:
        for total in range(part, len(ways)):
            ways[total] += ways[total - part]
    return ways


def quasi(rng: random.Random) -> Case:
    """Periods up to 12."""
    a, b, q = rng.randint(1, 9), rng.randint(0, 11), rng.choice([4, 6, 8, 12])
    parts = rng.choice([(1, 2, 3), (1, 2, 4), (1, 3, 4), (2, 3), (1, 2, 3, 4), (1, 2, 6), (1, 1, 2, 3)])
    ways = partitions_into(parts)
    signs = [rng.randint(-3, 3) for _ in range(q)]
    shapes: list[tuple[str, Value]] = [
        (f"partitions into {parts}", lambda n: ways[n]),
        (f"(n^2 + {b}) // {q}", lambda n: (n * n + b) // q),
        (f"(n + {b})^3 // {q}", lambda n: (n + b) ** 3 // q),
        (f"{a} n + a cycle of {q}", lambda n: a * n + signs[n % q]),
        (f"n^2 and a cycle of {q}", lambda n: n * n * signs[n % q] + n),
        (f"round(n^2 / {q})", lambda n: (2 * n * n + q) // (2 * q)),
        ("n // 6 by n // 4", lambda n: (n // 6) * (n // 4)),
    ]
    return chosen(shapes, [60, 80, 100], rng.choice([0, 0, 1, 5]), rng)


@cache
def binomial_sum(r: int, s: int, sign: int) -> Value:
    return lambda n: sum(sign**k * math.comb(n, k) ** r * math.comb(n + k, k) ** s for k in range(n + 1))


def holonomic(rng: random.Random) -> Case:
    """Order 2 and degrees 2 and 3, and quotients begun late."""
    a, b = rng.randint(1, 4), rng.randint(0, 3)
    shapes: list[tuple[str, Value]] = [
        ("sum C(n, k)^3", binomial_sum(3, 0, 1)),
        ("sum C(n, k)^4", binomial_sum(4, 0, 1)),
        ("sum C(n, k)^2 C(n + k, k)", binomial_sum(2, 1, 1)),
        ("sum C(n, k)^2 C(n + k, k)^2", binomial_sum(2, 2, 1)),
        ("sum (-1)^k C(n, k)^2 C(n + k, k)", binomial_sum(2, 1, -1)),
        (f"C({a + 1} n + {b}, n)", lambda n: math.comb((a + 1) * n + b, n)),
        (f"(n + {b})! / {b}! + n", lambda n: math.factorial(n + b) // math.factorial(b) + n),
        (f"{a}^n C(2 n, n) + 1", lambda n: a**n * math.comb(2 * n, n) + 1),
        ("C(2n, n)^2", lambda n: math.comb(2 * n, n) ** 2),
        ("(6n)! n! / ((3n)! (2n)!^2)", _chebyshev),
        ("harmonic numerators by n!", lambda n: sum(math.factorial(n) // k for k in range(1, n + 1))),
    ]
    return chosen(shapes, [30, 40, 50], rng.choice([0, 0, 1, 4]), rng)


def _chebyshev(n: int) -> int:
    top = math.factorial(6 * n) * math.factorial(n)
    return top // (math.factorial(3 * n) * math.factorial(2 * n) ** 2)


def cubic(rng: random.Random) -> Case:
    """y = 1 + x^i y^j + ... up to y^3."""
    pairs = [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (3, 2), (3, 3)]
    equation = {(0, 0): 1, **{p: rng.choice([-1, 1, 1, 2]) for p in rng.sample(pairs, rng.choice([1, 2]))}}
    if max(j for _, j in equation) < 2:
        return cubic(rng)
    values = power_series(equation, 90)
    if sum(map(bool, values)) < 25:
        return cubic(rng)
    count = rng.choice([40, 50, 60])
    return case(f"y = {equation}", values[: count + 12], count, rng, first=rng.choice([0, 0, 1, 2]))


def legendre4(d: int) -> int:
    return (0, 1, 0, -1)[d % 4]


def legendre3(d: int) -> int:
    return (0, 1, -1)[d % 3]


def character_sum(character: Value, weight: Value) -> Value:
    return lambda n: sum(character(d) * weight(d) for d in range(1, n + 1) if n % d == 0)


def character(rng: random.Random) -> Case:
    chi = rng.choice([legendre4, legendre3])
    a = rng.randint(1, 3)
    shapes: list[tuple[str, Value]] = [
        ("sum of chi(d)", character_sum(chi, lambda d: 1)),
        ("sum of chi(d) d", character_sum(chi, lambda d: d)),
        ("sum of chi(d) d^2", character_sum(chi, lambda d: d * d)),
        ("chi(n)", chi),
        ("r_2(n)", lambda n: 4 * character_sum(legendre4, lambda d: 1)(n)),
        ("n phi(n)", over_prime_powers(lambda p, e: p**e * p ** (e - 1) * (p - 1))),
        ("2^(primes of n)", over_prime_powers(lambda p, e: 2)),
        ("gcd(n, 12)", lambda n: math.gcd(n, 12)),
        ("gcd(n, 6)^2", lambda n: math.gcd(n, 6) ** 2),
        ("powerful part", over_prime_powers(lambda p, e: p**e if e > 1 else 1)),
        ("square part", over_prime_powers(lambda p, e: p ** (e - e % 2))),
        ("sigma_2 - n", lambda n: sigma(2)(n) - n),
        ("divisors that are squares", over_prime_powers(lambda p, e: e // 2 + 1)),
        ("n squarefree, n", over_prime_powers(lambda p, e: p if e == 1 else 0)),
        ("odd divisors", over_prime_powers(lambda p, e: 1 if p == 2 else e + 1)),
        (f"sum of d^{a} over odd d", character_sum(lambda d: d % 2, lambda d: d**a)),
    ]
    name, value = rng.choice(shapes)
    count = rng.choice([40, 60, 90])
    return case(name, [value(n) for n in range(1, 2 * count)], count, rng, first=1)


def josephus(n: int, step: int) -> int:
    place = 0
    for size in range(2, n + 1):
        place = (place + step) % size
    return place + 1


def stern_like(p: int, q: int) -> Value:
    @cache
    def value(n: int) -> int:
        if n < 2:
            return n
        return value(n // 2) if n % 2 == 0 else p * value(n // 2) + q * value(n // 2 + 1)

    return value


def inverse_gray(n: int) -> int:
    total = 0
    while n:
        total, n = total ^ n, n >> 1
    return total


def blocks(word: str, base: int) -> Value:
    def value(n: int) -> int:
        text = "".join(map(str, digits(n, base)[::-1])) if n else "0"
        return sum(text.startswith(word, place) for place in range(len(text)))

    return value


def digit_shape(rng: random.Random) -> Case:
    base, step, m = rng.choice([2, 2, 3, 5]), rng.randint(2, 5), rng.choice([2, 3, 4])
    folding = lambda n: int((n // (n & -n)) % 4 == 1)  # noqa: E731
    shapes: list[tuple[str, Value]] = [
        (f"Josephus, every {step}th", lambda n: josephus(n, step)),
        (f"digit sum, base {base}, mod {m}", lambda n: sum(digits(n, base)) % m),
        ("Thue-Morse, signs", lambda n: (-1) ** n.bit_count()),
        ("Rudin-Shapiro", lambda n: (-1) ** (n & n >> 1).bit_count()),
        ("paper folding", folding),
        ("inverse Gray code", inverse_gray),
        (f"Stern-like {step - 1} {m - 1}", stern_like(step - 1, m - 1)),
        ("blocks 11", blocks("11", 2)),
        ("blocks 10", blocks("10", 2)),
        ("Rudin-Shapiro sums", lambda n: sum((-1) ** (k & k >> 1).bit_count() for k in range(n + 1))),
        ("digits of n reversed", lambda n: int(bin(n)[:1:-1], 2)),
        ("Cantor", lambda n: int(1 not in digits(n, 3))),
        ("evil numbers", lambda n: 2 * n + n.bit_count() % 2),
        (f"digits squared, base {base}", lambda n: sum(d * d for d in digits(n, base))),
        ("n xor 3 n", lambda n: n ^ (3 * n)),
        ("n and n // 2", lambda n: n & (n >> 1)),
        ("odd binomials summed", lambda n: sum(2 ** k.bit_count() for k in range(n))),
        (f"largest power of {base}", lambda n: base ** (len(digits(n, base)) - 1)),
        (f"{m} n + digit sum, base {base}", lambda n: m * n + sum(digits(n, base))),
        ("ruler, base 6", lambda n: next(e for e in range(40) if n % 6 ** (e + 1))),
    ]
    return chosen(shapes, [64, 80, 120], 1, rng)


def root_floor(a: int, b: int, d: int, c: int) -> Value:
    """floor(n (a + b sqrt(d)) / c), n and b >= 0."""
    return lambda n: (a * n + math.isqrt(b * b * d * n * n)) // c


def floors(rng: random.Random) -> Case:
    d, e = rng.sample([2, 3, 5, 6, 7], 2)
    one, other = root_floor(0, 1, d, 1), root_floor(0, 1, e, 1)
    golden, p, q = root_floor(1, 1, 5, 2), rng.randint(2, 9), rng.choice([3, 4, 5])
    shapes: list[tuple[str, Value]] = [
        (f"floor(n sqrt {d}) + floor(n sqrt {e})", lambda n: one(n) + other(n)),
        (f"sums of floor(k sqrt {d})", lambda n: sum(one(k) for k in range(n + 1))),
        (f"round(n sqrt {d})", lambda n: (math.isqrt(4 * d * n * n) + 1) // 2),
        (f"ceiling(n sqrt {d})", lambda n: one(n) + (n > 0)),
        ("floor(phi floor(phi n))", lambda n: golden(golden(n))),
        ("floor(phi^2 n)", lambda n: golden(n) + n),
        (f"n floor(n sqrt {d})", lambda n: n * one(n)),
        (f"{p} floor(n sqrt {d})", lambda n: p * one(n)),
        (f"floor({p} n / {q}) + floor(n / 2)", lambda n: p * n // q + n // 2),
        (f"floor(n / {q}) floor(n / 2)", lambda n: (n // q) * (n // 2)),
        (f"floor(n sqrt {d}) mod 5", lambda n: one(n) % 5),
        (f"floor((n + 1) sqrt {d}) - floor(n sqrt {d})", lambda n: one(n + 1) - one(n)),
        ("Fibonacci word", lambda n: golden(n + 1) - golden(n)),
        (f"n + floor(n sqrt {d})", lambda n: n + one(n)),
    ]
    return chosen(shapes, [60, 80, 100], rng.choice([0, 1, 1]), rng)


def towers(rng: random.Random) -> Case:
    """Asked for modulo composites."""
    a, b = rng.choice([2, 3, 6, 10, 12]), rng.choice([2, 3])
    modulus, far = rng.choice([10**6, 720_720, 2**20, 6**9, 9_699_690]), rng.choice([50, 200, 1_000])
    shapes: list[tuple[str, Value, int]] = [
        (f"{a}^({b}^n)", lambda n: b**n, 8),
        (f"{a}^(n^2)", lambda n: n * n, 18),
        (f"{a}^(n (n - 1) / 2)", lambda n: n * (n - 1) // 2, 20),
        (f"{a}^(n!)", math.factorial, 6),
        (f"{a}^({b}^n - 1)", lambda n: b**n - 1, 8),
    ]
    name, exponent, count = rng.choice(shapes)
    if "!" in name:
        far = 50
    values = [a ** exponent(n) for n in range(count + 2)]
    residue = pow(a, exponent(far), modulus)
    return case(name, values, count, rng, far=((far, modulus, residue),))


def products(rng: random.Random) -> Case:
    q = rng.randint(2, 4)
    shapes: list[tuple[str, list[int]]] = [
        ("superfactorials", [math.factorial(i) for i in range(1, 40)]),
        ("hyperfactorials", [i**i for i in range(1, 40)]),
        (f"({q}^i - 1)^2", [(q**i - 1) ** 2 for i in range(1, 40)]),
        ("i^2 (i + 1)", [i * i * (i + 1) for i in range(1, 40)]),
        ("Catalan numbers", [math.comb(2 * i, i) // (i + 1) for i in range(1, 40)]),
        (f"{q} i^2 - 1", [q * i * i - 1 for i in range(1, 40)]),
        ("2, 3 by turns", [2 + i % 2 for i in range(1, 40)]),
    ]
    name, ratios = rng.choice(shapes)
    values = list(accumulate(ratios, lambda a, b: a * b, initial=rng.choice([1, 3])))
    return case(
        f"products of {name}", values[:32], rng.choice([16, 20, 24]), rng, first=rng.choice([0, 1, 2])
    )


def stirling(kind: int) -> Cell:
    @cache
    def value(m: int, n: int) -> int:
        if m == 0 or n == 0:
            return int(m == n)
        return value(m - 1, n - 1) + (n if kind == 2 else m - 1) * value(m - 1, n)

    return value


@cache
def eulerian(m: int, n: int) -> int:
    if m == 0 or n < 0:
        return int(m == n == 0)
    return (n + 1) * eulerian(m - 1, n) + (m - n) * eulerian(m - 1, n - 1)


def gaussian(q: int) -> Cell:
    @cache
    def value(m: int, n: int) -> int:
        return int(m >= n) if n == 0 or m <= n else value(m - 1, n - 1) + q**n * value(m - 1, n)

    return value


def shaped_table(rng: random.Random) -> tuple[str, Cell]:
    a, b = rng.randint(1, 4), rng.randint(2, 5)
    fibonacci = iterate([1, 1], [0, 1], 1_200)
    shapes: list[tuple[str, Cell]] = [
        ("Stirling, second kind", stirling(2)),
        ("Stirling, first kind", stirling(1)),
        ("Eulerian", eulerian),
        (f"Gaussian, q = {b}", gaussian(b)),
        ("m n", lambda m, n: m * n),
        (f"{a} m^3 - n^2 + {b}", lambda m, n: a * m**3 - n * n + b),
        ("F(m + n)", lambda m, n: fibonacci[m + n]),
        ("F(m n)", lambda m, n: fibonacci[m * n]),
        ("F(m) F(n)", lambda m, n: fibonacci[m] * fibonacci[n]),
        (f"{a + 1}^m {b}^n", lambda m, n: (a + 1) ** m * b**n),
        (f"{a}^m + {b}^n", lambda m, n: a**m + b**n),
        ("C(m + n, n) - 1", lambda m, n: math.comb(m + n, n) - 1),
        ("C(m, n)^2", lambda m, n: math.comb(m, n) ** 2),
        (f"C(m, n) mod {b}", lambda m, n: math.comb(m, n) % b),
        ("Catalan's triangle", lambda m, n: (m - n + 1) * math.comb(m + n, n) // (m + 1) if n <= m else 0),
        ("Narayana", lambda m, n: math.comb(m + 1, n) * math.comb(m + 1, n + 1) // (m + 1)),
        ("Lah", lambda m, n: math.comb(m, n) * math.perm(m + 1, m - n) if n <= m else 0),
        ("m xor n", lambda m, n: m ^ n),
        ("gcd", lambda m, n: math.gcd(m + 1, n + 1)),
        ("max", max),
        ("partitions by parts", _parts),
        ("(m + n)!", lambda m, n: math.factorial(m + n)),
        (f"m^n + {a}", lambda m, n: m**n + a),
    ]
    return rng.choice(shapes)


@cache
def _parts(m: int, n: int) -> int:
    """Partitions of m into at most n parts."""
    return 1 if m == 0 else 0 if n == 0 or m < 0 else _parts(m, n - 1) + _parts(m - n, n)


SHAPES = {
    "wide 1 recurrences": (recurrence, recurrence, recurrence_mod),
    "wide 2 quasi-polynomials, preperiods": (quasi, quasi, preperiodic),
    "wide 3 holonomic": (holonomic,),
    "wide 4 cubic": (cubic,),
    "wide 5 characters": (character,),
    "wide 6 digits": (digit_shape,),
    "wide 7 floors": (floors,),
    "wide 8 towers, products": (towers, products),
}
