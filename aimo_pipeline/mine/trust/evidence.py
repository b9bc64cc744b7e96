"""Evidence for rules that repeat: how surprising the spare terms are, and what else could look like them.

A periodic or quasi-polynomial rule fits long stretches of sequences that never repeat: floor(n * pi) has
steps of period 7 up to n = 106, the leading digit of 2^n has period 10 up to n = 46, digit sums have period
10 up to n = 99. Counting spare terms does not help there; knowing the impostors does. Those known here:
lines rounded down, rotations of the circle cut into intervals, decimal digits, exponents of primes in n.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from aimo_pipeline.config import MineConfig
from aimo_pipeline.mine.base import is_slope
from aimo_pipeline.mine.integers import decimal
from aimo_pipeline.mine.words import shortest_cycle, steps_of


def surprise_bits(
    terms: tuple[int, ...], start: int, enough: float, *, steps: bool = True, chained: bool = False
) -> float:
    """Bits that a model without any rule needs for terms[start:], at most about `enough`.

    The model counts how often each value has occurred so far. A sparse or slowly varying sequence says
    little that way.

    Args:
        start: terms before it are known to the model and cost nothing.
        enough: the count stops there.
        steps: let it count steps instead, if that is cheaper.
        chained: let it count how often each value has followed each other value, if that is cheaper. Too
            harsh on cycles of distinct values, where every follower is known after the first round.
    """
    words = [(terms, start)]
    if steps:
        words.append((steps_of(terms), max(0, start - 1)))
    return min(_cost(word, begin, after, enough) for word, begin in words for after in {False, chained})


def _cost(word: tuple[int, ...], start: int, after: bool, enough: float) -> float:
    """Krichevsky-Trofimov code length, of a symbol or of a symbol after its predecessor."""
    letters = len(set(word))
    seen: Counter[tuple[int | None, int]] = Counter()
    contexts: Counter[int | None] = Counter()
    total = 0.0
    for place, letter in enumerate(word):
        context = word[place - 1] if after and place else None
        if place >= start:
            total -= math.log2((seen[context, letter] + 0.5) / (contexts[context] + 0.5 * letters))
        if total >= enough:
            return total
        seen[context, letter] += 1
        contexts[context] += 1
    return total


def impostor(
    terms: tuple[int, ...], period: int, config: MineConfig, *, root_order: int | None = None
) -> str | None:
    """What else would look like a rule of this period for so long; None if nothing known does.

    Args:
        terms: all of them, a transient included.
        period: of the terms or of their differences of some order; constants and polynomials have 1.
        root_order: the greatest order of a characteristic root that 10 divides, or 1, where the roots are
            known. Digits have such roots; coins of 1, 2 and 5 make up a period of 10 without one.
    """
    if period == 1:
        return None
    if len(terms) < config.periodic.min_periods * period:
        return f"period {period} is not seen often enough in {len(terms)} terms"
    cycle = terms[-period:]
    cyclic = terms[-2 * period : -period] == cycle
    if (root_order or period) % (20 if cyclic else 10) == 0 and len(terms) < config.periodic.decimal_end:
        return f"period {period}: decimal digits give these {len(terms)} terms as well"
    line = any(_is_rounded_line(word, period, cyclic, config) for word in _disguises(terms))
    residues = (
        min(terms) >= 0 and max(terms) < config.periodic.max_unrolled and (period > 3 or max(terms) > 1)
    )
    if line or (residues and _is_residue_of_line(terms, max(terms) + 1, period, config)):
        return f"slope with period {period}: an irrational one gives these {len(terms)} terms as well"
    if cyclic and _is_rotation(cycle, config) and len(terms) < config.periodic.min_periods_rotation * period:
        return f"rotation with period {period}: an irrational one gives these {len(terms)} terms as well"
    return _valuation(cycle, len(terms)) if cyclic else None


def _disguises(terms: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The terms, and the terms divided by their index if that comes out even."""
    yield terms
    for first in (0, 1):
        if all(term % max(1, n) == 0 for n, term in enumerate(terms, first)):
            yield tuple(term // n for n, term in enumerate(terms, first) if n)


def _is_rounded_line(terms: tuple[int, ...], period: int, cyclic: bool, config: MineConfig) -> bool:
    """The terms, their steps or second steps are those of a rounded line, for too few periods to tell.

    Terms that are such a word themselves have most likely a period and no slope behind them, small second
    steps even more so (floor(n^2 / 3), which the sum of an irrational line may be taken for): they are asked
    for fewer periods.
    """
    steps = steps_of(terms)
    bends = steps_of(steps)
    line, word = config.unit_roots.min_terms_per_slope_period, config.periodic.min_periods_word
    if _is_word(terms, period):
        low, high = sorted(set(terms))
        periods = word // 2 if high - low > 1 else word if low < 2 else line
        return _too_few(terms, period, periods)
    if cyclic:
        return False
    if _is_word(steps, period):
        return _too_few(steps, period, line)
    if not _is_word(bends, period) or is_rounded_square(terms):
        return False
    return _too_few(bends, period, config.periodic.min_periods_curve if min(bends) < 2 else line)


def _too_few(word: tuple[int, ...], period: int, periods: int) -> bool:
    """Fewer periods than asked for, or an odd start of the word, which an irrational slope accounts for."""
    return len(word) < periods * period or word[period:] != word[:-period]


def is_rounded_square(terms: tuple[int, ...]) -> bool:
    """floor((x n^2 + z) / q), or n (n + 1) for n^2, from -1, 0 or 1 on: what sums of lines seldom are.

    Args:
        terms: of a quasi-polynomial of degree 2, two periods of it at least.
    """
    _, period = shortest_cycle(steps_of(steps_of(terms)), 0, 2.0)
    if not period:
        return False
    step = terms[period] - terms[0]
    curve = terms[period + 1] - terms[1] - step
    slope = 2 * step - curve * period  # of 2 q a(n) = curve n^2 + slope n + less than 2 q
    if not curve or slope % curve or abs(slope) > 2 * abs(curve):
        return False
    rest = [2 * period * terms[n] - curve * n * n - slope * n for n in range(period)]
    return max(rest) - min(rest) < 2 * period


def _is_word(word: tuple[int, ...], period: int) -> bool:
    """True if these are two values in the order in which a rounded line takes its two steps."""
    greatest = max(word, default=0)
    return len(set(word)) == 2 and is_slope(tuple(int(letter == greatest) for letter in word), period)


def _is_residue_of_line(terms: tuple[int, ...], modulus: int, period: int, config: MineConfig) -> bool:
    """The residues of a rounded line modulo m, for too few periods to tell it from one with a period."""
    steps = tuple((b - a) % modulus for a, b in pairwise(terms))
    own = next((d for d in range(1, period) if steps[d:] == steps[:-d]), period)
    few = len(terms) < config.unit_roots.min_terms_per_slope_period * own
    return few and max(steps) - min(steps) in (1, modulus - 1) and _is_word(steps, own)


def _is_rotation(cycle: tuple[int, ...], config: MineConfig) -> bool:
    """The cycle, read in steps of some size, rises once and falls once: floor(c * frac(alpha n)) does.

    Linear congruences are spared, and short cycles, where a chance rise is too likely.
    """
    period = len(cycle)
    if period < config.periodic.min_period_rotation:
        return False
    for size in range(1, period // 2 + 1):
        turned = [cycle[size * i % period] for i in range(period)]
        rises = [b - a for a, b in pairwise([*turned, turned[0]])]
        once = min(sum(rise < 0 for rise in rises), sum(rise > 0 for rise in rises)) == 1
        if math.gcd(size, period) == 1 and once and len(set(rises)) > 2:
            return True
    return False


def _valuation(cycle: tuple[int, ...], count: int) -> str | None:
    """The cycle repeats with a shorter period but for one residue class, as exponents of a prime in n do.

    These break after as many periods as the shorter one goes into the period.
    """
    period = len(cycle)
    for shorter in range(2, period // 2 + 1):
        if period % shorter or count >= (period // shorter + 1) * period:
            continue
        odd = {place % shorter for place in range(period) if cycle[place] != cycle[place - shorter]}
        if len(odd) == 1:
            return f"period {period} refines period {shorter} at one place, as exponents of primes in n do"
    return None


def weakness_modulo(
    unknowns: int, order: int, terms: tuple[int, ...], modulus: int, config: MineConfig
) -> str | None:
    """Why a rule modulo m through all terms is too weak; None if it is not.

    Args:
        unknowns: numbers that were fitted, the modulus not counted.
        order: of the recurrence that the terms obey modulo m; one corrupted term shows if 4 * order <= N.
    """
    spare = len(terms) - unknowns
    if spare < config.modular.min_spare or 4 * order > len(terms):
        return f"order {order} modulo {decimal(modulus)} has {spare} spare terms"
    if spare * math.log2(modulus) < config.modular.min_bits:
        return f"order {order} modulo {decimal(modulus)}: the spare terms say too little"
    needed = max(
        config.modular.min_bits, config.modular.min_rate * spare * math.log2(min(modulus, len(terms) / 2))
    )
    # With few values a simple word passes for a random one, unless its habits are known as well; the steps of
    # a polynomial modulo m may be few, whatever it is.
    polynomial, few = unknowns == order, len(set(terms)) <= config.modular.few_values
    if surprise_bits(terms, unknowns, needed, steps=not polynomial, chained=few) < needed:
        what = f"order {order} modulo {decimal(modulus)}"
        return f"{what}: the spare terms surprise by less than {needed:.0f} bits"
    if _is_residue_of_line(terms, modulus, order, config):
        return f"modulo {decimal(modulus)}: an irrational slope gives these {len(terms)} terms as well"
    return None
