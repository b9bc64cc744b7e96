"""P-recursive sequences: recurrences whose coefficients are polynomials in n, hypergeometric terms included.

A recurrence of order r and degree d is a vector of (r + 1)(d + 1) integers that is orthogonal to one row of
n^j a(n + i) for each n. So it is a null space: first modulo a small prime, which turns nearly every sequence
without such a rule away within milliseconds, then modulo word-size primes until rational reconstruction gives
integers that pass the exact check of every equation.

Any sequence obeys *some* such recurrence on finitely many terms, and polynomial coefficients can switch an
equation off where a term is wrong. Hence what is asked for beyond spare terms: see `_weakness`.
Source: Kauers and Paule, The Concrete Tetrahedron (2011), chapter 7; the thresholds: see MineConfig.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, repeat

from flint import fmpz, fmpz_poly, nmod_mat

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import PRecursive
from aimo_pipeline.mine.base import found
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.holonomic.reconstruct import SEARCH_PRIME, integer_vector, null_vector
from aimo_pipeline.mine.holonomic.shape import Limits, Shape
from aimo_pipeline.mine.integers import integer_roots
from aimo_pipeline.mine.linear.cfinite import integer_recurrence
from aimo_pipeline.outcome import FitOutcome, NothingFits

SURPLUS = 8  # equations beyond the unknowns that a search looks at; the exact check looks at all


@dataclass(frozen=True)
class PRecursiveMiner:
    """Finds a hypergeometric term, or else the recurrence with the fewest coefficients.

    Not covered: constant coefficients (linear/cfinite.py); inhomogeneous recurrences as such, which are
    found as homogeneous ones of higher order; rules that begin only after a transient.
    """

    name: str = "p-recursive"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        if not any(terms):
            return NothingFits("no term differs from zero")
        weaknesses = []
        for shape, operator in fits(terms, Limits.of(config)):
            formula = recurrence(operator, terms, first_index)
            weakness = _weakness(formula, operator, terms, shape, config)
            if weakness is None:
                return found(formula, family=self.name, terms=terms, unknowns=_unknowns(formula, shape))
            weaknesses.append(weakness)
        none = f"{len(terms)} terms obey no recurrence with polynomial coefficients"
        return NothingFits("; ".join(weaknesses) or none)


def fits(terms: tuple[int, ...], limits: Limits) -> Iterator[tuple[Shape, list[fmpz_poly]]]:
    """Recurrences that all terms obey: of order 1 if there is one, then the one with fewest coefficients.

    Yields:
        the shape, and p_0 .. p_k in t = n - first_index.
    """
    for shape in _shapes(terms, limits):
        operator = _lifted(terms, shape)
        if operator is not None:
            yield shape, operator


def _shapes(terms: tuple[int, ...], limits: Limits) -> list[Shape]:
    """For each order the least degree with a null vector modulo a prime; order 1 first, then by size.

    A hypergeometric term is preferred to a smaller recurrence of higher order, because it goes furthest.
    """
    most = limits.coefficients
    residues = [term % SEARCH_PRIME for term in terms[: most + limits.order + SURPLUS]]
    weighted = _weighted(residues, limits.degree)
    hits: list[Shape] = []
    for order in range(1, limits.order + 1):
        room = min(len(residues) - limits.spare - order + 1, most)
        if hits:  # only a smaller shape is of interest
            room = min(room, min(hits).coefficients - 1)
        degree = _least_degree(weighted, order, min(room // (order + 1) - 1, limits.degree))
        if degree is not None:
            hits.append(Shape.of(order, degree))
    return sorted(hits, key=lambda shape: (shape.order > 1, shape))


def _weighted(residues: list[int], degree: int) -> list[list[int]]:
    """For each place k the row a(k) k^j, j = 0 .. degree."""
    return [
        list(accumulate(repeat(k, degree), lambda a, b: a * b % SEARCH_PRIME, initial=residue))
        for k, residue in enumerate(residues)
    ]


def _least_degree(weighted: list[list[int]], order: int, highest: int) -> int | None:
    if highest < 0 or not _is_singular(weighted, order, highest):
        return None
    low, high = 0, highest
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _is_singular(weighted, order, middle) else (middle + 1, high)
    return low


def _is_singular(weighted: list[list[int]], order: int, degree: int) -> bool:
    """True if some recurrence of this shape holds, its polynomials taken in n + i instead of n.

    That is another basis of the same polynomials, in which each row of the equations is put together from
    rows that are there already: building the matrices is what a search costs.
    """
    columns = (order + 1) * (degree + 1)
    rows = min(len(weighted) - order, columns + SURPLUS)
    cut = [row[: degree + 1] for row in weighted]
    entries = [entry for t in range(rows) for row in cut[t : t + order + 1] for entry in row]
    return bool(nmod_mat(rows, columns, entries, SEARCH_PRIME).rank() < columns)


def _equations(residues: list[int], order: int, degree: int, prime: int) -> nmod_mat:
    """Rows t^j a(t + i), t counted from the first term, column i * (degree + 1) + j; some rows to spare."""
    columns = (order + 1) * (degree + 1)
    rows = min(len(residues) - order, columns + SURPLUS)
    entries: list[int] = []
    for t in range(rows):
        powers = list(accumulate(repeat(t, degree), lambda a, b: a * b % prime, initial=1))
        entries += [residue * power % prime for residue in residues[t : t + order + 1] for power in powers]
    return nmod_mat(rows, columns, entries, prime)


def _lifted(terms: tuple[int, ...], shape: Shape) -> list[fmpz_poly] | None:
    """The shape's only recurrence, its polynomials in t = n - first_index, exact on every term."""
    window = terms[: shape.coefficients + shape.order + SURPLUS]

    def modulo(prime: int) -> list[int] | None:
        residues = [term % prime for term in window]
        return null_vector(_equations(residues, shape.order, shape.degree, prime))

    for vector in integer_vector(modulo):
        size = shape.degree + 1
        operator = [fmpz_poly(vector[i * size : (i + 1) * size]) for i in range(shape.order + 1)]
        if obeys(terms, operator):
            return operator
    return None


def obeys(terms: tuple[int, ...], operator: list[fmpz_poly]) -> bool:
    big = [fmpz(term) for term in terms]
    return all(
        sum((p(t) * big[t + i] for i, p in enumerate(operator)), fmpz(0)) == 0
        for t in range(len(terms) - len(operator) + 1)
    )


def recurrence(operator: list[fmpz_poly], terms: tuple[int, ...], first_index: int) -> PRecursive:
    """In the true index n, content removed, the leading polynomial positive in the long run."""
    shifted = [p(fmpz_poly([-first_index, 1])) for p in operator]
    content = fmpz(0)
    for polynomial in shifted:
        content = content.gcd(polynomial.content())
    sign = 1 if shifted[-1].leading_coefficient() > 0 else -1
    polynomials = tuple(tuple(int(sign * c // content) for c in p.coeffs()) for p in shifted)
    return PRecursive(first_index, polynomials, terms[: _needed(operator, len(terms))])


def _needed(operator: list[fmpz_poly], count: int) -> int:
    """How many terms the recurrence cannot give by itself, because its leading coefficient vanishes."""
    order = len(operator) - 1
    return max([order, *(t + order + 1 for t in _roots(operator[-1]) if t + order < count)])


def _roots(polynomial: fmpz_poly) -> list[int]:
    """Non-negative integer roots."""
    return [root for root in integer_roots(polynomial) if root >= 0]


def _unknowns(formula: PRecursive, shape: Shape) -> int:
    """Coefficients up to a common factor, and initial terms."""
    return shape.coefficients - 1 + len(formula.initial)


def _weakness(
    formula: PRecursive, operator: list[fmpz_poly], terms: tuple[int, ...], shape: Shape, config: MineConfig
) -> str | None:
    """Why the recurrence is no evidence although every term obeys it; None if it is."""
    what = f"order {shape.order}, degree {shape.degree}"
    if shape.degree == 0:
        return f"{what}: it is C-finite"
    if any(t + shape.order >= len(terms) for t in _roots(operator[-1])):
        return f"{what}: the leading coefficient vanishes beyond the terms"
    if _ignores_terms(operator, terms):
        return f"{what}: some equation was switched off where a term did not fit"
    spare = sum(map(bool, terms)) - _unknowns(formula, shape)  # zeros may be there by parity alone
    # An ignored first term takes one equation with it that would have spoken against the rule.
    needed = config.min_spare if operator[0][0] == 0 else config.p_recursive.min_spare
    if spare < needed:
        return f"{what} has {spare} spare terms that are not zero, needs {needed}"
    ahead = config.p_recursive.integer_terms
    continued = terms_of(formula, len(terms) + ahead)
    if continued[: len(terms)] != terms or len(continued) < len(terms) + ahead:
        return f"{what}: not all of the next {ahead} terms are integers"
    highest = min((len(continued) - config.min_spare) // 2, 2 * config.p_recursive.max_coefficients)
    if integer_recurrence(continued, highest) is not None:
        return f"{what}: it is C-finite"
    return None


def _ignores_terms(operator: list[fmpz_poly], terms: tuple[int, ...]) -> bool:
    """True if some sequence that ends in zeros obeys the recurrence: it could be added to any solution.

    This is how a rule swallows a corrupted term: with enough degree no equation is left that sees it. Such a
    sequence ends at a root of the trailing coefficient, and each root has one (back substitution). The first
    term alone may be ignored, as in Schroeder's numbers, if it is what one sets by convention, 0 or 1.
    """
    if operator[0].is_zero():
        return True
    ignored = [t for t in _roots(operator[0]) if t < len(terms)]
    switched_off = all(p[0] == 0 for p in operator)
    plain = ignored == [0] and not switched_off and not _roots(operator[-1]) and terms[0] in (0, 1)
    return bool(ignored) and not plain
