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
from aimo_pipeline.llm.course import Course, Ended
from aimo_pipeline.llm.endpoint import Activity, Endpoint, Unavailable
from aimo_pipeline.llm.folder import unfit
from aimo_pipeline.llm.launch import HOST, command, environment
from aimo_pipeline.llm.leftovers import Leftovers
from aimo_pipeline.llm.life import Life
from aimo_pipeline.llm.probe import Probe
from aimo_pipeline.llm.trouble import Trouble
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
        self._llm, self._watching = config, config.supervision
        self._course = Course(config.engine, config.supervision)
        self._form, self._journal, self._clock = form, journal, clock
        self._news = News()
        self._ready: Endpoint | None = None
        self._given_up: str | None = None
        self._broken = False
        self._failures = 0
        self._life: Life | None = None

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
        """See Engine; where starts have been failing for long, one more of them is waited for."""
        before = self._failures

        def told() -> bool:
            hopeless = self._given_up is not None and (self._broken or self._failures > before)
            return self._ready is not None or hopeless

        await self._news.until(told, timeout_s=deadline.remaining_s())
        if self._ready is not None:
            return self._ready
        return Unavailable(self._given_up or "the model's server was not ready in time")

    def doubt(self, endpoint: Endpoint) -> None:
        """See Engine."""
        if self._life is not None and self._life.endpoint == endpoint:
            self._life.doubt()

    async def _warm(self, stop: threading.Event) -> None:
        files = pagecache.weight_files(self._course.engine.model)
        threads, spare = self._watching.warm_threads, self._watching.warm_spare_bytes
        if not threads or not files:
            return
        done = await asyncio.to_thread(pagecache.warm, files, threads=threads, spare_bytes=spare, stop=stop)
        self._journal.write(WeightsWarmed(done.bytes, done.of_bytes, round(done.seconds, 2)))

    async def _keep_alive(self) -> None:
        """One life after another, as long as the run lasts."""
        number = 0
        while True:
            number += 1
            ended = await self._live(number)
            follows = self._course.after(ended)
            if ended.served_s is None:
                self._failures += 1
            if follows.hopeless:
                self._give_up(f"the model's server could not be started: {ended.trouble}")
            self._news.tell()
            self._journal.write(ServerRestarting(number + 1, follows.pause_s, follows.change))
            await self._clock.sleep(follows.pause_s)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A bug in the supervision must not leave those waiting who ask for the address."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broken = True
            self._give_up(f"supervision broke: {type(error).__name__}: {error}")
            self._news.tell()

    def _give_up(self, reason: str) -> None:
        if self._given_up is None:
            self._journal.write(ServerGivenUp(reason))
        self._given_up = reason

    async def _live(self, number: int) -> Ended:
        """One life, from a look at the model's files to the end of the last process."""
        engine = self._course.engine
        wrong = await asyncio.to_thread(unfit, engine.model)
        if wrong is not None:
            trouble = Trouble("model", wrong)
            self._journal.write(ServerDied(number, None, self.activity.under_way, wrong, trouble.cause))
            return Ended(trouble, None, None)
        endpoint = self._new_endpoint(number)
        argv = command(engine, port=_port_of(endpoint) or 0)
        env = environment(engine, api_key=endpoint.api_key, vocabulary=self._llm.client.vocabulary)
        self._journal.write(ServerStarted(number, engine.served_name))
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
                    ended = await self._through(life)
                finally:
                    left.look()
                self._tell(life, ended)
                child.signal_group(signal.SIGKILL)  # it hangs or is half dead: no grace for what is left
        return ended

    async def _through(self, life: Life) -> Ended:
        """From the start of its process until it has ended, or has to be."""
        began_s = self._clock.now_s()
        trouble = await life.become_ready(within_s=self._course.start_s())
        if trouble is not None:
            return Ended(trouble, None, life.status())
        ready_s = self._clock.now_s()
        trouble = await self._serve(life, ready_s - began_s)
        return Ended(trouble, self._clock.now_s() - ready_s, life.status())

    async def _serve(self, life: Life, start_s: float) -> Trouble:
        """Give the address to those who wait, for as long as the server is well."""
        self._course.ready(start_s)
        self._journal.write(ServerReady(life.number, round(start_s, 2), _port_of(life.endpoint)))
        self._ready, self._life, self._given_up = life.endpoint, life, None
        self.activity.replied(empty=False)
        self._news.tell()
        try:
            return await life.watch()
        finally:
            self._ready, self._life = None, None

    def _tell(self, life: Life, ended: Ended) -> None:
        trouble = ended.trouble
        if ended.served_s is not None and ended.status is None:
            self._journal.write(ServerStalled(life.number, trouble.detail))
        tail = life.tail() if ended.served_s is not None else f"{trouble.detail}\n{life.tail()}"
        self._journal.write(
            ServerDied(life.number, ended.status, self.activity.under_way, tail, trouble.cause)
        )

    def _new_endpoint(self, number: int) -> Endpoint:
        base_url, key, engine = f"http://{HOST}:{_free_port()}/v1", secrets.token_hex(16), self._course.engine
        return Endpoint(base_url, key, engine.served_name, number, engine.max_model_len)


def _port_of(endpoint: Endpoint) -> int | None:
    port: int | None = httpx2.URL(endpoint.base_url).port
    return port


def _free_port() -> int:
    """One that nobody listens at now; should somebody be quicker, the start fails and is repeated."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
