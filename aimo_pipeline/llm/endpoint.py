"""Where requests go: the address of a server that may die and come back under another one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from aimo_pipeline.deadline import Clock, Deadline


@dataclass(frozen=True)
class Endpoint:
    """One life of a server.

    Attributes:
        base_url: with its /v1.
        api_key: for requests.
        model: the name that requests give.
        generation: number of the life, from 1.
        context_tokens: prompt and completion together; None: the server does not tell.
    """

    base_url: str
    api_key: str = field(repr=False)
    model: str
    generation: int = 1
    context_tokens: int | None = None


@dataclass(frozen=True)
class Unavailable:
    """There is no server, and none will come before the deadline."""

    reason: str


class Activity:
    """What a watcher looks at.

    Attributes:
        under_way: requests.
        last_s: when one of them last made progress.
        empty_in_a_row: replies that came to their end without a word, since the last one with any.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.under_way = 0
        self.empty_in_a_row = 0
        self.last_s = clock.now_s()

    def progressed(self) -> None:
        """A token came."""
        self.last_s = self._clock.now_s()

    def replied(self, *, empty: bool) -> None:
        """A reply came to its end."""
        self.empty_in_a_row = self.empty_in_a_row + 1 if empty else 0

    @contextmanager
    def request(self) -> Iterator[None]:
        """One request; the first after a pause begins the count of silent seconds anew."""
        if not self.under_way:
            self.progressed()
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

    def silent_s(self) -> float:
        """Seconds without progress although something was asked; 0 while nothing is under way."""
        return self._clock.now_s() - self.last_s if self.under_way else 0.0


class Engine(Protocol):
    """Whoever knows where the server is.

    Attributes:
        activity: kept by the client, looked at by a supervisor.
    """

    activity: Activity

    async def endpoint(self, *, deadline: Deadline) -> Endpoint | Unavailable:
        """The server's address as soon as it is ready; cancellable."""
        ...

    def doubt(self, endpoint: Endpoint) -> None:
        """A request there broke: look at the server now rather than at the next turn."""
        ...
