"""Far terms of algebraic power series, by way of the recurrence with polynomial coefficients that they obey.

The recurrence is found from several hundred terms and then proved by checking it on enough of them. Let P
have degree D in y and d in x, and let the recurrence have order r and degree s >= 1. With theta = x d/dx it
says that L y - B = 0, where L has order s and coefficients of degree up to r + s in x, and B is a
polynomial of degree below r. The l-th derivative of y is N_l(x, y) / P_y^(2 l - 1) with deg_x N_l <= (2 l -
1) d and deg_y N_l <= D + 2 (l - 1)(D - 1), so A = (L y - B) P_y^(2 s - 1) is a polynomial in x and y with
deg_x A <= r + s + (2 s - 1) d and deg_y A <= D + 2 (s - 1)(D - 1). If A(x, y(x)) is divisible by a higher
power of x than the degree D deg_x A + d deg_y A of the resultant of A and P, that resultant is zero, hence
A vanishes at y (take for P its irreducible factor that y solves: its degrees are no larger), and so does L
y - B.
Source: Comtet, Calcul pratique des coefficients de Taylor d'une fonction algebrique (1964).
"""

from __future__ import annotations

from flint import fmpz_poly

from aimo_pipeline.formula import Algebraic, PRecursive
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.far import precursive
from aimo_pipeline.mine.holonomic.newton import continued
from aimo_pipeline.mine.holonomic.precursive import fits, obeys, recurrence
from aimo_pipeline.mine.holonomic.shape import Limits, Shape

NEAR = 200  # terms that are computed by Newton's iteration anyway
MAX_CHECKED = 1_500  # terms at which a recurrence is checked
LIMITS = Limits(order=10, degree=12, coefficients=100, spare=40)


def value(formula: Algebraic, index: int, modulus: int | None) -> int | CannotEvaluate:
    """The coefficient at `index`, modulo `modulus` if one is given.

    Args:
        formula: as formula/ defines it.
        index: from formula.first_index on; how far one gets is said in mine/far/precursive.py.
        modulus: a positive integer, prime or not; None for the term itself.

    Returns:
        0..modulus-1, or the exact term; CannotEvaluate if the equation does not fix the term or makes it a
        fraction, if no recurrence is proved, or if that cannot be followed so far.
    """
    if index < formula.first_index:
        return CannotEvaluate("index lies before the rule's first index")
    if modulus is not None and modulus < 1:
        return CannotEvaluate("modulus must be positive")
    place = index - formula.first_index
    terms = continued(formula, formula.initial, min(place + 1, NEAR))
    if place < len(terms):
        return terms[place] if modulus is None else terms[place] % modulus
    if len(terms) < NEAR:
        return CannotEvaluate("the equation gives no integer at some index on the way")
    rule = proved_recurrence(formula, terms)
    return rule if isinstance(rule, CannotEvaluate) else precursive.value(rule, index, modulus)


def proved_recurrence(formula: Algebraic, terms: tuple[int, ...]) -> PRecursive | CannotEvaluate:
    """A recurrence that all coefficients of the series obey.

    Args:
        terms: the first NEAR coefficients.
    """
    shape, operator = next(fits(terms, LIMITS), (None, None))
    if shape is None or operator is None:
        return CannotEvaluate("no short recurrence for the coefficients was found")
    needed = checked_terms(formula, shape)
    if needed > MAX_CHECKED:
        return CannotEvaluate("the recurrence for the coefficients is too long to be proved")
    more = continued(formula, terms, max(needed, len(terms)))
    if len(more) < needed or not obeys(more, operator):
        return CannotEvaluate("no recurrence for the coefficients was proved")
    return recurrence(operator, more, formula.first_index)


def checked_terms(formula: Algebraic, shape: Shape) -> int:
    """How many terms must obey a recurrence of this shape for all to do so."""
    in_y = len(formula.equation) - 1
    in_x = max(fmpz_poly(list(row)).degree() for row in formula.equation)
    slope_power = 2 * max(1, shape.degree) - 1
    a_in_x = shape.order + shape.degree + slope_power * in_x
    a_in_y = in_y + (slope_power - 1) * (in_y - 1)
    return int(in_y * a_in_x + in_x * a_in_y + shape.order + 1)
