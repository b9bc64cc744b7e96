"""Counts the bytecode instructions that a(FIRST), a(FIRST + 1), ... execute, and tells what they give."""

from __future__ import annotations

import contextlib
import io
import operator
import sys
import types
from typing import Any

from aimo_pipeline.trace.inside import frames

_FILE = "<trace>"
_PLENTY = 1_000
_MAX_BITS = 1 << 20  # a longer value is compared nowhere


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


def _counted(counter: Counter, function: Any, index: int) -> object:
    """Run one term.

    Raises:
        Spent: the steps did not suffice.
    """
    counter.left, counter.steps = counter.left - counter.steps, 0
    sys.settrace(counter)
    try:
        return function(index)
    finally:
        sys.settrace(None)


def _integer(value: Any) -> int | None:
    """The value as an int; None for a bool, what is no integer, and what is too long."""
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return None
    return None if number is None or number.bit_length() > _MAX_BITS else number


def _switch_on() -> None:
    """Have one call traced that does not count: Python 3.12 sends no instructions of the very first one."""
    names: dict[str, Any] = {}
    exec(compile("def nothing(_): pass", _FILE, "exec"), names)
    _counted(Counter(_PLENTY), names["nothing"], 0)


def count_terms(job: dict[str, Any], channel: int) -> None:
    """Send {"steps": n, "value": "0x2a"} for each of the first terms, until max_steps are used up altogether.

    Args:
        job: code, max_terms and max_steps.
        channel: where they go, each at once. A program that breaks, or gives no integer, ends them.
    """
    module = types.ModuleType("trace_program")
    sys.modules["trace_program"] = module
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(job["code"], _FILE, "exec"), module.__dict__)
        _switch_on()
        counter, first = Counter(job["max_steps"]), module.__dict__["FIRST"]
        with contextlib.suppress(Spent):
            for index in range(first, first + job["max_terms"]):
                value = _integer(_counted(counter, module.__dict__["a"], index))
                if value is None:
                    break
                frames.write(channel, {"steps": counter.steps, "value": hex(value)})
