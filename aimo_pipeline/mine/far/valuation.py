"""How often a prime divides a long product p(start) ... p(end - 1), and so whether a quotient is whole."""

from __future__ import annotations

from flint import fmpz, fmpz_poly

SMALL_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23)


def product_valuation(polynomial: fmpz_poly, start: int, end: int, prime: int) -> int:
    """The exponent of the prime in the product of the polynomial's values at start .. end - 1.

    The values that the prime divides lie over roots modulo it; over each root r they are the values of
    p(r + prime x), which contains the prime, at consecutive x. So it takes about log(end - start) steps.

    Args:
        polynomial: without a root in start .. end - 1.
        prime: a small one: all its residues are tried.
    """
    if start >= end:
        return 0
    shared = _exponent(int(polynomial.content()), prime)
    total = shared * (end - start)
    primitive = polynomial / fmpz(prime**shared)
    if end - start <= prime:
        return total + sum(_exponent(int(primitive(n)), prime) for n in range(start, end))
    for root in range(prime):
        if int(primitive(root)) % prime == 0:
            first, last = -((root - start) // prime), -((root - end) // prime)
            total += product_valuation(primitive(fmpz_poly([root, prime])), first, last, prime)
    return total


def is_surely_fraction(polynomials: tuple[fmpz_poly, ...], term: int, start: int, end: int) -> bool:
    """True if some small prime shows that a(end) is no integer, given a(start) = term and order 1.

    Args:
        polynomials: p_0 and p_1 of p_0(n) a(n) + p_1(n) a(n + 1) = 0, without roots in start .. end - 1.
    """
    upper, lower = polynomials
    return any(
        _exponent(term, prime) + product_valuation(upper, start, end, prime)
        < product_valuation(lower, start, end, prime)
        for prime in SMALL_PRIMES
    )


def _exponent(number: int, prime: int) -> int:
    exponent = 0
    while number % prime == 0:
        number, exponent = number // prime, exponent + 1
    return exponent
