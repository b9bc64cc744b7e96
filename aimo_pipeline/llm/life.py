"""One life of the model's server: from the start of its process to readiness, and from there to its end."""

from __future__ import annotations

from dataclasses import replace

from aimo_pipeline.config import LlmConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.llm.canary import canary_request, judge
from aimo_pipeline.llm.client import OpenAICompleter
from aimo_pipeline.llm.endpoint import Activity, Endpoint, Unavailable
from aimo_pipeline.llm.gauges import Gauges
from aimo_pipeline.llm.leftovers import Leftovers
from aimo_pipeline.llm.probe import Probe
from aimo_pipeline.llm.trouble import Cause, Log, Trouble
from aimo_pipeline.llm.wire import Format
from aimo_pipeline.observe.events import CanaryAnswered, ServerSampled
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.process import Child

_START_POLL_S = 0.25


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
        self._log = Log()
        self._doubted = False

    def doubt(self) -> None:
        """Look at it at once rather than at the next turn."""
        self._doubted = True

    def tail(self) -> str:
        """The last lines that it wrote, and the error before them."""
        self._drain()
        return self._log.tail()

    def status(self) -> int | None:
        """Its exit status; None while it lives."""
        return self._child.exited.result() if self._child.exited.done() else None

    async def become_ready(self, *, within_s: float) -> Trouble | None:
        """Wait until it answers, and put the canary's question.

        Args:
            within_s: for so long in any case; after that while it writes to its log, see SupervisionConfig.

        Returns:
            None when it is ready, else why it isn't.
        """
        began_s = heard_s = self._clock.now_s()
        written = 0
        while not await self._probe.healthy():
            if self._child.exited.done():
                self._drain()
                return self._log.trouble(self.status())
            await self._child.until(lambda: False, timeout_s=_START_POLL_S)
            self._drain()
            self._left.look()
            now_s = self._clock.now_s()
            if self._log.written > written:
                written, heard_s = self._log.written, now_s
            waited_s, silent_s = now_s - began_s, now_s - heard_s
            if waited_s >= within_s and not self._still_coming(waited_s, silent_s):
                return Trouble(
                    "late", f"it was not ready after {waited_s:.0f} s, silent for {silent_s:.0f} s"
                )
        return await self._sing()

    def _still_coming(self, waited_s: float, silent_s: float) -> bool:
        return silent_s < self._config.start_silence_s and waited_s < self._config.start_most_s

    async def watch(self) -> Trouble:
        """Look at it until it has ended, or has to be killed; returns why."""
        misses, sampled_s, before = 0, self._clock.now_s(), Gauges()
        self._left.look()
        while not self._child.exited.done():
            await self._child.until(lambda: self._doubted, timeout_s=self._config.poll_s)
            self._drain()
            self._doubted = False
            misses = 0 if await self._probe.healthy() else misses + 1
            trouble = self._seen(misses)
            if trouble is not None and not self._child.exited.done():
                return trouble
            if (since_s := self._clock.now_s() - sampled_s) >= self._config.sample_s:
                sampled_s, before = sampled_s + since_s, await self._sample(before, since_s)
                self._left.look()
        self._drain()
        return self._log.trouble(self.status())

    def _seen(self, misses: int) -> Trouble | None:
        """What is wrong with a server whose process lives."""
        silent_s, empty = self._activity.silent_s(), self._activity.empty_in_a_row
        if misses >= self._config.health_misses:
            return Trouble("hung", "it does not answer")
        if silent_s > self._config.stall_s:
            return Trouble("hung", f"no token for {silent_s:.0f} s, with requests under way")
        if empty >= self._config.empty_replies:
            return Trouble("empty", f"{empty} replies in a row without a word")
        return None

    async def _sing(self) -> Trouble | None:
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
            within = Deadline.after(self._config.canary_s, self._clock)
            said = await completer.complete(canary_request(self._config), deadline=within)
        canary = judge(said, self._config)
        seconds, speed = round(self._clock.now_s() - began_s, 2), canary.tokens_per_s
        self._journal.write(
            CanaryAnswered(
                self.number, canary.verdict, canary.text, seconds, None if speed is None else round(speed, 1)
            )
        )
        if canary.fit(self._config):
            return None
        cause: Cause = canary.verdict if canary.verdict != "right" else "wrong"
        return Trouble(cause, f"the canary's answer is {canary.verdict}: {canary.text[:200]}")

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
        """Take what it wrote, so that its pipes never fill; what its end will be judged by is kept."""
        for sink in (self._child.stdout, self._child.stderr):
            self._log.feed(sink.take().decode("utf-8", "replace"))
