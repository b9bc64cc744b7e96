"""The terms that a rule would have had before its first one, where it tells."""

from __future__ import annotations

from dataclasses import replace
from math import gcd

from aimo_pipeline.formula import (
    Beatty,
    CFinite,
    CFiniteMod,
    DivisorSum,
    Formula,
    Interlaced,
    KRegular,
    Multiplicative,
    Periodic,
    Polynomial,
)
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.far.evaluate import evaluate


def extended_back(formula: Formula, count: int) -> tuple[int, ...] | None:
    """The `count` terms before formula.first_index.

    Returns:
        oldest first; None if they are not determined or not all integers: a recurrence whose oldest
        coefficient does not divide, or has no inverse modulo m, an index where the family is not defined,
        or a family without a way back.
    """
    match formula:
        case CFinite():
            return _recurrent(formula.coefficients, formula.initial, count)
        case CFiniteMod():
            return _recurrent_modulo(formula, count)
        case Polynomial():
            return _newton(formula.differences, count)
        case Periodic():
            return tuple(formula.cycle[place % len(formula.cycle)] for place in range(-count, 0))
        case Interlaced():
            return _interlaced(formula.parts, count)
        case Beatty() | DivisorSum() | KRegular() | Multiplicative():
            return _by_index(formula, count)
    return None


def _recurrent(coefficients: tuple[int, ...], terms: tuple[int, ...], count: int) -> tuple[int, ...] | None:
    if not coefficients or coefficients[0] == 0 or len(terms) != len(coefficients):
        return None
    known = list(terms)
    for _ in range(count):
        later = sum(c * a for c, a in zip(coefficients[1:], known, strict=False))
        missing, rest = divmod(known[len(coefficients) - 1] - later, coefficients[0])
        if rest:
            return None
        known.insert(0, missing)
    return tuple(known[:count])


def _recurrent_modulo(formula: CFiniteMod, count: int) -> tuple[int, ...] | None:
    if not formula.order or gcd(formula.coefficients[0], formula.modulus) != 1:
        return None
    inverse = pow(formula.coefficients[0], -1, formula.modulus)
    known = list(formula.initial)
    for _ in range(count):
        later = sum(c * a for c, a in zip(formula.coefficients[1:], known, strict=False))
        known.insert(0, (known[formula.order - 1] - later) * inverse % formula.modulus)
    return tuple(known[:count])


def _newton(differences: tuple[int, ...], count: int) -> tuple[int, ...]:
    column, terms = list(differences), []
    for _ in range(count):
        for j in range(len(column) - 2, -1, -1):
            column[j] -= column[j + 1]
        terms.append(column[0])
    return tuple(reversed(terms))


def _interlaced(parts: tuple[Formula, ...], count: int) -> tuple[int, ...] | None:
    turns = -(-count // len(parts))
    rows = [extended_back(part, turns) for part in parts]
    if any(row is None for row in rows):
        return None
    merged = [term for turn in zip(*(row for row in rows if row is not None), strict=True) for term in turn]
    return tuple(merged[len(merged) - count :])


def _by_index(formula: Beatty | DivisorSum | KRegular | Multiplicative, count: int) -> tuple[int, ...] | None:
    lowest = {Beatty: None, KRegular: 0}.get(type(formula), 1)
    start = formula.first_index - count
    if lowest is not None and start < lowest:
        return None
    earlier = replace(formula, first_index=start)
    values = [evaluate(earlier, start + place, None) for place in range(count)]
    return (
        tuple(value for value in values if isinstance(value, int))
        if all(not isinstance(value, CannotEvaluate) for value in values)
        else None
    )
