"""The only place that starts, limits, feeds, kills and reaps a subprocess.

Every child gets its own session and process group, dies with its parent (PR_SET_PDEATHSIG), has its
output drained and capped all the time, and is killed as a group and reaped however its block ends.
Waiting is done on a pidfd, not through asyncio's subprocess transport: that one waits for the pipes too,
which a grandchild can hold open for ever.

Not covered: grandchildren that leave the group with setsid (the hardened sandbox's job).
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.outcome import Exited, ProcessKilled, ProcessOutcome, ProcessTimedOut
from aimo_pipeline.pipes import News, Sink

_ENTRY = Path(__file__).with_name("child_entry.py")
_REAP_S = 10.0
_LAST_OUTPUT_S = 1.0


class Child:
    """A running child; made by `started` only.

    Attributes:
        pid: process and group id.
        stdout, stderr: the drained pipes.
        exited: future of the exit status (minus the signal's number when killed by one).
    """

    def __init__(self, popen: subprocess.Popen[bytes], output_bytes: int) -> None:
        assert popen.stdout is not None and popen.stderr is not None
        loop = asyncio.get_running_loop()
        self.pid = popen.pid
        self.exited: asyncio.Future[int] = loop.create_future()
        self._popen = popen
        self._news = News()
        self._pidfd = os.pidfd_open(popen.pid)
        loop.add_reader(self._pidfd, self._gone)
        self.stdout = Sink(os.dup(popen.stdout.fileno()), output_bytes, self._news.tell)
        self.stderr = Sink(os.dup(popen.stderr.fileno()), output_bytes, self._news.tell)
        popen.stdout.close()
        popen.stderr.close()

    def _gone(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        # Popen.wait, not poll: the pidfd is readable, so this returns at once and reaps.
        self.exited.set_result(self._popen.wait())
        self._news.tell()

    def write(self, data: bytes) -> None:
        """Write to the child's standard input (made with `pipe_stdin`); a dead child is no error."""
        assert self._popen.stdin is not None
        with suppress(BrokenPipeError):
            self._popen.stdin.write(data)
            self._popen.stdin.flush()

    async def feed(self, data: bytes, *, timeout_s: float) -> bool:
        """Write like `write`, but without ever blocking the loop on a child that does not read.

        Returns:
            True when everything was written; False when time was up first or the child is gone.
        """
        assert self._popen.stdin is not None
        fd, rest, loop = self._popen.stdin.fileno(), memoryview(data), asyncio.get_running_loop()
        os.set_blocking(fd, False)
        end = loop.time() + timeout_s
        while rest:
            try:
                rest = rest[os.write(fd, rest) :]
            except BrokenPipeError:
                return False
            except BlockingIOError:
                if not await self._writable(fd, end - loop.time()):
                    return False
        return True

    async def _writable(self, fd: int, timeout_s: float) -> bool:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_writer(fd, ready.set)
        waiter = asyncio.ensure_future(ready.wait())
        news: set[asyncio.Future[Literal[True]] | asyncio.Future[int]] = {waiter, self.exited}
        try:
            await asyncio.wait(news, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiter.cancel()
            loop.remove_writer(fd)
        return ready.is_set()

    async def until(self, done: Callable[[], bool], *, timeout_s: float) -> bool:
        """Wait until `done()` holds, the child has exited, or time is up; tells whether `done()` holds.

        `done` is asked again after each piece of output.
        """
        await self._news.until(lambda: done() or self.exited.done(), timeout_s=timeout_s)
        return done()

    def signal_group(self, number: signal.Signals) -> None:
        """Signal the child's whole process group."""
        kill_group(self.pid, number)

    async def drained(self) -> None:
        """After the exit: let the pipes run dry, without waiting for a grandchild that holds one."""
        await asyncio.wait({self.stdout.closed, self.stderr.closed}, timeout=_LAST_OUTPUT_S)

    def last_words(self) -> str:
        """The last line on its standard error, such as what an exception was."""
        return self.stderr.data.decode("utf-8", "replace").strip().rpartition("\n")[2]

    async def _end(self, grace_s: float) -> None:
        if grace_s and not self.exited.done():
            self.signal_group(signal.SIGTERM)
            await asyncio.wait({self.exited}, timeout=grace_s)
        self.signal_group(signal.SIGKILL)
        await asyncio.wait({self.exited}, timeout=_REAP_S)
        self.stdout.close()
        self.stderr.close()
        if self._popen.stdin is not None:
            with suppress(BrokenPipeError):
                self._popen.stdin.close()


def _rlimits(limits: LimitsConfig) -> str:
    table = {
        "RLIMIT_CPU": limits.cpu_s,
        "RLIMIT_AS": limits.memory_bytes,
        "RLIMIT_FSIZE": limits.file_bytes,
        "RLIMIT_NOFILE": limits.open_files,
    }
    return json.dumps(table)


async def to_the_end(work: Coroutine[None, None, None]) -> None:
    """Finish cleaning up even when cancelled meanwhile, as often as it may be; then be cancelled."""
    task, cancelled = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled and not task.cancelled():
        raise asyncio.CancelledError
    task.result()


@asynccontextmanager
async def started(
    argv: Sequence[str],
    *,
    stdin: bytes | None,
    limits: LimitsConfig,
    env: Mapping[str, str],
    cwd: Path | None,
    grace_s: float,
    pass_fds: Sequence[int] = (),
    offline: bool = False,
) -> AsyncIterator[Child]:
    """Run a child for the length of the block.

    Args:
        argv: program (a full path) and arguments.
        stdin: bytes for standard input, or None for a pipe that `Child.write` feeds.
        limits: resource limits; a zero means none. `output_bytes` caps each of stdout and stderr.
        env: the child's whole environment.
        cwd: working directory, or None for the parent's.
        grace_s: at the end, seconds between TERM and KILL; 0 sends KILL at once.
        pass_fds: further descriptors that the child inherits, under the same numbers.
        offline: take the system call away that opens sockets, where the machine allows it.

    Raises:
        OSError: the machine could not start any process.
    """
    network = "--offline" if offline else "--"
    command = [sys.executable, "-I", "-S", str(_ENTRY), _rlimits(limits), str(os.getpid()), network, *argv]
    with tempfile.TemporaryFile() as feed:
        feed.write(stdin or b"")
        feed.seek(0)
        popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if stdin is None else feed,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            pass_fds=pass_fds,
        )
    child = Child(popen, limits.output_bytes)
    try:
        yield child
    finally:
        await to_the_end(child._end(grace_s))


async def run_process(
    argv: Sequence[str],
    *,
    stdin: bytes,
    limits: LimitsConfig,
    deadline: Deadline,
    cwd: Path | None = None,
    env: Mapping[str, str],
    offline: bool = False,
) -> ProcessOutcome:
    """Run a program, as `started` does, to its end, its deadline or its output cap, whichever comes first.

    Returns:
        Exited, ProcessTimedOut or ProcessKilled("output"), each with what was written; the group is gone.
    """
    block = started(argv, stdin=stdin, limits=limits, env=env, cwd=cwd, grace_s=0.0, offline=offline)
    async with block as child:

        def over() -> bool:
            return child.stdout.over or child.stderr.over

        await child.until(over, timeout_s=deadline.remaining_s())
        if child.exited.done() and not over():
            child.signal_group(signal.SIGKILL)
            await child.drained()
        out, err = bytes(child.stdout.data), bytes(child.stderr.data)
        if over():
            return ProcessKilled("output", out, err)
        if child.exited.done():
            return Exited(child.exited.result(), out, err)
        return ProcessTimedOut(out, err)


def kill_group(group: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Signal a process group; one that is gone, or not ours, is no error."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def available_memory_bytes() -> int:
    """Memory that new processes can use without swapping, as Linux estimates it; 0 when it does not say."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return 0
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else 0
