"""When a mined rule counts."""

from __future__ import annotations

from dataclasses import dataclass, field

from aimo_pipeline.config.mine_lines import LinePrior


@dataclass(frozen=True)
class MineConfig:
    """When a fit counts.

    Attributes:
        min_spare: spare terms that any fit needs.
        max_order: largest order of a recurrence.
        min_spare_unit_roots: spare terms needed when the rule could be quasi-polynomial
            (all characteristic roots of modulus one), where chance fits are common.
        min_bits_unit_roots: bits of evidence that the spare terms must carry in that case; a
            spare term of a sequence with v distinct values or steps carries log2(v) bits.
        min_spare_constant: spare terms that a constant sequence needs.
        min_terms_per_slope_period: terms per period q that floor((a n + b) / q), or its steps,
            needs, because an irrational slope nearby gives the same terms for a while.
        min_distinct_differences: distinct first differences that a polynomial's terms need.
        max_transient: terms before a recurrence with growing or decaying terms sets in.
        min_periods: full periods that a periodic sequence must show.
        min_periods_plain: periods that are enough even where few distinct values carry few bits.
        min_periods_word: periods needed by terms that could be the steps of a rounded line; the steps of
            floor(n * pi) repeat 15 times, those of floor(n * sqrt(90)) 18 times, period 2.
        min_periods_curve: periods needed where only the second steps could be such steps, 0 and 1 or 1 and 2.
        min_period_rotation, min_periods_rotation: from this period on, terms that could be an irrational
            rotation cut into intervals need so many periods; leading digits of 2^n repeat 4.6 times.
        max_period: longest period of a quasi-polynomial.
        max_degree_quasi: largest degree of its polynomials.
        min_spare_curve: spare terms that a quasi-polynomial of degree 2 or more needs.
        min_bits_modular: spare terms times bits of a residue, needed by a recurrence modulo m.
        min_spare_modular: spare terms needed however large m is.
        wall_s: wall clock for all miners together on one sequence.
        min_terms: fewer terms without a rule are said to be too few, not to have none.
        decisive_bits: how much shorter to write down a rule must be than one that says otherwise.
        bits_beyond_doubt: a polynomial or a growing recurrence whose spare terms carry so many bits is
            accepted without a look for rivals; 2^-100 is far below the chance of a fault anywhere else.
        compared_terms: how many terms after the known ones two rules are compared at.
        max_walked_terms: rules for more terms than these are evaluated at later ones, not walked there.
        min_surprise_bits: what the spare terms must say, by a model that knows no rule, for a rule that knows
            its index; 103 true rules on 16 to 100 terms had 9.4 or more, the one false one among them 7.6.
        max_checked_terms: first terms that each rule is run against by its definition (its miner checks all).
        max_wants: most indices of further terms that a result asks for.
        max_order_p_recursive: largest order of a recurrence with polynomial coefficients.
        max_degree_p_recursive: largest degree of these coefficients.
        max_coefficients_p_recursive: most coefficients, (order + 1)(degree + 1), that are looked for.
        min_spare_p_recursive: spare terms that such a recurrence needs.
        max_degree_algebraic: largest degree in y of an equation P(x, y) = 0 for the generating function.
        max_coefficients_algebraic: most coefficients of such an equation that are looked for.
        min_spare_algebraic: spare terms that such an equation needs.
        min_rate_modular: of log2(m), the least that a spare term must say: recurrences modulo m mix.
        min_descents_modular: descents of terms that could be residues, if no modulus is known.
        min_periods_long_transient, min_bits_long_transient: periods and bits that 2 or 3 odd first terms of a
            cycle have to be outweighed by.
        min_growth_quotient: growth of the terms' length from the middle one to the last, needed by quotients
            of products; it is 4 in the long run, and 2 for powers.
        min_spare_inside: as min_spare, for the ratios of a product or the exponents of a power, where the
            terms' being products or powers at all is evidence of its own.
        min_spare_doubling: the same for exponents c, c d, c d^2, ..., whose powers are soon too long to
            trace.
        min_spare_map: spare terms that a(n + 1) = p(a(n)) needs; they double in length each time.
        max_power_shift: largest |s| for which terms factor * base^exponent + s are looked for.
        min_lines_grid: rows, and columns, that a two-index table needs.
        min_spare_grid: cells that the rule of a table must have predicted, and at least as many as it fitted.
        min_bits_grid: bits of evidence that these cells must carry.
        decisive_bits_grid: a rule whose cells carry more than these is taken without a look for rivals.
        min_spare_edge: lines of a table beyond those that fix the rule across them, or along its edge.
        beatty_min_terms: terms that floor(alpha n + beta) needs.
        beatty_min_share: share of the weight of all lines with these floors that the simplest must hold
            (mine/floors/slopes.py says how they are weighed).
        beatty_min_terms_per_denominator: terms per q that floor((p n + r) / q) needs in any case.
        beatty_max_reach: how far, in times the number of terms, lines that are not told apart are held
            against each other, to foretell what they agree on.
        lines: how common which lines are.
        kregular_max_growth: degree of the power of n beyond which terms outgrow any rule on digits.
        kregular_max_periods: terms that show so many periods, the first quarter aside, are no rule on digits
            but a cycle with a wrong early term.
        kregular_min_terms: terms that a rule on digits needs.
        kregular_max_dimension: largest size of its matrices.
        kregular_min_surplus: equations beyond the unknowns that each of its relations needs.
        kregular_min_bits: what the predicted terms must say, less the bits of the coefficients.
        multiplicative_min_terms: terms, from index 1 on, that a multiplicative function or a sum over
            divisors needs.
        multiplicative_min_spare: prime powers beyond the parameters at which its values must be right.
        multiplicative_min_bits: what all its terms must say.
    """

    min_spare: int = 10
    min_spare_unit_roots: int = 20
    min_bits_unit_roots: float = 40.0
    min_spare_constant: int = 40
    min_terms_per_slope_period: int = 24
    min_distinct_differences: int = 6
    max_transient: int = 3
    min_periods: float = 3.0
    min_periods_plain: float = 6.0
    min_periods_word: int = 16
    min_periods_curve: int = 5
    min_period_rotation: int = 7
    min_periods_rotation: int = 16
    max_period: int = 24
    max_degree_quasi: int = 6
    min_spare_curve: int = 14
    min_bits_modular: float = 40.0
    min_spare_modular: int = 6
    min_rate_modular: float = 0.6
    min_descents_modular: int = 2
    min_periods_long_transient: float = 4.0
    min_bits_long_transient: float = 60.0
    min_growth_quotient: float = 2.5
    min_spare_inside: int = 8
    min_spare_doubling: int = 5
    min_spare_map: int = 4
    max_power_shift: int = 3
    min_lines_grid: int = 6
    min_spare_grid: int = 12
    min_bits_grid: float = 40.0
    decisive_bits_grid: float = 300.0
    min_spare_edge: int = 4
    wall_s: float = 0.7
    min_terms: int = 12
    decisive_bits: float = 24.0
    bits_beyond_doubt: float = 100.0
    compared_terms: int = 64
    max_walked_terms: int = 1024
    min_surprise_bits: float = 9.0
    max_checked_terms: int = 256
    max_wants: int = 6
    max_order: int = 16
    max_order_p_recursive: int = 6
    max_degree_p_recursive: int = 12
    max_coefficients_p_recursive: int = 42
    min_spare_p_recursive: int = 4
    max_degree_algebraic: int = 5
    max_coefficients_algebraic: int = 36
    min_spare_algebraic: int = 4
    beatty_min_terms: int = 12
    beatty_min_share: float = 0.97
    beatty_min_terms_per_denominator: float = 5.0
    beatty_max_reach: int = 4
    lines: LinePrior = field(default_factory=LinePrior)
    kregular_max_growth: int = 8
    kregular_max_periods: float = 3.0
    kregular_min_terms: int = 16
    kregular_max_dimension: int = 8
    kregular_min_surplus: int = 2
    kregular_min_bits: float = 26.0
    multiplicative_min_terms: int = 12
    multiplicative_min_spare: int = 6
    multiplicative_min_bits: float = 20.0
