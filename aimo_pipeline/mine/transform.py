"""A stated, short list of other ways to look at a sequence, for when no family fits it as it is.

    differences       a(n + 1) - a(n), the rule is their PartialSum
    summands          a(n) - a(n - 1), with the first term, for sums of f(1) .. f(n)
    partial sums      a(first) + ... + a(n - 1), the rule is their Difference
    multiples         the terms over their greatest common divisor, the rule is a Product
    two, three parts  every 2nd or 3rd term, the rule is Interlaced

Recurrences, what repeats, and rules on digits are closed under all of these, so a view of them wins nothing
and only goes round the evidence that they are held to; each view is for the families that do gain. Moduli
are detected in a family's module of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from aimo_pipeline.domain import Sequence
from aimo_pipeline.formula import (
    Beatty,
    Difference,
    Formula,
    Interlaced,
    PartialSum,
    Polynomial,
    Prefixed,
    Product,
    Shifted,
)
from aimo_pipeline.outcome import Found


@dataclass(frozen=True)
class View:
    """One way to look at a sequence.

    Attributes:
        name: such as "differences"; goes before the family's name.
        parts: sequences to be mined one by one; each must have a rule.
        rebuild: the rule of the original from those of the parts, in their order.
        extra_unknowns: numbers that the rebuilt rule needs besides those of its parts.
        families: the only ones to be tried.
    """

    name: str
    parts: tuple[Sequence, ...]
    rebuild: Callable[[tuple[Formula, ...]], Formula]
    extra_unknowns: int
    families: frozenset[str]


# Families by the name of their miners, in the order in which they are asked if none before has a rule. What
# another family finds is nearly always P-recursive as well.
LATER = (
    frozenset({"k-regular"}),
    frozenset({"c-finite modulo m", "polynomial modulo m"}),
    frozenset({"quotient product", "variable power", "product of powers", "polynomial map"}),
    frozenset({"p-recursive"}),
    frozenset({"algebraic"}),
)
PLAIN = frozenset({"polynomial", "periodic", "quasi-polynomial", "c-finite"})
# What could look plain for a while. Products and sums over divisors that do are plain for good.
RIVALS_OF_PLAIN = frozenset({"beatty", "k-regular", "multiplicative"})
CLOSED = PLAIN | {"polynomial modulo m", "c-finite modulo m", "k-regular"}
INDEX_SENSITIVE = frozenset({"multiplicative", "divisor-sum", "k-regular", "beatty"})
ARITHMETIC = frozenset({"multiplicative", "divisor-sum"})
SUMMED = ARITHMETIC | {"beatty", "product", "power"}
PARTS = PLAIN | {"beatty", "product", "power", "p-recursive"}
STURMIAN = frozenset({"beatty"})


def is_closed(part: Found) -> bool:
    """True if a view with this rule wins nothing: the floors of a line of rational slope repeat, too."""
    rational = isinstance(part.formula, Beatty) and part.formula.radicand == 0
    return rational or part.family in CLOSED


def views(sequence: Sequence) -> tuple[View, ...]:
    """All of them; none for fewer than two terms."""
    if len(sequence.terms) < 2:
        return ()
    return (
        _differences(sequence),
        _summands(sequence),
        _sums(sequence),
        *_multiples(sequence),
        *_bisections(sequence),
    )


def _differences(sequence: Sequence) -> View:
    first, start = sequence.first_index, sequence.terms[0]
    steps = tuple(b - a for a, b in pairwise(sequence.terms))

    def rebuild(rules: tuple[Formula, ...]) -> Formula:
        return PartialSum(first, start, rules[0])

    return View("differences", (Sequence(first, steps),), rebuild, 1, SUMMED)


def _summands(sequence: Sequence) -> View:
    """f(first), f(first + 1), ... if a(n) = f(first) + ... + f(n)."""
    first, terms = sequence.first_index, sequence.terms
    summands = (terms[0], *(b - a for a, b in pairwise(terms)))

    def rebuild(rules: tuple[Formula, ...]) -> Formula:
        return PartialSum(first, terms[0], Shifted(first, 1, _begun_later(rules[0])))

    return View("summands", (Sequence(first, summands),), rebuild, 0, ARITHMETIC)


def _begun_later(rule: Formula) -> Formula:
    """Without its first term; families that know their index need nothing but another first index."""
    if isinstance(rule, Prefixed) and len(rule.prefix) == 1:
        return rule.rule
    return replace(rule, first_index=rule.first_index + 1)


def _sums(sequence: Sequence) -> View:
    first = sequence.first_index
    sums = Sequence(first, tuple(accumulate(sequence.terms, initial=0)))
    return View("sums", (sums,), lambda rules: Difference(first, rules[0]), 0, STURMIAN)


def _multiples(sequence: Sequence) -> tuple[View, ...]:
    divisor = math.gcd(*sequence.terms)
    if divisor < 2:
        return ()
    first = sequence.first_index
    factor = Polynomial(first, (divisor,))
    part = Sequence(first, tuple(term // divisor for term in sequence.terms))
    return (View("multiple", (part,), lambda rules: Product(first, (factor, *rules)), 1, STURMIAN),)


def _bisections(sequence: Sequence) -> tuple[View, ...]:
    return tuple(_interlaced(sequence, count) for count in (2, 3))


def _interlaced(sequence: Sequence, count: int) -> View:
    parts = tuple(Sequence(0, sequence.terms[place::count]) for place in range(count))
    first = sequence.first_index
    return View(f"{count} parts", parts, lambda rules: Interlaced(first, rules), 0, PARTS)
