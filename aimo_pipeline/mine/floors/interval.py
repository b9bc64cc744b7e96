"""Which slopes a row of floors leaves open.

Source: Lothaire, Algebraic Combinatorics on Words, chapter 2.
"""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

from aimo_pipeline.mine.words import steps_of


def may_be_beatty(terms: tuple[int, ...]) -> bool:
    """True if the terms are the floors of some line that is not through integers alone.

    Such terms have rivals: many irrational slopes, whatever quasi-polynomial or recurrence fits them too.
    """
    return slope_interval(terms) is not None


def rarer_step(terms: tuple[int, ...]) -> int:
    """How often the rarer of the steps occurs."""
    return min(Counter(steps_of(terms)).values())


def slope_interval(terms: tuple[int, ...]) -> tuple[Fraction, Fraction] | None:
    """The open interval of slopes alpha for which some beta gives floor(alpha n + beta) = terms.

    Returns:
        its ends; None if there is no such slope, or the steps are all the same.
    """
    two = set(steps_of(terms))
    if len(two) != 2 or max(two) - min(two) != 1:
        return None
    base = min(two)
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


def corners(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of the convex hull of ascending points; some 10 of 100 terms (Andrew's monotone chain)."""
    return [*_chain(points, 1), *_chain(points, -1)[1:-1]]


def _chain(points: list[tuple[int, int]], side: int) -> list[tuple[int, int]]:
    chain: list[tuple[int, int]] = []
    for x, y in points:
        while len(chain) > 1:
            (x0, y0), (x1, y1) = chain[-2:]
            if side * ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) > 0:
                break
            chain.pop()
        chain.append((x, y))
    return chain
