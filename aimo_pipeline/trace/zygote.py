"""The controller's side of the fork server: start it, ask it for children, learn how they end."""

from __future__ import annotations

import array
import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aimo_pipeline.config import LimitsConfig, SandboxConfig
from aimo_pipeline.errors import SandboxUnavailable
from aimo_pipeline.process import Child, kill_group, started, to_the_end
from aimo_pipeline.trace.job import End, Ended, Job, Lost
from aimo_pipeline.trace.protections import Protections

# -s -P and a whole environment of our own isolate as -I does, but -I would ignore PYTHONHASHSEED, without
# which a walk through a set of strings differs from run to run. SymPy takes Python's own integers, because
# python-flint's libraries would be 230 more mappings for each fork to copy, and small jobs gain nothing.
_PYTHON = (sys.executable, "-s", "-P", "-B")
_ENV = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "SYMPY_GROUND_TYPES": "python",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
_MODULE = "aimo_pipeline.trace.inside.main"
_ROOT = Path(__file__).parent.parent.parent
_MESSAGE_BYTES = 1 << 16
_GONE_S = 10.0
_NO_LIMITS = LimitsConfig(cpu_s=0, memory_bytes=0, open_files=0, file_bytes=0)


class Zygote:
    """A running fork server; made by `opened` only. Once it is lost, it is of no more use.

    Attributes:
        pid: of the process that forks.
        protections: what it found to work.
        lost: done when it died or was given up; says why.
    """

    pid: int
    protections: Protections

    def __init__(self, child: Child, control: socket.socket) -> None:
        self._child, self._control = child, control
        self._jobs: dict[int, Job] = {}
        self._count = 0
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[str] = loop.create_future()
        child.exited.add_done_callback(lambda _: self._lose("it died"))
        loop.add_reader(control.fileno(), self._readable)

    @classmethod
    @asynccontextmanager
    async def opened(cls, config: SandboxConfig) -> AsyncIterator[Zygote]:
        """Start a fork server for the length of the block.

        Raises:
            SandboxUnavailable: it did not get ready in time, or died while preloading.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with ours, theirs:
            async with started(
                _command(config, theirs.fileno()),
                stdin=b"",
                limits=_NO_LIMITS,
                env={**_ENV, "PYTHONPATH": str(_ROOT)},
                cwd=None,
                grace_s=0.0,
                pass_fds=(theirs.fileno(),),
            ) as child:
                theirs.close()
                server = cls(child, ours)
                try:
                    await server._get_ready(config.start_s)
                    yield server
                finally:
                    server._lose("it was closed")

    async def _get_ready(self, start_s: float) -> None:
        waited_for: set[asyncio.Future[None] | asyncio.Future[str]] = {self.ready, self.lost}
        await asyncio.wait(waited_for, timeout=start_s, return_when=asyncio.FIRST_COMPLETED)
        if not self.ready.done():
            if self.lost.done():
                await self._child.drained()
            said = self._child.last_words() or "out of time"
            raise SandboxUnavailable(f"the fork server did not start: {said}")

    @asynccontextmanager
    async def job(self, kind: str, limits: LimitsConfig) -> AsyncIterator[Job]:
        """A child behind all layers, for the length of the block; afterwards nothing of it is left.

        Args:
            kind: "run" for everything without state, or "session".
            limits: what it may use.
        """
        job = self._start(kind, limits)
        try:
            yield job
        finally:
            self.kill(job)
            await to_the_end(self._gone(job))

    def _start(self, kind: str, limits: LimitsConfig) -> Job:
        self._count += 1
        channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        channel.setblocking(False)
        output, their_output = os.pipe()
        job = Job(self._count, channel, output, limits.output_bytes)
        self._jobs[job.number] = job
        request = {"start": job.number, "kind": kind, "limits": _limits(limits)}
        self._tell(request, theirs.fileno(), their_output)
        theirs.close()
        os.close(their_output)
        return job

    def kill(self, job: Job) -> None:
        """End every process of the job, at once."""
        if not job.ended.done():
            self._tell({"kill": job.number})

    def announce_cell(self, job: Job) -> None:
        """Let a session fork once, for the snapshot; to be called before the cell is sent."""
        self._tell({"cell": job.number})

    def undo(self, job: Job) -> None:
        """End the process that runs a session's cell, or the whole session where that does not do."""
        if not job.ended.done():
            self._tell({"undo": job.number})

    async def _gone(self, job: Job) -> None:
        await self.ended(job)
        await job.drained()
        job.close()
        self._jobs.pop(job.number, None)

    async def ended(self, job: Job) -> End:
        """How a job ended that has been killed; a server that does not see to it in time is given up."""
        await asyncio.wait({job.ended}, timeout=_GONE_S)
        if not job.ended.done():
            self._lose(f"it did not end a program within {_GONE_S:.0f} s")
        return job.ended.result()

    def _tell(self, request: dict[str, Any], *fds: int) -> None:
        """Send a request; a few small messages are in the socket at most, so it never blocks."""
        if self.lost.done():
            self._finish_all()
            return
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        try:
            self._control.sendmsg([json.dumps(request).encode()], rights)
        except BlockingIOError:  # full, because nobody reads it
            self._lose("it takes no requests")
        except OSError:
            self._lose("it closed its socket")

    def _readable(self) -> None:
        try:
            message = self._control.recv(_MESSAGE_BYTES)
        except OSError:
            message = b""
        if not message:
            self._lose("it closed its socket")
            return
        answer = json.loads(message)
        if "ready" in answer:
            self._become_ready(answer["ready"])
            return
        job = self._jobs.get(answer["job"])
        if job is None:
            return
        if "pid" in answer:
            job.pid = answer["pid"]
        elif "failed" in answer:
            job.finish(Lost(answer["failed"]))
        else:
            job.finish(Ended(answer["status"], answer["cpu_s"], answer["resident_bytes"]))

    def _become_ready(self, said: dict[str, Any]) -> None:
        self.pid = said.pop("pid")
        self.protections = Protections(**said | {"missing": tuple(said["missing"])})
        self.ready.set_result(None)

    def give_up(self, reason: str) -> None:
        """It is of no more use to one who waits for it; everything in it is lost."""
        self._lose(reason)

    def _lose(self, reason: str) -> None:
        """The server is dead or of no use; its children die with it."""
        if not self.lost.done():
            self.lost.set_result(reason)
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._child.signal_group(signal.SIGKILL)
        self._finish_all()

    def _finish_all(self) -> None:
        for job in list(self._jobs.values()):
            # Children die with the server unless they undid that, which a session can.
            if not job.ended.done() and job.pid is not None and not self.protections.pid_namespace:
                kill_group(job.pid)
            job.finish(Lost(f"the fork server died {self._child.last_words()}".strip()))


def _command(config: SandboxConfig, control_fd: int) -> list[str]:
    settings = {
        "control": control_fd,
        "allow_fork": config.allow_fork,
        "namespaces": config.namespaces,
    }
    return [*_PYTHON, "-m", _MODULE, json.dumps(settings)]


def _limits(limits: LimitsConfig) -> dict[str, int]:
    return {
        "cpu_s": limits.cpu_s,
        "memory_bytes": limits.memory_bytes,
        "file_bytes": limits.file_bytes,
        "open_files": limits.open_files,
        "processes": limits.processes,
        "int_digits": limits.int_digits,
    }
