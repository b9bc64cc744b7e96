"""When recurrences, polynomials, cycles and rules modulo m count."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PolynomialRules:
    """Polynomials.

    Attributes:
        min_spare_constant: spare terms that a constant sequence needs; a broken program prints one, too,
            and something rare, or a digit, may be about to come.
        min_distinct_differences: distinct first differences that a polynomial's terms need.
        max_degree_factor: largest degree, in times the largest order of a recurrence; bounds the work.
    """

    min_spare_constant: int = 80
    min_distinct_differences: int = 6
    max_degree_factor: int = 2


@dataclass(frozen=True)
class UnitRootRules:
    """What could be quasi-polynomial (all characteristic roots of modulus one), where chance fits are common.

    Attributes:
        min_spare: spare terms needed; also by a straight line, and by a cycle that few values carry.
        min_bits: bits of evidence that the spare terms must carry; a spare term of a sequence with v distinct
            values or steps carries log2(v) bits.
        min_spare_per_order: spare terms per order of the recurrence; with 2, one corrupted term never turns
            such a rule into another one (mine/base.py says why).
        min_terms_per_slope_period: terms per period q that floor((a n + b) / q), or its steps,
            needs, because an irrational slope nearby gives the same terms for a while.
        min_spare_curve: spare terms that a quasi-polynomial of degree 2 or more needs.
        min_spare_per_part: spare terms that each residue's polynomial needs for itself.
        max_transient: odd first terms before such a rule; a longer row is what a corrupted early term looks
            like.
        more_after_transient: of all that is asked for, how much more an odd first term asks for.
        max_period: longest period of a quasi-polynomial.
        max_degree: largest degree of its polynomials.
    """

    min_spare: int = 20
    min_bits: float = 40.0
    min_spare_per_order: float = 2.0
    min_terms_per_slope_period: int = 24
    min_spare_curve: int = 14
    min_spare_per_part: int = 2
    max_transient: int = 1
    more_after_transient: float = 0.25
    max_period: int = 24
    max_degree: int = 6


@dataclass(frozen=True)
class CycleRules:
    """What repeats, and what looks as if it did.

    Attributes:
        min_periods: full periods that a periodic sequence must show.
        min_periods_plain: periods that are enough even where few distinct values carry few bits.
        min_periods_word: periods needed by terms that could be the steps of a rounded line; the steps of
            floor(n * pi) repeat 15 times, those of floor(n * sqrt(90)) 18 times, period 2.
        min_periods_curve: periods needed where only the second steps could be such steps, 0 and 1 or 1 and 2;
            sums of lines are weighed against those of other slopes besides.
        min_period_rotation, min_periods_rotation: from this period on, terms that could be an irrational
            rotation cut into intervals need so many periods; leading digits of 2^n repeat 4.6 times.
        min_periods_long_transient, min_bits_long_transient: periods and bits that several odd first terms of
            a cycle have to be outweighed by.
        max_transient_share: most odd first terms of a cycle, as a share of all, where it is above
            max_transient.
        decimal_end: terms that a period with a factor 10 needs, because a digit rule that repeats with period
            10 for small n has broken at 100.
        max_unrolled: residues below it could be those of a line, which they are unrolled into to see.
    """

    min_periods: float = 3.0
    min_periods_plain: float = 6.0
    min_periods_word: int = 16
    min_periods_curve: int = 5
    min_period_rotation: int = 7
    min_periods_rotation: int = 16
    min_periods_long_transient: float = 4.0
    min_bits_long_transient: float = 60.0
    max_transient_share: float = 0.15
    decimal_end: int = 110
    max_unrolled: int = 12


@dataclass(frozen=True)
class ModularRules:
    """Recurrences and polynomials modulo m.

    Attributes:
        min_bits: spare terms times bits of a residue that are needed, and surprise of the spare terms.
        min_spare: spare terms needed however large m is.
        min_rate: of log2(m), the least that a spare term must say: recurrences modulo m mix.
        min_descents: descents of terms that could be residues, if no modulus is known.
        min_wrap_bits: what the wraps after the first one must say; the first one fixes an unknown modulus.
        min_wraps_line: times that a line modulo m must wrap round, and must not.
        integral_spare: spare terms with which a recurrence over the integers is likelier than one modulo m.
        few_values: where the residues are no more, their habits are taken to be known as well.
        max_order_few_values: largest order for which determinants name a modulus among few values; the
            greatest residue is nearly always among the terms.
    """

    min_bits: float = 40.0
    min_spare: int = 6
    min_rate: float = 0.6
    min_descents: int = 2
    min_wrap_bits: float = 10.0
    min_wraps_line: int = 4
    integral_spare: int = 3
    few_values: int = 4
    max_order_few_values: int = 2
