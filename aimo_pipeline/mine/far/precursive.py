"""Far terms of P-recursive sequences: exactly while they are small, modulo any m where it can be done.

Three ways, tried in this order:
1. the whole product over the integers, divided exactly, while it has at most some 10^7 bits: any modulus;
2. baby steps and giant steps (mine/far/matrix_product.py) up to an index of about 10^9, or, where the leading
   coefficient is constant, at any index up to a modulus of about 10^9;
3. each prime power of the modulus by itself: hypergeometric terms whose ratio splits into linear factors at
   any index (mine/far/hypergeometric.py), the sequences of mine/far/lucas.py at any index modulo a prime, and
   otherwise giant steps with as many further powers of the prime as the leading coefficients contain.

That a term is an integer is never assumed: a quotient that does not come out even is refused.
"""

from __future__ import annotations

from flint import fmpz, fmpz_mod_ctx, fmpz_mod_poly_ctx

from aimo_pipeline.formula import PRecursive
from aimo_pipeline.mine.base import CannotEvaluate, NotAnInteger
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.far.hypergeometric import hypergeometric_residue
from aimo_pipeline.mine.far.lucas import has_lucas_congruence
from aimo_pipeline.mine.far.matrix_product import (
    Scaled,
    exact_product,
    modular_product,
    periodic_product,
)
from aimo_pipeline.mine.far.road import Road, road_to
from aimo_pipeline.mine.far.valuation import is_surely_fraction
from aimo_pipeline.mine.integers import decimal

FIRST_STEPS = 24
MAX_TERM_BITS = 3_321_928  # of 10^6 decimal digits
MAX_EXACT_WORK = 1 << 25  # bits of an exact product, times the square of the order
SMALL_EXACT_WORK = 1 << 18  # below that, exact is also the fastest
MAX_GIANT_WORK = 130_000  # square of the order, times the number of points: some seconds
MAX_MODULUS_BITS = 400
MAX_FACTORED_BITS = 100


def value(formula: PRecursive, index: int, modulus: int | None) -> int | CannotEvaluate:
    """The formula's term at `index`, modulo `modulus` if one is given.

    Args:
        formula: as formula/ defines it.
        index: from formula.first_index on; how far one gets depends on the rule and the modulus.
        modulus: a positive integer, prime or not; None for the term itself.

    Returns:
        0..modulus-1, or the exact term; CannotEvaluate where the leading coefficient vanishes on the way (the
        rule does not fix the term), where the term is no integer, for an exact term of more than 10^6 digits,
        and where no way is known that is short enough.
    """
    refusal = _refusal(formula, index, modulus)
    if refusal is not None:
        return refusal
    place = index - formula.first_index
    if place < len(formula.initial):
        return formula.initial[place] if modulus is None else formula.initial[place] % modulus
    road = road_to(formula, index)
    if any(road.start <= root < road.end for root, _ in road.polynomials[-1].roots()):
        return CannotEvaluate("the leading coefficient vanishes on the way: the rule does not fix the term")
    if _is_fraction(road) or _breaks_off(formula, place):
        return NotAnInteger()
    if modulus is None:
        return _exact(road)
    return _residue(formula, road, index, modulus)


def _refusal(formula: PRecursive, index: int, modulus: int | None) -> CannotEvaluate | None:
    if index < formula.first_index:
        return CannotEvaluate("index lies before the rule's first index")
    if modulus is not None and modulus < 1:
        return CannotEvaluate("modulus must be positive")
    if formula.order < 1 or len(formula.initial) < formula.order:
        return CannotEvaluate("the recurrence's order and its initial terms do not match")
    if not any(formula.polynomials[-1]):
        return CannotEvaluate("the leading coefficient is zero")
    return None


def _breaks_off(formula: PRecursive, place: int) -> bool:
    """Whether a fraction comes up among the first terms: the sequence ends there, whatever comes later."""
    first = min(place, len(formula.initial) + FIRST_STEPS)
    return len(terms_of(formula, first)) < first


def _is_fraction(road: Road) -> bool:
    """For first-order rules; what it misses, another way refuses."""
    term, lowest = road.window[-1], road.polynomials[0]
    if road.order > 1 or term == 0 or lowest.is_zero():
        return False
    if any(road.start <= root < road.end for root, _ in lowest.roots()):
        return False
    return is_surely_fraction(road.polynomials, term, road.start, road.end)


def _exact(road: Road) -> int | CannotEvaluate:
    if road.exact_work > MAX_EXACT_WORK:
        return CannotEvaluate("the term is too far out to be computed exactly")
    term = _exact_term(road)
    if isinstance(term, int) and term.bit_length() > MAX_TERM_BITS:
        return CannotEvaluate("the exact term has more than 10^6 digits")
    return term


def _exact_term(road: Road) -> int | CannotEvaluate:
    scaled = exact_product(road.polynomials, road.window, road.start, road.end)
    # GMP's division: Python's own takes a minute where this takes a tenth of a second.
    term, rest = divmod(fmpz(scaled.numerator), fmpz(scaled.denominator))
    return NotAnInteger() if rest else int(term)


def _residue(formula: PRecursive, road: Road, index: int, modulus: int) -> int | CannotEvaluate:
    if modulus == 1 or road.exact_work <= SMALL_EXACT_WORK:
        return _exact_residue(road, modulus)
    if modulus.bit_length() > MAX_FACTORED_BITS:
        return CannotEvaluate(f"the modulus has more than {MAX_FACTORED_BITS} bits and cannot be factored")
    powers = [(int(prime), int(exponent)) for prime, exponent in fmpz(modulus).factor()]
    if formula.order > 1 and not any(_zeros(road, prime) for prime, _ in powers):
        return _without_division(road, modulus)
    residue, so_far = 0, 1
    for prime, exponent in powers:
        part = _modulo_prime_power(formula, road, index, prime, exponent)
        if isinstance(part, NotAnInteger):
            return part
        if isinstance(part, CannotEvaluate):
            return _exact_residue(road, modulus) if road.exact_work <= MAX_EXACT_WORK else part
        power = prime**exponent
        residue += so_far * ((part - residue) * pow(so_far, -1, power) % power)
        so_far *= power
    return residue


def _zeros(road: Road, prime: int) -> int:
    """How often, at least, the prime divides the leading coefficients on the way; 0 only if it never does."""
    ring = fmpz_mod_poly_ctx(fmpz_mod_ctx(prime))
    leading = ring([int(c) for c in road.polynomials[-1].coeffs()])
    steps = road.end - road.start
    if leading.is_zero():
        return steps
    if leading.degree() == 0:
        return 0
    zeros = 0
    for root, multiplicity in leading.roots():
        first = (int(root) - road.start) % prime
        zeros += int(multiplicity) * max(0, -((first - steps) // prime))
    return zeros


def _without_division(road: Road, modulus: int) -> int | CannotEvaluate:
    """For leading coefficients that are units modulo the modulus all the way."""
    constant = road.polynomials[-1].degree() == 0
    steps = road.end - road.start
    if road.giant_work_of(min(steps, modulus) if constant else steps) > MAX_GIANT_WORK:
        return CannotEvaluate("the index is too large for this rule and modulus")
    way = periodic_product if constant and steps > modulus else modular_product
    scaled = way(road.polynomials, road.start, road.end, modulus).applied(road.window, modulus)
    return scaled.numerator * int(pow(scaled.denominator, -1, modulus)) % modulus


def _exact_residue(road: Road, modulus: int) -> int | CannotEvaluate:
    """The exact term may be longer than what is handed out; its residue is not."""
    term = _exact_term(road)
    return term % modulus if isinstance(term, int) else term


def _modulo_prime_power(
    formula: PRecursive, road: Road, index: int, prime: int, exponent: int
) -> int | CannotEvaluate:
    if formula.order == 1:
        residue = hypergeometric_residue(
            road.polynomials, road.window[0], road.start, road.end, prime, exponent
        )
        if residue is not None:
            return residue
    zeros = _zeros(road, prime)
    if zeros == 0:
        return _without_division(road, prime**exponent)
    if exponent == 1 and index >= prime and has_lucas_congruence(formula):
        return _digit_by_digit(formula, index, prime)
    return _with_precision(road, prime, exponent, exponent + zeros)


def _digit_by_digit(formula: PRecursive, index: int, prime: int) -> int | CannotEvaluate:
    """a(n) = product of a(d) over the base-p digits d of n, modulo p."""
    product = 1
    while index > 0:
        index, digit = divmod(index, prime)
        factor = value(formula, digit, prime)
        if isinstance(factor, CannotEvaluate):
            return factor
        product = product * factor % prime
    return product


def _with_precision(road: Road, prime: int, exponent: int, precision: int) -> int | CannotEvaluate:
    """The denominator contains prime^v: computed modulo prime^(exponent + v), the quotient is left right."""
    near = road.giant_work_of(road.end - road.start) <= MAX_GIANT_WORK
    while near and prime.bit_length() * precision <= MAX_MODULUS_BITS:
        modulus = prime**precision
        product = modular_product(road.polynomials, road.start, road.end, modulus)
        scaled = product.applied(road.window, modulus)
        valuation = _valuation(scaled.denominator, prime, precision)
        if valuation + exponent <= precision:
            return _divided(scaled, prime, valuation, exponent)
        precision = valuation + exponent if valuation < precision else 2 * precision
    return CannotEvaluate(
        f"the leading coefficient is divisible by {decimal(prime)} too often, or the index is too large"
    )


def _valuation(number: int, prime: int, highest: int) -> int:
    valuation = 0
    while valuation < highest and number % prime == 0:
        number, valuation = number // prime, valuation + 1
    return valuation


def _divided(scaled: Scaled, prime: int, valuation: int, exponent: int) -> int | CannotEvaluate:
    divisor: int = prime**valuation
    modulus: int = prime**exponent
    whole, rest = divmod(scaled.numerator, divisor)
    if rest:
        return NotAnInteger()
    return whole * pow(scaled.denominator // divisor, -1, modulus) % modulus
