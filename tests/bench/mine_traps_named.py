"""Named sequences that look like others for a while (mine_traps.py has their makers)."""

from __future__ import annotations

import math
from functools import cache
from itertools import islice, pairwise

from tests.bench.mine_arithmetic import digits, factors
from tests.bench.mine_no_rule import bell, collatz, golomb, hofstadter, recaman, zigzag
from tests.bench.mine_traps import (
    PARTITIONS,
    PRIMES,
    Values,
    base_ten,
    conway,
    days_of_months,
    divisors,
    eta_product,
    figures_of,
    fraction_of,
    inner_points,
    lucky,
    merged,
    mian_chowla,
    mobius,
    numbers,
    of_index,
    order,
    parts_among,
    phi,
    pisano,
    plane_partitions,
    runs_below,
    self_avoiding,
    sigma,
    steps,
    sums,
    trees,
    ulam,
    van_eck,
    weekdays,
    without_progression,
)

PI = 10**60 * 3 + int("".join(map(str, figures_of("pi", 60))))
ONE = 10**60
PHI = (10**60 + math.isqrt(5 * 10**120)) // 2


def names_letters(n: int) -> int:
    """Letters in the English name of n < 1000."""
    ones = [0, 3, 3, 5, 4, 4, 3, 5, 5, 4, 3, 6, 6, 8, 8, 7, 7, 9, 8, 8]
    tens = [0, 0, 6, 6, 5, 5, 5, 7, 6, 6]
    if n == 0:
        return 4
    hundreds = ones[n // 100] + 7 if n >= 100 else 0
    rest = n % 100
    return hundreds + (ones[rest] if rest < 20 else tens[rest // 10] + ones[rest % 10])


def roman(n: int) -> int:
    figures = [0, 1, 2, 3, 2, 1, 2, 3, 4, 2]
    return sum(figures[d] for d in base_ten(n % 1000)) + n // 1000


def persistence(n: int) -> int:
    rounds = 0
    while n > 9:
        n, rounds = math.prod(base_ten(n)), rounds + 1
    return rounds


def happy(n: int) -> bool:
    while n not in (1, 4):
        n = sum(d * d for d in base_ten(n))
    return n == 1


def carmichael(n: int) -> int:
    parts = [p ** (e - 1) * (p - 1) // (2 if p == 2 and e > 2 else 1) for p, e in factors(n)]
    return math.lcm(*parts) if parts else 1


def last_nonzero(n: int) -> int:
    value = math.factorial(n)
    while value % 10 == 0:
        value //= 10
    return value % 10


def goldbach(n: int) -> int:
    known = set(PRIMES[:200])
    return sum(p in known and 2 * n - p in known for p in PRIMES[:200] if p <= n)


def primitive_roots(n: int) -> int:
    return sum(order(a, n) == phi(n) for a in range(1, n + 1) if math.gcd(a, n) == 1)


def three_squares(n: int) -> int:
    root = math.isqrt(n)
    span = range(-root, root + 1)
    return sum(
        math.isqrt(r) ** 2 == r and r >= 0 and 1 + (r > 0) or 0
        for a in span
        for b in span
        if (r := n - a * a - b * b) >= 0
    )


def collatz_top(n: int) -> int:
    top = n
    while n > 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        top = max(top, n)
    return top


def juggler(n: int) -> int:
    rounds = 0
    while n > 1:
        n, rounds = (math.isqrt(n) if n % 2 == 0 else math.isqrt(n**3)), rounds + 1
    return rounds


def polygon(*powers: tuple[int, int]) -> Values:
    return lambda terms: eta_product(dict(powers), terms)[:terms]


@cache
def iterated(start: int, kind: str, terms: int) -> tuple[int, ...]:
    """x -> x^2 + c modulo a number, and a linear congruence cut short."""
    values, x = [], start
    for _ in range(terms):
        if kind == "rho":
            x = (x * x + 1) % 10_007
            values.append(x)
        else:
            x = (1_103_515_245 * x + 12_345) % 2**31
            values.append(x >> 16)
    return tuple(values)


def floors(numerator: int, denominator: int = ONE) -> Values:
    return of_index(lambda n: n * numerator // denominator)


NAMED: dict[str, Values] = {
    "points inside a regular n-gon": of_index(inner_points, 3),
    "regions of a circle by chords": of_index(lambda n: sum(math.comb(n - 1, k) for k in range(5)), 1),
    "2^n until 8 ones in a row": runs_below(8),
    "2^n until 12 ones in a row": runs_below(12),
    "2^n until 20 ones in a row": runs_below(20),
    "days of months": days_of_months,
    "days to date": sums(days_of_months),
    "weekday of New Year": weekdays,
    "letters of numerals": of_index(names_letters),
    "length of Roman numerals": of_index(roman, 1),
    "multiplicative persistence": of_index(persistence),
    "happy numbers": numbers(happy),
    "palindromes": numbers(lambda n: base_ten(n) == base_ten(n)[::-1]),
    "without the digit 9": numbers(lambda n: 9 not in base_ten(n)),
    "without the digits 7 to 9": numbers(lambda n: max(base_ten(n)) < 7),
    "reversed": of_index(lambda n: int(str(n)[::-1])),
    "n + its reversal": of_index(lambda n: n + int(str(n)[::-1])),
    "n times its digit sum": of_index(lambda n: n * sum(base_ten(n))),
    "digit sum of n^2": of_index(lambda n: sum(base_ten(n * n))),
    "digit sum of 2^n": of_index(lambda n: sum(base_ten(2**n))),
    "leading digit of 2^n": of_index(lambda n: int(str(2**n)[0])),
    "leading digit of 3^n": of_index(lambda n: int(str(3**n)[0])),
    "leading digit of n!": of_index(lambda n: int(str(math.factorial(n))[0])),
    "digits of 2^n": of_index(lambda n: len(str(2**n))),
    "digits of 7^n": of_index(lambda n: len(str(7**n))),
    "digits of n!": of_index(lambda n: len(str(math.factorial(n)))),
    "zeros at the end of n!": of_index(lambda n: sum(n // 5**k for k in range(1, 6))),
    "last digit of n! without zeros": of_index(last_nonzero),
    "bits of n^2": of_index(lambda n: (n * n).bit_length()),
    "bits of n!": of_index(lambda n: math.factorial(n).bit_length()),
    "ones of 3^n in binary": of_index(lambda n: (3**n).bit_count()),
    "concatenated": of_index(lambda n: int("".join(map(str, range(1, n + 1)))), 1),
    "digits of pi": lambda terms: list(figures_of("pi", terms)),
    "digits of e": lambda terms: list(figures_of("e", terms)),
    "continued fraction of pi": lambda terms: fraction_of("pi", terms),
    "continued fraction of e": lambda terms: fraction_of("e", terms),
    "floor(n pi)": floors(PI),
    "steps of floor(n pi)": steps(floors(PI)),
    "floor(n pi) mod 7": of_index(lambda n: n * PI // ONE % 7),
    "floor(n pi) mod 3": of_index(lambda n: n * PI // ONE % 3),
    "floor(n / pi)": floors(ONE, PI),
    "floor(n^2 / pi)": of_index(lambda n: n * n * ONE // PI),
    "floor(n^2 pi / 6)": of_index(lambda n: n * n * PI // (6 * ONE)),
    "floor(10 frac(n pi))": of_index(lambda n: 10 * (n * PI % ONE) // ONE),
    "floor(3 frac(n phi))": of_index(lambda n: 3 * (n * PHI % ONE) // ONE),
    "floor(n phi) + floor(n sqrt 3)": of_index(lambda n: n * PHI // ONE + math.isqrt(3 * n * n)),
    "floor(n sqrt 2) floor(n sqrt 3)": of_index(lambda n: math.isqrt(2 * n * n) * math.isqrt(3 * n * n)),
    "n floor(n sqrt 2)": of_index(lambda n: n * math.isqrt(2 * n * n)),
    "floor(n sqrt 2) + [n prime]": of_index(lambda n: math.isqrt(2 * n * n) + (n in PRIMES)),
    "floor(n floor(n sqrt 2) sqrt 2)": of_index(lambda n: math.isqrt(2 * math.isqrt(2 * n * n) ** 2)),
    "floor(n^2 sqrt 2)": of_index(lambda n: math.isqrt(2 * n**4)),
    "floor(n^(3/2))": of_index(lambda n: math.isqrt(n**3)),
    "floor(sqrt n)": of_index(math.isqrt),
    "round(sqrt n)": of_index(lambda n: (1 + math.isqrt(4 * n)) // 2),
    "floor(sqrt(2) ^ n)": of_index(lambda n: math.isqrt(2**n)),
    "floor((3/2)^n)": of_index(lambda n: 3**n // 2**n),
    "floor((5/4)^n)": of_index(lambda n: 5**n // 4**n),
    "floor((101/100)^n)": of_index(lambda n: 101**n // 100**n),
    "sum of floor(n / k)": of_index(lambda n: sum(n // k for k in range(1, n + 1))),
    "floor(n^2/29)": of_index(lambda n: n * n // 29),
    "floor(n^3/17)": of_index(lambda n: n**3 // 17),
    "n^2 mod 41": of_index(lambda n: n * n % 41),
    "n^3 mod 101": of_index(lambda n: n**3 % 101),
    "n^n mod 10": of_index(lambda n: pow(n, n, 10)),
    "n^n mod 17": of_index(lambda n: pow(n, n, 17)),
    "2^n mod n": of_index(lambda n: pow(2, n, n), 1),
    "n! mod 97": of_index(lambda n: math.factorial(n) % 97),
    "C(2n, n) mod 11": of_index(lambda n: math.comb(2 * n, n) % 11),
    "C(2n, n) mod 4": of_index(lambda n: math.comb(2 * n, n) % 4),
    "Catalan mod 8": of_index(lambda n: math.comb(2 * n, n) // (n + 1) % 8),
    "3^n mod 103": of_index(lambda n: pow(3, n, 103)),
    "Legendre symbols mod 83": of_index(lambda n: (pow(n, 41, 83) + 1) % 83 - 1),
    "rho modulo 10007": lambda terms: list(iterated(2, "rho", terms)),
    "high bits of a linear congruence": lambda terms: list(iterated(1, "linear", terms)),
    "partitions mod 2": lambda terms: [p % 2 for p in PARTITIONS[:terms]],
    "partitions mod 5": lambda terms: [p % 5 for p in PARTITIONS[:terms]],
    "partitions mod 10^5": lambda terms: [p % 10**5 for p in PARTITIONS[:terms]],
    "partitions into 1, 5, 7, 11": parts_among((1, 5, 7, 11)),
    "partitions into primes": parts_among(tuple(PRIMES[:60])),
    "partitions into squares": parts_among(tuple(k * k for k in range(1, 20))),
    "partitions into powers of 2": parts_among(tuple(2**k for k in range(9))),
    "partitions into 2, 3, 5, 7, 11, 13": parts_among((2, 3, 5, 7, 11, 13)),
    "partitions into at most 12 parts": parts_among(tuple(range(1, 13))),
    "change of 1, 5, 10, 25, 50": parts_among((1, 5, 10, 25, 50)),
    "plane partitions": plane_partitions,
    "rooted trees": trees,
    "self-avoiding walks": lambda terms: self_avoiding()[:terms],
    "Bell mod 7": lambda terms: [b % 7 for b in bell(terms)],
    "Bell mod 10": lambda terms: [b % 10 for b in bell(terms)],
    "zigzag mod 9": lambda terms: [b % 9 for b in zigzag(terms)],
    "Ramanujan tau": polygon((1, 24)),
    "cusp form of level 11": polygon((1, 2), (11, 2)),
    "cusp form of level 14": polygon((1, 1), (2, 1), (7, 1), (14, 1)),
    "cusp form of level 20": polygon((2, 2), (10, 2)),
    "eta^6": polygon((1, 6)),
    "Euler's pentagonal series": polygon((1, 1)),
    "cubes of eta": polygon((1, 3)),
    "sums of three squares": of_index(three_squares),
    "sigma with 1 at n = 1, 9": of_index(lambda n: sigma(n) + (n % 9 == 0), 1),
    "phi at odd n, n at even": of_index(lambda n: phi(n) if n % 2 else n, 1),
    "sigma(n) - [37 divides n]": of_index(lambda n: sigma(n) - (n % 37 == 0), 1),
    "sigma(n) mod 12": of_index(lambda n: sigma(n) % 12, 1),
    "divisors mod 3": of_index(lambda n: len(divisors(n)) % 3, 1),
    "sigma(phi)": of_index(lambda n: sigma(phi(n)), 1),
    "phi(sigma)": of_index(lambda n: phi(sigma(n)), 1),
    "aliquot sums": of_index(lambda n: sigma(n) - n, 1),
    "sigma + phi": of_index(lambda n: sigma(n) + phi(n), 1),
    "n - phi": of_index(lambda n: n - phi(n), 1),
    "Carmichael's function": of_index(carmichael, 1),
    "primitive roots of n": of_index(primitive_roots, 1),
    "order of 2 mod 2n + 1": of_index(lambda n: order(2, 2 * n + 1)),
    "order of 10 mod primes": lambda terms: [order(10, p) for p in PRIMES[3 : 3 + terms]],
    "Pisano periods": of_index(pisano, 1),
    "Mertens": sums(of_index(mobius, 1)),
    "Liouville sums": sums(of_index(lambda n: (-1) ** sum(e for _, e in factors(n)), 1)),
    "sum of primes of n": of_index(lambda n: sum(p * e for p, e in factors(n)), 1),
    "distinct primes of n": of_index(lambda n: len(factors(n)), 1),
    "primes of n (n + 1)": of_index(lambda n: len(factors(n * (n + 1))), 1),
    "Goldbach": of_index(goldbach, 2),
    "coprime pairs": sums(of_index(phi, 1)),
    "squarefree numbers": numbers(lambda n: mobius(n) != 0),
    "cubefree numbers": numbers(lambda n: all(e < 3 for _, e in factors(n))),
    "prime powers": numbers(lambda n: len(factors(n)) == 1),
    "composites": numbers(lambda n: n > 3 and n not in set(PRIMES[:200])),
    "odd composites": numbers(lambda n: n % 2 == 1 and n > 8 and n not in set(PRIMES[:300])),
    "numbers that are not squares": numbers(lambda n: math.isqrt(n) ** 2 != n),
    "sums of two squares": numbers(lambda n: all(p % 4 != 3 or e % 2 == 0 for p, e in factors(n))),
    "7-smooth numbers": numbers(lambda n: all(p < 8 for p, _ in factors(n))),
    "coprime to 210": numbers(lambda n: math.gcd(n, 210) == 1),
    "coprime to 2310": numbers(lambda n: math.gcd(n, 2310) == 1),
    "not a multiple of 11 or 13": numbers(lambda n: n % 11 and n % 13),
    "abundant numbers": numbers(lambda n: sigma(n) > 2 * n),
    "prime gaps": lambda terms: [b - a for a, b in pairwise(PRIMES[: terms + 1])],
    "primes mod 6": lambda terms: [p % 6 for p in PRIMES[:terms]],
    "primes mod 4": lambda terms: [p % 4 for p in PRIMES[:terms]],
    "prime(n) - floor(n log n)": of_index(lambda n: PRIMES[n - 1] - int(n * math.log(n)), 1),
    "primes up to n": of_index(lambda n: sum(p <= n for p in PRIMES[:100])),
    "Collatz steps": of_index(collatz, 1),
    "Collatz tops": of_index(collatz_top, 1),
    "juggler steps": of_index(juggler, 1),
    "Golomb": golomb,
    "Hofstadter Q": hofstadter,
    "Conway's $10,000": conway,
    "Recaman": recaman,
    "Van Eck": van_eck,
    "Ulam": ulam,
    "lucky numbers": lucky,
    "Mian-Chowla": lambda terms: mian_chowla(min(terms, 70)),
    "no three in progression": without_progression,
    "powers of 2 and 3": lambda terms: list(islice(merged(), terms)),
    "bits of n read in base 3, mod 5": of_index(
        lambda n: sum(3**k * d for k, d in enumerate(digits(n, 2))) % 5
    ),
    "gcd(n^2 + 1, 30)": of_index(lambda n: math.gcd(n * n + 1, 30)),
    "gcd(n, 360)": of_index(lambda n: math.gcd(n, 360)),
    "lcm(n, 12)": of_index(lambda n: math.lcm(n, 12), 1),
    "n xor floor(n/3)": of_index(lambda n: n ^ (n // 3)),
    "n^2 xor n": of_index(lambda n: (n * n) ^ n),
    "popcount(n) n": of_index(lambda n: n.bit_count() * n),
    "popcount(n^2)": of_index(lambda n: (n * n).bit_count()),
}  # fmt: skip

# So many terms show that there is more to it.
NEEDED = {
    **{f"2^n until {k} ones in a row": k + 1 for k in (8, 12, 20)},
    "sigma(n) - [37 divides n]": 37,
    "floor((101/100)^n)": 111,
    "concatenated": 110,
}
