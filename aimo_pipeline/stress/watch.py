"""Follows a run from outside: its journal as it is written, and every process it ever had."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from aimo_pipeline.process import Child
from aimo_pipeline.stress.processes import Seen, family

# Between two looks at the journal: a line is seen so much later than it was written, at most.
LOOK_S = 0.05
_ORPHANS_S = 3.0


@dataclass(frozen=True)
class Line:
    """One record of the journal, and when it was seen, on this process's monotonic clock."""

    at_s: float
    record: dict[str, Any]

    @property
    def type(self) -> str:
        """The event's type."""
        return str(self.record.get("type"))

    @property
    def problem_id(self) -> str:
        """The problem that it belongs to; "" for none."""
        return str(self.record.get("problem_id", ""))


class Watch:
    """The journal's lines as they come, and who was ever born.

    Args:
        child: the run.
        journal: where it writes.
    """

    def __init__(self, child: Child, journal: Path) -> None:
        self.lines: list[Line] = []
        self.born: dict[tuple[int, int], Seen] = {}
        self._child, self._journal = child, journal
        self._stream: BinaryIO | None = None
        self._rest = b""

    async def follow(self, *, until_s: float) -> AsyncIterator[Line]:
        """Each line once, until the run has ended or time.monotonic() is `until_s`."""
        ended = False
        while not ended and time.monotonic() < until_s:
            ended = self._child.exited.done()
            self.look()
            for line in self._fresh():
                self.lines.append(line)
                yield line
            if not ended:
                await asyncio.wait({self._child.exited}, timeout=LOOK_S)

    def look(self) -> None:
        """Take down the processes that there are now."""
        for seen in family(self._child.pid):
            self.born.setdefault((seen.pid, seen.started), seen)

    async def left(self) -> tuple[str, ...]:
        """Commands of the run's processes that live on after it; orphans die a moment after their parent."""
        end_s = time.monotonic() + _ORPHANS_S
        while (living := self._living()) and time.monotonic() < end_s:
            await asyncio.sleep(LOOK_S)
        return tuple(seen.command for seen in living)

    def _living(self) -> list[Seen]:
        return [seen for seen in self.born.values() if seen.lives]

    def _fresh(self) -> list[Line]:
        if self._stream is None:
            if not self._journal.exists():
                return []
            # Kept open, because the run packs its journal at the end and takes the plain file away.
            self._stream = self._journal.open("rb")
        *whole, self._rest = (self._rest + self._stream.read()).split(b"\n")
        return [Line(time.monotonic(), record) for record in map(_record, whole) if record]

    def close(self) -> None:
        """Let the journal go."""
        if self._stream is not None:
            self._stream.close()


def _record(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:  # half a line, from a full disk
        return {}
    return record if isinstance(record, dict) else {}
