"""What a process holds in memory, as Linux counts it (man 5 proc)."""

from __future__ import annotations

import os
from pathlib import Path


def resident_bytes(pid: int) -> int:
    """What a process holds in memory, pages shared with others included; 0 when it is gone."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def proportional_bytes(pid: int) -> int | None:
    """What a process holds in memory, a page shared by k processes counted as 1/k.

    Returns:
        None where the kernel does not tell: before Linux 4.14, or of a process that is gone or not ours.
    """
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return None
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def held_bytes(pid: int) -> int:
    """What a process is counted with: its share where the kernel tells it, else all that is resident."""
    share = proportional_bytes(pid)
    return resident_bytes(pid) if share is None else share


def counts_shares() -> bool:
    """Whether this machine tells shares; a Lean worker's mapped library is counted once for each if not."""
    return proportional_bytes(os.getpid()) is not None
