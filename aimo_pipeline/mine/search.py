"""Runs the families over a sequence, then over its views, and gathers every rule that fits."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.domain import Sequence
from aimo_pipeline.formula import CFinite, DivisorSum, KRegular, Multiplicative, Polynomial, Prefixed
from aimo_pipeline.mine.base import Miner
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.linear.cfinite import cyclotomic_orders
from aimo_pipeline.mine.transform import (
    ARITHMETIC,
    INDEX_SENSITIVE,
    LATER,
    PLAIN,
    RIVALS_OF_PLAIN,
    View,
    is_closed,
    views,
)
from aimo_pipeline.mine.trust.evidence import surprise_bits
from aimo_pipeline.mine.trust.question import Question
from aimo_pipeline.mine.trust.rivals import decide
from aimo_pipeline.outcome import FitOutcome, Found, NothingFits


@dataclass
class Pace:
    """When other tasks were last let run; a cancelled problem stops there."""

    next_s: float = -math.inf

    async def rest(self, clock: Clock, slice_s: float) -> None:
        """Let other tasks run, unless they were within the last `slice_s` seconds: it costs 20 us a time."""
        if clock.now_s() >= self.next_s:
            await asyncio.sleep(0)
            self.next_s = clock.now_s() + slice_s


@dataclass
class Search:
    """The miners at work on one question; collects what they found and why not.

    Attributes:
        miners: the families to be tried.
        deadline: looked at before each miner; from then on each says "no time left".
        reasons: one line for each family that found nothing in the sequence itself.
        pace: shared by the searches of parts of the question.
    """

    miners: tuple[Miner, ...]
    deadline: Deadline
    config: MineConfig
    reasons: list[str] = field(default_factory=list)
    pace: Pace = field(default_factory=Pace)

    async def rules(self, question: Question) -> list[Found]:
        """Every family's rule for the terms as they are, or, if there is none, for views of them."""
        return await self.direct_rules(question) or await self._viewed_rules(question)

    async def direct_rules(self, question: Question) -> list[Found]:
        """Every family's rule for the terms as they are.

        The plain families come first. A rule of theirs that is beyond doubt needs no rivals; where they have
        another one, only RIVALS_OF_PLAIN could have a different one. The families of LATER are asked
        one after the other where no other has a rule: theirs would be the same one.
        """
        plain = await self._rules_of(PLAIN, question)
        if any(_is_beyond_doubt(rule, self.config) for rule in plain):
            return plain
        if plain:
            return [*plain, *await self._rules_of(RIVALS_OF_PLAIN, question)]
        later = frozenset[str]().union(*LATER)
        found = await self._rules_of({one.name for one in self.miners} - PLAIN - later, question)
        for names in LATER:
            found = found or await self._rules_of(names, question)
        return found

    async def _rules_of(self, names: Collection[str], question: Question) -> list[Found]:
        """Where the first index is not known, only families that it matters to try the others."""
        miners = [one for one in self.miners if one.name in names]
        found: list[Found] = []
        for place, first_index in enumerate(question.first_indices):
            tried = [one for one in miners if place == 0 or one.name in INDEX_SENSITIVE]
            found += await self._each(tried, Sequence(first_index, question.terms))
        return found

    async def _each(self, miners: Iterable[Miner], sequence: Sequence) -> list[Found]:
        found: list[Found] = []
        for miner in miners:
            await self.pace.rest(self.deadline.clock, self.config.slice_s)
            if self.deadline.passed:
                self.reasons.append(f"{miner.name}: no time left")
                continue
            outcome = miner.find(sequence.terms, sequence.first_index, self.config)
            match _checked(outcome, sequence, self.config):
                case Found() as rule:
                    found.append(rule)
                case NothingFits(reason):
                    self.reasons.append(f"{miner.name}: {reason}")
        return found

    async def _viewed_rules(self, question: Question) -> list[Found]:
        found: list[Found] = []
        for place, first_index in enumerate(question.first_indices):
            for view in views(Sequence(first_index, question.terms)):
                if place == 0 or view.families == ARITHMETIC:
                    rule = await self._viewed_rule(view, question.terms)
                    found += [rule] if rule is not None else []
        return found

    async def _viewed_rule(self, view: View, terms: tuple[int, ...]) -> Found | None:
        parts: list[Found] = []
        tried = tuple(one for one in self.miners if one.name in view.families)
        for part in view.parts:
            question = Question(part.terms, (part.first_index,))
            found = await replace(self, miners=tried, reasons=[]).direct_rules(question)
            best = decide(found, question, self.config) if found else None
            if not isinstance(best, Found):
                return None
            parts.append(best)
        if all(is_closed(part) for part in parts):
            return None
        if _hardly_changes(terms, 1, self.config.min_surprise_bits_viewed):
            return None
        return _rebuilt(view, parts, terms[: self.config.max_checked_terms])


def _rebuilt(view: View, parts: list[Found], terms: tuple[int, ...]) -> Found | None:
    formula = view.rebuild(tuple(part.formula for part in parts))
    if terms_of(formula, len(terms)) != terms:
        return None
    families = "+".join(dict.fromkeys(part.family for part in parts))
    return Found(
        formula,
        f"{view.name} of {families}",
        spare=sum(part.spare for part in parts),
        unknowns=sum(part.unknowns for part in parts) + view.extra_unknowns,
        bits=sum(part.bits for part in parts),
    )


def _checked(outcome: FitOutcome, sequence: Sequence, config: MineConfig) -> FitOutcome:
    """The formula that is handed on is itself run against the terms, whatever its miner did."""
    if isinstance(outcome, NothingFits):
        return outcome
    count = min(len(sequence.terms), config.max_checked_terms)
    if terms_of(outcome.formula, count) != sequence.terms[:count]:
        return NothingFits("the formula does not reproduce the terms")
    return NothingFits("the terms hardly change") if _says_little(outcome, sequence, config) else outcome


def _says_little(rule: Found, sequence: Sequence, config: MineConfig) -> bool:
    """Few steps here and there, such as the lengths of the squares, can be had by digits or divisors."""
    formula = rule.formula.rule if isinstance(rule.formula, Prefixed) else rule.formula
    if not isinstance(formula, KRegular | Multiplicative | DivisorSum):
        return False
    return _hardly_changes(sequence.terms, rule.unknowns, config.min_surprise_bits)


def _hardly_changes(terms: tuple[int, ...], start: int, enough: float) -> bool:
    return surprise_bits(terms, start, enough) < enough


def _is_beyond_doubt(rule: Found, config: MineConfig) -> bool:
    """True for polynomials that bend and recurrences that grow, with so much evidence that none is weighed.

    What repeats, and what is rounded down from a line, is never beyond doubt: it has the likely impostors.
    """
    if rule.bits < config.bits_beyond_doubt:
        return False
    match rule.formula:
        case Polynomial() as formula:
            return formula.degree > 1
        case CFinite() as formula:
            return cyclotomic_orders(formula.coefficients) is None
        case _:
            return False
