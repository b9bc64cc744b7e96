"""Several rules through the same terms: which one to believe, where they part, and when to abstain.

Rules are weighed by description length: the bits it takes to write their numbers down. Two rules that both
give every term differ in probability by about 2 to the difference of their lengths (Rissanen), so a rule
that is shorter by `decisive_bits` may be believed against one that says otherwise; a smaller lead is no
ground for an answer, but a reason to ask for the terms at which they part. Rules that agree wherever they
are compared are one rule in several forms.

Source: Rissanen, Modeling by shortest data description, Automatica 14 (1978).
"""

from __future__ import annotations

from collections.abc import Sequence as Many
from dataclasses import fields, is_dataclass, replace

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import CFinite, CFiniteMod, Periodic, Polynomial
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.integers import decimal
from aimo_pipeline.mine.trust.foretold import Foretold
from aimo_pipeline.mine.trust.question import Question
from aimo_pipeline.outcome import Ambiguous, Found, Rival

PLAIN = (Polynomial, CFinite, CFiniteMod, Periodic)  # evaluated at any index, and known to Lean first
_TYPE_BITS = 5  # the types of formulas, fewer than 2^5


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
    foretold = Foretold(question, config)
    parting = [(rule, _parts_at(best, rule, foretold)) for rule in others]
    places = [place for _, place in parting] + [one.differs_at for one in best.rivals]
    wanted = wants(best, places, question, config)
    opposed = {
        rule: place
        for rule, place in parting
        if place is not None and _is_close(best, rule, config) and _contradicts(best, rule, foretold)
    }
    if opposed:
        return _ambiguous(best, opposed, wanted)
    chosen = _preferred(best, [rule for rule, place in parting if place is None], foretold)
    rivals = [(rule, place) for rule, place in [(best, None), *parting] if rule is not chosen]
    return replace(
        chosen,
        rivals=chosen.rivals
        + tuple(Rival(rule.formula, rule.family, rule.bits, place) for rule, place in rivals),
        wants=wanted,
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
    reason = f"rules that part at n = {decimal(differ_at)} fit about equally well: {names}"
    return Ambiguous(reason, (best, *opposed), differ_at, wants)


def _preferred(best: Found, agreeing: list[Found], foretold: Foretold) -> Found:
    """Of several forms of one rule, one that has a value wherever one is asked for, PLAIN if possible."""
    if not agreeing:
        return best

    def rank(rule: Found) -> tuple[bool, bool]:
        values = (foretold.at(rule, position) for position in foretold.question.positions)
        return any(isinstance(value, CannotEvaluate) for value in values), not isinstance(rule.formula, PLAIN)

    return min((best, *agreeing), key=rank)


def _is_close(best: Found, other: Found, config: MineConfig) -> bool:
    lead = description_bits(other.formula) - description_bits(best.formula)
    return lead < config.decisive_bits


def _parts_at(best: Found, other: Found, foretold: Foretold) -> int | None:
    """Least index, by best's counting, at which the two give different terms; None if there was none."""
    known, rows = len(foretold.question.terms), (foretold.row(best), foretold.row(other))
    if all(rows):
        place = next((place for place, (a, b) in enumerate(zip(*rows, strict=False)) if a != b), None)
    else:
        place = next((p for p in range(known, foretold.end) if _differ(best, other, p, foretold)), None)
    if place is None:
        later = sorted(p for p in foretold.question.positions if p >= foretold.end)
        place = next((p for p in later if _differ(best, other, p, foretold)), None)
    return None if place is None else best.formula.first_index + place


def _differ(best: Found, other: Found, position: int, foretold: Foretold) -> bool:
    values = [foretold.at(rule, position) for rule in (best, other)]
    return not any(isinstance(value, CannotEvaluate) for value in values) and values[0] != values[1]


def _contradicts(best: Found, other: Found, foretold: Foretold) -> bool:
    """True unless both give the same value at every position that is asked for."""
    positions = foretold.question.positions
    values = [[foretold.at(rule, position) for position in positions] for rule in (best, other)]
    unknown = any(isinstance(value, CannotEvaluate) for row in values for value in row)
    return not positions or unknown or values[0] != values[1]


def wants(best: Found, places: list[int | None], question: Question, config: MineConfig) -> tuple[int, ...]:
    """Indices at which rivals part, and a few fresh ones: the next, and one as far again."""
    first, known = best.formula.first_index, len(question.terms)
    fresh = {first + known, first + known + 1, first + 2 * known}
    parted = sorted({place for place in places if place is not None})
    return tuple(dict.fromkeys([*parted, *sorted(fresh)]))[: config.max_wants]
