"""Every line that leaves a row of floors, with its weight by the prior of slopes.py."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from aimo_pipeline.config.mine_lines import LinePrior
from aimo_pipeline.formula import Beatty
from aimo_pipeline.mine.floors.interval import corners
from aimo_pipeline.mine.floors.slopes import (
    Offset,
    Slope,
    fraction_weight,
    offsets,
    slopes_between,
    unnamed_density,
    whole_weight,
)

ROUNDING = 1e-9  # of floats near 1; the exact check of every term comes after them


@dataclass(frozen=True)
class Irrational:
    """The line slope * n + offset + whole; its slope may have no formula here, as that of pi n has none."""

    slope: Slope
    offset: Offset
    whole: int


@dataclass(frozen=True)
class Weighed:
    """A line whose floors are the terms, and its weight; None stands for all lines that nobody names."""

    line: Beatty | Irrational | None
    weight: float


@lru_cache(maxsize=8)  # the same terms are asked about for each first index, and again for near positions
def candidates(
    terms: tuple[int, ...],
    first_index: int,
    interval: tuple[Fraction, Fraction],
    most: int,
    prior: LinePrior,
) -> tuple[Weighed, ...]:
    """Every line of the prior that gives all terms, up to the rounding of floats, and one entry for the rest.

    Args:
        interval: what slope_interval gave for the terms. Irrational slopes have its floor taken off.
        most: largest denominator of a rational slope.
    """
    base = math.floor(interval[0])
    flat = tuple(term - base * n for n, term in enumerate(terms, first_index))
    low, high = interval[0] - base, interval[1] - base
    weighed = [
        Weighed(rule, fraction_weight(rule.a1, rule.c, rule.a0, prior))
        for rule in _fractions(terms, first_index, *interval, most)
    ]
    slopes = list(slopes_between(base, float(low), float(high), prior))
    density = unnamed_density(base + float(low + high) / 2, prior)
    unnamed = density * prior.generic_offsets * _area(flat, first_index, float(low), float(high))
    tight = _tight(flat, first_index)
    unnamed += prior.strange_offsets * sum(slope.weight * _room(tight, slope.value) for slope in slopes)
    for offset in offsets():
        for whole, left, right in _strips(tight, flat[0], first_index, offset, float(low), float(high)):
            weight = offset.weight * whole_weight(whole - offset.shift * base)
            unnamed += density * weight * (right - left)
            weighed += [
                Weighed(Irrational(slope, offset, whole), slope.weight * weight)
                for slope in slopes
                if left - ROUNDING <= slope.value <= right + ROUNDING
            ]
    return (*weighed, Weighed(None, unnamed))


def _fractions(
    terms: tuple[int, ...], first_index: int, low: Fraction, high: Fraction, most: int
) -> Iterator[Beatty]:
    """All floor((p n + r) / q) with 2 <= q <= most, in lowest terms, that give the terms."""
    points = corners(list(enumerate(terms, first_index)))
    for q in range(2, most + 1):
        for p in range(math.floor(low * q) + 1, math.ceil(high * q)):
            if math.gcd(p, q) == 1:
                rests = [q * term - p * n for n, term in points]
                for r in range(max(rests), min(rests) + q):
                    yield Beatty(first_index, r, p, 0, 0, 0, q)


def _tight(terms: tuple[int, ...], first_index: int) -> list[tuple[int, int]]:
    """(index, term) of those terms that can bound the slopes of lines whose height is given at a shift.

    These are tangents from a point between the terms to those on either side of it.
    """
    points, shifts = list(enumerate(terms, first_index)), [offset.shift for offset in offsets()]
    left = [one for one in points if one[0] + max(shifts) < 0]
    right = [one for one in points if one[0] + min(shifts) > 0]
    return [*points[len(left) : len(points) - len(right)], *corners(left), *corners(right)]


def _strips(
    tight: list[tuple[int, int]], first_term: int, first_index: int, offset: Offset, low: float, high: float
) -> Iterator[tuple[int, float, float]]:
    """(whole, left, right): with beta = offset + whole, the slopes from left to right give the terms.

    Args:
        tight: what _tight gave for the terms, whose first is first_term, at first_index.
    """
    part, shift = float(offset.part), offset.shift
    at_start = (low * (first_index + shift), high * (first_index + shift))
    lowest = math.floor(first_term - max(at_start) - part)
    highest = math.ceil(first_term + 1 - min(at_start) - part)
    for whole in range(lowest, highest + 1):
        left, right = low, high
        for place, term in tight:
            room, index = term - whole - part, place + shift
            if index > 0:
                left, right = max(left, room / index), min(right, (room + 1) / index)
            elif index < 0:
                left, right = max(left, (room + 1) / index), min(right, room / index)
            elif not room <= 0 < room + 1:
                right = left - 1
            if right < left - ROUNDING:
                break
        else:
            yield whole, left, max(left, right)


def _room(tight: list[tuple[int, int]], slope: float) -> float:
    """Between the least and the greatest offset with which the slope gives the terms."""
    rests = [term - slope * n for n, term in tight]
    return max(0.0, min(rests) + 1 - max(rests))


def _area(terms: tuple[int, ...], first_index: int, low: float, high: float) -> float:
    """Of the region of all (alpha, beta) that give the terms; within a factor of about 2."""
    middle = (low + high) / 2
    rests = [term - middle * n for n, term in enumerate(terms, first_index)]
    return max(0.0, min(rests) + 1 - max(rests)) * (high - low) / 2


def rule_of(line: Beatty | Irrational | None, first_index: int, base: int) -> Beatty | None:
    """The line as a rule; None if it has no formula here. `base` is the whole number taken off its slope."""
    if isinstance(line, Beatty) or line is None:
        return line
    slope, shift, q = line.slope, line.offset.shift, line.offset.part.denominator
    if slope.c == 0:
        return None
    divisor, a1, b1 = slope.c * q, slope.a * q, slope.b * q
    a0 = shift * a1 + line.whole * divisor + line.offset.part.numerator * slope.c
    numbers = (a0, a1 + base * divisor, shift * b1, b1, divisor)
    common = math.gcd(*numbers)
    a0, a1, b0, b1, divisor = (number // common for number in numbers)
    return Beatty(first_index, a0, a1, b0, b1, slope.radicand, divisor)
