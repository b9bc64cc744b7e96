"""When the rules of the other families count."""

from __future__ import annotations

from dataclasses import dataclass, field

from aimo_pipeline.config.mine_lines import LinePrior


@dataclass(frozen=True)
class PRecursiveRules:
    """Recurrences with polynomial coefficients.

    Attributes:
        max_order: largest order.
        max_degree: largest degree of the coefficients.
        max_coefficients: most coefficients, (order + 1)(degree + 1), that are looked for.
        min_spare: spare terms that are not zero.
        integer_terms: further terms that must all be integers; next to no chance fit gives them.
    """

    max_order: int = 6
    max_degree: int = 12
    max_coefficients: int = 42
    min_spare: int = 4
    integer_terms: int = 25


@dataclass(frozen=True)
class AlgebraicRules:
    """Equations P(x, y) = 0 for the generating function.

    Attributes:
        max_degree: largest degree in y.
        max_coefficients: most coefficients of P that are looked for.
        min_spare: spare terms that are not zero.
        min_spare_per_unknown: spare terms for each unknown number, if that is more.
        integer_terms: further terms that must all be integers.
        min_saved_bits_first: bits of the equation's coefficients that another first term must save before the
            first one is suspected; y = a + b x + x (c y + d y^2) with small numbers seldom saves as many,
            Schroeder's numbers with a wrong first term save 4.4.
    """

    max_degree: int = 5
    max_coefficients: int = 36
    min_spare: int = 4
    min_spare_per_unknown: float = 1 / 3
    integer_terms: int = 25
    min_saved_bits_first: float = 4.0


@dataclass(frozen=True)
class ProductRules:
    """Products, powers and maps; hardly a sequence has integer ratios, or is all powers, by chance.

    Attributes:
        min_spare: as MineConfig.min_spare, for the ratios of a product or the exponents of a power, where the
            terms' being products or powers at all is evidence of its own.
        min_spare_doubling: the same for exponents c, c d, c d^2, ..., whose powers are soon too long to
            trace.
        min_distinct_exponents: distinct exponents without which terms are not read as powers.
        max_power_shift: largest |s| for which terms factor * base^exponent + s are looked for.
        min_spare_map: spare terms that a(n + 1) = p(a(n)) needs; they double in length each time.
        min_bits_map: bits of the spare terms, all digits counted, that it needs.
        max_map_coefficient: largest coefficient of p.
        min_spare_quotient: ratios beyond the coefficients that a quotient of products needs.
        min_growth_quotient: growth of the terms' length from the middle one to the last that it needs; it is
            4 in the long run, and 2 for powers.
    """

    min_spare: int = 8
    min_spare_doubling: int = 5
    min_distinct_exponents: int = 4
    max_power_shift: int = 3
    min_spare_map: int = 4
    min_bits_map: float = 100.0
    max_map_coefficient: int = 1_000
    min_spare_quotient: int = 5
    min_growth_quotient: float = 2.5


@dataclass(frozen=True)
class BeattyRules:
    """floor(alpha n + beta).

    Attributes:
        min_terms: terms that are needed.
        min_share: share of the weight of all lines with these floors that one must hold, or those that agree
            with it where terms are asked for (mine/floors/slopes.py says how they are weighed). Also of a
            line that another family found: some with small numbers are floor((p n + r) / q) for 60 terms.
        min_share_irrational, max_chance, min_terms_irrational: with so many terms, so small a share of the
            lines that nobody names among those that say otherwise, an irrational slope needs the first share
            only, for terms not too far on. Of 1,475 lines with small numbers on 50 terms and more 220 come
            by that only, none of them wrong.
        min_lead_mended: a line is refused where one that is so many times commoner would be left if some term
            were one more or less: wrong terms are rarer than that by far, but none is to be accepted.
        min_bits_settled: bits that say that it is a line, where it does not matter which one.
        min_terms_per_denominator: terms per q that floor((p n + r) / q) needs in any case.
        min_rarer_steps: times that the rarer of the two steps must occur; a constant that has changed once is
            no line's floors.
        max_reach: how far, in times the number of terms, lines that are not told apart are held
            against each other, to foretell what they agree on.
        lines: how common which lines are.
    """

    min_terms: int = 12
    min_share: float = 0.98
    min_share_irrational: float = 0.9
    max_chance: float = 0.015
    min_terms_irrational: int = 50
    min_lead_mended: float = 4.0
    min_bits_settled: float = 24.0
    min_terms_per_denominator: float = 5.0
    min_rarer_steps: int = 3
    max_reach: int = 4
    lines: LinePrior = field(default_factory=LinePrior)


@dataclass(frozen=True)
class DigitRules:
    """Rules on digits.

    Attributes:
        max_growth: degree of the power of n beyond which terms outgrow any rule on digits.
        max_periods: terms that show so many periods, the first quarter aside, are no rule on digits
            but a cycle with a wrong early term.
        rival_periods: a cycle that the terms have gone through so often speaks against a rule on digits that
            leaves it.
        min_terms: terms that are needed.
        min_rows: full rows k n .. k n + k - 1 of two-digit numerals that rules on single digits need.
        max_dimension: largest size of the matrices.
        max_dimension_sure: matrices of a larger size have to say the same as a rule on digits in a power of
            their base, if there is one.
        min_surplus: equations beyond the unknowns that each relation needs.
        min_bits: what the predicted terms must say, less the bits of the coefficients.
        compared_terms: how many terms after the known ones two such rules must agree on.
    """

    max_growth: int = 8
    max_periods: float = 3.0
    rival_periods: float = 2.5
    min_terms: int = 16
    min_rows: int = 2
    max_dimension: int = 8
    max_dimension_sure: int = 5
    min_surplus: int = 2
    min_bits: float = 26.0
    compared_terms: int = 24


@dataclass(frozen=True)
class MultiplicativeRules:
    """Multiplicative functions and sums over divisors.

    Attributes:
        min_terms: terms, from index 1 on, that are needed.
        min_spare: prime powers beyond the parameters at which the values must be right.
        min_bits: what all the terms must say.
        min_tail: equal values at the highest powers of 2 before they are taken to go on; also values at
            squares of primes that a fitted zeta function needs.
        min_checked_primes: primes beyond those that fix a polynomial in p.
        max_zetas: zeta functions in a product, repeated ones counted.
    """

    min_terms: int = 12
    min_spare: int = 6
    min_bits: float = 20.0
    min_tail: int = 3
    min_checked_primes: int = 4
    max_zetas: int = 12


@dataclass(frozen=True)
class GridRules:
    """Two-index tables.

    Attributes:
        min_lines: rows, and columns, that a table needs.
        min_spare: cells that the rule of a table must have predicted, and at least as many as it fitted.
        min_bits: bits of evidence that these cells must carry.
        decisive_bits: a rule whose cells carry more than these is taken without a look for rivals.
        min_spare_edge: lines of a table beyond those that fix the rule across them, or along its edge.
        rival_lines: lines beyond the table at which rules must agree.
        min_cells_per_residue: cells for each residue, where the modulus is the greatest cell plus one: any
            table is also one modulo a number that it does not reach.
        min_reduced_share: of the cells that are not 0, those that the reduction must have changed.
        near_lines: lines beyond the table that are filled in at once where cells in them are asked for.
        max_cells: cells of the largest table that is mined.
        max_total_bits: bits of all its cells together.
        few_cells: fewer cells than these are evaluated one by one in any case.
    """

    min_lines: int = 6
    min_spare: int = 12
    min_bits: float = 40.0
    decisive_bits: float = 300.0
    min_spare_edge: int = 4
    rival_lines: int = 3
    min_cells_per_residue: int = 4
    min_reduced_share: float = 0.25
    near_lines: int = 4
    few_cells: int = 4
    max_cells: int = 40_000
    max_total_bits: int = 1 << 24
