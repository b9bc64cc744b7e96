"""Small pieces of integer arithmetic that several families share."""

from __future__ import annotations

from collections.abc import Sequence

from flint import fmpz, fmpz_poly

# A Mersenne prime. Residues modulo it turn away nearly everything that a rule does not fit, however large the
# terms are, and fit into a machine word.
SIEVE_PRIME = 2**61 - 1
_SHOWN_DIGITS = 40


def least_residue(number: int, modulus: int) -> int:
    """The residue that is least in absolute value; modulus / 2 itself stays positive."""
    residue = number % modulus
    return residue - modulus if 2 * residue > modulus else residue


def polynomial_value(coefficients: Sequence[int], x: int) -> int:
    """The polynomial at x by Horner's rule; its coefficients, lowest power first."""
    total = 0
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total


def integer_roots(polynomial: fmpz_poly) -> list[int]:
    """The distinct integer roots, in no order; none of a constant, the zero polynomial included."""
    return [int(root) for root, _ in polynomial.roots()] if polynomial.degree() > 0 else []


def decimal(value: int) -> str:
    """All digits of a short integer; the first and last of a long one, and how many there are."""
    digits = str(fmpz(value))  # str(int) refuses more than 4300 digits
    size = len(digits.removeprefix("-"))
    if size <= _SHOWN_DIGITS:
        return digits
    return f"{digits[:12]}...{digits[-8:]} ({size} digits)"
