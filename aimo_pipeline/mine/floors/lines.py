"""All lines whose floors are the terms: what they weigh, and what they agree on."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from aimo_pipeline.config.mine_families import BeattyRules
from aimo_pipeline.formula import Beatty
from aimo_pipeline.mine.floors.interval import corners, slope_interval
from aimo_pipeline.mine.floors.weigh import Weighed, candidates


@dataclass(frozen=True)
class Lines:
    """The lines, of which there is at least one; `interval` is that of their slopes."""

    terms: tuple[int, ...]
    interval: tuple[Fraction, Fraction]
    rules: BeattyRules

    @property
    def base(self) -> int:
        """The whole number that is taken off all slopes."""
        return math.floor(self.interval[0])

    def weighed(self, first_index: int) -> tuple[Weighed, ...]:
        """Those that anybody names, and one entry for the rest, if that is the first term's index."""
        return self._through(self.terms, first_index, self.interval)

    def agreeing(self, further: tuple[int, ...], firsts: Collection[int]) -> list[Weighed]:
        """Of the lines that the terms allow, with any of these first indices, those that give further ones.

        Args:
            further: the terms and more of them.
        """
        interval = slope_interval(further)
        if interval is None:
            return []
        return [line for first in firsts for line in self._through(further, first, interval)]

    def _through(
        self, terms: tuple[int, ...], first_index: int, interval: tuple[Fraction, Fraction]
    ) -> tuple[Weighed, ...]:
        # Never fewer for more terms, so that a share of the weight only grows with them.
        most = max(self.largest_denominator, self.rules.lines.max_denominator)
        return candidates(terms, first_index, interval, most, self.rules.lines)

    @property
    def largest_denominator(self) -> int:
        """Of a fraction that these terms show."""
        return int(len(self.terms) / self.rules.min_terms_per_denominator)

    def settle(self, place: int) -> bool:
        """Whether all lines there are, named or not, give one and the same term at a place.

        Args:
            place: counted from the first term on.
        """
        if place < len(self.terms):
            return True
        low, high = self.interval
        # Over all lines the height at the place lies between these two, and reaches neither.
        lowest = max(term + low * (place - n) for n, term in self._corners)
        highest = min(term + 1 + high * (place - n) for n, term in self._corners)
        return math.floor(lowest) == math.ceil(highest) - 1

    @cached_property
    def _corners(self) -> list[tuple[int, int]]:
        return corners(list(enumerate(self.terms)))

    def simplest(self, first_index: int) -> Beatty:
        """The line with the fraction of the least denominator for its slope."""
        return self._of_slope(_simplest_between(*self.interval), first_index)

    def other(self, rule: Beatty) -> Beatty:
        """Another line of rational slope than the rule."""
        simplest = _simplest_between(*self.interval)
        line = self._of_slope(simplest, rule.first_index)
        return (
            self._of_slope(_simplest_between(simplest, self.interval[1]), rule.first_index)
            if line == rule
            else line
        )

    def _of_slope(self, slope: Fraction, first_index: int) -> Beatty:
        p, q = slope.numerator, slope.denominator
        start = max(q * term - p * n for n, term in enumerate(self.terms, first_index))
        return Beatty(first_index, start, p, 0, 0, 0, q)


def weight_of(lines: Iterable[Weighed]) -> float:
    """Of all of them together."""
    return sum(one.weight for one in lines)


def _simplest_between(low: Fraction, high: Fraction) -> Fraction:
    """The fraction of the least denominator in the open interval (Stern and Brocot)."""
    whole = math.floor(low)
    if whole + 1 < high:
        return Fraction(whole + 1)
    low, high = low - whole, high - whole
    if low == 0:  # 1/q for the least q that is small enough
        return whole + Fraction(1, math.floor(1 / high) + 1)
    return whole + 1 / _simplest_between(1 / high, 1 / low)
