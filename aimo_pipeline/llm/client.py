"""A Completer over any OpenAI-compatible server, through the openai library.

A request has one deadline; within it, it is sent again when its connection breaks or its engine is started
anew, and never for any other reason; but a server that refuses what we ask for beside the text (entropies,
seeds, forms) is asked for the text alone. At the deadline, and when cancelled, the stream is closed, which
makes the server stop; what had come until the deadline is kept.

Not covered: n samples in one request. Parallel requests share their prefix in the server's cache, and each
of them can be aborted by itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from openai import AsyncOpenAI

from aimo_pipeline.config import ClientConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.llm.completer import (
    Completion,
    CompletionOutcome,
    CompletionRequest,
    NoCompletion,
    Sampling,
)
from aimo_pipeline.llm.endpoint import Endpoint, Engine, Unavailable
from aimo_pipeline.llm.remote import client_of
from aimo_pipeline.llm.stream import Broken, Hearing, Unknown, hear
from aimo_pipeline.llm.wire import Asked, Format, plainer
from aimo_pipeline.llm.within import Late, within
from aimo_pipeline.observe.events import CompletionDropped, CompletionRetried
from aimo_pipeline.observe.journal import Journal


@dataclass
class _Trial:
    """A request, over all the times that it is sent.

    Attributes:
        request, sampling: what is wanted.
        deadline: the latest end.
        hearings: its streams.
        reason: why the last one broke.
    """

    request: CompletionRequest
    sampling: Sampling
    deadline: Deadline
    hearings: list[Hearing] = field(default_factory=list)
    reason: str = ""

    def furthest(self) -> Hearing | None:
        """The stream that brought most."""
        return max(self.hearings, key=lambda one: (len(one.tokens), one.chunks), default=None)

    def dropped(self, outcome: CompletionOutcome | None) -> Iterator[CompletionDropped]:
        """Streams that are no part of what was given back; None: nobody waited for it any longer."""
        missing = outcome.cause if isinstance(outcome, NoCompletion) else "cancelled"
        cut = isinstance(outcome, Completion) and outcome.finish == "deadline"
        last = self.furthest() if cut else self.hearings[-1] if self.hearings else None
        key = (self.request.problem.id, self.request.stage, self.request.sample, self.request.turn)
        for one in self.hearings:
            given = one is last and isinstance(outcome, Completion)
            if last is not None and one.chunks and not given and not last.goes_on_from(one):
                text, cost = one.asked.reader.as_it_came(), one.measures(tail_tokens=1)
                tokens = cost.completion_tokens or 0
                why = missing if one is last else "retried"
                yield CompletionDropped(*key, why, text, tokens, cost.ttft_s, cost.tpot_s)

    def cut_short(self, otherwise: NoCompletion, tail_tokens: int) -> CompletionOutcome:
        """What there was until now, or why there is nothing."""
        best = self.furthest()
        partial = best.completion("deadline", tail_tokens) if best else otherwise
        return partial if isinstance(partial, Completion) else otherwise


class OpenAICompleter:
    """See the module; made by `opened`."""

    def __init__(
        self, engine: Engine, form: Format, *, config: ClientConfig, journal: Journal, clock: Clock
    ) -> None:
        self._engine, self._form, self._config = engine, form, config
        self._journal, self._clock = journal, clock
        self._clients: dict[Endpoint, AsyncOpenAI] = {}
        self._plain: set[str] = set()

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, engine: Engine, form: Format, *, config: ClientConfig, journal: Journal, clock: Clock
    ) -> AsyncIterator[OpenAICompleter]:
        """A completer whose connections are closed at the end of the block.

        Args:
            engine: tells where the server is.
            form: how conversations become requests.
            config: how servers are asked.
            journal: is told of requests that are sent again.
            clock: for the measures.
        """
        completer = cls(engine, form, config=config, journal=journal, clock=clock)
        try:
            yield completer
        finally:
            for client in completer._clients.values():
                await client.close()

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """See Completer."""
        sampling = request.sampling or Sampling(self._config.temperature, self._config.top_p)
        trial = _Trial(request, sampling, deadline)
        outcome: CompletionOutcome | None = None
        try:
            outcome = await self._tried(trial)
            return outcome
        finally:  # also when it is cancelled
            for dropped in trial.dropped(outcome):
                self._journal.write(dropped)

    async def _tried(self, trial: _Trial) -> CompletionOutcome:
        """Send it, again where it breaks."""
        request, deadline = trial.request, trial.deadline
        for number in range(1, self._config.tries + 1):
            endpoint = await self._engine.endpoint(deadline=deadline)
            if isinstance(endpoint, Unavailable):
                trial.reason = endpoint.reason
                break
            outcome = await self._send(trial, endpoint)
            if not isinstance(outcome, Broken):
                return outcome
            trial.reason = outcome.reason
            self._engine.doubt(endpoint)
            self._journal.write(_retried(request, number, outcome.reason))
            await self._pause(number, deadline)
        return trial.cut_short(NoCompletion("engine_died", trial.reason), self._config.tail_tokens)

    async def _send(self, trial: _Trial, endpoint: Endpoint) -> CompletionOutcome | Broken:
        """Send the request once."""
        furthest = trial.furthest()
        heard = furthest.tokens if furthest else []
        asked = self._form.ask(trial.request, trial.sampling, endpoint, heard)
        if isinstance(asked, NoCompletion):
            return asked
        asked = replace(asked, body=_drawn(trial.sampling) | dict(asked.body))
        if endpoint.base_url in self._plain:
            asked = plainer(asked) or asked
        said = await self._hear(trial, endpoint, asked)
        if not isinstance(said, Unknown):
            return said
        less = plainer(asked)
        again = said if less is None else await self._hear(trial, endpoint, less)
        if isinstance(again, Unknown):
            return NoCompletion("refused", again.reason)
        if isinstance(again, Completion):  # so it was what we asked for beside the text
            self._plain.add(endpoint.base_url)
        return again

    async def _hear(
        self, trial: _Trial, endpoint: Endpoint, asked: Asked
    ) -> CompletionOutcome | Broken | Unknown:
        """Send a request as it is, and read its stream."""
        author = self._config.adapters.get(trial.request.stage, endpoint.model)
        hearing = Hearing(asked, author, self._clock.now_s())
        trial.hearings.append(hearing)
        client, activity = self._client(endpoint), self._engine.activity
        ended = await within(
            hear(hearing, client=client, clock=self._clock, activity=activity), trial.deadline
        )
        if ended is Late.LATE:
            return trial.cut_short(NoCompletion("deadline", trial.reason), self._config.tail_tokens)
        if ended is not None:
            return ended
        outcome = hearing.completion(hearing.ending, self._config.tail_tokens)
        activity.replied(empty=isinstance(outcome, NoCompletion) and outcome.cause == "empty")
        return outcome

    async def _pause(self, number: int, deadline: Deadline) -> None:
        wanted_s = min(self._config.retry_s * 2 ** (number - 1), self._config.retry_most_s)
        await self._clock.sleep(min(wanted_s, deadline.remaining_s()))

    def _client(self, endpoint: Endpoint) -> AsyncOpenAI:
        if endpoint not in self._clients:
            self._clients[endpoint] = client_of(endpoint, self._config)
        return self._clients[endpoint]


def _drawn(sampling: Sampling) -> dict[str, float]:
    seed = {} if sampling.seed is None else {"seed": sampling.seed}
    return {"temperature": sampling.temperature, "top_p": sampling.top_p, **seed}


def _retried(request: CompletionRequest, number: int, reason: str) -> CompletionRetried:
    key = (request.problem.id, request.stage, request.sample, request.turn)
    return CompletionRetried(*key, number, reason)
