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
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from aimo_pipeline.trace.inside import gate, kernel, landlock, layers, syscalls
from aimo_pipeline.trace.inside.layers import Layers, Limits

KINDS = ("run", "session")
_SLOTS = 256
_UID_FIRST = 0x7000_0000
_HEADROOM_BYTES = 256 << 20
_SHARED_HEADROOM = 1024
_RARE_MODULES = ("wave", "plistlib", "xml.dom.minidom")  # in every Python, and not preloaded
_NONE = Limits(cpu_s=0, memory_bytes=0, file_bytes=0, open_files=0, processes=0, int_digits=0)


def holds(act: Callable[[], bool]) -> bool:
    """Whether `act`, run in a child of its own, ends and returns True."""
    child = os.fork()
    if child == 0:
        os._exit(0 if holds_here(act) else 1)
    return os.waitpid(child, 0)[1] == 0


def holds_here(act: Callable[[], bool]) -> bool:
    """Whether `act` ends and returns True."""
    with contextlib.suppress(BaseException):
        return act()
    return False


def refused(act: Callable[[], object]) -> bool:
    """Whether the kernel refuses `act`."""
    try:
        act()
    except PermissionError:
        return True
    return False


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
    try:
        found = {
            kind: syscalls.compiled(forks=allow_fork, session=kind == "session", writes=writes)
            for kind in KINDS
        }
    except (ImportError, RuntimeError, OSError, AttributeError):  # AttributeError: a library far too old
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
    try:
        program = syscalls.gate()
    except (ImportError, RuntimeError, OSError, AttributeError):
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


def _locked(rules: int) -> bool:
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    before = [os.path.exists("/proc/self/status"), bool(os.listdir("/"))]
    landlock.restrict(rules)
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
    layers.change_uid(known, 0)
    assert known.uid_base is not None
    return set(os.getresuid()) == {known.uid_base} and refused(lambda: os.setuid(0))


def uid_base(known: Layers, number: int) -> int | None:
    """First of the uids that belong to the fork server with this pid, where the uid can be changed."""
    base = _UID_FIRST + number * _SLOTS
    tried = replace(known, uid_base=base)
    return base if os.getuid() == 0 and holds(lambda: _another_user(tried)) else None


def _imports(known: Layers) -> bool:
    layers.change_uid(known, 0)
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
            layers.change_uid(known, 0)
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
        layers.set_limits(replace(_NONE, memory_bytes=now + _HEADROOM_BYTES), shared_uid_processes=0)
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
