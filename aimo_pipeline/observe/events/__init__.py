"""What the journal records: one frozen dataclass per kind of event, told apart by `type`.

Events are facts, written once. Readers must accept unknown types and fields; a change of a field's
meaning raises SCHEMA_VERSION.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from aimo_pipeline.observe.events.budget import AccountClosed, GrantGiven
from aimo_pipeline.observe.events.llm import CompletionFinished, CompletionMissing
from aimo_pipeline.observe.events.mine import MineFinished
from aimo_pipeline.observe.events.problem import (
    AnswerGiven,
    Cancelled,
    PredictFailed,
    ProblemStarted,
    RouteFinished,
    StageFailed,
)
from aimo_pipeline.observe.events.run import EngineMissing, EngineReady, RunFinished, RunStarted, SandboxReady
from aimo_pipeline.observe.events.tir import AttemptFinished
from aimo_pipeline.observe.events.trace import TraceFinished
from aimo_pipeline.observe.events.verify import TranslateFinished, VerifyFinished

SCHEMA_VERSION = 3

Event = (
    RunStarted
    | EngineReady
    | EngineMissing
    | SandboxReady
    | GrantGiven
    | AccountClosed
    | ProblemStarted
    | RouteFinished
    | CompletionFinished
    | CompletionMissing
    | TraceFinished
    | MineFinished
    | TranslateFinished
    | VerifyFinished
    | AttemptFinished
    | AnswerGiven
    | StageFailed
    | PredictFailed
    | Cancelled
    | RunFinished
)


def to_record(event: Event, at_s: float) -> dict[str, Any]:
    """The event as a JSON object: `type`, `version`, `at_s` (seconds since the journal was opened)
    and the event's fields."""
    head: dict[str, Any] = {"type": type(event).__name__, "version": SCHEMA_VERSION, "at_s": round(at_s, 4)}
    return head | dataclasses.asdict(event)


__all__ = [
    "AccountClosed",
    "AnswerGiven",
    "AttemptFinished",
    "Cancelled",
    "CompletionFinished",
    "CompletionMissing",
    "EngineMissing",
    "EngineReady",
    "Event",
    "GrantGiven",
    "MineFinished",
    "PredictFailed",
    "ProblemStarted",
    "RouteFinished",
    "RunFinished",
    "RunStarted",
    "SCHEMA_VERSION",
    "SandboxReady",
    "StageFailed",
    "TraceFinished",
    "TranslateFinished",
    "VerifyFinished",
    "to_record",
]
