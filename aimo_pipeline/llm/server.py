"""A vLLM of our own on loopback: started in the background, watched, and started anew when it dies or hangs.

    async with Supervisor.opened(config, form, journal=journal, clock=clock) as engine:
        endpoint = await engine.endpoint(deadline=...)      # waits until it is ready

Requests are not this module's affair: a client whose stream breaks asks for the endpoint again, waits with it
for the next life, and puts its request to that.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from aimo_pipeline.config import LimitsConfig, LlmConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.llm import pagecache
from aimo_pipeline.llm.endpoint import Activity, Endpoint, Unavailable
from aimo_pipeline.llm.launch import HOST, command, environment
from aimo_pipeline.llm.leftovers import Leftovers
from aimo_pipeline.llm.life import Life
from aimo_pipeline.llm.probe import Probe
from aimo_pipeline.llm.wire import Format
from aimo_pipeline.observe.events import (
    ServerDied,
    ServerGivenUp,
    ServerReady,
    ServerRestarting,
    ServerStalled,
    ServerStarted,
    WeightsWarmed,
)
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.pipes import News
from aimo_pipeline.process import started

_NO_LIMITS = LimitsConfig(cpu_s=0, memory_bytes=0, file_bytes=0, open_files=0, output_bytes=1 << 18)


class Supervisor:
    """An Engine; made by `opened`."""

    def __init__(self, config: LlmConfig, form: Format, *, journal: Journal, clock: Clock) -> None:
        assert config.engine is not None
        self.activity = Activity(clock)
        self._llm, self._config, self._watching = config, config.engine, config.supervision
        self._form, self._journal, self._clock = form, journal, clock
        self._news = News()
        self._ready: Endpoint | None = None
        self._given_up: str | None = None
        self._life: Life | None = None
        self._first_start_s: float | None = None

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, config: LlmConfig, form: Format, *, journal: Journal, clock: Clock
    ) -> AsyncIterator[Supervisor]:
        """Start the server in the background, for the length of the block.

        Args:
            config: of the server and its supervision.
            form: how the canary is asked, the same as for problems.
            journal: is told what happens to it.
            clock: for measures and pauses.
        """
        supervisor, stop = cls(config, form, journal=journal, clock=clock), threading.Event()
        living = asyncio.ensure_future(supervisor._keep_alive())
        living.add_done_callback(supervisor._ended)
        tasks = [living, asyncio.ensure_future(supervisor._warm(stop))]
        try:
            yield supervisor
        finally:
            stop.set()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def endpoint(self, *, deadline: Deadline) -> Endpoint | Unavailable:
        """See Engine."""
        await self._news.until(
            lambda: self._ready is not None or self._given_up is not None, timeout_s=deadline.remaining_s()
        )
        if self._ready is not None:
            return self._ready
        return Unavailable(self._given_up or "the model's server was not ready in time")

    def doubt(self, endpoint: Endpoint) -> None:
        """See Engine."""
        if self._life is not None and self._life.endpoint == endpoint:
            self._life.doubt()

    async def _warm(self, stop: threading.Event) -> None:
        files = pagecache.weight_files(self._config.model)
        threads, spare = self._watching.warm_threads, self._watching.warm_spare_bytes
        if not threads or not files:
            return
        done = await asyncio.to_thread(pagecache.warm, files, threads=threads, spare_bytes=spare, stop=stop)
        self._journal.write(WeightsWarmed(done.bytes, done.of_bytes, round(done.seconds, 2)))

    async def _keep_alive(self) -> None:
        """One life after another, until too many in a row come to nothing."""
        failed, number = 0, 0
        while True:
            number += 1
            why_not = await self._live(number)
            failed = 0 if why_not is None else failed + 1
            if failed >= self._watching.failed_starts:
                break
            await self._pause(number, failed)
        self._give_up(f"the model's server could not be started: {why_not}")

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A bug in the supervision must not leave those waiting who ask for the address."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._give_up(f"supervision broke: {type(error).__name__}: {error}")

    def _give_up(self, reason: str) -> None:
        self._given_up = reason
        self._journal.write(ServerGivenUp(reason))
        self._news.tell()

    async def _live(self, number: int) -> str | None:
        """One life; returns None when it was a good one, else why it never became ready."""
        endpoint = self._new_endpoint(number)
        argv = command(self._config, port=_port_of(endpoint) or 0)
        env = environment(self._config, api_key=endpoint.api_key, vocabulary=self._llm.client.vocabulary)
        self._journal.write(ServerStarted(number, self._config.served_name))
        began_s = self._clock.now_s()
        with Leftovers.cleared() as left:
            async with (
                started(
                    argv, stdin=b"", limits=_NO_LIMITS, env=env, cwd=None, grace_s=self._watching.grace_s
                ) as child,
                Probe.opened(endpoint.base_url, timeout_s=self._watching.health_s) as probe,
            ):
                life = Life(
                    number,
                    endpoint,
                    child,
                    probe,
                    left,
                    llm=self._llm,
                    form=self._form,
                    activity=self.activity,
                    journal=self._journal,
                    clock=self._clock,
                )
                try:
                    why_not = await life.become_ready(within_s=self._start_s())
                    if why_not is None:
                        await self._serve(life, self._clock.now_s() - began_s)
                finally:
                    left.look()
                self._end(life, why_not)
                child.signal_group(signal.SIGKILL)  # it hangs or is half dead: no grace for what is left
        return why_not

    async def _serve(self, life: Life, start_s: float) -> None:
        """Give the address to those who wait, for as long as the server is well."""
        self._first_start_s = self._first_start_s or start_s
        self._journal.write(ServerReady(life.number, round(start_s, 2), _port_of(life.endpoint)))
        self._ready, self._life = life.endpoint, life
        self._news.tell()
        try:
            reason = await life.watch()
        finally:
            self._ready, self._life = None, None
        if reason is not None:
            self._journal.write(ServerStalled(life.number, reason))

    def _end(self, life: Life, why_not: str | None) -> None:
        tail = life.tail() if why_not is None else f"{why_not}\n{life.tail()}"
        self._journal.write(ServerDied(life.number, life.status(), self.activity.under_way, tail))

    def _start_s(self) -> float:
        """Longest wait for readiness, from what the first start took."""
        if self._first_start_s is None:
            return self._watching.start_s
        measured_s = self._watching.restart_factor * self._first_start_s
        return min(self._watching.start_s, max(self._watching.restart_least_s, measured_s))

    async def _pause(self, number: int, failed: int) -> None:
        """Before the next life; none after a good one."""
        wanted_s = self._watching.backoff_s * 2 ** (failed - 1) if failed else 0.0
        pause_s = min(wanted_s, self._watching.backoff_most_s)
        self._journal.write(ServerRestarting(number + 1, pause_s))
        await self._clock.sleep(pause_s)

    def _new_endpoint(self, number: int) -> Endpoint:
        base_url, key = f"http://{HOST}:{_free_port()}/v1", secrets.token_hex(16)
        return Endpoint(base_url, key, self._config.served_name, number, self._config.max_model_len)


def _port_of(endpoint: Endpoint) -> int | None:
    port: int | None = httpx2.URL(endpoint.base_url).port
    return port


def _free_port() -> int:
    """One that nobody listens at now; should somebody be quicker, the start fails and is repeated."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
