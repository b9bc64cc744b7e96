"""floor(alpha n + beta) with a rational or quadratic slope: the simplest line that leaves the others behind.

The terms are those of a line's floors exactly if their steps are balanced, and then they leave an open
interval of slopes. Inside it the candidate with the largest prior weight (slopes.py) is accepted only if it
outweighs everything else that fits together: other candidates, constants such as pi that have no formula
here, and slopes that nobody names.

Source: Lothaire, Algebraic Combinatorics on Words, chapter 2.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from aimo_pipeline.config import MineConfig
from aimo_pipeline.config.mine_families import BeattyRules
from aimo_pipeline.formula import Beatty
from aimo_pipeline.mine.base import found
from aimo_pipeline.mine.floors.interval import rarer_step, slope_interval
from aimo_pipeline.mine.floors.line import floor_at, gives
from aimo_pipeline.mine.floors.weigh import Weighed, candidates, rule_of
from aimo_pipeline.outcome import FitOutcome, NothingFits, Rival

MAX_WINDOW = 1_000  # terms that are searched; all are checked
MAX_RIVALS = 3
MAX_LEVEL = 10**6  # floats are to tell slopes apart, and people take floors of small numbers


@dataclass(frozen=True)
class BeattyMiner:
    """Finds the simplest line whose floors are the terms.

    Attributes:
        reach: terms are asked for up to this place only, counted from the first; lines that agree so far are
            no rivals then. 0 if they may be asked for anywhere.
        first_indices: the first term may have any of these as well, if reach is not 0; the lines that fit
            then are rivals, too.

    Not covered: slopes outside the quadratic fields (pi, e, cube roots: they only stand in the way of a wrong
    rule), integer slopes (polynomials), slopes of two different square roots, an index, slope or offset far
    from 0.
    """

    reach: int = 0
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
        lines = _Lines(window, interval, config.beatty)
        reach = self.reach if count == len(window) else 0
        weighed = lines.weighed(first_index)
        choice = _choice(weighed, first_index, lines.base, named_only=reach > 0)
        firsts = frozenset({first_index, *self.first_indices}) if reach else frozenset({first_index})
        if choice is None or not lines.stands_out(choice, firsts, reach):
            return NothingFits("a line's floors, but no simple slope stands out in the interval left for it")
        rule, _ = choice
        if not gives(rule, terms):
            return NothingFits("a line's floors, but the slope that stands out misses one by a rounding")
        # Of all 2^(N-1) words of steps, about N^3 / pi^2 are balanced; the share is taken off again.
        bits = count - 1 - math.log2(count**3 / math.pi**2)
        unknowns = 4 if rule.radicand else 3
        fit = found(rule, family=self.name, terms=terms, unknowns=unknowns, bits=bits)
        return replace(fit, rivals=_rivals(rule, weighed, lines.base)) if reach else fit


@dataclass(frozen=True)
class _Lines:
    """All lines whose floors are the terms; `interval` is that of their slopes."""

    terms: tuple[int, ...]
    interval: tuple[Fraction, Fraction]
    rules: BeattyRules

    @property
    def base(self) -> int:
        return math.floor(self.interval[0])

    def weighed(self, first_index: int) -> tuple[Weighed, ...]:
        """Those lines, if that is the first term's index."""
        return self._through(self.terms, first_index, self.interval)

    def _through(
        self, terms: tuple[int, ...], first_index: int, interval: tuple[Fraction, Fraction]
    ) -> tuple[Weighed, ...]:
        most = int(len(self.terms) / self.rules.min_terms_per_denominator)
        return candidates(terms, first_index, interval, most, self.rules.lines)

    def stands_out(self, choice: tuple[Beatty, float], firsts: Collection[int], reach: int) -> bool:
        """Whether the lines that say otherwise than the chosen rule of that weight weigh next to nothing.

        Up to `reach`, an irrational slope on many terms has a second way to stand out: numbers that nobody
        names, with which a chance fit would count, weigh next to nothing, and the other named ones little.
        """
        rule, weight = choice
        weighed = [line for first in firsts for line in self.weighed(first)]
        agreeing = self._agreeing(rule, firsts, reach) if reach else []
        total = _weight(weighed)
        share = (_weight(agreeing) if reach else weight) / total
        if share >= self.rules.min_share:
            return True
        if not reach or not rule.radicand or share < self.rules.min_share_irrational:
            return False
        chance = (_weight(_unnamed(weighed)) - _weight(_unnamed(agreeing))) / total
        return len(self.terms) >= self.rules.min_terms_irrational and chance <= self.rules.max_chance

    def _agreeing(self, rule: Beatty, firsts: Collection[int], reach: int) -> list[Weighed]:
        """Of the lines that the terms allow, those that give the rule's terms up to `reach`."""
        further = tuple(floor_at(rule, rule.first_index + place) for place in range(reach))
        interval = slope_interval(further)
        if interval is None:
            return []
        return [line for first in firsts for line in self._through(further, first, interval)]


def _weight(lines: Iterable[Weighed]) -> float:
    return sum(one.weight for one in lines)


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


def _rivals(rule: Beatty, weighed: tuple[Weighed, ...], base: int) -> tuple[Rival, ...]:
    """The weightiest other lines, and where they part from the rule."""
    lines = [
        (one.weight, line)
        for one in weighed
        if (line := rule_of(one.line, rule.first_index, base)) is not None and line != rule
    ]
    strongest = sorted(lines, key=lambda pair: -pair[0])[:MAX_RIVALS]
    return tuple(Rival(line, "beatty", 0.0, _parting(rule, line)) for _, line in strongest)


def _parting(rule: Beatty, other: Beatty) -> int | None:
    first = rule.first_index
    return next(
        (n for n in range(first, first + MAX_WINDOW) if floor_at(rule, n) != floor_at(other, n)), None
    )
