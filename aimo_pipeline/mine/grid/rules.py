"""Rules that a two-index table f(m, n) can follow, and what they mean: pure data.

m counts rows and n columns, both as true indices. mine/grid/definition.py evaluates them
slowly, mine/grid/far.py fast and far out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from aimo_pipeline.formula import Formula
from aimo_pipeline.mine.integers import polynomial_value

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
    columns = [[line[j] if j < len(line) else 0 for line in polynomial] for j in range(width)]
    return tuple(polynomial_value(column, m) for column in columns) or (0,)
