"""Sums over divisors: a(n) = sum of w(d) over d | n, where w is a rule of another family.

Moebius inversion gives w term by term, so that the evidence is what the other family's miner finds for w.
"""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import DivisorSum, Prefixed
from aimo_pipeline.mine.base import Miner
from aimo_pipeline.mine.linear.cfinite import CFiniteMiner
from aimo_pipeline.mine.linear.periodic import PeriodicMiner
from aimo_pipeline.mine.linear.polynomial import PolynomialMiner
from aimo_pipeline.mine.linear.quasi import QuasiPolynomialMiner
from aimo_pipeline.outcome import FitOutcome, Found, NothingFits

MAX_BITS_INVERTED = 2_000_000  # of all terms; the inner miners take longer on them than the inversion


@dataclass(frozen=True)
class DivisorSumMiner:
    """Finds the weight of a sum over divisors with the miners `inner`.

    A term at index 0, which the rule says nothing of, is kept as a prefix.

    Not covered: a first index above 1.
    """

    inner: tuple[Miner, ...] = (PolynomialMiner(), PeriodicMiner(), CFiniteMiner(), QuasiPolynomialMiner())
    name: str = "divisor-sum"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        body = terms[1 - first_index :] if first_index in (0, 1) else ()
        if len(body) < config.multiplicative.min_terms or not any(body[1:]):
            return NothingFits("too few terms, or all zero, or they do not begin at index 0 or 1")
        if len(body) * max(map(int.bit_length, body)) > MAX_BITS_INVERTED:
            return NothingFits("the terms are too large to be inverted soon")
        weights = mobius_inverse(body)
        fits = [fit for miner in self.inner if isinstance(fit := miner.find(weights, 1, config), Found)]
        if not fits:
            return NothingFits("the weights of the divisors have no rule")
        best = min(fits, key=lambda fit: (fit.unknowns, fit.family))
        rule = DivisorSum(1, best.formula)
        formula = Prefixed(0, terms[:1], rule) if first_index == 0 else rule
        family = f"{self.name} of {best.family}"
        return Found(formula, family, best.spare, best.unknowns + (first_index == 0), best.bits)


def mobius_inverse(terms: tuple[int, ...]) -> tuple[int, ...]:
    """The weights w(1), w(2), ... whose sums over divisors are the terms a(1), a(2), ..."""
    weights = [0, *terms]
    for d in range(1, len(weights)):
        for multiple in range(2 * d, len(weights), d):
            weights[multiple] -= weights[d]
    return tuple(weights[1:])
