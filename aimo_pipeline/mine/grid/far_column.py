"""Far cells of tables whose cells follow from their neighbours: column by column, or by one column's rule."""

from __future__ import annotations

from itertools import count
from math import prod

from flint import fmpz_poly

from aimo_pipeline.formula import CFinite, Formula, Polynomial
from aimo_pipeline.mine.base import MAX_BITS, CannotEvaluate, Evaluate
from aimo_pipeline.mine.grid.rules import NeighbourGrid, bivariate_value, swapped

MAX_CELLS = 1_000_000  # that are filled one by one
MAX_LINE_ORDER = 200  # of the recurrence along one column


def by_neighbours(
    rule: NeighbourGrid, row: int, column: int, modulus: int | None, inner: Evaluate
) -> int | CannotEvaluate:
    """One cell, by filling the table up to it or, far out, by the rule of its column (or row)."""
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
