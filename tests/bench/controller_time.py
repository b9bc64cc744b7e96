"""The processor time that a run's process spends on each problem, and whose it is.

A first run has real sandboxes; its journal then stands in for them, so that in a measured run no program is
run and nobody talks to a fork server. Model, sandbox and Lean are stand-ins there; what they take themselves
is timed step by step and told apart. All else is the controller's: gateway, budget, journal with all that it
writes about programs and completions, event loop, routing, talk with the mining process, translation to Lean,
votes. Mining takes place in a process of its own, as in a run; what that takes is told beside.

The stand-ins are timed on the event loop's thread; a step of theirs is two looks at its clock, some ten
steps a problem. That is left on the controller.
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

from aimo_pipeline.config import MineConfig, SandboxConfig
from aimo_pipeline.deadline import Clock
from aimo_pipeline.gateway.predictor import Predictor
from aimo_pipeline.mine.apart import Mining, MiningProcess
from aimo_pipeline.observe.line import Line
from aimo_pipeline.observe.reading import JOURNAL, Record, read_journal
from aimo_pipeline.trace.journaled import ProgramObserver
from aimo_pipeline.trace.recorded import RecordedSandbox, Recording
from aimo_pipeline.trace.sandbox import Sandbox
from tests.compressed import ScriptedCompleter, ScriptedLean, run_compressed

CONTROLLER, STAND_INS, WHOLE = "controller", "stand-ins", "whole process"
MINING = "mining, its process"
# A program of the compressed run takes about so long.
_PROGRAM_S = 0.02
_COROUTINES: tuple[tuple[object, str], ...] = (
    (ScriptedCompleter, "complete"),
    (ScriptedLean, "check"),
    (Recording, "report"),
    (Recording, "cell"),
)


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
    """Processor time of the event loop's thread within the stand-ins, in seconds."""

    def __init__(self) -> None:
        self.spent_s = 0.0

    @types.coroutine
    def stepped(self, work: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Run a coroutine and count its steps, not its waits."""
        step: Callable[[Any], Any] = work.send
        given: Any = None
        while True:
            began_s = time.thread_time()
            try:
                asked = step(given)
            except StopIteration as end:
                return end.value
            finally:
                self.spent_s += time.thread_time() - began_s
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


@contextmanager
def measured(*, stand_ins: bool, mining: MiningApart | None = None) -> Iterator[list[Counter[str]]]:
    """For the length of the block each predict is measured: seconds of all threads by part.

    Args:
        stand_ins: are told apart; otherwise only the whole is measured, as WHOLE.
        mining: whose process is measured as well, as MINING.
    """
    meter, found, predict = _Meter(), list[Counter[str]](), Predictor.predict

    def timed(*args: Any) -> Any:
        mined_s = mining.spent_s() if mining else 0.0
        before_s, began_s = meter.spent_s, time.process_time()
        try:
            return predict(*args)
        finally:
            whole_s, others_s = time.process_time() - began_s, meter.spent_s - before_s
            parts = {CONTROLLER: whole_s - others_s, STAND_INS: others_s} if stand_ins else {WHOLE: whole_s}
            if mining:
                parts[MINING] = max(0.0, mining.spent_s() - mined_s)
            found.append(Counter(parts))

    with ExitStack() as stack:
        stack.enter_context(patch.object(Predictor, "predict", timed))
        for owner, name in _COROUTINES if stand_ins else ():
            stack.enter_context(patch.object(owner, name, meter.around(getattr(owner, name))))
        yield found
