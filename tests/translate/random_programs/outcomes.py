"""What Python makes of a program."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from types import FrameType
from typing import Any

# Bytecode instructions for all terms of one program; the kernel takes about half a millisecond for each.
MAX_STEPS = 350
MAX_VALUE = 10**40


class TooLong(BaseException):
    """The program takes too many steps for the kernel."""


@dataclass(frozen=True)
class Outcome:
    """Values at the first indices; at the next one, if `raised` names an exception, Python gives none."""

    values: tuple[int, ...]
    raised: str | None


def outcome(source: str, indices: Iterable[int], most_steps: int = MAX_STEPS) -> Outcome | None:
    """Run the program's a(n); None if it is long or gives huge integers."""
    steps = 0

    def count(frame: FrameType, event: str, _: object) -> Any:
        nonlocal steps
        if frame.f_code.co_filename != "program":
            return None  # ours, on the way out
        frame.f_trace_opcodes = True
        steps += event == "opcode"
        if steps > most_steps:
            raise TooLong
        return count

    space: dict[str, Any] = {"math": math}
    exec(compile(source, "program", "exec"), space)
    before, values, raised = sys.gettrace(), list[int](), None
    sys.settrace(count)
    try:
        for n in indices:
            value = space["a"](n)
            if not isinstance(value, int):
                raised = type(value).__name__
                break
            values.append(int(value))
    except TooLong:
        return None
    except Exception as error:
        raised = type(error).__name__
    finally:
        sys.settrace(before)
    return Outcome(tuple(values), raised) if all(abs(value) < MAX_VALUE for value in values) else None
