"""Small pieces of integer arithmetic that several families share."""

from __future__ import annotations

from flint import fmpz_poly

# A Mersenne prime. Residues modulo it turn away nearly everything that a rule does not fit, however large the
# terms are, and fit into a machine word.
SIEVE_PRIME = 2**61 - 1


def least_residue(number: int, modulus: int) -> int:
    """The residue that is least in absolute value; modulus / 2 itself stays positive."""
    residue = number % modulus
    return residue - modulus if 2 * residue > modulus else residue


def integer_roots(polynomial: fmpz_poly) -> list[int]:
    """The distinct integer roots, in no order; none of a constant, the zero polynomial included."""
    return [int(root) for root, _ in polynomial.roots()] if polynomial.degree() > 0 else []
