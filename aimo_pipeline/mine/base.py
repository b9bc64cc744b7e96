"""What a miner is, and when a fit counts as evidence.

A rule with u unknowns always fits u terms, so only the terms beyond them say anything: each of
these *spare* terms was predicted, not fitted. A separate hold-out set would add nothing: the first
2k terms fix an order-k recurrence (the first d + 1 a degree-d polynomial), so "fit all but the last
h terms, then predict those h" succeeds exactly if the rule fitted to everything has h spare terms.
`holds_out` states that equivalence, and a test keeps it true.

Fits whose characteristic roots all lie on the unit circle (periodic, quasi-polynomial) are the
danger: floor(n * pi) obeys a recurrence of order 8 for 112 terms. They need more of everything.
Source of the thresholds: counts on OEIS sequences, kept in MineConfig.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol, TypeVar

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.formula import Formula
from aimo_pipeline.mine.words import steps_of
from aimo_pipeline.outcome import FitOutcome, Found

MAX_BITS = 3_321_928  # of 10^6 decimal digits: no larger term is ever computed exactly


@dataclass(frozen=True)
class CannotEvaluate:
    """The term is not defined, too large or too costly; `reason` says why in one line."""

    reason: str


@dataclass(frozen=True)
class NotAnInteger(CannotEvaluate):
    """The rule gives a fraction there; no other way to the term will say otherwise."""

    reason: str = "the term is not an integer"


# (formula, index, modulus or None for the exact term), as mine/far/evaluate.py's `evaluate`.
Evaluate = Callable[[Formula, int, int | None], int | CannotEvaluate]


_Place = TypeVar("_Place")


def in_time(
    places: Iterable[_Place], value: Callable[[_Place], int | CannotEvaluate], deadline: Deadline
) -> list[int | CannotEvaluate]:
    """The value at each place, as long as there is time."""
    late = CannotEvaluate("no time left for it")
    return [late if deadline.passed else value(place) for place in places]


class Miner(Protocol):
    """Looks for rules of one family."""

    @property
    def name(self) -> str:
        """The family, such as "polynomial"; ends up in Found.family."""
        ...

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """The family's rule for the terms if the evidence is strong enough.

        Args:
            terms: a(first_index), a(first_index + 1), ...; any number, integers of any size.

        Returns:
            Found, with a formula that gives every term, or NothingFits with the reason. No input
            of this type makes it raise.
        """
        ...


def found(
    formula: Formula,
    *,
    family: str,
    terms: tuple[int, ...],
    unknowns: int,
    spare: int | None = None,
    bits: float | None = None,
) -> Found:
    """A rule with its evidence counted.

    Args:
        formula: gives every one of `terms`; the caller has checked that.
        family: the miner's name.
        unknowns: numbers that were fitted: 2 * order, degree + 1, ...
        spare: terms that the rule predicted; if not given, len(terms) - unknowns.
        bits: what these say; if not given, spare * bits_per_term(terms).
    """
    spare = len(terms) - unknowns if spare is None else spare
    bits = spare * bits_per_term(terms) if bits is None else bits
    return Found(formula, family, spare, unknowns, bits)


def holds_out(unknowns: int, count: int, held_out: int) -> bool:
    """True if a rule that fits all `count` terms was already fixed without the last `held_out`."""
    return count - unknowns >= held_out


def weakness_of_recurrence(order: int, count: int, config: MineConfig) -> str | None:
    """Why a recurrence through `count` terms is too weak; None if it is not.

    Asks for min_spare spare terms, and for min_spare_per_order of them per order.
    """
    return _shortage(
        count - 2 * order,
        max(config.min_spare, math.ceil(config.min_spare_per_order * order)),
        f"order {order}",
    )


def weakness_of_unit_roots(order: int, terms: tuple[int, ...], config: MineConfig) -> str | None:
    """As weakness_of_recurrence, for rules whose characteristic roots are all roots of unity.

    Asks for unit_roots.min_spare spare terms that carry unit_roots.min_bits bits, for
    4 * order <= len(terms), and, where an irrational slope imitates the rule, for many periods.
    With 4 * order <= len(terms) one corrupted term never turns such a rule into another one: the
    difference of the two obeys the sum of their orders, at most half the number of terms, but a
    lone non-zero term needs more than half.
    """
    spare = len(terms) - 2 * order
    needed = max(config.unit_roots.min_spare, math.ceil(config.unit_roots.min_spare_per_order * order))
    needed = max(needed, math.ceil(config.unit_roots.min_bits / bits_per_term(terms)))
    weak = _shortage(spare, needed, f"order {order} with roots of unity only")
    return weak or _weak_slope(order, terms, config)


def bits_per_term(terms: tuple[int, ...]) -> float:
    """log2 of the number of distinct values, or distinct steps if these are fewer; at least 0.1."""
    steps = set(steps_of(terms))
    return max(0.1, math.log2(max(1, min(len(set(terms)), len(steps)))))


def _weak_slope(order: int, terms: tuple[int, ...], config: MineConfig) -> str | None:
    """floor((a n + b) / q) has order q + 1, its steps have order q; floor(alpha n + beta) has neither."""
    steps = steps_of(terms)
    for word, period in ((steps, order - 1), (terms, order)):
        if is_slope(word, period) and len(terms) < config.unit_roots.min_terms_per_slope_period * period:
            return f"slope with period {period}: an irrational slope gives these {len(terms)} terms as well"
    return None


def is_slope(steps: tuple[int, ...], period: int) -> bool:
    """True if the steps could be those of floor(alpha n + beta), alpha no integer.

    That is so exactly if they are balanced: sums over windows of one length differ by at most 1.
    Source: Lothaire, Algebraic Combinatorics on Words, chapter 2.

    Args:
        steps: of the sequence in question.
        period: of the steps; windows need not be longer.
    """
    sums = list(accumulate(steps, initial=0))
    for length in range(1, min(period, len(steps)) + 1):
        windows = [b - a for a, b in zip(sums, sums[length:], strict=False)]
        if max(windows) - min(windows) > 1:
            return False
    return len(set(steps)) == 2


def _shortage(spare: int, needed: int, what: str) -> str | None:
    return None if spare >= needed else f"{what} has {spare} spare terms, needs {needed}"
