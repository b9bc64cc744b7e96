"""One child of the fork server, from the controller's side: what it is sent, what it sends, how it ended."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from aimo_pipeline.pipes import News, Sink
from aimo_pipeline.trace.inside import frames

_FRAMES_BYTES = 8 << 20
_DRAIN_S = 1.0


@dataclass(frozen=True)
class Ended:
    """No process of the job is left; what the kernel says of the last one.

    Attributes:
        status: exit status, or minus the signal's number.
        cpu_s: processor time used.
        resident_bytes: most memory held.
    """

    status: int
    cpu_s: float
    resident_bytes: int


@dataclass(frozen=True)
class Lost:
    """The fork server died, and the job with it; or it could not start the job."""

    reason: str


End = Ended | Lost


class Job:
    """One child of the fork server, from the controller's side; made by Zygote.job only.

    Attributes:
        output: what it prints.
        ended: how it ended.
        pid: its pid in the fork server's namespace, once it is started.
    """

    def __init__(self, number: int, channel: socket.socket, output_fd: int, output_bytes: int) -> None:
        self.number = number
        self.pid: int | None = None
        self.ended: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self.news = News()
        self.output = Sink(output_fd, output_bytes, self.news.tell)
        self._channel = channel
        self._received = Sink(os.dup(channel.fileno()), _FRAMES_BYTES, self.news.tell)
        self._read_bytes = 0
        self._malformed = False
        self._sending: list[asyncio.Task[None]] = []

    def send(self, frame: frames.Frame) -> None:
        """Send a frame; a child that is gone is no error."""
        loop = asyncio.get_running_loop()
        self._sending.append(loop.create_task(_send(self._channel, frames.encoded(frame))))

    def receive(self) -> frames.Frame | None:
        """The next frame that has come whole, if any; nothing more after the first that is none."""
        if self._malformed:
            return None
        try:
            found = frames.decoded(self._received.data, self._read_bytes)
        except frames.Malformed:
            self._malformed = True
            return None
        if found is None:
            return None
        frame, self._read_bytes = found
        return frame

    @property
    def flooding(self) -> bool:
        """It wrote more than it may."""
        return self.output.over or self._received.over

    def finish(self, end: End) -> None:
        """No process of it is left."""
        if not self.ended.done():
            self.ended.set_result(end)
            self.news.tell()

    async def until(self, done: Callable[[], bool], *, timeout_s: float) -> bool:
        """Wait until `done()` holds, the job has ended, or time is up; tells whether `done()` holds."""
        await self.news.until(lambda: done() or self.ended.done(), timeout_s=timeout_s)
        return done()

    async def drained(self) -> None:
        """Once it has ended: let what it wrote run in."""
        await asyncio.wait({self.output.closed, self._received.closed}, timeout=_DRAIN_S)

    def close(self) -> None:
        """Release the descriptors."""
        for task in self._sending:
            task.cancel()
        self.output.close()
        self._received.close()
        self._channel.close()


async def _send(channel: socket.socket, data: bytes) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):
        await asyncio.get_running_loop().sock_sendall(channel, data)
