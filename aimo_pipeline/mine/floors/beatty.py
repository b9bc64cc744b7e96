"""floor(alpha n + beta) with a rational or quadratic slope: the simplest line that leaves the others behind.

The terms are those of a line's floors exactly if their steps are balanced, and then they leave an open
interval of slopes. Inside it the candidate with the largest prior weight (slopes.py) is accepted only if it
outweighs everything else that fits together: other candidates, constants such as pi that have no formula
here, and slopes that nobody names.

Source: Lothaire, Algebraic Combinatorics on Words, chapter 2.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Beatty
from aimo_pipeline.mine.base import found
from aimo_pipeline.mine.floors.interval import rarer_step, slope_interval
from aimo_pipeline.mine.floors.line import floor_at, gives
from aimo_pipeline.mine.floors.lines import Lines, weight_of
from aimo_pipeline.mine.floors.mended import may_be_mended
from aimo_pipeline.mine.floors.weigh import Weighed, rule_of
from aimo_pipeline.mine.trust.evidence import surprise_bits
from aimo_pipeline.outcome import FitOutcome, NothingFits, Rival

MAX_WINDOW = 1_000  # terms that are searched; all are checked
MAX_RIVALS = 3
MAX_LEVEL = 10**6  # floats are to tell slopes apart, and people take floors of small numbers


@dataclass(frozen=True)
class BeattyMiner:
    """Finds the simplest line whose floors are the terms.

    Attributes:
        positions: terms are asked for at these only, later than those known and counted from the first;
            lines that agree so far are no rivals then. None if they may be asked for anywhere.
        first_indices: the first term may have any of these as well, if there are positions; the lines that
            fit then are rivals, too.

    Where all lines there are give the same terms at the positions, it does not matter which was meant, and
    the simplest will do; that it is a line at all must be plain then.

    Not covered: slopes outside the quadratic fields (pi, e, cube roots: they only stand in the way of a wrong
    rule), integer slopes (polynomials), slopes of two different square roots, an index, slope or offset far
    from 0.
    """

    positions: tuple[int, ...] = ()
    first_indices: tuple[int, ...] = ()
    name: str = "beatty"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        count = len(terms)
        if count < config.beatty.min_terms:
            return NothingFits(f"{count} terms are too few for a line's floors")
        window = terms[:MAX_WINDOW]
        interval = slope_interval(window)
        if interval is None:
            return NothingFits("the steps are not those of a line's floors")
        if rarer_step(window) < config.beatty.min_rarer_steps:
            return NothingFits("one of the two steps hardly occurs: a slope cannot be told from that")
        level = max(abs(window[0]), abs(math.floor(interval[0])))
        if abs(first_index) > count or level > MAX_LEVEL:
            return NothingFits("index, slope or offset are too far from 0 to be weighed")
        lines = Lines(window, interval, config.beatty)
        rule = self._rule(lines, first_index, near=bool(self.positions) and count == len(window))
        if rule is None:
            return NothingFits("a line's floors, but no simple slope stands out in the interval left for it")
        if not gives(rule, terms):
            return NothingFits("a line's floors, but the slope that stands out misses one by a rounding")
        if _is_of_numerals(rule, window, config.periodic.decimal_end):
            return NothingFits("a line's floors, but numbers without a digit, or digits, give them as well")
        unknowns, bits = 4 if rule.radicand else 3, line_bits(count)
        fit = found(rule, family=self.name, terms=terms, unknowns=unknowns, bits=bits)
        return replace(fit, rivals=_rivals(rule, lines)) if self.positions else fit

    def _rule(self, lines: Lines, first_index: int, *, near: bool) -> Beatty | None:
        """The line that stands out; up to the last position only if it is `near`."""
        weighed = lines.weighed(first_index)
        choice = _choice(weighed, first_index, lines.base, named_only=near)
        if choice and _is_shown(choice[0], lines) and self._is_believed(*choice, lines, first_index, near):
            rule, weight = choice
            return None if rule.radicand and may_be_mended(lines, weight, first_index) else rule
        if near and self._are_settled(lines) and not may_be_mended(lines, weight_of(weighed), first_index):
            return lines.simplest(first_index)
        return None

    def _is_believed(self, rule: Beatty, weight: float, lines: Lines, first_index: int, near: bool) -> bool:
        if not near:
            return _stands_out(weight, lines, first_index)
        firsts = frozenset({first_index, *self.first_indices})
        return _stands_out_up_to(rule, lines, firsts, 1 + max(self.positions))

    def _are_settled(self, lines: Lines) -> bool:
        """Whether it is plain that this is a line, and does not matter which one."""
        enough = lines.rules.min_bits_settled
        if line_bits(len(lines.terms)) < enough or surprise_bits(lines.terms, 2, enough) < enough:
            return False
        return all(map(lines.settle, sorted(self.positions, reverse=True)))


def _is_shown(rule: Beatty, lines: Lines) -> bool:
    """Fractions of larger denominators are weighed, but not chosen."""
    return rule.radicand > 0 or rule.c <= lines.largest_denominator


def _is_of_numerals(rule: Beatty, terms: tuple[int, ...], decimal_end: int) -> bool:
    """A fraction that digits imitate: tens, numbers that end in some digits, numbers without a largest digit.

    The numbers without a 9 are floor(10 n / 9) up to 88, those without the largest digit of another base
    likewise.
    """
    p, q = rule.a1, rule.c
    if rule.radicand or len(terms) < q:
        return False
    if q % 10 == 0 and len(terms) < decimal_end or p % 10 == 0 and max(map(abs, terms)) < decimal_end:
        return True
    return p == q + 1 and len(terms) < p * p


def line_bits(count: int) -> float:
    """Of all 2^(N-1) words of steps, about N^3 / pi^2 are balanced; the share is taken off again."""
    return count - 1 - math.log2(count**3 / math.pi**2)


def _stands_out(weight: float, lines: Lines, first_index: int) -> bool:
    """Whether all other lines weigh next to nothing beside the rule of that weight."""
    return weight >= lines.rules.min_share * weight_of(lines.weighed(first_index))


def _stands_out_up_to(rule: Beatty, lines: Lines, firsts: Collection[int], reach: int) -> bool:
    """Whether the lines that give other terms than the rule before `reach` weigh next to nothing.

    An irrational slope on many terms has a second way to stand out: numbers that nobody names, with which a
    chance fit would count, weigh next to nothing, and the other named ones little.
    """
    rules, weighed = lines.rules, [line for first in firsts for line in lines.weighed(first)]
    further = tuple(floor_at(rule, rule.first_index + place) for place in range(reach))
    agreeing = lines.agreeing(further, firsts)
    total = weight_of(weighed)
    share = weight_of(agreeing) / total
    if share >= rules.min_share:
        return True
    if not rule.radicand or share < rules.min_share_irrational:
        return False
    chance = (weight_of(_unnamed(weighed)) - weight_of(_unnamed(agreeing))) / total
    return len(lines.terms) >= rules.min_terms_irrational and chance <= rules.max_chance


def _unnamed(lines: list[Weighed]) -> list[Weighed]:
    return [one for one in lines if one.line is None]


def _choice(
    weighed: tuple[Weighed, ...], first_index: int, base: int, *, named_only: bool
) -> tuple[Beatty, float] | None:
    """The weightiest line that has a formula, and its weight; None if it is not the weightiest of all.

    Args:
        named_only: it need not be the weightiest of all.
    """
    named = [
        (rule, one.weight) for one in weighed if (rule := rule_of(one.line, first_index, base)) is not None
    ]
    best = max(named, key=lambda pair: pair[1], default=None)
    if best is None or not named_only and best[1] < max(one.weight for one in weighed):
        return None
    return best


def _rivals(rule: Beatty, lines: Lines) -> tuple[Rival, ...]:
    """The weightiest other lines, or at least one, and where they part from the rule."""
    weighed = sorted(lines.weighed(rule.first_index), key=lambda one: -one.weight)
    named = (rule_of(one.line, rule.first_index, lines.base) for one in weighed)
    others = [line for line in named if line is not None and line != rule][:MAX_RIVALS]
    others = others or [lines.other(rule)]
    return tuple(Rival(line, "beatty", 0.0, _parting(rule, line)) for line in others)


def _parting(rule: Beatty, other: Beatty) -> int | None:
    first = rule.first_index
    return next(
        (n for n in range(first, first + MAX_WINDOW) if floor_at(rule, n) != floor_at(other, n)), None
    )
