"""How an attempt ends that states no integer: its last word, what its last program printed, or the cause."""

from __future__ import annotations

from dataclasses import replace

from aimo_pipeline.llm.integers import lone_integer
from aimo_pipeline.outcome import (
    Attempted,
    AttemptOutcome,
    Cause,
    NoAnswer,
    OutOfContract,
    Ran,
    RunOutcome,
    TimedOut,
)
from aimo_pipeline.tir.cells import shown, trouble
from aimo_pipeline.tir.talk import Dead, Table, Talk

# Where a model that still answers was cut off in its work.
_UNFINISHED: frozenset[Cause] = frozenset({"deadline", "stopped", "context", "turns"})
# Where the attempt itself failed, and not the model or the clock.
_OWN: frozenset[Cause] = frozenset({"no_completion", "no_number", "turns"})


async def concluded(talk: Talk, dead: Dead, table: Table) -> AttemptOutcome:
    """What becomes of an attempt when no further turn comes.

    Args:
        talk: what it has said and seen.
        dead: why no further turn comes.
        table: model, sandbox and rules.

    Returns:
        Attempted: "harvested" where the attempt was cut off and had a last word; else "remark", where a
        finished message named its answer without a box; else "tool_output"; else "thinking", where the turn
        that was cut off had boxed an integer while it thought. NoAnswer with out_of_contract where such an
        integer can't be the answer, and with its cause where there is none.
    """
    talk.concluding = True
    if dead.cause in _UNFINISHED and talk.turns:
        said = await table.last_word(talk, cramped=dead.cause == "context")
        if said is not None:
            return _admitted(replace(said, tokens=talk.tokens), table)
    value = table.marked(talk.remark)
    if value is not None:
        return _admitted(Attempted(value, "remark", talk.turns, tokens=talk.tokens), table)
    value = printed(talk.cells)
    if value is not None:
        return _admitted(Attempted(value, "tool_output", talk.turns, tokens=talk.tokens), table)
    value = table.read(talk.unfinished)
    if value is not None:
        return _admitted(Attempted(value, "thinking", talk.turns, tokens=talk.tokens), table)
    return _without(talk, dead)


def _admitted(attempted: Attempted, table: Table) -> AttemptOutcome:
    match table.admit(attempted.value):
        case OutOfContract(reason=reason):
            return NoAnswer("out_of_contract", attempted.turns, reason)
        case _:
            return attempted


def printed(outcomes: list[RunOutcome]) -> int | None:
    """The integer that stands alone on the last printed line of the last program that ended well."""
    texts = [shown(outcome).strip() for outcome in outcomes if isinstance(outcome, Ran)]
    return lone_integer(texts[-1].rpartition("\n")[2]) if texts else None


def _without(talk: Talk, dead: Dead) -> NoAnswer:
    """The cause; the last program's, where the attempt was not cut off."""
    if talk.refused and dead.cause in _OWN:
        return NoAnswer("out_of_contract", talk.turns, talk.refused)
    last = talk.cells[-1] if talk.cells else None
    if last is None or isinstance(last, Ran):
        cause: Cause = "no_number" if dead.cause == "no_completion" and talk.turns else dead.cause
        return NoAnswer(cause, talk.turns, dead.detail)
    if dead.cause in _OWN:
        return NoAnswer(
            "tool_timeout" if isinstance(last, TimedOut) else "tool_error", talk.turns, trouble(last)
        )
    return NoAnswer(dead.cause, talk.turns, dead.detail or trouble(last))
