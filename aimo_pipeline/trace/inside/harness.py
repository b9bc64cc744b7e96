"""Executes one trace program and sends its terms one by one, so that a killed child leaves those it had.

    {"target": [first, target, modulus or null]}   integers as hexadecimal strings
    {"term": ["0x1", "0x2a"]}                      index and value
    {"error": {"cause", "message", "line"}}        the last frame, where there is one

Hexadecimal, because reading it takes linear time and no limit on digits applies. The program can find the
channel and write to it: frames are claims of the program about itself, and the parent reads them as such.
"""

from __future__ import annotations

import operator
import sys
import traceback
import types
from collections.abc import Callable, Iterable
from typing import Any

from aimo_pipeline.trace.inside import frames

_FILE = "<trace>"
_MODULE = "trace_program"
_MESSAGE_CHARS = 300
# Made beforehand: with no memory left, nothing new can be encoded.
_NO_MEMORY = frames.encoded({"error": {"cause": "memory", "message": "MemoryError", "line": None}})


class Stop(Exception):
    """The program cannot be used, or gave all it can; `cause` as in TraceFailed."""

    def __init__(self, cause: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.cause, self.message, self.line = cause, message[:_MESSAGE_CHARS], line


def _line_of(error: BaseException) -> int | None:
    """The innermost line of the program itself in the traceback."""
    lines = [
        number
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == _FILE
    ]
    return lines[-1] if lines else None


def _stop_for(error: BaseException) -> Stop:
    if isinstance(error, Stop):
        return error
    cause = "exited" if isinstance(error, SystemExit) else "crashed"
    try:
        said = f"{type(error).__name__}: {error}"
    except BaseException:  # the program's own __str__ may raise anything
        said = type(error).__name__
    return Stop(cause, said, _line_of(error))


def _integer(value: object, what: str, cause: str, bound: int) -> int:
    """`value` as an int; numpy's and sympy's integers are converted, bools and floats refused."""
    if isinstance(value, bool):
        raise Stop(cause, f"{what} is a bool")
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # refusing is the point
    except TypeError:
        raise Stop(cause, f"{what} is a {type(value).__name__}: {value!r}") from None
    if abs(number) >= bound:
        raise Stop("no_terms" if cause == "not_an_integer" else cause, f"{what} has too many digits")
    return number


def _compiled(code: str) -> types.CodeType:
    try:
        return compile(code, _FILE, "exec")
    except SyntaxError as error:
        raise Stop("syntax", error.msg, error.lineno) from None
    except (ValueError, RecursionError, OverflowError, MemoryError) as error:
        raise Stop("syntax", f"{type(error).__name__}: {error}") from None


def _namespace(code: str) -> dict[str, Any]:
    """Execute the program as a module of its own; its `if __name__ == "__main__"` part stays out."""
    program = _compiled(code)
    module = types.ModuleType(_MODULE)
    sys.modules[_MODULE] = module  # dataclasses and pickle look their module up
    exec(program, module.__dict__)
    return module.__dict__


def _question(names: dict[str, Any], bound: int) -> tuple[int, int, int | None]:
    """FIRST, TARGET and MODULUS; a program without MODULUS asks for the term itself."""
    for name in ("FIRST", "TARGET"):
        if name not in names:
            raise Stop("no_target", f"the program does not define {name}")
    first = _integer(names["FIRST"], "FIRST", "no_target", bound)
    target = _integer(names["TARGET"], "TARGET", "no_target", bound)
    if target < first:
        raise Stop("no_target", "TARGET lies before FIRST")
    if names.get("MODULUS") is None:
        return first, target, None
    modulus = _integer(names["MODULUS"], "MODULUS", "no_target", bound)
    if modulus < 1:
        raise Stop("no_target", f"MODULUS is {modulus}")
    return first, target, modulus


def _function(names: dict[str, Any]) -> Callable[[int], object]:
    function = names.get("a")
    if not callable(function):
        raise Stop("no_terms", "the program does not define a function a")
    return function  # type: ignore[no-any-return]


def _run(job: dict[str, Any], channel: int) -> None:
    bound = 10 ** int(job["max_digits"])
    names = _namespace(job["code"])
    first, target, modulus = _question(names, bound)
    asked = [hex(first), hex(target), None if modulus is None else hex(modulus)]
    frames.write(channel, {"target": asked})
    function = _function(names)
    indices: Iterable[int] = job["indices"] or range(first, first + int(job["max_terms"]))
    for n in indices:
        value = _integer(function(n), f"a({n})", "not_an_integer", bound)
        frames.write(channel, {"term": [hex(n), hex(value)]})


def trace(job: dict[str, Any], channel: int) -> None:
    """Run the program and send what it gives.

    Args:
        job: code, max_terms, max_digits, and the indices to run it at, or None for the first ones in order.
        channel: where the frames go.
    """
    try:
        _run(job, channel)
    except MemoryError:
        frames.write_bytes(channel, _NO_MEMORY)
    except BaseException as error:  # whatever the program raises, SystemExit and KeyboardInterrupt too
        stop = _stop_for(error)
        said = {"cause": stop.cause, "message": stop.message, "line": stop.line}
        frames.write(channel, {"error": said})
