"""A Completer that writes what it got into the journal."""

from __future__ import annotations

from aimo_pipeline.deadline import Deadline
from aimo_pipeline.llm.client import Completer, Completion, CompletionRequest
from aimo_pipeline.observe.events import CompletionFinished
from aimo_pipeline.observe.journal import Journal


class JournaledCompleter:
    """Passes requests on to `inner` and records every completion, so that a run can be replayed."""

    def __init__(self, inner: Completer, journal: Journal) -> None:
        self._inner, self._journal = inner, journal

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> tuple[Completion, ...]:
        """See Completer."""
        completions = await self._inner.complete(request, deadline=deadline)
        for completion in completions:
            self._journal.write(
                CompletionFinished(
                    request.problem.id,
                    request.stage,
                    request.sample,
                    request.turn,
                    completion.author,
                    completion.text,
                )
            )
        return completions
