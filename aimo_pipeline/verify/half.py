"""Folders that are being filled: one process at a time has one, and what dead ones left is removed."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

HALF = ".part"

_LOOK_S = 0.2  # between two looks whether another process has finished
# Earlier versions called theirs `*.part-*` and locked nothing; each took some minutes.
_OLD, _OLD_S = "*.part-*", 3600.0


@asynccontextmanager
async def held(part: Path, whole: Path) -> AsyncIterator[bool]:
    """Make the folder `part`, if it is not there, and have it alone; wait for whoever has it until then.

    A process that dies gives it up, however it dies.

    Returns:
        False when `whole`, which `part` is to become, is there.

    Raises:
        OSError: it can't be made or locked.
    """
    while not whole.is_dir():
        part.mkdir(mode=0o700, exist_ok=True)
        with _locked(part) as locked:
            if locked and not whole.is_dir():
                yield True
                return
            if locked:
                part.rmdir()  # made in the moment in which the other finished
        await asyncio.sleep(_LOOK_S)
    yield False


def remove_dead(ours: Path) -> None:
    """Remove the half-filled folders beside `ours` that no live process has."""
    folder = ours.parent
    os.utime(ours)
    now_s = ours.stat().st_mtime
    for part in folder.glob(f"trace-to-lean-*{HALF}"):
        with _locked(part) as locked:
            if locked:
                shutil.rmtree(part, ignore_errors=True)
    for part in folder.glob(f"trace-to-lean-{_OLD}"):
        if now_s - _last_written_s(part) > _OLD_S:
            shutil.rmtree(part, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Whether nobody else has the folder; it is ours for the block then."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield False
        return
    try:
        # Another may have removed or renamed it before it was locked.
        yield _lock(handle) and _is(folder, handle)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is(folder: Path, handle: int) -> bool:
    try:
        return os.path.samestat(folder.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _last_written_s(folder: Path) -> float:
    return max((path.stat().st_mtime for path in [folder, *folder.rglob("*")]), default=0.0)
