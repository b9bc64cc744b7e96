"""floor(alpha n + beta) with a rational or quadratic slope: the simplest line that leaves the others behind.

The terms are those of a line's floors exactly if their steps are balanced, and then they leave an open
interval of slopes. Inside it the candidate with the largest prior weight (slopes.py) is accepted only if it
outweighs everything else that fits together: other candidates, constants such as pi that have no formula
here, and slopes that nobody names.

Source: Lothaire, Algebraic Combinatorics on Words, chapter 2.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from aimo_pipeline.config import MineConfig
from aimo_pipeline.config.mine_lines import LinePrior
from aimo_pipeline.formula import Beatty
from aimo_pipeline.mine.base import MAX_BITS, CannotEvaluate, found
from aimo_pipeline.mine.floors.floor_sum import Surd, floor_sum
from aimo_pipeline.mine.floors.slopes import (
    Offset,
    Slope,
    fraction_weight,
    offsets,
    slopes_between,
    unnamed_density,
    whole_weight,
)
from aimo_pipeline.outcome import FitOutcome, NothingFits, Rival

MAX_WINDOW = 1_000  # terms that are searched; all are checked
MAX_RIVALS = 3
MAX_LEVEL = 10**6  # floats are to tell slopes apart, and people take floors of small numbers
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


@dataclass(frozen=True)
class BeattyMiner:
    """Finds the simplest line whose floors are the terms.

    Attributes:
        reach: terms are asked for up to this place only, counted from the first; lines that agree so far are
            no rivals then. 0 if they may be asked for anywhere.

    Not covered: slopes outside the quadratic fields (pi, e, cube roots: they only stand in the way of a wrong
    rule), integer slopes (polynomials), slopes of two different square roots, an index, slope or offset far
    from 0.
    """

    reach: int = 0
    name: str = "beatty"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        count = len(terms)
        if count < config.beatty.min_terms:
            return NothingFits(f"{count} terms are too few for a line's floors")
        window = terms[:MAX_WINDOW]
        interval = slope_interval(window)
        if interval is None:
            return NothingFits("the steps are not those of a line's floors")
        if _rarer_step(window) < config.beatty.min_rarer_steps:
            return NothingFits("one of the two steps hardly occurs: a slope cannot be told from that")
        level = max(abs(window[0]), abs(math.floor(interval[0])))
        if abs(first_index) > count or level > MAX_LEVEL:
            return NothingFits("index, slope or offset are too far from 0 to be weighed")
        base = math.floor(interval[0])
        most = int(len(window) / config.beatty.min_terms_per_denominator)
        weighed = candidates(window, first_index, interval, most, config.beatty.lines)
        best = max(weighed, key=lambda candidate: candidate.weight)
        rule, agreeing = _rule(best.line, first_index, base), best.weight
        rivals: tuple[Rival, ...] = ()
        if self.reach and count == len(window):
            named = (one for one in weighed if _rule(one.line, first_index, base) is not None)
            best = max(named, key=lambda candidate: candidate.weight, default=best)
            rule = _rule(best.line, first_index, base)
            agreeing = _agreeing(rule, self.reach, most, config.beatty.lines) if rule is not None else 0.0
            rivals = _rivals(rule, weighed, base) if rule is not None else ()
        share = agreeing / sum(candidate.weight for candidate in weighed)
        if rule is None or share < config.beatty.min_share or not gives(rule, terms):
            return NothingFits("a line's floors, but no simple slope stands out in the interval left for it")
        # Of all 2^(N-1) words of steps, about N^3 / pi^2 are balanced; the share is taken off again.
        bits = count - 1 - math.log2(count**3 / math.pi**2)
        unknowns = 4 if rule.radicand else 3
        fit = found(rule, family=self.name, terms=terms, unknowns=unknowns, bits=bits)
        return replace(fit, rivals=rivals)


def _agreeing(rule: Beatty, reach: int, most: int, prior: LinePrior) -> float:
    """Weight of all lines that give the rule's terms up to `reach`."""
    further = tuple(_floor(rule, rule.first_index + place) for place in range(reach))
    interval = slope_interval(further)
    if interval is None:
        return 0.0
    return sum(one.weight for one in candidates(further, rule.first_index, interval, most, prior))


def _rivals(rule: Beatty, weighed: list[Weighed], base: int) -> tuple[Rival, ...]:
    """The weightiest other lines, and where they part from the rule."""
    lines = [
        (one.weight, line)
        for one in weighed
        if (line := _rule(one.line, rule.first_index, base)) is not None and line != rule
    ]
    strongest = sorted(lines, key=lambda pair: -pair[0])[:MAX_RIVALS]
    return tuple(Rival(line, "beatty", 0.0, _parting(rule, line)) for _, line in strongest)


def _parting(rule: Beatty, other: Beatty) -> int | None:
    first = rule.first_index
    return next((n for n in range(first, first + MAX_WINDOW) if _floor(rule, n) != _floor(other, n)), None)


def may_be_beatty(terms: tuple[int, ...]) -> bool:
    """True if the terms are the floors of some line that is not through integers alone.

    Such terms have rivals: many irrational slopes, whatever quasi-polynomial or recurrence fits them too.
    """
    return slope_interval(terms) is not None


def _rarer_step(terms: tuple[int, ...]) -> int:
    """How often the rarer of the steps occurs."""
    return min(Counter(b - a for a, b in pairwise(terms)).values())


def slope_interval(terms: tuple[int, ...]) -> tuple[Fraction, Fraction] | None:
    """The open interval of slopes alpha for which some beta gives floor(alpha n + beta) = terms.

    Returns:
        its ends; None if there is no such slope, or the steps are all the same.
    """
    steps = {b - a for a, b in pairwise(terms)}
    if len(steps) != 2 or max(steps) - min(steps) != 1:
        return None
    base = min(steps)
    heights = [term - terms[0] - base * place for place, term in enumerate(terms)]
    low = _steepest(heights)
    high = -_steepest([-height for height in heights])
    return (base + low, base + high) if low < high else None


def _steepest(heights: list[int]) -> Fraction:
    """The largest (heights[j] - heights[i] - 1) / (j - i) over i < j, by Dinkelbach's iteration."""
    slope = Fraction(-2)
    while True:
        p, q = slope.numerator, slope.denominator
        lowest, place, gain, better = math.inf, 0, 0, slope
        for j, height in enumerate(heights):
            level = q * height - p * j
            if level - lowest - q > gain:
                gain = int(level - lowest - q)
                better = Fraction(height - heights[place] - 1, j - place)
            if level < lowest:
                lowest, place = level, j
        if better == slope:
            return slope
        slope = better


def candidates(
    terms: tuple[int, ...],
    first_index: int,
    interval: tuple[Fraction, Fraction],
    most: int,
    prior: LinePrior,
) -> list[Weighed]:
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
    for offset in offsets():
        for whole, left, right in _strips(flat, first_index, offset, float(low), float(high)):
            weight = offset.weight * whole_weight(whole - offset.shift * base)
            unnamed += density * weight * (right - left)
            weighed += [
                Weighed(Irrational(slope, offset, whole), slope.weight * weight)
                for slope in slopes
                if left - ROUNDING <= slope.value <= right + ROUNDING
            ]
    return [*weighed, Weighed(None, unnamed)]


def _fractions(
    terms: tuple[int, ...], first_index: int, low: Fraction, high: Fraction, most: int
) -> Iterator[Beatty]:
    """All floor((p n + r) / q) with 2 <= q <= most, in lowest terms, that give the terms."""
    for q in range(2, most + 1):
        for p in range(math.floor(low * q) + 1, math.ceil(high * q)):
            if math.gcd(p, q) == 1:
                rests = [q * term - p * n for n, term in enumerate(terms, first_index)]
                for r in range(max(rests), min(rests) + q):
                    yield Beatty(first_index, r, p, 0, 0, 0, q)


def _strips(
    terms: tuple[int, ...], first_index: int, offset: Offset, low: float, high: float
) -> Iterator[tuple[int, float, float]]:
    """(whole, left, right): with beta = offset + whole, the slopes from left to right give the terms."""
    start = first_index + offset.shift
    part = float(offset.part)
    at_start = (low * start, high * start)
    lowest = math.floor(terms[0] - max(at_start) - part)
    highest = math.ceil(terms[0] + 1 - min(at_start) - part)
    for whole in range(lowest, highest + 1):
        left, right = low, high
        for index, term in enumerate(terms, start):
            room = term - whole - part
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


def _area(terms: tuple[int, ...], first_index: int, low: float, high: float) -> float:
    """Of the region of all (alpha, beta) that give the terms; within a factor of about 2."""
    middle = (low + high) / 2
    rests = [term - middle * n for n, term in enumerate(terms, first_index)]
    return max(0.0, min(rests) + 1 - max(rests)) * (high - low) / 2


def _rule(line: Beatty | Irrational | None, first_index: int, base: int) -> Beatty | None:
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


def gives(rule: Beatty, terms: tuple[int, ...]) -> bool:
    """True if the rule's first terms are these."""
    return all(_floor(rule, n) == term for n, term in enumerate(terms, rule.first_index))


def _floor(formula: Beatty, n: int) -> int:
    whole, factor = formula.a0 + formula.a1 * n, formula.b0 + formula.b1 * n
    return Surd(whole, factor, formula.c, formula.radicand).floor()


def value(formula: Beatty, index: int, modulus: int | None) -> int | CannotEvaluate:
    """The term at `index`, exact or modulo `modulus`; one integer square root, whatever the index.

    Returns:
        CannotEvaluate for an index before the first, a modulus or a divisor below 1, or an exact term of more
        than 10^6 digits.
    """
    if index < formula.first_index or formula.c < 1 or formula.radicand < 0:
        return CannotEvaluate("the index lies before the first, or the rule is not well formed")
    return _reduced(_floor(formula, index), modulus)


def sum_of(formula: Beatty, upto: int, modulus: int | None) -> int | CannotEvaluate:
    """a(first_index) + ... + a(upto), both ends included, in O(log(upto)) steps.

    Returns:
        as value; 0 if upto is below first_index.
    """
    if formula.c < 1 or formula.radicand < 0:
        return CannotEvaluate("the rule is not well formed")
    start, d = formula.first_index, formula.radicand
    slope = Surd(formula.a1, formula.b1, formula.c, d)
    offset = Surd(formula.a0 + formula.a1 * start, formula.b0 + formula.b1 * start, formula.c, d)
    return _reduced(floor_sum(upto - start + 1, slope, offset), modulus)


def _reduced(term: int, modulus: int | None) -> int | CannotEvaluate:
    if modulus is None:
        too_large = term.bit_length() > MAX_BITS
        return CannotEvaluate("the exact term has more than 10^6 digits") if too_large else term
    return term % modulus if modulus > 0 else CannotEvaluate("modulus must be positive")
