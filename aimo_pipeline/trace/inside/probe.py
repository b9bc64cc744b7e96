"""Finds out which layers work on this machine, by attempting in a child what each is to forbid.

What a machine says about itself is not enough: containers refuse calls that their kernel has, and some tools
exit with status 0 without having protected anything.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import resource
import signal
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aimo_pipeline.trace.inside import kernel, landlock, layers
from aimo_pipeline.trace.inside.attempts import holds, refused
from aimo_pipeline.trace.inside.layers import Layers, Limits
from aimo_pipeline.trace.inside.probe_filters import filters, fork_gate

_SLOTS = 256
_UID_FIRST = 0x7000_0000
_HEADROOM_BYTES = 256 << 20
_SHARED_HEADROOM = 1024
_RARE_MODULES = ("wave", "plistlib", "xml.dom.minidom")  # in every Python, and not preloaded
_NONE = Limits(cpu_s=0, memory_bytes=0, file_bytes=0, open_files=0, processes=0, int_digits=0)


def _locked(rules: int) -> bool:
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    before = [os.path.exists("/proc/self/status"), bool(os.listdir("/"))]
    kernel.take([landlock.restrict_step(rules)])
    return all(before) and refused(lambda: open("/proc/self/status")) and refused(lambda: os.listdir("/"))


def rules() -> int | None:
    """Landlock's rules, where they are obeyed."""
    try:
        found = landlock.ruleset()
    except OSError:
        return None
    if holds(lambda: _locked(found)):
        return found
    os.close(found)
    return None


def empty_root() -> int | None:
    """A folder that exists no more, so that nothing can be put into it, where chroot is allowed."""
    import tempfile

    folder = tempfile.mkdtemp()
    found = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    os.rmdir(folder)

    def enclosed() -> bool:
        os.fchdir(found)
        os.chroot(".")
        return os.listdir("/") == []

    if holds(enclosed):
        return found
    os.close(found)
    return None


def _another_user(known: Layers) -> bool:
    kernel.take(layers.uid_steps(known, 0))
    assert known.uid_base is not None
    return set(os.getresuid()) == {known.uid_base} and refused(lambda: os.setuid(0))


def uid_base(known: Layers, number: int) -> int | None:
    """First of the uids that belong to the fork server with this pid, where the uid can be changed."""
    base = _UID_FIRST + number * _SLOTS
    tried = replace(known, uid_base=base)
    return base if os.getuid() == 0 and holds(lambda: _another_user(tried)) else None


def _imports(known: Layers) -> bool:
    kernel.take(layers.uid_steps(known, 0))
    if known.empty_fd is None:
        for name in _RARE_MODULES:
            importlib.import_module(name)
    return known.empty_fd is None


def imports_work(known: Layers) -> bool:
    """Whether a child still can import what was not preloaded."""
    return holds(lambda: _imports(known))


def group_kill(known: Layers) -> bool:
    """Whether a child in a session and under a uid of its own can be killed with its group."""
    ready, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        with contextlib.suppress(OSError):
            kernel.take(layers.uid_steps(known, 0))
        os.write(tell, b"x")
        signal.pause()
        os._exit(0)
    os.close(tell)
    os.read(ready, 1)
    os.close(ready)
    with contextlib.suppress(PermissionError):
        os.killpg(child, signal.SIGKILL)
        return os.waitpid(child, 0)[1] == signal.SIGKILL
    return False


def resource_limits() -> bool:
    """Whether an address space has a limit that is kept."""

    def limited() -> bool:
        with open("/proc/self/statm", encoding="ascii") as sizes:
            now = int(sizes.read().split()[0]) * resource.getpagesize()
        small = replace(_NONE, memory_bytes=now + _HEADROOM_BYTES)
        kernel.take(layers.limit_steps(small, shared_uid_processes=0))
        try:
            bytearray(4 * _HEADROOM_BYTES)
        except MemoryError:
            return True
        return False

    return holds(limited)


def adopts() -> bool:
    """Whether this process becomes the parent of orphaned grandchildren."""
    with contextlib.suppress(OSError):
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    told, tell = os.pipe()
    server = os.getpid()
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            while os.getppid() == child or os.getppid() not in (server, 1):
                pass
            os.write(tell, b"y" if os.getppid() == server else b"n")
        os._exit(0)
    os.waitpid(child, 0)
    answer = os.read(told, 1)
    os.close(told)
    os.close(tell)
    with contextlib.suppress(ChildProcessError):
        os.wait()
    return answer == b"y"


def _processes_of_this_uid() -> int:
    count = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{name}").st_uid == os.getuid():
                count += len(os.listdir(f"/proc/{name}/task"))
    return count


def explore(*, allow_fork: bool, number: int) -> tuple[Layers, Mapping[str, Any]]:
    """The strongest set of layers that works here, and what it consists of.

    Args:
        allow_fork: whether stateless programs may fork.
        number: a number that is this fork server's own on this machine, for its uids.
    """
    found_rules = rules()
    shared = _processes_of_this_uid() + _SHARED_HEADROOM
    known = Layers(found_rules, {}, None, False, None, None, shared)
    known = replace(known, filters=filters(allow_fork=allow_fork, writes=found_rules is not None))
    known = replace(known, uid_base=uid_base(known, number))
    if known.uid_base is not None and not group_kill(known):
        known = replace(known, uid_base=None)  # without CAP_KILL another user's processes are out of reach
    if known.filters:
        known = replace(known, gate=fork_gate())
    if known.uid_base is not None:
        known = replace(known, shared_uid_processes=0)
    if known.rules_fd is None:
        known = replace(known, empty_fd=empty_root())
    elif known.uid_base is not None and not imports_work(known):
        reading = replace(known, reads_all=True)
        known = reading if imports_work(reading) else known  # a container's root may not hold the capability
    return known, {
        "rlimits": resource_limits(),
        "group_kill": group_kill(known),
        "seccomp": bool(known.filters),
        "no_fork": bool(known.filters) and not allow_fork,
        "fork_gate": known.gate is not None,
        "landlock": landlock.version() if known.rules_fd is not None else 0,
        "chroot": known.empty_fd is not None,
        "uid": known.uid_base is not None,
        "subreaper": adopts(),
        "imports": imports_work(known),
    }
