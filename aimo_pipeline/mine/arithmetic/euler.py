"""The table of multiplicative functions: what each is at a prime power p^e, and how many parameters it has.

A template is a name of the table, or several joined by "*" (the product of their values, the parameters one
after another), and may end in "@2": then the parameters begin with a count t and t numbers, the values at 2,
4, ..., 2^t, of which the last one is also the value at every higher power of 2.

Sources of the values: Apostol, Introduction to Analytic Number Theory, chapter 2; McCarthy, Introduction to
Arithmetical Functions; for squares modulo n Stangl, Counting squares in Z_n, Math. Mag. 69 (1996).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from aimo_pipeline.mine.arithmetic.residues import (
    character_sum,
    square_roots,
    squares,
    twisted_sigma,
    unity_roots,
)
from aimo_pipeline.mine.integers import polynomial_value

PrimePower = Callable[[tuple[int, ...], int, int], int]  # (parameters, p, e >= 1) -> value at p^e


def template_value(template: str, parameters: tuple[int, ...], prime: int, exponent: int) -> int | None:
    """The value at prime^exponent, exponent >= 0, exactly.

    Returns:
        None if the template is not in the table or the parameters are not the ones that it takes.
    """
    if exponent == 0:
        return 1
    if template.endswith("@2"):
        count = parameters[0] if parameters else 0
        if not 1 <= count <= len(parameters) - 1:
            return None
        if prime == 2:
            return parameters[min(exponent, count)]
        return template_value(template.removesuffix("@2"), parameters[1 + count :], prime, exponent)
    value, rest = 1, parameters
    for name in template.split("*"):
        if name not in TABLE or len(rest) < TABLE[name][0]:
            return None
        arity, function = TABLE[name]
        own, rest = (rest, ()) if name in VARIADIC else (rest[:arity], rest[arity:])
        value *= function(own, prime, exponent)
    return None if rest else value


def _sigma(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Sum of the k-th powers of the divisors."""
    step = p ** parameters[0]
    return sum(step**i for i in range(e + 1))


def _signed_sigma(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Sum of (-1)^(n + d) d^k over the divisors d; 16 times it for k = 3 counts sums of eight squares."""
    return _sigma(parameters, p, e) - (2 if p == 2 else 0)


def _divisors(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Ways to write n as an ordered product of k factors; k = 2 counts the divisors."""
    return math.comb(e + parameters[0] - 1, e) if parameters[0] > 0 else 0


def _divisors_of_power(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Number of divisors of n^k."""
    return parameters[0] * e + 1


def _power(parameters: tuple[int, ...], p: int, e: int) -> int:
    """n^k."""
    return int(p ** (parameters[0] * e))


def _jordan(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Jordan's totient J_k, Euler's for k = 1."""
    step = p ** parameters[0]
    return int(step ** (e - 1) * (step - 1))


def _dedekind(parameters: tuple[int, ...], p: int, e: int) -> int:
    """n^k times the product of 1 + p^-k; Dedekind's psi for k = 1."""
    step = p ** parameters[0]
    return int(step ** (e - 1) * (step + 1))


def _mobius(parameters: tuple[int, ...], p: int, e: int) -> int:
    return -1 if e == 1 else 0


def _free(parameters: tuple[int, ...], p: int, e: int) -> int:
    """1 if no k-th power above 1 divides n."""
    return int(e < parameters[0])


def _perfect(parameters: tuple[int, ...], p: int, e: int) -> int:
    """1 if n is a k-th power."""
    return int(e % parameters[0] == 0)


def _to_big_omega(parameters: tuple[int, ...], p: int, e: int) -> int:
    """k to the number of prime factors, repeated ones counted; Liouville's function for k = -1."""
    return int(parameters[0] ** e)


def _to_omega(parameters: tuple[int, ...], p: int, e: int) -> int:
    """k to the number of distinct prime factors."""
    return parameters[0]


def _radical(parameters: tuple[int, ...], p: int, e: int) -> int:
    """k-th power of the product of the distinct prime factors."""
    return int(p ** parameters[0])


def _free_part(parameters: tuple[int, ...], p: int, e: int) -> int:
    """n over the largest k-th power that divides it."""
    return int(p ** (e % parameters[0]))


def _root_part(parameters: tuple[int, ...], p: int, e: int) -> int:
    """The largest d whose k-th power divides n."""
    return int(p ** (e // parameters[0]))


def _roots_of_zero(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Number of x modulo n with x^k = 0."""
    return int(p ** (e - -(-e // parameters[0])))


def _powerful_part(parameters: tuple[int, ...], p: int, e: int) -> int:
    """The product of the prime powers of n with exponents from k on."""
    return int(p**e) if e >= parameters[0] else 1


def _free_unitary_part(parameters: tuple[int, ...], p: int, e: int) -> int:
    """The product of the prime powers of n with exponents below k."""
    return int(p**e) if e < parameters[0] else 1


def _unitary_sigma(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Sum of d^k over the divisors d with gcd(d, n / d) = 1."""
    return int(p ** (parameters[0] * e) + 1)


def _unitary_totient(parameters: tuple[int, ...], p: int, e: int) -> int:
    return int(p ** (parameters[0] * e) - 1)


def _exponents(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Product of the k-th powers of the exponents."""
    return int(e ** parameters[0])


def _abelian_groups(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Number of abelian groups of order n: partitions of each exponent."""
    ways = [1] + [0] * e
    for part in range(1, e + 1):
        for total in range(part, e + 1):
            ways[total] += ways[total - part]
    return ways[e]


def _pillai(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Sum of gcd(n, i)^k over i = 1 .. n."""
    k = parameters[0]
    return int(sum(p ** (k * i) * p ** (e - i - 1) * (p - 1) for i in range(e)) + p ** (k * e))


def _head(parameters: tuple[int, ...], p: int, e: int) -> int:
    """P(p) p^(k (e - 1)), the parameters being k and the coefficients of P, lowest power first."""
    k, *coefficients = parameters
    return int(polynomial_value(coefficients, p) * p ** (k * (e - 1)))


def _zeta(parameters: tuple[int, ...], p: int, e: int) -> int:
    """Coefficient of x^e in the product of (1 - p^k x^j)^-m over the triples (j, k, m): zeta(j s - k)^m."""
    series = [1] + [0] * e
    for j, k, m in zip(*(iter(parameters),) * 3, strict=False):
        step = p**k
        for _ in range(abs(m)):
            places = range(j, e + 1) if m > 0 else range(e, j - 1, -1)
            for place in places:
                series[place] += (step if m > 0 else -step) * series[place - j]
    return series[e]


# name: (number of parameters, value); a variadic one takes all that are left, at least so many
TABLE: Mapping[str, tuple[int, PrimePower]] = MappingProxyType(
    {
        "sigma": (1, _sigma),
        "signed_sigma": (1, _signed_sigma),
        "divisors": (1, _divisors),
        "divisors_of_power": (1, _divisors_of_power),
        "power": (1, _power),
        "jordan": (1, _jordan),
        "dedekind": (1, _dedekind),
        "mobius": (0, _mobius),
        "free": (1, _free),
        "perfect": (1, _perfect),
        "to_big_omega": (1, _to_big_omega),
        "to_omega": (1, _to_omega),
        "radical": (1, _radical),
        "free_part": (1, _free_part),
        "root_part": (1, _root_part),
        "roots_of_zero": (1, _roots_of_zero),
        "powerful_part": (1, _powerful_part),
        "free_unitary_part": (1, _free_unitary_part),
        "unitary_sigma": (1, _unitary_sigma),
        "unitary_totient": (1, _unitary_totient),
        "exponents": (1, _exponents),
        "abelian_groups": (0, _abelian_groups),
        "pillai": (1, _pillai),
        "unity_roots": (1, unity_roots),
        "square_roots": (1, square_roots),
        "squares": (0, squares),
        "character_sum": (2, character_sum),
        "twisted_sigma": (2, twisted_sigma),
        "head": (2, _head),
        "zeta": (3, _zeta),
    }
)
VARIADIC = ("head", "zeta")
