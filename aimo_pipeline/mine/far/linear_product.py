"""Products of (c t + d) over t = 0 .. count - 1 modulo a prime power, for counts up to 10^18 and beyond.

The factors that the prime divides are again such a product, of about count / prime factors, after the prime
has been taken out. The others repeat modulo the prime power, and over a whole period they are all units once,
whose product is -1 (or 1 for 8, 16, ...: Wilson's theorem as Gauss generalised it). What is left is shorter.
Source: Granville, Binomial coefficients modulo prime powers (1997).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flint import fmpz_poly

from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.far.matrix_product import modular_product
from aimo_pipeline.mine.integers import decimal

MAX_PLAIN_PERIOD = 1_000_000  # factors that are multiplied one by one
MAX_FAST_PERIOD = 10**10  # with baby and giant steps, for a prime itself


@dataclass(frozen=True)
class Valued:
    """prime^valuation * unit, the unit modulo the prime power."""

    valuation: int
    unit: int


def valuation_of(c: int, d: int, count: int, prime: int) -> int:
    """How often the prime divides the product of c t + d for t = 0 .. count - 1, none of the factors zero."""
    return sum(valuation for _, _, _, valuation in _levels(c, d, count, prime))


def linear_product(c: int, d: int, count: int, prime: int, exponent: int) -> Valued | CannotEvaluate:
    """The product of c t + d for t = 0 .. count - 1, none of the factors zero.

    Returns:
        CannotEvaluate if a period is too long: prime^exponent above 10^6, or 10^10 for exponent 1.
    """
    modulus, total, unit = prime**exponent, 0, 1
    for c_left, d_left, factors, valuation in _levels(c, d, count, prime):
        part = _units(c_left, d_left, factors, prime, modulus)
        if isinstance(part, CannotEvaluate):
            return part
        total, unit = total + valuation, unit * part % modulus
    return Valued(total, unit)


def _levels(c: int, d: int, count: int, prime: int) -> Iterator[tuple[int, int, int, int]]:
    """(c, d, count, powers of the prime taken out) of the product, then of its multiples of the prime, ..."""
    while count > 0:
        taken = 0
        while c % prime == 0 and d % prime == 0:
            c, d, taken = c // prime, d // prime, taken + count
        if c % prime == 0:  # no factor is a multiple of the prime
            yield c, d, count, taken
            return
        first = -d * pow(c, -1, prime) % prime
        multiples = max(0, -((first - count) // prime))
        yield c, d, count, taken + multiples
        d, count = (c * first + d) // prime, multiples


def _units(c: int, d: int, count: int, prime: int, modulus: int) -> int | CannotEvaluate:
    """The product of those factors that the prime does not divide."""
    if c % prime == 0:
        period, whole = modulus, None
        while period > 1 and c * (period // prime) % modulus == 0:
            period //= prime
    else:
        period, whole = modulus, 1 if modulus % 8 == 0 else -1
    if whole is None and count >= period:
        if period > MAX_PLAIN_PERIOD:
            return CannotEvaluate(f"a period of {decimal(period)} factors is too long")
        whole = _plain(c, d, period, prime, modulus)
    rest = _short(c, d, count % period, prime, modulus)
    if isinstance(rest, CannotEvaluate):
        return rest
    return pow(whole or 1, count // period, modulus) * rest % modulus


def _short(c: int, d: int, count: int, prime: int, modulus: int) -> int | CannotEvaluate:
    """Less than a period."""
    if count <= MAX_PLAIN_PERIOD:
        return _plain(c, d, count, prime, modulus)
    if prime != modulus or prime > MAX_FAST_PERIOD:
        return CannotEvaluate(f"{decimal(count)} factors modulo {decimal(modulus)} are too many")
    zero = -d * pow(c, -1, prime) % prime
    steps = [fmpz_poly([-d, -c]), fmpz_poly([1])]  # a recurrence of order 1 has -p_0 above its fraction line
    before = modular_product(steps, 0, min(zero, count), prime)
    after = modular_product(steps, zero + 1, count, prime)
    return before.rows[0][0] * after.rows[0][0] % prime


def _plain(c: int, d: int, count: int, prime: int, modulus: int) -> int:
    product, factor = 1 % modulus, d % modulus
    step = c % modulus
    for _ in range(count):
        if factor % prime:
            product = product * factor % modulus
        factor = (factor + step) % modulus
    return product
