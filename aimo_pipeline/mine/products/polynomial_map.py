"""Sequences in which each term is one polynomial of the term before: Sylvester's, a(n + 1) = a(n)^2 - 2.

Their terms double in length, so a few of them carry hundreds of bits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from flint import fmpq, fmpq_mat, fmpz

from aimo_pipeline.config import MineConfig
from aimo_pipeline.config.mine_families import ProductRules
from aimo_pipeline.formula import PolynomialMap
from aimo_pipeline.mine.base import MAX_BITS, CannotEvaluate, found
from aimo_pipeline.mine.integers import decimal
from aimo_pipeline.outcome import FitOutcome, NothingFits

DEGREES = (2, 3)
MAX_STEPS = 1 << 20  # until a cycle modulo m must have shown, or n been reached


@dataclass(frozen=True)
class PolynomialMapMiner:
    """Finds a(n + 1) = p(a(n)) for a polynomial p of degree 2 or 3 with integer coefficients up to
    products.max_map_coefficient.

    Not covered: terms whose lengths don't grow by the degree, in the end, and rules with less than
    products.min_spare_map terms or products.min_bits_map bits to spare.
    """

    name: str = "polynomial map"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        rules = config.products
        for degree in DEGREES:
            if len(terms) < degree + 2 + rules.min_spare_map or not _grow(terms, degree, rules):
                continue
            coefficients = _interpolated(terms, degree)
            if coefficients is None or max(map(abs, coefficients)) > rules.max_map_coefficient:
                continue
            if any(_image(coefficients, a) != b for a, b in pairwise(map(fmpz, terms))):
                continue
            spare = len(terms) - degree - 2
            bits = float(sum(term.bit_length() for term in terms[-spare:]))
            if bits >= rules.min_bits_map:
                formula = PolynomialMap(first_index, terms[0], coefficients)
                return found(
                    formula, family=self.name, terms=terms, unknowns=degree + 2, spare=spare, bits=bits
                )
        return NothingFits("no polynomial of degree 2 or 3 leads from term to term")


def _grow(terms: tuple[int, ...], degree: int, rules: ProductRules) -> bool:
    """The last lengths are each about `degree` times the one before."""
    lengths = [term.bit_length() for term in terms[-4:]]
    slack = degree * math.log2(rules.max_map_coefficient) + degree
    return all(abs(b - degree * a) <= slack and b > a > 2 for a, b in pairwise(lengths))


def _interpolated(terms: tuple[int, ...], degree: int) -> tuple[int, ...] | None:
    """The integer coefficients, lowest power first, that the first distinct terms and their followers fix."""
    pairs = list(dict(pairwise(terms)).items())[: degree + 1]
    if len(pairs) <= degree:
        return None
    matrix = fmpq_mat(
        degree + 1, degree + 1, [fmpq(a**power) for a, _ in pairs for power in range(degree + 1)]
    )
    solution = matrix.solve(fmpq_mat(degree + 1, 1, [fmpq(b) for _, b in pairs]))
    entries = [solution[power, 0] for power in range(degree + 1)]
    if any(entry.q != 1 for entry in entries) or entries[-1] == 0:
        return None
    return tuple(int(entry.p) for entry in entries)


def _image(coefficients: tuple[int, ...], term: fmpz) -> fmpz:
    image = fmpz(0)
    for coefficient in reversed(coefficients):
        image = image * term + coefficient
    return image


def value(formula: PolynomialMap, index: int, modulus: int | None) -> int | CannotEvaluate:
    """The map's term at `index`, modulo `modulus` if one is given.

    Args:
        index: from formula.first_index on, of any size if the map runs into a cycle modulo `modulus` soon.
        modulus: a positive integer, prime or not; None for the term itself.

    Returns:
        0..modulus-1, or the exact term; CannotEvaluate if it has more than 10^6 digits, or if neither `index`
        nor a cycle is reached within 2^20 steps.
    """
    steps = index - formula.first_index
    return _exact(formula, steps) if modulus is None else _modular(formula, steps, modulus)


def _exact(formula: PolynomialMap, steps: int) -> int | CannotEvaluate:
    term = fmpz(formula.start)
    for place in range(steps):
        following = _image(formula.coefficients, term)
        if following == term:
            return int(term)
        term = following
        if term.bit_length() > MAX_BITS or place > MAX_STEPS:
            return CannotEvaluate("the exact term has more than 10^6 digits, or is too many steps away")
    return int(term)


def _modular(formula: PolynomialMap, steps: int, modulus: int) -> int | CannotEvaluate:
    """By Brent: the tortoise waits at powers of two until the hare comes round to it."""
    hare = tortoise = formula.start % modulus
    waited, until = 0, 1
    for place in range(1, min(steps, MAX_STEPS) + 1):
        hare = _step(formula.coefficients, hare, modulus)
        waited += 1
        if hare == tortoise:
            for _ in range((steps - place) % waited):
                hare = _step(formula.coefficients, hare, modulus)
            return hare
        if waited == until:
            tortoise, waited, until = hare, 0, 2 * until
    if steps <= MAX_STEPS:
        return hare
    return CannotEvaluate(f"no cycle modulo {decimal(modulus)} within {MAX_STEPS} steps")


def _step(coefficients: tuple[int, ...], residue: int, modulus: int) -> int:
    image = 0
    for coefficient in reversed(coefficients):
        image = (image * residue + coefficient) % modulus
    return image
