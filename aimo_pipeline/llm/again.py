"""Asks again when a model ends without a word: at a temperature above 0 that is bad luck, no answer."""

from __future__ import annotations

from aimo_pipeline.config import ClientConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.llm.completer import Completer, CompletionOutcome, CompletionRequest, NoCompletion


class AgainCompleter:
    """A Completer around another.

    Args:
        inner: who is asked.
        config: how often and after which pauses, doubled each time.
        clock: for the pauses.
    """

    def __init__(self, inner: Completer, config: ClientConfig, clock: Clock) -> None:
        self._inner, self._config, self._clock = inner, config, clock

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """See Completer; other failures than "empty" are returned as they come."""
        pause_s = self._config.retry_s
        for _ in range(self._config.empty_tries - 1):
            outcome = await self._inner.complete(request, deadline=deadline)
            if not isinstance(outcome, NoCompletion) or outcome.cause != "empty" or deadline.passed:
                return outcome
            await self._clock.sleep(min(pause_s, deadline.remaining_s()))
            pause_s = min(2.0 * pause_s, self._config.retry_most_s)
        return await self._inner.complete(request, deadline=deadline)
