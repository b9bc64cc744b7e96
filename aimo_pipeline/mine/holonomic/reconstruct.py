"""From null vectors modulo several primes to the integer vector behind them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from flint import nmod_mat

from aimo_pipeline.mine.integers import least_residue

SEARCH_PRIME = (1 << 30) - 35  # small: building the matrices is what a search costs
# The largest primes below 2^62; the last ones only ever serve rules with very large coefficients.
WORD_PRIMES = tuple((1 << 62) - below for below in (57, 87, 117, 143, 153, 167, 171, 195))


def null_vector(matrix: nmod_mat) -> list[int] | None:
    """The null vector of a matrix whose null space is a line, its last non-zero entry 1; None otherwise."""
    basis, nullity = matrix.nullspace()
    if nullity != 1:
        return None
    column = [int(basis[i, 0]) for i in range(matrix.ncols())]
    pivot = next(entry for entry in reversed(column) if entry)
    inverse = pow(pivot, -1, int(matrix.modulus()))
    return [entry * inverse % int(matrix.modulus()) for entry in column]


def integer_vector(modulo: Callable[[int], list[int] | None]) -> Iterator[list[int]]:
    """Primitive integer vectors that agree, up to a factor, with the residues modulo ever more primes.

    Args:
        modulo: gives for a prime the residues of the vector scaled so that its last non-zero entry is 1.

    Yields:
        a guess after each prime; the caller checks it. Ends when a prime gives no vector, or with the primes.
    """
    residues: list[int] = []
    modulus = 1
    for prime in WORD_PRIMES:
        vector = modulo(prime)
        if vector is None:
            return
        step = pow(modulus, -1, prime)
        residues = [
            old + modulus * ((new - old) * step % prime)
            for old, new in zip(residues or [0] * len(vector), vector, strict=True)
        ]
        modulus *= prime
        guess = _reconstructed(residues, modulus)
        if guess is not None:
            yield guess


def _reconstructed(residues: list[int], modulus: int) -> list[int] | None:
    """Fractions over one denominator, all parts below sqrt(modulus / 2), times that denominator."""
    bound = math.isqrt(modulus // 2)
    common = 1
    for residue in residues:
        common *= _denominator(residue * common % modulus, modulus, bound)
        if common > bound:
            return None
    scaled = [residue * common % modulus for residue in residues]
    vector = [least_residue(value, modulus) for value in scaled]
    if max(map(abs, vector)) > bound:
        return None
    content = math.gcd(*vector)
    return [value // content for value in vector]


def _denominator(residue: int, modulus: int, bound: int) -> int:
    """The least q > 0 with |q residue mod modulus| <= bound, by Euclid's algorithm (Wang)."""
    old, new = modulus, residue
    old_q, new_q = 0, 1
    while new > bound:
        quotient = old // new
        old, new = new, old - quotient * new
        old_q, new_q = new_q, old_q - quotient * new_q
    return abs(new_q)
