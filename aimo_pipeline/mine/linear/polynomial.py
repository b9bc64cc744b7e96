"""Polynomials, found by Newton's forward differences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from operator import mul

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Formula, Polynomial, Prefixed
from aimo_pipeline.mine.base import found
from aimo_pipeline.mine.integers import SIEVE_PRIME
from aimo_pipeline.outcome import FitOutcome, NothingFits


@dataclass(frozen=True)
class PolynomialMiner:
    """Finds the polynomial of least degree through all terms, perhaps after one odd first term.

    Degree d has d + 1 unknowns and so N - d - 1 spare terms. Degree 2 and up needs
    min_spare of them and polynomial.min_distinct_differences distinct first differences. A straight line
    says little (many sequences start as one): it needs unit_roots.min_spare. Its bits are few: among all
    floor(alpha n + beta) a share of about 1 / (N - 1) has a given integer line for its first N terms,
    whatever the size of the coefficients, so a slope close to an integer is taken for it until the terms
    part. A constant, zero
    included, is what a broken program prints too: it needs polynomial.min_spare_constant. An odd first term
    asks for unit_roots.more_after_transient more.

    Not covered: degrees above polynomial.max_degree_factor * max_order, which bounds the work for long
    traces; constants after an odd first term.
    """

    name: str = "polynomial"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        reason = f"{len(terms)} terms are too few for any degree"
        for transient in range(config.unit_roots.max_transient + 1):
            tail = terms[transient:]
            highest = min(
                len(tail) - 1 - config.min_spare, config.polynomial.max_degree_factor * config.max_order
            )
            if highest < 0:
                return NothingFits(reason)
            reason = f"no degree up to {highest}"
            differences = _least_degree(tail, highest)
            if differences is not None:
                weakness = _weakness(differences, tail, transient, config)
                return (
                    NothingFits(weakness)
                    if weakness
                    else _found(differences, transient, terms, first_index, self.name)
                )
        return NothingFits(reason)


def _found(
    differences: tuple[int, ...], transient: int, terms: tuple[int, ...], first_index: int, family: str
) -> FitOutcome:
    rule: Formula = Polynomial(first_index + transient, differences)
    if transient:
        rule = Prefixed(first_index, terms[:transient], rule)
    unknowns = transient + len(differences)
    bits = None if len(differences) > 2 else math.log2(max(2, len(terms) - transient - 1))
    return found(rule, family=family, terms=terms, unknowns=unknowns, bits=bits)


def _least_degree(terms: tuple[int, ...], highest: int) -> tuple[int, ...] | None:
    """leading_differences, after a look at one difference beyond the degree, modulo a prime."""
    if sum(map(mul, beyond(highest), terms)) % SIEVE_PRIME:
        return None
    return leading_differences(terms, highest)


@cache
def beyond(degree: int) -> tuple[int, ...]:
    """Coefficients of the (degree + 1)-th difference at the first term, up to the sign."""
    return tuple((-1) ** place * math.comb(degree + 1, place) for place in range(degree + 2))


def leading_differences(terms: tuple[int, ...], highest: int, modulus: int = 0) -> tuple[int, ...] | None:
    """Forward differences at the first term, up to the degree of the terms.

    Args:
        terms: more than `highest` of them.
        highest: largest degree to look for.
        modulus: the differences are residues modulo it; 0 for exact ones.

    Returns:
        d + 1 integers (a single one, perhaps 0, for a constant); None if the degree is above
        `highest`.
    """
    row = list(terms)
    leading: list[int] = []
    while len(leading) <= highest:
        leading.append(row[0])
        row = [(b - a) % modulus for a, b in pairwise(row)] if modulus else [b - a for a, b in pairwise(row)]
        if not any(row):
            return tuple(leading)
    return None


def _weakness(
    differences: tuple[int, ...], terms: tuple[int, ...], transient: int, config: MineConfig
) -> str | None:
    degree = len(differences) - 1
    if transient and degree == 0:
        return "a constant after an odd first term"
    spare = len(terms) - len(differences)
    needed = {0: config.polynomial.min_spare_constant, 1: config.unit_roots.min_spare}.get(
        degree, config.min_spare
    )
    needed += int(transient * config.unit_roots.more_after_transient * needed)
    if spare < needed:
        return f"degree {degree} has {spare} spare terms, needs {needed}"
    distinct, least = len({b - a for a, b in pairwise(terms)}), config.polynomial.min_distinct_differences
    if degree > 1 and distinct < least:
        return f"degree {degree} has {distinct} distinct differences, needs {least}"
    return None
