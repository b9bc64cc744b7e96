"""The stage: from the terms of a trace to a rule that is worth believing, or to a reason why not."""

from __future__ import annotations

import asyncio

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Sequence
from aimo_pipeline.mine.base import Miner, terms_of, unknowns
from aimo_pipeline.mine.cfinite import CFiniteMiner
from aimo_pipeline.mine.polynomial import PolynomialMiner
from aimo_pipeline.outcome import Found, MineOutcome, NothingFits


async def mine(sequence: Sequence, *, deadline: Deadline, config: MineConfig) -> MineOutcome:
    """Find the rule with the fewest unknowns behind the terms.

    Args:
        sequence: consecutive terms, any number of any size, from any first index.
        deadline: looked at before each miner; the miners themselves take milliseconds.
        config: how much evidence a fit needs.

    Returns:
        Found: its formula gives every term. NothingFits: one line with each family's reason, also
        for no terms, too few, or terms that are not integers. No sequence makes it raise.
    """
    if not all(type(term) is int for term in sequence.terms):  # a bool would end up in a formula
        return NothingFits("a term is not an integer")
    return await _best(sequence, (PolynomialMiner(), CFiniteMiner()), deadline, config)


async def _best(
    sequence: Sequence, miners: tuple[Miner, ...], deadline: Deadline, config: MineConfig
) -> MineOutcome:
    found: list[Found] = []
    reasons: list[str] = []
    for miner in miners:
        await asyncio.sleep(0)  # a cancelled problem stops here
        if deadline.passed:
            reasons.append(f"{miner.name}: no time left")
            continue
        match _checked(miner.find(sequence.terms, sequence.first_index, config), sequence):
            case Found() as rule:
                found.append(rule)
            case NothingFits(reason):
                reasons.append(f"{miner.name}: {reason}")
    # The family's name settles ties, so that the order of the miners changes nothing.
    fewest = min(found, key=lambda rule: (unknowns(rule.formula), rule.family), default=None)
    return fewest or NothingFits("; ".join(reasons))


def _checked(outcome: MineOutcome, sequence: Sequence) -> MineOutcome:
    """The formula that is handed on is itself run against every term, whatever its miner did."""
    if isinstance(outcome, Found) and terms_of(outcome.formula, len(sequence.terms)) != sequence.terms:
        return NothingFits("the formula does not reproduce the terms")
    return outcome
