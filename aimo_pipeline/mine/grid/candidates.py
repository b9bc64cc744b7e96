"""Rules that could be a table's, each with how many numbers were fitted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from aimo_pipeline.config import MineConfig
from aimo_pipeline.mine.grid.edge import continued_edge, row_rule
from aimo_pipeline.mine.grid.fits import closed, powers, separable, sums
from aimo_pipeline.mine.grid.kernel import DEGREES, Shape, bivariate, null_vector
from aimo_pipeline.mine.grid.rules import (
    Bivariate,
    GridRule,
    HypergeometricGrid,
    NeighbourGrid,
    RowRecurrence,
    Table,
    Transposed,
    fixed_row,
    swapped,
)

ROW_SHAPES = ((1, 0), (1, 1), (2, 0), (2, 1), (1, 2), (3, 0), (2, 2))  # order, degree in m
ABOVE, LEFT, DIAGONAL = (0, 1), (1, 0), (0, 0)  # seen from the cell above and to the left of (m, n)
NEIGHBOURS = ((DIAGONAL,), (ABOVE, LEFT), (ABOVE, DIAGONAL), (LEFT, DIAGONAL), (ABOVE, LEFT, DIAGONAL))


def candidates(table: Table, config: MineConfig) -> Iterator[tuple[GridRule, int]]:
    """Rules with their unknowns."""
    yield from closed(table, config)
    yield from separable(table, config)
    yield from sums(table, config)
    yield from powers(table, config)
    yield from _along_rows(table, config)
    yield from ((Transposed(rule), unknowns) for rule, unknowns in _along_rows(table.transposed(), config))
    yield from _by_neighbours(table, config)
    yield from _by_ratios(table)


def _along_rows(table: Table, config: MineConfig) -> Iterator[tuple[RowRecurrence, int]]:
    """The first shape that fits: f(m, n + k) by the k cells before it, with polynomials in m."""
    for order, degree in ROW_SHAPES:
        spare = min(len(table.rows) - degree - 1, len(table.rows[0]) - 2 * order)
        coefficients = (
            _row_coefficients(table, order, degree) if spare >= config.grid.min_spare_edge else None
        )
        if coefficients is None:
            continue
        rule = row_rule(table, coefficients, config)
        if rule is not None:
            yield rule
        return


def _row_coefficients(table: Table, order: int, degree: int) -> tuple[tuple[int, ...], ...] | None:
    powers = tuple((power, 0) for power in range(degree + 1))
    vector = null_vector(table, [((0, order), ((0, 0),)), *(((0, i), powers) for i in range(order))])
    if vector is None or abs(vector[0]) != 1:
        return None
    scaled = [-vector[0] * c for c in vector[1:]]
    return tuple(tuple(scaled[i : i + degree + 1]) for i in range(0, len(scaled), degree + 1))


def _by_neighbours(table: Table, config: MineConfig) -> Iterator[tuple[GridRule, int]]:
    """f(m, n) by as few as possible of the cells above, to the left and between; degree 0 before degree 1."""
    for degree, neighbours in itertools.product((0, 1), NEIGHBOURS):
        found = _neighbour_coefficients(table, degree, neighbours)
        if found is None:
            continue
        above, left, diagonal = (found.get(place, ()) for place in (ABOVE, LEFT, DIAGONAL))
        column = tuple(row[0] for row in table.rows)
        top = continued_edge(table.rows[0], table.first_column, fixed_row(left, table.first_row), config)
        turned = fixed_row(swapped(above), table.first_column)
        side = continued_edge(column, table.first_row, turned, config)
        if top and side:
            rule = NeighbourGrid(table.first_row, table.first_column, above, left, diagonal, top[0], side[0])
            yield rule, len(neighbours) * len(DEGREES[degree]) + top[1] + side[1]
        return


def _neighbour_coefficients(
    table: Table, degree: int, neighbours: tuple[tuple[int, int], ...]
) -> dict[tuple[int, int], Bivariate] | None:
    monomials = DEGREES[degree]
    shape: Shape = [((1, 1), DEGREES[0]), *((place, monomials) for place in neighbours)]
    vector = null_vector(table, shape, at=(1, 1))
    if vector is None or abs(vector[0]) != 1:
        return None
    scaled = [-vector[0] * c for c in vector[1:]]
    size = len(monomials)
    parts = (scaled[i : i + size] for i in range(0, len(scaled), size))
    return {place: bivariate(part, monomials) for place, part in zip(neighbours, parts, strict=True)}


def _by_ratios(table: Table) -> Iterator[tuple[GridRule, int]]:
    """Neighbours have quotients that are fractions of polynomials in m and n, of degree at most 2."""
    down, right = _ratio(table, (1, 0)), _ratio(table, (0, 1))
    if down and right:
        unknowns = sum(len(line) for ratio in (down, right) for polynomial in ratio for line in polynomial)
        corner = table.rows[0][0]
        yield HypergeometricGrid(table.first_row, table.first_column, corner, down, right), unknowns
        # A triangle is zero along its first row, but not down its first column.
        along, across = ((swapped(top), swapped(bottom)) for top, bottom in (right, down))
        yield (
            Transposed(HypergeometricGrid(table.first_column, table.first_row, corner, along, across)),
            unknowns,
        )


def _ratio(table: Table, step: tuple[int, int]) -> tuple[Bivariate, Bivariate] | None:
    for monomials in DEGREES[:3]:
        vector = null_vector(table, [(step, monomials), ((0, 0), monomials)])
        if vector is not None:
            below, above = vector[: len(monomials)], [-c for c in vector[len(monomials) :]]
            return bivariate(above, monomials), bivariate(below, monomials)
    return None
