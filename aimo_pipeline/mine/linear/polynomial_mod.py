"""Polynomials modulo m, found by the gcd of high differences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Polynomial, Reduced
from aimo_pipeline.mine.base import found
from aimo_pipeline.mine.integers import decimal
from aimo_pipeline.mine.linear.modulus import (
    MAX_POLYNOMIAL_DEGREE,
    are_residues,
    fewest_integral_unknowns,
    polynomial_moduli,
    weakness_of_wraps,
)
from aimo_pipeline.mine.linear.polynomial import leading_differences
from aimo_pipeline.mine.trust.evidence import weakness_modulo
from aimo_pipeline.outcome import FitOutcome, NothingFits

REVERSING = (99, 999, 9999)  # 10, 11, 12, ... with reversed digits are a line modulo 99
WINDOW = 96  # terms that the search looks at; what it finds is held against all of them


@dataclass(frozen=True)
class PolynomialModMiner:
    """Finds the polynomial of least degree that gives all terms modulo m, each a residue 0..m-1.

    Its trust is that of a recurrence modulo m of order degree + 1, with as many unknowns; a modulus
    that is not known must show in several terms (weakness_of_wraps).

    Attributes:
        modulus: tried first, if one is known; then the differences of the terms tell.

    Not covered: degrees above 8; polynomials that never wrap round, which are plain polynomials.
    """

    name: str = "polynomial modulo m"
    modulus: int | None = None

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        highest = min(MAX_POLYNOMIAL_DEGREE, len(terms) // 4 - 1)
        if highest < 1 or not are_residues(terms):
            return NothingFits("the terms are no residues, or too few")
        window = terms[:WINDOW]
        reason = f"no degree up to {highest} modulo any likely modulus"
        known = (self.modulus,) if self.modulus else ()
        for modulus in (*known, *polynomial_moduli(window)):
            differences = leading_differences(terms, highest, modulus)
            if differences is None or max(terms) >= modulus:
                continue
            unknowns = len(differences)
            weakness = _weakness(unknowns, terms, modulus, config)
            if weakness is None and modulus not in known:
                weakness = weakness_of_wraps(terms, _recurrence(unknowns), modulus, config.modular)
            if weakness is None:
                rule = Reduced(first_index, modulus, Polynomial(first_index, differences))
                return found(rule, family=self.name, terms=terms, unknowns=unknowns)
            reason = weakness
        return NothingFits(reason)


def _recurrence(order: int) -> tuple[int, ...]:
    """Coefficients, the oldest term's first, of the recurrence of all polynomials of degree order - 1."""
    return tuple((-1) ** (order - 1 - place) * math.comb(order, place) for place in range(order))


def _weakness(unknowns: int, terms: tuple[int, ...], modulus: int, config: MineConfig) -> str | None:
    if unknowns > 2:
        if unknowns >= fewest_integral_unknowns(terms[:WINDOW], config.modular):
            return "a rule over the integers has no more unknowns"
        return weakness_modulo(unknowns, unknowns, terms, modulus, config)
    # A line modulo m has two steps only, slope and slope - m, and so looks like a rule over the integers.
    wraps = sum(b < a for a, b in pairwise(terms))
    if min(wraps, len(terms) - wraps) < config.modular.min_wraps_line:
        return f"a line modulo {decimal(modulus)} wraps round only {wraps} times"
    if modulus in REVERSING and len(terms) < config.periodic.decimal_end:
        return f"a line modulo {modulus}: numbers with reversed digits give these terms as well"
    return weakness_modulo(unknowns, unknowns, terms, modulus, config)
