"""Asks a model for a problem's class, in a form that can only be read one way."""

from __future__ import annotations

import json
from typing import Any

from aimo_pipeline.config import RouteConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Asked, Problem, Route, Subject
from aimo_pipeline.llm.completer import Completer, Completion, CompletionRequest, Message, Sampling
from aimo_pipeline.llm.prompts import task_messages

_TIERS = (1, 2, 3)
_TRACEABLE = "small cases of it can be computed by brute force and lead to the answer"
_INSTRUCTION = (
    "Do not solve this problem. Classify it, in JSON: subject; tier, 1 for a routine exercise, 2 for a "
    "usual olympiad problem, 3 for the hardest; traceable, whether "
    f"{_TRACEABLE}; asked, what kind of integer the answer is."
)


def schema() -> dict[str, Any]:
    """The JSON schema of a class."""
    properties = {
        "subject": {"type": "string", "enum": [subject.value for subject in Subject]},
        "tier": {"type": "integer", "enum": list(_TIERS)},
        "traceable": {"type": "boolean"},
        "asked": {"type": "string", "enum": [asked.value for asked in Asked]},
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def route_messages(problem: Problem) -> tuple[Message, ...]:
    """The conversation that asks for a class; up to the problem's end it is that of the other stages."""
    return task_messages(_INSTRUCTION, problem)


def read_class(text: str) -> Route | None:
    """The class in a completion; None for anything that the schema would not allow."""
    try:
        said = json.loads(text)
        subject, asked = Subject(said["subject"]), Asked(said["asked"])
        tier, traceable = said["tier"], said["traceable"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if type(tier) is not int or tier not in _TIERS or type(traceable) is not bool:
        return None
    return Route(subject, traceable, tier, asked)


async def ask_route(
    problem: Problem, *, completer: Completer, deadline: Deadline, config: RouteConfig
) -> Route | None:
    """A model's reading of a problem.

    Args:
        problem: what is asked.
        completer: who reads it.
        deadline: the latest end; config.wait_s from now if that is earlier.
        config: bounds on the wait and on the text.

    Returns:
        None when nothing readable came in time; what comes later is not waited for.
    """
    sampling = Sampling(
        temperature=0.0, top_p=1.0, max_tokens=config.max_tokens, reasoning="low", schema=schema()
    )
    request = CompletionRequest(problem, "route", 0, 0, route_messages(problem), sampling)
    outcome = await completer.complete(request, deadline=deadline.capped(config.wait_s))
    if not isinstance(outcome, Completion) or outcome.finish != "stop":
        return None
    return read_class(outcome.text)
