"""Waiting for news of children, and draining what they write.

Nothing here starts or ends a process; process.py does, and hands its pipes to these.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

_CHUNK_BYTES = 1 << 16


class News:
    """Something may have changed; wakes whoever waits for it."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        """Wake the waiters, who look for themselves at what has changed."""
        for waiter in self._waiters:
            _wake(waiter)

    async def until(self, done: Callable[[], bool], *, timeout_s: float) -> bool:
        """Wait until `done()` holds or time is up; tells which. `done` is asked again after each `tell`."""
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout_s
        while not done():
            waiter: asyncio.Future[None] = loop.create_future()
            self._waiters.add(waiter)
            alarm = loop.call_at(end, _wake, waiter)  # asyncio.wait would cost several times as much
            try:
                await waiter
            finally:
                alarm.cancel()
                self._waiters.discard(waiter)
            if loop.time() >= end:
                break
        return done()


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class Sink:
    """Drains one pipe or socket of a child into memory, up to a cap.

    Attributes:
        data: what has come so far and was not taken, at most `cap_bytes`.
        over: True once more than the cap was written; the rest is read and thrown away.
    """

    def __init__(self, fd: int, cap_bytes: int, notify: Callable[[], None]) -> None:
        self.data = bytearray()
        self.over = False
        self.closed = asyncio.get_running_loop().create_future()
        self._fd, self._cap, self._notify = fd, cap_bytes, notify
        os.set_blocking(fd, False)
        asyncio.get_running_loop().add_reader(fd, self._readable)

    def _readable(self) -> bool:
        """Read once; tells whether there was anything."""
        try:
            chunk = os.read(self._fd, _CHUNK_BYTES)
        except BlockingIOError:
            return False
        except ConnectionResetError:  # a socket whose other end left something unread
            chunk = b""
        if not chunk:
            self.close()
        room = self._cap - len(self.data)
        self.data += chunk[:room]
        self.over = self.over or len(chunk) > room
        self._notify()
        return bool(chunk)

    def take(self) -> bytes:
        """Everything that was written until now; the cap counts anew."""
        while not self.closed.done() and self._readable() and not self.over:
            pass
        taken = bytes(self.data)
        self.data.clear()
        self.over = False
        return taken

    def close(self) -> None:
        """Stop draining; safe to call twice."""
        if not self.closed.done():
            asyncio.get_running_loop().remove_reader(self._fd)
            os.close(self._fd)
            self.closed.set_result(None)
