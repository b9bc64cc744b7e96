"""One process of the embedded Lean, from its start to its end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aimo_pipeline.config import LimitsConfig, VerifyConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.outcome import Exited
from aimo_pipeline.process import Child, started
from aimo_pipeline.verify.pulse import Pulse
from aimo_pipeline.verify.workers import was_killed

_LAUNCHER = Path(__file__).with_name("wasm_launcher.js")
# WebAssembly reserves address space far beyond what it uses, and CPU time is bounded by the deadline. The
# largest file that is written is a compiled module of ours, a megabyte.
_LIMITS = LimitsConfig(cpu_s=0, memory_bytes=0, output_bytes=8 << 20, open_files=0, file_bytes=64 << 20)
_READY = b'{"ready":true}\n'
STDERR_CHARS = 300


@dataclass(frozen=True)
class Home:
    """Where the pieces are: Lean's folder (bin/lean.js, bin/lean.wasm, lib/lean) and Node 24."""

    lean: Path
    node: Path


@dataclass(frozen=True)
class Failed:
    """The process gave no result, and why.

    Attributes:
        lost: it died, or never came to life, and another might do.
        killed: it was lost to somebody else's signal, or came to a halt.
    """

    reason: str
    lost: bool = False
    killed: bool = False


class Worker:
    """One Lean process, from its start to its end, as one task that owns it.

    Attributes:
        ready: done once Lean has loaded, or failed to.
        task: gives how the one run ended; cancelling it kills the process group.
    """

    def __init__(self, home: Home, start_s: float) -> None:
        self.ready = asyncio.Event()
        self._pid = 0
        self._request: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(self._live(home, start_s), name="lean-wasm")

    async def _live(self, home: Home, start_s: float) -> Exited | Failed:
        argv = [str(home.node), str(_LAUNCHER)]
        env = {"LEAN_HOME": str(home.lean)}
        try:
            block = started(argv, stdin=None, limits=_LIMITS, env=env, cwd=None, grace_s=0.0, offline=True)
            async with block as child:
                self._pid = child.pid
                loaded = await child.until(lambda: child.stdout.data.startswith(_READY), timeout_s=start_s)
                self.ready.set()
                if not loaded:
                    return _dead(child, "Lean did not load")
                return await self._serve(child)
        except OSError as error:
            return Failed(f"Lean could not be started: {error}")
        finally:
            self.ready.set()

    async def _serve(self, child: Child) -> Exited | Failed:
        news: set[asyncio.Future[bytes] | asyncio.Future[int]] = {self._request, child.exited}
        await asyncio.wait(news, return_when=asyncio.FIRST_COMPLETED)
        if child.exited.done():
            return _dead(child, "Lean ended before it was asked")
        child.write(self._request.result())
        while not child.exited.done() and not child.stdout.over:
            await child.until(lambda: child.stdout.over, timeout_s=3600.0)
        if child.stdout.over:
            return Failed("Lean wrote too much")
        await child.drained()
        output = bytes(child.stdout.data[len(_READY) :])
        return Exited(child.exited.result(), output, bytes(child.stderr.data))

    async def run(self, request: bytes, *, deadline: Deadline, config: VerifyConfig) -> Exited | Failed:
        """Wait until Lean is loaded, hand it the request, wait for its end, the deadline, or a halt."""
        loaded = asyncio.ensure_future(self.ready.wait())
        try:
            failed = await self._wait(loaded, deadline, config, "the deadline passed while Lean was loading")
        finally:
            loaded.cancel()
        if failed is not None:
            return failed
        if not self._request.done():
            self._request.set_result(request)
        limit = deadline.capped(config.check_s)
        return await self._wait(self.task, limit, config, "Lean ran out of time") or self.task.result()

    async def _wait(
        self, work: asyncio.Future[Any], limit: Deadline, config: VerifyConfig, late: str
    ) -> Failed | None:
        """None once the work is done; else why it is not waited for any longer."""
        pulse, looks, look_s = Pulse(), config.pool.still_looks, config.pool.look_s
        while not work.done():
            if limit.passed:
                return Failed(late)
            if pulse.still >= looks:
                return Failed(f"Lean came to a halt for {looks * look_s:.0f} s", lost=True, killed=True)
            await asyncio.wait({work}, timeout=min(look_s, limit.remaining_s()))
            pulse.look(self._pid)
        return None

    async def aclose(self) -> None:
        """Kill and reap the process; safe to call twice."""
        self.task.cancel()
        await asyncio.wait({self.task})


def loss(ended: Exited | Failed) -> Failed | None:
    """The loss of the process to the machine; a document that Lean cannot digest ends it by itself."""
    if isinstance(ended, Failed):
        return ended if ended.lost else None
    if ended.status >= 0:
        return None
    reason = f"killed by signal {-ended.status}, as when memory is out"
    return Failed(reason, lost=True, killed=was_killed(ended.status))


def _dead(child: Child, what: str) -> Failed:
    ended = child.exited.done()
    return Failed(f"{what}: {_stderr(child)}", lost=ended, killed=ended and was_killed(child.exited.result()))


def _stderr(child: Child) -> str:
    text = bytes(child.stderr.data).decode("utf-8", "replace").strip()
    return text[-STDERR_CHARS:] or "it said nothing"
