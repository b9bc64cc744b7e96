"""Terms as a word: its steps, and where it begins to repeat."""

from __future__ import annotations

from itertools import pairwise


def steps_of(terms: tuple[int, ...]) -> tuple[int, ...]:
    """From each term to the next."""
    return tuple(b - a for a, b in pairwise(terms))


def shortest_cycle(terms: tuple[int, ...], max_transient: int, periods: float) -> tuple[int, int]:
    """Where the terms begin to repeat, and the period.

    Args:
        terms: the sequence.
        max_transient: most terms before the cycle.
        periods: how often, at least, the cycle is to be seen.

    Returns:
        the shortest transient for which there is such a cycle, and its period; (0, 0) if there is none.
        Source: the prefix function of Knuth, Morris and Pratt, of the reversed terms.
    """
    word = terms[::-1]
    borders = [0] * len(word)
    for place in range(1, len(word)):
        border = borders[place - 1]
        while border and word[place] != word[border]:
            border = borders[border - 1]
        borders[place] = border + (word[place] == word[border])
    for transient in range(min(max_transient + 1, len(terms))):
        length = len(terms) - transient
        period = length - borders[length - 1]
        if length >= periods * period:
            return transient, period
    return 0, 0
