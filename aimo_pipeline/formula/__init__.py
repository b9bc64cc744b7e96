"""Rules that a sequence can follow: one frozen dataclass per family, pure data, no mathematics.

Every number is an integer of any size. `first_index` is the index n of the first term that the rule gives;
"the term at n" is a(n). What a rule means is said in its docstring, and mine/definition.py evaluates exactly
that, slowly; mine/far/evaluate.py evaluates it fast; translate/ writes it in Lean where it can.
"""

from __future__ import annotations

from aimo_pipeline.formula.built import (
    Difference,
    DivisorSum,
    Formula,
    Interlaced,
    PartialProduct,
    PartialSum,
    Power,
    Prefixed,
    Product,
    QuotientProduct,
    Reduced,
    Shifted,
    VariablePower,
)
from aimo_pipeline.formula.plain import (
    Algebraic,
    Beatty,
    CFinite,
    CFiniteMod,
    KRegular,
    Multiplicative,
    Periodic,
    Polynomial,
    PolynomialMap,
    PRecursive,
)

__all__ = [
    "Algebraic",
    "Beatty",
    "CFinite",
    "CFiniteMod",
    "Difference",
    "DivisorSum",
    "Formula",
    "Interlaced",
    "KRegular",
    "Multiplicative",
    "PRecursive",
    "PartialProduct",
    "PartialSum",
    "Periodic",
    "Polynomial",
    "PolynomialMap",
    "Power",
    "Prefixed",
    "Product",
    "QuotientProduct",
    "Reduced",
    "Shifted",
    "VariablePower",
]
