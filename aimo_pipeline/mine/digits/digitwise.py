"""Digit by digit: a(k n + d) from a(n) and a(d) alone, the special k-regular rules that few terms can show.

Sums of digits or of their squares, numbers of digits or of certain digits, products of digits, numerals read
in another base, and digit sums modulo m need only the terms of the single digits, so that two digits' numbers
are all predicted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from aimo_pipeline.formula import KRegular
from aimo_pipeline.mine.integers import SIEVE_PRIME

MAX_MODULUS = 16  # of digit sums modulo m: the rule's matrices have m rows
Matrix = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class DigitRule:
    """A k-regular rule that gives all terms.

    Attributes:
        spare: terms that it predicted.
        bits: what these say, less what it takes to write the coefficients down.
    """

    formula: KRegular
    spare: int
    bits: float


@dataclass(frozen=True)
class Indexed:
    """Terms from index 0 or 1 on."""

    terms: tuple[int, ...]
    first_index: int

    @property
    def last_index(self) -> int:
        """Index of the last term."""
        return self.first_index + len(self.terms) - 1

    @cached_property
    def entropy(self) -> float:
        """Bits that a term says on average, if it is drawn from all terms."""
        shares = [count / len(self.terms) for count in Counter(self.terms).values()]
        return -sum(share * math.log2(share) for share in shares)

    @cached_property
    def residues(self) -> tuple[int, ...]:
        """The terms modulo SIEVE_PRIME."""
        return tuple(term % SIEVE_PRIME for term in self.terms)

    def at(self, index: int) -> int:
        """The term at an index; 0 for one that is not known, which can only be 0."""
        return self.terms[index - self.first_index] if index >= self.first_index else 0


def digitwise_rule(known: Indexed, base: int, min_rows: int) -> DigitRule | None:
    """The rule a(k n + d) = u a(n) + f(d), a(n) + f(d) mod m or a(n) f(d) that gives all terms, n >= 1.

    f(d) = a(d) but for d = 0, since 0 as a number has no digits, or one, as it pleases: a(0) may be 0 or 1
    whatever follows from the rule.
    """
    if known.last_index < (min_rows + 1) * base - 1 or not any(known.at(d) for d in range(1, base)):
        return None
    for find in (_weighted_sum, _residue_sum, _product):  # residues that never wrap are sums
        formula = find(known, base)
        if formula is not None:
            predicted = known.terms[base + 1 - known.first_index :]
            spare = len(predicted) - 1
            return DigitRule(formula, spare, spare * math.log2(len(set(predicted))))
    return None


def _follows(known: Indexed, base: int, term: Callable[[int, int], int]) -> bool:
    """True if term(n, d) is the term at base * n + d for all n >= 1."""
    return all(known.at(m) == term(*divmod(m, base)) for m in range(base, known.last_index + 1))


def _weighted_sum(known: Indexed, base: int) -> KRegular | None:
    pairs = (divmod(m, base) for m in range(base + 1, known.last_index + 1))
    place = next(((n, d) for n, d in pairs if d and known.at(n)), None)
    if place is None:
        return None
    n, d = place
    factor, rest = divmod(known.at(base * n + d) - known.at(d), known.at(n))
    if rest or factor == 0 or known.at(0) not in (0, 1):  # with factor 0 the terms are periodic
        return None
    of_digit = [known.at(base) - factor * known.at(1), *(known.at(digit) for digit in range(1, base))]
    if not _follows(known, base, lambda n, d: factor * known.at(n) + of_digit[d]):
        return None
    # The row is (a(n), 1, [n = 0]); a(0) itself has no part in what follows it.
    matrices = tuple(((factor, 0, 0), (f, 1, 0), (-factor * known.at(0), 0, 0)) for f in of_digit)
    return KRegular(known.first_index, base, matrices, (known.at(0), 1, 1), (1, 0, 0), 1)


def _residue_sum(known: Indexed, base: int) -> KRegular | None:
    modulus = max(known.terms) + 1
    if min(known.terms) < 0 or not 2 <= modulus <= MAX_MODULUS or known.at(0):
        return None
    of_digit = [(known.at(base) - known.at(1)) % modulus, *(known.at(digit) for digit in range(1, base))]
    if not _follows(known, base, lambda n, d: (known.at(n) + of_digit[d]) % modulus):
        return None
    matrices = tuple(
        tuple(_unit(modulus, (residue + f) % modulus) for residue in range(modulus)) for f in of_digit
    )
    return KRegular(known.first_index, base, matrices, _unit(modulus, 0), tuple(range(modulus)), 1)


def _unit(size: int, place: int) -> tuple[int, ...]:
    return tuple(int(i == place) for i in range(size))


def _product(known: Indexed, base: int) -> KRegular | None:
    if not known.at(1) or known.at(base) % known.at(1) or known.at(0) not in (0, 1):
        return None
    of_digit = [known.at(base) // known.at(1), *(known.at(digit) for digit in range(1, base))]
    if not _follows(known, base, lambda n, d: known.at(n) * of_digit[d]):
        return None
    # The row is (product over the digits, [n = 0]).
    matrices: tuple[Matrix, ...] = tuple(((f, 0), (0, 0)) for f in of_digit)
    return KRegular(known.first_index, base, matrices, (1, 1), (1, known.at(0) - 1), 1)
