"""Rules for the first rows and columns of a table, which are short sequences."""

from __future__ import annotations

from itertools import pairwise

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import CFinite, Formula, PartialProduct, Polynomial, Prefixed
from aimo_pipeline.mine.grid.rules import RowRecurrence, Table
from aimo_pipeline.mine.linear.cfinite import integer_recurrence
from aimo_pipeline.mine.linear.polynomial import leading_differences
from aimo_pipeline.mine.products.product import integer_ratios

Edge = tuple[Formula, int]  # a formula and its unknowns


def edge_rule(terms: tuple[int, ...], first_index: int, config: MineConfig) -> Edge | None:
    """A polynomial, recurrence, factorial or finite row, with at least grid.min_spare_edge terms to spare."""
    most = len(terms) - config.grid.min_spare_edge
    support = max((place for place, term in enumerate(terms, 1) if term), default=0)
    if 0 < support <= most:
        return Prefixed(first_index, terms[:support], Polynomial(first_index + support, (0,))), support
    differences = leading_differences(terms, most - 1) if most > 0 else None
    if differences is not None:
        return Polynomial(first_index, differences), len(differences)
    highest = min(most // 2, len(terms) // 3)
    coefficients = integer_recurrence(terms, highest) if highest > 0 else None
    if coefficients and coefficients[0]:
        return CFinite(first_index, coefficients, terms[: len(coefficients)]), 2 * len(coefficients)
    ratios = integer_ratios(terms)
    slope = leading_differences(ratios, most - 2) if ratios and most > 1 else None
    if slope is None:
        return None
    return PartialProduct(first_index, terms[0], Polynomial(first_index, slope)), len(slope) + 1


def row_rule(
    table: Table, coefficients: tuple[tuple[int, ...], ...], config: MineConfig
) -> tuple[RowRecurrence, int] | None:
    """The recurrence along the rows with its unknowns, if its first columns have rules of their own.

    Args:
        coefficients: for each of the cells before, polynomials in the row, all of one length.
    """
    columns = list(zip(*table.rows, strict=True))[: len(coefficients)]
    edges = [edge_rule(column, table.first_row, config) for column in columns]
    known = [edge for edge in edges if edge is not None]
    if len(known) < len(coefficients):
        return None
    initial = tuple(formula for formula, _ in known)
    rule = RowRecurrence(table.first_row, table.first_column, coefficients, initial)
    return rule, sum(map(len, coefficients)) + sum(unknowns for _, unknowns in known)


def continued_edge(
    terms: tuple[int, ...], first_index: int, ratio: tuple[int, ...], config: MineConfig
) -> Edge | None:
    """The edge that a neighbours' rule gives by itself if all is zero outside the table, or else a mined one.

    Args:
        ratio: a(n) = ratio(n) a(n - 1) along the edge if all is zero outside; a polynomial of degree 0 or 1
            by its coefficients.
    """
    constant, slope = (*ratio, 0)[:2]
    steps = (constant + slope * n for n in range(first_index + 1, first_index + len(terms)))
    if any(b != step * a for (a, b), step in zip(pairwise(terms), steps, strict=True)):
        return edge_rule(terms, first_index, config)
    if slope == 0:
        return CFinite(first_index, (constant,), terms[:1]), 1
    next_ratio = (constant + slope * (first_index + 1), slope)
    return PartialProduct(first_index, terms[0], Polynomial(first_index, next_ratio)), 1
