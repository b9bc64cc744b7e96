"""Finds out whether filters of system calls work here, by attempting what they are to refuse."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from functools import partial

from aimo_pipeline.trace.inside import gate, kernel, syscalls
from aimo_pipeline.trace.inside.attempts import holds, holds_here, made, refused

KINDS = ("run", "session")


def _filtered(program: bytes, *, no_fork: bool) -> bool:
    parent = os.getppid()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.install_filter(program)
    acts: list[Callable[[], object]] = [
        lambda: socket.socket(),
        lambda: os.kill(parent, 0),
        lambda: os.execve("/bin/true", ["true"], {}),
        os.setsid,
        lambda: os.setpgid(0, 0),
        *([os.fork] if no_fork else []),
    ]
    return all(refused(act) for act in acts)


def filters(*, allow_fork: bool, writes: bool) -> dict[str, bytes]:
    """A filter of system calls for each kind of job; empty where seccomp or libseccomp is missing."""
    found = {
        kind: made(partial(syscalls.compiled, forks=allow_fork, session=kind == "session", writes=writes))
        for kind in KINDS
    }
    if not all(found.values()):
        return {}
    no_fork = {"run": not allow_fork, "session": False}
    tests = [partial(_filtered, found[kind], no_fork=no_fork[kind]) for kind in KINDS]
    return found if all(map(holds, tests)) else {}


def _asks(program: bytes, server: int) -> bool:
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    gate.raise_gate(program, server)
    if not refused(os.fork):
        return False
    child = os.fork()
    if child == 0:
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def fork_gate() -> bytes | None:
    """The filter that asks before each fork, where it asks and keeps to the answer."""
    program = made(syscalls.gate)
    if not program:
        return None
    ours, theirs = socket.socketpair()
    with theirs:
        child = os.fork()
        if child == 0:
            os._exit(0 if holds_here(partial(_asks, program, theirs.fileno())) else 1)
    end = gate.Gate(ours)
    if end.open():
        _ = end.answer(False) and end.answer(True)
    end.close()
    return program if os.waitpid(child, 0)[1] == 0 else None
