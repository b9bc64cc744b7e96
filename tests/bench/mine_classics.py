"""Classical sequences by name, straight from their definitions, for the miners to be measured on.

Each is computed as a textbook defines it, by counting, sieving, summing or recursion, never by the closed form
that a miner might find. Their author had read the miners, so this is a foreign set, not a blind one. `TEXTBOOK`
has the named ones by the family of the issue that should find them, "none" for those that have no rule of these
families; `DRAWN` has generators of whole families that draw their parameters.
"""

# ruff: noqa: E501
# One line a sequence reads best, however long.

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Context
from fractions import Fraction
from functools import cache
from itertools import count as count_from
from itertools import groupby, islice


@dataclass(frozen=True)
class Named:
    """A sequence by name: its first index, its family in the issue's count, and its terms without end."""

    name: str
    family: str
    first: int
    terms: Callable[[], Iterator[int]]


def of(f: Callable[[int], int], first: int) -> Callable[[], Iterator[int]]:
    """f(first), f(first + 1), ..."""
    return lambda: map(f, count_from(first))


# --- arithmetic, by trial division


@cache
def divisors(n: int) -> tuple[int, ...]:
    low = [d for d in range(1, math.isqrt(n) + 1) if n % d == 0]
    return tuple(sorted({*low, *(n // d for d in low)}))


@cache
def prime_powers(n: int) -> tuple[tuple[int, int], ...]:
    found, p = [], 2
    while n > 1:
        e = 0
        while n % p == 0:
            n, e = n // p, e + 1
        if e:
            found.append((p, e))
        p = p + 1 if p * p <= n else max(n, p + 1)
    return tuple(found)


def phi(n: int) -> int:
    return sum(math.gcd(k, n) == 1 for k in range(1, n + 1))


def mobius(n: int) -> int:
    return 0 if any(e > 1 for _, e in prime_powers(n)) else (-1) ** len(prime_powers(n))


def liouville(n: int) -> int:
    return (-1) ** sum(e for _, e in prime_powers(n))


def squares_sum(k: int, n: int) -> int:
    """Ways to write n as an ordered sum of k squares of integers."""
    if k == 0:
        return int(n == 0)
    root = math.isqrt(n)
    return sum(squares_sum(k - 1, n - x * x) for x in range(-root, root + 1))


def square_roots_of_one(n: int) -> int:
    return sum(x * x % n == 1 % n for x in range(n))


def squares_modulo(n: int) -> int:
    return len({x * x % n for x in range(n)})


def period_of_fibonacci(n: int) -> int:
    a, b, steps = 0, 1 % n, 0
    while steps == 0 or (a, b) != (0, 1 % n):
        a, b, steps = b, (a + b) % n, steps + 1
    return steps


def primes() -> Iterator[int]:
    return (n for n in count_from(2) if prime_powers(n) == ((n, 1),))


# --- recursions and counts


def recurrence(coefficients: tuple[int, ...], start: tuple[int, ...], extra: int = 0) -> Iterator[int]:
    """Each term from those before it: coefficients[0] times the last one, and so on, plus extra."""
    window = list(start)
    while True:
        yield window[0]
        newest = sum(c * a for c, a in zip(coefficients, reversed(window), strict=True)) + extra
        window = [*window[1:], newest]


def convolved(first: int, also_before: bool) -> Iterator[int]:
    """Catalan (first 1) by splitting; Motzkin and Schroeder with the term before added once or twice."""
    known = [1]
    while True:
        yield known[-1]
        n = len(known)
        if also_before:
            inner = sum(known[i] * known[n - 2 - i] for i in range(n - 1))
            known.append(known[-1] + inner)
        else:
            inner = sum(known[i] * known[n - 1 - i] for i in range(n))
            known.append((first - 1) * known[-1] + inner)


def rows(step: Callable[[int, int, list[int]], int], pick: Callable[[list[int]], int]) -> Iterator[int]:
    """A triangle row by row: entry k of row n from the row before; one number of each row."""
    row = [1]
    for n in count_from(1):
        yield pick(row)
        row = [step(n, k, row) for k in range(n + 1)]


def at(row: list[int], k: int) -> int:
    return row[k] if 0 <= k < len(row) else 0


def stirling_second(n: int, k: int, row: list[int]) -> int:
    return k * at(row, k) + at(row, k - 1)


def stirling_first(n: int, k: int, row: list[int]) -> int:
    return (n - 1) * at(row, k) + at(row, k - 1)


def eulerian(n: int, k: int, row: list[int]) -> int:
    return (k + 1) * at(row, k) + (n - k) * at(row, k - 1)


def lah(n: int, k: int, row: list[int]) -> int:
    return (n - 1 + k) * at(row, k) + at(row, k - 1)


def narayana_row(n: int) -> list[int]:
    return [math.comb(n, k) * math.comb(n, k - 1) // n for k in range(1, n + 1)]


def paths(steps: tuple[tuple[int, int], ...], n: int) -> int:
    """Walks from (0, 0) to (n, n) by these steps."""

    @cache
    def ways(x: int, y: int) -> int:
        if x < 0 or y < 0:
            return 0
        return 1 if (x, y) == (0, 0) else sum(ways(x - dx, y - dy) for dx, dy in steps)

    for i in range(n):
        ways(i, i)
    return ways(n, n)


def power_coefficient(base: tuple[int, ...], n: int, k: int) -> int:
    """The coefficient of x^k in base(x)^n."""
    poly = [1]
    for _ in range(n):
        grown = [0] * (len(poly) + len(base) - 1)
        for i, a in enumerate(poly):
            for j, b in enumerate(base):
                grown[i + j] += a * b
        poly = grown
    return at(poly, k)


def euler_zigzag() -> Iterator[int]:
    row = [1]
    while True:
        yield row[-1]
        grown = [0]
        for term in reversed(row):
            grown.append(grown[-1] + term)
        row = grown


def set_partitions() -> Iterator[int]:
    bell = [1]
    while True:
        yield bell[-1]
        n = len(bell)
        bell.append(sum(math.comb(n - 1, k) * bell[k] for k in range(n)))


def derangements() -> Iterator[int]:
    """By inclusion and exclusion."""
    return (
        sum((-1) ** k * math.factorial(n) // math.factorial(k) for k in range(n + 1)) for n in count_from(0)
    )


def involutions() -> Iterator[int]:
    return (
        sum(
            math.factorial(n) // (math.factorial(k) * math.factorial(n - 2 * k) * 2**k)
            for k in range(n // 2 + 1)
        )
        for n in count_from(0)
    )


def menage(n: int) -> int:
    total = sum(
        (-1) ** k * Fraction(2 * n, 2 * n - k) * math.comb(2 * n - k, k) * math.factorial(n - k)
        for k in range(n + 1)
    )
    return int(total)


def apery(n: int) -> int:
    return sum((math.comb(n, k) * math.comb(n + k, k)) ** 2 for k in range(n + 1))


def franel(n: int) -> int:
    return sum(math.comb(n, k) ** 3 for k in range(n + 1))


def domb(n: int) -> int:
    choose = math.comb
    return sum(choose(n, k) ** 2 * choose(2 * k, k) * choose(2 * n - 2 * k, n - k) for k in range(n + 1))


def partitions_into(parts: tuple[int, ...], n: int) -> int:
    ways = [1] + [0] * n
    for part in parts:
        for total in range(part, n + 1):
            ways[total] += ways[total - part]
    return ways[n]


def generated_partitions(allowed: Callable[[int], bool], once: bool) -> Iterator[int]:
    top = 400
    ways = [1] + [0] * top
    for part in filter(allowed, range(1, top + 1)):
        span = range(top, part - 1, -1) if once else range(part, top + 1)
        for total in span:
            ways[total] += ways[total - part]
    return iter(ways)


# --- digits


def figures(n: int, base: int) -> list[int]:
    found = []
    while n:
        found.append(n % base)
        n //= base
    return found


def number(low_first: list[int], base: int) -> int:
    return sum(d * base**i for i, d in enumerate(low_first))


def josephus(n: int, step: int) -> int:
    circle, place = list(range(1, n + 1)), 0
    while len(circle) > 1:
        place = (place + step - 1) % len(circle)
        circle.pop(place)
    return circle[0]


def stern() -> Iterator[int]:
    known = [0, 1]
    for n in count_from(2):
        yield known[n - 2]
        known.append(known[n // 2] if n % 2 == 0 else known[n // 2] + known[n // 2 + 1])


def valuation(n: int, p: int) -> int:
    e = 0
    while n % p == 0:
        n, e = n // p, e + 1
    return e


def paper_folding(n: int) -> int:
    return int((n >> valuation(n, 2)) % 4 == 1)


def rudin_shapiro(n: int) -> int:
    return (-1) ** bin(n).count("11")


def moser(n: int) -> int:
    return number(figures(n, 2), 4)


# --- self-describing and other


def kolakoski() -> Iterator[int]:
    word, place = [1, 2, 2], 2
    yield from word
    while True:
        added = [3 - word[-1]] * word[place]
        yield from added
        word += added
        place += 1


def golomb() -> Iterator[int]:
    known = [0, 1]
    for n in count_from(2):
        yield known[n - 1]
        known.append(1 + known[n - known[known[n - 1]]])


def hofstadter(kind: str) -> Iterator[int]:
    known = [0, 1, 1] if kind in "QC" else [0]
    yield from known[kind in "QC" :]
    for n in count_from(len(known)):
        last = known[n - 1]
        if kind == "Q":
            known.append(known[n - last] + known[n - known[n - 2]])
        elif kind == "C":
            known.append(known[last] + known[n - last])
        else:
            known.append(n - known[last] if kind == "G" else n - known[known[last]])
        yield known[n]


def look_and_say_lengths() -> Iterator[int]:
    word = "1"
    for _ in range(45):
        yield len(word)
        word = "".join(f"{len(list(run))}{letter}" for letter, run in groupby(word))


def collatz(n: int) -> int:
    steps = 0
    while n != 1:
        n, steps = (n // 2 if n % 2 == 0 else 3 * n + 1), steps + 1
    return steps


def recaman() -> Iterator[int]:
    seen, term = {0}, 0
    yield 0
    for n in count_from(1):
        term = term - n if term > n and term - n not in seen else term + n
        seen.add(term)
        yield term


def somos(k: int) -> Iterator[int]:
    known = [1] * k
    while True:
        yield known[-k]
        products = sum(known[-i] * known[-(k - i)] for i in range(1, k // 2 + 1))
        known.append(products // known[-k])


def mapped(step: Callable[[int], int], start: int) -> Iterator[int]:
    while True:
        yield start
        start = step(start)


def kth_root(n: int, k: int) -> int:
    root = round(n ** (1 / k))
    return next(r for r in (root + 1, root, root - 1) if r**k <= n)


def missing(excluded: Callable[[int], bool]) -> Callable[[], Iterator[int]]:
    return lambda: (n for n in count_from(1) if not excluded(n))


def regions_of_circle(n: int) -> int:
    return 1 + math.comb(n, 2) + math.comb(n, 4)


def alternating_sign_matrices(n: int) -> int:
    top = math.prod(math.factorial(3 * k + 1) for k in range(n))
    return top // math.prod(math.factorial(n + k) for k in range(n))


def two_kings(n: int) -> int:
    """Pairs of cells of an n by n board, less the pairs that touch."""
    cells = [(x, y) for x in range(n) for y in range(n)]
    ahead = ((0, 1), (1, -1), (1, 0), (1, 1))
    touching = sum(0 <= x + dx < n and 0 <= y + dy < n for x, y in cells for dx, dy in ahead)
    return math.comb(n * n, 2) - touching


def gaussian(n: int, k: int, q: int) -> int:
    top = math.prod(q ** (n - i) - 1 for i in range(k))
    return top // math.prod(q ** (i + 1) - 1 for i in range(k))


def domino(n: int) -> int:
    """Tilings of a 4 by n board, cell by cell."""

    @cache
    def ways(column: int, mask: int) -> int:
        if mask == 15:
            return ways(column + 1, 0) if column + 1 < n else 1
        place = next(i for i in range(4) if not mask >> i & 1)
        total = 0
        if place < 3 and not mask >> place + 1 & 1:
            total += ways(column, mask | 3 << place)
        return total + across(column, mask, place)

    @cache
    def across(column: int, mask: int, place: int) -> int:
        # dominoes laid along the board are carried as a set of cells of the next column
        return carried(column, mask | 1 << place, 1 << place)

    @cache
    def carried(column: int, mask: int, ahead: int) -> int:
        if mask == 15:
            return ways(column + 1, ahead) if column + 1 < n else 0
        place = next(i for i in range(4) if not mask >> i & 1)
        total = carried(column, mask | 1 << place, ahead | 1 << place)
        if place < 3 and not mask >> place + 1 & 1:
            total += carried(column, mask | 3 << place, ahead)
        return total

    return 1 if n == 0 else ways(0, 0)


ISSUE = {
    "1": "C-finite",
    "2": "polynomial, quasi-, periodic",
    "3": "hypergeometric, P-recursive",
    "4": "algebraic",
    "5": "multiplicative, divisors",
    "6": "digits",
    "7": "Beatty",
    "8": "products, towers",
    "none": "no rule of these families",
}

FIBONACCI = list(islice(recurrence((1, 1), (0, 1)), 400))
GOLDEN = (1 + math.sqrt(5)) / 2


def _floor_root(a: int, b: int, d: int, c: int) -> Callable[[int], int]:
    """floor(n (a + b sqrt d) / c), b positive."""
    return lambda n: (a * n + math.isqrt(b * b * d * n * n)) // c


_ENTRIES: list[tuple[str, str, int, Callable[[], Iterator[int]]]] = [
    ("Fibonacci", "1", 0, lambda: recurrence((1, 1), (0, 1))),
    ("Lucas", "1", 0, lambda: recurrence((1, 1), (2, 1))),
    ("Pell", "1", 0, lambda: recurrence((2, 1), (0, 1))),
    ("Jacobsthal", "1", 0, lambda: recurrence((1, 2), (0, 1))),
    ("tribonacci", "1", 0, lambda: recurrence((1, 1, 1), (0, 0, 1))),
    ("tetranacci", "1", 0, lambda: recurrence((1, 1, 1, 1), (0, 0, 0, 1))),
    ("Padovan", "1", 0, lambda: recurrence((0, 1, 1), (1, 1, 1))),
    ("Perrin", "1", 0, lambda: recurrence((0, 1, 1), (3, 0, 2))),
    ("Narayana's cows", "1", 0, lambda: recurrence((1, 0, 1), (1, 1, 1))),
    ("Fibonacci squared", "1", 0, of(lambda n: FIBONACCI[n] ** 2, 0)),
    ("golden rectangles", "1", 0, of(lambda n: FIBONACCI[n] * FIBONACCI[n + 1], 0)),
    ("Fibonacci cubed", "1", 0, of(lambda n: FIBONACCI[n] ** 3, 0)),
    ("n Fibonacci(n)", "1", 0, of(lambda n: n * FIBONACCI[n], 0)),
    ("Fibonacci sums", "1", 0, of(lambda n: sum(FIBONACCI[: n + 1]), 0)),
    ("Fibonacci(2n)", "1", 0, of(lambda n: FIBONACCI[2 * n], 0)),
    ("fibonomials, column 2", "1", 2, of(lambda n: FIBONACCI[n] * FIBONACCI[n - 1], 2)),
    ("Leonardo", "1", 0, lambda: recurrence((1, 1), (1, 1), 1)),
    ("2^n - n", "1", 0, of(lambda n: 2**n - n, 0)),
    ("n 2^n", "1", 0, of(lambda n: n * 2**n, 0)),
    ("n^2 3^n", "1", 0, of(lambda n: n * n * 3**n, 0)),
    ("Stirling second, column 3", "1", 0, lambda: rows(stirling_second, lambda row: at(row, 3))),
    ("Stirling second, column 5", "1", 0, lambda: rows(stirling_second, lambda row: at(row, 5))),
    ("Eulerian, column 1", "1", 0, lambda: rows(eulerian, lambda row: at(row, 1))),
    ("Eulerian, column 2", "1", 0, lambda: rows(eulerian, lambda row: at(row, 2))),
    ("repunits", "1", 0, of(lambda n: (10**n - 1) // 9, 0)),
    ("tower of Hanoi", "1", 0, of(lambda n: 2**n - 1, 0)),
    ("dominoes on 4 by n", "1", 0, of(domino, 0)),
    ("compositions into 1, 2, 5", "1", 0, lambda: recurrence((1, 1, 0, 0, 1), (1, 1, 2, 3, 5))),
    ("nearest to phi^n", "1", 2, of(lambda n: FIBONACCI[n - 1] + FIBONACCI[n + 1], 2)),
    ("floor(phi^n)", "1", 0, of(lambda n: FIBONACCI[n - 1] + FIBONACCI[n + 1] - (n % 2 == 0) if n else 1, 0)),
    ("floor(2^n / 3)", "1", 0, of(lambda n: 2**n // 3, 0)),
    ("floor(3^n / 7)", "1", 0, of(lambda n: 3**n // 7, 0)),
    ("bracelets of two ends", "1", 0, of(lambda n: (2**n + 2 ** ((n + 1) // 2)) // 2, 0)),
    ("Pisot 3, 7", "1", 0, lambda: recurrence((2, 1), (3, 7))),
    ("cubes", "2", 0, of(lambda n: n**3, 0)),
    ("tetrahedral", "2", 0, of(lambda n: sum(k * (k + 1) // 2 for k in range(n + 1)), 0)),
    ("pentagonal", "2", 0, of(lambda n: sum(3 * k + 1 for k in range(n)), 0)),
    ("cake", "2", 0, of(lambda n: sum(math.comb(n, k) for k in range(4)), 0)),
    ("circle regions", "2", 1, of(regions_of_circle, 1)),
    ("squares on a board", "2", 1, of(lambda n: sum(k * k for k in range(1, n + 1)), 1)),
    ("rectangles on a board", "2", 1, of(lambda n: math.comb(n + 1, 2) ** 2, 1)),
    ("Stirling first, diagonal 2", "2", 2, of(lambda n: sum(i * j for i in range(n) for j in range(i)), 2)),
    ("quarter squares", "2", 0, of(lambda n: n * n // 4, 0)),
    (
        "triangles of sides up to n",
        "2",
        1,
        of(
            lambda n: sum(
                a + b > c for c in range(1, n + 1) for b in range(1, c + 1) for a in range(1, b + 1)
            ),
            1,
        ),
    ),
    (
        "triangles of perimeter n",
        "2",
        0,
        of(lambda n: sum(a + b > n - a - b >= b for b in range(1, n) for a in range(1, b + 1)), 0),
    ),
    ("triangles in a triangle", "2", 1, of(lambda n: n * (n + 2) * (2 * n + 1) // 8, 1)),
    ("partitions into 1, 2, 3", "2", 0, of(lambda n: partitions_into((1, 2, 3), n), 0)),
    ("change in 1, 2, 5", "2", 0, of(lambda n: partitions_into((1, 2, 5), n), 0)),
    ("partitions into 2, 3", "2", 0, of(lambda n: partitions_into((2, 3), n), 0)),
    ("partitions into 1, 2, 3, 4", "2", 0, of(lambda n: partitions_into((1, 2, 3, 4), n), 0)),
    ("n^2 mod 12", "2", 0, of(lambda n: n * n % 12, 0)),
    ("2^n mod 23", "2", 0, of(lambda n: 2**n % 23, 0)),
    ("Fibonacci mod 5", "2", 0, of(lambda n: FIBONACCI[n] % 5, 0)),
    ("Legendre symbol mod 11", "2", 0, of(lambda n: [0, 1, -1, 1, 1, 1, -1, -1, -1, 1, -1][n % 11], 0)),
    ("gcd(n, 12)", "2", 0, of(lambda n: math.gcd(n, 12), 0)),
    ("lcm(n, 6)", "2", 1, of(lambda n: math.lcm(n, 6), 1)),
    ("not divisible by 3", "2", 1, missing(lambda n: n % 3 == 0)),
    ("coprime to 10", "2", 1, missing(lambda n: math.gcd(n, 10) > 1)),
    ("(-1)^n n^2", "2", 0, of(lambda n: (-1) ** n * n * n, 0)),
    ("queens: bishops on a board", "2", 1, of(lambda n: 2 * n - 2 + (n == 1), 1)),
    ("bishops that do not attack, 2", "2", 1, of(lambda n: n * (n - 1) * (3 * n * n - n + 2) // 6, 1)),
    ("kings that do not attack, 2", "2", 1, of(two_kings, 1)),
    ("central binomials", "3", 0, of(lambda n: math.comb(2 * n, n), 0)),
    ("factorials", "3", 0, of(math.factorial, 0)),
    ("double factorials", "3", 0, of(lambda n: math.prod(range(2 * n - 1, 0, -2)), 0)),
    ("derangements", "3", 0, derangements),
    ("involutions", "3", 0, involutions),
    ("menage", "3", 2, of(menage, 2)),
    ("Apery", "3", 0, of(apery, 0)),
    ("Franel", "3", 0, of(franel, 0)),
    ("Domb", "3", 0, of(domb, 0)),
    ("sums of factorials", "3", 0, of(lambda n: sum(math.factorial(k) for k in range(n)), 0)),
    ("n n!", "3", 0, of(lambda n: n * math.factorial(n), 0)),
    ("arrangements", "3", 0, of(lambda n: sum(math.perm(n, k) for k in range(n + 1)), 0)),
    ("(3n)! / n!^3", "3", 0, of(lambda n: math.factorial(3 * n) // math.factorial(n) ** 3, 0)),
    ("binomials (4n, n)", "3", 0, of(lambda n: math.comb(4 * n, n), 0)),
    ("binomials (3n, n) sums", "3", 0, of(lambda n: sum(math.comb(3 * k, k) for k in range(n + 1)), 0)),
    (
        "Laguerre at 1",
        "3",
        0,
        of(
            lambda n: sum(
                (-1) ** k * math.comb(n, k) * math.factorial(n) // math.factorial(k) for k in range(n + 1)
            ),
            0,
        ),
    ),
    (
        "rooks on a board",
        "3",
        0,
        of(lambda n: sum(math.comb(n, k) ** 2 * math.factorial(k) for k in range(n + 1)), 0),
    ),
    ("Stirling first, column 2", "3", 0, lambda: rows(stirling_first, lambda row: at(row, 2))),
    ("Lah row sums", "3", 0, lambda: rows(lah, sum)),
    (
        "Young tableaux of 3 rows",
        "3",
        0,
        of(
            lambda n: (
                2
                * math.factorial(3 * n)
                // (math.factorial(n) * math.factorial(n + 1) * math.factorial(n + 2))
            ),
            0,
        ),
    ),
    ("involutive: permutations of 2 by 2 parts", "3", 0, of(lambda n: math.factorial(2 * n) // 2**n, 0)),
    ("Catalan", "4", 0, lambda: convolved(1, False)),
    ("Motzkin", "4", 0, lambda: convolved(1, True)),
    ("large Schroeder-like", "4", 0, lambda: convolved(2, False)),
    ("Delannoy", "4", 0, of(lambda n: paths(((1, 0), (0, 1), (1, 1)), n), 0)),
    ("central trinomials", "4", 0, of(lambda n: power_coefficient((1, 1, 1), n, n), 0)),
    (
        "trinomial differences",
        "4",
        1,
        of(lambda n: power_coefficient((1, 1, 1), n, n) - power_coefficient((1, 1, 1), n, n - 1), 1),
    ),
    ("ternary trees", "4", 0, of(lambda n: math.comb(3 * n, n) // (2 * n + 1), 0)),
    ("Catalan sums", "4", 0, of(lambda n: sum(math.comb(2 * k, k) // (k + 1) for k in range(n + 1)), 0)),
    ("Narayana row weights", "4", 1, of(lambda n: sum(2**k * c for k, c in enumerate(narayana_row(n))), 1)),
    ("left factors", "4", 0, of(lambda n: math.comb(n, n // 2), 0)),
    ("knight-like paths", "4", 0, of(lambda n: paths(((1, 0), (0, 1), (2, 2)), n), 0)),
    ("(1, 3, 1) central", "4", 0, of(lambda n: power_coefficient((1, 3, 1), n, n), 0)),
    ("phi", "5", 1, of(phi, 1)),
    ("sigma", "5", 1, of(lambda n: sum(divisors(n)), 1)),
    ("tau", "5", 1, of(lambda n: len(divisors(n)), 1)),
    ("sigma_2", "5", 1, of(lambda n: sum(d * d for d in divisors(n)), 1)),
    ("sigma_3", "5", 1, of(lambda n: sum(d**3 for d in divisors(n)), 1)),
    ("Mobius", "5", 1, of(mobius, 1)),
    ("Liouville", "5", 1, of(liouville, 1)),
    ("radical", "5", 1, of(lambda n: math.prod(p for p, _ in prime_powers(n)), 1)),
    ("squarefree part", "5", 1, of(lambda n: math.prod(p for p, e in prime_powers(n) if e % 2), 1)),
    ("Dedekind psi", "5", 1, of(lambda n: math.prod(p**e + p ** (e - 1) for p, e in prime_powers(n)), 1)),
    ("unitary divisors", "5", 1, of(lambda n: 2 ** len(prime_powers(n)), 1)),
    ("Pillai gcd sums", "5", 1, of(lambda n: sum(math.gcd(k, n) for k in range(1, n + 1)), 1)),
    ("Jordan J_2", "5", 1, of(lambda n: sum(mobius(n // d) * d * d for d in divisors(n)), 1)),
    ("odd divisors", "5", 1, of(lambda n: sum(d % 2 for d in divisors(n)), 1)),
    ("sum of odd divisors", "5", 1, of(lambda n: sum(d for d in divisors(n) if d % 2), 1)),
    ("sums of two squares", "5", 1, of(lambda n: squares_sum(2, n), 1)),
    ("sums of four squares", "5", 1, of(lambda n: squares_sum(4, n), 1)),
    ("tau of squares", "5", 1, of(lambda n: len(divisors(n * n)), 1)),
    (
        "ordered factorisations into three",
        "5",
        1,
        of(lambda n: sum(len(divisors(d)) for d in divisors(n)), 1),
    ),
    ("squarefree indicator", "5", 1, of(lambda n: mobius(n) ** 2, 1)),
    ("roots of one", "5", 1, of(square_roots_of_one, 1)),
    ("squares modulo n", "5", 1, of(squares_modulo, 1)),
    ("sum of tau", "5", 1, of(lambda n: sum(n // k for k in range(1, n + 1)), 1)),
    ("sum of sigma", "5", 1, of(lambda n: sum(k * (n // k) for k in range(1, n + 1)), 1)),
    ("sum of phi", "5", 1, of(lambda n: sum(phi(k) for k in range(1, n + 1)), 1)),
    ("Mertens", "5", 1, of(lambda n: sum(mobius(k) for k in range(1, n + 1)), 1)),
    (
        "necklaces of two colours",
        "5",
        1,
        of(lambda n: sum(phi(d) * 2 ** (n // d) for d in divisors(n)) // n, 1),
    ),
    ("sum of 2^d", "5", 1, of(lambda n: sum(2**d for d in divisors(n)), 1)),
    ("n phi(n)", "5", 1, of(lambda n: n * phi(n), 1)),
    ("ones in binary", "6", 0, of(lambda n: n.bit_count(), 0)),
    ("Thue-Morse", "6", 0, of(lambda n: n.bit_count() % 2, 0)),
    ("ternary digit sums", "6", 0, of(lambda n: sum(figures(n, 3)), 0)),
    ("Stern", "6", 0, stern),
    ("Josephus, every 2nd", "6", 1, of(lambda n: josephus(n, 2), 1)),
    ("Gray code", "6", 0, of(lambda n: n ^ n >> 1, 0)),
    ("ruler", "6", 1, of(lambda n: valuation(n, 2), 1)),
    ("valuation by 3", "6", 1, of(lambda n: valuation(n, 3), 1)),
    ("exponent of 2 in n!", "6", 0, of(lambda n: sum(valuation(k, 2) for k in range(1, n + 1)), 0)),
    ("paper folding", "6", 1, of(paper_folding, 1)),
    ("Rudin-Shapiro", "6", 0, of(rudin_shapiro, 0)),
    ("Moser-de Bruijn", "6", 0, of(moser, 0)),
    ("Cantor numbers", "6", 0, of(lambda n: number([2 * d for d in figures(n, 2)], 3), 0)),
    ("highest power of 2", "6", 1, of(lambda n: 1 << n.bit_length() - 1, 1)),
    ("largest odd divisor", "6", 1, of(lambda n: n >> valuation(n, 2), 1)),
    ("bits reversed", "6", 0, of(lambda n: int(bin(n)[:1:-1], 2) if n else 0, 0)),
    ("Gould", "6", 0, of(lambda n: 2 ** n.bit_count(), 0)),
    ("sums of ones in binary", "6", 0, of(lambda n: sum(k.bit_count() for k in range(n + 1)), 0)),
    ("bit length", "6", 0, of(lambda n: n.bit_length(), 0)),
    ("evil numbers", "6", 0, of(lambda n: 2 * n + n.bit_count() % 2, 0)),
    ("n xor 2n", "6", 0, of(lambda n: n ^ 2 * n, 0)),
    ("binary merges", "6", 1, of(lambda n: sum(k.bit_length() for k in range(1, n)), 1)),
    ("comparisons of mergesort", "6", 1, of(lambda n: sum((k - 1).bit_length() for k in range(1, n + 1)), 1)),
    ("decimal digit sum", "6", 0, of(lambda n: sum(figures(n, 10)), 0)),
    ("Toothpick-like sums of 3^ones", "6", 0, of(lambda n: sum(3 ** k.bit_count() for k in range(n)), 0)),
    ("lower Wythoff", "7", 1, of(_floor_root(1, 1, 5, 2), 1)),
    ("upper Wythoff", "7", 1, of(_floor_root(3, 1, 5, 2), 1)),
    ("floor(n sqrt 2)", "7", 0, of(_floor_root(0, 1, 2, 1), 0)),
    ("floor(n sqrt 3)", "7", 1, of(_floor_root(0, 1, 3, 1), 1)),
    ("floor(n sqrt 7)", "7", 1, of(_floor_root(0, 1, 7, 1), 1)),
    ("floor(n (2 + sqrt 2))", "7", 1, of(_floor_root(2, 1, 2, 1), 1)),
    ("floor(n sqrt 2 / 2)", "7", 0, of(_floor_root(0, 1, 2, 2), 0)),
    ("Hofstadter G", "7", 0, lambda: hofstadter("G")),
    (
        "Fibonacci word",
        "7",
        1,
        of(lambda n: _floor_root(1, 1, 5, 2)(n + 1) - _floor_root(1, 1, 5, 2)(n) - 1, 1),
    ),
    ("round(n sqrt 2)", "7", 0, of(lambda n: (math.isqrt(8 * n * n) + 1) // 2, 0)),
    (
        "sums of floor(k phi)",
        "7",
        1,
        of(lambda n: sum(_floor_root(1, 1, 5, 2)(k) for k in range(1, n + 1)), 1),
    ),
    ("floor(5 n / 3)", "7", 0, of(lambda n: 5 * n // 3, 0)),
    ("floor((7 n + 2) / 5)", "7", 0, of(lambda n: (7 * n + 2) // 5, 0)),
    ("superfactorials", "8", 0, of(lambda n: math.prod(math.factorial(k) for k in range(n + 1)), 0)),
    ("2^(n choose 2)", "8", 0, of(lambda n: 2 ** math.comb(n, 2), 0)),
    ("Fermat", "8", 0, of(lambda n: 2**2**n + 1, 0)),
    ("fibonorials", "8", 0, of(lambda n: math.prod(FIBONACCI[1 : n + 1]), 0)),
    ("n^n", "8", 1, of(lambda n: n**n, 1)),
    ("trees", "8", 1, of(lambda n: n ** (n - 2) if n > 1 else 1, 1)),
    ("parking functions", "8", 0, of(lambda n: (n + 1) ** (n - 1) if n else 1, 0)),
    ("2^Fibonacci", "8", 0, of(lambda n: 2 ** FIBONACCI[n], 0)),
    ("Sylvester", "8", 0, lambda: mapped(lambda a: a * a - a + 1, 2)),
    ("a^2 - 2", "8", 0, lambda: mapped(lambda a: a * a - 2, 4)),
    ("alternating sign matrices", "8", 0, of(alternating_sign_matrices, 0)),
    ("Gaussian binomials (2n, n)", "8", 0, of(lambda n: gaussian(2 * n, n, 2), 0)),
    ("products of 2^k - 1", "8", 0, of(lambda n: math.prod(2**k - 1 for k in range(1, n + 1)), 0)),
    ("hyperfactorials", "8", 0, of(lambda n: math.prod(k**k for k in range(1, n + 1)), 0)),
    (
        "products of central binomials",
        "8",
        0,
        of(lambda n: math.prod(math.comb(2 * k, k) for k in range(n + 1)), 0),
    ),
    ("labelled graphs with loops", "8", 0, of(lambda n: 2 ** math.comb(n + 1, 2), 0)),
    ("Somos-4", "none", 0, lambda: somos(4)),
    ("Somos-5", "none", 0, lambda: somos(5)),
    ("primes", "none", 1, primes),
    (
        "prime gaps",
        "none",
        1,
        lambda: (b - a for a, b in zip(primes(), islice(primes(), 1, None), strict=False)),
    ),
    ("pi(n)", "none", 1, of(lambda n: sum(prime_powers(k) == ((k, 1),) for k in range(2, n + 1)), 1)),
    ("prime indicator", "none", 1, of(lambda n: int(prime_powers(n) == ((n, 1),)), 1)),
    ("distinct primes of n", "none", 1, of(lambda n: len(prime_powers(n)), 1)),
    ("primes of n with multiplicity", "none", 1, of(lambda n: sum(e for _, e in prime_powers(n)), 1)),
    ("least prime factor", "none", 2, of(lambda n: prime_powers(n)[0][0], 2)),
    ("greatest prime factor", "none", 2, of(lambda n: prime_powers(n)[-1][0], 2)),
    ("sum of primes of n", "none", 2, of(lambda n: sum(p for p, _ in prime_powers(n)), 2)),
    ("partitions", "none", 0, lambda: generated_partitions(lambda k: True, False)),
    ("partitions into distinct parts", "none", 0, lambda: generated_partitions(lambda k: True, True)),
    (
        "partitions into squares",
        "none",
        0,
        lambda: generated_partitions(lambda k: math.isqrt(k) ** 2 == k, False),
    ),
    (
        "partitions into powers of 2",
        "none",
        0,
        lambda: generated_partitions(lambda k: k & (k - 1) == 0, False),
    ),
    ("Bell", "none", 0, set_partitions),
    ("Euler zigzag", "none", 0, euler_zigzag),
    ("Kolakoski", "none", 1, kolakoski),
    ("Golomb", "none", 1, golomb),
    ("Hofstadter Q", "none", 1, lambda: hofstadter("Q")),
    ("Hofstadter-Conway", "none", 1, lambda: hofstadter("C")),
    ("Hofstadter H", "none", 0, lambda: hofstadter("H")),
    ("look and say, lengths", "none", 1, look_and_say_lengths),
    ("Collatz steps", "none", 1, of(collatz, 1)),
    ("Recaman", "none", 0, recaman),
    ("Josephus, every 3rd", "none", 1, of(lambda n: josephus(n, 3), 1)),
    ("Pisano periods", "none", 1, of(period_of_fibonacci, 1)),
    ("lcm of 1 to n", "none", 1, of(lambda n: math.lcm(*range(1, n + 1)), 1)),
    ("floor(sqrt n)", "none", 0, of(math.isqrt, 0)),
    ("floor(n^(3/2))", "none", 0, of(lambda n: math.isqrt(n**3), 0)),
    ("floor(cube root)", "none", 0, of(lambda n: kth_root(n, 3), 0)),
    ("not squares", "none", 1, missing(lambda n: math.isqrt(n) ** 2 == n)),
    ("not triangular", "none", 1, missing(lambda n: math.isqrt(8 * n + 1) ** 2 == 8 * n + 1)),
    ("floor(n pi)", "none", 0, of(lambda n: int(n * math.pi), 0)),
    ("floor(n e)", "none", 0, of(lambda n: int(n * math.e), 0)),
    ("floor(n log 2)", "none", 0, of(lambda n: int(n * math.log(2)), 0)),
    ("floor(1.5^n)", "none", 0, of(lambda n: 3**n // 2**n, 0)),
    ("floor(e^n)", "none", 0, of(lambda n: int(Context(prec=200).exp(n)), 0)),
    ("digits of 1/97", "2", 1, of(lambda n: 10**n // 97 % 10, 1)),
    ("digits of pi", "none", 0, lambda: iter(map(int, PI_DIGITS))),
    ("leading digits of 2^n", "none", 0, of(lambda n: int(str(2**n)[0]), 0)),
    ("lengths of 3^n", "none", 0, of(lambda n: len(str(3**n)), 0)),
    ("reversal in decimal", "none", 0, of(lambda n: int(str(n)[::-1]), 0)),
    ("number of letters-like: decimal length of n!", "none", 0, of(lambda n: len(str(math.factorial(n))), 0)),
    ("trailing zeros of n!", "6", 0, of(lambda n: sum(valuation(k, 5) for k in range(1, n + 1)), 0)),
    ("Zeckendorf parts", "none", 0, of(lambda n: zeckendorf(n), 0)),
    ("primorials", "none", 0, of(lambda n: math.prod(islice(primes(), n)), 0)),
    ("Mersenne exponents mod 7 of primes", "none", 1, lambda: (2**p % 7 for p in primes())),
    ("squarefree numbers", "none", 1, missing(lambda n: mobius(n) == 0)),
    (
        "cubes and squares merged",
        "none",
        1,
        lambda: (n for n in count_from(1) if math.isqrt(n) ** 2 == n or kth_root(n, 3) ** 3 == n),
    ),
    ("groups of order n (to 60)", "none", 1, lambda: iter(GROUPS)),
    ("sum of gcd squares mod n", "none", 1, of(lambda n: sum(k * k for k in range(n)) % n, 1)),
    ("floor(n log n)", "none", 1, of(lambda n: int(n * math.log(n)), 1)),
    ("n-th digit sum of 2^n", "none", 0, of(lambda n: sum(figures(2**n, 10)), 0)),
]

GROUPS = [
    1, 1, 1, 2, 1, 2, 1, 5, 2, 2, 1, 5, 1, 2, 1, 14, 1, 5, 1, 5, 2, 2, 1, 15, 2, 2, 5, 4, 1, 4, 1, 51, 1, 2, 1, 14,
    1, 2, 2, 14, 1, 6, 1, 4, 2, 2, 1, 52, 2, 5, 1, 5, 1, 15, 2, 13, 2, 2, 1, 13, 1, 2, 4, 267, 1, 4, 1, 5, 1, 4, 1, 50,
]  # fmt: skip

PI_DIGITS = "314159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798214808651"


def zeckendorf(n: int) -> int:
    parts = 0
    while n:
        n -= max(f for f in FIBONACCI if f <= n)
        parts += 1
    return parts


TEXTBOOK = [Named(*entry) for entry in _ENTRIES]


# --- families with drawn parameters


def drawn_c_finite(rng: random.Random) -> Named:
    order = rng.randint(1, 7)
    coefficients = tuple(rng.randint(-3, 3) for _ in range(order - 1)) + (rng.choice([-2, -1, 1, 1, 2, 3]),)
    start = tuple(rng.randint(-9, 9) for _ in range(order))
    return Named(
        f"recurrence {coefficients} {start}", "1", rng.choice([0, 1]), lambda: recurrence(coefficients, start)
    )


def drawn_c_finite_mod(rng: random.Random) -> Named:
    m, order = rng.choice([10, 97, 1000, 10**9 + 7, 12, 64]), rng.randint(1, 4)
    coefficients = tuple(rng.randrange(1, m) for _ in range(order))
    start = tuple(rng.randrange(m) for _ in range(order))

    def terms() -> Iterator[int]:
        window = list(start)
        while True:
            yield window[0]
            window = [
                *window[1:],
                sum(c * a for c, a in zip(coefficients, reversed(window), strict=True)) % m,
            ]

    return Named(f"recurrence {coefficients} {start} modulo {m}", "1", rng.choice([0, 1]), terms)


def drawn_power_sum(rng: random.Random) -> Named:
    bases = rng.sample([2, 3, 5, 7, -1, -2, 10], rng.randint(1, 3))
    weights = [rng.choice([-2, -1, 1, 2, 5]) for _ in bases]
    lift = rng.randint(0, 1)

    def value(n: int) -> int:
        return sum(w * b**n * (n**lift) for w, b in zip(weights, bases, strict=True)) + n

    return Named(f"power sum {bases} {weights} {lift}", "1", 0, of(value, 0))


def drawn_polynomial(rng: random.Random) -> Named:
    values = [rng.randint(-20, 20) for _ in range(rng.randint(1, 6))] + [rng.choice([-3, -1, 1, 2, 7])]
    return Named(
        f"polynomial {values}",
        "2",
        rng.choice([0, 1]),
        of(lambda n: sum(c * math.comb(n + 5, i) for i, c in enumerate(values)), 0),
    )


def drawn_quasi(rng: random.Random) -> Named:
    kind = rng.randrange(4)
    if kind == 0:
        parts = tuple(sorted(rng.sample(range(1, 7), rng.randint(2, 4))))
        return Named(f"partitions into {parts}", "2", 0, of(lambda n: partitions_into(parts, n), 0))
    if kind == 1:
        a, b, q = rng.randint(1, 5), rng.randint(0, 6), rng.randint(2, 7)
        return Named(f"floor(({a} n^2 + {b} n) / {q})", "2", 0, of(lambda n: (a * n * n + b * n) // q, 0))
    if kind == 2:
        q, p = rng.randint(2, 4), [[rng.randint(-9, 9) for _ in range(rng.randint(1, 3))] for _ in range(4)]
        return Named(
            f"by turns {p[:q]}",
            "2",
            0,
            of(lambda n: sum(c * (n // q) ** i for i, c in enumerate(p[n % q])), 0),
        )
    a, q, r = rng.randint(1, 4), rng.choice([2, 3, 4]), rng.choice([2, 3, 4, 6])
    return Named(f"{a} n^2 + n mod {r} + n // {q}", "2", 0, of(lambda n: a * n * n + n % r + n // q, 0))


def drawn_periodic(rng: random.Random) -> Named:
    kind, m = rng.randrange(3), rng.randint(3, 13)
    if kind == 0:
        cycle = [rng.randint(-5, 9) for _ in range(rng.randint(2, 11))]
        return Named(f"cycle {cycle}", "2", 0, of(lambda n: cycle[n % len(cycle)], 0))
    if kind == 1:
        k = rng.randint(2, 4)
        return Named(f"n^{k} mod {m}", "2", 0, of(lambda n: n**k % m, 0))
    a = rng.randint(2, 9)
    return Named(f"{a}^n mod {m}", "2", 1, of(lambda n: pow(a, n, m), 1))


def drawn_holonomic(rng: random.Random) -> Named:
    a, b, c = rng.randint(1, 3), rng.randint(1, 3), rng.randint(0, 2)
    kind = rng.randrange(5)
    bodies: list[tuple[str, Callable[[int], int]]] = [
        (
            f"sum C(n,k)^{a} C(n+k,k)^{c}",
            lambda n: sum(math.comb(n, k) ** a * math.comb(n + k, k) ** c for k in range(n + 1)),
        ),
        (
            f"sum {b}^k n!/k!",
            lambda n: sum(b**k * math.factorial(n) // math.factorial(k) for k in range(n + 1)),
        ),
        (f"C({a + b} n + {c}, {a} n)", lambda n: math.comb((a + b) * n + c, a * n)),
        (f"({b} n + {c})! / n!", lambda n: math.factorial(b * n + c) // math.factorial(n)),
        (
            f"sum C(n, 2k) (2k)!/k! {b}^k",
            lambda n: sum(
                math.comb(n, 2 * k) * math.factorial(2 * k) // math.factorial(k) * b**k
                for k in range(n // 2 + 1)
            ),
        ),
    ]
    name, value = bodies[kind]
    return Named(name, "3", 0, of(value, 0))


def drawn_algebraic(rng: random.Random) -> Named:
    """y = 1 + a x y + b x^s y^k, coefficient by coefficient."""
    a, b, k, s = rng.randint(0, 3), rng.randint(1, 3), rng.choice([2, 2, 3]), rng.randint(1, 2)

    def terms() -> Iterator[int]:
        y: list[int] = [1]
        while True:
            yield y[-1]
            n = len(y)
            power = [1] + [0] * n
            for _ in range(k):
                power = [sum(power[i] * y[j - i] for i in range(j + 1) if j - i < n) for j in range(n + 1)]
            y.append(a * y[n - 1] + (b * power[n - s] if n >= s else 0))

    return Named(f"y = 1 + {a} x y + {b} x^{s} y^{k}", "4", 0, terms)


def drawn_arithmetic(rng: random.Random) -> Named:
    a, b, k = rng.randint(0, 3), rng.randint(0, 2), rng.randint(1, 3)
    kinds: list[tuple[str, Callable[[int], int]]] = [
        (f"sum d^{a} (n/d)^{b}", lambda n: sum(d**a * (n // d) ** b for d in divisors(n))),
        (f"n^{a} sigma_{b}(n)", lambda n: n**a * sum(d**b for d in divisors(n))),
        (f"sum over d of phi(d) d^{b}", lambda n: sum(phi(d) * d**b for d in divisors(n))),
        (f"product (p^e + {k})", lambda n: math.prod(p**e + k for p, e in prime_powers(n))),
        (f"product (e + {k})", lambda n: math.prod(e + k for _, e in prime_powers(n))),
        (
            f"sum of d^{a} over d = 1 mod {k + 1}",
            lambda n: sum(d**a for d in divisors(n) if d % (k + 1) == 1),
        ),
        (f"sum of {k} d + {b}", lambda n: sum(k * d + b for d in divisors(n))),
        (
            f"sum of mu(d) tau(n/d)^{k}",
            lambda n: sum(mobius(d) * len(divisors(n // d)) ** k for d in divisors(n)),
        ),
    ]
    name, value = rng.choice(kinds)
    return Named(name, "5", 1, of(value, 1))


def drawn_digits(rng: random.Random) -> Named:
    base, k = rng.choice([2, 2, 3, 4, 5]), rng.randint(1, 3)
    weights = [rng.randint(0, 3) for _ in range(base)]
    m = rng.randint(2, 5)
    kinds: list[tuple[str, Callable[[int], int]]] = [
        (f"weights {weights} of digits, base {base}", lambda n: sum(weights[d] for d in figures(n, base))),
        (f"digit sum base {base} mod {m}", lambda n: sum(figures(n, base)) % m),
        (f"product of (digit + {k}), base {base}", lambda n: math.prod(d + k for d in figures(n, base))),
        (f"digits base {base} read in base {base + k}", lambda n: number(figures(n, base), base + k)),
        (f"n + {k} times digit sum, base {base}", lambda n: n + k * sum(figures(n, base))),
        (f"n with digit sum, base {base}, {k}th power", lambda n: sum(figures(n, base)) ** k),
        (f"a(n) = {m} a(n/2) + n", lambda n: divide(n, m)),
    ]
    name, value = rng.choice(kinds)
    return Named(name, "6", 0, of(value, 0))


def divide(n: int, m: int) -> int:
    return 0 if n == 0 else m * divide(n // 2, m) + n


def drawn_beatty(rng: random.Random) -> Named:
    d = rng.choice([2, 3, 5, 6, 7, 8, 10, 11, 13, 15, 17, 19])
    a, b, c = rng.randint(0, 4), rng.choice([1, 1, 1, 2, 3]), rng.choice([1, 1, 2, 2, 3])
    r, kind = rng.randint(-2, 3), rng.randrange(5)
    line = _floor_root(a, b, d, c)
    if kind == 0:
        p, q = rng.randint(1, 20), rng.randint(2, 9)
        return Named(f"floor(({p} n + {r}) / {q})", "7", 0, of(lambda n: (p * n + r) // q, 0))
    if kind == 1:
        return Named(
            f"steps of floor(n ({a} + {b} sqrt {d}) / {c})", "7", 1, of(lambda n: line(n + 1) - line(n), 1)
        )
    if kind == 2:
        return Named(
            f"floor(n ({a} + {b} sqrt {d}) / {c} + 1/2)",
            "7",
            1,
            of(lambda n: (2 * a * n + math.isqrt(4 * b * b * d * n * n) + c) // (2 * c), 1),
        )
    return Named(f"floor(n ({a} + {b} sqrt {d}) / {c})", "7", rng.choice([0, 1]), of(line, 0))


def drawn_product(rng: random.Random) -> Named:
    a, b, q = rng.randint(1, 4), rng.randint(0, 4), rng.choice([2, 3, 5, 10])
    kinds: list[tuple[str, Callable[[int], int]]] = [
        (f"product of {a} k^2 + {b}", lambda n: math.prod(a * k * k + b + 1 for k in range(1, n + 1))),
        (f"product of {q}^k + {b}", lambda n: math.prod(q**k + b for k in range(1, n + 1))),
        (f"{q}^({a} n^2 + {b} n)", lambda n: q ** (a * n * n + b * n)),
        (f"{q}^F(n) + {b}", lambda n: q ** FIBONACCI[n] + b),
        (f"{q}^({a + 1}^n)", lambda n: q ** (a + 1) ** n),
        (f"(n + {b})^(n + {a})", lambda n: (n + b + 1) ** (n + a)),
        (f"{a} product of F(k) + {b}", lambda n: a * math.prod(FIBONACCI[k] + b for k in range(1, n + 1))),
        (f"{q}^n n!^{a}", lambda n: q**n * math.factorial(n) ** a),
        (f"{q}^T(n) n!", lambda n: q ** (n * (n + 1) // 2) * math.factorial(n)),
    ]
    name, value = rng.choice(kinds)
    return Named(name, "8", 0, of(value, 0))


def drawn_impostor(rng: random.Random) -> Named:
    """What looks like a simple rule for a while."""
    nearly = (
        Fraction(rng.randint(1, 7), rng.randint(2, 6))
        + rng.randint(0, 2)
        + Fraction(rng.choice([-1, 1]) * rng.randint(3, 60), 10_000)
    )
    c, k, late = rng.uniform(0.3, 4), rng.randint(2, 5), rng.randint(14, 80)
    deep = rng.choice([1 / 3, 2 / 3, 0.4, 0.6, 1.25, 1.75, 0.9, 1.1])
    kinds: list[tuple[str, Callable[[int], int]]] = [
        (f"floor({float(nearly)} n)", lambda n: math.floor(nearly * n)),
        (f"floor({c:.6f} n)", lambda n: math.floor(c * n)),
        (f"floor({c:.6f} n + {k / 7:.3f})", lambda n: math.floor(c * n + k / 7)),
        (f"n^{k} plus one from {late} on", lambda n: n**k + (n >= late)),
        (f"floor(n^{deep:.3f})", lambda n: math.floor(n**deep + 1e-9)),
        (f"floor({c:.5f} n^2)", lambda n: math.floor(c * n * n)),
        (f"floor({float(nearly)} n^2)", lambda n: math.floor(nearly * n * n)),
        (f"n + floor(n / {late})", lambda n: n + n // late),
        (f"n mod {late}", lambda n: n % late),
        (f"min(n^2, {late}^2)", lambda n: min(n, late) ** 2),
        (f"2^n mod (2^{late} - 1)", lambda n: 2**n % (2**late - 1)),
        (f"floor({c + 1:.4f}^n)", lambda n: math.floor(Fraction(round(c * 10**4) + 10**4, 10**4) ** n)),
        (f"floor(n sqrt 2) + floor(n {c:.4f})", lambda n: math.isqrt(2 * n * n) + math.floor(c * n)),
        (f"floor({c:.4f} n) mod {k}", lambda n: math.floor(c * n) % k),
        (f"floor({k} * frac({c:.4f} n))", lambda n: math.floor(k * ((c * n) % 1))),
        (f"decimal digit sum times {k}", lambda n: k * sum(figures(n, 10))),
        (f"digit sum base {late}", lambda n: sum(figures(n, late))),
        (f"round({late} sin(n))", lambda n: round(late * math.sin(n))),
        (f"floor(n^2 / {late})", lambda n: n * n // late),
        (f"n-th prime mod {k}", lambda n: PRIMES[n] % k),
        (
            f"p-smooth: 1 if n has a prime over {k + 3}",
            lambda n: int(n > 0 and prime_powers(max(n, 2))[-1][0] > k + 3),
        ),
        (f"tau(n) for n below {late}, then 0", lambda n: len(divisors(n + 1)) if n < late else 0),
        (
            f"Fibonacci until {late}, then its mod 10",
            lambda n: FIBONACCI[n] if n < late else FIBONACCI[n] % 10,
        ),
        (f"popcount, wrong at {late}", lambda n: n.bit_count() + (n == late)),
        (f"C(2n, n) plus one from {late}", lambda n: math.comb(2 * n, n) + (n >= late)),
    ]
    name, value = rng.choice(kinds)
    return Named(name, "none", 0, of(value, 0))


PRIMES = list(islice(primes(), 300))

DRAWN: dict[str, Callable[[random.Random], Named]] = {
    "recurrence": drawn_c_finite,
    "recurrence modulo m": drawn_c_finite_mod,
    "power sum": drawn_power_sum,
    "polynomial": drawn_polynomial,
    "quasi-polynomial": drawn_quasi,
    "periodic": drawn_periodic,
    "holonomic": drawn_holonomic,
    "algebraic": drawn_algebraic,
    "arithmetic": drawn_arithmetic,
    "digits": drawn_digits,
    "Beatty": drawn_beatty,
    "product": drawn_product,
    "impostor": drawn_impostor,
}
