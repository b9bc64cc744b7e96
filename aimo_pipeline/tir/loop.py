"""One attempt: the model reasons, its code is run, it reads the output, until it boxes an integer.

Source: the loop of tool-integrated reasoning as in ToRA (arXiv:2309.17452) and the AIMO winners' write-ups.
The cells of an attempt share their variables, as in a notebook; attempts share nothing.
"""

from __future__ import annotations

from aimo_pipeline.deadline import Deadline
from aimo_pipeline.llm.completer import Completion, CompletionRequest, Message, NoCompletion, Sampling
from aimo_pipeline.llm.reading import extract_code
from aimo_pipeline.outcome import Attempted, AttemptOutcome, NoAnswer, OutOfContract
from aimo_pipeline.tir.cells import tool_text
from aimo_pipeline.tir.conclude import concluded
from aimo_pipeline.tir.talk import Dead, Table, Talk
from aimo_pipeline.tir.tool import Tool

_ASK_FOR_BOX = "Give the answer, a non-negative integer, in \\boxed{}."
_DRAWN_AGAIN = ("empty", "bad_header")
_SEEDS_PER_SAMPLE = 1_000


async def attempt(talk: Talk, *, table: Table, deadline: Deadline) -> AttemptOutcome:
    """One attempt, from the question to an integer or a dead end.

    Args:
        talk: holds the problem, the sample and the opening messages; it is filled as the attempt goes on, so
            that a caller who cancels can still ask for a last word.
        table: model, sandbox and rules.
        deadline: the latest end of turns; a last word may come after it.

    Returns:
        Attempted("boxed") as soon as a completion states an integer that can be the answer; otherwise, when
        no further turn comes, what `concluded` makes of it.
    """
    async with Tool(table.sandbox, config=table.config, owner=talk.problem.id) as tool:
        ended = await _turns(talk, tool, table, deadline)
    return ended if isinstance(ended, Attempted) else await concluded(talk, ended, table)


async def _turns(talk: Talk, tool: Tool, table: Table, deadline: Deadline) -> Attempted | Dead:
    """Turn by turn to an integer, or to why no further turn comes."""
    while not deadline.passed:
        if talk.turns >= table.config.turns:
            return Dead("turns", f"no integer after {talk.turns} turns")
        completion = await table.completer.complete(_request(talk, table), deadline=deadline)
        if isinstance(completion, NoCompletion):
            ended: Attempted | Dead | None = _missing(completion, talk, table)
        else:
            ended = await _heard(completion, talk, tool, table, deadline)
        if ended is not None:
            return ended
    return Dead("deadline")


def _request(talk: Talk, table: Table) -> CompletionRequest:
    config = table.config
    sampling = Sampling(
        temperature=config.temperature,
        top_p=config.top_p,
        max_tokens=config.turn_tokens,
        seed=_SEEDS_PER_SAMPLE * talk.sample + talk.turns,
        reasoning=config.reasoning,
        entropy=True,
    )
    return CompletionRequest(talk.problem, "tir", talk.sample, talk.turns, talk.messages, sampling)


def _missing(completion: NoCompletion, talk: Talk, table: Table) -> Dead | None:
    """Why the attempt ends; None where the turn is drawn again."""
    if completion.cause in _DRAWN_AGAIN and talk.redraws < table.config.redraws:
        talk.redraws += 1
        talk.turns += 1
        return None
    if completion.cause == "not_recorded" or completion.cause == "cancelled":
        return Dead("no_completion", completion.detail)
    return Dead(completion.cause, completion.detail)


async def _heard(
    completion: Completion, talk: Talk, tool: Tool, table: Table, deadline: Deadline
) -> Attempted | Dead | None:
    """Take in one completion; None where a further turn follows."""
    talk.heard(completion)
    if completion.finish in ("length", "deadline"):
        talk.unfinished = completion.thinking + completion.text
        return Dead("context" if completion.finish == "length" else "deadline")
    judged = None if completion.finish == "tool" else _judged(completion, talk, table)
    if isinstance(judged, Attempted):
        return judged
    code = completion.text if completion.finish == "tool" else extract_code(completion.text)
    if judged is None and code is not None:
        talk.remark = ""  # it works on, so what it said before was no last word
        talk.add(completion, await _ran(code, talk, tool, deadline))
        return None
    talk.remark = completion.text if judged is None else ""
    talk.followups += 1
    if talk.followups > table.config.followups:
        return Dead("no_number" if completion.text.strip() else "empty")
    talk.add(completion, judged or Message("user", _ASK_FOR_BOX))
    return None


def _judged(completion: Completion, talk: Talk, table: Table) -> Attempted | Message | None:
    """The integer that a completion states; where it can't be the answer, what the model is told of that."""
    value = table.read(completion.text)
    if value is None:
        return None
    admitted = table.admit(value)
    if isinstance(admitted, OutOfContract):
        talk.refused = admitted.reason
        return Message("user", f"That can't be the answer: {admitted.reason}. {_ASK_FOR_BOX}")
    return Attempted(value, "boxed", talk.turns, completion.measures.tail_entropy, talk.tokens)


async def _ran(code: str, talk: Talk, tool: Tool, deadline: Deadline) -> Message:
    talk.cells.append(await tool.run(code, deadline=deadline))
    return Message("tool", tool_text(talk.cells[-1]))


def stopped(talk: Talk) -> NoAnswer:
    """The outcome of an attempt that was given up and had no last word."""
    return NoAnswer("stopped", talk.turns)
