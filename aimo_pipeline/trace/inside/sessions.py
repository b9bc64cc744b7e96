"""A session's processes: one that waits as the snapshot, and its fork that runs the next cell.

    idle ── fork ──┬─ snapshot: waits for the fork to take over or to die
                   └─ fork: runs the cell, then takes over ── snapshot exits

When the fork dies, of whatever, the snapshot reports it and is idle again: variables are as they were before
the cell. The fork server kills a fork that runs too long.
"""

from __future__ import annotations

import os
import select
import time
from typing import Any

from aimo_pipeline.trace.inside import cells, frames, kernel
from aimo_pipeline.trace.inside.layers import tie_to

_HANDOVER_STEP_S = 0.0002


def serve(program: cells.Program, first: list[str], channel: int, server: int) -> None:
    """Run the first statements, then cells, {"cell", "definitions", "number"}, until the channel closes.

    Sends {"number", "value"} or {"number", "error"} for a cell that came to its end, and {"number", "died",
    "cpu_s", "resident_bytes"} for one that did not, with the wait status.
    """
    for statement in first:
        program.run(statement, "<first>")  # one that fails leaves nothing behind
    while (request := frames.read(channel)) is not None:
        snapshot = os.getpid()
        taken_over, take_over = os.pipe()
        fork = os.fork()
        if fork == 0:
            os.close(taken_over)
            tie_to(snapshot)
            file, definitions = f"<cell {request['number']}>", request["definitions"]
            done = program.run(request["cell"], file, definitions=definitions)
            _take_over(take_over, server)
            frames.write(channel, done | {"number": request["number"]})
        else:
            os.close(take_over)
            _wait(fork, taken_over)
            frames.write(channel, _death_of(fork) | {"number": request["number"]})


def _wait(fork: int, taken_over: int) -> None:
    """Return when the fork is dead; exit when it has taken over."""
    pidfd = os.pidfd_open(fork)
    waiting = select.poll()
    waiting.register(taken_over, select.POLLIN)
    waiting.register(pidfd, select.POLLIN)
    while True:
        ready = dict(waiting.poll())
        if taken_over in ready and os.read(taken_over, 1):
            os._exit(0)
        if pidfd in ready:
            break
        waiting.unregister(taken_over)  # closed by a program that closes everything; its end will tell
    os.close(pidfd)
    os.close(taken_over)


def _take_over(take_over: int, server: int) -> None:
    """Outlive the snapshot, and be tied to the fork server in its place."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, 0)
    snapshot = os.getppid()
    os.write(take_over, b"x")
    os.close(take_over)
    while os.getppid() == snapshot:
        time.sleep(_HANDOVER_STEP_S)
    tie_to(server)


def _death_of(fork: int) -> dict[str, Any]:
    _, status, used = os.wait4(fork, 0)
    return {
        "died": os.waitstatus_to_exitcode(status),
        "cpu_s": used.ru_utime + used.ru_stime,
        "resident_bytes": used.ru_maxrss * 1024,
    }
