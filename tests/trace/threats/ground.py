"""Where attacks are run: a worker process without any protection, or the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import astuple, dataclass
from typing import Protocol

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.outcome import RunOutcome
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.trace.session import Session

_HEADER = struct.Struct(">I")
_OUTPUT_BYTES = 1 << 20


@dataclass(frozen=True)
class Ended:
    """How a program ended.

    Attributes:
        kind: name of the outcome's type; on unprotected ground also "StillRunning" and "Vanished".
        text: everything that came back: output, value, message.
    """

    kind: str
    text: str


class Ground(Protocol):
    """Somewhere to run programs."""

    async def run(self, code: str, *, wall_s: float) -> Ended:
        """Run a program for at most `wall_s` seconds."""
        ...


class Unprotected:
    """One warm worker that runs programs one after another in its own process, as a bare kernel does."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Fork a worker from this process."""
        job_read, job_write = os.pipe()
        result_read, result_write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            _work(job_read, result_write)
        os.close(job_read)
        os.close(result_write)
        self._jobs, self._results = job_write, result_read
        os.set_blocking(self._results, False)

    def stop(self) -> None:
        """Kill and reap the worker."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        os.close(self._jobs)
        os.close(self._results)

    async def run(self, code: str, *, wall_s: float) -> Ended:
        """See Ground; a program that goes on after its time is left running."""
        job = code.encode()
        try:
            os.write(self._jobs, _HEADER.pack(len(job)) + job)
        except BrokenPipeError:
            return Ended("Vanished", "")
        loop = asyncio.get_running_loop()
        end_s = loop.time() + wall_s
        data = bytearray()
        while loop.time() < end_s and len(data) < _OUTPUT_BYTES:
            try:
                chunk = os.read(self._results, 1 << 16)
            except BlockingIOError:
                await asyncio.sleep(0.002)
                continue
            if not chunk:
                return Ended("Vanished", data.decode("utf-8", "replace"))
            data += chunk
            if data.endswith(b"\n\0end\n"):
                return _ended(data)
        return Ended("StillRunning", data.decode("utf-8", "replace"))


def _ended(data: bytearray) -> Ended:
    text, _, kind = data.decode("utf-8", "replace").removesuffix("\n\0end\n").rpartition("\n\0")
    return Ended(kind, text)


def _work(jobs: int, results: int) -> None:
    """The worker's life; programs print straight into the result's descriptor."""
    os.dup2(results, 1)
    with os.fdopen(jobs, "rb") as stream, os.fdopen(1, "w", closefd=False) as out:
        while header := stream.read(_HEADER.size):
            code = stream.read(*_HEADER.unpack(header))
            kind = "Ran"
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
                try:
                    exec(code, {"__name__": "program"})
                except BaseException as error:
                    kind = "Crashed"
                    out.write(f"{type(error).__name__}")
            out.flush()
            os.write(1, f"\n\0{kind}\n\0end\n".encode())
    os._exit(0)


class Sandboxed:
    """The sandbox under test."""

    def __init__(self, sandbox: Sandbox, limits: LimitsConfig, clock: Clock) -> None:
        self.sandbox, self._limits, self._clock = sandbox, limits, clock

    async def run(self, code: str, *, wall_s: float) -> Ended:
        """See Ground."""
        deadline = Deadline.after(wall_s, self._clock)
        return _told(await self.sandbox.run(code, deadline=deadline, limits=self._limits))

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Cells]:
        """A session, as ground for cells."""
        async with self.sandbox.session(limits=self._limits) as session:
            yield Cells(session, self._clock)


class Cells:
    """A session under test."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session, self._clock = session, clock

    async def run(self, code: str, *, wall_s: float) -> Ended:
        """See Ground; the next cell."""
        return _told(await self._session.run(code, deadline=Deadline.after(wall_s, self._clock)))


def _told(outcome: RunOutcome) -> Ended:
    return Ended(type(outcome).__name__, "\n".join(str(part) for part in astuple(outcome)))
