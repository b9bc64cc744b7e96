"""floor((a0 + b0 sqrt(d) + (a1 + b1 sqrt(d)) n) / c): single terms, and sums of them, however far out."""

from __future__ import annotations

from aimo_pipeline.formula import Beatty
from aimo_pipeline.mine.base import MAX_BITS, CannotEvaluate
from aimo_pipeline.mine.floors.floor_sum import Surd, floor_sum


def gives(rule: Beatty, terms: tuple[int, ...]) -> bool:
    """True if the rule's first terms are these."""
    return all(floor_at(rule, n) == term for n, term in enumerate(terms, rule.first_index))


def floor_at(formula: Beatty, n: int) -> int:
    """The exact term at any index, before the first one as well."""
    whole, factor = formula.a0 + formula.a1 * n, formula.b0 + formula.b1 * n
    return Surd(whole, factor, formula.c, formula.radicand).floor()


def value(formula: Beatty, index: int, modulus: int | None) -> int | CannotEvaluate:
    """The term at `index`, exact or modulo `modulus`; one integer square root, whatever the index.

    Returns:
        CannotEvaluate for an index before the first, a modulus or a divisor below 1, or an exact term of more
        than 10^6 digits.
    """
    if index < formula.first_index or formula.c < 1 or formula.radicand < 0:
        return CannotEvaluate("the index lies before the first, or the rule is not well formed")
    return _reduced(floor_at(formula, index), modulus)


def sum_of(formula: Beatty, upto: int, modulus: int | None) -> int | CannotEvaluate:
    """a(first_index) + ... + a(upto), both ends included, in O(log(upto)) steps.

    Returns:
        as value; 0 if upto is below first_index.
    """
    if formula.c < 1 or formula.radicand < 0:
        return CannotEvaluate("the rule is not well formed")
    start, d = formula.first_index, formula.radicand
    slope = Surd(formula.a1, formula.b1, formula.c, d)
    offset = Surd(formula.a0 + formula.a1 * start, formula.b0 + formula.b1 * start, formula.c, d)
    return _reduced(floor_sum(upto - start + 1, slope, offset), modulus)


def _reduced(term: int, modulus: int | None) -> int | CannotEvaluate:
    if modulus is None:
        too_large = term.bit_length() > MAX_BITS
        return CannotEvaluate("the exact term has more than 10^6 digits") if too_large else term
    return term % modulus if modulus > 0 else CannotEvaluate("modulus must be positive")
