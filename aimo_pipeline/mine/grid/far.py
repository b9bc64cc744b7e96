"""Cells far out in a two-index table, modulo m or exactly, by the one-index rules that run through them."""

from __future__ import annotations

from itertools import count
from math import prod
from typing import assert_never

from flint import fmpz_poly

from aimo_pipeline.formula import CFinite, Formula, Polynomial, PRecursive
from aimo_pipeline.mine.base import MAX_BITS, CannotEvaluate, Evaluate
from aimo_pipeline.mine.far.tower import MAX_PLAIN_EXPONENT_BITS
from aimo_pipeline.mine.grid.definition import cell_of
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
    bivariate_value,
    fixed_row,
    swapped,
)
from aimo_pipeline.mine.integers import integer_roots, polynomial_value

MAX_CELLS = 1_000_000  # that are filled one by one
MAX_LINE_ORDER = 200  # of the recurrence along one column


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
            return CannotEvaluate("the rule gives no integer there") if value is None else value
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
            return _by_neighbours(rule, row, column, modulus, inner)
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


def _by_neighbours(
    rule: NeighbourGrid, row: int, column: int, modulus: int | None, inner: Evaluate
) -> int | CannotEvaluate:
    rows, columns = row - rule.first_row + 1, column - rule.first_column + 1
    if rows * columns <= MAX_CELLS:
        cells = _column(rule, rows, column, modulus, inner)
        return cells if isinstance(cells, CannotEvaluate) else cells[-1]
    if rows < columns:
        rule, row, column = _turned(rule), column, row
    line = _column_rule(rule, column, modulus, inner)
    return line if isinstance(line, CannotEvaluate) else inner(line, row, modulus)


def _column(
    rule: NeighbourGrid, rows: int, column: int, modulus: int | None, inner: Evaluate
) -> list[int] | CannotEvaluate:
    """The column's first cells, by filling all columns before it as well."""
    line: list[int] = []
    for n in range(rule.first_column, column + 1):
        top = inner(rule.top, n, modulus)
        side = [inner(rule.side, rule.first_row + s, modulus) for s in range(rows)] if not line else []
        cells = side if not line else [top]
        known = [cell for cell in cells if isinstance(cell, int)]
        if len(known) < len(cells):
            return CannotEvaluate("an edge cannot be evaluated")
        line = known if not line else _next_column(rule, line, known[0], n, modulus)
        if line[-1].bit_length() > MAX_BITS:
            return CannotEvaluate("the value has more than 10^6 digits")
    return line


def _next_column(rule: NeighbourGrid, line: list[int], top: int, n: int, modulus: int | None) -> list[int]:
    cells = [top]
    for m, diagonal, left in zip(count(rule.first_row + 1), line, line[1:], strict=False):
        value = bivariate_value(rule.above, m, n) * cells[-1] + bivariate_value(rule.left, m, n) * left
        value += bivariate_value(rule.diagonal, m, n) * diagonal
        cells.append(value if modulus is None else value % modulus)
    return cells


def _turned(rule: NeighbourGrid) -> NeighbourGrid:
    """The rule of f(n, m)."""
    return NeighbourGrid(
        rule.first_column,
        rule.first_row,
        swapped(rule.left),
        swapped(rule.above),
        swapped(rule.diagonal),
        rule.side,
        rule.top,
    )


def _column_rule(
    rule: NeighbourGrid, column: int, modulus: int | None, inner: Evaluate
) -> CFinite | CannotEvaluate:
    """The recurrence along one column, where the coefficients do not depend on m.

    With G_n(x) = sum of f(first_row + t, n) x^t, (1 - above(n) x) G_n is G_(n-1) times a polynomial of degree
    1, plus a constant. So G_n is a proper fraction whose denominator is that of the first column times
    1 - above(j) x for each further column j.
    """
    edge = _characteristic(rule.side)
    independent = all(len(p) <= 1 for p in (rule.above, rule.left, rule.diagonal))
    order = column - rule.first_column + (0 if edge is None else edge.degree())
    if edge is None or not independent or order > MAX_LINE_ORDER:
        return CannotEvaluate("the cell is too far out to be reached cell by cell")
    factors = (
        fmpz_poly([-bivariate_value(rule.above, 0, n), 1]) for n in range(rule.first_column + 1, column + 1)
    )
    characteristic = prod(factors, start=edge)
    initial = _column(rule, order, column, modulus, inner)
    if isinstance(initial, CannotEvaluate):
        return initial
    return CFinite(rule.first_row, tuple(-int(characteristic[i]) for i in range(order)), tuple(initial))


def _characteristic(formula: Formula) -> fmpz_poly | None:
    """Of the recurrence that the formula obeys from its first term on, if it is known to obey one."""
    match formula:
        case CFinite():
            return fmpz_poly([*(-c for c in formula.coefficients), 1])
        case Polynomial():
            return fmpz_poly([-1, 1]) ** len(formula.differences)
        case _:
            return None


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
