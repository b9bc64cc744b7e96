"""Powers whose base changes with n as well: n^n, n^(n-2), (n+1)^(n-1), times a cofactor that has a rule.

Where base(n) is a prime p, the exponent of p in a(n) is the exponent of the power itself, but for a p in the
cofactor. Two such places give the line on which the exponents must lie, and then every term must be divisible
by its power, with a cofactor that is constant or has a rule of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from flint import fmpz

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Formula, Polynomial, Prefixed, Product, VariablePower
from aimo_pipeline.mine.base import Miner, bits_per_term, found
from aimo_pipeline.mine.products.product import MAX_TOTAL_BITS, line_rule, mined
from aimo_pipeline.mine.products.readings import valuation
from aimo_pipeline.outcome import FitOutcome, Found, NothingFits

MAX_SLOPE = 4  # of the base
MAX_START = 12  # of the base at the first term, per unit of its slope
MAX_EXPONENT_SLOPE = 12
LOWERED = 2  # the cofactor n (n - 1) / 2 needs a power whose exponent is smaller by one


@dataclass(frozen=True)
class Line:
    """start + slope * t at the place t, counted from the first term."""

    start: int
    slope: int

    def at(self, place: int) -> int:
        """The value at a place."""
        return self.start + self.slope * place

    def formula(self, first_index: int) -> Polynomial:
        """As a rule with this first index."""
        return Polynomial(first_index, (self.start, self.slope) if self.slope else (self.start,))


@dataclass(frozen=True)
class VariablePowerMiner:
    """Finds a(n) = cofactor(n) * base(n)^exponent(n), base and exponent on lines of positive slope.

    Not covered: bases that start beyond MAX_START or are negative, exponents of higher degree, terms plus a
    constant.
    """

    inner: tuple[Miner, ...]
    name: str = "variable power"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        if len(terms) < config.products.min_spare + 2:
            return NothingFits(f"{len(terms)} terms are too few")
        if sum(term.bit_length() for term in terms) > MAX_TOTAL_BITS:
            return NothingFits("the terms are too large")
        reason = "no line whose powers divide the terms"
        for base, exponent in _lines(terms):
            rule = self._with_cofactor(base, exponent, terms, first_index, config)
            if isinstance(rule, Found):
                return rule
            reason = f"cofactor: {rule.reason}"
        return NothingFits(reason)

    def _with_cofactor(
        self, base: Line, exponent: Line, terms: tuple[int, ...], first_index: int, config: MineConfig
    ) -> FitOutcome:
        cofactors = _cofactors(base, exponent, terms)
        if cofactors is None:
            return NothingFits("some term is not divisible by its power")
        cut = len(terms) - len(cofactors)
        power = VariablePower(
            first_index + cut,
            replace(base, start=base.at(cut)).formula(first_index + cut),
            replace(exponent, start=exponent.at(cut)).formula(first_index + cut),
        )
        if len(set(cofactors)) == 1:
            return _constant_cofactor(power, cofactors[0], terms, cut)
        start = first_index + cut
        rule = line_rule(cofactors, start, config) or mined(self.inner, cofactors, start, config)
        if isinstance(rule, NothingFits):
            return rule
        formula = _prefixed(Product(first_index + cut, (rule.formula, power)), terms[:cut])
        return found(
            formula,
            family=self.name,
            terms=terms,
            unknowns=rule.unknowns + 4,
            spare=rule.spare,
            bits=rule.bits,
        )


def _constant_cofactor(power: VariablePower, cofactor: int, terms: tuple[int, ...], cut: int) -> Found:
    rule: Formula = power
    if cofactor != 1:
        rule = Product(power.first_index, (Polynomial(power.first_index, (cofactor,)), power))
    spare = len(terms) - cut - 5
    bits = spare * bits_per_term(terms)
    return found(
        _prefixed(rule, terms[:cut]),
        family="variable power",
        terms=terms,
        unknowns=5,
        spare=spare,
        bits=bits,
    )


def _prefixed(rule: Formula, prefix: tuple[int, ...]) -> Formula:
    return Prefixed(rule.first_index - len(prefix), prefix, rule) if prefix else rule


def _lines(terms: tuple[int, ...]) -> Iterator[tuple[Line, Line]]:
    """Lines for base and exponent that the largest two prime bases suggest."""
    for slope in range(1, MAX_SLOPE + 1):
        for start in range(MAX_START * slope + 1):
            if math.gcd(slope, start) == 1 or slope == 1:
                base = Line(start, slope)
                exponent = _exponents(base, terms)
                if exponent is not None:
                    yield from (
                        (base, replace(exponent, start=exponent.start - d)) for d in range(LOWERED + 1)
                    )


def _exponents(base: Line, terms: tuple[int, ...]) -> Line | None:
    """The line through the exponents of the two largest primes that are bases; None if it does not rise."""
    known: list[tuple[int, int]] = []
    for place in reversed(range(len(terms))):
        prime = base.at(place)
        if prime < 3 or len(known) == 2:
            break
        if not fmpz(prime).is_prime():
            continue
        exponent = valuation(terms[place], prime) if terms[place] else 0
        if exponent < 2 and not known:
            return None
        known.append((place, exponent))
    if len(known) < 2:
        return None
    (late, high), (early, low) = known
    slope, rest = divmod(high - low, late - early)
    if rest or not 0 < slope <= MAX_EXPONENT_SLOPE:
        return None
    return Line(high - slope * late, slope)


def _cofactors(base: Line, exponent: Line, terms: tuple[int, ...]) -> tuple[int, ...] | None:
    """term / power for each term, without a first one whose base 0 tells nothing of the cofactor."""
    cofactors = []
    for place, term in enumerate(terms):
        b, e = base.at(place), exponent.at(place)
        if b == 0 and e > 0 and place == 0 and term == 0:
            continue
        power = 1 if b == 1 else b**e if e >= 0 else 0
        if power == 0 or term % power:
            return None
        cofactors.append(int(fmpz(term) // power))
    return tuple(cofactors)
