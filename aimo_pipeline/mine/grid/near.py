"""Cells that are asked for: those near the table are filled in at once, those far out evaluated."""

from __future__ import annotations

from aimo_pipeline.config.mine_families import GridRules
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.mine.base import CannotEvaluate, Evaluate, in_time
from aimo_pipeline.mine.grid.definition import table_of
from aimo_pipeline.mine.grid.far import evaluate_cell
from aimo_pipeline.mine.grid.rules import Cells, GridRule, Table


def cell_values(
    rule: GridRule,
    table: Table,
    cells: tuple[tuple[int, int], ...],
    modulus: int | None,
    inner: Evaluate,
    config: GridRules,
    deadline: Deadline,
) -> list[int | CannotEvaluate]:
    """The rule's values in cells counted from 0, modulo `modulus` if one is given.

    Args:
        rule: has the table's first row and column.
        inner: evaluates one-index formulas.
        deadline: looked at before each cell far from the table.
    """
    near = _near(rule, table, cells, config) if modulus is None or modulus > 0 else ()
    first_row, first_column = table.first_row, table.first_column

    def value(cell: tuple[int, int]) -> int | CannotEvaluate:
        row, column = cell
        if row < len(near) and column < len(near[row]):
            return near[row][column] if modulus is None else near[row][column] % modulus
        return evaluate_cell(rule, first_row + row, first_column + column, modulus, inner)

    return in_time(cells, value, deadline)


def _near(rule: GridRule, table: Table, cells: tuple[tuple[int, int], ...], config: GridRules) -> Cells:
    """The table with as many more lines as are asked for, up to near_lines; none where few cells are."""
    margin = config.near_lines
    rows, columns = len(table.rows) + margin, max(map(len, table.rows), default=0) + margin
    asked = [(row, column) for row, column in cells if row < rows and column < columns]
    if len(asked) < config.few_cells:
        return ()
    height, width = (1 + max(places) for places in zip(*asked, strict=True))
    return table_of(rule, height, width) or ()
