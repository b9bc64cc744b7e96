"""A grid's rule as one line for people."""

from __future__ import annotations

from typing import assert_never

from aimo_pipeline.mine.describe import binomial, describe, linear_combination, powers, times
from aimo_pipeline.mine.grid.rules import (
    Bivariate,
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
    TemplateGrid,
    Transposed,
)
from aimo_pipeline.mine.integers import decimal


def describe_grid(rule: GridRule) -> str:
    """What f(m, n) is, m the row and n the column; a formula inside has its own index n."""
    match rule:
        case PolynomialGrid():
            units = [
                (c, f"{binomial('m', rule.first_row, i)} {binomial('n', rule.first_column, j)}".strip())
                for i, row in enumerate(rule.differences)
                for j, c in enumerate(row)
            ]
            return f"f(m, n) = {linear_combination(units)}"
        case SeparableGrid():
            return f"f(m, n) = c(m) r(n), c: {describe(rule.column)}; r: {describe(rule.row)}"
        case RowRecurrence():
            steps = " + ".join(
                times(powers(c, "m"), f"f(m, n+{i})") for i, c in enumerate(rule.coefficients) if any(c)
            )
            starts = "; ".join(map(describe, rule.initial))
            return f"f(m, n+{len(rule.coefficients)}) = {steps or '0'}, first columns: {starts}"
        case NeighbourGrid():
            edges = f"first row: {describe(rule.top)}; first column: {describe(rule.side)}"
            return f"f(m, n) = {_neighbours(rule)}, {edges}"
        case HypergeometricGrid():
            down, right = (
                f"({_bivariate(top)}) / ({_bivariate(bottom)})" for top, bottom in (rule.down, rule.right)
            )
            return (
                f"f(m+1, n) / f(m, n) = {down}, f(m, n+1) / f(m, n) = {right}, corner {decimal(rule.corner)}"
            )
        case SumGrid():
            return f"f(m, n) = c(m) + r(n), c: {describe(rule.column)}; r: {describe(rule.row)}"
        case SplitGrid():
            below, above = _bivariate(rule.below), _bivariate(rule.above)
            divided = "f(m, n)" if rule.divisor == 1 else f"{decimal(rule.divisor)} f(m, n)"
            return f"{divided} = {below} where m >= n, {above} where m < n"
        case TemplateGrid():
            m, n = (f"{name} + {rule.shift}" if rule.shift else name for name in ("m", "n"))
            named = f"{rule.template}({m}, {n})"
            return f"f(m, n) = {linear_combination([(rule.scale, named), (rule.offset, '')])}"
        case PowerGrid():
            factor = "" if rule.factor == 1 else f"{decimal(rule.factor)} * "
            exponent = describe_grid(rule.exponent).replace("f(m, n)", "e(m, n)", 1)
            return f"f(m, n) = {factor}{decimal(rule.base)}^e(m, n), {exponent}"
        case ResidueGrid():
            return f"modulo {decimal(rule.modulus)}: {describe_grid(rule.rule)}"
        case Transposed():
            return f"with rows and columns exchanged: {describe_grid(rule.rule)}"
    assert_never(rule)


def _neighbours(rule: NeighbourGrid) -> str:
    cells = ((rule.above, "f(m-1, n)"), (rule.left, "f(m, n-1)"), (rule.diagonal, "f(m-1, n-1)"))
    return " + ".join(times(_bivariate(weight), cell) for weight, cell in cells if any(map(any, weight)))


def _bivariate(polynomial: Bivariate) -> str:
    units = [
        (c, " ".join(word for word in (_power("m", i), _power("n", j)) if word))
        for i, row in enumerate(polynomial)
        for j, c in enumerate(row)
    ]
    return linear_combination(units)


def _power(variable: str, exponent: int) -> str:
    return "" if exponent == 0 else variable if exponent == 1 else f"{variable}^{exponent}"
