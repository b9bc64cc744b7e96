"""Which lines people take floors of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LinePrior:
    """How common slopes and offsets of floor(alpha n + beta) are, and what is looked for.

    Attributes:
        fractions, surds, constants, unnamed: shares of all slopes: p / q; (a + b sqrt(d)) / c; pi, e and
            others without a formula; numbers that nobody names. See mine/floors/slopes.py.
        generic_offsets: share of the offsets that nobody names, beside slopes that nobody names.
        strange_offsets: the same beside irrational slopes with a name, as in floor(n sqrt(2) + sqrt(3)).
        small: share of the surds that have small numbers only, all of them equally common: a up to
            small_whole, c up to small_denominator, b^2 d up to small_radicand, none negative.
        max_radicand: largest b^2 d.
        max_surd_denominator: largest c.
        root_power, factor_power, denominator_power: d^-root_power, b^-factor_power and c^-denominator_power
            are how much rarer larger numbers are.
        negative_root: how common a root that is taken off is, with 1 for one that is added.
        golden_bonus: how much commoner than its numbers say the golden ratio and its shifts are.
        max_denominator: largest q of a fraction that is weighed, however few terms there are.
        fraction_power: q^-fraction_power is how much rarer larger denominators of fractions are.
    """

    fractions: float = 0.40
    surds: float = 0.52
    constants: float = 0.05
    unnamed: float = 0.03
    generic_offsets: float = 0.05
    strange_offsets: float = 0.005
    small: float = 0.5
    small_whole: int = 3
    small_denominator: int = 3
    small_radicand: int = 100
    max_radicand: int = 256
    max_surd_denominator: int = 6
    root_power: float = 1.2
    factor_power: float = 3.0
    denominator_power: float = 2.2
    negative_root: float = 0.15
    golden_bonus: float = 10.0
    fraction_power: float = 2.5
    max_denominator: int = 40
