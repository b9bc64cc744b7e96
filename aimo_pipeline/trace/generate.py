"""Asks the model for trace programs, and once more where one failed."""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.config import TraceConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import (
    Completer,
    Completion,
    CompletionOutcome,
    CompletionRequest,
    Message,
    NoCompletion,
    Sampling,
)
from aimo_pipeline.llm.prompts import trace_messages
from aimo_pipeline.llm.reading import extract_code
from aimo_pipeline.outcome import TraceFailed

__all__ = ["Program", "again_messages", "extract_code", "generate", "generate_again"]

_SEEDS_PER_SAMPLE = 1_000
_LINE_CHARS = 200
_ADVICE = {
    "no_code": "Write one ```python block that defines FIRST, TARGET, MODULUS and a(n).",
    "timed_out": "a(n) has to be feasible for small n: count less, and cheaper.",
    "memory": "a(n) has to be feasible for small n, within 2 GB.",
    "not_an_integer": "a(n) has to return an exact Python int.",
    "no_target": "TARGET has to be the index that the problem asks for.",
}


@dataclass(frozen=True)
class Program:
    """A trace program as the model wrote it.

    Attributes:
        sample, turn: number of the independent sample; 0, or 1 for the one after a failure.
        source: its code; "" where the completion held none.
        messages: the conversation, the completion included.
    """

    sample: int
    turn: int
    source: str
    messages: tuple[Message, ...]


async def generate(
    problem: Problem, *, sample: int, completer: Completer, deadline: Deadline, config: TraceConfig
) -> Program | NoCompletion:
    """One trace program for the problem.

    Args:
        problem: what is asked.
        sample: number of the independent sample, from 0.
        completer: who writes it.
        deadline: the latest time to wait for it.
        config: how it is drawn.

    Returns:
        NoCompletion when none came, so that a caller can tell "nobody answers" from "the answer is no
        program".
    """
    sampling = _sampling(config, config.temperature, _SEEDS_PER_SAMPLE * sample)
    request = CompletionRequest(problem, "trace", sample, 0, trace_messages(problem), sampling)
    return _program(request, await completer.complete(request, deadline=deadline))


async def generate_again(
    problem: Problem,
    failed: Program,
    failure: TraceFailed,
    *,
    completer: Completer,
    deadline: Deadline,
    config: TraceConfig,
) -> Program | NoCompletion:
    """The program that comes when the model is told how its first one failed; arguments as for generate."""
    sampling = _sampling(config, config.temperature_again, _SEEDS_PER_SAMPLE * failed.sample + 1)
    messages = again_messages(failed, failure)
    request = CompletionRequest(problem, "trace", failed.sample, failed.turn + 1, messages, sampling)
    return _program(request, await completer.complete(request, deadline=deadline))


def again_messages(failed: Program, failure: TraceFailed) -> tuple[Message, ...]:
    """The conversation that ends with how a program failed: the failing line, the error, and what to do."""
    told = ["That program gave no terms."]
    lines = failed.source.splitlines()
    if failure.line is not None and 1 <= failure.line <= len(lines):
        told.append(f"  line {failure.line}: {lines[failure.line - 1].strip()[:_LINE_CHARS]}")
    if failure.message:
        told.append(f"  {failure.message}")
    told.append(_ADVICE.get(failure.cause, "Mend it and write the whole program again."))
    return (*failed.messages, Message("user", "\n".join(told)))


def _sampling(config: TraceConfig, temperature: float, seed: int) -> Sampling:
    return Sampling(
        temperature=temperature,
        top_p=config.top_p,
        max_tokens=config.max_tokens,
        seed=seed,
        reasoning=config.reasoning,
    )


def _program(request: CompletionRequest, outcome: CompletionOutcome) -> Program | NoCompletion:
    if not isinstance(outcome, Completion):
        return outcome
    said = Message("assistant", outcome.text, outcome.thinking)
    code = outcome.text if outcome.finish == "tool" else extract_code(outcome.text) or ""
    return Program(request.sample, request.turn, code, (*request.messages, said))
