"""Which modulus the residues of a rule were taken for: a bounded list of candidates, none believed yet.

If a rule holds modulo m, certain integers made of the terms are multiples of m: the (d+1)-th differences of
a polynomial of degree d, and the determinants of (k+1) x (k+1) Hankel matrices of a recurrence of order k.
The gcd of a few of them is m, or a small multiple. Besides these, the greatest term plus one and the moduli
that contests like are named.

A modulus is looked for among the numbers above the greatest term and at most twice as large: if all residues
lie in the lower half, it is the wrong modulus, or there is no modulus at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise
from operator import mul

from flint import fmpz_mat

from aimo_pipeline.config.mine_linear import ModularRules
from aimo_pipeline.mine.integers import decimal
from aimo_pipeline.mine.linear.cfinite import cyclotomic_orders, integer_recurrence

MAX_MODULUS_BITS = 512
MAX_HANKEL_ORDER = 8
MAX_DETERMINANTS = 24
MAX_POLYNOMIAL_DEGREE = 8
COMMON = (
    *(10**power for power in range(1, 19)),
    *(2**power for power in range(1, 65)),
    *(99_991, 99_999, 10_007, 1_000_003, 10**9 + 7, 10**9 + 9, 998_244_353, 2**31 - 1, 2**61 - 1),
)


def are_residues(terms: tuple[int, ...]) -> bool:
    """True if the terms could be residues: none negative, more than one value, none of more than 512 bits."""
    return (
        bool(terms)
        and min(terms) >= 0
        and len(set(terms)) > 1
        and max(terms).bit_length() <= MAX_MODULUS_BITS
    )


def fewest_integral_unknowns(terms: tuple[int, ...], rules: ModularRules) -> int:
    """What a rule modulo m has to undercut: it must have fewer unknowns than this.

    Returns:
        0 if the terms obey a recurrence over the integers with a few spare terms: its determinants and
        differences have large common factors by nature, none of which is a modulus. The order of that
        recurrence if it only goes round, as residues do. Otherwise the number of terms.
    """
    coefficients = integer_recurrence(terms, (len(terms) - 1 - rules.integral_spare) // 2)
    if coefficients is None:
        return len(terms)
    transient = next((place for place, c in enumerate(coefficients) if c), 0)
    orders = cyclotomic_orders(coefficients[transient:])
    goes_round = orders is not None and len(set(orders)) == len(orders)
    return len(coefficients) if goes_round else 0


def weakness_of_wraps(
    terms: tuple[int, ...], rule: tuple[int, ...], modulus: int, rules: ModularRules
) -> str | None:
    """Why the terms do not show that they are reduced; None if they do.

    A rule over the integers with one wrong term, or with a wrong term that it is carried on from, holds
    modulo the error, which is larger than all terms if it befell the last one. So two counts must suffice:
    of the terms that the rule over the integers does not give from those before, and of those that it does
    not give from the first ones.

    Args:
        rule: coefficients over the integers, the oldest term's first, of a recurrence that all terms obey
            modulo `modulus`.
    """
    order, own, steps, apart = len(rule), list(terms[: len(rule)]), 0, 0
    needed = 1 + math.ceil(rules.min_wrap_bits / math.log2(modulus))
    for n in range(order, len(terms)):
        steps += sum(map(mul, rule, terms[n - order : n])) != terms[n]
        own.append(sum(map(mul, rule, own[n - order : n])))
        apart += own[n] != terms[n]
        if min(steps, apart) >= needed:
            return None
    return f"modulo {decimal(modulus)}: only {min(steps, apart)} terms wrap round, needs {needed}"


def polynomial_moduli(terms: tuple[int, ...]) -> tuple[int, ...]:
    """Moduli for which the terms, residues all, obey a polynomial of degree up to 8.

    Returns:
        the candidates for the least degree that has any, ascending; none for a polynomial over the integers.
    """
    row = terms
    for _ in range(MAX_POLYNOMIAL_DEGREE + 1):
        row = tuple(b - a for a, b in pairwise(row))
        candidates = _divisors_in_range(math.gcd(*row), max(terms))
        if candidates or not any(row):
            return candidates
    return ()


def recurrence_moduli(terms: tuple[int, ...], highest: int, rules: ModularRules) -> tuple[int, ...]:
    """Moduli for which the terms, residues all, may obey a recurrence of order up to `highest`.

    Determinants are tried up to order 8, or 2 where the values are few, so that the greatest residue is
    likely to be among them; whatever they say, the greatest term plus one and the common moduli in range are
    candidates too.

    Returns:
        the candidates, those of the least order first, without repetition.
    """
    greatest = max(terms)
    candidates: list[int] = []
    few = greatest <= len(terms) // 4
    for order in range(1, min(highest, rules.max_order_few_values if few else MAX_HANKEL_ORDER) + 1):
        divisor = _common_divisor(_hankel_determinants(terms, order), greatest)
        if divisor == 0:
            break  # a recurrence over the integers
        candidates += _divisors_in_range(divisor, greatest)
    candidates += [modulus for modulus in (greatest + 1, *COMMON) if greatest < modulus <= 2 * greatest + 2]
    return tuple(dict.fromkeys(candidates))


def _hankel_determinants(terms: tuple[int, ...], order: int) -> Iterator[int]:
    size = order + 1
    for start in range(min(MAX_DETERMINANTS, len(terms) - 2 * order)):
        entries = [terms[start + row + column] for row in range(size) for column in range(size)]
        yield int(fmpz_mat(size, size, entries).det())


def _common_divisor(numbers: Iterable[int], greatest: int) -> int:
    """Their gcd; given up, and 1, once it is too small to be a modulus."""
    divisor = 0
    for number in numbers:
        divisor = math.gcd(divisor, number)
        if 0 < divisor <= greatest:
            return 1
    return divisor


def _divisors_in_range(number: int, greatest: int) -> tuple[int, ...]:
    """Divisors of `number` from greatest + 1 to 2 * greatest + 2, if their cofactors are small; ascending."""
    if number <= greatest or number > 4096 * (greatest + 1):
        return ()
    cofactors = range(number // (greatest + 1), max(0, number // (2 * greatest + 2) - 1), -1)
    divisors = (number // cofactor for cofactor in cofactors if cofactor and number % cofactor == 0)
    return tuple(divisor for divisor in divisors if greatest < divisor <= 2 * greatest + 2)
