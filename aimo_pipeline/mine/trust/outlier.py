"""One wrong term: everything else obeys a strong rule, so the term is named, but nothing is accepted.

A rule is looked for in long runs at both ends of the sequence, one of which has no wrong term, and then
carried on over the rest. It must miss exactly one of all terms. What an accepted rule may have taken in is
looked for as well: a wrong first term looks like a prefix.
"""

from __future__ import annotations

import math
from dataclasses import replace

from aimo_pipeline.formula import CFiniteMod, Formula, KRegular, Prefixed
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.digits.kregular import KRegularMiner
from aimo_pipeline.mine.integers import decimal
from aimo_pipeline.mine.search import Search
from aimo_pipeline.mine.transform import PLAIN
from aimo_pipeline.mine.trust.backwards import extended_back
from aimo_pipeline.mine.trust.question import Question
from aimo_pipeline.mine.trust.rivals import decide
from aimo_pipeline.outcome import Found, OutlierSuspected

IMMUNE = frozenset({"polynomial", "beatty", "product", "power", "polynomial modulo m"})  # begin at once
SUSPECTED_LATE = PLAIN | {"beatty"}  # longer runs are for those that need the terms
SUSPECTED = SUSPECTED_LATE | {"c-finite modulo m", "multiplicative", "p-recursive", "product", "power"}


async def suspect(question: Question, search: Search) -> OutlierSuspected | None:
    """The term without which there would be a rule, if there is exactly one.

    Args:
        question: terms that no rule fits.
        search: runs the miners, within its deadline.
    """
    count, shares = len(question.terms), search.config.outlier.shares
    for share in shares:
        size = int(share * count)
        names = SUSPECTED if share == shares[0] else SUSPECTED_LATE
        miners = tuple(one for one in search.miners if one.name in names)
        for start in (0, count - size):
            rule = await _rule_of_run(question, start, size, replace(search, miners=miners))
            named = _missed(rule, start, question.terms) if rule is not None else None
            if named is not None:
                return named
    return None


async def _rule_of_run(question: Question, start: int, size: int, search: Search) -> Found | None:
    firsts = tuple(first + start for first in question.first_indices)
    run = Question(question.terms[start : start + size], firsts)
    found = await replace(search, reasons=[]).direct_rules(run)  # the families' reasons speak of all terms
    rule = decide(found, run, search.config) if found else None
    # A rule with a prefix of its own could take the wrong term in.
    return rule if isinstance(rule, Found) and not isinstance(rule.formula, Prefixed) else None


def _missed(rule: Found, start: int, terms: tuple[int, ...]) -> OutlierSuspected | None:
    before = extended_back(rule.formula, start)
    if before is None:
        return None
    return _only_miss(rule, (*before, *terms_of(rule.formula, len(terms) - start)), start, terms)


def _only_miss(
    rule: Found, expected: tuple[int, ...], start: int, terms: tuple[int, ...]
) -> OutlierSuspected | None:
    misses = [place for place, pair in enumerate(zip(expected, terms, strict=False)) if pair[0] != pair[1]]
    if len(misses) != 1 or len(expected) != len(terms):
        return None
    index = rule.formula.first_index - start + misses[0]
    reason = f"all terms but a({decimal(index)}) obey a {rule.family} rule"
    return OutlierSuspected(reason, index, expected[misses[0]], rule)


async def hidden_in(rule: Found, question: Question, search: Search) -> OutlierSuspected | None:
    """The wrong term that an accepted rule has taken in, if there is one.

    Families that need not begin at once take an early wrong term in: the prefix of a recurrence, the shortest
    numerals of a rule on digits, the value at 0 of a multiplicative function. It is wrong if the rule begins
    at once when that term alone is changed, or if a plain family fits all terms but that one. Rules on digits
    take late ones in, too.

    Args:
        rule: what would be accepted for the question.
        search: runs the plain families' miners.
    """
    if rule.family in IMMUNE and not isinstance(rule.formula, Prefixed):
        return None
    if rule.family in PLAIN or isinstance(rule.formula, CFiniteMod):
        mended = _mended_prefix(rule, question.terms)
        return None if mended is None or await _begins_at_once(question, search) else mended
    plain = replace(search, miners=tuple(one for one in search.miners if one.name in PLAIN))
    count = len(question.terms)
    for start in (count // 4, count // 2):
        later = await _rule_of_run(question, start, count - start, plain)
        named = _missed(later, start, question.terms) if later is not None else None
        if named is not None:
            return named
    if isinstance(rule.formula, KRegular) and len(rule.formula.left) > search.config.outlier.min_dimension:
        named = await _shorter_before(rule.formula, question, search)
        if named is not None:
            return named
    return _mended_prefix(rule, question.terms)


async def _begins_at_once(question: Question, search: Search) -> bool:
    """Whether a recurrence modulo m gives all terms: 175^n mod 265 repeats from n = 1 on; 1 is right.

    It is looked for in the first terms, too: the more periods are seen, the less each of them says.
    """
    miners = tuple(one for one in search.miners if one.name == "c-finite modulo m")
    modular, terms = replace(search, miners=miners, reasons=[]), question.terms
    for size in (len(terms), len(terms) // 2, len(terms) // 4):
        for rule in await modular.direct_rules(replace(question, terms=terms[:size])):
            begins = isinstance(rule.formula, CFiniteMod) and not _split(rule.formula)[0]
            if begins and terms_of(rule.formula, len(terms)) == terms:
                return True
    return False


async def _shorter_before(formula: KRegular, question: Question, search: Search) -> OutlierSuspected | None:
    """A late term that only a larger rule on digits takes in: no other term follows from it.

    Rules on fewer terms are looked for, of fewer dimensions, that miss nothing else.
    """
    digits = replace(search, miners=(KRegularMiner(bases=(formula.base,)),))
    question = replace(question, first_indices=(formula.first_index,))
    for share in (1, search.config.outlier.shares[-1]):
        size = min(int(share * len(question.terms)), len(question.terms) - 1)
        rule = await _rule_of_run(question, 0, size, digits)
        if rule is not None and _dimension(rule) < len(formula.left):
            named = _missed(rule, 0, question.terms)
            if named is not None:
                return named
    return None


def _dimension(rule: Found) -> float:
    return len(rule.formula.left) if isinstance(rule.formula, KRegular) else math.inf


def _mended_prefix(rule: Found, terms: tuple[int, ...]) -> OutlierSuspected | None:
    """The one term that keeps a rule with a prefix from beginning at once, if it is only one."""
    size, later = _split(rule.formula)
    before = extended_back(later, size) if size else None
    return None if before is None else _only_miss(rule, (*before, *terms[size:]), 0, terms)


def _split(formula: Formula) -> tuple[int, Formula]:
    """How many terms come before the rule proper, and that rule."""
    if isinstance(formula, Prefixed):
        return len(formula.prefix), formula.rule
    if isinstance(formula, CFiniteMod):
        size = next((place for place, c in enumerate(formula.coefficients) if c), 0)
        values = terms_of(formula, formula.order)[size:]
        later = formula.first_index + size
        return size, CFiniteMod(later, formula.modulus, formula.coefficients[size:], values)
    return 0, formula
