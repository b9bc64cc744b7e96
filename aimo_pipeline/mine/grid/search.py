"""Two-index tables f(m, n): the rule behind all cells, if one of a few shapes fits them with much to spare.

Every shape is linear in its coefficients, so a fit is a null vector of a matrix with a row per place in the
table and a column per coefficient. What is left over are the edges of the table, which are sequences. Either
direction has only as many terms as the table has lines, so each needs lines to spare, whatever the cells say.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.mine.base import bits_per_term
from aimo_pipeline.mine.grid.definition import table_of
from aimo_pipeline.mine.grid.edge import continued_edge, row_rule
from aimo_pipeline.mine.grid.fits import closed, powers, separable, sums
from aimo_pipeline.mine.grid.kernel import DEGREES, Shape, bivariate, null_vector
from aimo_pipeline.mine.grid.residue import is_reduced, residues
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
    Table,
    TemplateGrid,
    Transposed,
    fixed_row,
    swapped,
)
from aimo_pipeline.outcome import NothingFits

MAX_LINES = 24  # looked at; every cell is checked in the end
ROW_SHAPES = ((1, 0), (1, 1), (2, 0), (2, 1), (1, 2), (3, 0), (2, 2))  # order, degree in m
ABOVE, LEFT, DIAGONAL = (0, 1), (1, 0), (0, 0)  # seen from the cell above and to the left of (m, n)
NEIGHBOURS = ((DIAGONAL,), (ABOVE, LEFT), (ABOVE, DIAGONAL), (LEFT, DIAGONAL), (ABOVE, LEFT, DIAGONAL))


@dataclass(frozen=True)
class GridFound:
    """A rule reproduces every cell.

    Attributes:
        rule: the rule.
        family: such as "polynomial grid".
        spare: cells that are not zero, less `unknowns`.
        unknowns: numbers that were fitted, those of the edges included.
        bits: evidence that the spare cells carry.
    """

    rule: GridRule
    family: str
    spare: int
    unknowns: int
    bits: float


GridOutcome = GridFound | NothingFits


def find_grid(table: Table, config: MineConfig, deadline: Deadline) -> GridOutcome:
    """The rule behind a table.

    Args:
        table: rectangular, or triangular (each row one cell longer than the last): then it is taken to be
            zero to the right of its rows.
        deadline: looked at before each rule that is tried.

    Returns:
        GridFound, with a rule that gives every cell, or NothingFits: for an empty or otherwise ragged table,
        too few rows or columns or too many cells, no rule with enough spare cells, or rules that part just
        outside the table. No table of integers makes it raise.
    """
    if not any(table.rows):
        return NothingFits("the table has no cells")
    if not table.is_rectangular() and not table.is_triangular():
        return NothingFits("the rows differ in length")
    full = table.padded()
    if _is_too_large(full, config):
        return NothingFits("the table is too large")
    if min(len(full.rows), len(full.rows[0])) < config.grid.min_lines:
        return NothingFits(f"fewer than {config.grid.min_lines} rows or columns")
    corner = replace(full, rows=tuple(row[:MAX_LINES] for row in full.rows[:MAX_LINES]))
    outcome = _best(_candidates(corner, config), corner, full, config, deadline)
    if isinstance(outcome, GridFound):
        return outcome
    # Any table is also one modulo a number that it does not reach: only where nothing else fits.
    reduced = (pair for pair in residues(corner, config) if is_reduced(pair[0], corner, config))
    modular = _best(reduced, corner, full, config, deadline)
    return modular if isinstance(modular, GridFound) else outcome


def _is_too_large(table: Table, config: MineConfig) -> bool:
    cells = len(table.rows) * len(table.rows[0])
    return cells > config.grid.max_cells or (
        sum(cell.bit_length() for row in table.rows for cell in row) > config.grid.max_total_bits
    )


def _best(
    candidates: Iterable[tuple[GridRule, int]],
    corner: Table,
    table: Table,
    config: MineConfig,
    deadline: Deadline,
) -> GridOutcome:
    continued: dict[Cells | None, list[GridOutcome]] = {}
    for rule, unknowns in candidates:
        if deadline.passed:
            return NothingFits("no time left")  # the rivals of what was found are not known
        wide = _continued(rule, table, config.grid.rival_lines) if _holds(rule, corner) else None
        outcome = _weighed(rule, unknowns, wide, table, config)
        if isinstance(outcome, GridFound) and outcome.bits > config.grid.decisive_bits:
            return outcome
        continued.setdefault(wide, []).append(outcome)
    return _agreed(continued)


def _holds(rule: GridRule, table: Table) -> bool:
    return table_of(rule, len(table.rows), len(table.rows[0])) == table.rows


def _continued(rule: GridRule, table: Table, more: int) -> Cells | None:
    """The table by the rule, and a few lines more."""
    return table_of(rule, len(table.rows) + more, len(table.rows[0]) + more)


def _agreed(continued: dict[Cells | None, list[GridOutcome]]) -> GridOutcome:
    """The rule with the fewest unknowns, if all rules continue the table alike."""
    strong = [[rule for rule in rules if isinstance(rule, GridFound)] for rules in continued.values()]
    strong = [rules for rules in strong if rules]
    if len(strong) > 1:
        return NothingFits("rules that fit all cells part just outside the table")
    if strong:
        return min(strong[0], key=lambda rule: (rule.unknowns, rule.family))
    weak = [rule for rules in continued.values() for rule in rules]
    return weak[0] if weak else NothingFits("no rule fits the cells")


def _candidates(table: Table, config: MineConfig) -> Iterator[tuple[GridRule, int]]:
    """Rules with their unknowns."""
    yield from closed(table, config)
    yield from separable(table, config)
    yield from sums(table, config)
    yield from powers(table, config)
    yield from _along_rows(table, config)
    yield from ((Transposed(rule), unknowns) for rule, unknowns in _along_rows(table.transposed(), config))
    yield from _by_neighbours(table, config)
    yield from _by_ratios(table)


def _weighed(
    rule: GridRule, unknowns: int, wide: Cells | None, table: Table, config: MineConfig
) -> GridOutcome:
    """The rule with its evidence, if `wide`, what it gives with a few more lines, holds every cell."""
    family, rows, columns = _family(rule), len(table.rows), len(table.rows[0])
    if wide is None or tuple(row[:columns] for row in wide[:rows]) != table.rows:
        return NothingFits(f"{family} does not give all cells, or none just outside")
    cells = tuple(value for row in table.rows for value in row)
    values = cells if isinstance(rule, ResidueGrid) else tuple(value for value in cells if value)
    spare = len(values) - unknowns
    # Zeros say as much as any other residue, but no residue says more than it is surprising.
    bits = max(0, spare) * (_entropy(cells) if isinstance(rule, ResidueGrid) else bits_per_term(values))
    if spare < max(config.grid.min_spare, unknowns) or bits < config.grid.min_bits:
        return NothingFits(f"{family} has {spare} spare cells that carry {bits:.0f} bits")
    return GridFound(rule, family, spare, unknowns, bits)


def _entropy(values: tuple[int, ...]) -> float:
    """Bits per value, by how often each occurs."""
    shares = [count / len(values) for count in Counter(values).values()]
    return -sum(share * math.log2(share) for share in shares)


def _family(rule: GridRule) -> str:
    names: dict[type, str] = {
        PolynomialGrid: "polynomial grid",
        SeparableGrid: "separable grid",
        RowRecurrence: "rows c-finite",
        SumGrid: "sum grid",
        SplitGrid: "polynomials on either side of the diagonal",
        TemplateGrid: "named function",
        PowerGrid: "power grid",
        ResidueGrid: "residue grid",
        NeighbourGrid: "neighbour recurrence",
        HypergeometricGrid: "hypergeometric grid",
    }
    if isinstance(rule, Transposed):
        return "columns c-finite" if isinstance(rule.rule, RowRecurrence) else names[type(rule.rule)]
    return names[type(rule)]


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
