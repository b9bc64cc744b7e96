"""Terms read as powers: factor * base^exponent + shift, with the exponents as a sequence of their own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from flint import fmpz

MAX_ROOT_BITS = 4_096  # of the number whose primitive root becomes the base


@dataclass(frozen=True)
class Powers:
    """terms[n] = factor * base ^ exponents[n] + shift."""

    factor: int
    base: int
    shift: int
    exponents: tuple[int, ...]


def readings(terms: tuple[int, ...], shift: int, min_distinct: int) -> Iterator[Powers]:
    """The ways to write the terms as factor * base ^ exponent + shift.

    `factor` keeps no factor of the base, or one or two, or as many as the least exponent allows.
    The exponents have no common divisor.

    Returns:
        none if there is no such base, if the exponents lie on a line, or if few of them differ.
    """
    sizes = [abs(term - shift) for term in terms]
    steps = logarithms(sizes)
    if steps is None:
        return
    root, raised_by = steps
    if len(set(raised_by)) < min_distinct or on_a_line(raised_by):
        return
    least = min(sizes)
    most = valuation(least, root)
    for raised in sorted({most, max(0, most - 1), max(0, most - 2), 0}, reverse=True):
        exponents = tuple(raised + logarithm for logarithm in raised_by)
        divisor = math.gcd(*exponents)
        powers = Powers(least // root**raised, root**divisor, shift, tuple(e // divisor for e in exponents))
        signed = _signed(powers, terms)
        if signed is not None:
            yield signed


def logarithms(sizes: list[int]) -> tuple[int, tuple[int, ...]] | None:
    """The root that is no perfect power, and log_root(size / least size) for each size >= 0, all integers."""
    least = min(sizes)
    if least == 0:
        return None
    smallest = min((size for size in sizes if size > least), default=least)
    if smallest == least or smallest % least or (smallest // least).bit_length() > MAX_ROOT_BITS:
        return None
    root = primitive_root(smallest // least)
    exponents = []
    for size in sizes:
        quotient, rest = divmod(fmpz(size), fmpz(least))
        logarithm = None if rest else exact_logarithm(int(quotient), root)
        if logarithm is None:
            return None
        exponents.append(logarithm)
    return root, tuple(exponents)


def primitive_root(number: int) -> int:
    """The r that is no perfect power with number = r^k; number >= 2."""
    exponent = 2
    while exponent < number.bit_length():
        root = int(fmpz(number).root(exponent))
        if root**exponent == number:
            number = root
        else:
            exponent += 1
    return number


def exact_logarithm(number: int, base: int) -> int | None:
    """k with base^k = number >= 1, or None; base >= 2."""
    exponent = round(math.log(number) / math.log(base))
    return exponent if fmpz(base) ** exponent == number else None


def valuation(number: int, base: int) -> int:
    """How often base >= 2 divides a number that isn't 0.

    By base, base^2, base^4, ... and back again: the factorial of 29,000 has 9,662 factors 4.
    """
    rest, count, powers = fmpz(number), 0, [fmpz(base)]
    while True:
        quotient, over = divmod(rest, powers[-1])
        if over:
            break
        rest, count = quotient, count + (1 << len(powers) - 1)
        powers.append(powers[-1] ** 2)
    for place in reversed(range(len(powers) - 1)):
        quotient, over = divmod(rest, powers[place])
        if not over:
            rest, count = quotient, count + (1 << place)
    return count


def on_a_line(exponents: tuple[int, ...]) -> bool:
    """True if the steps are all the same."""
    return len({b - a for a, b in pairwise(exponents)}) == 1


def _signed(powers: Powers, terms: tuple[int, ...]) -> Powers | None:
    """Signs for factor and base that give the terms' signs; None if there are none."""
    positive = [term > powers.shift for term in terms]
    if all(positive):
        return powers
    if not any(positive):
        return replace(powers, factor=-powers.factor)
    odd = [bool(exponent % 2) for exponent in powers.exponents]
    if odd == positive:
        return replace(powers, factor=-powers.factor, base=-powers.base)
    return replace(powers, base=-powers.base) if all(map(bool.__ne__, odd, positive)) else None
