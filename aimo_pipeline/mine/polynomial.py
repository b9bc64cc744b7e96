"""Polynomials, found by Newton's forward differences."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Polynomial
from aimo_pipeline.outcome import Found, MineOutcome, NothingFits


@dataclass(frozen=True)
class PolynomialMiner:
    """Finds the polynomial of least degree through all terms.

    Degree d has d + 1 unknowns and so N - d - 1 spare terms. Degree 2 and up needs
    min_spare of them and min_distinct_differences distinct first differences. A straight line
    says little (many sequences start as one): it needs min_spare_unit_roots. A constant, zero
    included, is what a broken program prints too: it needs min_spare_constant.

    Not covered: degrees above 2 * max_order, which bounds the work for long traces.
    """

    name: str = "polynomial"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> MineOutcome:
        """See Miner."""
        highest = min(len(terms) - 1 - config.min_spare, 2 * config.max_order)
        if highest < 0:
            return NothingFits(f"{len(terms)} terms are too few for any degree")
        differences = leading_differences(terms, highest)
        if differences is None:
            return NothingFits(f"no degree up to {highest}")
        weakness = _weakness(differences, terms, config)
        if weakness:
            return NothingFits(weakness)
        spare = len(terms) - len(differences)
        return Found(Polynomial(first_index, differences), self.name, spare)


def leading_differences(terms: tuple[int, ...], highest: int) -> tuple[int, ...] | None:
    """Forward differences at the first term, up to the degree of the terms.

    Args:
        terms: more than `highest` of them.
        highest: largest degree to look for.

    Returns:
        d + 1 integers (a single one, perhaps 0, for a constant); None if the degree is above
        `highest`.
    """
    row = list(terms)
    leading: list[int] = []
    while len(leading) <= highest:
        leading.append(row[0])
        row = [b - a for a, b in pairwise(row)]
        if not any(row):
            return tuple(leading)
    return None


def _weakness(differences: tuple[int, ...], terms: tuple[int, ...], config: MineConfig) -> str | None:
    degree = len(differences) - 1
    spare = len(terms) - len(differences)
    needed = {0: config.min_spare_constant, 1: config.min_spare_unit_roots}.get(degree, config.min_spare)
    if spare < needed:
        return f"degree {degree} has {spare} spare terms, needs {needed}"
    distinct = len({b - a for a, b in pairwise(terms)})
    if degree > 1 and distinct < config.min_distinct_differences:
        return f"degree {degree} has {distinct} distinct differences, needs {config.min_distinct_differences}"
    return None
