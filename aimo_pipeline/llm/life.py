"""One life of the model's server: from the start of its process to readiness, and from there to its end."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from aimo_pipeline.config import LlmConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.llm.canary import canary_request, judge
from aimo_pipeline.llm.client import OpenAICompleter
from aimo_pipeline.llm.endpoint import Activity, Endpoint, Unavailable
from aimo_pipeline.llm.gauges import Gauges
from aimo_pipeline.llm.leftovers import Leftovers
from aimo_pipeline.llm.probe import Probe
from aimo_pipeline.llm.wire import Format
from aimo_pipeline.observe.events import CanaryAnswered, ServerSampled
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.process import Child

_START_POLL_S = 0.25
_TAIL_LINES = 40
_TAIL_CHARACTERS = 4_000


class _Here:
    """An Engine that is this one life, for the canary, which nobody else may overtake."""

    def __init__(self, endpoint: Endpoint, clock: Clock) -> None:
        self._endpoint, self.activity = endpoint, Activity(clock)

    async def endpoint(self, *, deadline: Deadline) -> Endpoint | Unavailable:
        """See Engine."""
        return self._endpoint

    def doubt(self, endpoint: Endpoint) -> None:
        """See Engine."""


class Life:
    """See the module.

    Attributes:
        number: from 1.
        endpoint: where it listens.
    """

    def __init__(
        self,
        number: int,
        endpoint: Endpoint,
        child: Child,
        probe: Probe,
        left: Leftovers,
        *,
        llm: LlmConfig,
        form: Format,
        activity: Activity,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self.number, self.endpoint = number, endpoint
        self._child, self._probe, self._left, self._llm, self._form = child, probe, left, llm, form
        left.follow(child.pid)
        self._config, self._activity = llm.supervision, activity
        self._journal, self._clock = journal, clock
        self._lines: deque[str] = deque(maxlen=_TAIL_LINES)
        self._doubted = False

    def doubt(self) -> None:
        """Look at it at once rather than at the next turn."""
        self._doubted = True

    def tail(self) -> str:
        """The last lines that it wrote."""
        self._drain()
        return "\n".join(self._lines)[-_TAIL_CHARACTERS:]

    def status(self) -> int | None:
        """Its exit status; None while it lives."""
        return self._child.exited.result() if self._child.exited.done() else None

    async def become_ready(self, *, within_s: float) -> str | None:
        """Wait until it answers, and put the canary's question.

        Returns:
            None when it is ready, else why it isn't.
        """
        deadline = Deadline.after(within_s, self._clock)
        while not await self._probe.healthy():
            if self._child.exited.done():
                return f"its process ended with status {self.status()}: {self._last_line()}"
            if deadline.passed:
                return f"it was not ready after {within_s:.0f} s"
            await self._child.until(lambda: False, timeout_s=_START_POLL_S)
            self._drain()
            self._left.look()
        return await self._sing(deadline)

    async def watch(self) -> str | None:
        """Look at it until it has ended.

        Returns:
            None when its process ended by itself, else why it has to be killed.
        """
        misses, sampled_s, before = 0, self._clock.now_s(), Gauges()
        self._left.look()
        while not self._child.exited.done():
            await self._child.until(lambda: self._doubted, timeout_s=self._config.poll_s)
            self._drain()
            self._doubted = False
            misses = 0 if await self._probe.healthy() else misses + 1
            if misses >= self._config.health_misses:
                return None if self._child.exited.done() else "it does not answer"
            if self._activity.silent_s() > self._config.stall_s:
                return f"no token for {self._activity.silent_s():.0f} s, with requests under way"
            if (since_s := self._clock.now_s() - sampled_s) >= self._config.sample_s:
                sampled_s, before = sampled_s + since_s, await self._sample(before, since_s)
                self._left.look()
        return None

    async def _sing(self, deadline: Deadline) -> str | None:
        """Put the canary's question; returns None when the server is fit for problems."""
        began_s = self._clock.now_s()
        client = replace(self._llm.client, tries=1)
        async with OpenAICompleter.opened(
            _Here(self.endpoint, self._clock),
            self._form,
            config=client,
            journal=self._journal,
            clock=self._clock,
        ) as completer:
            within = deadline.capped(self._config.canary_s)
            said = await completer.complete(canary_request(self._config), deadline=within)
        canary = judge(said, self._config)
        seconds, speed = round(self._clock.now_s() - began_s, 2), canary.tokens_per_s
        self._journal.write(
            CanaryAnswered(
                self.number, canary.verdict, canary.text, seconds, None if speed is None else round(speed, 1)
            )
        )
        return (
            None
            if canary.fit(self._config)
            else f"the canary's answer is {canary.verdict}: {canary.text[:200]}"
        )

    async def _sample(self, before: Gauges, seconds: float) -> Gauges:
        now = await self._probe.gauges()
        if now is None:
            return before
        asked, hits = now.prefix_asked - before.prefix_asked, now.prefix_hits - before.prefix_hits
        speed = (now.generated - before.generated) / seconds
        self._journal.write(
            ServerSampled(
                self.number,
                int(now.running),
                int(now.waiting),
                round(now.kv_share, 4),
                round(speed, 1),
                round(hits / asked, 4) if asked > 0 else None,
                int(now.preempted),
            )
        )
        return now

    def _drain(self) -> None:
        """Take what it wrote, so that its pipes never fill; only the last lines are kept."""
        for sink in (self._child.stdout, self._child.stderr):
            self._lines.extend(sink.take().decode("utf-8", "replace").splitlines())

    def _last_line(self) -> str:
        self._drain()
        told = [line.strip() for line in self._lines if line.strip()]
        errors = [line for line in told if "Error" in line]
        return (errors or told or ["it wrote nothing"])[-1][:300]
