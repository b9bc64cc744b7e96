"""A clock that can be made to jump from another process, for the run under stress."""

from __future__ import annotations

import asyncio
import mmap
import struct
import time
from collections.abc import Callable
from pathlib import Path

from aimo_pipeline.deadline import Alarm, loop_alarm

_OFFSET = struct.Struct("<d")


def make_jumps(path: Path) -> None:
    """A file that says how far the clock has jumped: not at all so far."""
    path.write_bytes(_OFFSET.pack(0.0))


def jump(path: Path, seconds: float) -> None:
    """Let the clock of the run that reads `path` jump, forward or back."""
    with path.open("r+b") as stream:
        (before,) = _OFFSET.unpack(stream.read())
        stream.seek(0)
        stream.write(_OFFSET.pack(before + seconds))


class JumpingClock:
    """The machine's monotonic clock, moved by what the file says at each look."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as stream:
            self._offset = mmap.mmap(stream.fileno(), _OFFSET.size, access=mmap.ACCESS_READ)

    def now_s(self) -> float:
        """See Clock; unlike what Clock promises, it may go back."""
        (offset,) = _OFFSET.unpack(self._offset[: _OFFSET.size])
        return time.monotonic() + float(offset)

    async def sleep(self, seconds: float) -> None:
        """See Clock."""
        await asyncio.sleep(max(0.0, seconds))

    def alarm(self, at_s: float, ring: Callable[[], object]) -> Alarm:
        """See Clock."""
        return loop_alarm(self, at_s, ring)
