"""Whose processor time a run's process spends: the controller's, or that of talking to sandbox, model, Lean.

Coroutines are timed step by step and callbacks one by one, each charged to the part that it belongs to, the
innermost where they nest. What is charged to nobody else is the controller's: gateway, budget, journal with
all that it writes about programs and completions, event loop, routing, mining, translation to Lean, votes.
The meter's own looks at the clock are taken off at what they cost in a tight loop, which is the least that
they can cost; the rest of what measuring takes stays on the controller.
"""

from __future__ import annotations

import functools
import time
import types
from collections import Counter
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from aimo_pipeline.gateway.predictor import Predictor
from aimo_pipeline.pipes import Sink
from aimo_pipeline.trace import job
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.trace.session import Session
from aimo_pipeline.trace.zygote import Zygote
from tests.compressed import ScriptedCompleter, ScriptedLean

CONTROLLER, SANDBOX, METER = "controller", "sandbox client", "the meter"
_LOOKS = 10_000
# The sandbox's client; its reports to the journal are made by its callers and stay the controller's.
_COROUTINES: tuple[tuple[str, object, str], ...] = (
    (SANDBOX, Sandbox, "report"),
    (SANDBOX, Session, "_lease"),
    (SANDBOX, Session, "_run"),
    (SANDBOX, Zygote, "_gone"),
    (SANDBOX, job, "_send"),
    ("scripted model", ScriptedCompleter, "complete"),
    ("scripted Lean", ScriptedLean, "check"),
)
_CALLBACKS: tuple[tuple[str, object, str], ...] = (
    (SANDBOX, Zygote, "_readable"),
    (SANDBOX, Zygote, "_start"),
    (SANDBOX, Zygote, "kill"),
    (SANDBOX, Sink, "_readable"),
)


class Meter:
    """Processor time of one thread, the event loop's, by part; in seconds."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self.looks = 0
        self._parts: list[str] = []
        self._since_s = 0.0

    def begin(self, part: str) -> None:
        """From now on until `end`, or within it until another begins, what is spent is this part's."""
        now_s = time.thread_time()
        if self._parts:
            self.spent[self._parts[-1]] += now_s - self._since_s
        self._parts.append(part)
        self.looks += 1
        self._since_s = now_s

    def end(self) -> None:
        """The part that began last is over."""
        now_s = time.thread_time()
        self.spent[self._parts.pop()] += now_s - self._since_s
        self._since_s = now_s

    @types.coroutine
    def stepped(self, part: str, work: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Run a coroutine; each of its steps is this part's, its waits are nobody's."""
        step: Callable[[Any], Any] = work.send
        given: Any = None
        while True:
            self.begin(part)
            try:
                asked = step(given)
            except StopIteration as end:
                return end.value
            finally:
                self.end()
            try:
                given, step = (yield asked), work.send
            except GeneratorExit:
                work.close()
                raise
            except BaseException as error:
                given, step = error, work.throw


def look_s() -> float:
    """Processor time of one `begin` with its `end`."""
    meter, began_s = Meter(), time.process_time()
    for _ in range(_LOOKS):
        meter.begin(CONTROLLER)
        meter.end()
    return (time.process_time() - began_s) / _LOOKS


@contextmanager
def measured() -> Iterator[list[Counter[str]]]:
    """For the length of the block each predict is measured: seconds of all threads by part."""
    meter, found = Meter(), list[Counter[str]]()
    predict, each_s = Predictor.predict, look_s()

    def timed(*args: Any) -> Any:
        before, looks, began_s = Counter(meter.spent), meter.looks, time.process_time()
        try:
            return predict(*args)
        finally:
            whole_s = time.process_time() - began_s
            spent = Counter({part: meter.spent[part] - before[part] for part in meter.spent})
            spent[METER] = each_s * (meter.looks - looks)
            spent[CONTROLLER] = whole_s - sum(spent.values())
            found.append(spent)

    with ExitStack() as stack:
        stack.enter_context(patch.object(Predictor, "predict", timed))
        for part, owner, name in _COROUTINES:
            stack.enter_context(patch.object(owner, name, _stepped(meter, part, getattr(owner, name))))
        for part, owner, name in _CALLBACKS:
            stack.enter_context(patch.object(owner, name, _called(meter, part, getattr(owner, name))))
        yield found


def _stepped(meter: Meter, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def wrapped(*args: Any, **named: Any) -> Any:
        return await meter.stepped(part, function(*args, **named))

    return wrapped


def _called(meter: Meter, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapped(*args: Any, **named: Any) -> Any:
        meter.begin(part)
        try:
            return function(*args, **named)
        finally:
            meter.end()

    return wrapped
