"""Our library's files, compiled by the embedded Lean: one after another in a process that stays."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import EngineUnavailable
from aimo_pipeline.outcome import Exited
from aimo_pipeline.verify.decode import read_messages
from aimo_pipeline.verify.wasm_ended import STDERR_CHARS, Failed
from aimo_pipeline.verify.wasm_protocol import Home, Refused, run_request
from aimo_pipeline.verify.wasm_worker import Worker


class Compiler:
    """One process, which takes longer to load than most files to compile: so no second one beside it.

    What a file imports stays in its memory, and when it has grown too large the next takes its place. A Lean
    that can't be kept gets a process for each file.
    """

    def __init__(self, home: Home, config: VerifyConfig, clock: Clock) -> None:
        self._home, self._config, self._clock = home, config, clock
        self._turn, self._idle = asyncio.Lock(), list[Worker]()
        self._keeps = True

    async def compile(self, source: Path, target: Path, lean_path: Path) -> None:
        """Compile one file; see library.Compile.

        Raises:
            EngineUnavailable: it does not compile.
        """
        async with self._turn:
            ended = await self._kept(source, target, lean_path) if self._keeps else None
            if not isinstance(ended, Exited) or ended.status not in (0, 1):
                ended = await self._alone(source, target, lean_path)
        if not isinstance(ended, Exited):
            raise EngineUnavailable(f"{source.name} was not compiled: {ended.reason}")
        errors = [message.text for message in read_messages(ended.stdout) if message.severity == "error"]
        if errors or ended.status != 0 or not target.is_file():
            said = errors[:1] or ended.stderr[-STDERR_CHARS:]
            raise EngineUnavailable(f"{source.name} does not compile: {said!r}")

    def _deadline(self) -> Deadline:
        return Deadline.after(self._config.start_s + self._config.check_s, self._clock)

    async def _kept(self, source: Path, target: Path, lean_path: Path) -> Exited | Failed | Refused:
        worker, text, sound = self._taken(lean_path), source.read_text("utf-8"), False
        try:
            ended = await worker.compile(
                text, source.name, target, deadline=self._deadline(), config=self._config
            )
            sound = not worker.asked and worker.resident_bytes <= self._config.pool.embedded_bytes
        finally:
            if sound and not worker.task.done():
                self._idle.append(worker)
            else:
                await worker.aclose()
        self._keeps = self._keeps and not isinstance(ended, Refused)
        return ended

    def _taken(self, lean_path: Path) -> Worker:
        """One that waits, or a new one that has loaded nothing."""
        return self._idle.pop() if self._idle else Worker(self._home, self._config.start_s, lean_path, ())

    async def _alone(self, source: Path, target: Path, lean_path: Path) -> Exited | Failed | Refused:
        """By the `lean` command."""
        worker = Worker(self._home, self._config.start_s)
        try:
            # A copy, because this Lean drops a default.profraw into the folder of its file.
            with tempfile.TemporaryDirectory(prefix="aimo-lean-") as scratch:
                copy = Path(shutil.copy(source, scratch))
                folders = [copy.parent, lean_path]
                request = run_request(["-o", str(target), str(copy)], self._home, folders, lean_path)
                return await worker.run(request, deadline=self._deadline(), config=self._config)
        finally:
            await worker.aclose()

    async def aclose(self) -> None:
        """End the process."""
        while self._idle:
            await self._idle.pop().aclose()


@asynccontextmanager
async def compiling(home: Home, config: VerifyConfig, clock: Clock) -> AsyncIterator[Compiler]:
    """A Compiler for the length of the block."""
    compiler = Compiler(home, config, clock)
    try:
        yield compiler
    finally:
        await compiler.aclose()
