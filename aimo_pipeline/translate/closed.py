"""Closed forms of recurrences: sums of b^n p(n), where which polynomial p is may depend on n modulo a period.

A recurrence has one where the roots of its characteristic polynomial are integers times roots of unity:
polynomials, quasi-polynomials, cycles, geometric sequences, and their sums, differences and products. Of
order 2 there is also one where they are irrational, with powers of a pair x + y√d. What makes such a form
the recurrence at every index is proved in lean_toolchain/TraceToLean (Closed.lean, Roots.lean); what is
computed here Lean computes again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt, lcm

from flint import fmpz_mat, fmpz_poly

from aimo_pipeline.formula import CFinite
from aimo_pipeline.translate.recurrence import iterated, shortest_of

_MAX_UNKNOWNS = 96  # numbers in a closed form; the kernel takes some seconds for so many
_MAX_BITS = 4_096  # of a rule's numbers, together; factoring takes milliseconds up to there
_X = fmpz_poly([0, 1])


@dataclass(frozen=True)
class PowerTerm:
    """base^n p(n), where p is the n-th of the parts, over and over; each lowest power first."""

    base: int
    parts: tuple[tuple[int, ...], ...]

    def value(self, n: int) -> int:
        """At offset n."""
        part = self.parts[n % len(self.parts)]
        return int(self.base**n * sum(c * n**power for power, c in enumerate(part)))


@dataclass(frozen=True)
class ClosedSum:
    """scale * a(first_index + n) = the sum of the terms at n, for n >= begin; scale > 0."""

    scale: int
    begin: int
    terms: tuple[PowerTerm, ...]


@dataclass(frozen=True)
class _Shape:
    """What is known of a term before its numbers are; `size` is how many coefficients a part has."""

    base: int
    period: int
    size: int

    @property
    def unknowns(self) -> int:
        return self.period * self.size

    def row(self, n: int) -> Iterator[int]:
        """What each coefficient is multiplied by at offset n."""
        power = self.base**n
        for residue in range(self.period):
            for exponent in range(self.size):
                yield power * n**exponent if n % self.period == residue else 0


def closed_sum(rule: CFinite) -> ClosedSum | None:
    """The rule's closed form as a sum of powers times (quasi-)polynomials.

    Returns:
        None where a root is no integer times a root of unity, and where the form is too long for the kernel.
    """
    if sum(abs(number).bit_length() for number in (*rule.coefficients, *rule.initial)) > _MAX_BITS:
        return None
    found = _shapes(shortest_of(rule))
    if found is None or sum(shape.unknowns for shape in found[1]) > _MAX_UNKNOWNS:
        return None
    begin, shapes = found
    count = sum(shape.unknowns for shape in shapes)
    indices = range(begin, begin + count)
    matrix = fmpz_mat([[number for shape in shapes for number in shape.row(n)] for n in indices])
    terms = iterated(rule, begin + count)[begin:]
    solution = matrix.solve(fmpz_mat([[term] for term in terms])) if count else None
    values = [solution[place, 0] for place in range(count)] if solution is not None else []
    scale = lcm(*(int(value.q) for value in values))
    numbers = iter([int(value.p) * (scale // int(value.q)) for value in values])
    return ClosedSum(scale, begin, tuple(_term(shape, numbers) for shape in shapes))


def irrational(rule: CFinite) -> bool:
    """Whether it is of order 2 with roots of the form (p ± √d) / 2, d no square."""
    if rule.order != 2:
        return False
    older, newer = rule.coefficients
    d = newer * newer + 4 * older
    return d < 0 or isqrt(d) ** 2 != d


def _term(shape: _Shape, numbers: Iterator[int]) -> PowerTerm:
    parts = [[next(numbers) for _ in range(shape.size)] for _ in range(shape.period)]
    return PowerTerm(shape.base, tuple(_trimmed(part) for part in parts))


def _trimmed(part: list[int]) -> tuple[int, ...]:
    while len(part) > 1 and part[-1] == 0:
        part.pop()
    return tuple(part)


def _shapes(coefficients: tuple[int, ...]) -> tuple[int, list[_Shape]] | None:
    """How many first terms are not of the form, and the form's terms."""
    characteristic = fmpz_poly([*(-c for c in coefficients), 1])
    begin, periods, sizes = 0, dict[int, int](), dict[int, int]()
    for factor, multiplicity in characteristic.factor()[1]:
        if factor == _X:
            begin = multiplicity
            continue
        root = _root(factor)
        if root is None:
            return None
        base, period = root
        periods[base] = lcm(periods.get(base, 1), period)
        sizes[base] = max(sizes.get(base, 0), multiplicity)
    return begin, [_Shape(base, periods[base], sizes[base]) for base in sorted(periods)]


def _root(factor: fmpz_poly) -> tuple[int, int] | None:
    """b > 0 and m, where the roots of an irreducible factor are b times the primitive m-th roots of unity."""
    degree = factor.degree()
    base = _exact_root(abs(int(factor[0])), degree)
    if base is None:
        return None
    scaled = [int(factor[place]) for place in range(degree + 1)]
    if any(c % base ** (degree - place) for place, c in enumerate(scaled)):
        return None
    unit = fmpz_poly([c // base ** (degree - place) for place, c in enumerate(scaled)])
    period = int(unit.is_cyclotomic())
    return (base, period) if period else None


def _exact_root(number: int, degree: int) -> int | None:
    low, high = 1, 1 << (number.bit_length() // degree + 1)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**degree < number else (low, middle)
    return low if low**degree == number else None
