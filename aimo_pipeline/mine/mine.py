"""The stage: from the terms of a trace to a rule that is worth believing, or to a reason why not."""

from __future__ import annotations

from dataclasses import replace

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.mine.base import Miner
from aimo_pipeline.mine.families import MINERS
from aimo_pipeline.mine.floors.beatty import BeattyMiner
from aimo_pipeline.mine.search import Search
from aimo_pipeline.mine.trust.line_doubt import doubted
from aimo_pipeline.mine.trust.odd_first import after_odd_first
from aimo_pipeline.mine.trust.outlier import hidden_in, suspect
from aimo_pipeline.mine.trust.question import Question
from aimo_pipeline.mine.trust.rivals import decide
from aimo_pipeline.mine.trust.written_out import breaks_with_digits
from aimo_pipeline.outcome import (
    BadTerms,
    Constant,
    Found,
    MineOutcome,
    NothingFits,
    TooFewTerms,
)


async def mine(
    sequence: Sequence, *, deadline: Deadline, config: MineConfig, targets: tuple[Target, ...] = ()
) -> MineOutcome:
    """Find the rule behind the terms.

    Args:
        sequence: consecutive terms, any number of any size, from any first index.
        deadline: looked at before each miner, beside config.wall_s; a miner takes milliseconds.
        config: how much evidence a fit needs.
        targets: terms that will be asked for; rules that agree on them are no rivals.

    Returns:
        Found: its formula gives every term, the first one perhaps as an exception. Ambiguous: several do, and
        part where it matters.
        OutlierSuspected: one does but for a single term. Constant, TooFewTerms: no rule, and more terms
        might help. NothingFits: one line with each family's reason. BadTerms: not integers, or too
        many. No sequence makes it raise.
    """
    positions = tuple(target.index - sequence.first_index for target in targets)
    modulus = targets[0].modulus if targets else None
    question = Question(sequence.terms, (sequence.first_index,), positions, modulus)
    return await find_rule(question, miners=MINERS, deadline=deadline, config=config)


async def find_rule(
    question: Question, *, miners: tuple[Miner, ...], deadline: Deadline, config: MineConfig
) -> MineOutcome:
    """As mine, for a first index that need not be known, and for any set of families in any order."""
    if not all(type(term) is int for term in question.terms):  # a bool would end up in a formula
        return BadTerms("a term is not an integer")
    if len(question.terms) > config.max_terms:
        return BadTerms(f"{len(question.terms)} terms; no more than {config.max_terms} are looked at")
    broken = breaks_with_digits(question)
    if broken is not None:
        return broken
    search = Search(miners, deadline.capped(config.wall_s), config)
    found = await search.rules(question) or await _near_rules(question, search)
    if found:
        decided = decide(found, question, config)
        decided = doubted(decided, question, config) if isinstance(decided, Found) else decided
        hidden = await hidden_in(decided, question, search) if isinstance(decided, Found) else None
        return decided if hidden is None else await after_odd_first(question, search) or hidden
    reasons = "; ".join(search.reasons)
    named = await suspect(question, search)
    if named is None:
        return _nothing(question, reasons, config)
    return await after_odd_first(question, search) or named


async def _near_rules(question: Question, search: Search) -> list[Found]:
    """Lines whose floors are the terms, where all that could be meant agree on what is asked for."""
    reach = max(question.positions, default=-1) + 1
    if not 0 < reach <= search.config.beatty.max_reach * len(question.terms) or min(question.positions) < 0:
        return []
    miner = BeattyMiner(question.positions, question.first_indices)
    near = replace(search, miners=(miner,), reasons=[])
    return await near.direct_rules(question)


def _nothing(question: Question, reasons: str, config: MineConfig) -> MineOutcome:
    count, first = len(question.terms), question.first_indices[0]
    wants = tuple(range(first + count, first + count + config.max_wants))
    if count < config.min_terms:
        return TooFewTerms(f"{count} term{'s are' if count != 1 else ' is'} too few for any rule", wants)
    if len(set(question.terms)) == 1:
        reason = f"{count} equal terms may be a constant, or a program that does nothing"
        return Constant(reason, question.terms[0], wants)
    return NothingFits(reasons)
