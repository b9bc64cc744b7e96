"""Commands in sessions of their own: whatever ends us, none of their processes is left."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from prepare.told import ROOT

GRACE_S = 25.0  # between TERM and KILL; the notebook closes its solver meanwhile (20 s at most)
TICK_S = 0.2


def adopt_orphans() -> None:
    """Let grandchildren whose parent dies become ours (Linux), so that they can be found and ended."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def run_child(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    log: Path | None = None,
    stdin: int | None = subprocess.DEVNULL,
    tick: Callable[[], None] = lambda: None,
) -> int:
    """Run a command in its own session until it ends; return its exit status.

    Args:
        command: program and arguments.
        env: its whole environment; None: ours.
        cwd: its working directory.
        log: file for its output; None: ours is shared.
        stdin: what it reads, as for subprocess; None: ours, see `given_input`.
        tick: called a few times a second, and once after the end.

    Whatever ends this call (Ctrl-C too), the command and all its descendants are gone afterwards.
    """
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(log.open("wb")) if log else None
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=env,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
        )
        stack.callback(end_children, process)
        while process.poll() is None:
            reap_orphans(process)
            tick()
            time.sleep(TICK_S)
        tick()
        return process.returncode


def given_input() -> int | None:
    """Our standard input where it is a file or a pipe: a terminal can't be read from another session."""
    usable = sys.stdin is not None and not sys.stdin.closed and not sys.stdin.isatty()
    return None if usable else subprocess.DEVNULL


def end_children(process: subprocess.Popen[Any]) -> None:
    """TERM the process and everything below us, wait, KILL what is left, and reap."""
    for number, wait_s in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, 5.0)):
        end_s = time.monotonic() + wait_s
        living = _living(process)
        _signal(living, number)
        while living and time.monotonic() < end_s:
            time.sleep(TICK_S / 4)
            living = _living(process)
            if number == signal.SIGKILL:
                _signal(living, number)  # a child born meanwhile
        if not living:
            return


def _living(process: subprocess.Popen[Any]) -> list[int]:
    own = [process.pid] if process.poll() is None else []
    reap_orphans(process)
    return own + [pid for pid in descendants(os.getpid()) if pid not in own]


def _signal(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def descendants(of: int) -> list[int]:
    """Process ids of all living descendants (zombies left out); empty where there is no /proc."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                children.setdefault(int(parent), []).append(int(stat.parent.name))
    found, queue = [], [of]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def reap_orphans(process: subprocess.Popen[Any]) -> None:
    """Take note of the end of adopted grandchildren, or each would stay a zombie until we end."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
            if ended.si_pid == process.pid:
                return  # subprocess takes note of that one itself
            os.waitpid(ended.si_pid, os.WNOHANG)
