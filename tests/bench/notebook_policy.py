"""What the public notebooks with 44 of 50 do with one problem, for comparison; not their code.

As their write-ups tell: 8 attempts at once, each until the first \\boxed{integer} in any channel or the
deadline; stop at 4 equal answers; votes weighed by 1 / entropy; ties by size; the winner modulo 10^5. An
attempt without a box is asked for one; one that the deadline cuts off, or a server error, gives nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter

from aimo_pipeline.answer.contract import Contract
from aimo_pipeline.config import TirConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import (
    Completer,
    CompletionRequest,
    Message,
    NoCompletion,
    Sampling,
)
from aimo_pipeline.llm.prompts import tir_messages
from aimo_pipeline.llm.reading import extract_code
from aimo_pipeline.outcome import Attempted
from aimo_pipeline.tir.cells import CellSandbox, tool_text
from aimo_pipeline.tir.tool import Tool
from tests.bench.rules import notebook

ATTEMPTS = 8
EQUAL = 4
FALLBACK = 0
_FIRST_BOX = re.compile(r"\\boxed\{\s*([0-9]+)\s*\}")
_ASK = "Place your final answer in \\boxed{}."
_TURNS = 16


async def answered(
    problem: Problem, *, completer: Completer, sandbox: CellSandbox, deadline: Deadline, config: TirConfig
) -> int:
    """The integer that the notebooks' policy gives."""
    tasks = [
        asyncio.create_task(_attempt(problem, sample, completer, sandbox, deadline, config))
        for sample in range(ATTEMPTS)
    ]
    try:
        found = await _enough(tasks, deadline)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    value = notebook(found, Contract(None))
    return FALLBACK if value is None else value


async def _enough(tasks: list[asyncio.Task[Attempted | None]], deadline: Deadline) -> list[Attempted]:
    """Answers until 4 are equal, all have ended, or time is up."""
    pending, found = set(tasks), list[Attempted]()
    while pending and not deadline.passed:
        left_s = deadline.remaining_s()
        done, pending = await asyncio.wait(pending, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
        found += [one for task in tasks if task in done and (one := task.result()) is not None]
        if found and Counter(one.value for one in found).most_common(1)[0][1] >= EQUAL:
            break
    return found


async def _attempt(
    problem: Problem,
    sample: int,
    completer: Completer,
    sandbox: CellSandbox,
    deadline: Deadline,
    config: TirConfig,
) -> Attempted | None:
    messages = tir_messages(problem)
    async with Tool(sandbox, config=config, owner=problem.id) as tool:
        for turn in range(_TURNS):
            sampling = Sampling(temperature=1.0, top_p=1.0, seed=1_000 * sample + turn, entropy=True)
            request = CompletionRequest(problem, "tir", sample, turn, messages, sampling)
            outcome = await completer.complete(request, deadline=deadline)
            if isinstance(outcome, NoCompletion):
                return None
            box = _FIRST_BOX.search(f"{outcome.thinking}\n{outcome.text}")
            if box is not None:
                return Attempted(int(box[1]), "boxed", turn + 1, outcome.measures.entropy)
            code = extract_code(outcome.text)
            reply = Message("user", _ASK)
            if code is not None:
                reply = Message("tool", tool_text(await tool.run(code, deadline=deadline)))
            messages += (Message("assistant", outcome.text), reply)
    return None
