"""What the rules of two-index tables mean: cell by cell, straight from their docstrings.

mine/grid/far.py is held against `table_of`.
"""

from __future__ import annotations

from itertools import pairwise, zip_longest
from math import comb
from typing import assert_never

from aimo_pipeline.mine.base import MAX_BITS
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.grid.rules import (
    Bivariate,
    Cells,
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
)
from aimo_pipeline.mine.grid.template import template_value
from aimo_pipeline.mine.integers import polynomial_value


def table_of(rule: GridRule, rows: int, columns: int) -> Cells | None:
    """The rule's first rows x columns cells, straight from its definition; None if one is undefined."""
    match rule:
        case PolynomialGrid():
            return _rectangle(rule, rows, columns)
        case SeparableGrid():
            column, row = terms_of(rule.column, rows), terms_of(rule.row, columns)
            table = tuple(tuple(a * b for b in row) for a in column)
        case RowRecurrence():
            table = _run_along(rule, rows, columns)
        case NeighbourGrid():
            table = _filled(rule, rows, columns)
        case HypergeometricGrid():
            return _walked(rule, rows, columns)
        case SumGrid():
            column, row = terms_of(rule.column, rows), terms_of(rule.row, columns)
            table = tuple(tuple(a + b for b in row) for a in column)
        case SplitGrid() | TemplateGrid():
            return _by_cells(rule, rows, columns)
        case PowerGrid():
            return _powers(rule, rows, columns)
        case ResidueGrid():
            whole = table_of(rule.rule, rows, columns)
            return whole and tuple(tuple(value % rule.modulus for value in row) for row in whole)
        case Transposed():
            turned = table_of(rule.rule, columns, rows)
            return None if turned is None else tuple(zip(*turned, strict=True))
        case _:
            assert_never(rule)
    return table if len(table) == rows and all(len(row) == columns for row in table) else None


def _rectangle(rule: PolynomialGrid, rows: int, columns: int) -> Cells:
    """Row by row: its differences are Newton's forms in m, and its cells their running sums."""
    table = []
    for s in range(rows):
        lines = list(zip_longest(*rule.differences, fillvalue=0))
        column = [sum(d * comb(s, i) for i, d in enumerate(line)) for line in lines]
        row = []
        for _ in range(columns):
            row.append(column[0])
            column = [a + b for a, b in pairwise([*column, 0])]
        table.append(tuple(row))
    return tuple(table)


def _by_cells(rule: SplitGrid | TemplateGrid, rows: int, columns: int) -> Cells | None:
    table = []
    for m in range(rule.first_row, rule.first_row + rows):
        line = [cell_of(rule, m, n) for n in range(rule.first_column, rule.first_column + columns)]
        known = tuple(value for value in line if value is not None)
        if len(known) < columns:
            return None
        table.append(known)
    return tuple(table)


def cell_of(rule: SplitGrid | TemplateGrid, m: int, n: int) -> int | None:
    """The value in one cell, however far out; None if it is no integer or not defined."""
    if isinstance(rule, SplitGrid):
        value = bivariate_value(rule.below if m >= n else rule.above, m, n)
        return None if value % rule.divisor else value // rule.divisor
    cell = template_value(rule.template, m + rule.shift, n + rule.shift)
    return None if cell is None else rule.scale * cell + rule.offset


def _powers(rule: PowerGrid, rows: int, columns: int) -> Cells | None:
    exponents = table_of(rule.exponent, rows, columns)
    if exponents is None or not 0 <= min(map(min, exponents)) or max(map(max, exponents)) > MAX_BITS:
        return None
    return tuple(tuple(rule.factor * rule.base**exponent for exponent in row) for row in exponents)


def _run_along(rule: RowRecurrence, rows: int, columns: int) -> tuple[tuple[int, ...], ...]:
    table = []
    for s, start in enumerate(zip(*(terms_of(edge, rows) for edge in rule.initial), strict=False)):
        m, line = rule.first_row + s, list(start)
        coefficients = [polynomial_value(p, m) for p in rule.coefficients]
        while len(line) < columns:
            window = line[len(line) - len(coefficients) :]
            line.append(sum(c * a for c, a in zip(coefficients, window, strict=True)))
        table.append(tuple(line[:columns]))
    return tuple(table)


def _filled(rule: NeighbourGrid, rows: int, columns: int) -> tuple[tuple[int, ...], ...]:
    table = [terms_of(rule.top, columns)]
    for m, start in enumerate(terms_of(rule.side, rows)[1:], rule.first_row + 1):
        line = [start]
        for n in range(rule.first_column + 1, rule.first_column + len(table[-1])):
            t = n - rule.first_column
            value = bivariate_value(rule.above, m, n) * table[-1][t]
            value += bivariate_value(rule.left, m, n) * line[t - 1]
            line.append(value + bivariate_value(rule.diagonal, m, n) * table[-1][t - 1])
        table.append(tuple(line))
    return tuple(table)


def _walked(rule: HypergeometricGrid, rows: int, columns: int) -> tuple[tuple[int, ...], ...] | None:
    top: list[int | None] = [rule.corner]
    for n in range(rule.first_column, rule.first_column + columns - 1):
        top.append(_step(rule.right, rule.first_row, n, top[-1]))
    lines = [top]
    for m in range(rule.first_row, rule.first_row + rows - 1):
        lines.append([_step(rule.down, m, n, a) for n, a in enumerate(lines[-1], rule.first_column)])
    table = tuple(tuple(a for a in line if a is not None) for line in lines)
    return table if all(len(line) == columns for line in table) else None


def _step(ratio: tuple[Bivariate, Bivariate], m: int, n: int, value: int | None) -> int | None:
    if value == 0:
        return 0
    numerator, denominator = (bivariate_value(polynomial, m, n) for polynomial in ratio)
    if value is None or denominator == 0 or numerator * value % denominator:
        return None
    return numerator * value // denominator
