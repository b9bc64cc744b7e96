"""What the journal records: one frozen dataclass per kind of event, told apart by `type`.

Events are facts, written once. Readers must accept unknown types and fields. SCHEMA_VERSION rises with what a
journal tells: from 4 on the problems' texts, all that a replay needs; from 5 on every mined rule whole, what
was thought before a turn, tokens that came for nothing, and Lean's library. reading.py says what can be read.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from aimo_pipeline.observe.events.boot import BootChecked, SandboxMissing
from aimo_pipeline.observe.events.budget import AccountClosed, EffortChosen, GrantGiven, SignalsLooked
from aimo_pipeline.observe.events.faults import LeanLost, MiningLost, RecordsLost, SandboxLost
from aimo_pipeline.observe.events.llm import (
    CompletionDropped,
    CompletionFinished,
    CompletionMissing,
    CompletionRetried,
)
from aimo_pipeline.observe.events.mine import CandidateMined, MineFinished
from aimo_pipeline.observe.events.problem import (
    AnswerGiven,
    Cancelled,
    PredictFailed,
    ProblemStarted,
    RouteFinished,
    StageFailed,
    WorkEnded,
)
from aimo_pipeline.observe.events.run import EngineMissing, EngineReady, RunFinished, RunStarted, SandboxReady
from aimo_pipeline.observe.events.sandbox import ProgramRan, SessionClosed
from aimo_pipeline.observe.events.server import (
    CanaryAnswered,
    ServerDied,
    ServerGivenUp,
    ServerReady,
    ServerRestarting,
    ServerSampled,
    ServerStalled,
    ServerStarted,
    WeightsWarmed,
)
from aimo_pipeline.observe.events.stage import HealthSampled, StageEnded, StageStarted
from aimo_pipeline.observe.events.text import PromptSent, TextKept
from aimo_pipeline.observe.events.tir import AttemptFinished, RoundStarted
from aimo_pipeline.observe.events.trace import TraceFinished
from aimo_pipeline.observe.events.verify import (
    CheckStarted,
    LeanUnpacked,
    StatementChecked,
    TranslateFinished,
    VerifyFinished,
)
from aimo_pipeline.observe.events.vote import AnswerExpected, CandidateStood, VoteCounted

SCHEMA_VERSION = 5

Event = (
    RunStarted
    | EngineReady
    | LeanUnpacked
    | EngineMissing
    | SandboxReady
    | SandboxMissing
    | BootChecked
    | GrantGiven
    | AccountClosed
    | EffortChosen
    | SignalsLooked
    | ProblemStarted
    | RouteFinished
    | CompletionFinished
    | CompletionMissing
    | CompletionDropped
    | CompletionRetried
    | TraceFinished
    | CandidateMined
    | MineFinished
    | TranslateFinished
    | VerifyFinished
    | RoundStarted
    | AttemptFinished
    | WorkEnded
    | AnswerGiven
    | StageFailed
    | PredictFailed
    | Cancelled
    | RunFinished
    | TextKept
    | PromptSent
    | ProgramRan
    | SessionClosed
    | StageStarted
    | StageEnded
    | HealthSampled
    | CheckStarted
    | StatementChecked
    | CandidateStood
    | VoteCounted
    | AnswerExpected
    | SandboxLost
    | LeanLost
    | MiningLost
    | RecordsLost
    | CanaryAnswered
    | ServerDied
    | ServerGivenUp
    | ServerReady
    | ServerRestarting
    | ServerSampled
    | ServerStalled
    | ServerStarted
    | WeightsWarmed
)


def head_of(event: Event, at_s: float) -> dict[str, Any]:
    """What every record begins with: `type`, `version`, `at_s` (seconds since the journal was opened)."""
    return {"type": type(event).__name__, "version": SCHEMA_VERSION, "at_s": round(at_s, 4)}


def to_record(event: Event, at_s: float) -> dict[str, Any]:
    """The event as a JSON object: its head and its fields."""
    found = head_of(event, at_s)
    for name, value in vars(event).items():
        found[name] = value if type(value) in _AS_IT_IS else _plain(value)
    return found


def _fields_of(event: Any) -> dict[str, Any]:
    """As dataclasses.asdict, without its copies of everything, which cost more than all the rest."""
    return {name: _plain(value) for name, value in vars(event).items()}


_AS_IT_IS = frozenset({str, int, float, bool, type(None)})


def _plain(value: Any) -> Any:
    if type(value) in _AS_IT_IS:
        return value
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _fields_of(value) if dataclasses.is_dataclass(value) else value


__all__ = [
    "AccountClosed",
    "AnswerExpected",
    "AnswerGiven",
    "AttemptFinished",
    "BootChecked",
    "CanaryAnswered",
    "Cancelled",
    "CandidateMined",
    "CandidateStood",
    "CheckStarted",
    "CompletionDropped",
    "CompletionFinished",
    "CompletionMissing",
    "CompletionRetried",
    "EffortChosen",
    "EngineMissing",
    "EngineReady",
    "LeanUnpacked",
    "Event",
    "GrantGiven",
    "HealthSampled",
    "LeanLost",
    "MineFinished",
    "MiningLost",
    "PredictFailed",
    "ProblemStarted",
    "ProgramRan",
    "PromptSent",
    "RoundStarted",
    "RecordsLost",
    "RouteFinished",
    "RunFinished",
    "RunStarted",
    "SCHEMA_VERSION",
    "SandboxMissing",
    "SandboxLost",
    "SandboxReady",
    "ServerDied",
    "ServerGivenUp",
    "ServerReady",
    "ServerRestarting",
    "ServerSampled",
    "ServerStalled",
    "ServerStarted",
    "SessionClosed",
    "SignalsLooked",
    "StageEnded",
    "StageFailed",
    "StageStarted",
    "StatementChecked",
    "TextKept",
    "TraceFinished",
    "TranslateFinished",
    "VerifyFinished",
    "VoteCounted",
    "WeightsWarmed",
    "WorkEnded",
    "head_of",
    "to_record",
]
