"""Rules that provably never give a negative term: what an exponent must be before only its residues are used.

Every test here is sufficient and none necessary; a rule that passes none may still be non-negative.
"""

from __future__ import annotations

from itertools import pairwise

from flint import fmpz_poly

from aimo_pipeline.formula import (
    CFinite,
    CFiniteMod,
    DivisorSum,
    Formula,
    Interlaced,
    KRegular,
    PartialProduct,
    PartialSum,
    Periodic,
    Polynomial,
    Power,
    PRecursive,
    Prefixed,
    Product,
    Reduced,
    Shifted,
    VariablePower,
)
from aimo_pipeline.mine.integers import integer_roots

MAX_BURN_IN = 40


def is_never_negative(formula: Formula) -> bool:
    """True only if every term of the rule, from its first index on, is at least 0."""
    match formula:
        case CFiniteMod() | Reduced():
            return True
        case CFinite():
            return _recurrence(formula.coefficients, formula.initial)
        case Polynomial():
            return _polynomial(formula.differences)
        case Periodic():
            return min(formula.cycle, default=0) >= 0
        case Prefixed():
            return min(formula.prefix, default=0) >= 0 and is_never_negative(formula.rule)
        case Interlaced():
            return all(map(is_never_negative, formula.parts))
        case DivisorSum():
            return is_never_negative(formula.weight)
        case Shifted():
            return is_never_negative(formula.rule)
        case PRecursive():
            return _p_recursive(formula)
        case KRegular():
            rows = (row for matrix in formula.matrices for row in matrix)
            return all(min(row, default=0) >= 0 for row in (*rows, formula.left, formula.right))
        case PartialProduct():
            return formula.start >= 0 and is_never_negative(formula.ratio)
        case Product():
            return all(map(is_never_negative, formula.factors))
        case VariablePower():
            return is_never_negative(formula.base)
        case PartialSum():
            return formula.start >= 0 and is_never_negative(formula.step)
        case Power():
            return formula.factor >= 0 and formula.base >= 1 and formula.factor + formula.shift >= 0
        case _:
            return False


def _polynomial(differences: tuple[int, ...]) -> bool:
    """All differences at some index are non-negative, and so is every term before it."""
    column = list(differences)
    for _ in range(MAX_BURN_IN):
        if min(column, default=0) >= 0:
            return True
        if column[0] < 0:
            return False
        column = [a + b for a, b in pairwise([*column, 0])]
    return False


def _recurrence(coefficients: tuple[int, ...], initial: tuple[int, ...]) -> bool:
    """Non-negative coefficients, or non-decreasing by the newest term alone, or so after a factor x - r.

    If b(n) = a(n + 1) - r a(n) with r >= 0 is never negative, neither is a(n) from a non-negative start; b
    obeys the recurrence without the characteristic root r. Terms are looked at one by one before a start that
    is late enough for the other two arguments.
    """
    if len(coefficients) != len(initial):
        return False
    window = list(initial)
    for _ in range(MAX_BURN_IN):
        if min(window, default=0) < 0:
            return False
        if min(coefficients, default=0) >= 0 or _grows(coefficients, window):
            return True
        window = _next(coefficients, window)
    return any(_recurrence(*_without(root, coefficients, window)) for root in _roots(coefficients))


def _next(coefficients: tuple[int, ...], window: list[int]) -> list[int]:
    return [*window[1:], sum(c * a for c, a in zip(coefficients, window, strict=True))]


def _grows(coefficients: tuple[int, ...], window: list[int]) -> bool:
    """Then a(n + k) >= (newest - the others' negative part) a(n + k - 1) >= a(n + k - 1), for ever."""
    *others, newest = coefficients
    return newest + sum(min(c, 0) for c in others) >= 1 and all(a <= b for a, b in pairwise(window))


def _roots(coefficients: tuple[int, ...]) -> list[int]:
    """Non-negative integer roots of the characteristic polynomial, the largest first."""
    roots = integer_roots(fmpz_poly([*(-c for c in coefficients), 1]))
    return sorted((root for root in roots if root >= 0), reverse=True)


def _without(
    root: int, coefficients: tuple[int, ...], window: list[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Recurrence and first terms of a(n + 1) - root * a(n)."""
    rest = fmpz_poly([*(-c for c in coefficients), 1]) // fmpz_poly([-root, 1])
    steps = tuple(b - root * a for a, b in pairwise(window))
    return tuple(-int(rest[i]) for i in range(len(steps))), steps


def _p_recursive(formula: PRecursive) -> bool:
    """a(n + k) is a non-negative combination of the terms before it, as far as coefficients show."""
    *lower, leading = formula.polynomials
    for sign in (1, -1):
        if all(sign * c >= 0 for c in leading) and all(sign * c <= 0 for p in lower for c in p):
            return formula.first_index >= 0 and min(formula.initial, default=0) >= 0
    return False
