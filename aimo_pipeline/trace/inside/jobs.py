"""What a child does once it stands behind its layers: one job, then it ends.

What every child does is kept short, and what it says of itself is written without the JSON encoder: each page
of memory that is touched on the way has to be copied for it.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import types
from collections.abc import Callable
from typing import Any

from aimo_pipeline.trace.inside import cells, counter, frames, harness, kernel, sessions
from aimo_pipeline.trace.inside.layers import CHANNEL_FD, LIMITED

_EVERY_MODULE = tuple(vars(types.ModuleType("empty")))
_ATTESTATION = (
    '{"attest": {"pid": %d, "uid": %d, "names": [%s], "limits": {%s}, "no_new_privs": %d, "seccomp": %d}}'
)
_NO_VALUE = {"value": None}
_NOTHING_TO_SAY = frames.encoded(_NO_VALUE)


def serve(program: cells.Program, int_digits: int, parent: int) -> None:
    """Attest, take the job from the channel, do it, exit; never returns.

    Args:
        program: where code will run; new, from before the fork.
        int_digits: the longest integer that may be turned into decimal digits or back.
        parent: pid of the fork server.
    """
    frames.write_bytes(CHANNEL_FD, frames.framed(attestation(program)))
    job = frames.read(CHANNEL_FD)
    if job is not None:
        random.seed()  # or all children would draw the same numbers
        sys.set_int_max_str_digits(int_digits)
        kinds: dict[str, Callable[[], None]] = {
            "run": lambda: _run(program, job),
            "trace": lambda: harness.trace(job, CHANNEL_FD),
            "count": lambda: counter.count_terms(job, CHANNEL_FD),
            "session": lambda: sessions.serve(program, job["first"], CHANNEL_FD, parent),
        }
        kinds[job["kind"]]()
    os._exit(0)  # neither the program's threads nor its atexit handlers keep the child


def _run(program: cells.Program, job: dict[str, Any]) -> None:
    done = program.run(job["code"], "<program>")
    frames.write_bytes(CHANNEL_FD, _NOTHING_TO_SAY if done == _NO_VALUE else frames.encoded(done))


def attestation(program: cells.Program) -> bytes:
    """What the child finds about itself before it sees any code, as JSON."""
    names = [f'"{name}"' for name in program.names if name not in _EVERY_MODULE]
    limits = [f'"{number}": {resource.getrlimit(number)[0]}' for number in LIMITED]
    rights = (kernel.prctl(kernel.PR_GET_NO_NEW_PRIVS), kernel.prctl(kernel.PR_GET_SECCOMP))
    said = _ATTESTATION % (os.getpid(), os.getuid(), ", ".join(names), ", ".join(limits), *rights)
    return said.encode()
