"""Cells far out in a two-index table, modulo m or exactly, by the one-index rules that run through them."""

from __future__ import annotations

from typing import assert_never

from flint import fmpz_poly

from aimo_pipeline.formula import CFinite, Polynomial, PRecursive
from aimo_pipeline.mine.base import MAX_BITS, CannotEvaluate, Evaluate
from aimo_pipeline.mine.far.tower import MAX_PLAIN_EXPONENT_BITS
from aimo_pipeline.mine.grid.definition import cell_of
from aimo_pipeline.mine.grid.far_column import by_neighbours
from aimo_pipeline.mine.grid.rules import (
    GridRule,
    HypergeometricGrid,
    NeighbourGrid,
    PolynomialGrid,
    PowerGrid,
    ResidueGrid,
    RowRecurrence,
    SeparableGrid,
    SplitGrid,
    SumGrid,
    TemplateGrid,
    Transposed,
    fixed_row,
    swapped,
)
from aimo_pipeline.mine.integers import integer_roots, polynomial_value

Direct = (
    PolynomialGrid
    | SeparableGrid
    | SumGrid
    | RowRecurrence
    | NeighbourGrid
    | HypergeometricGrid
    | SplitGrid
    | TemplateGrid
    | PowerGrid
)


def evaluate_cell(
    rule: GridRule, row: int, column: int, modulus: int | None, inner: Evaluate
) -> int | CannotEvaluate:
    """The rule's value in a cell, modulo `modulus` if one is given.

    Args:
        row, column: true indices, from the rule's first on, of any size.
        modulus: a positive integer, prime or not; None for the value itself.
        inner: evaluates one-index formulas.

    Returns:
        0..modulus-1, or the exact value; CannotEvaluate before the first row or column, for an exact value
        of more than 10^6 digits, or when the cell lies too far out for all that is known of the rule.
    """
    if isinstance(rule, Transposed):
        return evaluate_cell(rule.rule, column, row, modulus, inner)
    if isinstance(rule, ResidueGrid):
        residue = evaluate_cell(rule.rule, row, column, rule.modulus, inner)
        return residue % modulus if modulus and isinstance(residue, int) else residue
    if row < rule.first_row or column < rule.first_column or (modulus is not None and modulus < 1):
        return CannotEvaluate("the cell lies before the rule's first one, or the modulus is not positive")
    value = _value(rule, row, column, modulus, inner)
    if isinstance(value, CannotEvaluate):
        return value
    if modulus is not None:
        return value % modulus
    return value if value.bit_length() <= MAX_BITS else CannotEvaluate("the value has more than 10^6 digits")


def _value(
    rule: Direct,
    row: int,
    column: int,
    modulus: int | None,
    inner: Evaluate,
) -> int | CannotEvaluate:
    match rule:
        case PolynomialGrid():
            lines = (inner(Polynomial(rule.first_column, line), column, None) for line in rule.differences)
            return _combined(rule.first_row, list(lines), row, inner)
        case SplitGrid() | TemplateGrid():
            value = cell_of(rule, row, column)
            return (
                CannotEvaluate("the rule gives no integer there, or one too far out")
                if value is None
                else value
            )
        case PowerGrid():
            return _power(rule, row, column, modulus, inner)
        case SumGrid():
            left, right = inner(rule.column, row, modulus), inner(rule.row, column, modulus)
            if isinstance(left, CannotEvaluate):
                return left
            return right if isinstance(right, CannotEvaluate) else left + right
        case SeparableGrid():
            left, right = inner(rule.column, row, modulus), inner(rule.row, column, modulus)
            if isinstance(left, CannotEvaluate):
                return left
            return right if isinstance(right, CannotEvaluate) else left * right
        case RowRecurrence():
            return _along_row(rule, row, column, modulus, inner)
        case NeighbourGrid():
            return by_neighbours(rule, row, column, modulus, inner)
        case HypergeometricGrid():
            return _by_ratios(rule, row, column, modulus, inner)
    assert_never(rule)


def _combined(
    first_row: int, lines: list[int | CannotEvaluate], row: int, inner: Evaluate
) -> int | CannotEvaluate:
    """Newton's form in m, whose differences are the values of Newton's forms in n."""
    differences = tuple(line for line in lines if isinstance(line, int))
    if len(differences) < len(lines):
        return CannotEvaluate("the column is too far out")
    return inner(Polynomial(first_row, differences), row, None)


def _along_row(
    rule: RowRecurrence, row: int, column: int, modulus: int | None, inner: Evaluate
) -> int | CannotEvaluate:
    initial: list[int] = []
    for edge in rule.initial:
        value = inner(edge, row, modulus)
        if isinstance(value, CannotEvaluate):
            return value
        initial.append(value)
    coefficients = tuple(polynomial_value(p, row) for p in rule.coefficients)
    return inner(CFinite(rule.first_column, coefficients, tuple(initial)), column, modulus)


def _by_ratios(
    rule: HypergeometricGrid, row: int, column: int, modulus: int | None, inner: Evaluate
) -> int | CannotEvaluate:
    """Along the first row exactly, because the steps down may divide, and then down the column."""
    right = (fixed_row(rule.right[0], rule.first_row), fixed_row(rule.right[1], rule.first_row))
    top = _along_line(right, rule.corner, rule.first_column, column, None, inner)
    if isinstance(top, CannotEvaluate):
        return top
    down = (fixed_row(swapped(rule.down[0]), column), fixed_row(swapped(rule.down[1]), column))
    return _along_line(down, top, rule.first_row, row, modulus, inner)


def _along_line(
    ratio: tuple[tuple[int, ...], tuple[int, ...]],
    start: int,
    first: int,
    index: int,
    modulus: int | None,
    inner: Evaluate,
) -> int | CannotEvaluate:
    """The hypergeometric term at `index`; 0 from the first 0 on, if no denominator vanishes before."""
    zero, pole = (_first_root(polynomial, first, index) for polynomial in ratio)
    if start == 0 or (zero is not None and (pole is None or zero < pole)):
        return 0
    if pole is not None:
        return CannotEvaluate("a denominator vanishes on the way")
    numerator, denominator = ratio
    return inner(PRecursive(first, (tuple(-c for c in numerator), denominator), (start,)), index, modulus)


def _first_root(polynomial: tuple[int, ...], first: int, end: int) -> int | None:
    """The least integer root in first..end-1; `first` for the zero polynomial."""
    if first >= end:
        return None
    if not any(polynomial):
        return first
    roots = integer_roots(fmpz_poly(list(polynomial)))
    return min((root for root in roots if first <= root < end), default=None)


def _power(
    rule: PowerGrid, row: int, column: int, modulus: int | None, inner: Evaluate
) -> int | CannotEvaluate:
    """The exponents are numbers of a few hundred digits, so that one squaring for each bit will do."""
    exponent = evaluate_cell(rule.exponent, row, column, None, inner)
    if isinstance(exponent, CannotEvaluate):
        return exponent
    if exponent < 0 or exponent.bit_length() > MAX_PLAIN_EXPONENT_BITS:
        return CannotEvaluate("the exponent is negative or too large")
    if modulus is None and exponent * rule.base.bit_length() > 2 * MAX_BITS:
        return CannotEvaluate("the value has more than 10^6 digits")
    return rule.factor * pow(rule.base, exponent, modulus)
