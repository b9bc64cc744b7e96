"""Hypergeometric terms modulo prime powers at any index: a(n + 1) / a(n) splits into factors c n + d."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import fmpz_poly

from aimo_pipeline.mine.base import CannotEvaluate, NotAnInteger
from aimo_pipeline.mine.far.linear_product import linear_product, valuation_of


@dataclass(frozen=True)
class Factor:
    """(c n + d)^power in the ratio of successive terms; power is negative in the denominator."""

    c: int
    d: int
    power: int


def hypergeometric_residue(
    polynomials: Sequence[fmpz_poly], term: int, start: int, end: int, prime: int, exponent: int
) -> int | CannotEvaluate | None:
    """a(end) modulo prime^exponent from a(start) = term and p_0(n) a(n) + p_1(n) a(n + 1) = 0.

    Args:
        polynomials: p_0 and p_1; p_1 has no root in start..end-1.
        end: of any size, after start.

    Returns:
        NotAnInteger if a(end) is not an integer at the prime; None if some factor of p_0 or p_1 is not
        linear or a period of the factors is too long for this way (see linear_product).
    """
    if (
        term == 0
        or polynomials[0].is_zero()
        or any(start <= root < end for root, _ in polynomials[0].roots())
    ):
        return 0
    factors = _factors(-polynomials[0], 1), _factors(polynomials[1], -1)
    if factors[0] is None or factors[1] is None:
        return None
    given = [Factor(0, term, 1), *factors[0], *factors[1]]
    steps = [1, *[end - start] * (len(given) - 1)]
    pairs = list(zip(given, steps, strict=True))
    valuation = sum(f.power * valuation_of(f.c, f.c * start + f.d, count, prime) for f, count in pairs)
    if valuation < 0:
        return NotAnInteger()
    return 0 if valuation >= exponent else _unit_times(prime**valuation, pairs, start, prime, exponent)


def _unit_times(
    unit: int, pairs: list[tuple[Factor, int]], start: int, prime: int, exponent: int
) -> int | None:
    modulus = prime**exponent
    for f, count in pairs:
        part = linear_product(f.c, f.c * start + f.d, count, prime, exponent)
        if isinstance(part, CannotEvaluate):
            return None
        unit = unit * int(pow(part.unit, f.power, modulus)) % modulus
    return unit


def _factors(polynomial: fmpz_poly, sign: int) -> list[Factor] | None:
    """The constant factor and the linear ones; None if there are others."""
    content, factors = polynomial.factor()
    if any(factor.degree() > 1 for factor, _ in factors):
        return None
    linear = [Factor(int(f[1]), int(f[0]), sign * int(multiplicity)) for f, multiplicity in factors]
    return [Factor(0, int(content), sign), *linear]
