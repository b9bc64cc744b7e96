"""From what is known of a child's end to the outcome of its program.

Judged by the wait status, the resources used and our own kills; the name of an exception only says what the
program says of itself.
"""

from __future__ import annotations

import signal
from typing import Any

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.outcome import Crashed, Killed, Ran, RunOutcome, TimedOut
from aimo_pipeline.trace.job import Ended

# An allocation fails before the whole address space is in use, since code and libraries take a part of it.
_NEAR = 0.5
_FATAL = (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT)
_HINT = "make the program faster, or split the work"


def text(data: bytes) -> str:
    """Output as text, whatever it is."""
    return data.decode("utf-8", "replace")


def _full(ended: Ended, limits: LimitsConfig) -> bool:
    return bool(limits.memory_bytes) and ended.resident_bytes >= _NEAR * limits.memory_bytes


def out_of_memory(limits: LimitsConfig, stdout: str, said: str = "") -> Killed:
    """The outcome of a program that filled its memory."""
    message = f"more memory than the {limits.memory_bytes >> 20} MB it may use"
    return Killed("memory", f"{message}: {said}" if said else message, stdout)


def flooded(limits: LimitsConfig, stdout: str) -> Killed:
    """The outcome of a program that printed too much."""
    return Killed("output", f"it printed more than {limits.output_bytes} bytes; print less", stdout)


def out_of_time(seconds: float, stdout: str, state: str = "") -> TimedOut:
    """The outcome of a program that was stopped at its deadline."""
    hint = f"stopped after {seconds:.1f} s; {_HINT}"
    return TimedOut(stdout, f"{hint}. {state}" if state else hint)


def never_began() -> TimedOut:
    """The outcome of a program for which there was no room until its deadline."""
    return TimedOut("", "it never began: other programs used up the time")


def died(ended: Ended, limits: LimitsConfig, stdout: str) -> RunOutcome:
    """The outcome of a program that ended without a word.

    Args:
        ended: how, when it was not us who killed it.
        limits: what it was allowed.
        stdout: what it had printed.
    """
    number = -ended.status
    used_up = bool(limits.cpu_s) and number == signal.SIGKILL and ended.cpu_s >= limits.cpu_s
    if number == signal.SIGXCPU or used_up:
        return TimedOut(stdout, f"its {limits.cpu_s} s of processor time were used up; {_HINT}")
    if number == signal.SIGKILL or (number in _FATAL and _full(ended, limits)):
        return out_of_memory(limits, stdout)
    if number == signal.SIGSEGV:
        why = "the interpreter crashed, most often from a recursion that is too deep for the C stack"
        return Crashed("SIGSEGV", why, None, stdout)
    if number > 0:
        return Crashed(_name_of(number), f"ended by signal {number}", None, stdout)
    if ended.status:
        return Crashed("exit", f"exit status {ended.status}", None, stdout)
    return Ran(stdout)


def _name_of(number: int) -> str:
    return next((one.name for one in signal.Signals if one == number), f"SIG{number}")


def _text_of(value: object) -> str:
    """Text that can be written down; JSON lets halves of surrogate pairs through, UTF-8 does not."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else ""


def told(frame: dict[str, Any], ended: Ended | None, limits: LimitsConfig, stdout: str) -> RunOutcome:
    """The outcome that the child's own frame claims, as far as it is well formed.

    Args:
        frame: {"value": text or None} or {"error": {"kind", "message", "line", "traceback"}}.
        ended: how its process ended, if it did.
        limits: what it was allowed.
        stdout: what it had printed.
    """
    error = frame.get("error")
    if not isinstance(error, dict):
        value = frame.get("value")
        return Ran(stdout, _text_of(value) if isinstance(value, str) else None)
    kind, message = _text_of(error.get("kind")), _text_of(error.get("message"))
    if kind == "MemoryError" and ended is not None and _full(ended, limits):
        return out_of_memory(limits, stdout, message)
    line = error.get("line")
    return Crashed(
        kind, message, line if type(line) is int else None, stdout, _text_of(error.get("traceback"))
    )
