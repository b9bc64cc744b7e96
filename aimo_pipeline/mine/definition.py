"""What each formula means: its terms one after another, straight from the docstrings in formula/.

Slow on purpose and independent of the miners' algebra and of far.py, which are both held against it: every
rule that leaves the stage has been run through here on all terms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import accumulate, chain, count, cycle, islice, pairwise, takewhile
from operator import mul
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
from aimo_pipeline.mine.arithmetic.euler import template_value
from aimo_pipeline.mine.base import MAX_BITS
from aimo_pipeline.mine.holonomic.series import power_series
from aimo_pipeline.mine.integers import polynomial_value


def terms_of(formula: Formula, count: int) -> tuple[int, ...]:
    """The formula's first `count` terms, from formula.first_index on.

    Returns:
        fewer terms if the rule gives no integer of at most 10^6 digits at the next index: a division that
        does not come out even, a negative exponent, parts that do not match.
    """
    return tuple(islice(takewhile(_is_small, stream(formula)), count))


def _is_small(term: int) -> bool:
    return term.bit_length() <= MAX_BITS


def stream(formula: Formula) -> Iterator[int]:
    """The formula's terms from formula.first_index on; ends where the next one is not defined."""
    match formula:
        case CFinite():
            return _recurrence(formula.coefficients, formula.initial, 0)
        case CFiniteMod():
            return _recurrence(formula.coefficients, formula.initial, formula.modulus)
        case Polynomial():
            return _summed_up(formula.differences)
        case Periodic():
            return cycle(formula.cycle)
        case Prefixed():
            return chain(formula.prefix, stream(formula.rule))
        case Interlaced():
            return chain.from_iterable(zip(*map(stream, formula.parts), strict=False))
        case PRecursive():
            return _p_recursive(formula)
        case Algebraic():
            return power_series(formula)
        case Multiplicative():
            return _multiplicative(formula)
        case DivisorSum():
            return _divisor_sums(formula)
        case KRegular():
            return _digit_products(formula)
        case Beatty():
            return (_floor(formula, n) for n in count(formula.first_index))
        case PartialProduct():
            return accumulate(stream(formula.ratio), lambda a, b: a * b, initial=formula.start)
        case PartialSum():
            return accumulate(stream(formula.step), initial=formula.start)
        case Difference():
            return (b - a for a, b in pairwise(stream(formula.rule)))
        case Power():
            return _powers(formula, None)
        case VariablePower():
            return _variable_powers(formula)
        case Product():
            return map(math.prod, zip(*map(stream, formula.factors), strict=False))
        case QuotientProduct():
            return _quotients(formula)
        case PolynomialMap():
            return _iterates(formula)
        case Reduced():
            return _residues(formula)
        case Shifted():
            return stream(formula.rule)
    assert_never(formula)


def _recurrence(coefficients: tuple[int, ...], initial: tuple[int, ...], modulus: int) -> Iterator[int]:
    if len(initial) != len(coefficients):
        return
    window = list(initial)
    yield from window
    while True:
        term = sum(c * a for c, a in zip(coefficients, window, strict=True))
        term = term % modulus if modulus else term
        window = [*window, term][1:] if window else []
        yield term


def _summed_up(differences: tuple[int, ...]) -> Iterator[int]:
    column = list(differences) or [0]
    while True:
        yield column[0]
        column = [a + b for a, b in pairwise([*column, 0])]


def _p_recursive(formula: PRecursive) -> Iterator[int]:
    yield from formula.initial
    terms, order = list(formula.initial), formula.order
    while len(terms) >= order:
        place = len(terms) - order
        *lower, leading = [polynomial_value(p, formula.first_index + place) for p in formula.polynomials]
        total = -sum(map(mul, lower, terms[place:]))
        if leading == 0:
            return
        term, rest = divmod(total, leading)
        if rest:
            return
        terms.append(term)
        yield term


def _multiplicative(formula: Multiplicative) -> Iterator[int]:
    if formula.first_index < 1:
        return
    for n in count(formula.first_index):
        powers = [template_value(formula.template, formula.parameters, p, e) for p, e in _factors(n)]
        known = [power for power in powers if power is not None]
        if len(known) < len(powers):
            return
        yield formula.scale * math.prod(known)


def _factors(n: int) -> Iterator[tuple[int, int]]:
    """Primes with their exponents, by trial division."""
    prime = 2
    while n > 1:
        prime = prime if prime * prime <= n else n
        exponent = 0
        while n % prime == 0:
            n, exponent = n // prime, exponent + 1
        if exponent:
            yield prime, exponent
        prime += 1


def _divisor_sums(formula: DivisorSum) -> Iterator[int]:
    if formula.first_index < 1 or formula.weight.first_index != 1:
        return
    weights = stream(formula.weight)
    known: list[int] = [0]
    for n in count(formula.first_index):
        known += islice(weights, n + 1 - len(known))
        if len(known) <= n:
            return
        yield sum(known[d] for d in divisors(n))


def divisors(n: int) -> list[int]:
    """All positive divisors of n >= 1, by trial division."""
    low = [d for d in range(1, math.isqrt(n) + 1) if n % d == 0]
    return low + [n // d for d in reversed(low) if d * d < n]


def _digit_products(formula: KRegular) -> Iterator[int]:
    """The row of n is that of n without its last digit, times that digit's matrix."""
    rows = [tuple(formula.left)]  # of 0, which has no digits
    columns = [tuple(zip(*matrix, strict=True)) for matrix in formula.matrices]
    for n in count(formula.first_index):
        while len(rows) <= n:
            before, digit = divmod(len(rows), formula.base)
            rows.append(tuple([sum(map(mul, rows[before], column)) for column in columns[digit]]))
        value = sum(map(mul, rows[n], formula.right))
        if value % formula.scale:
            return
        yield value // formula.scale


def _floor(formula: Beatty, n: int) -> int:
    whole, factor = formula.a0 + formula.a1 * n, formula.b0 + formula.b1 * n
    square = formula.radicand * factor * factor
    if factor >= 0 or square == 0:
        return (whole + math.isqrt(square)) // formula.c
    return (whole - math.isqrt(square - 1) - 1) // formula.c


def _powers(formula: Power, modulus: int | None) -> Iterator[int]:
    """Residues need no term to be small, only its exponent."""
    for exponent in stream(formula.exponent):
        bits = exponent * formula.base.bit_length() if abs(formula.base) > 1 else 0
        if exponent < 0 or (modulus is None and bits > MAX_BITS) or exponent.bit_length() > MAX_BITS:
            return
        yield formula.factor * pow(formula.base, exponent, modulus) + formula.shift


def _variable_powers(formula: VariablePower) -> Iterator[int]:
    for base, exponent in zip(stream(formula.base), stream(formula.exponent), strict=False):
        if base != 1 and (exponent < 0 or exponent * (abs(base) - 1).bit_length() > 2 * MAX_BITS):
            return
        yield 1 if base == 1 else base**exponent


def _quotients(formula: QuotientProduct) -> Iterator[int]:
    upper, lower = formula.start, 1
    yield upper
    for a, b in zip(stream(formula.upper), stream(formula.lower), strict=False):
        upper, lower = upper * a, lower * b
        if lower == 0 or upper % lower:
            return
        yield upper // lower


def _iterates(formula: PolynomialMap) -> Iterator[int]:
    yield (term := formula.start)
    while True:
        yield (term := polynomial_value(formula.coefficients, term))


def _residues(formula: Reduced) -> Iterator[int]:
    rule = formula.rule
    inner = _powers(rule, formula.modulus) if isinstance(rule, Power) else stream(rule)
    return (term % formula.modulus for term in inner)
