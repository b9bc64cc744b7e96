"""A Completer that writes what was asked and what came back into the journal."""

from __future__ import annotations

import dataclasses
import hashlib
import json

from aimo_pipeline.deadline import Deadline
from aimo_pipeline.llm.completer import (
    Completer,
    Completion,
    CompletionOutcome,
    CompletionRequest,
    Message,
    NoCompletion,
)
from aimo_pipeline.observe.events import CompletionFinished, CompletionMissing
from aimo_pipeline.observe.journal import Journal


def prompt_sha256(messages: tuple[Message, ...]) -> str:
    """Hex digest of a conversation; equal for equal roles and texts."""
    told = json.dumps([dataclasses.astuple(message) for message in messages], ensure_ascii=False)
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


class JournaledCompleter:
    """Passes requests on to `inner` and records every end of one, so that a run can be replayed."""

    def __init__(self, inner: Completer, journal: Journal) -> None:
        self._inner, self._journal = inner, journal

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """See Completer."""
        outcome = await self._inner.complete(request, deadline=deadline)
        self._journal.write(_event(request, outcome))
        return outcome


def _event(request: CompletionRequest, outcome: CompletionOutcome) -> CompletionFinished | CompletionMissing:
    key = (request.problem.id, request.stage, request.sample, request.turn)
    asked = prompt_sha256(request.messages)
    match outcome:
        case NoCompletion(cause=cause, detail=detail):
            return CompletionMissing(*key, asked, cause, detail)
        case Completion():
            measures = dataclasses.asdict(outcome.measures)
            said = (outcome.author, outcome.text, outcome.thinking, outcome.finish)
            return CompletionFinished(*key, asked, *said, **measures)
