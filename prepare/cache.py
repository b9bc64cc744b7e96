"""Folders that are made once, under a lock, and marked when they are complete."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from prepare.told import say


def cache_root(environ: Mapping[str, str]) -> Path:
    """Where environments and Lean are kept, shared by all clones of one user."""
    base = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".cache")
    return Path(base) / "aimo-pipeline"


def environment_key(requirements: bytes, python: str) -> str:
    """12 hex digits that change with the pinned requirements and with the Python version."""
    return hashlib.sha256(requirements + b"\0" + python.encode()).hexdigest()[:12]


def ensure_folder(folder: Path, build: Callable[[Path], None]) -> Path:
    """Make a folder once.

    Args:
        folder: what is wanted; complete if it holds the marker `.complete`, else removed and
            made again.
        build: fills it; on any exception the folder is removed.

    Returns:
        The folder.
    """
    marker = folder / ".complete"
    if marker.exists():
        return folder
    with locked(folder.parent / f"{folder.name}.lock"):
        if marker.exists():  # made while we waited
            return folder
        if folder.exists():
            say(f"removing a half-made {folder.name}")
            shutil.rmtree(folder)
        try:
            build(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        marker.write_text("made by build_submission.py\n")
    return folder


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that other runs on this machine wait for; it goes with the process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run that is making {path.stem}")
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
