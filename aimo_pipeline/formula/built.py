"""Rules made up of others, and the union of all."""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.formula.plain import (
    Algebraic,
    Beatty,
    CFinite,
    CFiniteMod,
    KRegular,
    Multiplicative,
    Periodic,
    Polynomial,
    PolynomialMap,
    PRecursive,
)


@dataclass(frozen=True)
class Prefixed:
    """The terms of `prefix`, then those of `rule`, whose first_index is first_index + len(prefix)."""

    first_index: int
    prefix: tuple[int, ...]
    rule: Formula


@dataclass(frozen=True)
class Interlaced:
    """a(first_index + q t + r) = the term of parts[r] at index t, q = len(parts), t = 0, 1, ...

    With Polynomial parts this is a quasi-polynomial. Every part has first_index 0.
    """

    first_index: int
    parts: tuple[Formula, ...]


@dataclass(frozen=True)
class DivisorSum:
    """a(n) = sum of weight(d) over the divisors d >= 1 of n; first_index >= 1 and `weight` starts at 1."""

    first_index: int
    weight: Formula


@dataclass(frozen=True)
class PartialProduct:
    """a(n) = start * ratio(first_index) * ... * ratio(n - 1); `ratio` has the same first_index."""

    first_index: int
    start: int
    ratio: Formula


@dataclass(frozen=True)
class PartialSum:
    """a(n) = start + step(first_index) + ... + step(n - 1); `step` has the same first_index."""

    first_index: int
    start: int
    step: Formula


@dataclass(frozen=True)
class Difference:
    """a(n) = rule(n + 1) - rule(n); `rule` has the same first_index."""

    first_index: int
    rule: Formula


@dataclass(frozen=True)
class Power:
    """a(n) = factor * base ^ exponent(n) + shift, exponent(n) >= 0; a tower when `exponent` is a Power."""

    first_index: int
    factor: int
    base: int
    shift: int
    exponent: Formula


@dataclass(frozen=True)
class VariablePower:
    """a(n) = base(n) ^ exponent(n), such as n^n; 0^0 = 1.

    The exponent is at least 0, or base(n) is 1. `base` and `exponent` have the same first_index.
    """

    first_index: int
    base: Formula
    exponent: Formula


@dataclass(frozen=True)
class Product:
    """a(n) = the product of the factors' terms at n; all factors have the same first_index."""

    first_index: int
    factors: tuple[Formula, ...]


@dataclass(frozen=True)
class QuotientProduct:
    """a(n) = start * upper(first_index) ... upper(n - 1) / (lower(first_index) ... lower(n - 1)).

    For neighbours whose ratio upper(n) / lower(n) need not be an integer; the terms are integers. Both
    formulas have the same first_index, and lower(n) is never 0.
    """

    first_index: int
    start: int
    upper: Formula
    lower: Formula


@dataclass(frozen=True)
class Reduced:
    """a(n) = rule(n) mod modulus (Python's floored remainder), modulus >= 1."""

    first_index: int
    modulus: int
    rule: Formula


@dataclass(frozen=True)
class Shifted:
    """a(n) = rule(n + shift); rule's first_index is first_index + shift.

    For families that know their index, such as sums of f(1) .. f(n) for a multiplicative f.
    """

    first_index: int
    shift: int
    rule: Formula


Formula = (
    CFinite
    | CFiniteMod
    | Polynomial
    | Periodic
    | Prefixed
    | Interlaced
    | PRecursive
    | Algebraic
    | Multiplicative
    | DivisorSum
    | KRegular
    | Beatty
    | PartialProduct
    | PartialSum
    | Difference
    | Power
    | VariablePower
    | Product
    | QuotientProduct
    | PolynomialMap
    | Reduced
    | Shifted
)
