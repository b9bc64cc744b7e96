"""Tables of residues: a polynomial, Pascal-like or row rule modulo m, m found from the table.

For a polynomial of degree d modulo m, all differences of a higher order are multiples of m. For recurrences m
is taken to be the largest residue plus 1. A table without a modulus passes for one modulo a number that it
does not reach, so every residue must have had its chance to occur, and many cells must be reduced ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from flint import fmpz

from aimo_pipeline.config import MineConfig
from aimo_pipeline.mine.grid.definition import table_of
from aimo_pipeline.mine.grid.edge import edge_rule, row_rule
from aimo_pipeline.mine.grid.fits import table_differences
from aimo_pipeline.mine.grid.kernel import residue_relation
from aimo_pipeline.mine.grid.rules import (
    Bivariate,
    NeighbourGrid,
    PolynomialGrid,
    ResidueGrid,
    RowRecurrence,
    Table,
)
from aimo_pipeline.mine.integers import least_residue

MAX_DEGREE = 2
MAX_MODULUS = 1 << 31
ONE: Bivariate = ((1,),)
# Weights of the cells above, to the left and diagonal: Pascal's square and triangle, and Delannoy's numbers.
WEIGHTS: tuple[tuple[Bivariate, Bivariate, Bivariate], ...] = (
    (ONE, ONE, ()),
    (ONE, (), ONE),
    (ONE, ONE, ONE),
)
ROW_SHAPES = ((1, 0), (1, 1), (2, 0), (2, 1))  # order, degree in m


def residues(table: Table, config: MineConfig) -> Iterator[tuple[ResidueGrid, int]]:
    """Rules modulo m for a table whose cells are all non-negative, with the number of their unknowns."""
    greatest = max(map(max, table.rows))
    if min(map(min, table.rows)) < 0 or not 0 < greatest < MAX_MODULUS:
        return
    yield from _polynomial(table, greatest, config)
    modulus, cells = greatest + 1, len(table.rows) * len(table.rows[0])
    if cells < config.grid.min_cells_per_residue * modulus:
        return
    for neighbours, unknowns in _by_neighbours(table, modulus, config):
        yield ResidueGrid(table.first_row, table.first_column, modulus, neighbours), unknowns + 1
    for along, unknowns in _along_rows(table, modulus, config):
        yield ResidueGrid(table.first_row, table.first_column, modulus, along), unknowns + 1


def is_reduced(rule: ResidueGrid, table: Table, config: MineConfig) -> bool:
    """True if min_reduced_share of the cells that are not 0 before the reduction are changed by it."""
    whole = table_of(rule.rule, len(table.rows), len(table.rows[0]))
    if whole is None:
        return False
    pairs = [pair for lines in zip(whole, table.rows, strict=True) for pair in zip(*lines, strict=True)]
    return sum(a != b for a, b in pairs) >= config.grid.min_reduced_share * sum(a != 0 for a, _ in pairs)


def _polynomial(table: Table, greatest: int, config: MineConfig) -> Iterator[tuple[ResidueGrid, int]]:
    both = table_differences(table)
    lines = min(len(both), len(both[0]))
    for degree in range(min(MAX_DEGREE, lines - 1 - config.grid.min_spare_edge) + 1):
        modulus = math.gcd(*(d for i, line in enumerate(both) for j, d in enumerate(line) if i + j > degree))
        if modulus > greatest:
            kept = tuple(tuple(d % modulus for d in both[i][: degree - i + 1]) for i in range(degree + 1))
            rule = PolynomialGrid(table.first_row, table.first_column, kept)
            unknowns = (degree + 1) * (degree + 2) // 2 + 1
            yield ResidueGrid(table.first_row, table.first_column, modulus, rule), unknowns
            return


def _by_neighbours(table: Table, modulus: int, config: MineConfig) -> Iterator[tuple[NeighbourGrid, int]]:
    for above, left, diagonal in WEIGHTS:
        if _fits(table, modulus, above, left, diagonal):
            top = edge_rule(table.rows[0], table.first_column, config)
            side = edge_rule(tuple(row[0] for row in table.rows), table.first_row, config)
            if top and side:
                first = (table.first_row, table.first_column)
                yield NeighbourGrid(*first, above, left, diagonal, top[0], side[0]), 3 + top[1] + side[1]
            return


def _fits(table: Table, modulus: int, above: Bivariate, left: Bivariate, diagonal: Bivariate) -> bool:
    rows = table.rows
    return all(
        (
            rows[i][j]
            - (rows[i - 1][j] if above else 0)
            - (rows[i][j - 1] if left else 0)
            - (rows[i - 1][j - 1] if diagonal else 0)
        )
        % modulus
        == 0
        for i in range(1, len(rows))
        for j in range(1, len(rows[0]))
    )


def _along_rows(table: Table, modulus: int, config: MineConfig) -> Iterator[tuple[RowRecurrence, int]]:
    """As grid.py's search along rows, modulo a prime."""
    if not fmpz(modulus).is_prime():
        return
    for order, degree in ROW_SHAPES:
        spare = min(len(table.rows) - degree - 1, len(table.rows[0]) - 2 * order)
        if spare < config.grid.min_spare_edge:
            continue
        powers = tuple((power, 0) for power in range(degree + 1))
        shape = [((0, order), ((0, 0),)), *(((0, i), powers) for i in range(order))]
        vector = residue_relation(table, shape, modulus)
        if vector is None:
            continue
        coefficients = tuple(
            tuple(
                least_residue(-c, modulus) for c in vector[1 + i * (degree + 1) : 1 + (i + 1) * (degree + 1)]
            )
            for i in range(order)
        )
        rule = row_rule(table, coefficients, config)
        if rule is not None:
            yield rule
        return
