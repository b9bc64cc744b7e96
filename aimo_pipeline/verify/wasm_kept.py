"""The embedded Lean's processes that are kept: one that checks, and a spare that takes its place.

Each is loaded before it is needed, and as long as this Lean can be made warm, our library with it:
compiled, or where code is wanted, which this Lean loads of no compiled file, as texts that it elaborates. The
spare is kept beside the other where memory is plenty (each holds about two GB), else only while there is no
other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.outcome import Exited
from aimo_pipeline.process import available_memory_bytes
from aimo_pipeline.verify.wasm_ended import Failed
from aimo_pipeline.verify.wasm_protocol import CORE_MODULES, Home, Refused
from aimo_pipeline.verify.wasm_worker import Worker


class Kept:
    """Lends one process at a time.

    Args:
        texts: the library's, where processes are to load these and not what was compiled of them.

    Attributes:
        warm: processes load our library, too; False once this Lean has shown that it cannot.
        ended: processes that were ended before the engine was.
    """

    def __init__(
        self, home: Home, config: VerifyConfig, lost: Callable[[str], None], texts: Sequence[str]
    ) -> None:
        self._home, self._config, self._lost, self._texts = home, config, lost, texts
        self._library: Path | None = None
        self._waiting: list[Worker] = []  # the next to be lent out first
        self._closed = False
        self.warm, self.ended, self._failures = True, 0, 0

    def start(self, library: Path) -> None:
        """The library is built: load the first."""
        self._library = library
        self._refill()

    def loaded(self) -> int:
        """How many of those that wait are ready."""
        return sum(worker.ready.is_set() and not worker.task.done() for worker in self._waiting)

    async def take(self) -> Worker:
        """One that is loaded, or at least loads."""
        while self._waiting:
            worker = self._waiting.pop(0)
            if worker.task.done():
                self._lost(_while_waiting(worker.task.result()))
            elif worker.library == self._wanted():
                return worker
            self.ended += 1
            await worker.aclose()
        return self._new()

    async def fresh(self) -> Worker:
        """One that has no library loaded and runs once."""
        return Worker(self._home, self._config.start_s) if self.warm else await self.take()

    def _wanted(self) -> Path | None:
        return self._library if self.warm else None

    def _new(self) -> Worker:
        library, config = self._wanted(), self._config
        if library is None or not self._texts:
            return Worker(self._home, config.start_s, library)
        return Worker(self._home, config.native_start_s, library, CORE_MODULES, self._texts)

    async def give_back(self, worker: Worker, sound: bool) -> None:
        """One that is not `sound` any more, or worn out, is ended, and the spare takes its place."""
        if sound and not (self._closed or worker.task.done() or self._old(worker)):
            self._waiting.insert(0, worker)
            if worker.warm:
                self._failures = 0
        else:
            self.ended += 1
            await worker.aclose()
        self._refill()

    def _old(self, worker: Worker) -> bool:
        limits = self._config.pool
        return worker.checks >= limits.embedded_checks or worker.resident_bytes > limits.embedded_bytes

    def _refill(self) -> None:
        """Load the next, unless memory is short and there is one."""
        if self._closed or len(self._waiting) > 1:
            return
        if not self._waiting or (self.warm and self.plenty()):
            self._waiting.append(self._new())

    def plenty(self) -> bool:
        """Whether there is memory for one process more."""
        return available_memory_bytes() >= self._config.spare_memory_bytes

    def not_warmed(self, ended: Failed | Refused) -> None:
        """A process did not come so far as to check; if that was no chance, no more are warmed."""
        self._failures += 1
        if isinstance(ended, Refused) or self._failures > self._config.pool.reruns:
            self.warm = False
            self._lost(f"{ended.reason}; from now on each document gets a process of its own")

    async def clear(self) -> None:
        """End those that wait."""
        while self._waiting:
            self.ended += 1
            await self._waiting.pop().aclose()

    async def aclose(self) -> None:
        """End those that wait, and load no more."""
        self._closed = True
        await self.clear()


def _while_waiting(ended: Exited | Failed | Refused) -> str:
    """Why a process is gone that nobody had asked anything."""
    return f"Lean ended while it waited ({ended.status})" if isinstance(ended, Exited) else ended.reason
