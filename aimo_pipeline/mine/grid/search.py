"""Two-index tables f(m, n): the rule behind all cells, if one of a few shapes fits them with much to spare.

Every shape is linear in its coefficients, so a fit is a null vector of a matrix with a row per place in the
table and a column per coefficient. What is left over are the edges of the table, which are sequences. Either
direction has only as many terms as the table has lines, so each needs lines to spare, whatever the cells say.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.mine.base import bits_per_term
from aimo_pipeline.mine.grid.candidates import candidates
from aimo_pipeline.mine.grid.definition import table_of
from aimo_pipeline.mine.grid.residue import is_reduced, residues
from aimo_pipeline.mine.grid.rules import (
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
)
from aimo_pipeline.outcome import NothingFits

MAX_LINES = 24  # looked at; every cell is checked in the end


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
    outcome = _best(candidates(corner, config), corner, full, config, deadline)
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
