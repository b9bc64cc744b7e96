"""The journal: one JSON object a line, appended and flushed, so that a kill loses at most the last line.

Texts that come again and again (the parts of prompts, programs) are kept once and named by their hash
afterwards. What a replay needs to the letter is never cut; all else is, at some length.
"""

from __future__ import annotations

import functools
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import accumulate
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from aimo_pipeline.deadline import Clock
from aimo_pipeline.observe.encode import Encoder, line_of
from aimo_pipeline.observe.events import Event, RecordsLost, TextKept
from aimo_pipeline.observe.reading import pack, read_journal, set_aside

__all__ = ["Journal", "digest_of", "read_journal", "run_journal"]

_DIGEST_CHARACTERS = 16
# Digests of texts up to this length are remembered: the same parts of prompts come hundreds of times.
_KNOWN_CHARACTERS = 16_000

Listener = Callable[[dict[str, Any]], None]


def digest_of(text: str) -> str:
    """The name of a text in the journal: the first 16 hex digits of its SHA-256."""
    return _known_digest(text) if len(text) <= _KNOWN_CHARACTERS else _digest(text)


@functools.lru_cache(maxsize=256)
def _known_digest(text: str) -> str:
    return _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_DIGEST_CHARACTERS]


def _not_whole(lines: list[bytes], written: int) -> int:
    """How many of the lines do not lie within the first so many bytes."""
    ends = accumulate(map(len, lines))
    return sum(end > written for end in ends)


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
    written, the run goes on, and the journal says so as soon as it can. A record that lost a secret or a path
    says so in `cleaned`.
    """

    def __init__(self, path: Path, stream: BinaryIO, clock: Clock, secrets: tuple[str, ...] = ()) -> None:
        self.path = path
        self.lost = 0
        self._told_lost = 0
        self._rest = b""
        self._stream, self._clock, self._start_s = stream, clock, clock.now_s()
        self._encoder = Encoder(secrets)
        self._kept: set[str] = set()
        self._texts: list[TextKept] = []
        self._elsewhere: list[str] = []
        self._listeners: list[Listener] = []
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: Path, clock: Clock, secrets: tuple[str, ...] = ()) -> Journal:
        """Open for appending, making the folder when needed.

        Args:
            path: of the file.
            clock: `at_s` of every record counts from now on it.
            secrets: texts that must never be written, wherever they stand.

        Raises:
            OSError: the folder or file cannot be made.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("ab", buffering=0)
        if _ends_in_half_a_line(path):
            stream.write(b"\n")
        return cls(path, stream, clock, secrets)

    def write(self, *events: Event) -> None:
        """Append events, after the texts that they name, in one write; flush, and tell those who listen."""
        with self._lock:
            if self._texts:
                events = (*self._texts, *events)
                self._texts.clear()
            at_s = self._clock.now_s() - self._start_s
            records, lines = [], []
            for event in events:
                if self._listeners:
                    records.append(self._encoder.record(event, at_s))
                    lines.append(line_of(records[-1]))
                else:
                    lines.append(self._encoder.line(event, at_s))
            if self._append(lines) and self.lost > self._told_lost:
                self._told_lost = self.lost
                self.write(RecordsLost(self.lost))
            for listener in self._listeners:
                for record in records:
                    listener(record)

    def _append(self, lines: list[bytes]) -> bool:
        try:
            block = self._rest + b"".join(lines)
            written = self._stream.write(block)
            if written == len(block):
                self._rest = b""
                return True
            # What a full disk took of a line must not spoil the next one.
            self.lost += _not_whole(lines, written - len(self._rest))
            self._rest = b"\n"
        except (OSError, ValueError):  # full, or closed
            self.lost += len(lines)
        return False

    def keep(self, text: str) -> str:
        """Have a text in the journal once, however often it comes; it is written with the next event.

        Returns:
            Its name, see `digest_of`.
        """
        digest = digest_of(text)
        with self._lock:
            self._kept.update(map(digest_of, self._elsewhere))
            self._elsewhere.clear()
            if digest not in self._kept:
                self._kept.add(digest)
                self._texts.append(TextKept(digest, text))
        return digest

    def stands_elsewhere(self, text: str) -> None:
        """Another event tells this text whole, so `keep` need not write it."""
        with self._lock:
            self._elsewhere.append(text)

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every record from now on; it must be quick and must not raise or write."""
        with self._lock:
            self._listeners.append(listener)

    def unlisten(self, listener: Listener) -> None:
        """Call `listener` no longer."""
        with self._lock:
            self._listeners.remove(listener)

    def close(self) -> None:
        """Close the file; safe to call twice, and no error on a full disk."""
        if self._texts:
            self.write()
        with suppress(OSError):
            self._stream.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def run_journal(path: Path, clock: Clock, secrets: tuple[str, ...]) -> Iterator[Journal]:
    """The journal of a whole run, packed with zstd at its end; its `path` then names the packed file.

    A packed journal of an earlier run in the same folder is kept under a number; one that a kill left open
    is continued.

    Raises:
        OSError: the folder or file cannot be made.
    """
    set_aside(path)
    with Journal.open(path, clock, secrets) as journal:
        try:
            yield journal
        finally:
            journal.close()
            journal.path = pack(path)
