"""Far values of sums: step by step in closed form where there is one, and over divisors.

Most steps have partial sums in a family of their own: Newton's form shifts by one place, a recurrence
gets the factor x - 1, a cycle adds up to a multiple of its sum and a rest, parts are summed one by one.
What is left is added term by term, up to a bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from flint import fmpz, fmpz_poly

from aimo_pipeline.formula import (
    Beatty,
    CFinite,
    DivisorSum,
    Formula,
    Interlaced,
    PartialSum,
    Periodic,
    Polynomial,
    Prefixed,
)
from aimo_pipeline.mine.base import MAX_BITS, CannotEvaluate, Evaluate
from aimo_pipeline.mine.definition import stream
from aimo_pipeline.mine.floors import line
from aimo_pipeline.mine.integers import decimal

MAX_DIRECT_TERMS = 20_000  # about 0.1 s for small terms
MAX_DIRECT_BITS = 20_000_000  # of all terms together
MAX_FACTORED_BITS = 96  # worst case, two primes of 48 bits: milliseconds
MAX_DIVISORS = 110_000  # no index up to 10^18 has more than 103,680


def partial_sum(
    formula: PartialSum, index: int, modulus: int | None, inner: Evaluate
) -> int | CannotEvaluate:
    """The value of a PartialSum.

    Args:
        formula: its step begins where it begins.
        index: from formula.first_index on.
        modulus: a positive integer, or None for the exact value.
        inner: evaluates the closed form, or the step.

    Returns:
        the value (a residue if a modulus is given); CannotEvaluate where there is no closed form and more
        than MAX_DIRECT_TERMS terms to add, or terms too large, or the step ends.
    """
    if formula.step.first_index != formula.first_index:
        return CannotEvaluate("a sum and its steps begin at different indices")
    total = _sum_of_first(formula.step, index - formula.first_index, modulus, inner)
    return total if isinstance(total, CannotEvaluate) else _reduced(formula.start + total, modulus)


def divisor_sum(
    formula: DivisorSum, index: int, modulus: int | None, inner: Evaluate
) -> int | CannotEvaluate:
    """The value of a DivisorSum: the index is factored and the weight evaluated at each divisor.

    Returns:
        as partial_sum; CannotEvaluate also for an index beyond MAX_FACTORED_BITS or with more than
        MAX_DIVISORS divisors.
    """
    if index < 1 or formula.weight.first_index != 1:
        return CannotEvaluate("a sum over divisors begins at 1")
    if index.bit_length() > MAX_FACTORED_BITS:
        return CannotEvaluate(f"an index of more than {MAX_FACTORED_BITS} bits is not factored")
    total = 0
    for count, divisor in enumerate(_divisors(index)):
        if count == MAX_DIVISORS:
            return CannotEvaluate(f"the index has more than {MAX_DIVISORS} divisors")
        value = inner(formula.weight, divisor, modulus)
        if isinstance(value, CannotEvaluate):
            return value
        total = _reduced(total + value, modulus)
    return total


def _divisors(index: int) -> Iterator[int]:
    found = [1]
    yield 1
    for prime, exponent in fmpz(index).factor():
        more = [d * int(prime) ** e for e in range(1, exponent + 1) for d in found]
        yield from more
        found += more


def _reduced(value: int, modulus: int | None) -> int:
    return value if modulus is None else value % modulus


def _sum_of_first(step: Formula, count: int, modulus: int | None, inner: Evaluate) -> int | CannotEvaluate:
    """step(first_index) + ... , `count` terms."""
    match step:
        case Polynomial():
            closed: Formula = Polynomial(step.first_index, (0, *step.differences))
            return inner(closed, step.first_index + count, modulus)
        case CFinite() if len(step.initial) == step.order:
            return inner(_summed_recurrence(step), step.first_index + count, modulus)
        case Periodic():
            cycles, rest = divmod(count, len(step.cycle))
            return _reduced(cycles * sum(step.cycle) + sum(step.cycle[:rest]), modulus)
        case Prefixed():
            return _sum_of_prefixed(step, count, modulus, inner)
        case Interlaced():
            return _sum_of_parts(step, count, modulus, inner)
        case Beatty():
            return line.sum_of(step, step.first_index + count - 1, modulus)
    return _direct_sum(step, count, modulus)


def _summed_recurrence(step: CFinite) -> CFinite:
    """The partial sums obey the recurrence whose characteristic polynomial has the further factor x - 1."""
    characteristic = fmpz_poly([*(-c for c in step.coefficients), 1]) * fmpz_poly([-1, 1])
    coefficients = tuple(-int(characteristic[i]) for i in range(step.order + 1))
    sums = tuple(sum(step.initial[:i]) for i in range(step.order + 1))
    return CFinite(step.first_index, coefficients, sums)


def _sum_of_prefixed(
    step: Prefixed, count: int, modulus: int | None, inner: Evaluate
) -> int | CannotEvaluate:
    head = sum(step.prefix[:count])
    if count <= len(step.prefix):
        return _reduced(head, modulus)
    tail = _sum_of_first(step.rule, count - len(step.prefix), modulus, inner)
    return tail if isinstance(tail, CannotEvaluate) else _reduced(head + tail, modulus)


def _sum_of_parts(step: Interlaced, count: int, modulus: int | None, inner: Evaluate) -> int | CannotEvaluate:
    total, parts = 0, len(step.parts)
    for place, part in enumerate(step.parts):
        value = _sum_of_first(part, (count - place + parts - 1) // parts, modulus, inner)
        if isinstance(value, CannotEvaluate):
            return value
        total = _reduced(total + value, modulus)
    return total


def _direct_sum(step: Formula, count: int, modulus: int | None) -> int | CannotEvaluate:
    if count > MAX_DIRECT_TERMS:
        return CannotEvaluate(
            f"{type(step).__name__} has no closed sum here, and {decimal(count)} terms are too many"
        )
    total = added = bits = 0
    for term in islice(stream(step), count):
        total, added, bits = _reduced(total + term, modulus), added + 1, bits + term.bit_length()
        if bits > MAX_DIRECT_BITS or total.bit_length() > MAX_BITS:
            return CannotEvaluate("the terms to be added are too large")
    return total if added == count else CannotEvaluate("the step is not defined so far out")
