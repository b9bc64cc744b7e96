"""The processor time that a run's process spends on each problem, and whose it is.

A first run has real sandboxes; its journal then stands in for them, so that in a measured run no program is
run and nobody talks to a fork server. Model, sandbox and Lean are stand-ins there; what they take themselves
is timed step by step and told apart, without what they have the journal write. So is what the waits for them
take: in a run it is the clients of model, sandbox and Lean that wait. All else is the controller's: gateway,
budget, journal with all that it writes about programs and completions, event loop, routing, talk with the
mining process, translation to Lean, votes. Mining takes place in a process of its own, as in a run; what
that takes is told beside.

The stand-ins are timed on the event loop's thread; a step of theirs is two looks at its clock, which is left
on the controller. A wait cannot be timed where it happens: the loop goes to sleep for all who wait. So as
many waits are charged as the stand-ins had, each with what one takes when nothing else is done, measured
after each run. In the run it takes more, where our code has driven the loop's out of the caches; that is left
on the controller, too.
"""

from __future__ import annotations

import asyncio
import functools
import time
import types
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import uvloop

from aimo_pipeline.config import MineConfig, SandboxConfig
from aimo_pipeline.deadline import Clock
from aimo_pipeline.gateway.predictor import Predictor
from aimo_pipeline.mine.apart import Mining, MiningProcess
from aimo_pipeline.observe.line import Line
from aimo_pipeline.observe.reading import JOURNAL, Record, read_journal
from aimo_pipeline.trace.journaled import JournaledPrograms, ProgramObserver
from aimo_pipeline.trace.recorded import RecordedSandbox, RecordedSession, Recording
from aimo_pipeline.trace.sandbox import Sandbox
from tests.compressed import ScriptedCompleter, ScriptedLean, run_compressed

CONTROLLER, STAND_INS, WAITS, WHOLE = "controller", "stand-ins", "waits for them", "whole process"
MINING = "mining, its process"
# A program of the compressed run takes about so long.
_PROGRAM_S = 0.02
# The stand-ins, and what they call of ours.
_COROUTINES: tuple[tuple[object, str], ...] = (
    (ScriptedCompleter, "complete"),
    (ScriptedLean, "check"),
    (Recording, "report"),
    (RecordedSession, "run"),
    (RecordedSession, "close"),
)
_OURS: tuple[tuple[object, str], ...] = tuple(
    (JournaledPrograms, name) for name in ("cell", "closed", "cancelled")
)
# Waits when nothing else is done: so many, each about as long as those of a compressed run.
_WAITS, _WAIT_S = 100, 0.005


class _AtOnce:
    """In place of Line: everything comes back a little after it was asked for."""

    def pass_over(self, places: Iterable[int]) -> None:
        """Nothing waits here."""

    async def turn(self, place: int) -> None:
        """See Line."""
        await asyncio.sleep(_PROGRAM_S)

    async def cancellation(self, place: int) -> None:
        """See Line: here nobody comes to cancel."""


class Recorded:
    """What the programs of a first run did, for as many runs as are measured.

    Attributes:
        missed: programs that a measured run had to run itself.
    """

    def __init__(self, folder: Path) -> None:
        run_compressed(folder)
        self._records: list[Record] = list(read_journal(folder / "run" / JOURNAL))
        self.missed = 0

    def opened(
        self, config: SandboxConfig, *, clock: Clock, observer: ProgramObserver
    ) -> AbstractAsyncContextManager[Sandbox]:
        """In place of Sandbox.opened."""
        return self._opened(config, clock, observer)

    @asynccontextmanager
    async def _opened(
        self, config: SandboxConfig, clock: Clock, observer: ProgramObserver
    ) -> AsyncIterator[Sandbox]:
        recording = Recording(self._records, cast(Line, _AtOnce()))
        async with RecordedSandbox.over(recording, config, clock=clock, observer=observer) as sandbox:
            yield sandbox
        self.missed += recording.missed


class MiningApart:
    """The mining process of a run, and what it has taken."""

    def __init__(self) -> None:
        self._process: MiningProcess | None = None

    @asynccontextmanager
    async def opened(self, config: MineConfig) -> AsyncIterator[Mining]:
        """For the length of a run."""
        async with MiningProcess.opened(config, lambda reason: None) as self._process:
            yield self._process

    def spent_s(self) -> float:
        """Processor time of the process, in seconds (proc(5), schedstat); 0 without one."""
        pid = self._process.pid if self._process else None
        if pid is None:
            return 0.0
        return 1e-9 * sum(
            int(one.read_text().split()[0]) for one in Path(f"/proc/{pid}/task").glob("*/schedstat")
        )


class _Meter:
    """Processor time of the event loop's thread within the stand-ins, and how often they waited."""

    def __init__(self) -> None:
        self.spent_s, self.waits, self._within = 0.0, 0, False

    @types.coroutine
    def stepped(self, work: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Run a coroutine and count its steps, not its waits."""
        step: Callable[[Any], Any] = work.send
        given: Any = None
        while True:
            self._within, began_s = True, time.thread_time()
            try:
                asked = step(given)
            except StopIteration as end:
                return end.value
            finally:
                self.spent_s += time.thread_time() - began_s
                self._within = False
            self.waits += 1
            try:
                given, step = (yield asked), work.send
            except GeneratorExit:
                work.close()
                raise
            except BaseException as error:
                given, step = error, work.throw

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A coroutine function, metered."""

        @functools.wraps(function)
        async def wrapped(*args: Any, **named: Any) -> Any:
            return await self.stepped(function(*args, **named))

        return wrapped

    def apart(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function of ours: where a stand-in calls it, it is none of the stand-in's work."""

        @functools.wraps(function)
        def wrapped(*args: Any, **named: Any) -> Any:
            began_s = time.thread_time()
            try:
                return function(*args, **named)
            finally:
                if self._within:
                    self.spent_s -= time.thread_time() - began_s

        return wrapped


def _wait_alone_s() -> float:
    """Processor time of one wait on the loop of a submission when nothing else is done, in seconds."""

    async def waits() -> None:
        for _ in range(_WAITS):
            await asyncio.sleep(_WAIT_S)

    began_s = time.process_time()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(waits())
    return (time.process_time() - began_s) / _WAITS


@contextmanager
def measured(*, stand_ins: bool, mining: MiningApart | None = None) -> Iterator[list[Counter[str]]]:
    """For the length of the block each predict is measured: seconds of all threads by part, there at its end.

    Args:
        stand_ins: are told apart, with the waits for them; otherwise only the whole is measured, as WHOLE.
        mining: whose process is measured as well, as MINING.
    """
    meter, found, predict = _Meter(), list[Counter[str]](), Predictor.predict
    waits: list[int] = []

    def timed(*args: Any) -> Any:
        mined_s = mining.spent_s() if mining else 0.0
        before_s, before, began_s = meter.spent_s, meter.waits, time.process_time()
        try:
            return predict(*args)
        finally:
            spent = Counter({WHOLE: time.process_time() - began_s})
            if stand_ins:
                spent[STAND_INS] = meter.spent_s - before_s
            if mining:
                spent[MINING] = max(0.0, mining.spent_s() - mined_s)
            waits.append(meter.waits - before)
            found.append(spent)

    with ExitStack() as stack:
        stack.enter_context(patch.object(Predictor, "predict", timed))
        for wrap, names in ((meter.around, _COROUTINES), (meter.apart, _OURS)):
            for owner, name in names if stand_ins else ():
                stack.enter_context(patch.object(owner, name, wrap(getattr(owner, name))))
        yield found
    if stand_ins:
        one_s = _wait_alone_s()
        for spent, number in zip(found, waits, strict=True):
            spent[WAITS] = number * one_s
            spent[CONTROLLER] = spent[WHOLE] - spent[STAND_INS] - spent[WAITS]
