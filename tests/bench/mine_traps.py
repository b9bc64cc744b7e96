"""Sequences that look for a while as if they had a rule of the miners' families, with their true later terms.

Each comes from a definition: number theory, geometry, calendars, decimal digits, combinatorics that runs out.
Where a family of the miners does hold (the regions of a circle are a polynomial), it may be found.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate, count, islice, pairwise

from tests.bench.mine_arithmetic import digits, factors, partitions, primes

Values = Callable[[int], list[int]]  # the first so many terms
TERMS = 260
PRIMES = primes(1_200)
PARTITIONS = partitions(400)


def divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]


def sigma(n: int, k: int = 1) -> int:
    return math.prod(sum(p ** (i * k) for i in range(e + 1)) for p, e in factors(n))


def phi(n: int) -> int:
    return math.prod((p - 1) * p ** (e - 1) for p, e in factors(n))


def mobius(n: int) -> int:
    return 0 if any(e > 1 for _, e in factors(n)) else (-1) ** len(factors(n))


def order(a: int, n: int) -> int:
    """Of a modulo n, coprime."""
    power, steps = a % n, 1
    while power != 1 % n:
        power, steps = power * a % n, steps + 1
    return steps


def pisano(m: int) -> int:
    a, b, steps = 0, 1, 0
    while True:
        a, b, steps = b, (a + b) % m, steps + 1
        if (a, b) == (0, 1 % m):
            return steps


def inner_points(n: int) -> int:
    """Intersection points of the diagonals of a regular n-gon (Poonen and Rubinstein, 1998)."""
    total = 24 * math.comb(n, 4)
    total += (-5 * n**3 + 45 * n**2 - 70 * n + 24) * (n % 2 == 0)
    total += -36 * n * (n % 4 == 0) + 4 * (-45 * n**2 + 262 * n) * (n % 6 == 0)
    for m, c in {
        12: 42,
        18: 60,
        24: 35,
        30: -38,
        42: -82,
        60: -330,
        84: -144,
        90: -96,
        120: -144,
        210: -96,
    }.items():
        total += 24 * c * n * (n % m == 0)
    return total // 24


def eta_product(powers: dict[int, int], terms: int) -> list[int]:
    """Coefficients of the product of (1 - q^(d k))^r over k >= 1 and all d -> r, r positive."""
    series = [1] + [0] * terms
    for d, r in powers.items():
        for _ in range(r):
            for k in range(d, terms + 1, d):
                for place in range(terms, k - 1, -1):
                    series[place] -= series[place - k]
    return series


def days_of_months(terms: int) -> list[int]:
    lengths = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    years = (2000 + place // 12 for place in range(terms))
    leap = [y % 4 == 0 and (y % 100 != 0 or y % 400 == 0) for y in years]
    return [lengths[place % 12] + (place % 12 == 1 and leap[place]) for place in range(terms)]


def weekdays(terms: int) -> list[int]:
    """Of the first of January from 2001 on."""
    days, day = [], 1
    for year in range(2001, 2001 + terms):
        days.append(day)
        day = (day + 365 + (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))) % 7
    return days


def ulam(terms: int) -> list[int]:
    found, ways = [1, 2], {3: 1}
    while len(found) < terms:
        following = min(n for n, times in ways.items() if times == 1 and n > found[-1])
        for a in found:
            ways[a + following] = ways.get(a + following, 0) + 1
        found.append(following)
    return found


def lucky(terms: int) -> list[int]:
    left, place = list(range(1, 12 * terms, 2)), 1
    while place < len(left) and left[place] <= len(left):
        del left[left[place] - 1 :: left[place]]
        place += 1
    return left[:terms]


def van_eck(terms: int) -> list[int]:
    seen: dict[int, int] = {}
    values = [0]
    for n in range(terms - 1):
        last = values[-1]
        values.append(n - seen[last] if last in seen else 0)
        seen[last] = n
    return values


def mian_chowla(terms: int) -> list[int]:
    found, sums = [1], {2}
    for n in count(2):
        more = {n + a for a in found} | {2 * n}
        if not more & sums:
            found.append(n)
            sums |= more
        if len(found) == terms:
            return found
    return found


def without_progression(terms: int) -> list[int]:
    found: list[int] = []
    for n in count(0):
        if all(2 * b - n not in found for b in found):
            found.append(n)
        if len(found) == terms:
            return found
    return found


def conway(terms: int) -> list[int]:
    values = [0, 1, 1]
    for n in range(3, terms + 1):
        values.append(values[values[n - 1]] + values[n - values[n - 1]])
    return values[1 : terms + 1]


def self_avoiding() -> list[int]:
    """Walks on the square lattice, and other counts that no formula is known for (from their literature)."""
    text = "1 4 12 36 100 284 780 2172 5916 16268 44100 120292 324932 881500 "
    text += (
        "2374444 6416596 17245332 46466676 124658732 335116620 897697164 2408806028 6444560484 17266613812"
    )
    return list(map(int, text.split()))


def trees(terms: int) -> list[int]:
    """Rooted trees by nodes."""
    found = [0, 1]
    for n in range(1, terms):
        total = sum(sum(d * found[d] for d in divisors(k)) * found[n - k + 1] for k in range(1, n + 1))
        found.append(total // n)
    return found[1 : terms + 1]


def plane_partitions(terms: int) -> list[int]:
    found = [1]
    for n in range(1, terms):
        found.append(sum(sigma(k, 2) * found[n - k] for k in range(1, n + 1)) // n)
    return found


def runs_below(longest: int) -> Values:
    """Binary words without a run of `longest` ones: 2^n until there is room for one."""

    def values(terms: int) -> list[int]:
        found = [2**n for n in range(longest)] + [2**longest - 1]
        while len(found) < terms:
            found.append(sum(found[-longest:]))
        return found[:terms]

    return values


def parts_among(parts: tuple[int, ...]) -> Values:
    def values(terms: int) -> list[int]:
        ways = [1] + [0] * (terms - 1)
        for part in parts:
            for total in range(part, terms):
                ways[total] += ways[total - part]
        return ways

    return values


@cache
def figures_of(constant: str, terms: int) -> tuple[int, ...]:
    """Decimal digits after the point of pi or e, by integer series."""
    one = 10 ** (terms + 10)
    if constant == "e":
        total, term, k = 0, one, 1
        while term:
            total, term, k = total + term, term // k, k + 1
    else:

        def arctan(x: int) -> int:
            total, term, k, sign = 0, one // x, 1, 1
            while term:
                total, term, k, sign = total + sign * (term // k), term // (x * x), k + 2, -sign
            return total

        total = 4 * (4 * arctan(5) - arctan(239))
    return tuple(map(int, str(total)[1 : terms + 1]))


def fraction_of(constant: str, terms: int) -> list[int]:
    """The continued fraction of the part after the point, from 1,000 digits."""
    top, bottom = int("".join(map(str, figures_of(constant, 1_000)))), 10**1_000
    found = []
    while len(found) < terms and top:
        found.append(bottom // top)
        top, bottom = bottom % top, top
    return found


def steps(values: Values) -> Values:
    return lambda terms: [b - a for a, b in pairwise(values(terms + 1))]


def sums(values: Values) -> Values:
    return lambda terms: list(accumulate(values(terms)))


def numbers(keep: Callable[[int], bool]) -> Values:
    """The positive integers with a property, in order."""
    return lambda terms: list(islice((n for n in count(1) if keep(n)), terms))


def of_index(f: Callable[[int], int], first: int = 0) -> Values:
    return lambda terms: [f(n) for n in range(first, first + terms)]


def merged() -> Iterator[int]:
    """Powers of 2 and of 3."""
    return iter(sorted({2**a for a in range(200)} | {3**b for b in range(130)}))


def base_ten(n: int) -> list[int]:
    return digits(n, 10)
