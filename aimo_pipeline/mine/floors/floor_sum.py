"""Exact floors of a + b sqrt(d), and their sums over an arithmetic progression in O(log n) steps.

The sum of floor(alpha n + beta) counts the lattice points under a line. Taking off whole slopes and
exchanging the axes turns it into a smaller sum of the same kind: Euclid's algorithm on alpha. With alpha and
beta in one field Q(sqrt d) every step is exact, so irrational slopes need no approximation.

Source: Graham, Knuth and Patashnik, Concrete Mathematics, section 3.5, for the rational case.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Surd:
    """The number (whole + factor * sqrt(radicand)) / divisor.

    Attributes:
        whole, factor: integers.
        divisor: positive.
        radicand: not negative; one and the same in all numbers of a calculation.
    """

    whole: int
    factor: int
    divisor: int
    radicand: int

    def floor(self) -> int:
        """The largest integer that is not above the number."""
        square = self.radicand * self.factor * self.factor
        root = math.isqrt(square)
        if self.factor < 0:
            root = -root if root * root == square else -root - 1
        return (self.whole + root) // self.divisor  # floor((a + x) / c) = floor((a + floor(x)) / c)

    def plus(self, number: int) -> Surd:
        """This number and an integer, added."""
        return Surd(self.whole + number * self.divisor, self.factor, self.divisor, self.radicand)

    def times(self, other: Surd) -> Surd:
        """The product, in lowest terms."""
        whole = self.whole * other.whole + self.radicand * self.factor * other.factor
        factor = self.whole * other.factor + self.factor * other.whole
        return _lowest(whole, factor, self.divisor * other.divisor, self.radicand)

    def line_at(self, index: int, offset: Surd) -> Surd:
        """self * index + offset."""
        whole = self.whole * index * offset.divisor + offset.whole * self.divisor
        factor = self.factor * index * offset.divisor + offset.factor * self.divisor
        return _lowest(whole, factor, self.divisor * offset.divisor, self.radicand)

    def inverse(self) -> Surd:
        """One over the number, which must not be zero, and must be irrational if `factor` is not zero."""
        norm = self.whole * self.whole - self.radicand * self.factor * self.factor
        return _lowest(self.divisor * self.whole, -self.divisor * self.factor, norm, self.radicand)


def _lowest(whole: int, factor: int, divisor: int, radicand: int) -> Surd:
    common = math.gcd(whole, factor, divisor)
    common = -common if divisor < 0 else common
    return Surd(whole // common, factor // common, divisor // common, radicand)


def floor_sum(count: int, slope: Surd, offset: Surd) -> int:
    """floor(offset) + floor(slope + offset) + ... + floor(slope (count - 1) + offset), exactly.

    Args:
        count: how many; none if it is 0 or negative. 10^18 and far more take well under 10 ms.
        slope, offset: any sign, with the same radicand, which is 0 or not a square.
    """
    total = 0
    while count > 0:
        whole_slope, whole_offset = slope.floor(), offset.floor()
        total += whole_slope * (count * (count - 1) // 2) + whole_offset * count
        slope, offset = slope.plus(-whole_slope), offset.plus(-whole_offset)
        height = slope.line_at(count - 1, offset).floor()
        if height == 0:
            break
        # Counted by rows instead: row j = height - i, 0 <= i < height, lies under the line but for its first
        # ceil((j - offset) / slope) points, and minus that is floor((i + offset - height) / slope).
        total += height * count
        slope = slope.inverse()
        count, offset = height, slope.times(offset.plus(-height))
    return total
