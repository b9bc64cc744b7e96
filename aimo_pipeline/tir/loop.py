"""One attempt: the model reasons, its code is run, it reads the output, until it boxes an integer.

Source: the loop of tool-integrated reasoning as in ToRA (arXiv:2309.17452) and the AIMO winners' write-ups.
Not covered: a state that lasts from cell to cell; every cell is a program of its own.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import assert_never

from aimo_pipeline.config import TirConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.client import Completer, CompletionRequest, Message
from aimo_pipeline.llm.prompts import tir_messages
from aimo_pipeline.llm.reading import extract_code, final_integer, parse_integer, prose
from aimo_pipeline.outcome import Attempted, AttemptOutcome, Failed, NoAnswer, Ran, RunOutcome
from aimo_pipeline.tir.cells import run_cell

_ASK_FOR_BOX = "Give the answer, a non-negative integer, in \\boxed{}."
_TOOL_CHARS = 4_000


@dataclass
class _Talk:
    """What one attempt has said and seen so far."""

    messages: tuple[Message, ...]
    turns: int = 0
    cells: list[RunOutcome] = field(default_factory=list)

    def add(self, said: str, reply: Message) -> None:
        self.messages += (Message("assistant", said), reply)


def _shortened(text: str) -> str:
    """The beginning and the end, which hold what a program prints first and its result."""
    if len(text) <= _TOOL_CHARS:
        return text
    half = _TOOL_CHARS // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"


def _tool_text(outcome: RunOutcome) -> str:
    match outcome:
        case Ran(stdout=stdout):
            return _shortened(stdout) if stdout.strip() else "[nothing was printed]"
        case Failed(cause=cause, message=message, stdout=stdout):
            return f"{_shortened(stdout)}\n[{cause}] {message}".lstrip()
    assert_never(outcome)


def harvest(outcomes: list[RunOutcome]) -> int | None:
    """The integer that stands alone on the last printed line of the last program that ended well."""
    printed = [outcome.stdout.strip() for outcome in outcomes if isinstance(outcome, Ran)]
    return parse_integer(printed[-1].rpartition("\n")[2]) if printed else None


def _ended(talk: _Talk, *, out_of_time: bool) -> AttemptOutcome:
    """The outcome when no further turn comes: what the tool printed, or why there is nothing."""
    value = harvest(talk.cells)
    if value is not None:
        return Attempted(value, "tool_output", talk.turns)
    last = talk.cells[-1] if talk.cells else None
    detail = f"{last.cause}: {last.message}" if isinstance(last, Failed) else ""
    if out_of_time:
        return NoAnswer("deadline", talk.turns, detail)
    if not talk.turns:
        return NoAnswer("no_completion", 0)
    return NoAnswer("tool_error" if detail else "no_number", talk.turns, detail)


async def _reply(
    said: str, talk: _Talk, *, cells: asyncio.Semaphore, deadline: Deadline, config: TirConfig
) -> Message:
    """Run the program in what was said, if there is one."""
    code = extract_code(said)
    if code is None:
        return Message("user", _ASK_FOR_BOX)
    async with cells:
        limit = deadline.capped(config.cell_s)
        talk.cells.append(await run_cell(code, deadline=limit, limits=config.limits))
    return Message("tool", _tool_text(talk.cells[-1]))


async def attempt(
    problem: Problem,
    *,
    sample: int,
    completer: Completer,
    cells: asyncio.Semaphore,
    deadline: Deadline,
    config: TirConfig,
) -> AttemptOutcome:
    """One attempt, from the question to an integer or a dead end.

    Args:
        problem: what is asked.
        sample: number of the attempt, from 0.
        completer: who reasons.
        cells: bounds how many programs run at once over all attempts.
        deadline: the latest end of everything.
        config: bounds on turns, cells and resources.

    Returns:
        Attempted("boxed") as soon as a completion boxes an integer outside its program; otherwise, when no
        further turn comes, Attempted("tool_output") or NoAnswer.
    """
    talk = _Talk(tir_messages(problem))
    while talk.turns < config.turns and not deadline.passed:
        request = CompletionRequest(problem, "tir", sample, talk.turns, talk.messages)
        completions = await completer.complete(request, deadline=deadline)
        if not completions:
            break
        said = completions[0].text
        talk.turns += 1
        boxed = final_integer(prose(said))
        if boxed is not None:
            return Attempted(boxed, "boxed", talk.turns)
        talk.add(said, await _reply(said, talk, cells=cells, deadline=deadline, config=config))
    return _ended(talk, out_of_time=deadline.passed)
