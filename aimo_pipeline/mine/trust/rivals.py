"""Several rules through the same terms: which one to believe, where they part, and when to abstain.

Rules are weighed by description length: the bits it takes to write their numbers down. Two rules that both
give every term differ in probability by about 2 to the difference of their lengths (Rissanen), so a rule
that is shorter by `decisive_bits` may be believed against one that says otherwise; a smaller lead is no
ground for an answer, but a reason to ask for the terms at which they part. Rules that agree wherever they
are compared are one rule in several forms.

Source: Rissanen, Modeling by shortest data description, Automatica 14 (1978).
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Many
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import CFinite, CFiniteMod, Periodic, Polynomial
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.outcome import Ambiguous, Found, Rival

ValueAt = Callable[[Found, int], int | CannotEvaluate]  # of a rule at a position, kept once it is known

PLAIN = (Polynomial, CFinite, CFiniteMod, Periodic)  # evaluated at any index, and known to Lean first
_TYPE_BITS = 5  # the types of formulas, fewer than 2^5
_HUGE_BITS = 200_000  # terms of more bits in all are compared at two more indices only


@dataclass(frozen=True)
class Question:
    """What is to be explained and foretold.

    Attributes:
        terms: the known ones, by position 0, 1, ...
        first_indices: the index of position 0; several if it isn't known, the likeliest first.
        positions: the terms that will be asked for.
        modulus: they will be asked for modulo this; None for exact values.
    """

    terms: tuple[int, ...]
    first_indices: tuple[int, ...]
    positions: tuple[int, ...] = ()
    modulus: int | None = None


def description_bits(value: object) -> int:
    """Bits to write down a formula: its numbers in a prefix-free code (Elias), and a few bits per type.

    The first index is not counted, because it is given.
    """
    if isinstance(value, int):
        size = abs(value).bit_length()
        return size + 2 * (size + 1).bit_length()
    if isinstance(value, tuple):
        return 2 + sum(map(description_bits, value))
    if is_dataclass(value):
        counted = [getattr(value, field.name) for field in fields(value) if field.name != "first_index"]
        return _TYPE_BITS + sum(map(description_bits, counted))
    return _TYPE_BITS  # the name of a template


def decide(candidates: Many[Found], question: Question, config: MineConfig) -> Found | Ambiguous:
    """The shortest rule with its rivals, unless one that says otherwise is nearly as short.

    Args:
        candidates: at least one; each gives every term. Their order does not matter.
        question: rules count as different only if they differ at its positions; where it has none, if they
            differ at any index at which they are compared.

    Returns:
        Found with rivals and wants, or Ambiguous.
    """
    best, *others = _ranked(candidates)

    @cache
    def at(rule: Found, position: int) -> int | CannotEvaluate:
        return value_at(rule, position, question.modulus)

    parting = [(rule, _parts_at(best, rule, question, config, at)) for rule in others]
    wants = _wants(best, [place for _, place in parting], question, config)
    opposed = {
        rule: place
        for rule, place in parting
        if place is not None and _is_close(best, rule, config) and _contradicts(best, rule, question, at)
    }
    if opposed:
        return _ambiguous(best, opposed, wants)
    chosen = _preferred(best, [rule for rule, place in parting if place is None], question, at)
    rivals = [(rule, place) for rule, place in [(best, None), *parting] if rule is not chosen]
    return replace(
        chosen,
        rivals=chosen.rivals
        + tuple(Rival(rule.formula, rule.family, rule.bits, place) for rule, place in rivals),
        wants=wants,
    )


def _ranked(candidates: Many[Found]) -> list[Found]:
    """Each formula once, the shortest first; names settle ties, so that the order given does not matter."""
    by_formula = {
        rule.formula: rule for rule in sorted(candidates, key=lambda rule: rule.family, reverse=True)
    }
    return sorted(
        by_formula.values(),
        key=lambda rule: (description_bits(rule.formula), rule.family, rule.formula.first_index),
    )


def _ambiguous(best: Found, opposed: dict[Found, int], wants: tuple[int, ...]) -> Ambiguous:
    differ_at = min(opposed.values())
    names = " and ".join(sorted({best.family, *(rule.family for rule in opposed)}))
    reason = f"rules that part at n = {differ_at} fit about equally well: {names}"
    return Ambiguous(reason, (best, *opposed), differ_at, wants)


def _preferred(best: Found, agreeing: list[Found], question: Question, at: ValueAt) -> Found:
    """Of several forms of one rule, one that has a value wherever one is asked for, PLAIN if possible."""
    if not agreeing:
        return best

    def rank(rule: Found) -> tuple[bool, bool]:
        values = (at(rule, position) for position in question.positions)
        return any(isinstance(value, CannotEvaluate) for value in values), not isinstance(rule.formula, PLAIN)

    return min((best, *agreeing), key=rank)


def _is_close(best: Found, other: Found, config: MineConfig) -> bool:
    lead = description_bits(other.formula) - description_bits(best.formula)
    return lead < config.decisive_bits


def _parts_at(best: Found, other: Found, question: Question, config: MineConfig, at: ValueAt) -> int | None:
    """Least index, by best's counting, at which the two give different terms; None if there was none."""
    known = len(question.terms)
    count = known + (2 if _explodes(question.terms) else config.compared_terms)
    if known <= config.max_checked_terms:
        pairs = zip(terms_of(best.formula, count), terms_of(other.formula, count), strict=False)
        place = next((place for place, (a, b) in enumerate(pairs) if a != b), None)
    else:  # a definition would run through all the terms again
        place = next((p for p in range(known, count) if _differ(best, other, p, at)), None)
    if place is None:
        place = next((p for p in sorted(question.positions) if _differ(best, other, p, at)), None)
    return None if place is None else best.formula.first_index + place


def _explodes(terms: tuple[int, ...]) -> bool:
    """The terms are huge, or will be within a few steps: their lengths grow by a factor, not by a summand."""
    lengths = [term.bit_length() for term in terms]
    return sum(lengths) > _HUGE_BITS or (len(lengths) > 1 and lengths[-1] > max(256, 1.25 * lengths[-2]))


def _differ(best: Found, other: Found, position: int, at: ValueAt) -> bool:
    values = [at(rule, position) for rule in (best, other)]
    return not any(isinstance(value, CannotEvaluate) for value in values) and values[0] != values[1]


def _contradicts(best: Found, other: Found, question: Question, at: ValueAt) -> bool:
    """True unless both give the same value at every position that is asked for."""
    values = [[at(rule, position) for position in question.positions] for rule in (best, other)]
    unknown = any(isinstance(value, CannotEvaluate) for row in values for value in row)
    return not question.positions or unknown or values[0] != values[1]


def value_at(rule: Found, position: int, modulus: int | None) -> int | CannotEvaluate:
    """The term at a position, counted from the first known one."""
    return evaluate(rule.formula, rule.formula.first_index + position, modulus)


def _wants(best: Found, places: list[int | None], question: Question, config: MineConfig) -> tuple[int, ...]:
    """Indices at which rivals part, and a few fresh ones: the next, and one as far again."""
    first, known = best.formula.first_index, len(question.terms)
    fresh = {first + known, first + known + 1, first + 2 * known}
    parted = sorted({place for place in places if place is not None})
    return tuple(dict.fromkeys([*parted, *sorted(fresh)]))[: config.max_wants]
