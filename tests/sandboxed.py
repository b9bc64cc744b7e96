"""One sandbox for all tests, on an event loop of its own, because starting one takes a second or more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

import pytest

from aimo_pipeline.config import LimitsConfig, SandboxConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.outcome import RunOutcome
from aimo_pipeline.trace.report import Report
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.trace.session import Session

T = TypeVar("T")
LIMITS = LimitsConfig(memory_bytes=1 << 30)
SLOTS = 4


class Shared:
    """A sandbox that tests use from whatever event loop they have, or from none."""

    def __init__(self, settings: SandboxConfig) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        opened = Sandbox.opened(settings, clock=MonotonicClock())
        self._opened: AbstractAsyncContextManager[Sandbox] = opened
        self.sandbox = self._wait(self._opened.__aenter__())

    def close(self) -> None:
        """End the fork server and the loop."""
        self._wait(self._opened.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _there(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def do(self, work: Callable[[Sandbox], Coroutine[Any, Any, T]]) -> T:
        """The result of work on the sandbox, for a test without an event loop."""
        return self._wait(work(self.sandbox))

    def ran(self, code: str, wall_s: float = 20.0, limits: LimitsConfig = LIMITS) -> RunOutcome:
        """The outcome of one program, for a test without an event loop."""
        deadline = Deadline.after(wall_s, MonotonicClock())
        return self.do(lambda sandbox: sandbox.run(code, deadline=deadline, limits=limits))

    async def finish(self, *arguments: Any, **options: Any) -> Report:
        """See Sandbox."""
        return await self._there(self.sandbox.finish(*arguments, **options))

    async def run(self, *arguments: Any, **options: Any) -> RunOutcome:
        """See Sandbox."""
        return await self._there(self.sandbox.run(*arguments, **options))

    @asynccontextmanager
    async def session(self, **options: Any) -> AsyncIterator[SharedSession]:
        """See Sandbox."""
        opened: Any = self.sandbox.session(**options)
        session = await self._there(opened.__aenter__())
        try:
            yield SharedSession(self, session)
        finally:
            await self._there(opened.__aexit__(None, None, None))


class SharedSession:
    """A session of the shared sandbox."""

    def __init__(self, shared: Shared, session: Session) -> None:
        self._shared, self._session = shared, session

    async def run(self, cell: str, *, deadline: Deadline) -> RunOutcome:
        """See Session."""
        return await self._shared._there(self._session.run(cell, deadline=deadline))


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Shared]:
    """The sandbox that all tests of this run share."""
    shared = Shared(SandboxConfig(slots=SLOTS, spares=0))
    yield shared
    shared.close()
