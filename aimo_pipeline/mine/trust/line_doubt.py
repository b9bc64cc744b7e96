"""Rounded lines of rational slope, and their sums, against those of another slope, whoever found them.

floor((5 n + 3) / 2) and floor(n (2 + sqrt 30) / 3) + 2 agree on 65 terms, and so do others: of lines with
small numbers, some 3 in 100 give the terms of a fraction with a small denominator for so long. The lines that
fit are weighed as in mine/floors, and those that say otherwise where terms are asked for must weigh next to
nothing.
"""

from __future__ import annotations

from fractions import Fraction

from aimo_pipeline.config import MineConfig
from aimo_pipeline.config.mine_families import BeattyRules
from aimo_pipeline.formula import Beatty, Prefixed
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.floors.beatty import MAX_LEVEL, MAX_WINDOW
from aimo_pipeline.mine.floors.interval import may_be_beatty, rarer_step, slope_interval
from aimo_pipeline.mine.floors.lines import Lines, weight_of
from aimo_pipeline.mine.integers import decimal
from aimo_pipeline.mine.trust.evidence import is_rounded_square
from aimo_pipeline.mine.trust.question import Question
from aimo_pipeline.mine.trust.rivals import wants
from aimo_pipeline.mine.words import steps_of
from aimo_pipeline.outcome import Ambiguous, Found


def doubted(rule: Found, question: Question, config: MineConfig) -> Found | Ambiguous:
    """The rule, or what speaks against it if it is a rounded line and others that fit say otherwise.

    Args:
        rule: gives the question's terms.
        question: lines that agree up to its last position are one; up to beatty.max_reach times as many terms
            as there are where it has no positions, or later ones.
    """
    whole = rule.formula
    formula, skipped = (whole.rule, len(whole.prefix)) if isinstance(whole, Prefixed) else (whole, 0)
    terms = question.terms[skipped:][:MAX_WINDOW]
    firsts = [first + skipped for first in question.first_indices]
    if isinstance(formula, Beatty):
        return rule
    interval = slope_interval(terms)
    summed = interval is None
    interval = interval or slope_interval(steps_of(terms))
    if interval is None:
        return rule
    further = terms_of(formula, _reach(question, skipped, config))
    if summed:
        # A sum of a line's floors, unless it is a square's, as common as these are.
        if is_rounded_square(further):
            return rule
        terms, further, firsts = steps_of(terms), steps_of(further), [first + 1 for first in firsts]
    found = _weighed(terms, interval, further, firsts, config.beatty)
    if found is None:
        return rule
    lines, share = found
    if share >= config.beatty.min_share:
        return rule
    parting = next((p for p in range(len(terms), len(further)) if not lines.settle(p)), len(terms))
    beyond = len(question.terms) - skipped - len(terms)
    return _ambiguous(rule, share, formula.first_index + parting + beyond, question, config)


def _weighed(
    terms: tuple[int, ...],
    interval: tuple[Fraction, Fraction],
    further: tuple[int, ...],
    firsts: list[int],
    rules: BeattyRules,
) -> tuple[Lines, float] | None:
    """All lines that fit, and the share of their weight that gives the further terms.

    Returns:
        None if the further terms are no line's, or the terms too few to be taken for one's.
    """
    if rarer_step(terms) < rules.min_rarer_steps:
        return None
    if not may_be_beatty(further) or further[: len(terms)] != terms:
        return None
    lines = Lines(terms, interval, rules)
    if _are_far_from_zero(lines, firsts):
        lines, further, firsts = _moved(lines, further)
    total = sum(weight_of(lines.weighed(first)) for first in firsts)
    return lines, weight_of(lines.agreeing(further, firsts)) / total


def _reach(question: Question, skipped: int, config: MineConfig) -> int:
    """How many terms other lines have to agree on, counted after those skipped."""
    most = config.beatty.max_reach * len(question.terms)
    asked = max(question.positions, default=most) + 1
    return max(len(question.terms), min(most, asked)) - skipped


def _are_far_from_zero(lines: Lines, firsts: list[int]) -> bool:
    return max(abs(lines.terms[0]), abs(lines.base)) > MAX_LEVEL or abs(firsts[0]) > len(lines.terms)


def _moved(lines: Lines, further: tuple[int, ...]) -> tuple[Lines, tuple[int, ...], list[int]]:
    """The same lines from 0 at index 0 on, with slopes from 0 to 1: the weights are of small numbers."""
    start, base = further[0], lines.base
    flat = tuple(term - start - base * n for n, term in enumerate(further))
    low, high = lines.interval
    return Lines(flat[: len(lines.terms)], (low - base, high - base), lines.rules), flat, [0]


def _ambiguous(
    rule: Found, share: float, differ_at: int, question: Question, config: MineConfig
) -> Ambiguous:
    reason = (
        f"a rounded line, as likely as {share:.1%} of those that fit: the others part from it"
        f" from n = {decimal(differ_at)} on"
    )
    return Ambiguous(reason, (rule,), differ_at, wants(rule, [differ_at], question, config))
