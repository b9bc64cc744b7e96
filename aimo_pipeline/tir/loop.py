"""One attempt: the model reasons, its code is run, it reads the output, until it boxes an integer.

Source: the loop of tool-integrated reasoning as in ToRA (arXiv:2309.17452) and the AIMO winners' write-ups.
The cells of an attempt share their variables, as in a notebook; attempts share nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aimo_pipeline.config import TirConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Completer, CompletionRequest, Message, NoCompletion
from aimo_pipeline.llm.prompts import tir_messages
from aimo_pipeline.llm.reading import extract_code, final_integer, parse_integer, prose
from aimo_pipeline.outcome import Attempted, AttemptOutcome, NoAnswer, Ran, RunOutcome
from aimo_pipeline.tir.cells import CellSandbox, CellSession, shown, tool_text, trouble

_ASK_FOR_BOX = "Give the answer, a non-negative integer, in \\boxed{}."


@dataclass
class _Talk:
    """What one attempt has said and seen so far."""

    messages: tuple[Message, ...]
    turns: int = 0
    cells: list[RunOutcome] = field(default_factory=list)

    def add(self, said: str, reply: Message) -> None:
        self.messages += (Message("assistant", said), reply)


def harvest(outcomes: list[RunOutcome]) -> int | None:
    """The integer that stands alone on the last printed line of the last program that ended well."""
    printed = [shown(outcome).strip() for outcome in outcomes if isinstance(outcome, Ran)]
    return parse_integer(printed[-1].rpartition("\n")[2]) if printed else None


def _ended(talk: _Talk, *, out_of_time: bool) -> AttemptOutcome:
    """The outcome when no further turn comes: what the tool printed, or why there is nothing."""
    value = harvest(talk.cells)
    if value is not None:
        return Attempted(value, "tool_output", talk.turns)
    last = talk.cells[-1] if talk.cells else None
    detail = "" if last is None or isinstance(last, Ran) else trouble(last)
    if out_of_time:
        return NoAnswer("deadline", talk.turns, detail)
    if not talk.turns:
        return NoAnswer("no_completion", 0)
    return NoAnswer("tool_error" if detail else "no_number", talk.turns, detail)


async def _reply(
    said: str, talk: _Talk, *, session: CellSession, deadline: Deadline, config: TirConfig
) -> Message:
    """Run the program in what was said, if there is one."""
    code = extract_code(said)
    if code is None:
        return Message("user", _ASK_FOR_BOX)
    talk.cells.append(await session.run(code, deadline=deadline.capped(config.cell_s)))
    return Message("tool", tool_text(talk.cells[-1]))


async def attempt(
    problem: Problem,
    *,
    sample: int,
    completer: Completer,
    sandbox: CellSandbox,
    deadline: Deadline,
    config: TirConfig,
) -> AttemptOutcome:
    """One attempt, from the question to an integer or a dead end.

    Args:
        problem: what is asked.
        sample: number of the attempt, from 0.
        completer: who reasons.
        sandbox: where its programs run.
        deadline: the latest end of everything.
        config: bounds on turns, cells and resources.

    Returns:
        Attempted("boxed") as soon as a completion boxes an integer outside its program; otherwise, when no
        further turn comes, Attempted("tool_output") or NoAnswer.
    """
    talk = _Talk(tir_messages(problem))
    async with sandbox.session(limits=config.limits, owner=problem.id) as session:
        while talk.turns < config.turns and not deadline.passed:
            request = CompletionRequest(problem, "tir", sample, talk.turns, talk.messages)
            completion = await completer.complete(request, deadline=deadline)
            if isinstance(completion, NoCompletion):
                break
            said = completion.text
            talk.turns += 1
            boxed = final_integer(prose(said))
            if boxed is not None:
                return Attempted(boxed, "boxed", talk.turns)
            talk.add(said, await _reply(said, talk, session=session, deadline=deadline, config=config))
    return _ended(talk, out_of_time=deadline.passed)
