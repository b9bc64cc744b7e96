"""When a mined rule counts.

All thresholds are counts of terms, of bits of evidence (log2 of the odds against chance), or shares; the
README has the table of what each measures on sequences with and without a rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aimo_pipeline.config.mine_families import (
    AlgebraicRules,
    BeattyRules,
    DigitRules,
    GridRules,
    MultiplicativeRules,
    PRecursiveRules,
    ProductRules,
)
from aimo_pipeline.config.mine_linear import CycleRules, ModularRules, PolynomialRules, UnitRootRules


@dataclass(frozen=True)
class OutlierRules:
    """One wrong term among many that obey a rule.

    Attributes:
        shares: of the terms, the lengths of the runs at either end in which the others' rule is looked for.
        min_dimension: rules on digits of no more dimensions cannot take a wrong term in.
        odd_first: times the spare terms that a rule is otherwise asked for with which it is accepted after
            one odd first term. That may be a start of the sequence's own or a wrong term; whichever it is,
            all later terms are the same.
    """

    shares: tuple[float, ...] = (0.5, 0.75, 0.875)
    min_dimension: int = 2
    odd_first: float = 2.0


@dataclass(frozen=True)
class MineConfig:
    """When a fit counts, for all families and for each.

    Attributes:
        min_spare: spare terms that any fit needs.
        min_spare_per_order: spare terms per order that a recurrence needs, if that is more.
        max_order: largest order of a recurrence.
        max_transient: terms before a recurrence with growing or decaying terms sets in.
        wall_s: wall clock for all miners together on one sequence.
        far_s: wall clock for one far value in a run.
        process_bytes: address space of the process that mines in a run.
        slice_s: for how long miners work before other tasks, and a cancellation, have their turn.
        foretell_s: wall clock for the values that a line of input asks for, before the last one.
        max_line_bytes: longest line of input that is read; 60 terms of 10^5 digits have 6 million.
        max_terms: longest sequence that is mined; each family's work grows with it.
        min_terms: fewer terms without a rule are said to be too few, not to have none.
        decisive_bits: how much shorter to write down a rule must be than one that says otherwise.
        bits_beyond_doubt: a polynomial or a growing recurrence whose spare terms carry so many bits is
            accepted without a look for rivals; 2^-100 is far below the chance of a fault anywhere else.
        compared_terms: how many terms after the known ones two rules are compared at.
        max_walked_terms: rules for more terms than these are evaluated at later ones, not walked there.
        max_walked_bits: bits of later terms, in all, beyond which no more are walked to.
        min_walked_terms: later terms that are walked to however long they are.
        min_surprise_bits: what the spare terms must say, by a model that knows no rule, for a rule that knows
            its index; 103 true rules on 16 to 100 terms had 9.4 or more, the one false one among them 7.6.
        min_surprise_bits_viewed: the same, of the terms themselves, for a rule of their differences or sums;
            three steps of 1 among 56 terms have 21 bits, and were those of prime(n) / n, not of cube roots.
        max_checked_terms: first terms that each rule is run against by its definition (its miner checks all).
        max_wants: most indices of further terms that a result asks for.
        polynomial, unit_roots, periodic, modular: of polynomials, quasi-polynomials, cycles, rules modulo m.
        p_recursive, algebraic: of recurrences with polynomial coefficients, of algebraic series.
        products, beatty, digits, multiplicative, grid: of the other families.
        outlier: of one wrong term.
    """

    min_spare: int = 10
    min_spare_per_order: float = 1.0
    max_order: int = 16
    max_transient: int = 3
    wall_s: float = 0.7
    far_s: float = 10.0
    process_bytes: int = 4 << 30
    slice_s: float = 0.002
    foretell_s: float = 5.0
    max_line_bytes: int = 1 << 25
    max_terms: int = 10_000
    min_terms: int = 12
    decisive_bits: float = 24.0
    bits_beyond_doubt: float = 100.0
    compared_terms: int = 64
    max_walked_terms: int = 1024
    max_walked_bits: int = 200_000
    min_walked_terms: int = 2
    min_surprise_bits: float = 9.0
    min_surprise_bits_viewed: float = 24.0
    max_checked_terms: int = 256
    max_wants: int = 6
    polynomial: PolynomialRules = field(default_factory=PolynomialRules)
    unit_roots: UnitRootRules = field(default_factory=UnitRootRules)
    periodic: CycleRules = field(default_factory=CycleRules)
    modular: ModularRules = field(default_factory=ModularRules)
    p_recursive: PRecursiveRules = field(default_factory=PRecursiveRules)
    algebraic: AlgebraicRules = field(default_factory=AlgebraicRules)
    products: ProductRules = field(default_factory=ProductRules)
    beatty: BeattyRules = field(default_factory=BeattyRules)
    digits: DigitRules = field(default_factory=DigitRules)
    multiplicative: MultiplicativeRules = field(default_factory=MultiplicativeRules)
    grid: GridRules = field(default_factory=GridRules)
    outlier: OutlierRules = field(default_factory=OutlierRules)
