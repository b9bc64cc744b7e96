"""Counts the bytecode instructions that a(FIRST), a(FIRST + 1), ... execute."""

from __future__ import annotations

import contextlib
import io
import sys
import types
from typing import Any

from aimo_pipeline.trace.inside import frames

_FILE = "<trace>"
_PLENTY = 1_000


class Spent(BaseException):
    """The steps are used up; not an Exception, so that the program's own handlers let it pass."""


class Counter:
    """A trace function that counts instructions of the program's own code."""

    def __init__(self, max_steps: int) -> None:
        self.left = max_steps
        self.steps = 0

    def __call__(self, frame: types.FrameType, event: str, argument: Any) -> Any:
        """See sys.settrace."""
        if frame.f_code.co_filename != _FILE:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.steps += 1
            if self.steps > self.left:
                raise Spent
        return self


def _counted(counter: Counter, function: Any, index: int) -> bool:
    """Run one term; tells whether the steps sufficed."""
    counter.left, counter.steps = counter.left - counter.steps, 0
    sys.settrace(counter)
    try:
        function(index)
    except Spent:
        return False
    finally:
        sys.settrace(None)
    return True


def _switch_on() -> None:
    """Have one call traced that does not count: Python 3.12 sends no instructions of the very first one."""
    names: dict[str, Any] = {}
    exec(compile("def nothing(_): pass", _FILE, "exec"), names)
    _counted(Counter(_PLENTY), names["nothing"], 0)


def count_terms(job: dict[str, Any], channel: int) -> None:
    """Send {"steps": n} for each of the first terms, at once, until max_steps are used up altogether.

    Args:
        job: code, max_terms and max_steps.
        channel: where the counts go. A program that breaks ends the counts.
    """
    module = types.ModuleType("trace_program")
    sys.modules["trace_program"] = module
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(job["code"], _FILE, "exec"), module.__dict__)
        _switch_on()
        counter, first = Counter(job["max_steps"]), module.__dict__["FIRST"]
        for index in range(first, first + job["max_terms"]):
            if not _counted(counter, module.__dict__["a"], index):
                break
            frames.write(channel, {"steps": counter.steps})
