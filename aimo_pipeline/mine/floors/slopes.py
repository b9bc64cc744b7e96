"""Which lines people take floors of: a prior over the slopes and offsets of floor(alpha n + beta).

Terms alone never settle an irrational slope: they leave an interval of width about 1/N^2 for it (1/(q N)
around a fraction p/q), full of other numbers. What decides is that simple numbers are common and others rare.
The weights below say how common, add up to about 1 over all slopes, and leave a share for slopes that nobody
names; a rule is believed only if it outweighs all else in the interval (mine/floors/beatty.py).

The shares are guesses at what problems and OEIS entries hold, on the careful side: with a share of 0.10 for
slopes that nobody names, 6 of 80 real numbers drawn at random were foretold wrongly far out (25 to 100
terms), 3 of 80 with today's, at the price of 5 of 30 true fractions; with an offset drawn at random as well,
1 of 40. The shares were compared on these same draws.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from flint import arb

FRACTIONS, SURDS, CONSTANTS, UNNAMED = 0.45, 0.24, 0.08, 0.20
GENERIC_OFFSETS = 0.05
MAX_RADICAND = 150
MAX_SURD_DENOMINATOR = 6
GOLDEN_BONUS = 40.0  # the golden ratio and its shifts are as common as the square root of 3


@dataclass(frozen=True)
class Slope:
    """An irrational slope (a + b sqrt(radicand)) / c, or, with c = 0, one that the family cannot name.

    Attributes:
        value: as a float.
        weight: its share among all slopes.
    """

    a: int
    b: int
    radicand: int
    c: int
    value: float
    weight: float


@dataclass(frozen=True)
class Offset:
    """beta = shift * alpha + part, up to an integer; `weight` is its share among all offsets."""

    shift: int
    part: Fraction
    weight: float


@cache
def offsets() -> tuple[Offset, ...]:
    """The usual offsets of irrational slopes: none, a shifted index, rounding, small fractions."""
    shifts = [(0, 0.54), (1, 0.1), (-1, 0.05), (2, 0.02)]
    parts = [(2, 0.12), (3, 0.02), (4, 0.02), (5, 0.01), (10, 0.004)]
    shifted = [Offset(shift, Fraction(0), weight) for shift, weight in shifts]
    return (*shifted, *(Offset(0, Fraction(r, q), w) for q, w in parts for r in _coprime(q)))


def _coprime(q: int) -> list[int]:
    return [r for r in range(1, q) if math.gcd(r, q) == 1]


def _nearness(number: float) -> float:
    """Small integer parts are common; adds up to about 1 over the numbers n + x, n an integer."""
    return 0.25 / (1 + abs(number) / 2) ** 2


def whole_weight(whole: float) -> float:
    """How common it is to add a whole number to a root, a constant or an offset; adds up to 1."""
    return 0.6 if whole == 0 else 0.31 / (1 + abs(whole)) ** 2


def unnamed_density(slope: float) -> float:
    """Share of the slopes that nobody names per unit of length."""
    return UNNAMED * _nearness(slope)


def fraction_weight(p: int, q: int, r: int) -> float:
    """Share of floor((p n + r) / q), p / q in lowest terms and q >= 2, among all rules."""
    per_slope: float = FRACTIONS * q**-2.5 / 0.341 / _totient(q)  # 0.341: the sum of q^-2.5 from 2 on
    return per_slope * _nearness(p / q) * whole_weight(r // q) * (0.4 if r % q == 0 else 0.6 / (q - 1))


def _totient(q: int) -> int:
    return len(_coprime(q))


def slopes_between(base: int, low: float, high: float) -> Iterator[Slope]:
    """The irrational slopes of the prior from base + low to base + high, with base taken off each."""
    for signed_root, radicand, c in _roots():
        for a in range(math.ceil(c * low - signed_root), math.floor(c * high - signed_root) + 1):
            factor, free = _square_part(radicand)
            if math.gcd(a, factor, c) == 1:
                sign = 1 if signed_root > 0 else -1
                weight = _surd_weight(a + base * c, sign, radicand, c)
                yield Slope(a, sign * factor, free, c, (a + signed_root) / c, weight)
    for value, weight in _constants():
        moved = value + math.ceil(low - value)
        if moved <= high:
            shift = base + round(moved - value)
            yield Slope(0, 0, 0, 0, moved, weight * whole_weight(shift))


@cache
def _roots() -> tuple[tuple[float, int, int], ...]:
    return tuple(
        (sign * math.sqrt(radicand), radicand, c)
        for radicand in range(2, MAX_RADICAND + 1)
        if math.isqrt(radicand) ** 2 != radicand
        for c in range(1, MAX_SURD_DENOMINATOR + 1)
        for sign in (1, -1)
    )


def _surd_weight(a: int, sign: int, radicand: int, c: int) -> float:
    weight: float = radicand**-1.75 * c**-3.0 * (1.0 if sign > 0 else 0.5)
    golden = radicand == 5 and c == 2 and a % 2 == 1
    shape = whole_weight(a) if c == 1 else 0.5 / (1 + abs(a) / c) ** 2
    return SURDS / 2.2 * weight * shape * (GOLDEN_BONUS if golden else 1.0)  # 2.2: the sum of all these


@cache
def _square_part(radicand: int) -> tuple[int, int]:
    """(f, s) with radicand = f^2 s and s free of squares."""
    factor = next(f for f in range(math.isqrt(radicand), 0, -1) if radicand % (f * f) == 0)
    return factor, radicand // (factor * factor)


@cache
def _constants() -> tuple[tuple[float, float], ...]:
    """Numbers outside every quadratic field that problems take floors of, and simple multiples of them."""
    pi, e = arb.pi(), arb.const_e()
    common = [pi, e, arb.const_log2()]
    others = [arb(3).log(), arb(10).log(), arb.const_euler(), arb(3).zeta(), arb.const_catalan()]
    others += [pi * pi, pi * pi / 6, e * e, 1 / pi, 1 / e, pi.sqrt(), e.sqrt(), arb(2).sqrt() + arb(3).sqrt()]
    others += [arb(2).log() / arb(3).log(), arb(3).log() / arb(2).log(), arb(2).root(4), pi + e, pi * e]
    plain = [(float(x), 6.0) for x in common] + [(float(x), 1.0) for x in others]
    plain += [(root, 1.0) for root in (1.3247179572447460, 1.4655712318767680, 1.8392867552141612)]
    multiples = [
        (value * j / k, weight * share)
        for value, weight in plain
        for j, k, share in ((2, 1, 0.4), (1, 2, 0.3), (-1, 1, 0.2), (3, 1, 0.1), (1, 3, 0.1), (3, 2, 0.1))
    ]
    total = sum(weight for _, weight in plain + multiples)
    return tuple((value, CONSTANTS * weight / total) for value, weight in plain + multiples)
