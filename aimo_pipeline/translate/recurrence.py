"""Any rule that is C-finite over the integers, whatever its type, as one C-finite rule.

Each type tells which monic polynomial in the shift annihilates its sequence, from the first index on: x^p - 1
for a cycle, (x^c - 1)(x - 1) for floors of a line over c, x^t times the rule's own for t terms before it,
the least common multiple of the parts' in x^q for q interlaced parts. That polynomial may be too long; the
generating function N / C in lowest terms has the shortest recurrence, and its coefficients are integers
(Fatou's lemma).
"""

from __future__ import annotations

from itertools import accumulate, chain, cycle, islice, pairwise
from math import comb, prod

from flint import fmpz_mat, fmpz_poly

from aimo_pipeline.formula import (
    Beatty,
    CFinite,
    Difference,
    Formula,
    Interlaced,
    PartialSum,
    Periodic,
    Polynomial,
    Power,
    Prefixed,
    Product,
)
from aimo_pipeline.outcome import Unsupported
from aimo_pipeline.translate.formula import newton_value

MAX_ORDER = 64  # the kernel multiplies polynomials of this degree, two for each bit of the index
_MAX_DEGREE = 1_024

_X = fmpz_poly([0, 1])


def as_recurrence(formula: Formula) -> CFinite | Unsupported:
    """The C-finite rule of a formula.

    Returns:
        the formula itself if it is one; for a polynomial of degree d the recurrence of order d + 1, which has
        it as its closed form; otherwise the shortest one. Unsupported for families without such a rule, and
        for orders above MAX_ORDER.
    """
    match formula:
        case CFinite():
            return formula
        case Polynomial():
            return _of_polynomial(formula)
    annihilator = _annihilator(formula)
    if isinstance(annihilator, Unsupported):
        return annihilator
    shortest = _shortest(annihilator, _terms(formula, annihilator.degree()))
    order = len(shortest)
    if order > MAX_ORDER:
        return Unsupported(f"a recurrence of order {order} is too long for Lean's kernel", None)
    return CFinite(formula.first_index, shortest, tuple(_terms(formula, order)))


def _of_polynomial(formula: Polynomial) -> CFinite:
    k = formula.degree + 1
    coefficients = tuple((-1) ** (k - 1 - i) * comb(k, i) for i in range(k))
    return CFinite(formula.first_index, coefficients, tuple(newton_value(formula, t) for t in range(k)))


def _annihilator(formula: Formula) -> fmpz_poly | Unsupported:
    """A monic polynomial that the shift of the formula's terms is a root of."""
    match formula:
        case CFinite():
            return fmpz_poly([*(-c for c in formula.coefficients), 1])
        case Polynomial():
            return (_X - 1) ** len(formula.differences)
        case Periodic():
            return _bounded(_X ** len(formula.cycle) - 1)
        case Prefixed():
            return _times(_X ** len(formula.prefix), formula.rule)
        case PartialSum():
            return _times(_X - 1, formula.step)
        case Difference():
            return _annihilator(formula.rule)
        case Interlaced():
            return _interlaced(formula)
        case Beatty(radicand=0, c=c) if c > 0:
            return _bounded((_X**c - 1) * (_X - 1))
        case Product():
            return _product(formula)
        case Power(exponent=Polynomial(differences=(first, slope))) if min(first, slope) >= 0:
            return _bounded((_X - formula.base**slope) * (_X - 1))
    return Unsupported(f"{type(formula).__name__} has no recurrence with constant integer coefficients", None)


def shortest_of(rule: CFinite) -> tuple[int, ...]:
    """Coefficients of the shortest recurrence of a rule's terms."""
    return _shortest(fmpz_poly([*(-c for c in rule.coefficients), 1]), iterated(rule, rule.order))


def _times(factor: fmpz_poly, rule: Formula) -> fmpz_poly | Unsupported:
    annihilator = _annihilator(rule)
    return annihilator if isinstance(annihilator, Unsupported) else _bounded(factor * annihilator)


def _interlaced(formula: Interlaced) -> fmpz_poly | Unsupported:
    total = fmpz_poly([1])
    for part in formula.parts:
        annihilator = _annihilator(part)
        if isinstance(annihilator, Unsupported):
            return annihilator
        total = total * annihilator // total.gcd(annihilator)
    spread = [0] * (total.degree() * len(formula.parts) + 1)
    spread[:: len(formula.parts)] = [int(c) for c in total.coeffs()]
    return _bounded(fmpz_poly(spread))


def _product(formula: Product) -> fmpz_poly | Unsupported:
    """Its roots are products of the factors' roots: eigenvalues of the companion matrices' tensor product."""
    total = fmpz_poly([-1, 1])
    for factor in formula.factors:
        annihilator = _annihilator(factor)
        if isinstance(annihilator, Unsupported):
            return annihilator
        if not 0 < total.degree() * annihilator.degree() <= MAX_ORDER:
            return Unsupported("the recurrence is too long for Lean's kernel", None)
        total = _tensor(_companion(total), _companion(annihilator)).charpoly()
    return total


def _companion(annihilator: fmpz_poly) -> fmpz_mat:
    size = annihilator.degree()
    rows = [[int(column == row + 1) for column in range(size)] for row in range(size - 1)]
    return fmpz_mat([*rows, [-int(annihilator[place]) for place in range(size)]])


def _tensor(one: fmpz_mat, other: fmpz_mat) -> fmpz_mat:
    size = other.nrows()
    places = range(one.nrows() * size)
    return fmpz_mat([[one[r // size, c // size] * other[r % size, c % size] for c in places] for r in places])


def _bounded(annihilator: fmpz_poly) -> fmpz_poly | Unsupported:
    if annihilator.degree() > _MAX_DEGREE:
        return Unsupported("the recurrence is too long for Lean's kernel", None)
    return annihilator


def _shortest(annihilator: fmpz_poly, terms: list[int]) -> tuple[int, ...]:
    """Coefficients, the oldest term's first, of the shortest recurrence; at least one, also for zeros."""
    size = annihilator.degree()
    denominator = fmpz_poly([int(c) for c in reversed(annihilator.coeffs())])
    numerator = (fmpz_poly(terms) * denominator).truncate(size)
    common = numerator.gcd(denominator)
    numerator, denominator = numerator // common, denominator // common
    order = max(1, denominator.degree(), numerator.degree() + 1)
    sign = int(denominator[0])
    return tuple(-sign * int(denominator[place]) for place in range(order, 0, -1))


def _terms(formula: Formula, count: int) -> list[int]:
    """The first terms, for the types that _annihilator knows."""
    match formula:
        case CFinite():
            return iterated(formula, count)
        case Polynomial():
            return [newton_value(formula, t) for t in range(count)]
        case Periodic():
            return list(islice(cycle(formula.cycle), count))
        case Prefixed():
            return [*formula.prefix, *_terms(formula.rule, count)][:count]
        case PartialSum():
            return list(accumulate(_terms(formula.step, count), initial=formula.start))[:count]
        case Difference():
            return [b - a for a, b in pairwise(_terms(formula.rule, count + 1))]
        case Interlaced():
            each = -(-count // len(formula.parts))
            rounds = zip(*(_terms(part, each) for part in formula.parts), strict=True)
            return list(chain.from_iterable(rounds))[:count]
        case Beatty(first_index=first, a0=a0, a1=a1, c=c):
            return [(a0 + a1 * n) // c for n in range(first, first + count)]
        case Product():
            return [prod(terms) for terms in zip(*(_terms(f, count) for f in formula.factors), strict=True)]
        case Power():
            powers = (formula.base**exponent for exponent in _terms(formula.exponent, count))
            return [formula.factor * power + formula.shift for power in powers]
    return []


def iterated(rule: CFinite, count: int) -> list[int]:
    """The rule's first terms."""
    terms = list(rule.initial)
    while len(terms) < count:
        recent = terms[len(terms) - rule.order :]
        terms.append(sum(c * a for c, a in zip(rule.coefficients, recent, strict=True)))
    return terms[:count]
