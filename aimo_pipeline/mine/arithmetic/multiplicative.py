"""Multiplicative functions: a(m n) = a(m) a(n) for coprime m and n, up to a factor.

Whether the terms multiply is seen at once; which function it is, from the values at prime powers and the
table of mine/arithmetic/euler.py. Far out the index is factored.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from flint import fmpz

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Multiplicative, Prefixed
from aimo_pipeline.mine.arithmetic.euler import template_value
from aimo_pipeline.mine.arithmetic.euler_fit import (
    LEAST_BOUND,
    Template,
    Undecided,
    Values,
    fitting_template,
)
from aimo_pipeline.mine.base import MAX_BITS, CannotEvaluate, bits_per_term, found
from aimo_pipeline.outcome import FitOutcome, NothingFits

__all__ = ["MultiplicativeMiner", "template_value", "value"]

MAX_TERM_BITS = 4_096
MAX_COFACTOR_BITS = 112  # of what is left after the small primes: two primes of 56 bits take some 0.1 s
SMOOTH_BITS = 20


@dataclass(frozen=True)
class MultiplicativeMiner:
    """Finds the function of the table behind terms that multiply at coprime indices.

    A term at index 0, which the rule says nothing of, is kept as a prefix; a(1), where the terms begin at
    index 2, is what their products say.

    Not covered: a first index above 2, functions outside the table, additive functions. Powers of n are left
    to the polynomials.
    """

    name: str = "multiplicative"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        body = _from_one(terms, first_index)
        if body is None:
            return NothingFits("no term at index 1, nor any that says what it is")
        if len(body) < max(config.multiplicative.min_terms, LEAST_BOUND):
            return NothingFits(f"{len(body)} terms are too few for a multiplicative function")
        if all(term == body[0] for term in body):
            return NothingFits("the terms are constant")
        values = prime_power_values(body)
        if values is None:
            return NothingFits("the terms do not multiply at coprime indices")
        template = fitting_template(values, config.multiplicative)
        if template is None or isinstance(template, Undecided):
            return NothingFits(
                "multiplicative, but no single function of the table has its values at prime powers"
            )
        weakness = _weakness(template, values, body, config)
        if weakness:
            return NothingFits(weakness)
        rule = Multiplicative(max(1, first_index), body[0], template.name, template.parameters)
        formula = Prefixed(0, terms[:1], rule) if first_index == 0 else rule
        unknowns = template.unknowns + 1 + (first_index == 0)
        bits = (len(terms) - unknowns) * bits_per_term(body)
        return found(formula, family=self.name, terms=terms, unknowns=unknowns, bits=bits)


def _from_one(terms: tuple[int, ...], first_index: int) -> tuple[int, ...] | None:
    """a(1), a(2), ...; if a(2) is the first of `terms`, a(1) = a(p) a(q) / a(p q) where that is not 0."""
    if first_index in (0, 1):
        return terms[1 - first_index :]
    if first_index != 2:
        return None
    for n in range(6, len(terms) + 2):
        (p, e), *others = fmpz(n).factor()
        if others and terms[n - 2]:
            power = int(p**e)
            first, rest = divmod(terms[power - 2] * terms[n // power - 2], terms[n - 2])
            return None if rest else (first, *terms)
    return None


def _weakness(template: Template, values: Values, terms: tuple[int, ...], config: MineConfig) -> str | None:
    spare = len(values) - template.unknowns
    if spare < config.multiplicative.min_spare:
        return f"{spare} prime powers beyond the parameters, needs {config.multiplicative.min_spare}"
    bits = (len(terms) - 1 - template.unknowns) * bits_per_term(terms)
    if bits < config.multiplicative.min_bits:
        return f"{bits:.0f} bits, needs {config.multiplicative.min_bits:.0f}"
    return None


def prime_power_values(terms: tuple[int, ...]) -> Values | None:
    """The values at prime powers, a(1) divided out.

    Args:
        terms: a(1), a(2), ...; at least one.

    Returns:
        None if a(1) does not divide all terms, or the terms do not multiply at coprime indices, or are huge.
    """
    scale = terms[0]
    if scale == 0 or any(term.bit_length() > MAX_TERM_BITS or term % scale for term in terms):
        return None
    ratios = [0, *(term // scale for term in terms)]
    least = _least_prime_factors(len(terms))
    values: Values = {}
    for n in range(2, len(ratios)):
        prime, exponent, rest = least[n], 0, n
        while rest % prime == 0:
            rest, exponent = rest // prime, exponent + 1
        if rest == 1:
            values[prime, exponent] = ratios[n]
        elif ratios[n] != ratios[rest] * ratios[n // rest]:
            return None
    return values


def _least_prime_factors(bound: int) -> list[int]:
    least = list(range(bound + 1))
    for p in range(2, math.isqrt(bound) + 1):
        if least[p] == p:
            for multiple in range(p * p, bound + 1, p):
                least[multiple] = min(least[multiple], p)
    return least


def value(formula: Multiplicative, index: int, modulus: int | None) -> int | CannotEvaluate:
    """The term at `index`, exact or modulo `modulus`: factors the index.

    Returns:
        CannotEvaluate for an index before the first or below 1, a modulus below 1, a template that the table
        does not have, an index whose factors cannot be found soon, or an exact term of more than 10^6 digits.
    """
    if index < max(1, formula.first_index) or (modulus is not None and modulus < 1):
        return CannotEvaluate("the index lies before the first, or the modulus is not positive")
    factors = factored(index)
    if isinstance(factors, CannotEvaluate):
        return factors
    total = formula.scale
    for prime, exponent in factors:
        at_power = template_value(formula.template, formula.parameters, prime, exponent)
        if at_power is None:
            return CannotEvaluate("the table has no such template")
        if modulus is not None:
            total = total * at_power % modulus
        elif total.bit_length() + at_power.bit_length() > MAX_BITS + 1:
            return CannotEvaluate("the exact term has more than 10^6 digits")
        else:
            total *= at_power
    return total if modulus is None else total % modulus


def factored(index: int) -> list[tuple[int, int]] | CannotEvaluate:
    """The primes that divide index >= 1, with their exponents, if they can be found soon."""
    number = fmpz(index)
    if index.bit_length() <= MAX_COFACTOR_BITS:
        return [(int(p), int(e)) for p, e in number.factor()]
    factors = [(int(p), int(e)) for p, e in number.factor_smooth(SMOOTH_BITS)]
    complete: list[tuple[int, int]] = []
    for part, exponent in factors:
        if part.bit_length() > MAX_COFACTOR_BITS and not fmpz(part).is_prime():
            return CannotEvaluate(f"the index has a factor of {part.bit_length()} bits that is not factored")
        complete += [(int(p), int(e) * exponent) for p, e in fmpz(part).factor()]
    return complete
