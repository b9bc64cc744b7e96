"""The last word of an attempt that time, context or turns cut off: a short forced answer instead of nothing.

Source: budget forcing as in s1 (arXiv:2501.19393), asked for as a turn of the conversation, since a chat
server takes no half-written turn of its model.
"""

from __future__ import annotations

from dataclasses import replace

from aimo_pipeline.answer.contract import Contract
from aimo_pipeline.answer.extract import boxed_answer, marked_answer
from aimo_pipeline.config import TirConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import (
    Completer,
    Completion,
    CompletionRequest,
    Message,
    NoCompletion,
    Sampling,
)
from aimo_pipeline.outcome import Attempted

_LAST_WORD = (
    "There is no time left to go on. From what you have found so far, give your best answer now, in one line "
    "and nothing else: a non-negative integer in \\boxed{}."
)
_TAIL_CHARS = 2_000


def last_word_messages(
    messages: tuple[Message, ...], unfinished: str, *, most_chars: int | None
) -> tuple[Message, ...]:
    """The conversation that asks for a last word.

    Args:
        messages: the conversation up to its last complete turn; the first two are instructions and problem.
        unfinished: what the model wrote or thought in the turn that was cut off.
        most_chars: what may stay of the turns after the problem, the latest; None: all of it, which keeps the
            prefix that the server has in its cache.
    """
    head, rest = messages[:2], list(messages[2:])
    if most_chars is not None:
        while rest and sum(len(one.content) + len(one.thinking) for one in rest) > most_chars:
            del rest[0]
    tail = unfinished[-_TAIL_CHARS:].strip()
    thought = f"Your thoughts were interrupted here: ...{tail}\n\n" if tail else ""
    return (*head, *rest, Message("user", thought + _LAST_WORD))


async def harvest(
    problem: Problem,
    *,
    sample: int,
    turn: int,
    messages: tuple[Message, ...],
    shorter: tuple[Message, ...],
    completer: Completer,
    deadline: Deadline,
    config: TirConfig,
    contract: Contract,
) -> Attempted | None:
    """Ask an unfinished attempt for its best answer.

    Args:
        problem: what is asked.
        sample, turn: number of the attempt, and of the turn that this becomes.
        messages: from last_word_messages.
        shorter: the same with less of the conversation, for where `messages` do not fit into the context.
        completer: who answers.
        deadline: the latest end.
        config: bounds on the answer's length.
        contract: what the problem asks for.

    Returns:
        Attempted("harvested"), or None when no integer was boxed, or named as the answer, in time.
    """
    sampling = Sampling(
        temperature=config.temperature,
        top_p=config.top_p,
        max_tokens=config.harvest_tokens,
        seed=sample,
        reasoning=config.reasoning,  # as the attempt had it, or the cached prefix would be another
        entropy=True,
    )
    request = CompletionRequest(problem, "harvest", sample, turn, messages, sampling)
    outcome = await completer.complete(request, deadline=deadline)
    if isinstance(outcome, NoCompletion) and outcome.cause == "context" and shorter != messages:
        outcome = await completer.complete(replace(request, messages=shorter), deadline=deadline)
    if not isinstance(outcome, Completion):
        return None
    # It was asked for the answer and nothing else, so a line that holds it without a box is one too.
    whole = outcome.finish == "stop"
    value = marked_answer(outcome.text, contract) if whole else boxed_answer(outcome.text, contract)
    if value is None:
        value = boxed_answer(outcome.thinking, contract)
    if value is None:
        return None
    return Attempted(value, "harvested", turn + 1, outcome.measures.tail_entropy)
