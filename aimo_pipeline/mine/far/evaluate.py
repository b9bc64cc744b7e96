"""Terms far out: a(10^18) mod m in milliseconds, and a(n) itself while it has at most 10^6 digits.

A recurrence is evaluated by Kitamasa's method: x^n modulo the characteristic polynomial tells how
a(n) is put together from the initial terms. That polynomial is monic, so no inverse is ever taken
and any modulus will do, composite or not. Every other family's module has a `value` of its own.

Source: Fiduccia, An efficient formula for linear recurrences, SIAM J. Comput. 14 (1985).
"""

from __future__ import annotations

from typing import assert_never

from flint import fmpz_poly

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
from aimo_pipeline.mine.arithmetic import multiplicative
from aimo_pipeline.mine.base import MAX_BITS, CannotEvaluate
from aimo_pipeline.mine.digits import kregular
from aimo_pipeline.mine.far import algebraic, partial_product, precursive, tower
from aimo_pipeline.mine.far.sums import divisor_sum, partial_sum
from aimo_pipeline.mine.floors import line
from aimo_pipeline.mine.products import polynomial_map, quotient_product

MAX_INDEX_BITS = 4_096  # one squaring each; indices beyond 10^1000 are no honest problem's


def evaluate(formula: Formula, index: int, modulus: int | None) -> int | CannotEvaluate:
    """The formula's term at `index`, modulo `modulus` if one is given.

    Args:
        formula: its first_index says where it begins.
        index: from formula.first_index to about 10^1000.
        modulus: a positive integer, prime or not; None for the term itself.

    Returns:
        0..modulus-1 (Python's floored remainder, also of negative terms), or the exact term;
        CannotEvaluate for an index before the first, a modulus below 1, a formula whose parts do
        not match, an exact term of more than 10^6 digits, or one that would take too long.
    """
    refusal = _refusal(formula, index, modulus)
    if refusal is not None:
        return refusal
    value = _value(formula, index, modulus)
    return value if isinstance(value, CannotEvaluate) else _finish(value, modulus)


def _refusal(formula: Formula, index: int, modulus: int | None) -> CannotEvaluate | None:
    if index < formula.first_index:
        return CannotEvaluate("index lies before the rule's first index")
    if modulus is not None and modulus < 1:
        return CannotEvaluate("modulus must be positive")
    if (index - formula.first_index).bit_length() > MAX_INDEX_BITS:
        return CannotEvaluate(f"index has more than {MAX_INDEX_BITS} bits")
    if isinstance(formula, CFinite | CFiniteMod) and len(formula.initial) != formula.order:
        return CannotEvaluate("the recurrence's order and its initial terms do not match")
    return None


def _value(formula: Formula, index: int, modulus: int | None) -> int | CannotEvaluate:
    """The term, or any integer congruent to it if there is a modulus."""
    steps = index - formula.first_index
    match formula:
        case CFinite():
            return _recurrent_term(formula, steps, modulus)
        case CFiniteMod():
            rule = CFinite(formula.first_index, formula.coefficients, formula.initial)
            return evaluate(rule, index, formula.modulus)
        case Polynomial():
            return _newton_sum(formula.differences, steps)
        case Periodic():
            return formula.cycle[steps % len(formula.cycle)]
        case Prefixed():
            known = steps < len(formula.prefix)
            return formula.prefix[steps] if known else evaluate(formula.rule, index, modulus)
        case Interlaced():
            t, r = divmod(steps, len(formula.parts))
            return evaluate(formula.parts[r], t, modulus)
        case PartialSum():
            return partial_sum(formula, index, modulus, evaluate)
        case Difference():
            return _difference(formula.rule, index, modulus)
        case DivisorSum():
            return divisor_sum(formula, index, modulus, evaluate)
        case Reduced():
            return evaluate(formula.rule, index, formula.modulus)
        case Shifted():
            return evaluate(formula.rule, index + formula.shift, modulus)
        case Power():
            return tower.value(formula, index, modulus, evaluate)
        case VariablePower():
            return tower.variable_value(formula, index, modulus, evaluate)
        case Product():
            return quotient_product.pointwise(formula, index, modulus, evaluate)
        case QuotientProduct():
            return quotient_product.value(formula, index, modulus, evaluate)
        case PolynomialMap():
            return polynomial_map.value(formula, index, modulus)
        case PartialProduct():
            return partial_product.value(formula, index, modulus, evaluate)
        case Beatty():
            return line.value(formula, index, modulus)
        case PRecursive():
            return precursive.value(formula, index, modulus)
        case Algebraic():
            return algebraic.value(formula, index, modulus)
        case KRegular():
            return kregular.value(formula, index, modulus)
        case Multiplicative():
            return multiplicative.value(formula, index, modulus)
    assert_never(formula)


def _difference(rule: Formula, index: int, modulus: int | None) -> int | CannotEvaluate:
    low, high = evaluate(rule, index, modulus), evaluate(rule, index + 1, modulus)
    if isinstance(low, CannotEvaluate):
        return low
    return high if isinstance(high, CannotEvaluate) else high - low


def _finish(value: int, modulus: int | None) -> int | CannotEvaluate:
    if modulus is not None:
        return value % modulus
    return _too_large() if value.bit_length() > MAX_BITS else value


def _too_large() -> CannotEvaluate:
    return CannotEvaluate("the exact term has more than 10^6 digits")


def _newton_sum(differences: tuple[int, ...], steps: int) -> int:
    """Exact even when only a residue is wanted: j! may share factors with the modulus."""
    total, binomial = 0, 1
    for j, difference in enumerate(differences):
        total += difference * binomial
        binomial = binomial * (steps - j) // (j + 1)
    return total


def _recurrent_term(formula: CFinite, steps: int, modulus: int | None) -> int | CannotEvaluate:
    coefficients = [-c if modulus is None else -c % modulus for c in formula.coefficients]
    power = _power_of_x(steps, fmpz_poly([*coefficients, 1]), modulus)
    if power is None:
        return _too_large()
    return sum(int(power[i]) * a for i, a in enumerate(formula.initial))


def _power_of_x(exponent: int, characteristic: fmpz_poly, modulus: int | None) -> fmpz_poly | None:
    """x^exponent modulo the monic polynomial; None when exact coefficients outgrow any exact term.

    The coefficients obey the same recurrence as the term and grow like it; twice its limit leaves
    room for the constant factor between them.
    """
    power = fmpz_poly([1]) % characteristic
    for bit in bin(exponent)[2:]:
        power = power * power
        if bit == "1":
            power = power.left_shift(1)
        power = power % characteristic
        if modulus is not None:
            power = fmpz_poly([int(c) % modulus for c in power.coeffs()])
        elif power.height_bits() > 2 * MAX_BITS:
            return None
    return power
