"""Reads weight files into the page cache, side by side with the server's start, which then finds them there.

One reader sees a fraction of a network disk's speed, and the server reads with few: on Kaggle 65 GB take
62-100 s with several readers, against minutes.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from aimo_pipeline.process import available_memory_bytes

_BLOCK_BYTES = 8 << 20
_SUFFIXES = (".safetensors", ".bin", ".pt", ".gguf")


@dataclass(frozen=True)
class Warmed:
    """What was read.

    Attributes:
        bytes: how much, of `of_bytes`; less when memory ran low or the work was stopped.
        seconds: how long it took.
    """

    bytes: int
    of_bytes: int
    seconds: float


def weight_files(model: Path) -> tuple[Path, ...]:
    """The files with weights that the server reads, in its order, so that reading stays ahead of it.

    Only the folder itself, and one kind of file: gpt-oss comes with two more copies of its 65 GB, in folders
    for other programs, and a folder may hold the same weights as .bin.
    """
    for suffix in _SUFFIXES:
        found = sorted(path for path in model.glob(f"*{suffix}") if path.is_file())
        if found:
            return tuple(found)
    return ()


def warm(files: Sequence[Path], *, threads: int, spare_bytes: int, stop: threading.Event) -> Warmed:
    """Read the files; blocks, and ends soon after `stop` is set.

    Args:
        files: to be read.
        threads: at the same time, each another file or another part of one.
        spare_bytes: of memory that must stay free: page cache counts as free, but not beyond that.
        stop: ends the work.

    A file that cannot be read is left to the server, which will say so.
    """
    began_s = time.monotonic()
    parts = [(file, at) for file in files for at in range(0, file.stat().st_size, _BLOCK_BYTES)]
    room = max(0, available_memory_bytes() - spare_bytes) // _BLOCK_BYTES
    with ThreadPoolExecutor(max(1, threads), "page-cache") as pool:
        read = list(pool.map(lambda part: 0 if stop.is_set() else _read(*part), parts[:room]))
    of_bytes = sum(file.stat().st_size for file in files)
    return Warmed(sum(read), of_bytes, time.monotonic() - began_s)


def _read(file: Path, at: int) -> int:
    """Have one part of a file in memory; returns its bytes."""
    try:
        with file.open("rb", buffering=0) as stream:
            return len(os.pread(stream.fileno(), _BLOCK_BYTES, at))
    except OSError:
        return 0
