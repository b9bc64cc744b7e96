"""The shortest recurrence modulo a prime power.

Over a ring with zero divisors a discrepancy need not have an inverse. Reeds and Sloane therefore keep one
approximation for each power p^0 .. p^(e-1), and correct each with that earlier one whose discrepancy
divides its own.

Source: Reeds and Sloane, Shift-register synthesis (modulo m), SIAM J. Comput. 14 (1985).
"""

from __future__ import annotations

from typing import NamedTuple


class _Fraction(NamedTuple):
    """terms(x) * a(x) = b(x) up to some power of x; `a` begins with a power of p."""

    a: list[int]
    b: list[int]

    @property
    def length(self) -> int:
        """Order of the recurrence that it stands for."""
        return max(len(self.a) - 1, len(self.b))


class _Gap(NamedTuple):
    """A discrepancy unit * p^power; power is e where there is none."""

    unit: int
    power: int


class _Earlier(NamedTuple):
    fraction: _Fraction
    gap: _Gap
    place: int


def prime_power_recurrence(
    terms: tuple[int, ...], prime: int, exponent: int, highest: int
) -> tuple[int, ...] | None:
    """As shortest_recurrence, modulo prime^exponent, by the algorithm of Reeds and Sloane."""
    modulus = prime**exponent
    fractions = [_Fraction([prime**power], []) for power in range(exponent)]
    earlier: list[_Earlier | None] = [None] * exponent
    for place in range(len(terms)):
        gaps = [_gap(fraction.a, terms, place, prime, exponent) for fraction in fractions]
        following = [
            _corrected(fraction, gap, earlier, place, prime, exponent)
            for fraction, gap in zip(fractions, gaps, strict=True)
        ]
        for power, (old, new) in enumerate(zip(fractions, following, strict=True)):
            if new.length > old.length:
                partner = exponent - 1 - gaps[power].power
                earlier[power] = _Earlier(fractions[partner], gaps[partner], place)
        fractions = following
        if fractions[0].length > highest:
            return None
    order, a = fractions[0].length, fractions[0].a
    return tuple(-c % modulus for c in reversed([*a[1:], *[0] * (order + 1 - len(a))]))


def _gap(a: list[int], terms: tuple[int, ...], place: int, prime: int, exponent: int) -> _Gap:
    value = sum(c * terms[place - i] for i, c in enumerate(a[: place + 1])) % prime**exponent
    power = 0
    while power < exponent and value % prime == 0:
        value, power = value // prime, power + 1
    return _Gap(value, power) if power < exponent else _Gap(1, exponent)


def _corrected(
    fraction: _Fraction, gap: _Gap, earlier: list[_Earlier | None], place: int, prime: int, exponent: int
) -> _Fraction:
    """The approximation made right at `place` as well."""
    if gap.power == exponent:
        return fraction
    modulus = prime**exponent
    partner = earlier[exponent - 1 - gap.power]
    if partner is None:  # everything before is zero
        b = fraction.b + [0] * (place + 1 - len(fraction.b))
        b[place] = (b[place] + gap.unit * prime**gap.power) % modulus
        return _Fraction(fraction.a, b)
    ratio = gap.unit * pow(partner.gap.unit, -1, modulus) * prime ** (gap.power - partner.gap.power) % modulus
    shift = place - partner.place
    return _Fraction(
        _minus(fraction.a, partner.fraction.a, shift, ratio, modulus),
        _minus(fraction.b, partner.fraction.b, shift, ratio, modulus),
    )


def _minus(left: list[int], right: list[int], shift: int, ratio: int, modulus: int) -> list[int]:
    """left - ratio * x^shift * right, without zeros at the end."""
    result = left + [0] * (len(right) + shift - len(left))
    for place, c in enumerate(right, shift):
        result[place] = (result[place] - ratio * c) % modulus
    while result and result[-1] == 0:
        result.pop()
    return result
