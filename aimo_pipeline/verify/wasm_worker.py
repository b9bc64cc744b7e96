"""One process of the embedded Lean, from its start to its end."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from aimo_pipeline.config import LimitsConfig, VerifyConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.outcome import Exited
from aimo_pipeline.process import Child, started
from aimo_pipeline.verify.memory import resident_bytes
from aimo_pipeline.verify.pulse import Pulse
from aimo_pipeline.verify.wasm_ended import CRASHED, Checked, Failed, dead
from aimo_pipeline.verify.wasm_protocol import (
    LIBRARY_MODULES,
    READY,
    Home,
    Refused,
    Said,
    answer,
    check_request,
    compile_request,
    load_request,
)

_LAUNCHER = Path(__file__).with_name("wasm_launcher.js")
# WebAssembly reserves address space far beyond what it uses, and CPU time is bounded by the deadline. The
# largest file that is written is a compiled module of ours, a megabyte.
_LIMITS = LimitsConfig(cpu_s=0, memory_bytes=0, output_bytes=8 << 20, open_files=0, file_bytes=64 << 20)
_THREADS, _THREADS_KEPT = 1, 2  # of Lean, in a process for one document or for many
_NEVER_S = 1e6
_LAST_OUTPUT_S = 5.0


class Worker:
    """One Lean process, from its start to its end, as one task that owns it.

    With a library it is warm: it has that loaded (modules of it, then texts) and checks one text after
    another, or compiles them, with no modules of it. Without, it runs once.

    Attributes:
        ready: done once Lean has loaded, and the library too, or failed to.
        library: folder of what it loads, or has loaded.
        warm: it came so far as to take texts.
        asked: it was given a text that it has not answered.
        checks: how many texts it has answered.
        task: gives how it ended; cancelling it kills the process group.
    """

    def __init__(
        self,
        home: Home,
        start_s: float,
        library: Path | None = None,
        modules: Sequence[str] = LIBRARY_MODULES,
        texts: Sequence[str] = (),
    ) -> None:
        self.ready = asyncio.Event()
        self._modules, self._texts = modules, texts
        self.library, self.warm, self.asked, self.checks = library, False, False, 0
        self._pid = 0
        self._child: Child | None = None
        self.task = asyncio.create_task(self._live(home, start_s, library), name="lean-wasm")

    async def _live(self, home: Home, start_s: float, library: Path | None) -> Exited | Failed | Refused:
        argv = [str(home.node), str(_LAUNCHER), str(_THREADS_KEPT if library else _THREADS)]
        env = {"LEAN_HOME": str(home.lean)}
        try:
            block = started(argv, stdin=None, limits=_LIMITS, env=env, cwd=None, grace_s=0.0, offline=True)
            async with block as child:
                self._child, self._pid = child, child.pid
                if not await child.until(lambda: child.stdout.data.startswith(READY), timeout_s=start_s):
                    return dead(child, "Lean did not load")
                child.stdout.take()
                failed = await self._load(child, home, start_s, library) if library else None
                if failed is not None:
                    return failed
                self.ready.set()
                return await _end(child)
        except OSError as error:
            return Failed(f"Lean could not be started: {error}")
        finally:
            self.ready.set()

    async def _load(self, child: Child, home: Home, start_s: float, library: Path) -> Failed | Refused | None:
        token = secrets.token_hex()
        told = await _told(
            child, load_request(token, home, library, self._modules, self._texts), token, start_s
        )
        if isinstance(told, Refused):
            return told
        if told is None:
            return dead(child, "Lean did not load our library")
        self.warm = True
        return None

    @property
    def resident_bytes(self) -> int:
        """What the process holds in memory."""
        return resident_bytes(self._pid)

    async def run(
        self, request: bytes, *, deadline: Deadline, config: VerifyConfig
    ) -> Exited | Failed | Refused:
        """Wait until Lean is loaded, hand it the request, wait for its end, the deadline, or a halt."""
        failed = await self._until_ready(deadline, config)
        if failed is not None:
            return failed
        if self._child is not None and not self._child.exited.done():
            self._child.write(request)
        limit = deadline.capped(config.check_s)
        return await self._wait(self.task, limit, config, "Lean ran out of time") or self.task.result()

    async def check(
        self, text: str, theorems: Sequence[str], *, deadline: Deadline, config: VerifyConfig
    ) -> Exited | Failed | Refused:
        """What a warm Lean says of a text without imports: Checked, unless it broke down over it.

        Unless it was asked and has not answered, the process can be asked again.
        """
        return await self._answered(partial(check_request, text=text, theorems=theorems), deadline, config)

    async def compile(
        self, text: str, file: str, target: Path, *, deadline: Deadline, config: VerifyConfig
    ) -> Exited | Failed | Refused:
        """What a Lean that has loaded no modules says while it compiles a file; as for `check`."""
        request = partial(compile_request, text=text, file=file, target=target)
        return await self._answered(request, deadline, config)

    async def _answered(
        self, request: Callable[[str], bytes], deadline: Deadline, config: VerifyConfig
    ) -> Exited | Failed | Refused:
        failed = await self._until_ready(deadline, config)
        if failed is not None:
            return failed
        if self._child is None or self.task.done():
            return self.task.result()
        self.asked = True
        limit = deadline.capped(config.check_s)
        asked = asyncio.create_task(self._asked(self._child, request))
        try:
            failed = await self._wait(asked, limit, config, "Lean ran out of time")
            return failed or asked.result() or await self._broken()
        finally:
            asked.cancel()

    async def _asked(self, child: Child, request: Callable[[str], bytes]) -> Checked | None:
        token = secrets.token_hex()
        told = await _told(child, request(token), token, _NEVER_S)
        if not isinstance(told, Said):
            return None
        self.asked = False
        self.checks += 1
        return Checked(told.status, told.output.encode("utf-8", "replace"), b"", told.axioms)

    async def _broken(self) -> Exited | Failed | Refused:
        """How the process ended that should not have."""
        await asyncio.wait({self.task}, timeout=_LAST_OUTPUT_S)
        if not self.task.done():
            return Failed("Lean gave no answer", lost=True)
        ended = self.task.result()
        # Whatever its status: it was not for this process to end.
        return replace(ended, status=CRASHED) if isinstance(ended, Exited) and ended.status >= 0 else ended

    async def _until_ready(self, deadline: Deadline, config: VerifyConfig) -> Failed | None:
        loaded = asyncio.ensure_future(self.ready.wait())
        try:
            return await self._wait(loaded, deadline, config, "the deadline passed while Lean was loading")
        finally:
            loaded.cancel()

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


async def _end(child: Child) -> Exited | Failed:
    """Wait until the process ends, or writes too much."""
    while not child.exited.done() and not child.stdout.over:
        await child.until(lambda: child.stdout.over, timeout_s=3600.0)
    if child.stdout.over:
        return Failed("Lean wrote too much")
    await child.drained()
    return Exited(child.exited.result(), bytes(child.stdout.data), bytes(child.stderr.data))


async def _told(child: Child, request: bytes, token: str, limit_s: float) -> Said | Refused | None:
    """The answer; None when the process ended, wrote too much, or did not answer in time."""
    if child.exited.done():  # its pipes may be closed by now
        return None
    child.stdout.take()
    if not await child.feed(request, timeout_s=limit_s):
        return None
    told = list[Said | Refused]()

    def come() -> bool:
        if not told and (said := answer(child.stdout.data, token)) is not None:
            told.append(said)
        return child.stdout.over or bool(told)

    await child.until(come, timeout_s=limit_s)
    return None if child.stdout.over or not told else told[0]
