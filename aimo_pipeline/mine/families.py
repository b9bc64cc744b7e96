"""Which families are tried, the quick ones first."""

from __future__ import annotations

from aimo_pipeline.mine.arithmetic.divisor_sum import DivisorSumMiner
from aimo_pipeline.mine.arithmetic.multiplicative import MultiplicativeMiner
from aimo_pipeline.mine.base import Miner
from aimo_pipeline.mine.digits.kregular import KRegularMiner
from aimo_pipeline.mine.floors.beatty import BeattyMiner
from aimo_pipeline.mine.holonomic.algebraic import AlgebraicMiner
from aimo_pipeline.mine.holonomic.precursive import PRecursiveMiner
from aimo_pipeline.mine.linear.cfinite import CFiniteMiner
from aimo_pipeline.mine.linear.cfinite_mod import CFiniteModMiner
from aimo_pipeline.mine.linear.periodic import PeriodicMiner
from aimo_pipeline.mine.linear.polynomial import PolynomialMiner
from aimo_pipeline.mine.linear.polynomial_mod import PolynomialModMiner
from aimo_pipeline.mine.linear.quasi import QuasiPolynomialMiner
from aimo_pipeline.mine.products.polynomial_map import PolynomialMapMiner
from aimo_pipeline.mine.products.product import product_miners
from aimo_pipeline.mine.products.quotient_product import QuotientProductMiner
from aimo_pipeline.mine.products.smooth import SmoothMiner
from aimo_pipeline.mine.products.variable_power import VariablePowerMiner

_PLAIN: tuple[Miner, ...] = (PolynomialMiner(), PeriodicMiner(), CFiniteMiner(), QuasiPolynomialMiner())


def all_miners(modulus: int | None) -> tuple[Miner, ...]:
    """One miner of each family.

    Args:
        modulus: the terms are known to be residues modulo this; None if they are not known to be.
    """
    inner = (*_PLAIN, BeattyMiner())
    with_recurrences = (*inner, PRecursiveMiner())
    power = VariablePowerMiner(with_recurrences)
    return (
        *inner,
        CFiniteModMiner(modulus=modulus),
        PolynomialModMiner(modulus=modulus),
        MultiplicativeMiner(),
        DivisorSumMiner(_PLAIN),
        KRegularMiner(),
        *product_miners((*with_recurrences, power)),
        power,
        QuotientProductMiner(),
        PolynomialMapMiner(),
        SmoothMiner(inner),
        PRecursiveMiner(),
        AlgebraicMiner(),
    )


MINERS = all_miners(None)
