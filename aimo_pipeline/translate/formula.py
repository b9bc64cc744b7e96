"""Closed forms of polynomials, and the numbers that Lean is asked to confirm about a C-finite rule.

recurrence.py makes one C-finite rule of any formula that has one, because that is the form for which
lean_toolchain/TraceToLean (Far.lean, Power.lean) proves the fast evaluation. A polynomial of degree d obeys
the recurrence with characteristic polynomial (x - 1)^(d + 1) and has a closed form besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb, lcm
from operator import mul

from aimo_pipeline.formula import CFinite, Polynomial


@dataclass(frozen=True)
class ClosedForm:
    """scale * a(first_index + n) = sum of coefficients[i] * n^i, all integers, scale > 0."""

    scale: int
    coefficients: tuple[int, ...]


def newton_value(formula: Polynomial, t: int) -> int:
    """The polynomial at offset t >= 0."""
    return sum(d * comb(t, j) for j, d in enumerate(formula.differences))


def closed_form(formula: Polynomial) -> ClosedForm:
    """Newton's form expanded into powers of n, with one common denominator."""
    total = [Fraction(0)] * (formula.degree + 1)
    basis = [Fraction(1)]  # binomial(n, j) in powers of n, lowest first
    for j, difference in enumerate(formula.differences):
        for power, coefficient in enumerate(basis):
            total[power] += difference * coefficient
        shifted = [Fraction(0), *basis]
        basis = [(high - j * low) / (j + 1) for high, low in zip(shifted, [*basis, Fraction(0)], strict=True)]
    scale = lcm(*(value.denominator for value in total))
    return ClosedForm(scale, tuple(int(value * scale) for value in total))


def _shift(coefficients: list[int], q: list[int]) -> list[int]:
    if len(q) != len(coefficients):
        return [0, *q]
    top = q[-1]
    return [low + top * c for low, c in zip([0, *q[:-1]], coefficients, strict=True)]


def _reduce(q: list[int], modulus: int) -> list[int]:
    return [value % modulus for value in q] if modulus else q


def _multiply(coefficients: list[int], modulus: int, p: list[int], q: list[int]) -> list[int]:
    result: list[int] = []
    for x in p:
        padded = [*result, *[0] * (len(q) - len(result))]
        result = [r + x * value for r, value in zip(padded, [*q, *[0] * (len(padded) - len(q))], strict=True)]
        q = _reduce(_shift(coefficients, q), modulus)
    return _reduce(result, modulus)


def power_residue(rule: CFinite, index: int, modulus: int) -> list[int]:
    """x^index modulo the characteristic polynomial and `modulus` (0: exact), as Lean's `power` builds it.

    Lean computes it again and compares; a mistake here costs a proof, never a wrong one.
    """
    coefficients = list(rule.coefficients)
    residue = [1]
    for bit in f"{index:b}":
        residue = _multiply(coefficients, modulus, residue, residue)
        if bit == "1":
            residue = _reduce(_shift(coefficients, residue), modulus)
    return residue


def series_of(rule: CFinite, modulus: int) -> list[int]:
    """The first `order` coefficients of 1 / (1 - c[k-1] x - ... - c[0] x^k) modulo `modulus`, the last first.

    Lean guesses with them and checks what comes of it; a mistake here costs a proof, never a wrong one.
    """
    newest_first = rule.coefficients[::-1]
    series = [1 % modulus]
    while len(series) < rule.order:
        series.append(sum(map(mul, newest_first, reversed(series))) % modulus)
    return series[::-1]
