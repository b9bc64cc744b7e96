"""A rule as one line for people."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import assert_never

from aimo_pipeline.formula import (
    Algebraic,
    Beatty,
    CFinite,
    CFiniteMod,
    Difference,
    DivisorSum,
    Formula,
    Interlaced,
    KRegular,
    Multiplicative,
    PartialProduct,
    PartialSum,
    Periodic,
    Polynomial,
    PolynomialMap,
    Power,
    PRecursive,
    Prefixed,
    Product,
    QuotientProduct,
    Reduced,
    Shifted,
    VariablePower,
)
from aimo_pipeline.mine.integers import decimal


def describe(formula: Formula) -> str:
    """What a(n) is, with the first index where it matters; long integers are shortened."""
    match formula:
        case CFinite():
            return _recurrence(formula.coefficients) + _start(formula.first_index, formula.initial)
        case CFiniteMod():
            rule = f"{_recurrence(formula.coefficients)} mod {decimal(formula.modulus)}"
            return rule + _start(formula.first_index, formula.initial)
        case Polynomial():
            first = formula.first_index
            basis = ((d, binomial("n", first, j)) for j, d in enumerate(formula.differences))
            return f"a(n) = {linear_combination(basis)}"
        case Periodic():
            return f"a(n) repeats {_list(formula.cycle)} from n = {decimal(formula.first_index)}"
        case Prefixed():
            start = decimal(formula.first_index)
            return (
                f"{_list(formula.prefix)} from n = {start}, outside the rule, then {describe(formula.rule)}"
            )
        case Interlaced():
            parts = "; ".join(describe(part) for part in formula.parts)
            return (
                f"by turns from n = {decimal(formula.first_index)}, n counting each part's own terms: {parts}"
            )
        case PRecursive():
            return _p_recursive(formula) + _start(formula.first_index, formula.initial)
        case Algebraic():
            rule = "the generating function y solves " + _equation(formula)
            return rule + _start(formula.first_index, formula.initial)
        case Multiplicative():
            parameters = "".join(f", {decimal(p)}" for p in formula.parameters)
            factor = "" if formula.scale == 1 else f"{decimal(formula.scale)} * "
            return f"a(n) = {factor}multiplicative({formula.template}{parameters})(n)"
        case DivisorSum():
            return f"a(n) = sum of w(d) over the divisors d of n, w: {describe(formula.weight)}"
        case KRegular():
            size = len(formula.left)
            return f"a(n) by the base-{formula.base} digits of n, {size}-dimensional linear representation"
        case Beatty():
            return _beatty(formula)
        case PartialProduct():
            return (
                f"a({decimal(formula.first_index)}) = {decimal(formula.start)}, a(n+1) / a(n) = r(n), r: "
                + describe(formula.ratio)
            )
        case PartialSum():
            return (
                f"a({decimal(formula.first_index)}) = {decimal(formula.start)}, a(n+1) - a(n) = d(n), d: "
                + describe(formula.step)
            )
        case Difference():
            return f"a(n) = s(n+1) - s(n), s: {describe(formula.rule)}"
        case Power():
            factor = "" if formula.factor == 1 else f"{decimal(formula.factor)} * "
            shift = "" if formula.shift == 0 else f" + {decimal(formula.shift)}".replace("+ -", "- ")
            return f"a(n) = {factor}{decimal(formula.base)}^e(n){shift}, e: {describe(formula.exponent)}"
        case VariablePower():
            return f"a(n) = b(n)^e(n), b: {describe(formula.base)}, e: {describe(formula.exponent)}"
        case Product():
            return "a(n) is the product of: " + "; ".join(map(describe, formula.factors))
        case QuotientProduct():
            start = f"a({decimal(formula.first_index)}) = {decimal(formula.start)}"
            upper, lower = describe(formula.upper), describe(formula.lower)
            return f"{start}, a(n+1) / a(n) = u(n) / v(n), u: {upper}, v: {lower}"
        case PolynomialMap():
            step = powers(formula.coefficients, "a(n)")
            return f"a({decimal(formula.first_index)}) = {decimal(formula.start)}, a(n+1) = {step}"
        case Reduced():
            return f"a(n) = r(n) mod {decimal(formula.modulus)}, r: {describe(formula.rule)}"
        case Shifted():
            return f"a(n) = r(n + {decimal(formula.shift)}), r: {describe(formula.rule)}"
    assert_never(formula)


def _list(values: Iterable[int]) -> str:
    return ", ".join(map(decimal, values))


def _start(first_index: int, initial: tuple[int, ...]) -> str:
    return f"; from n = {decimal(first_index)}: {_list(initial)}" if initial else ""


def linear_combination(parts: Iterable[tuple[int, str]]) -> str:
    """c1 x1 + c2 x2 - ... of coefficients and what they multiply; zeros and ones are not written."""
    text = ""
    for coefficient, unit in parts:
        if coefficient:
            size = decimal(abs(coefficient))
            sign = ("-" if coefficient < 0 else "") if not text else (" - " if coefficient < 0 else " + ")
            text += sign + (unit if size == "1" and unit else f"{size} {unit}".strip())
    return text or "0"


def times(factor: str, unit: str) -> str:
    """A polynomial, as text, times something; no brackets where none are needed."""
    if not unit or factor == "1":
        return unit or factor
    return f"{factor} {unit}" if re.fullmatch(r"[\w^ ]+", factor) else f"({factor}) {unit}"


def _shift(offset: int) -> str:
    return "a(n)" if offset == 0 else f"a(n+{offset})"


def _recurrence(coefficients: tuple[int, ...]) -> str:
    order = len(coefficients)
    latest_first = [(c, _shift(i)) for i, c in reversed(list(enumerate(coefficients)))]
    return f"{_shift(order)} = {linear_combination(latest_first)}"


def binomial(variable: str, first: int, j: int) -> str:
    """The binomial coefficient of (variable - first) and j."""
    t = (
        variable
        if first == 0
        else f"{variable} - {decimal(first)}"
        if first > 0
        else f"{variable} + {decimal(-first)}"
    )
    return {0: "", 1: t if first == 0 else f"({t})"}.get(j, f"C({t}, {j})")


def powers(polynomial: tuple[int, ...], variable: str) -> str:
    """A polynomial, highest power first, from its coefficients, lowest first."""
    units = ["", variable, *(f"{variable}^{power}" for power in range(2, len(polynomial)))]
    return linear_combination(reversed(list(zip(polynomial, units, strict=False))))


def _p_recursive(formula: PRecursive) -> str:
    parts = [
        times(powers(p, "n"), _shift(i)) for i, p in reversed(list(enumerate(formula.polynomials))) if any(p)
    ]
    return f"{' + '.join(parts)} = 0"


def _equation(formula: Algebraic) -> str:
    parts = [
        times(powers(row, "x"), "" if i == 0 else "y" if i == 1 else f"y^{i}")
        for i, row in enumerate(formula.equation)
        if any(row)
    ]
    return f"{' + '.join(parts)} = 0"


def _beatty(formula: Beatty) -> str:
    line = powers((formula.a0, formula.a1), "n")
    if formula.radicand:
        root = times(powers((formula.b0, formula.b1), "n"), f"sqrt({decimal(formula.radicand)})")
        line = root if line == "0" else f"{line} + {root}"
    return f"a(n) = floor(({line}) / {decimal(formula.c)})" if formula.c != 1 else f"a(n) = floor({line})"
