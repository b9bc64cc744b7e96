"""Closed forms of two-index tables: polynomials, one on either side of the diagonal, named functions, powers.

Each generator gives rules with the number of their unknowns, fitted but not yet checked on every cell.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, pairwise

from aimo_pipeline.config import MineConfig
from aimo_pipeline.mine.grid.edge import edge_rule
from aimo_pipeline.mine.grid.kernel import DEGREES, Monomials, bivariate, polynomial_through
from aimo_pipeline.mine.grid.rules import (
    Bivariate,
    PolynomialGrid,
    PowerGrid,
    SeparableGrid,
    SplitGrid,
    SumGrid,
    Table,
    TemplateGrid,
)
from aimo_pipeline.mine.grid.template import TEMPLATES, WITH_OFFSET, template_value
from aimo_pipeline.mine.products.readings import logarithms

MAX_SPLIT_DEGREE = 3
MAX_CONSTANT = 3  # that is moved between the summands of c(m) + r(n)
TEMPLATE_SHIFTS = (0, 1, -1)

Closed = PolynomialGrid | SplitGrid | TemplateGrid


def polynomial(table: Table, config: MineConfig) -> Iterator[tuple[PolynomialGrid, int]]:
    """Newton's differences in both directions; those beyond the degrees are zero."""
    both = table_differences(table)
    height = max((i + 1 for i, line in enumerate(both) if any(line)), default=1)
    width = max((j + 1 for line in both for j, d in enumerate(line) if d), default=1)
    if min(len(both) - height, len(both[0]) - width) >= config.grid.min_spare_edge:
        kept = tuple(tuple(line[:width]) for line in both[:height])
        yield PolynomialGrid(table.first_row, table.first_column, kept), height * width


def table_differences(table: Table) -> list[tuple[int, ...]]:
    """Entry [i][j] is the difference of order i downwards and j to the right at the corner."""
    by_row = [_differences(row) for row in table.rows]
    return list(zip(*(_differences(column) for column in zip(*by_row, strict=True)), strict=True))


def _differences(terms: tuple[int, ...]) -> tuple[int, ...]:
    leading, row = [], list(terms)
    while row:
        leading.append(row[0])
        row = [b - a for a, b in pairwise(row)]
    return tuple(leading)


def separable(table: Table, config: MineConfig) -> Iterator[tuple[SeparableGrid, int]]:
    """All rows are multiples of one primitive row."""
    model = next((row for row in table.rows if any(row)), table.rows[0])
    content = math.gcd(*model) or 1
    row = tuple(value // content for value in model)
    place = next((j for j, value in enumerate(row) if value), 0)
    column = tuple(line[place] // (row[place] or 1) for line in table.rows)
    if any(line != tuple(c * a for a in row) for c, line in zip(column, table.rows, strict=True)):
        return
    down = edge_rule(column, table.first_row, config)
    right = edge_rule(row, table.first_column, config)
    if down and right:
        yield SeparableGrid(table.first_row, table.first_column, down[0], right[0]), down[1] + right[1]


def sums(table: Table, config: MineConfig) -> Iterator[tuple[SumGrid, int]]:
    """All rows differ by constants; a small one of them may belong to either summand."""
    top, corner = table.rows[0], table.rows[0][0]
    if any(tuple(value - line[0] + corner for value in line) != top for line in table.rows):
        return
    for constant in sorted(range(-MAX_CONSTANT, MAX_CONSTANT + 1), key=abs):
        column = tuple(line[0] - constant for line in table.rows)
        row = tuple(value - corner + constant for value in top)
        down = edge_rule(column, table.first_row, config)
        right = edge_rule(row, table.first_column, config)
        if down and right:
            rule = SumGrid(table.first_row, table.first_column, down[0], right[0])
            yield rule, down[1] + right[1]
            return


def split(table: Table, config: MineConfig) -> Iterator[tuple[SplitGrid, int]]:
    """One polynomial of degree at most 3 on and below the diagonal, one above it."""
    cells = table.cells()
    pieces = [
        _piece({place: v for place, v in cells.items() if (place[0] >= place[1]) is below}, table, config)
        for below in (True, False)
    ]
    known = [piece for piece in pieces if piece is not None]
    if len(known) == 2:
        (below, low, fitted), (above, high, more) = known
        divisor = math.lcm(low, high)
        rule = SplitGrid(
            table.first_row,
            table.first_column,
            divisor,
            _scaled(below, divisor // low),
            _scaled(above, divisor // high),
        )
        yield rule, fitted + more


def _piece(
    cells: dict[tuple[int, int], int], table: Table, config: MineConfig
) -> tuple[Bivariate, int, int] | None:
    """The polynomial through the cells as numerator and denominator, and its number of coefficients."""
    if not any(cells.values()):
        return ((0,),), 1, 1
    lines = min(len(table.rows), len(table.rows[0]))
    for degree in range(MAX_SPLIT_DEGREE + 1):
        monomials: Monomials = DEGREES[degree]
        if lines - degree - 1 < config.grid.min_spare_edge or len(cells) < 2 * len(monomials):
            return None
        vector = polynomial_through(cells, monomials)
        if vector is not None:
            return bivariate(vector[1:], monomials), vector[0], len(monomials)
    return None


def _scaled(polynomial: Bivariate, factor: int) -> Bivariate:
    return tuple(tuple(factor * c for c in line) for line in polynomial)


def templates(table: Table) -> Iterator[tuple[TemplateGrid, int]]:
    """scale * g(m + s, n + s) + offset for the functions with a name."""
    cells = table.cells()
    for template in TEMPLATES:
        for shift in TEMPLATE_SHIFTS:
            linear = _linear(list(cells.values()), _named_values(template, shift, tuple(cells)))
            if linear is not None and (linear[1] or template not in WITH_OFFSET):
                yield TemplateGrid(table.first_row, table.first_column, template, shift, *linear), 3


@lru_cache(maxsize=256)
def _named_values(template: str, shift: int, cells: tuple[tuple[int, int], ...]) -> tuple[int | None, ...]:
    """Tables of one size come often."""
    return tuple(template_value(template, m + shift, n + shift) for m, n in cells)


def _linear(cells: list[int], values: tuple[int | None, ...]) -> tuple[int, int] | None:
    """scale and offset with cells = scale * values + offset; None if there are none or a value is missing."""
    known = [value for value in values if value is not None]
    if len(known) < len(cells):
        return None
    low, high = known.index(min(known)), known.index(max(known))
    if known[low] == known[high]:
        return None
    scale, rest = divmod(cells[high] - cells[low], known[high] - known[low])
    offset = cells[low] - scale * known[low]
    fits = all(cell == scale * value + offset for cell, value in zip(cells, known, strict=True))
    return (scale, offset) if fits and not rest and scale else None


def powers(table: Table, config: MineConfig) -> Iterator[tuple[PowerGrid, int]]:
    """Powers of one base whose exponents are a closed form."""
    flat = list(chain.from_iterable(table.rows))
    if min(flat) < 1 or max(flat) < 4:
        return
    read = logarithms(flat)
    if read is None:
        return
    base, flat_exponents = read
    width, least = len(table.rows[0]), min(flat)
    rows = tuple(flat_exponents[i : i + width] for i in range(0, len(flat), width))
    exponents = Table(table.first_row, table.first_column, rows)
    for rule, unknowns in closed(exponents, config):
        yield PowerGrid(table.first_row, table.first_column, least, base, rule), unknowns + 2


def closed(table: Table, config: MineConfig) -> Iterator[tuple[Closed, int]]:
    """Polynomials, polynomials on either side of the diagonal, and functions with a name."""
    yield from polynomial(table, config)
    yield from split(table, config)
    yield from templates(table)
