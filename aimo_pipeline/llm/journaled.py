"""A Completer that writes what was asked and what came back into the journal."""

from __future__ import annotations

import functools
import hashlib

from aimo_pipeline.deadline import Deadline
from aimo_pipeline.llm.completer import (
    Completer,
    Completion,
    CompletionOutcome,
    CompletionRequest,
    Message,
    NoCompletion,
)
from aimo_pipeline.observe.encode import json_bytes
from aimo_pipeline.observe.events import CompletionFinished, CompletionMissing, PromptSent
from aimo_pipeline.observe.journal import Journal

_GIVEN_UP = NoCompletion("cancelled", "nobody waited for it any longer")


@functools.lru_cache(maxsize=64)  # attempts that begin together begin with the same messages
def prompt_sha256(messages: tuple[Message, ...]) -> str:
    """Hex digest of a conversation; equal for equal roles and texts."""
    told = json_bytes([(one.role, one.content, one.thinking) for one in messages])
    return hashlib.sha256(told).hexdigest()


class JournaledCompleter:
    """Passes requests on to `inner` and records every end of one, so that a run can be replayed."""

    def __init__(self, inner: Completer, journal: Journal) -> None:
        self._inner, self._journal = inner, journal
        self._prompts: set[str] = set()

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """See Completer."""
        asked = self._keep_prompt(request.messages)
        began_s = deadline.clock.now_s()
        outcome: CompletionOutcome = _GIVEN_UP
        try:
            outcome = await self._inner.complete(request, deadline=deadline)
        finally:  # also when it is cancelled
            seconds = round(deadline.clock.now_s() - began_s, 3)
            self._journal.write(_event(request, asked, outcome, seconds))
        if isinstance(outcome, Completion):  # the next prompt has it as a part
            for text in filter(None, (outcome.text, outcome.thinking)):
                self._journal.stands_elsewhere(text)
        return outcome

    def _keep_prompt(self, messages: tuple[Message, ...]) -> str:
        """Have the conversation in the journal, each part of it once; returns its name."""
        asked = prompt_sha256(messages)
        if asked not in self._prompts:
            self._prompts.add(asked)
            parts = tuple(f"{message.role}:{self._journal.keep(message.content)}" for message in messages)
            thoughts = [self._journal.keep(one.thinking) if one.thinking else "" for one in messages]
            self._journal.write(PromptSent(asked, parts, tuple(thoughts) if any(thoughts) else ()))
        return asked


def _event(
    request: CompletionRequest, asked: str, outcome: CompletionOutcome, seconds: float
) -> CompletionFinished | CompletionMissing:
    key = (request.problem.id, request.stage, request.sample, request.turn)
    match outcome:
        case NoCompletion(cause=cause, detail=detail):
            return CompletionMissing(*key, asked, cause, detail, seconds)
        case Completion():
            said = (outcome.author, outcome.text, outcome.thinking, outcome.finish)
            return CompletionFinished(*key, asked, *said, **vars(outcome.measures), seconds=seconds)
