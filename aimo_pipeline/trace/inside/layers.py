"""How a child gives up its rights, layer by layer, before it sees a line of the program.

The order matters: the death signal is cleared by a change of uid, Landlock and seccomp need no_new_privs, and
after seccomp nothing more can be changed.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal
from dataclasses import dataclass

from aimo_pipeline.trace.inside import gate, kernel, landlock

CHANNEL_FD = 3
_RULES_FD = 4
_SERVER_FD = 5
_ORPHANED = 125


@dataclass(frozen=True)
class Limits:
    """Resource limits of one child; zero means none.

    Attributes:
        cpu_s: processor time; one second more kills without a reason being told.
        memory_bytes: address space.
        file_bytes: the longest file it may write, where it may write at all.
        open_files: descriptors.
        processes: processes and threads of its uid.
        int_digits: the longest integer that may be turned into decimal digits or back.
    """

    cpu_s: int
    memory_bytes: int
    file_bytes: int
    open_files: int
    processes: int
    int_digits: int

    def table(self) -> dict[int, int]:
        """Limit number -> soft limit."""
        wanted = {
            resource.RLIMIT_CPU: self.cpu_s,
            resource.RLIMIT_AS: self.memory_bytes,
            resource.RLIMIT_FSIZE: self.file_bytes,
            resource.RLIMIT_NOFILE: self.open_files,
            resource.RLIMIT_NPROC: self.processes,
        }
        return {number: value for number, value in wanted.items() if value}


@dataclass(frozen=True)
class Layers:
    """What this machine allows; found by probe.py.

    Attributes:
        rules_fd: Landlock's rules, or None.
        filters: seccomp program by kind of job, empty where seccomp does not work.
        uid_base: first uid of the slots, or None where the uid cannot be changed.
        reads_all: whether the slot's uid needs CAP_DAC_READ_SEARCH to reach Python's own folders (they lie
            under a folder that is closed to others); only ever together with Landlock.
        empty_fd: an empty folder to be the root, where Landlock is missing; else None.
        gate: the filter that asks before a session forks, or None where the kernel has none such.
        shared_uid_processes: what RLIMIT_NPROC has to allow on top, because the uid is shared.
    """

    rules_fd: int | None
    filters: dict[str, bytes]
    uid_base: int | None
    reads_all: bool
    empty_fd: int | None
    gate: bytes | None
    shared_uid_processes: int


def tie_to(parent: int) -> None:
    """Die with the parent; exits at once if that has happened."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(_ORPHANED)


def set_limits(limits: Limits, *, shared_uid_processes: int) -> None:
    """Set each limit, never above an inherited hard one."""
    for number, value in limits.table().items():
        if number == resource.RLIMIT_NPROC:
            value += shared_uid_processes
        _, hard = resource.getrlimit(number)
        ceiling = value + 1 if number == resource.RLIMIT_CPU else value
        if hard != resource.RLIM_INFINITY:
            value, ceiling = min(value, hard), min(ceiling, hard)
        resource.setrlimit(number, (value, ceiling))
    for number in (resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE):
        resource.setrlimit(number, (0, 0))


def change_uid(layers: Layers, slot: int) -> None:
    """Become the slot's own user, without groups and, but for one case, without capabilities."""
    if layers.uid_base is not None:
        uid = layers.uid_base + slot
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        kernel.prctl(kernel.PR_SET_KEEPCAPS, int(layers.reads_all))
        os.setresuid(uid, uid, uid)
    kernel.set_capabilities(kernel.CAP_DAC_READ_SEARCH if layers.reads_all else 0)
    kernel.prctl(kernel.PR_SET_KEEPCAPS, 0)


def arrange_descriptors(channel: int, output: int, rules: int | None, server: int | None) -> None:
    """0 is empty, 1 and 2 are the output, 3 the channel, 4 and 5 are for `confine`; the rest is closed."""
    null = os.open(os.devnull, os.O_RDONLY)
    wanted = [null, output, output, channel, *(null if fd is None else fd for fd in (rules, server))]
    # Copied above every number that is about to be overwritten.
    copies = [fcntl.fcntl(fd, fcntl.F_DUPFD, len(wanted)) for fd in wanted]
    for number, copy in enumerate(copies):
        os.dup2(copy, number, inheritable=number < CHANNEL_FD)
    kernel.close_from(len(wanted))


def confine(layers: Layers, kind: str) -> None:
    """The layers that cannot be taken back: no new privileges, files, system calls."""
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    if layers.rules_fd is not None:
        landlock.restrict(_RULES_FD)
    if layers.gate is not None and kind == "session":
        gate.raise_gate(layers.gate, _SERVER_FD)
    kernel.close_from(_RULES_FD)
    if kind in layers.filters:
        kernel.install_filter(layers.filters[kind])


def enter(
    layers: Layers,
    *,
    limits: Limits,
    kind: str,
    slot: int,
    parent: int,
    channel: int,
    output: int,
    server: int | None,
) -> None:
    """Put a freshly forked child behind every layer there is.

    Args:
        layers: what this machine allows.
        limits: what the program may use.
        kind: which filter of system calls.
        slot: number of the uid.
        parent: pid of the fork server.
        channel: socket to the controller.
        output: pipe for what the program prints.
        server: socket to the fork server, for a session's gate.
    """
    os.setsid()
    os.chdir("/" if layers.empty_fd is None else layers.empty_fd)
    arrange_descriptors(channel, output, layers.rules_fd, server)
    if layers.empty_fd is not None:
        os.chroot(".")  # an empty folder, by now the working directory; it has no /dev/null
    set_limits(limits, shared_uid_processes=layers.shared_uid_processes)
    change_uid(layers, slot)
    tie_to(parent)
    confine(layers, kind)
