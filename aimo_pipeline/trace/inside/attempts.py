"""Trying things out in children, so that what they change or break stays there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

_CHUNK_BYTES = 1 << 16


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


def made(make: Callable[[], bytes]) -> bytes:
    """What `make` returns in a child of its own; empty when it fails there.

    For libraries that only this needs: loaded here, they would make every later fork dearer.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os._exit(0 if holds_here(lambda: _written(write, make())) else 1)
    os.close(write)
    parts = list(iter(lambda: os.read(read, _CHUNK_BYTES), b""))
    os.close(read)
    return b"".join(parts) if os.waitpid(child, 0)[1] == 0 else b""


def _written(fd: int, data: bytes) -> bool:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    return True


def refused(act: Callable[[], object]) -> bool:
    """Whether the kernel refuses `act`."""
    try:
        act()
    except PermissionError:
        return True
    return False
