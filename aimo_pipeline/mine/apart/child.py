"""The mining process itself: `python -m aimo_pipeline.mine.apart.child`, one question after another.

Reads its settings, then questions, from standard input and writes answers to standard output, as messages.py
frames them. A fault ends it with a traceback on standard error, which process.py tells; it ends as well when
nobody is there to ask.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress

from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.mine.apart.messages import Asked, Confirm, Evaluate, Mine, framed, read_message
from aimo_pipeline.mine.apart.mining import InProcess


async def _answer(mining: InProcess, asked: Asked) -> object:
    deadline = Deadline.after(asked.seconds, MonotonicClock())
    match asked.request:
        case Mine(sequence, targets):
            return await mining.mine(sequence, targets, deadline=deadline)
        case Confirm(found, fresh):
            return await mining.confirm(found, fresh, deadline=deadline)
        case Evaluate(formula, index, modulus):
            return await mining.evaluate(formula, index, modulus, deadline=deadline)


def main() -> None:
    """Answer until standard input ends."""
    # Whatever else writes to standard output, a C library say, must not come between two answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(EOFError), asyncio.Runner() as runner:
        mining = InProcess(read_message(sys.stdin.buffer))
        while True:
            answer = runner.run(_answer(mining, read_message(sys.stdin.buffer)))
            answers.write(framed(answer))
            answers.flush()


if __name__ == "__main__":
    main()
