"""A rule is believed only after terms that it has not seen agree with it, where such terms can be had.

Beside pipeline.py because it strings stages together (mine, then trace again): the miner names the terms that
would test its rule best, the trace program is run for just those, and the rule, or the one of several rivals
that they agree with, goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aimo_pipeline.config import TraceConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.mine import CannotEvaluate, Confirmed, Contradicted
from aimo_pipeline.mine.apart import Mining
from aimo_pipeline.outcome import Ambiguous, Found, MineOutcome, NothingFits, Traced
from aimo_pipeline.trace.run import run_terms
from aimo_pipeline.trace.sandbox import Sandbox


@dataclass(frozen=True)
class Held:
    """What became of a mined outcome.

    Attributes:
        outcome: as before, or what the fresh terms made of it.
        wanted: indices at which terms were asked for.
        agreed: those at which the rule and the program agree.
    """

    outcome: MineOutcome
    wanted: tuple[int, ...]
    agreed: tuple[int, ...]


async def hold_to_fresh_terms(
    outcome: MineOutcome,
    traced: Traced,
    *,
    mining: Mining,
    sandbox: Sandbox,
    deadline: Deadline,
    config: TraceConfig,
    owner: str,
) -> Held:
    """Run the trace program at the indices that a rule wants, and hold the rule to them.

    Args:
        outcome: of mining this trace.
        traced: the program and its first terms.
        mining: compares.
        sandbox, deadline, config, owner: as in run_trace; config.fresh_s bounds the run.

    Returns:
        Found as it was when no fresh term came (a brute-force program rarely gets much further) or all agree;
        the one of several rivals that all fresh terms agree with; NothingFits when they contradict.
    """
    wanted = _wanted(outcome)
    if not wanted:
        return Held(outcome, (), ())
    limit = deadline.capped(config.fresh_s)
    fresh = await run_terms(
        traced.source, wanted, sandbox=sandbox, deadline=limit, config=config, owner=owner
    )
    match outcome:
        case Found():
            return await _held_to(outcome, wanted, fresh, mining, deadline)
        case Ambiguous():
            return await _settled(outcome, wanted, fresh, mining, deadline)
        case _:
            return Held(outcome, wanted, ())


def _wanted(outcome: MineOutcome) -> tuple[int, ...]:
    """In rising order, because each is dearer than the one before."""
    return tuple(sorted(outcome.wants)) if isinstance(outcome, Found | Ambiguous) else ()


async def _held_to(
    rule: Found, wanted: tuple[int, ...], fresh: Mapping[int, int], mining: Mining, deadline: Deadline
) -> Held:
    match await mining.confirm(rule, fresh, deadline=deadline):
        case Confirmed(indices):
            return Held(rule, wanted, indices)
        case Contradicted(index):
            reason = f"{rule.family}: the program's a({index}), which the rule had not seen, contradicts it"
        case CannotEvaluate(why):
            reason = f"{rule.family}: it could not be held to fresh terms: {why}"
    return Held(NothingFits(reason), wanted, ())


async def _settled(
    outcome: Ambiguous, wanted: tuple[int, ...], fresh: Mapping[int, int], mining: Mining, deadline: Deadline
) -> Held:
    """One rival must agree where another does not: agreement of several settles nothing."""
    held = [await _held_to(rule, wanted, fresh, mining, deadline) for rule in outcome.rivals]
    left = [one for one in held if isinstance(one.outcome, Found) and one.agreed]
    return left[0] if len(left) == 1 and len(held) > 1 else Held(outcome, wanted, ())
