"""Sequences with a proved Lucas congruence: modulo p, a(n) is the product of a(d) over n's base-p digits d.

Two proofs cover what is listed here.
- a(n) = [x^n] (a x^2 + b x + c)^n, the constant term of L^n for L = a x + b + c / x: modulo p, L^(p n + d)
  is L(x^p)^n L^d, and of the exponents of L^d, between -d and d, only 0 is a multiple of p. These numbers
  obey (n + 2) a(n + 2) = b (2 n + 3) a(n + 1) - D (n + 1) a(n) with D = b^2 - 4 a c: central binomial and
  trinomial coefficients, Delannoy's numbers, Legendre polynomials at integers.
- a(n) = sum over k of C(n, k)^r C(n + k, k)^s C(2 k, k)^t C(2 n - 2 k, n - k)^u, r >= 1: with n = p N + d
  and k = p K + e, Lucas's theorem splits each binomial modulo p or makes the summand zero (McIntosh 1992,
  Gessel 1982). Each recurrence below is a published one of such a sum.
"""

from __future__ import annotations

from aimo_pipeline.formula import PRecursive

# The sums' recurrences p_0, p_1, p_2 (in n, lowest power first), and a(1); a(0) is 1.
_SUMS: tuple[tuple[tuple[tuple[int, ...], ...], int], ...] = (
    (((1, 3, 3, 1), (-117, -231, -153, -34), (8, 12, 6, 1)), 5),  # C(n,k)^2 C(n+k,k)^2, Apery
    (((-1, -2, -1), (-25, -33, -11), (4, 4, 1)), 3),  # C(n,k)^2 C(n+k,k), Apery
    (((-8, -16, -8), (-16, -21, -7), (4, 4, 1)), 2),  # C(n,k)^3, Franel
    (((-60, -188, -192, -64), (-42, -82, -54, -12), (8, 12, 6, 1)), 2),  # C(n,k)^4, Franel
    (((64, 192, 192, 64), (-72, -138, -90, -20), (8, 12, 6, 1)), 4),  # C(n,k)^2 C(2k,k) C(2n-2k,n-k), Domb
    (((9, 18, 9), (-23, -30, -10), (4, 4, 1)), 3),  # C(n,k)^2 C(2k,k), Zagier
    (((32, 64, 32), (-28, -36, -12), (4, 4, 1)), 4),  # C(n,k) C(2k,k) C(2n-2k,n-k), Zagier
)


def has_lucas_congruence(formula: PRecursive) -> bool:
    """True if the formula is one of the sequences above; False says nothing."""
    if formula.first_index != 0 or formula.order != 2 or formula.initial[0] != 1:
        return False
    first = formula.initial[1]
    return (formula.polynomials, first) in _SUMS or _is_power_coefficient(formula.polynomials, first)


def _is_power_coefficient(polynomials: tuple[tuple[int, ...], ...], middle: int) -> bool:
    """True for [x^n] (a x^2 + b x + c)^n, given a(1) = b."""
    lowest = polynomials[0]
    discriminant = lowest[0] if lowest else 0
    expected = ((discriminant, discriminant), (-3 * middle, -2 * middle), (2, 1))
    return polynomials == expected and (discriminant - middle * middle) % 4 == 0
