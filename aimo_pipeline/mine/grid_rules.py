"""Rules that a two-index table f(m, n) can follow, and what they mean: pure data and a slow evaluation.

m counts rows and n columns, both as true indices. mine/grid_far.py is held against `table_of`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, zip_longest
from math import comb
from typing import assert_never

from aimo_pipeline.formula import Formula
from aimo_pipeline.mine.base import MAX_BITS
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.grid_template import template_value

# polynomial[i][j] is the coefficient of m^i n^j.
Bivariate = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Table:
    """rows[i][j] = f(first_row + i, first_column + j); rows may differ in length."""

    first_row: int
    first_column: int
    rows: tuple[tuple[int, ...], ...]

    def cells(self) -> dict[tuple[int, int], int]:
        """The known values by (m, n)."""
        return {
            (self.first_row + i, self.first_column + j): value
            for i, row in enumerate(self.rows)
            for j, value in enumerate(row)
        }

    def is_rectangular(self) -> bool:
        """True if all rows have the same length."""
        return len({len(row) for row in self.rows}) == 1

    def is_triangular(self) -> bool:
        """True if each row is one longer than the row above it."""
        return len(self.rows) > 1 and all(len(b) == len(a) + 1 for a, b in pairwise(self.rows))

    def padded(self) -> Table:
        """Rectangular, with zeros where a row ended early."""
        width = max(map(len, self.rows), default=0)
        rows = tuple((*row, *(0,) * (width - len(row))) for row in self.rows)
        return Table(self.first_row, self.first_column, rows)

    def transposed(self) -> Table:
        """The table of f(n, m), for a rectangular table."""
        return Table(self.first_column, self.first_row, tuple(zip(*self.rows, strict=True)))


@dataclass(frozen=True)
class PolynomialGrid:
    """f(m, n) = sum of differences[i][j] * binomial(m - first_row, i) * binomial(n - first_column, j)."""

    first_row: int
    first_column: int
    differences: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class SeparableGrid:
    """f(m, n) = column(m) * row(n), where `column` starts at first_row and `row` at first_column."""

    first_row: int
    first_column: int
    column: Formula
    row: Formula


@dataclass(frozen=True)
class RowRecurrence:
    """f(m, n + k) = sum of coefficients[i](m) * f(m, n + i), k = order: C-finite along each row.

    Attributes:
        coefficients: k polynomials in m, each by its coefficients, lowest power first.
        initial: k formulas; initial[i] is the column first_column + i, starting at first_row.
    """

    first_row: int
    first_column: int
    coefficients: tuple[tuple[int, ...], ...]
    initial: tuple[Formula, ...]


@dataclass(frozen=True)
class NeighbourGrid:
    """f(m, n) = above(m, n) f(m-1, n) + left(m, n) f(m, n-1) + diagonal(m, n) f(m-1, n-1) inside the edges.

    Attributes:
        top: the row first_row, starting at first_column.
        side: the column first_column, starting at first_row.
    """

    first_row: int
    first_column: int
    above: Bivariate
    left: Bivariate
    diagonal: Bivariate
    top: Formula
    side: Formula


@dataclass(frozen=True)
class HypergeometricGrid:
    """down[1](m, n) f(m + 1, n) = down[0](m, n) f(m, n), and to the right likewise.

    The first row comes from `corner` by `right`, every column from its top cell by `down`. A zero is followed
    by zeros; a denominator that vanishes before one leaves the cell undefined.
    """

    first_row: int
    first_column: int
    corner: int
    down: tuple[Bivariate, Bivariate]
    right: tuple[Bivariate, Bivariate]


@dataclass(frozen=True)
class SumGrid:
    """f(m, n) = column(m) + row(n), where `column` starts at first_row and `row` at first_column."""

    first_row: int
    first_column: int
    column: Formula
    row: Formula


@dataclass(frozen=True)
class SplitGrid:
    """divisor * f(m, n) = below(m, n) where m >= n, and above(m, n) where m < n; divisor >= 1."""

    first_row: int
    first_column: int
    divisor: int
    below: Bivariate
    above: Bivariate


@dataclass(frozen=True)
class TemplateGrid:
    """f(m, n) = scale * g(m + shift, n + shift) + offset, g the function of that name in grid_template.py."""

    first_row: int
    first_column: int
    template: str
    shift: int
    scale: int
    offset: int


@dataclass(frozen=True)
class PowerGrid:
    """f(m, n) = factor * base ^ exponent(m, n), the exponent at least 0; base >= 2."""

    first_row: int
    first_column: int
    factor: int
    base: int
    exponent: PolynomialGrid | SplitGrid | TemplateGrid


@dataclass(frozen=True)
class ResidueGrid:
    """f(m, n) = rule(m, n) mod modulus, modulus >= 2."""

    first_row: int
    first_column: int
    modulus: int
    rule: PolynomialGrid | RowRecurrence | NeighbourGrid


@dataclass(frozen=True)
class Transposed:
    """f(m, n) = rule at (n, m)."""

    rule: RowRecurrence | HypergeometricGrid


GridRule = (
    PolynomialGrid
    | SeparableGrid
    | SumGrid
    | RowRecurrence
    | NeighbourGrid
    | HypergeometricGrid
    | SplitGrid
    | TemplateGrid
    | PowerGrid
    | ResidueGrid
    | Transposed
)
Cells = tuple[tuple[int, ...], ...]


def bivariate_value(polynomial: Bivariate, m: int, n: int) -> int:
    """The polynomial's value."""
    return sum(c * m**i * n**j for i, row in enumerate(polynomial) for j, c in enumerate(row))


def swapped(polynomial: Bivariate) -> Bivariate:
    """The polynomial p(n, m)."""
    width = max(map(len, polynomial), default=0)
    padded = [(*line, *(0,) * (width - len(line))) for line in polynomial]
    return tuple(zip(*padded, strict=True))


def fixed_row(polynomial: Bivariate, m: int) -> tuple[int, ...]:
    """The polynomial in n that is left for this m."""
    width = max(map(len, polynomial), default=0)
    columns = ([line[j] if j < len(line) else 0 for line in polynomial] for j in range(width))
    return tuple(sum(c * m**i for i, c in enumerate(column)) for column in columns) or (0,)


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
        coefficients = [sum(c * m**power for power, c in enumerate(p)) for p in rule.coefficients]
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
