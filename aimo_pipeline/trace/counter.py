"""Runs inside a child: counts the bytecode instructions that a(FIRST), a(FIRST + 1), ... execute.

Reads {"code", "max_terms", "max_steps"} as JSON from standard input and writes a JSON list of counts, one
per term, stopping before the sum passes max_steps. Standard library only.
"""

import contextlib
import io
import json
import sys
from types import CodeType, FrameType
from typing import Any


class Spent(BaseException):
    """The steps are used up; not an Exception, so that the program's own handlers let it pass."""


class Counter:
    """A trace function that counts instructions of the program's own code."""

    def __init__(self, max_steps: int) -> None:
        self.left = max_steps
        self.steps = 0

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        """See sys.settrace."""
        if frame.f_code.co_filename != "<trace>":
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.steps += 1
            if self.steps > self.left:
                raise Spent
        return self


def count(code: CodeType, max_terms: int, max_steps: int) -> list[int]:
    """Instructions for each of the first terms."""
    namespace: dict[str, Any] = {"__name__": "trace"}
    exec(code, namespace)
    counts: list[int] = []
    counter = Counter(max_steps)
    for index in range(namespace["FIRST"], namespace["FIRST"] + max_terms):
        counter.left, counter.steps = counter.left - counter.steps, 0
        sys.settrace(counter)
        try:
            namespace["a"](index)
        except Spent:
            break
        finally:
            sys.settrace(None)
        counts.append(counter.steps)
    return counts


def main() -> None:
    """Entry point of the child."""
    request = json.load(sys.stdin)
    out = sys.stdout
    with contextlib.redirect_stdout(io.StringIO()):
        counts = count(
            compile(request["code"], "<trace>", "exec"), request["max_terms"], request["max_steps"]
        )
    out.write(json.dumps(counts))


if __name__ == "__main__":
    main()
