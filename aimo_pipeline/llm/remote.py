"""A server that somebody else runs, at an address that does not change."""

from __future__ import annotations

from openai import APIError, APIStatusError, AsyncOpenAI, Timeout

from aimo_pipeline.config import ClientConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.llm.endpoint import Activity, Endpoint, Unavailable
from aimo_pipeline.llm.wire import count_of
from aimo_pipeline.llm.within import Late, within


def client_of(endpoint: Endpoint, config: ClientConfig) -> AsyncOpenAI:
    """The openai library's client of a server; tries and deadlines are ours, so it has none."""
    timeout = Timeout(config.idle_s, connect=config.connect_s)
    return AsyncOpenAI(base_url=endpoint.base_url, api_key=endpoint.api_key, max_retries=0, timeout=timeout)


class RemoteEngine:
    """An Engine that asks the server once which model it has and how long its context is."""

    def __init__(self, base_url: str, *, config: ClientConfig, clock: Clock) -> None:
        self.activity = Activity(clock)
        self._config = config
        self._asked = Endpoint(base_url, config.api_key, config.model or "")
        self._known: Endpoint | None = None

    async def endpoint(self, *, deadline: Deadline) -> Endpoint | Unavailable:
        """See Engine; asks for the model until the server answers."""
        pause_s = self._config.retry_s
        while self._known is None:
            found = await within(self._models(), deadline)
            if found is Late.LATE:
                return Unavailable(f"{self._asked.base_url} did not answer in time")
            if isinstance(found, Endpoint):
                self._known = found
            elif found is not None:
                return found
            else:
                await deadline.clock.sleep(min(pause_s, deadline.remaining_s()))
                pause_s = min(2 * pause_s, self._config.retry_most_s)
        return self._known

    def doubt(self, endpoint: Endpoint) -> None:
        """See Engine; nobody here can do anything about it."""

    async def _models(self) -> Endpoint | Unavailable | None:
        """The server with its model; Unavailable without one of that name, None while out of reach."""
        asked = self._asked
        try:
            async with client_of(asked, self._config) as client:
                listed = (await client.models.list()).data
        except APIStatusError as error:
            if asked.model and error.status_code == 404:  # not every server lists its models
                return asked
            told = Unavailable(f"{asked.base_url}: {error.message[:200]}")
            return None if error.status_code >= 500 else told
        except (APIError, ValueError, AttributeError):
            return None
        chosen = [one for one in listed if not asked.model or one.id == asked.model]
        if not chosen:
            names = ", ".join(one.id for one in listed) or "none"
            return Unavailable(f"{asked.base_url} has no model {asked.model!r}; it has {names}")
        context = count_of(chosen[0], "max_model_len")
        return Endpoint(asked.base_url, asked.api_key, chosen[0].id, context_tokens=context)
