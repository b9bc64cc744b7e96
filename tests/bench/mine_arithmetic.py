"""What the miners' bench holds results against: plain arithmetic from definitions, nothing of mine/."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache


def iterate(coefficients: list[int], initial: list[int], count: int, modulus: int = 0) -> list[int]:
    """a(n + k) = sum of coefficients[i] a(n + i), from its first k terms on."""
    terms = list(initial)
    order = len(coefficients)
    while len(terms) < count:
        term = sum(c * a for c, a in zip(coefficients, terms[-order:], strict=True))
        terms.append(term % modulus if modulus else term)
    return terms[:count]


def recurrent_residue(coefficients: list[int], initial: list[int], n: int, modulus: int) -> int:
    """Term n of iterate(...) modulo `modulus`, by powers of the companion matrix."""
    order = len(coefficients)
    step = [[int(j == i + 1) for j in range(order)] for i in range(order - 1)] + [list(coefficients)]
    result = [[int(i == j) for j in range(order)] for i in range(order)]
    while n:
        if n % 2:
            result = _times(result, step, modulus)
        step, n = _times(step, step, modulus), n // 2
    return sum(c * a for c, a in zip(result[0], initial, strict=True)) % modulus


def _times(left: list[list[int]], right: list[list[int]], modulus: int) -> list[list[int]]:
    columns = list(zip(*right, strict=True))
    return [
        [sum(a * b for a, b in zip(row, column, strict=True)) % modulus for column in columns] for row in left
    ]


def p_recurrent(step: Callable[[int, list[int]], int], initial: list[int], count: int) -> list[int]:
    """a(n) = step(n, terms so far)."""
    terms = list(initial)
    while len(terms) < count:
        terms.append(step(len(terms), terms))
    return terms[:count]


def series(equation: Callable[[list[int], int], int], count: int) -> list[int]:
    """Coefficients y_0, y_1, ... with y_n = equation(y_0 .. y_(n - 1), n)."""
    known: list[int] = []
    for n in range(count):
        known.append(equation(known, n))
    return known


def convolved(known: list[int], power: int, n: int) -> int:
    """[x^n] y^power for a y known up to x^n."""
    if power < 2:
        return known[n] if power else int(n == 0)
    row = known[: n + 1]
    for _ in range(power - 2):
        row = [sum(row[i] * known[m - i] for i in range(m + 1)) for m in range(n + 1)]
    return sum(row[i] * known[n - i] for i in range(n + 1))


def binomial_mod(n: int, k: int, prime: int) -> int:
    """By Lucas's theorem, for a small prime."""
    result = 1
    while n or k:
        result = result * math.comb(n % prime, k % prime) % prime
        n, k = n // prime, k // prime
    return result


@cache
def factors(n: int) -> tuple[tuple[int, int], ...]:
    """Primes with their exponents, by trial division."""
    found, p = [], 2
    while p * p <= n:
        exponent = 0
        while n % p == 0:
            n, exponent = n // p, exponent + 1
        if exponent:
            found.append((p, exponent))
        p += 1
    return (*found, (n, 1)) if n > 1 else tuple(found)


def digits(n: int, base: int) -> list[int]:
    """Of n >= 0, the last first; none for 0."""
    found = []
    while n:
        found.append(n % base)
        n //= base
    return found


def primes(count: int) -> list[int]:
    """The first primes."""
    limit = 20 if count < 6 else int(count * (math.log(count) + math.log(math.log(count)))) + 10
    sieve = bytearray([1]) * (limit + 1)
    for p in range(2, math.isqrt(limit) + 1):
        if sieve[p]:
            sieve[p * p :: p] = bytes(len(range(p * p, limit + 1, p)))
    return [p for p in range(2, limit + 1) if sieve[p]][:count]


def partitions(count: int) -> list[int]:
    """Partitions of 0, 1, 2, ... into positive parts."""
    ways = [1] + [0] * (count - 1)
    for part in range(1, count):
        for total in range(part, count):
            ways[total] += ways[total - part]
    return ways
