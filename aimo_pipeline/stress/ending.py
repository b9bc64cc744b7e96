"""A run that is ended from outside in the middle of its work: politely, and not."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

from aimo_pipeline.stress.outcome import Ended
from aimo_pipeline.stress.running import Running
from aimo_pipeline.stress.watch import Line

ENDS = {"terminated": signal.SIGTERM, "killed": signal.SIGKILL}
# By then cells run, Lean loads, and completions are under way.
_AT = "CompletionFinished"


async def end(run: Running, name: str, *, close_s: float, tell: Callable[[Line], None]) -> Ended:
    """Send the run a signal while it works on its second problem, and see what is left of it.

    Args:
        run: with two problems or more.
        name: of ENDS.
        close_s: longest wait for its end.
        tell: called with each line of the journal as it comes.
    """
    number, answered, sent_s = ENDS[name], 0, 0.0
    async for line in run.watch.follow(until_s=run.began_s + run.total_s):
        tell(line)
        answered += line.type == "AnswerGiven"
        if answered and line.type == _AT and not sent_s:
            run.watch.look()
            os.kill(run.child.pid, number)
            sent_s = time.monotonic()
        if sent_s and time.monotonic() > sent_s + close_s:
            break
    status = run.child.exited.result() if run.child.exited.done() else None
    seconds = time.monotonic() - sent_s
    left = await run.watch.left()
    told = number is signal.SIGKILL or any(
        line.type in ("Cancelled", "WorkEnded") for line in run.watch.lines
    )
    return Ended(name, seconds, status, -number, left, told and answered > 0)
