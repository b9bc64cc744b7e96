"""Terms far out: a(10^18) mod m in milliseconds, and a(n) itself while it has at most 10^6 digits.

A recurrence is evaluated by Kitamasa's method: x^n modulo the characteristic polynomial tells how
a(n) is put together from the initial terms. That polynomial is monic, so no inverse is ever taken
and any modulus will do, composite or not.

Source: Fiduccia, An efficient formula for linear recurrences, SIAM J. Comput. 14 (1985).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from flint import fmpz_poly

from aimo_pipeline.formula import CFinite, Formula, Polynomial

MAX_BITS = 3_321_928  # of 10^6 decimal digits
MAX_INDEX_BITS = 4_096  # one squaring each; indices beyond 10^1000 are no honest problem's


@dataclass(frozen=True)
class CannotEvaluate:
    """The term is not defined or too large; `reason` says why in one line."""

    reason: str


def evaluate(formula: Formula, index: int, modulus: int | None) -> int | CannotEvaluate:
    """The formula's term at `index`, modulo `modulus` if one is given.

    Args:
        formula: its first_index says where it begins.
        index: from formula.first_index to about 10^1000.
        modulus: a positive integer, prime or not; None for the term itself.

    Returns:
        0..modulus-1 (Python's floored remainder, also of negative terms), or the exact term;
        CannotEvaluate for an index before the first, a modulus below 1, a formula whose parts do
        not match, or an exact term of more than 10^6 digits.
    """
    refusal = _refusal(formula, index, modulus)
    if refusal is not None:
        return refusal
    steps = index - formula.first_index
    match formula:
        case CFinite():
            value = _recurrent_term(formula, steps, modulus)
        case Polynomial():
            value = _newton_sum(formula.differences, steps)
        case _:
            assert_never(formula)
    return value if isinstance(value, CannotEvaluate) else _finish(value, modulus)


def _refusal(formula: Formula, index: int, modulus: int | None) -> CannotEvaluate | None:
    if index < formula.first_index:
        return CannotEvaluate("index lies before the rule's first index")
    if modulus is not None and modulus < 1:
        return CannotEvaluate("modulus must be positive")
    if (index - formula.first_index).bit_length() > MAX_INDEX_BITS:
        return CannotEvaluate(f"index has more than {MAX_INDEX_BITS} bits")
    if isinstance(formula, CFinite) and len(formula.initial) != formula.order:
        return CannotEvaluate("the recurrence's order and its initial terms do not match")
    return None


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
