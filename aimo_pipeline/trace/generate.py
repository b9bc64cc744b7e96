"""Asks the model for one trace program."""

from __future__ import annotations

from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Completer, CompletionRequest, NoCompletion
from aimo_pipeline.llm.prompts import trace_messages
from aimo_pipeline.llm.reading import extract_code

__all__ = ["extract_code", "generate"]


async def generate(problem: Problem, *, sample: int, completer: Completer, deadline: Deadline) -> str | None:
    """One trace program for the problem.

    Args:
        problem: what is asked.
        sample: number of the independent sample, from 0.
        completer: who writes it.
        deadline: the latest time to wait for it.

    Returns:
        The code; "" when a completion came without code; None when no completion came, so that a caller
        can tell "nobody answers" from "the answer is no program".
    """
    request = CompletionRequest(problem, "trace", sample, 0, trace_messages(problem))
    outcome = await completer.complete(request, deadline=deadline)
    return None if isinstance(outcome, NoCompletion) else extract_code(outcome.text) or ""
