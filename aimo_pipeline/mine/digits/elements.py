"""Sequences that a k-regular rule may be made of, their values, and what they are combined of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flint import nmod_mat

from aimo_pipeline.config import MineConfig
from aimo_pipeline.mine.digits.digitwise import Indexed
from aimo_pipeline.mine.integers import SIEVE_PRIME, least_residue

MAX_COEFFICIENT = 10**6


@dataclass(frozen=True)
class Affine:
    """A sequence slope * n + offset that is given."""

    slope: int
    offset: int


@dataclass(frozen=True)
class Subsequence:
    """The sequence a(step * n + start), an element of the kernel."""

    step: int
    start: int

    def child(self, base: int, digit: int) -> Subsequence:
        """The subsequence's own at base * n + digit."""
        return Subsequence(self.step * base, self.start + digit * self.step)


Element = Affine | Subsequence
Column = tuple[int, ...]
ORIGIN = Subsequence(1, 0)
EVERY_AFFINE = (Affine(0, 1), Affine(1, 0))


def last_n(known: Indexed, elements: list[Element]) -> int:
    """The last n that all the sequences are known for."""
    return min((known.last_index - s.start) // s.step for s in elements if isinstance(s, Subsequence))


def values(terms: Column, first_index: int, element: Element, span: range) -> Column:
    """The element's values at each n of the span, which begins at 1 or later.

    Args:
        terms: a(first_index), a(first_index + 1), ..., the first index being 0 or 1.
    """
    match element:
        case Affine(slope, offset):
            return tuple(slope * n + offset for n in span)
        case Subsequence(step, start):
            begin = step * span.start + start - first_index
            return terms[begin : begin + step * len(span) : step]


def combination(columns: list[Column]) -> tuple[int, ...] | None:
    """The one combination of the columns but the last that is the last, modulo SIEVE_PRIME.

    Returns:
        its coefficients as small integers; None if there is none, or more, or they are not small.
    """
    size, length = len(columns) - 1, len(columns[0])
    for height in (min(size + 2, length), length):  # a few rows turn most away, but may not tell all apart
        reduced, rank = _matrix([column[:height] for column in columns]).rref()
        if rank and not any(int(reduced[rank - 1, i]) for i in range(size)):
            return None  # the last pivot lies in the column of what is wanted
        if rank == size:
            break
    else:
        return None
    lifted = tuple(least_residue(int(reduced[i, size]), SIEVE_PRIME) for i in range(size))
    return lifted if max(map(abs, lifted)) <= MAX_COEFFICIENT else None


def is_out_of_reach(known: Indexed, base: int, config: MineConfig) -> bool:
    """True if the terms are too few for a rule, because too many subsequences have nothing to do with others.

    The search for a rule would take them all into its basis, whatever is given, until the next one is too
    short or there are too many: one rank in place of all these steps.
    """
    grown = list(_unrelated(known, base, config))
    elements: list[Element] = [*EVERY_AFFINE, *grown]
    span = range(1, last_n(known, elements) + 1)
    if len(span) < len(elements):
        return False
    columns = [values(known.residues, known.first_index, element, span) for element in elements]
    return bool(_matrix(columns).rank() == len(elements))


def _unrelated(known: Indexed, base: int, config: MineConfig) -> Iterator[Subsequence]:
    """The basis that the search would grow if no subsequence were a combination of others."""
    basis = [ORIGIN]
    yield ORIGIN
    for element in basis:
        for digit in range(base):
            child = element.child(base, digit)
            if len(basis) == config.digits.max_dimension or (
                last_n(known, [*basis, child]) < len(basis) + config.digits.min_surplus
            ):
                return
            basis.append(child)
            yield child


def _matrix(columns: list[Column]) -> nmod_mat:
    entries = [value for row in zip(*columns, strict=True) for value in row]
    return nmod_mat(len(columns[0]), len(columns), entries, SIEVE_PRIME)
