"""Asks again when a model ends without a word: at a temperature above 0 that is bad luck, no answer."""

from __future__ import annotations

from dataclasses import replace

from aimo_pipeline.config import ClientConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.llm.completer import Completer, CompletionOutcome, CompletionRequest, NoCompletion

# Beyond every seed that a stage gives.
_SEEDS = 1_000_000


def _drawn_anew(request: CompletionRequest, number: int) -> CompletionRequest:
    """The request with another seed: with the same one the server would end in the same way."""
    sampling = request.sampling
    if sampling is None or sampling.seed is None:
        return request
    return replace(request, sampling=replace(sampling, seed=sampling.seed + number * _SEEDS))


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
        pause_s, first = self._config.retry_s, request
        for number in range(1, self._config.empty_tries):
            outcome = await self._inner.complete(request, deadline=deadline)
            if not isinstance(outcome, NoCompletion) or outcome.cause != "empty" or deadline.passed:
                return outcome
            await self._clock.sleep(min(pause_s, deadline.remaining_s()))
            pause_s = min(2.0 * pause_s, self._config.retry_most_s)
            request = _drawn_anew(first, number)
        return await self._inner.complete(request, deadline=deadline)
