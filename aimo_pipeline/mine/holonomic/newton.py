"""An algebraic series continued by Newton's method, twice as many terms each time."""

from __future__ import annotations

from flint import fmpz_poly

from aimo_pipeline.formula import Algebraic


def substituted(equation: list[fmpz_poly], series: fmpz_poly, size: int) -> fmpz_poly:
    """P(x, series) modulo x^size, for P by its coefficients of y^0, y^1, ..."""
    total = fmpz_poly(0)
    for coefficient in reversed(equation):
        total = (total.mul_low(series, size) + coefficient).truncate(size)
    return total


def slope_of(equation: list[fmpz_poly]) -> list[fmpz_poly]:
    """dP/dy."""
    return [i * coefficient for i, coefficient in enumerate(equation)][1:]


def valuation(series: fmpz_poly) -> int | None:
    """The lowest power of x in the series; None for zero."""
    return next((n for n, c in enumerate(series.coeffs()) if c != 0), None)


def continued(formula: Algebraic, terms: tuple[int, ...], count: int) -> tuple[int, ...]:
    """The first `count` coefficients of the series by Newton's iteration.

    Args:
        formula: whose solution starts with `terms`.
        terms: at least formula.initial.

    Returns:
        fewer coefficients if the next one is no integer or the formula does not fix it.
    """
    equation = [fmpz_poly(list(row)) for row in formula.equation]
    known = list(terms)
    order = valuation(substituted(slope_of(equation), fmpz_poly(known), len(known)))
    if order is None:
        return tuple(known[:count])
    while len(known) < count:
        size = min(count, 2 * len(known) - order) - len(known)
        block = _next_block(equation, fmpz_poly(known), len(known), order, size)
        known += block
        if len(block) < size:
            break
    return tuple(known[:count])


def _next_block(equation: list[fmpz_poly], series: fmpz_poly, known: int, order: int, size: int) -> list[int]:
    """The next coefficients, -P / (dP/dy): as many as the square of the correction leaves alone."""
    defect = _slice(substituted(equation, series, known + order + size), known + order, size)
    slope = _slice(substituted(slope_of(equation), series, order + size), order, size)
    block: list[int] = []
    for n in range(size):
        rest = -defect[n] - sum(slope[n - k] * block[k] for k in range(n))
        if slope[0] == 0 or rest % slope[0]:
            break
        block.append(rest // slope[0])
    return block


def _slice(series: fmpz_poly, start: int, size: int) -> list[int]:
    return [int(series[n]) for n in range(start, start + size)]
