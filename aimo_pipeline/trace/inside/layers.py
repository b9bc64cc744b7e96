"""How a child gives up its rights, layer by layer, before it sees a line of the program.

The order matters: the death signal is cleared by a change of uid, Landlock and seccomp need no_new_privs, and
after seccomp nothing more can be changed.

The fork server writes the calls down beforehand and the child only makes them: every page of memory that a
child touches has to be copied for it, and working the calls out touches some two hundred.
"""

from __future__ import annotations

import os
import resource
import signal
from dataclasses import dataclass

from aimo_pipeline.trace.inside import gate, kernel, landlock
from aimo_pipeline.trace.inside.kernel import Step

CHANNEL_FD = 3
# The fork server keeps its own descriptors from here on, so that a child's can take their places below.
FIRST_FREE_FD = 4
_ORPHANED = 125
_DESCENTS = 64
LIMITED = (
    resource.RLIMIT_CPU,
    resource.RLIMIT_AS,
    resource.RLIMIT_FSIZE,
    resource.RLIMIT_NOFILE,
    resource.RLIMIT_NPROC,
)
_NONE_OF = (resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE)


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
        values = (self.cpu_s, self.memory_bytes, self.file_bytes, self.open_files, self.processes)
        return {number: value for number, value in zip(LIMITED, values, strict=True) if value}


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


def limit_steps(limits: Limits, *, shared_uid_processes: int) -> list[Step]:
    """Sets each limit, never above an inherited hard one."""
    steps = [kernel.limit_step(number, 0, 0) for number in _NONE_OF]
    for number, value in limits.table().items():
        if number == resource.RLIMIT_NPROC:
            value += shared_uid_processes
        _, hard = resource.getrlimit(number)
        ceiling = value + 1 if number == resource.RLIMIT_CPU else value
        if hard != resource.RLIM_INFINITY:
            value, ceiling = min(value, hard), min(ceiling, hard)
        steps.append(kernel.limit_step(number, value, ceiling))
    return steps


def uid_steps(layers: Layers, slot: int) -> list[Step]:
    """Makes the slot's own user of it, without groups and, but for one case, without capabilities."""
    steps = []
    if layers.uid_base is not None:
        uid = layers.uid_base + slot
        steps = [
            kernel.step("setgroups", 0, None),
            kernel.step("setresgid", uid, uid, uid),
            kernel.step("prctl", kernel.PR_SET_KEEPCAPS, int(layers.reads_all), 0, 0, 0),
            kernel.step("setresuid", uid, uid, uid),
        ]
    kept = kernel.CAP_DAC_READ_SEARCH if layers.reads_all else 0
    return [*steps, kernel.capability_step(kept), kernel.step("prctl", kernel.PR_SET_KEEPCAPS, 0, 0, 0, 0)]


def root_steps(layers: Layers) -> list[Step]:
    """Leaves the fork server's session and folder; without Landlock, an empty folder is all there is."""
    if layers.empty_fd is None:
        return [kernel.step("setsid"), kernel.step("chdir", b"/")]
    return [
        kernel.step("setsid"),
        kernel.step("fchdir", layers.empty_fd),
        kernel.step("chroot", b"."),  # it has no /dev/null
    ]


def lock_steps(layers: Layers) -> list[Step]:
    """The layers that cannot be taken back, but for the filter: no new privileges, no files."""
    steps = [
        kernel.step("prctl", kernel.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        kernel.step("prctl", kernel.PR_SET_DUMPABLE, 0, 0, 0, 0),
    ]
    return steps if layers.rules_fd is None else [*steps, landlock.restrict_step(layers.rules_fd)]


def descriptor_steps(channel: int, output: int) -> list[Step]:
    """1 and 2 are the output, 3 the channel; 0 is empty in the fork server already."""
    pairs = ((output, 1), (output, 2), (channel, CHANNEL_FD))
    return [kernel.step("dup2", fd, number) for fd, number in pairs]


class Descent:
    """The calls that put a freshly forked child behind every layer there is, written down by the fork server.

    Args:
        layers: what this machine allows.
        limits: what the program may use.
        kind: which filter of system calls.
    """

    def __init__(self, layers: Layers, limits: Limits, kind: str) -> None:
        self._gate = layers.gate if kind == "session" else None
        self._filter = [kernel.filter_step(layers.filters[kind])] if kind in layers.filters else []
        limited = limit_steps(limits, shared_uid_processes=layers.shared_uid_processes)
        self._before = [*root_steps(layers), *limited]
        self._after = [kernel.step("prctl", kernel.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)]
        self._after += lock_steps(layers)
        self._close = [kernel.close_step(FIRST_FREE_FD)]
        self._layers = layers

    def steps(self, *, channel: int, output: int, slot: int) -> list[Step]:
        """All calls but the last ones, for a child with these descriptors of the fork server's.

        Args:
            channel: socket to the controller.
            output: pipe for what the program prints.
            slot: number of the uid.
        """
        dynamic = descriptor_steps(channel, output)
        return [*self._before, *dynamic, *uid_steps(self._layers, slot), *self._after]

    def go(self, steps: list[Step], *, parent: int, server: int | None) -> None:
        """Make the calls, in the child.

        Args:
            steps: the child's own.
            parent: pid of the fork server.
            server: socket to the fork server, for a session's gate.
        """
        kernel.take(steps)
        if os.getppid() != parent:  # it died before the death signal was set
            os._exit(_ORPHANED)
        if self._gate is not None and server is not None:
            gate.raise_gate(self._gate, server)
        self._close_the_rest()
        kernel.take(self._filter)

    def _close_the_rest(self) -> None:
        try:
            kernel.take(self._close)
        except OSError:  # before Linux 5.9
            os.closerange(FIRST_FREE_FD, os.sysconf("SC_OPEN_MAX"))


class Descents:
    """The ways down for each kind of child and each set of limits; it is always the same few."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._found: dict[tuple[str, ...], tuple[Limits, Descent]] = {}

    def of(self, kind: str, numbers: dict[str, int]) -> tuple[Limits, Descent]:
        """The limits, and the way down for a child of this kind with them."""
        key = (kind, *map(str, numbers.values()))
        if key not in self._found:
            if len(self._found) == _DESCENTS:
                self._found.clear()
            limits = Limits(**numbers)
            self._found[key] = (limits, Descent(self._layers, limits, kind))
        return self._found[key]
