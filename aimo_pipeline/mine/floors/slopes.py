"""Which lines people take floors of: a prior over the slopes and offsets of floor(alpha n + beta).

Terms alone never settle an irrational slope: they leave an interval of width about 1/N^2 for it (1/(q N)
around a fraction p/q), full of other numbers. What decides is that simple numbers are common and others rare.
The weights below say how common, add up to about 1 over all slopes, and leave a share for slopes that nobody
names; a rule is believed only if it outweighs all else in the interval (mine/floors/beatty.py).

The shares are guesses at what problems and OEIS entries hold (config/mine_lines.py). Measured with them on
lines drawn anew, 50 to 100 terms, with numbers as small as people's: of 250, 221 are foretold up to twice as
far and 202 at n = 10^6, none of them wrongly; of 250 with larger numbers and 25 to 100 terms some 1 in 100
is wrong that far. Numbers drawn evenly are what nobody names: 5 of 100 are foretold wrongly twice as far.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

from flint import arb

from aimo_pipeline.config.mine_lines import LinePrior

MANY = 1_000  # denominators, for the sum of a series


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


def unnamed_density(slope: float, prior: LinePrior) -> float:
    """Share of the slopes that nobody names per unit of length."""
    return prior.unnamed * _nearness(slope)


def fraction_weight(p: int, q: int, r: int, prior: LinePrior) -> float:
    """Share of floor((p n + r) / q), p / q in lowest terms and q >= 2, among all rules."""
    per_slope = prior.fractions * q**-prior.fraction_power / _all_fractions(prior) / _totient(q)
    shape = _nearness(p / q) * whole_weight(r // q) * (0.4 if r % q == 0 else 0.6 / (q - 1))
    return float(per_slope * shape)


@cache
def _all_fractions(prior: LinePrior) -> float:
    return float(sum(q**-prior.fraction_power for q in range(2, MANY)))


def _totient(q: int) -> int:
    return len(_coprime(q))


def slopes_between(base: int, low: float, high: float, prior: LinePrior) -> Iterator[Slope]:
    """The irrational slopes of the prior from base + low to base + high, with base taken off each.

    Args:
        low, high: from 0 to 1.
    """
    values, surds = _surds(prior)
    for place in range(bisect_left(values, low), bisect_right(values, high)):
        surd = surds[place]
        weight = (1 - prior.small) * surd.weight * _shape(surd.a + base * surd.c, surd.c)
        if surd.radicand == 5 and surd.c == 2 and abs(surd.b) == 1:
            weight *= prior.golden_bonus
        if _is_small(surd.a + base * surd.c, surd, prior):
            weight += prior.small * prior.surds / _small_surds(prior)
        yield replace(surd, weight=weight)
    for value, weight in _constants():
        moved = value + math.ceil(low - value)
        if moved <= high:
            shift = base + round(moved - value)
            yield Slope(0, 0, 0, 0, moved, prior.constants * weight * whole_weight(shift))


def _is_small(a: int, surd: Slope, prior: LinePrior) -> bool:
    """All numbers of (a + b sqrt(d)) / c are small: most people's, none much rarer than another."""
    return (
        0 <= a <= prior.small_whole
        and surd.b > 0
        and surd.b * surd.b * surd.radicand <= prior.small_radicand
        and surd.c <= prior.small_denominator
    )


@cache
def _small_surds(prior: LinePrior) -> int:
    """How many there are."""
    return sum(
        math.gcd(a, factor, c) == 1
        for free, factor, c, _ in _roots(prior)
        if factor * factor * free <= prior.small_radicand and c <= prior.small_denominator
        for a in range(prior.small_whole + 1)
    )


def _shape(a: int, c: int) -> float:
    """How common (a + root) / c is among all a, with c for a root itself; adds up to about c."""
    return whole_weight(a) if c == 1 else 0.5 / (1 + abs(a) / c) ** 2


@cache
def _surds(prior: LinePrior) -> tuple[tuple[float, ...], tuple[Slope, ...]]:
    """All surds from 0 to 1, ascending, and their values; the weights leave out `a`."""
    found = [
        Slope(a, sign * factor, free, c, (a + sign * root) / c, sign_weight * weight)
        for free, factor, c, weight in _roots(prior)
        for sign, sign_weight in ((1, 1.0), (-1, prior.negative_root))
        for root in (math.sqrt(factor * factor * free),)
        for a in range(math.ceil(-sign * root), math.ceil(-sign * root) + c)
        if math.gcd(a, factor, c) == 1
    ]
    total = sum(weight * (1 + prior.negative_root) * max(1, c) for _, _, c, weight in _roots(prior))
    found = [replace(one, weight=prior.surds * one.weight / total) for one in found]
    found.sort(key=lambda one: one.value)
    return tuple(one.value for one in found), tuple(found)


@cache
def _roots(prior: LinePrior) -> tuple[tuple[int, int, int, float], ...]:
    """(d, b, c, weight) of b sqrt(d) / c, d free of squares."""
    return tuple(
        (
            free,
            factor,
            c,
            free**-prior.root_power * factor**-prior.factor_power * c**-prior.denominator_power,
        )
        for radicand in range(2, prior.max_radicand + 1)
        for factor, free in (_square_part(radicand),)
        if free > 1
        for c in range(1, prior.max_surd_denominator + 1)
    )


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
    return tuple((value, weight / total) for value, weight in plain + multiples)
