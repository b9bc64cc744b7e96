"""Numbers written one after another: 101112, 10111213, ... obey a recurrence until one has more digits."""

from __future__ import annotations

from itertools import pairwise

from aimo_pipeline.mine.integers import decimal
from aimo_pipeline.mine.trust.question import Question
from aimo_pipeline.outcome import NothingFits

MAX_DIGITS = 6  # of the numbers that are appended
FEW = 4  # terms that show nothing yet


def breaks_with_digits(question: Question) -> NothingFits | None:
    """Why no rule is believed: each term ends in a number of ever the same length, and these grow.

    Returns:
        None where the terms are no such numbers, or those asked for come before the appended ones are longer.
    """
    terms = question.terms
    if len(terms) < FEW or terms[0] < 1 or terms[1] < 100 * terms[0]:
        return None
    digits = len(decimal(terms[1] // terms[0])) - 1
    if not 2 <= digits <= MAX_DIGITS:
        return None
    base = 10**digits
    appended = [b - base * a for a, b in pairwise(terms)]
    steps = [b - a for a, b in pairwise(appended)]
    if not base // 10 <= min(appended) or max(appended) >= base or min(steps) < 1:
        return None
    ahead = max(question.positions, default=base) - len(terms) + 1
    if appended[-1] + ahead * max(steps) < base:
        return None
    return NothingFits(f"numbers of {digits} digits written one after another; longer ones will come")
