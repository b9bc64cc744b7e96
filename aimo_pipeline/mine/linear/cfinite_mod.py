"""Linear recurrences modulo m: Berlekamp-Massey for primes, Reeds-Sloane (reeds_sloane.py) for prime powers.

The Chinese remainder theorem puts the prime powers together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from flint import fmpz

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import CFiniteMod
from aimo_pipeline.mine.base import found
from aimo_pipeline.mine.integers import decimal
from aimo_pipeline.mine.linear.cfinite import shortest_recurrence
from aimo_pipeline.mine.linear.modulus import (
    are_residues,
    fewest_integral_unknowns,
    recurrence_moduli,
    weakness_of_wraps,
)
from aimo_pipeline.mine.linear.reeds_sloane import prime_power_recurrence
from aimo_pipeline.mine.trust.evidence import weakness_modulo
from aimo_pipeline.outcome import FitOutcome, NothingFits

MAX_FACTORED_BITS = 64  # a larger modulus is taken only if it is prime
WINDOW = 96  # terms that the search looks at; what it finds is held against all of them


@dataclass(frozen=True)
class CFiniteModMiner:
    """Finds the shortest recurrence modulo m through all terms, each a residue 0..m-1.

    With spare = N - 2 * order, the rule is believed if spare * log2(m) and the surprise of the spare
    terms both reach modular.min_bits, and if 4 * order <= N, so that a corrupted term cannot hide. Rules
    that hold over the integers with as few unknowns are left to their own miners, and a modulus that is not
    known must show in several terms (weakness_of_wraps).

    Attributes:
        modulus: tried first, if one is known; then mine/linear/modulus.py names candidates.

    Not covered: composite moduli beyond 64 bits.
    """

    name: str = "c-finite modulo m"
    modulus: int | None = None

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        highest = min(config.max_order, len(terms) // 4)
        if highest < 1 or not are_residues(terms):
            return NothingFits("the terms are no residues, or too few")
        if self.modulus is None and sum(a > b for a, b in pairwise(terms)) < config.modular.min_descents:
            return NothingFits("the terms only grow, as residues never do")
        window, rules = terms[:WINDOW], config.modular
        known = (self.modulus,) if self.modulus else ()
        reason = f"no order up to {highest} modulo any likely modulus"
        fewest = 0
        for modulus in (*known, *recurrence_moduli(window, highest, rules)):
            coefficients = recurrence_modulo(window, modulus, highest)
            if not coefficients or not obeys_modulo(terms, coefficients, modulus):
                continue
            order = len(coefficients)
            fewest = fewest or fewest_integral_unknowns(window, rules)
            # One wrong term at the end leaves the rule of the others as it is, and is no modulus.
            if fewest == 0 or (
                modulus not in known and not fewest_integral_unknowns(terms[:-1][:WINDOW], rules)
            ):
                return NothingFits("the terms, or all but the last, obey a recurrence over the integers")
            weakness = _weakness(order, fewest, terms, modulus, config)
            if weakness is None and modulus not in known:
                least = tuple(c - modulus if 2 * c > modulus else c for c in coefficients)
                weakness = weakness_of_wraps(terms, least, modulus, rules)
            if weakness is None:
                formula = CFiniteMod(first_index, modulus, coefficients, terms[:order])
                return found(formula, family=self.name, terms=terms, unknowns=2 * order)
            reason = weakness
        return NothingFits(reason)


def _weakness(
    order: int, fewest: int, terms: tuple[int, ...], modulus: int, config: MineConfig
) -> str | None:
    if 2 * order >= fewest:
        return "a rule over the integers has no more unknowns"
    if _has_outlier(terms, order, modulus):
        return f"order {order} modulo {decimal(modulus)}: an early term breaks the rule that all others obey"
    return weakness_modulo(2 * order, order, terms, modulus, config)


def _has_outlier(terms: tuple[int, ...], order: int, modulus: int) -> bool:
    """True if the later terms obey a shorter rule that, run backwards, misses one term, not the first.

    Where it cannot be run backwards, a shorter rule is enough. Powers of zero divisors make true rules
    shorter later on, too, but they miss the first term or several.
    """
    start = len(terms) // 2
    later = recurrence_modulo(terms[start : start + WINDOW], modulus, order)
    if later is None or len(later) == order:
        return False
    if not later or math.gcd(later[0], modulus) > 1:
        return True
    inverse, window = pow(later[0], -1, modulus), terms[start : start + len(later)]
    misses = []
    for place in range(start - 1, -1, -1):
        known = sum(c * a for c, a in zip(later[1:], window, strict=False))
        before = (window[-1] - known) * inverse % modulus
        if before != terms[place]:
            misses.append(place)
        window = (before, *window[:-1])
    return len(misses) == 1 and misses[0] > 0


def obeys_modulo(terms: tuple[int, ...], coefficients: tuple[int, ...], modulus: int) -> bool:
    """True if every term is a residue and the recurrence gives it from the ones before."""
    order = len(coefficients)
    return all(0 <= term < modulus for term in terms) and all(
        terms[n] == sum(c * a for c, a in zip(coefficients, terms[n - order : n], strict=True)) % modulus
        for n in range(order, len(terms))
    )


def recurrence_modulo(terms: tuple[int, ...], modulus: int, highest: int) -> tuple[int, ...] | None:
    """Coefficients, the oldest term's first, of the shortest recurrence of all terms modulo any m >= 2.

    Returns:
        residues 0..m-1; None if no order up to `highest` will do, or m is composite and too large to factor.
    """
    factors = _factors(modulus)
    for prime, _ in factors:  # the primes alone turn most sequences away
        if shortest_recurrence(terms, prime, highest) is None:
            return None
    parts = []
    for prime, exponent in factors:
        part = _modulo_power(terms, prime, exponent, highest)
        if part is None:
            return None
        parts.append((part, prime**exponent))
    return _combine(parts) if parts else None


def _modulo_power(terms: tuple[int, ...], prime: int, exponent: int, highest: int) -> tuple[int, ...] | None:
    """By way of lower powers, whose recurrences are never longer, so that a miss shows early."""
    if exponent == 1:
        return shortest_recurrence(terms, prime, highest)
    lower = 2
    while lower < exponent:
        if prime_power_recurrence(terms, prime, lower, highest) is None:
            return None
        lower *= 4
    return prime_power_recurrence(terms, prime, exponent, highest)


def _factors(modulus: int) -> list[tuple[int, int]]:
    if fmpz(modulus).is_prime():
        return [(modulus, 1)]
    if modulus.bit_length() > MAX_FACTORED_BITS:
        return []
    return [(int(prime), exponent) for prime, exponent in fmpz(modulus).factor()]


def _combine(parts: list[tuple[tuple[int, ...], int]]) -> tuple[int, ...]:
    """One recurrence modulo the product; a shorter one is filled up with zeros for the oldest terms."""
    order = max(len(part) for part, _ in parts)
    combined, product = [0] * order, 1
    for part, modulus in parts:
        padded = [0] * (order - len(part)) + list(part)
        inverse = pow(product, -1, modulus)
        combined = [
            old + product * ((new - old) * inverse % modulus)
            for old, new in zip(combined, padded, strict=True)
        ]
        product *= modulus
    return tuple(combined)
