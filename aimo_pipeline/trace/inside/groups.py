"""Who belongs to whom among processes."""

from __future__ import annotations

import contextlib
import os


def group_of(pid: int) -> int:
    """The process group of a process, also of a zombie; -1 when it is gone."""
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return -1


def lives(group: int) -> bool:
    """Whether a process group has members, zombies included."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def children_of(pid: int) -> list[int]:
    """Direct children, also those of other threads; none where the kernel does not tell."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as children:
                found += map(int, children.read().split())
    return found
