"""What a child does once it stands behind its layers: one job, then it ends."""

from __future__ import annotations

import os
import resource
import sys
import types
from collections.abc import Callable
from typing import Any

from aimo_pipeline.trace.inside import cells, counter, frames, harness, kernel, sessions
from aimo_pipeline.trace.inside.layers import CHANNEL_FD, Limits


def serve(limits: Limits, parent: int) -> None:
    """Attest, take the job from the channel, do it, exit; never returns."""
    frames.write(CHANNEL_FD, {"attest": attestation(limits)})
    job = frames.read(CHANNEL_FD)
    if job is not None:
        sys.set_int_max_str_digits(limits.int_digits)
        kinds: dict[str, Callable[[dict[str, Any]], None]] = {
            "run": _run,
            "trace": lambda job: harness.trace(job, CHANNEL_FD),
            "count": lambda job: counter.count_terms(job, CHANNEL_FD),
            "session": lambda job: sessions.serve(CHANNEL_FD, parent),
        }
        kinds[job["kind"]](job)
    os._exit(0)  # neither the program's threads nor its atexit handlers keep the child


def _run(job: dict[str, Any]) -> None:
    frames.write(CHANNEL_FD, cells.Program("__main__").run(job["code"], "<program>"))


def attestation(limits: Limits) -> dict[str, Any]:
    """What the child finds about itself before it sees any program."""
    return {
        "pid": os.getpid(),
        "uid": os.getuid(),
        "names": sorted(set(cells.Program("__main__").names) - set(vars(types.ModuleType("empty")))),
        "limits": {str(number): resource.getrlimit(number)[0] for number in limits.table()},
        "no_new_privs": kernel.prctl(kernel.PR_GET_NO_NEW_PRIVS),
        "seccomp": kernel.prctl(kernel.PR_GET_SECCOMP),
    }
