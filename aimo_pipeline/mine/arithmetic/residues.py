"""Multiplicative functions that count residues modulo n, or sum a quadratic character, at prime powers."""

from __future__ import annotations

import math


def unity_roots(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Number of x modulo n with x^k = 1."""
    k = parameters[0]
    if p > 2:
        return math.gcd(k, (p - 1) * p ** (e - 1))
    return 1 if e == 1 else math.gcd(k, 2) * math.gcd(k, 2 ** (e - 2))


def square_roots(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Number of x modulo n with x^2 = c, c free of squares."""
    c = parameters[0]
    if c % p == 0:
        return int(e == 1)
    if p > 2:
        return 1 + _residue_symbol(c, p)
    return 1 if e == 1 else (2 if c % 4 == 1 else 0) if e == 2 else (4 if c % 8 == 1 else 0)


def squares(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Number of squares modulo n."""
    return 2**e // 6 + 2 if p == 2 and e > 1 else 2 if p == 2 else p ** (e + 1) // (2 * p + 2) + 1


def character_sum(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Sum of chi(d) d^k over the divisors, chi Kronecker's symbol of the discriminant."""
    step = _kronecker(parameters[0], p) * p ** parameters[1]
    return int(sum(step**i for i in range(e + 1)))


def twisted_sigma(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Sum of chi(n / d) d^k over the divisors."""
    sign, step = _kronecker(parameters[0], p), p ** parameters[1]
    return int(sum(sign ** (e - i) * step**i for i in range(e + 1)))


def _kronecker(discriminant: int, p: int) -> int:
    if p > 2:
        return _residue_symbol(discriminant, p)
    return 0 if discriminant % 2 == 0 else 1 if discriminant % 8 == 1 else -1


def _residue_symbol(number: int, p: int) -> int:
    power = pow(number, (p - 1) // 2, p)
    return -1 if power == p - 1 else power
