"""The journal: one JSON object a line, appended and flushed, so that a kill loses at most the last line."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from aimo_pipeline.deadline import Clock
from aimo_pipeline.observe.events import Event, to_record

_FIELD_CHARACTERS = 20_000
# Absolute paths tell about the machine, not about the run; the last part is enough to understand.
_ABSOLUTE_PATH = re.compile(r"(?<![\w.\\])/(?:[\w.+@-]+/){2,}([\w.+@-]+)")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        text = _ABSOLUTE_PATH.sub(r".../\1", value.encode("utf-8", "replace").decode())
        return text if len(text) <= _FIELD_CHARACTERS else text[:_FIELD_CHARACTERS] + "…[cut]"
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def _ends_in_half_a_line(path: Path) -> bool:
    """True after a run that was killed while it wrote."""
    if not path.is_file() or not path.stat().st_size:
        return False
    with path.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) != b"\n"


class Journal:
    """Appends events to a file; safe to use from several threads.

    A full disk must not cost an answer: when writing fails, `lost` counts the events that could not be
    written and the run goes on.
    """

    def __init__(self, path: Path, stream: IO[str], clock: Clock) -> None:
        self.path = path
        self.lost = 0
        self._stream, self._clock, self._start_s = stream, clock, clock.now_s()
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path, clock: Clock) -> Journal:
        """Open for appending, making the folder when needed.

        Raises:
            OSError: the folder or file cannot be made.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a", encoding="utf-8")
        if _ends_in_half_a_line(path):
            stream.write("\n")
        return cls(path, stream, clock)

    def write(self, event: Event) -> None:
        """Append one event and flush it."""
        record = _clean(to_record(event, self._clock.now_s() - self._start_s))
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        with self._lock:
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                self.lost += 1

    def close(self) -> None:
        """Close the file; safe to call twice, and no error on a full disk."""
        with suppress(OSError):
            self._stream.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_journal(path: Path) -> Iterator[dict[str, Any]]:
    """The journal's records in order; a last line cut by a kill is left out.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        for line in stream:
            try:
                record = json.loads(line)
            except ValueError:  # not JSON, or cut inside a character
                continue
            if isinstance(record, dict):
                yield record
