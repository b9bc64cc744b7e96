"""Products whose ratios are no integers: alternating sign matrices, Gaussian binomials.

If r(n) = a(n + 1) / a(n), and r(n + 1) / r(n) is a fraction P(x) / Q(x) of polynomials in x = n or x = q^n,
r(n) is a quotient of two products of polynomial terms. The coefficients are the null space of a small matrix;
r itself may be the fraction too, which a hypergeometric term has for x = n.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from flint import fmpq, fmpz, fmpz_mat, fmpz_poly, nmod_mat

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import CFinite, Formula, PartialProduct, Polynomial, Product, QuotientProduct
from aimo_pipeline.mine.base import MAX_BITS, CannotEvaluate, Evaluate, found
from aimo_pipeline.mine.integers import SIEVE_PRIME, decimal, integer_roots, polynomial_value
from aimo_pipeline.mine.linear.polynomial import leading_differences
from aimo_pipeline.outcome import FitOutcome, NothingFits

MAX_DEGREE = 5
BASES = (2, 3, 4, 5)  # q
MAX_TOTAL_BITS = 1 << 20
MAX_STEPS = 20_000
WINDOW = 24  # terms for the test modulo a prime, which turns away nearly all sequences

Fraction = tuple[tuple[int, ...], tuple[int, ...]]  # numerator and denominator, lowest power first


@dataclass(frozen=True)
class QuotientProductMiner:
    """Finds sequences whose ratios, or the ratios of whose ratios, are fractions in n or q^n.

    Not covered: terms with a zero, degrees above 5, q beyond 2..5.
    """

    name: str = "quotient product"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        spare = config.products.min_spare_quotient
        if len(terms) < spare + 6 or not all(terms):
            return NothingFits("too few terms, or a zero among them")
        if sum(term.bit_length() for term in terms) > MAX_TOTAL_BITS:
            return NothingFits("the terms are too large")
        if terms[-1].bit_length() < config.products.min_growth_quotient * terms[len(terms) // 2].bit_length():
            return NothingFits("grows no faster than a hypergeometric term")
        for nested, q in _suspects(terms[:WINDOW], first_index, spare):
            if not nested and q == 1:
                return NothingFits("hypergeometric terms have a miner of their own")
            ratios = [fmpq(b, a) for a, b in pairwise(terms)]
            values = [b / a for a, b in pairwise(ratios)] if nested else ratios
            fraction = fitted(values, first_index, q, spare)
            if fraction is not None:
                return self._rule(fraction, q, nested, terms, first_index, ratios[0])
        return NothingFits("no fraction in n or q^n gives the ratios")

    def _rule(
        self,
        fraction: Fraction,
        q: int,
        nested: bool,
        terms: tuple[int, ...],
        first_index: int,
        ratio: fmpq,
    ) -> FitOutcome:
        upper, lower = (_along(polynomial, q, first_index) for polynomial in fraction)
        if nested:
            upper = PartialProduct(first_index, int(ratio.p), upper)
            lower = PartialProduct(first_index, int(ratio.q), lower)
        unknowns = sum(map(len, fraction)) + (2 if nested else 1)
        formula = QuotientProduct(first_index, terms[0], upper, lower)
        return found(formula, family=self.name, terms=terms, unknowns=unknowns)


def _suspects(terms: tuple[int, ...], first_index: int, min_spare: int) -> Iterator[tuple[bool, int]]:
    """Whether the ratios' ratios or the ratios are to be fitted, and q, where a fraction fits modulo a prime.

    A fraction in q^n has ratios that are such a fraction, too, so the ratios themselves come first.
    """
    residues = [term % SIEVE_PRIME for term in terms]
    if not all(residues):
        return
    ratios = [b * pow(a, -1, SIEVE_PRIME) % SIEVE_PRIME for a, b in pairwise(residues)]
    seconds = [b * pow(a, -1, SIEVE_PRIME) % SIEVE_PRIME for a, b in pairwise(ratios)]
    if len(set(seconds)) < min_spare:
        return
    for nested, values in ((False, ratios), (True, seconds)):
        degree = min(MAX_DEGREE, (len(values) - min_spare) // 2 - 1)
        for q in (1, *BASES) if degree > 0 else ():
            points = [pow(q, t, SIEVE_PRIME) if q > 1 else first_index + t for t in range(len(values))]
            powers = [[pow(x, i, SIEVE_PRIME) for i in range(degree + 1)] for x in points]
            rows = [
                [*line, *(v * c % SIEVE_PRIME for c in line)] for v, line in zip(values, powers, strict=True)
            ]
            if nmod_mat(rows, SIEVE_PRIME).rank() < 2 * (degree + 1):
                yield nested, q


def fitted(values: list[fmpq], first_index: int, q: int, min_spare: int) -> Fraction | None:
    """P and Q of the least degree with values[t] = P(x) / Q(x) at x = first_index + t, or q^t if q > 1.

    Returns:
        None unless min_spare values more than there are coefficients agree, the numerator and denominator
        have no root among all later places, and the fraction is no constant.
    """
    points = [fmpz(q) ** t if q > 1 else fmpz(first_index + t) for t in range(len(values))]
    for degree in range(1, MAX_DEGREE + 1):
        if len(values) < 2 * (degree + 1) + min_spare:
            return None
        rows = [
            [*(v.q * x**i for i in range(degree + 1)), *(v.p * x**i for i in range(degree + 1))]
            for v, x in zip(values, points, strict=True)
        ]
        residues = [[int(entry) % SIEVE_PRIME for entry in row] for row in rows]
        if nmod_mat(residues, SIEVE_PRIME).rank() <= 2 * degree + 1:
            return _from_kernel(rows, degree, values, points)
    return None


def _from_kernel(
    rows: list[list[fmpz]], degree: int, values: list[fmpq], points: list[fmpz]
) -> Fraction | None:
    basis, nullity = fmpz_mat(rows).nullspace()
    if nullity != 1:
        return None
    vector = [int(basis[i, 0]) for i in range(2 * degree + 2)]
    content = math.gcd(*vector) or 1
    upper = fmpz_poly([entry // content for entry in vector[: degree + 1]])
    lower = fmpz_poly([-entry // content for entry in vector[degree + 1 :]])
    if min(upper.degree(), lower.degree()) < 0 or any(
        root >= points[0] for root in (*integer_roots(upper), *integer_roots(lower))
    ):
        return None
    if any(v.p * lower(x) != v.q * upper(x) for v, x in zip(values, points, strict=True)):
        return None
    return _coefficients(upper), _coefficients(lower)


def _coefficients(polynomial: fmpz_poly) -> tuple[int, ...]:
    return tuple(int(c) for c in polynomial.coeffs())


def _along(polynomial: tuple[int, ...], q: int, first_index: int) -> Formula:
    """The polynomial's values at x = n, or at x = q^(n - first_index), as a rule."""
    count = len(polynomial)
    points = [q**t if q > 1 else first_index + t for t in range(count)]
    values = [polynomial_value(polynomial, x) for x in points]
    if q == 1:
        differences = leading_differences(tuple(values), count - 1)
        assert differences is not None  # the degree is below the number of values
        return Polynomial(first_index, differences)
    characteristic = math.prod((fmpz_poly([-(q**i), 1]) for i in range(count)), start=fmpz_poly([1]))
    return CFinite(first_index, tuple(-int(characteristic[i]) for i in range(count)), tuple(values))


def value(formula: QuotientProduct, index: int, modulus: int | None, inner: Evaluate) -> int | CannotEvaluate:
    """The product's term at `index`, modulo `modulus` if one is given; computed exactly in either case.

    Args:
        index: from formula.first_index on, at most 20 000 steps.
        modulus: a positive integer, prime or not; None for the term itself.
        inner: evaluates both factors.

    Returns:
        0..modulus-1, or the exact term; CannotEvaluate for an index further out, for products of more than
        10^6 digits, and where they do not divide.
    """
    first, steps = formula.first_index, index - formula.first_index
    if steps > MAX_STEPS:
        return CannotEvaluate(f"{decimal(steps)} ratios are too many")
    upper = inner(PartialProduct(first, formula.start, formula.upper), index, None)
    lower = inner(PartialProduct(first, 1, formula.lower), index, None)
    if isinstance(upper, CannotEvaluate):
        return upper
    if isinstance(lower, CannotEvaluate):
        return lower
    if lower == 0 or fmpz(upper) % lower:
        return CannotEvaluate("the products do not divide")
    return int(fmpz(upper) // lower) if modulus is None else int(fmpz(upper) // lower) % modulus


def pointwise(formula: Product, index: int, modulus: int | None, inner: Evaluate) -> int | CannotEvaluate:
    """The product of all factors' terms at `index`; CannotEvaluate if one cannot be told."""
    product = 1
    for factor in formula.factors:
        term = inner(factor, index, modulus)
        if isinstance(term, CannotEvaluate):
            return term
        if product.bit_length() + term.bit_length() > 2 * MAX_BITS:
            return CannotEvaluate("the exact term has more than 10^6 digits")
        product = product * term if modulus is None else product * term % modulus
    return product
