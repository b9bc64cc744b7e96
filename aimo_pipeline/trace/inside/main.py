"""The fork server's program: preloads, tries the layers, says what works, serves.

Started as a fresh Python by process.py (`python -m aimo_pipeline.trace.inside.main SETTINGS`), because a
fork of the controller would copy its threads' locks and its gigabytes.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import signal
import socket
import sys
import sysconfig
from typing import Any

from aimo_pipeline.trace.inside import kernel, memory, preload, probe
from aimo_pipeline.trace.inside.attempts import holds
from aimo_pipeline.trace.inside.layers import FIRST_FREE_FD
from aimo_pipeline.trace.inside.server import Server

# What the preloaded modules fill; a few too many cost a huge page each, each one too few 256 small ones.
_ARENAS = 40
# New containers between two looks for garbage; Python's own 700 suits programs that live longer.
_COLLECT_AFTER = 10_000
_NAMESPACES = kernel.CLONE_NEWPID | kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC


def _try_namespaces() -> bool:
    """Whether namespaces of our own, with a /proc of their own, can be had."""
    kernel.unshare(_NAMESPACES)

    def first() -> bool:
        kernel.mount_own_proc()
        return os.readlink("/proc/self") == "1"

    return holds(first)


def _enter_namespaces(control: socket.socket) -> int:
    """Go on as the first process of namespaces of our own; the kernel ends all of them with it.

    Returns:
        In that process only: its pid outside. The process that called ends when the inner one does.
    """
    told, tell = os.pipe()
    kernel.unshare(_NAMESPACES)
    inner = os.fork()
    if inner:
        control.close()
        os.write(tell, str(inner).encode())
        _, status = os.waitpid(inner, 0)
        os._exit(0 if status == 0 else 1)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    kernel.mount_own_proc()
    pid = int(os.read(told, 32))
    os.close(told)
    os.close(tell)
    return pid


def _leave_the_project() -> None:
    """Take this package's folder out of the path, unless it is one that Python itself installs to."""
    project = os.path.realpath(f"{__file__}/../../../..")
    own = {os.path.realpath(sysconfig.get_path(name)) for name in ("purelib", "platlib")}
    if project not in own:
        sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) != project]


def _hide_the_server() -> None:
    """Take what is the fork server's own out of sight of the programs.

    Here and not in each child, where walking through all modules would copy every page that holds a name.
    """
    os.environ.clear()
    sys.argv = [""]
    for name in [one for one in sys.modules if one.partition(".")[0] in ("aimo_pipeline", "pyseccomp")]:
        del sys.modules[name]
    sys.modules["aimo_pipeline"] = None  # type: ignore[assignment]  # its import fails, wherever it lies


def _apart(control: int) -> int:
    """Take the low descriptors, into whose places a child's will come; the control socket's new one."""
    above = fcntl.fcntl(control, fcntl.F_DUPFD_CLOEXEC, FIRST_FREE_FD)
    null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    for taken in (0, *range(3, FIRST_FREE_FD)):
        os.dup2(null, taken)
    if control >= FIRST_FREE_FD:
        os.close(control)
    if null >= FIRST_FREE_FD:
        os.close(null)
    return above


def main() -> None:
    """Entry point; ends when the controller closes its end of the control socket."""
    settings: dict[str, Any] = json.loads(sys.argv[1])
    control = socket.socket(fileno=_apart(settings["control"]))
    number = os.getpid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the controller's affair
    namespaces = settings["namespaces"] and holds(_try_namespaces)
    pid = _enter_namespaces(control) if namespaces else number
    _leave_the_project()
    known, found = probe.explore(allow_fork=settings["allow_fork"], number=number)
    kept = memory.reserved(_ARENAS)
    missing = preload.import_all(rare=not found["imports"])
    preload.warm_up()
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    sys.stderr.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    _hide_the_server()
    huge = memory.settle(kept)
    gc.disable()
    gc.set_threshold(_COLLECT_AFTER)
    ready = {**found, "pid": pid, "pid_namespace": namespaces, "huge_pages": huge, "missing": missing}
    control.send(json.dumps({"ready": ready}).encode())
    Server(control, known).serve()


if __name__ == "__main__":
    main()
