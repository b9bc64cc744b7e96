"""Partial products far out: start * ratio(f) * ... * ratio(n - 1), modulo m or exactly.

Modulo m the ratios often have few states, so that they run in a cycle, and one factor 0 makes all later
products 0: then n may be anything. Where neither helps, polynomial ratios are handed on as a hypergeometric
term, and the rest is multiplied out as far as that is a matter of a second.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import chain, islice

from flint import fmpq_poly, fmpz, fmpz_poly

from aimo_pipeline.formula import (
    Algebraic,
    CFinite,
    Formula,
    PartialProduct,
    Polynomial,
    PRecursive,
    QuotientProduct,
)
from aimo_pipeline.mine.base import MAX_BITS, CannotEvaluate, Evaluate
from aimo_pipeline.mine.definition import stream
from aimo_pipeline.mine.far.states import reduced, states_of
from aimo_pipeline.mine.integers import decimal

MAX_STATES = 1 << 16
MAX_STEPS = 200_000  # of ratios that come one from the other: some 0.5 s
MAX_EVALUATIONS = 20_000  # of ratios that are evaluated one by one
MAX_FACTORED_BITS = 160
ZERO_WINDOW = 64
FEW_ZEROS = 2
ZERO_MULTIPLES = 40


def value(formula: PartialProduct, index: int, modulus: int | None, inner: Evaluate) -> int | CannotEvaluate:
    """The product's term at `index`, modulo `modulus` if one is given.

    Args:
        formula: its ratio may be any formula.
        index: from formula.first_index on, of any size; what can be told far out depends on the ratio.
        modulus: a positive integer, prime or not; None for the term itself.
        inner: evaluates the ratio, or a hypergeometric term of the same values.

    Returns:
        0..modulus-1, or the exact term; CannotEvaluate if the exact term has more than 10^6 digits, or if
        there are more factors than can be multiplied and neither a cycle nor a zero among them was found.
    """
    steps = index - formula.first_index
    if modulus is None:
        return _exact(formula, steps, inner)
    if isinstance(formula.ratio, CFinite) and formula.ratio.order == 1:
        return _geometric(formula, steps, modulus)
    if steps <= MAX_STATES:
        return _multiplied(formula, steps, modulus, inner)
    if _vanishes(formula, index, modulus, inner):
        return 0
    cyclic = _cyclic(formula, steps, modulus)
    if cyclic is not None:
        return cyclic
    if isinstance(formula.ratio, Polynomial):
        return inner(as_hypergeometric(formula), index, modulus)
    return _multiplied(formula, steps, modulus, inner)


def as_hypergeometric(formula: PartialProduct) -> PRecursive:
    """The same terms by d a(n + 1) = d ratio(n) a(n), for a polynomial ratio with denominator d.

    Raises:
        TypeError: the ratio is no Polynomial.
    """
    if not isinstance(formula.ratio, Polynomial):
        raise TypeError("the ratio is no polynomial")
    ratio, binomial = fmpq_poly([0]), fmpq_poly([1])
    for j, difference in enumerate(formula.ratio.differences):
        ratio += difference * binomial
        binomial *= fmpq_poly([-formula.first_index - j, 1]) / (j + 1)
    numerator = tuple(-int(c) for c in fmpz_poly(ratio.numer()).coeffs()) or (0,)
    return PRecursive(formula.first_index, (numerator, (int(ratio.denom()),)), (formula.start,))


def _geometric(formula: PartialProduct, steps: int, modulus: int) -> int:
    """ratio(f + t) = b c^t, so the product of the first k ratios is b^k c^(k (k - 1) / 2)."""
    assert isinstance(formula.ratio, CFinite)
    first, growth = formula.ratio.initial[0], formula.ratio.coefficients[0]
    product = pow(first, steps, modulus) * pow(growth, steps * (steps - 1) // 2, modulus)
    return formula.start * product % modulus


def _multiplied(formula: PartialProduct, steps: int, modulus: int, inner: Evaluate) -> int | CannotEvaluate:
    """One factor after the other, until the product is 0."""
    product = formula.start % modulus
    for ratio in _ratios(formula.ratio, steps, modulus, inner):
        if isinstance(ratio, CannotEvaluate):
            return ratio
        product = product * ratio % modulus
        if product == 0:
            return 0
    return product


def _ratios(
    ratio: Formula, steps: int, modulus: int | None, inner: Evaluate
) -> Iterator[int | CannotEvaluate]:
    """The first `steps` ratios, or a CannotEvaluate among them."""
    states = states_of(ratio, modulus)
    if states is None and steps > MAX_EVALUATIONS or steps > MAX_STEPS:
        yield CannotEvaluate(f"{decimal(steps)} factors are too many, and no closed form is known for them")
    elif isinstance(ratio, PRecursive):  # walking there takes less than one value far out
        walked = (reduced(term, modulus) for term in stream(ratio))
        yield from islice(chain(walked, [CannotEvaluate("the recurrence gives no more ratios")]), steps)
    elif states is None:
        yield from (inner(ratio, ratio.first_index + t, modulus) for t in range(steps))
    else:
        yield from (residue for _, residue in islice(states, steps))


def _cyclic(formula: PartialProduct, steps: int, modulus: int) -> int | None:
    """The product if a factor 0 or a cycle of the ratios shows within MAX_STATES of them."""
    states = states_of(formula.ratio, modulus)
    if states is None:
        return None
    seen: dict[Hashable, int] = {}
    ratios: list[int] = []
    product = formula.start % modulus
    for state, ratio in islice(states, MAX_STATES):
        if product == 0:
            return 0
        if state in seen:
            return _over_cycles(formula.start, ratios, seen[state], steps, modulus)
        seen[state] = len(ratios)
        ratios.append(ratio)
        product = product * ratio % modulus
    return None


def _over_cycles(start: int, ratios: list[int], transient: int, steps: int, modulus: int) -> int:
    cycle = ratios[transient:]
    rounds, rest = divmod(steps - transient, len(cycle))
    product = _product_mod([start, *ratios[:transient], *cycle[:rest]], modulus)
    return product * pow(_product_mod(cycle, modulus), rounds, modulus) % modulus


def _product_mod(numbers: list[int], modulus: int) -> int:
    product = 1 % modulus
    for number in numbers:
        product = product * number % modulus
    return product


def _vanishes(formula: PartialProduct, index: int, modulus: int, inner: Evaluate) -> bool:
    """True if some ratios before `index` were found whose product is 0 modulo every prime power of `modulus`.

    They are looked for just before `index`, and, for each prime p, near multiples of p - 1, p and p + 1,
    where geometric sequences, polynomials and Fibonacci-like sequences have theirs. A ratio that is itself a
    product stays 0 modulo p once it is, and takes long to evaluate, as P-recursive ones do: of these a few of
    the last ones have to tell.
    """
    if modulus.bit_length() > MAX_FACTORED_BITS:
        return False
    costly = isinstance(formula.ratio, PartialProduct | PRecursive | Algebraic | QuotientProduct)
    for prime, exponent in ((int(p), int(e)) for p, e in fmpz(modulus).factor()):
        window = exponent + FEW_ZEROS if costly else ZERO_WINDOW
        near = range(index - 1, max(formula.first_index, index - window), -1)
        places = [*near, *(() if costly else _far_zeros(prime, formula.first_index, index - window))]
        if not _product_is_zero(formula.ratio, places, prime**exponent, inner):
            return False
    return True


def _far_zeros(prime: int, start: int, end: int) -> list[int]:
    """Where ratios are likely to be 0 modulo a prime, in order."""
    periods = (prime - 1, prime, prime + 1)
    far = {j * period + s for period in periods for j in range(1, ZERO_MULTIPLES) for s in (-1, 0, 1)}
    return [place for place in sorted(far) if start <= place < end]


def _product_is_zero(ratio: Formula, places: list[int], modulus: int, inner: Evaluate) -> bool:
    product = 1 % modulus
    for place in places:
        factor = inner(ratio, place, modulus)
        product = product if isinstance(factor, CannotEvaluate) else product * factor % modulus
        if product == 0:
            return True
    return False


def _exact(formula: PartialProduct, steps: int, inner: Evaluate) -> int | CannotEvaluate:
    factors, bits = [fmpz(formula.start)], formula.start.bit_length()
    for ratio in _ratios(formula.ratio, steps, None, inner):
        if isinstance(ratio, CannotEvaluate):
            return ratio
        if ratio == 0:
            return 0
        bits += ratio.bit_length() - 1
        if bits > MAX_BITS:
            return CannotEvaluate("the exact term has more than 10^6 digits")
        factors.append(fmpz(ratio))
    return int(_product_tree(factors))


def _product_tree(factors: list[fmpz]) -> fmpz:
    """Neighbours are multiplied first, so that the factors of each product are about equally long."""
    while len(factors) > 1:
        pairs = zip(factors[::2], [*factors[1::2], fmpz(1)], strict=False)
        factors = [a * b for a, b in pairs]
    return factors[0]
