"""Shared memory of a server that was killed: seen while it lives, removed when it is dead.

A process that is killed outright leaves its names in /dev/shm: who would remove them is killed along with
it. Only names that its runtimes are known to make are touched: Python's shared memory and semaphores,
torch's and NCCL's segments, and the registration of Intel's OpenMP, which holds the process's id.

Not covered: what a process makes and leaves between two looks; and all of it where we are killed ourselves.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_SHM = Path("/dev/shm")
_MADE = re.compile(r"(psm_|sem\.mp-|torch_|nccl-|loky-)[\w.-]+$")


class Leftovers:
    """Names in shared memory that the processes of one group have made; made by `cleared`."""

    def __init__(self) -> None:
        self._group: int | None = None
        self._names: set[str] = set()

    @classmethod
    @contextmanager
    def cleared(cls) -> Iterator[Leftovers]:
        """For the length of a group's life; what it left is removed at the end, when it must be dead."""
        left = cls()
        try:
            yield left
        finally:
            left._remove()

    def follow(self, group: int) -> None:
        """Look at the processes of this group from now on."""
        self._group = group

    def look(self) -> None:
        """Take note of what they have now: some milliseconds, most of them for lists of mappings."""
        for pid in _members(self._group):
            self._names.add(f"__KMP_REGISTERED_LIB_{pid}_{os.getuid()}")
            self._names.update(_mapped(pid))

    def _remove(self) -> None:
        for name in self._names:
            with suppress(OSError):  # removed by its owner, as it should be, or not ours
                (_SHM / name).unlink()


def _members(group: int | None) -> Iterator[int]:
    """Ids of the processes in a group."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError, IndexError):  # it ended while we looked
                # The name in brackets may hold blanks; after it come state, parent and group.
                if int((entry / "stat").read_text().rpartition(")")[2].split()[2]) == group:
                    yield int(entry.name)


def _mapped(pid: int) -> Iterator[str]:
    """Names of known kinds in shared memory that a process has mapped."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/maps").read_text(errors="replace").splitlines():
            _, found, name = line.partition(f"{_SHM}/")
            if found and _MADE.match(name):
                yield name
