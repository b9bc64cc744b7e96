"""The search for a k-regular rule: a basis of the k-kernel, and how it passes from n to k n + d.

The k-kernel of a is the set of its subsequences a(k^e n + r), 0 <= r < k^e. For a k-regular sequence it spans
a space of finite dimension, and how a basis b of that space passes on,

    b(k n + d) = M[d] b(n)   for each digit d,

is the rule. The search grows a basis from a itself: a subsequence is written by those known so far, or joins
them. The constant 1 and the sequence n may be given at the start, which makes up for the shortness of the
subsequences: a(3 n + d) = a(n) + d has a basis of two, but 1 = a(3 n + 1) - a(3 n) takes 27 terms to be seen
once.

Source: Allouche and Shallit, The ring of k-regular sequences, Theoretical Computer Science 98 (1992).
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from operator import mul

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import KRegular
from aimo_pipeline.mine.digits.digitwise import DigitRule, Indexed
from aimo_pipeline.mine.digits.elements import (
    ORIGIN,
    Affine,
    Element,
    Subsequence,
    combination,
    last_n,
    values,
)

LATER_STARTS = (2, 4, 8)  # from which n on a smaller rule is looked for


@dataclass(frozen=True)
class Relation:
    """A subsequence as a combination of the basis, exact on a span of n.

    Attributes:
        coefficients: of the basis's first elements; the later ones do not occur.
        surplus: equations beyond the coefficients.
        bits: what the equations say, less what it takes to write the coefficients down.
    """

    coefficients: tuple[int, ...]
    surplus: int
    bits: float


Basis = list[Element]
Relations = dict[tuple[Element, int], Relation]
Images = list[list[tuple[int, ...]]]  # by digit, then by element of the basis


def kernel_rule(known: Indexed, base: int, given: tuple[Affine, ...], config: MineConfig) -> DigitRule | None:
    """The rule on a basis of the kernel, together with the given sequences, if the terms show one.

    A single wrong term is k-regular too, and a rule with a few more dimensions takes an early one in. So a
    rule is refused if the terms without the first few have a smaller one, and so is one with a relation that
    says less than its coefficients, as a wrong late term brings it about.
    """
    grown = _grow(known, base, given, config, 1, config.digits.max_dimension)
    if grown is None:
        return None
    basis, relations = grown
    if any(relation.bits < 0 for relation in relations.values()):
        return None
    smaller = range(len(given) + 1, len(basis))
    if smaller and any(_grow(known, base, given, config, start, smaller[-1]) for start in LATER_STARTS):
        return None
    return _rule(known, base, basis, relations)


def _grow(
    known: Indexed, base: int, given: tuple[Affine, ...], config: MineConfig, first_n: int, largest: int
) -> tuple[Basis, Relations] | None:
    """A basis of at most `largest` and how each of its subsequences passes on, from n = first_n on."""
    basis: Basis = [*given, ORIGIN]
    waiting = deque([ORIGIN])
    relations: Relations = {}
    while waiting:
        element = waiting.popleft()
        for digit in range(base):
            child = element.child(base, digit)
            span = range(first_n, last_n(known, [*basis, child]) + 1)
            if len(span) < len(basis) + config.digits.min_surplus:
                return None
            relation = _relation(known, basis, child, span)
            if relation is None:
                if len(basis) == largest:
                    return None
                basis.append(child)
                waiting.append(child)
                relation = Relation((*(0,) * (len(basis) - 1), 1), 0, 0.0)
            relations[element, digit] = relation
    return basis, relations


def _relation(known: Indexed, basis: Basis, child: Subsequence, span: range) -> Relation | None:
    columns = [values(known.residues, known.first_index, element, span) for element in (*basis, child)]
    coefficients = combination(columns)
    if coefficients is None:
        return None
    *exact, wanted = (values(known.terms, known.first_index, element, span) for element in (*basis, child))
    if any(sum(map(mul, coefficients, row)) != value for value, *row in zip(wanted, *exact, strict=True)):
        return None
    distinct = len(set(wanted))
    said = math.log2(distinct) if distinct > 1 else known.entropy
    bits = len(span) * said - sum(map(_bits_of, coefficients))
    return Relation(coefficients, len(span) - len(basis), bits)


def _bits_of(coefficient: int) -> float:
    return 1.0 if coefficient == 0 else 3.0 + 2 * math.log2(abs(coefficient))


def _rule(known: Indexed, base: int, basis: Basis, relations: Relations) -> DigitRule | None:
    """Puts the relations together, if they hold at n = 0 too, or would but for a(1) .. a(base - 1).

    A last element [n = 0] gives a(0) itself where that goes its own way, as 0 and 1 often do (does the
    numeral 0 have a digit?), and the terms of single digits where they are given.
    """
    images = [[_image(element, digit, basis, relations, base) for element in basis] for digit in range(base)]
    for exempt in (None, ORIGIN):
        term = _term_at_zero(known, basis, images, exempt)
        start = _at_zero(known, basis, term)
        if _holds_at_zero(known, basis, images, start, exempt) and known.at(0) in (0, 1, term):
            break
    else:
        return None
    place = basis.index(ORIGIN)
    matrices = []
    for digit, of_digit in enumerate(images):
        mend = known.at(digit) - _dot(of_digit[place], start) if digit and exempt else 0
        matrices.append(_matrix(of_digit, place, mend))
    right = tuple(int(element == ORIGIN) for element in basis)
    formula = KRegular(known.first_index, base, tuple(matrices), (*start, 1), (*right, known.at(0) - term), 1)
    spare = sum(relation.surplus for relation in relations.values()) - (base - 1 if exempt else 0)
    return DigitRule(formula, spare, sum(relation.bits for relation in relations.values()))


def _image(
    element: Element,
    digit: int,
    basis: Basis,
    relations: Relations,
    base: int,
) -> tuple[int, ...]:
    """The element at base * n + digit, by the basis at n."""
    if isinstance(element, Affine):
        constant = element.slope * digit + element.offset
        return tuple(
            (base * element.slope if other.slope else constant) if isinstance(other, Affine) else 0
            for other in basis
        )
    coefficients = relations[element, digit].coefficients
    return (*coefficients, *(0,) * (len(basis) - len(coefficients)))


def _term_at_zero(known: Indexed, basis: Basis, images: Images, exempt: Element | None) -> int:
    """The a(0) that the first relation with a say in it asks for; 0 if none has."""
    without, with_one = _at_zero(known, basis, 0), _at_zero(known, basis, 1)
    for digit, of_digit in enumerate(images[1:], 1):
        for element, image in zip(basis, of_digit, strict=True):
            if isinstance(element, Subsequence) and element != exempt:
                share = _dot(image, with_one) - _dot(image, without)
                rest = known.at(element.start + digit * element.step) - _dot(image, without)
                if share:
                    return rest // share
    return 0


def _at_zero(known: Indexed, basis: Basis, term: int) -> tuple[int, ...]:
    """The basis at n = 0, where the sequence itself is `term`."""
    return tuple(
        element.offset if isinstance(element, Affine) else known.at(element.start) if element.start else term
        for element in basis
    )


def _holds_at_zero(
    known: Indexed, basis: Basis, images: Images, start: tuple[int, ...], exempt: Element | None
) -> bool:
    """No numeral begins with the digit 0, so that digit asks nothing."""
    return all(
        known.at(element.start + digit * element.step) == _dot(image, start)
        for digit, of_digit in enumerate(images[1:], 1)
        for element, image in zip(basis, of_digit, strict=True)
        if isinstance(element, Subsequence) and element != exempt
    )


def _dot(row: tuple[int, ...], column: tuple[int, ...]) -> int:
    return sum(a * b for a, b in zip(row, column, strict=True))


def _matrix(images: list[tuple[int, ...]], place: int, mend: int) -> tuple[tuple[int, ...], ...]:
    """A row times the matrix passes the basis on, so images are columns; [n = 0] gives `mend` at `place`."""
    rows = [(*row, 0) for row in zip(*images, strict=True)]
    return (*rows, tuple(mend * int(column == place) for column in range(len(rows) + 1)))
