"""Algebraic generating functions: power series y with P(x, y) = 0 for a polynomial P.

P of degree D in y and d in x is a vector of (D + 1)(d + 1) integers in the null space of the matrix whose
columns are the series x^j y^i: first modulo one prime, then modulo a few more, rational reconstruction,
exact check.

Uniqueness: let v be the order of vanishing of dP/dy at y. Once the coefficients up to x^v are given,
Hensel's lemma fixes all others: with y = s + x^m z, m > v, the equation P = 0 divided by x^(m + v) is
linear in z modulo x.
Source: Kauers and Paule, The Concrete Tetrahedron (2011), chapter 6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from flint import fmpz_poly, nmod_mat, nmod_poly

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Algebraic
from aimo_pipeline.mine.base import found
from aimo_pipeline.mine.holonomic.newton import continued, slope_of, substituted, valuation
from aimo_pipeline.mine.holonomic.reconstruct import SEARCH_PRIME, integer_vector, null_vector
from aimo_pipeline.mine.integers import decimal
from aimo_pipeline.outcome import FitOutcome, NothingFits

SURPLUS = 8  # equations beyond the unknowns that a search looks at; the exact check looks at all


@dataclass(frozen=True)
class AlgebraicMiner:
    """Finds the equation of degree 2 or more in y with the fewest coefficients.

    Not covered: degree 1, which is a rational function (mine/linear/cfinite.py).
    """

    name: str = "algebraic"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        if not any(terms):
            return NothingFits("no term differs from zero")
        for shape in _shapes(terms, config):
            equation = _lifted(terms, shape)
            if equation is None:
                continue
            formula = _formula(equation, terms, first_index)
            if isinstance(formula, NothingFits):
                return formula
            unknowns = shape.coefficients - 1 + len(formula.initial)
            weakness = _weakness(formula, terms, shape, unknowns, config)
            if weakness:
                return NothingFits(weakness)
            return found(formula, family=self.name, terms=terms, unknowns=unknowns)
        return NothingFits(f"{len(terms)} terms solve no polynomial equation")


@dataclass(frozen=True, order=True)
class Shape:
    """Degrees of P in y and in x; they sort by the number of coefficients."""

    coefficients: int
    in_y: int
    in_x: int

    @classmethod
    def of(cls, in_y: int, in_x: int) -> Shape:
        """The shape with (in_y + 1)(in_x + 1) coefficients."""
        return cls((in_y + 1) * (in_x + 1), in_y, in_x)


def _shapes(terms: tuple[int, ...], config: MineConfig) -> list[Shape]:
    """For each degree in y the least one in x at which there is a null vector, the smallest shape first."""
    room = min(len(terms) - config.algebraic.min_spare, config.algebraic.max_coefficients)
    powers = _powers(terms[: room + SURPLUS], config.algebraic.max_degree, SEARCH_PRIME)
    hits: list[Shape] = []
    for in_y in range(1, config.algebraic.max_degree + 1):
        if hits:  # only a smaller shape is of interest
            room = min(room, min(hits).coefficients - 1)
        in_x = _least_degree(powers, in_y, room // (in_y + 1) - 1)
        if in_x is not None:
            hits.append(Shape.of(in_y, in_x))
    return sorted(hits)


def _least_degree(powers: list[list[int]], in_y: int, highest: int) -> int | None:
    if highest < 0 or not _is_singular(powers, Shape.of(in_y, highest)):
        return None
    low, high = 0, highest
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _is_singular(powers, Shape.of(in_y, middle)) else (middle + 1, high)
    return low


def _is_singular(powers: list[list[int]], shape: Shape) -> bool:
    matrix = _equations(powers, shape, SEARCH_PRIME)
    return bool(matrix.rank() < matrix.ncols())


def _powers(terms: tuple[int, ...], highest: int, prime: int) -> list[list[int]]:
    """The series' powers y^0, y^1, ... modulo `prime`, as many coefficients of each as there are terms."""
    count = len(terms)
    series, power = nmod_poly([term % prime for term in terms], prime), nmod_poly([1], prime)
    powers = []
    for _ in range(highest + 1):
        coefficients = [int(c) for c in power.coeffs()]
        powers.append(coefficients + [0] * (count - len(coefficients)))
        power = power.mul_low(series, count)
    return powers


def _equations(powers: list[list[int]], shape: Shape, prime: int) -> nmod_mat:
    """One row per power of x; column i * (in_x + 1) + j holds the coefficients of x^j y^i."""
    rows = min(len(powers[0]), shape.coefficients + SURPLUS)
    columns = [[0] * shape.in_x + power for power in powers[: shape.in_y + 1]]
    entries = [c for n in range(rows) for column in columns for c in column[n : n + shape.in_x + 1][::-1]]
    return nmod_mat(rows, shape.coefficients, entries, prime)


def _lifted(terms: tuple[int, ...], shape: Shape) -> list[fmpz_poly] | None:
    """The coefficients of y^0, y^1, ... in the shape's only equation, exact on every term."""
    series, size = fmpz_poly(list(terms)), shape.in_x + 1
    window = terms[: shape.coefficients + SURPLUS]

    def modulo(prime: int) -> list[int] | None:
        return null_vector(_equations(_powers(window, shape.in_y, prime), shape, prime))

    for vector in integer_vector(modulo):
        equation = [fmpz_poly(vector[i * size : (i + 1) * size]) for i in range(shape.in_y + 1)]
        if substituted(equation, series, len(terms)).is_zero():
            return equation
    return None


def _formula(equation: list[fmpz_poly], terms: tuple[int, ...], first_index: int) -> Algebraic | NothingFits:
    series, count = fmpz_poly(list(terms)), len(terms)
    order = valuation(substituted(slope_of(equation), series, count))
    if order is None or 2 * order >= count:
        return NothingFits("the terms single out no solution of the equation")
    if not substituted(
        equation, series, count + order
    ).is_zero():  # these coefficients depend on known terms only
        return NothingFits("the last terms do not solve the equation")
    sign = 1 if next(c for p in equation for c in p.coeffs() if c != 0) > 0 else -1
    rows = tuple(tuple(int(sign * c) for c in p.coeffs()) for p in equation)
    return Algebraic(first_index, rows, terms[: order + 1])


def _weakness(
    formula: Algebraic, terms: tuple[int, ...], shape: Shape, unknowns: int, config: MineConfig
) -> str | None:
    """Why the equation is no evidence although the terms solve it; None if it is."""
    what = f"degree {shape.in_y} in y, {shape.in_x} in x"
    if shape.in_y == 1:
        return f"{what}: it is C-finite"
    spare = sum(map(bool, terms)) - unknowns  # zeros may be there by parity alone
    needed = max(config.algebraic.min_spare, int(config.algebraic.min_spare_per_unknown * unknowns))
    if spare < needed:
        return f"{what} has {spare} spare terms that are not zero, needs {needed}"
    moved = _moved_term(formula, terms, config)
    if moved is not None:
        return f"{what}: with another term at {decimal(formula.first_index + moved)} a simpler equation holds"
    ahead = config.algebraic.integer_terms
    if len(continued(formula, terms, len(terms) + ahead)) < len(terms) + ahead:
        return f"{what}: not all of the next {ahead} terms are integers"
    return None


def _moved_term(formula: Algebraic, terms: tuple[int, ...], config: MineConfig) -> int | None:
    """The place j, if any, where another term would give a simpler equation.

    A corrupted term adds c x^j to y, and that is algebraic as well. Only the c that cancel a coefficient of
    y^0 or y^(D-1) are tried. The first term is allowed to be what one sets by convention, 0 or 1; elsewhere
    a shift of it cancels a coefficient of many an honest equation, so the equation must become shorter.
    """
    equation = [fmpz_poly(list(row)) for row in formula.equation]
    size, bits = _size(equation), _bits(equation)
    for j in range(1 if terms[0] in (0, 1) else 0, _degree_in_x(equation) + 1):
        for c in _cancelling(equation, j):
            other = _translated(equation, fmpz_poly([0] * j + [c]))
            saved = bits - _bits(other)
            if _size(other) < size and (j > 0 or saved >= config.algebraic.min_saved_bits_first):
                return j
    return None


def _cancelling(equation: list[fmpz_poly], j: int) -> set[int]:
    """The c for which P(x, y + c x^j) has no x^a y^i, for some a and i = 0 or D - 1."""
    found_roots: set[int] = set()
    for i in {0, len(equation) - 2}:
        for a in range(_degree_in_x(equation) + 1):
            above = range(i, len(equation))
            in_c = fmpz_poly(
                [math.comb(k, i) * equation[k][a - (k - i) * j] if a >= (k - i) * j else 0 for k in above]
            )
            if in_c.degree() > 0:
                found_roots.update(int(root) for root, _ in in_c.roots())
    return found_roots - {0}


def _degree_in_x(equation: list[fmpz_poly]) -> int:
    return max(int(p.degree()) for p in equation)


def _size(equation: list[fmpz_poly]) -> int:
    return sum(c != 0 for p in equation for c in p.coeffs())


def _bits(equation: list[fmpz_poly]) -> float:
    """One bit for each coefficient that is not zero, and its length."""
    return sum(1 + math.log2(1 + abs(int(c))) for p in equation for c in p.coeffs() if c != 0)


def _translated(equation: list[fmpz_poly], by: fmpz_poly) -> list[fmpz_poly]:
    """P(x, y + by)."""
    result: list[fmpz_poly] = []
    for coefficient in reversed(equation):
        raised = [fmpz_poly(0), *result]
        result = [p + by * q for p, q in zip(raised, [*result, fmpz_poly(0)], strict=True)]
        result[0] += coefficient
    return result[: len(equation)]
