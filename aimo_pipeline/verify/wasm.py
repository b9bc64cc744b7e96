"""The embedded engine: Lean compiled to WebAssembly, run by Node.

A process takes about nine seconds to load. It then has our library loaded, too, and checks one document after
another, each in some tenths of a second. A document with other imports than that gets a process of its own,
and so does one that broke the process down: what it does to a fresh one is what counts.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import EngineUnavailable
from aimo_pipeline.outcome import Exited, Rejected, Unknown, Verdict
from aimo_pipeline.verify.audit import audit_text
from aimo_pipeline.verify.decode import Message, decode, read_messages, with_axioms
from aimo_pipeline.verify.document import LeanDocument, render, without_library
from aimo_pipeline.verify.library import SOURCES, library_in_order
from aimo_pipeline.verify.limits import fitting
from aimo_pipeline.verify.wasm_ended import Checked, Failed, loss
from aimo_pipeline.verify.wasm_home import compiled_folder, find_home, prepare
from aimo_pipeline.verify.wasm_kept import Kept
from aimo_pipeline.verify.wasm_protocol import Home, Refused, run_request
from aimo_pipeline.verify.wasm_worker import Worker
from aimo_pipeline.verify.workers import WorkerCounts, not_told

_KNOWN = 256  # outcomes that are kept
_WHOLE = (0, 1)  # Lean's exit status without and with errors


@dataclass(frozen=True)
class Asked:
    """A text, and the theorems in it whose axioms are of interest."""

    text: str
    theorems: tuple[str, ...] = ()


class WasmEngine:
    """Checks one document at a time; made by `open_wasm`."""

    name = "wasm"

    def __init__(
        self, home: Home, sources: Path, config: VerifyConfig, clock: Clock, lost: Callable[[str], None]
    ) -> None:
        self._home, self._config, self._lost = home, config, lost
        self._turn = asyncio.Lock()
        self._known: OrderedDict[Asked, Exited] = OrderedDict()
        self._checks = self._hits = 0
        self._kept = Kept(home, config, lost, library_in_order(sources) if config.native else ())
        self._library = asyncio.create_task(prepare(config, sources, clock), name="lean-library")
        self._library.add_done_callback(self._built)

    def _built(self, library: asyncio.Task[Path]) -> None:
        # An exception is looked at here, and told by the check that needs the library.
        if not library.cancelled() and library.exception() is None:
            self._kept.start(library.result())

    def workers(self) -> WorkerCounts:
        """The loaded processes, and the one that checks."""
        busy = int(self._turn.locked())
        return WorkerCounts(busy + self._kept.loaded(), busy, self._kept.ended, self._checks, self._hits)

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
        """See Engine."""
        rendered = audit_text(document) or fitting(render(document), self._config.pool)
        if isinstance(rendered, Rejected):
            return {theorem.name: rendered for theorem in document.theorems}
        ended = await self._ran(Asked(rendered.text, tuple(rendered.spans)), deadline)
        if isinstance(ended, Failed):
            return {theorem.name: Unknown(ended.reason) for theorem in document.theorems}
        verdicts = decode(document, rendered, read_messages(ended.stdout), ended.status)
        if isinstance(ended, Checked):
            return with_axioms(verdicts, ended.axioms, document.compiled)
        return verdicts

    async def read(self, text: str, *, deadline: Deadline) -> tuple[Message, ...] | Unknown:
        """See ReadingEngine."""
        ended = await self._ran(Asked(text), deadline)
        if isinstance(ended, Failed):
            return Unknown(ended.reason)
        if ended.status not in _WHOLE:
            return Unknown(f"Lean broke down (exit status {ended.status})")
        return read_messages(ended.stdout)

    async def _ran(self, asked: Asked, deadline: Deadline) -> Exited | Failed:
        """In turn, unless it is known."""
        if not await self._my_turn(deadline):
            return Failed("the deadline passed during an earlier check")
        try:
            if asked in self._known:
                self._hits += 1
                return self._known[asked]
            ended = await self._at_last(asked, deadline)
            if isinstance(ended, Exited) and ended.status in _WHOLE:
                self._checks += 1
                self._known[asked] = ended
                while len(self._known) > _KNOWN:
                    self._known.popitem(last=False)
        finally:
            self._turn.release()
        return ended

    async def _my_turn(self, deadline: Deadline) -> bool:
        """Wait for earlier checks, not beyond the deadline; True when the lock is ours."""
        turn = asyncio.ensure_future(self._turn.acquire())
        try:
            await asyncio.wait({turn}, timeout=deadline.remaining_s())
        except asyncio.CancelledError:
            if turn.done():
                self._turn.release()
            turn.cancel()
            raise
        if not turn.done():
            turn.cancel()
            return False
        return True

    async def _at_last(self, asked: Asked, deadline: Deadline) -> Exited | Failed:
        """Again if the machine lost the process, and once more, in a fresh one, if the document broke it."""
        ended, crashes, alone = await self._run(asked, deadline, alone=False), 0, False
        while not deadline.passed:
            if lost := loss(ended):
                crashes += not lost.killed
                if crashes > self._config.pool.reruns:
                    break
                self._lost(lost.reason)
            elif isinstance(ended, Exited) and ended.status not in _WHOLE and not alone:
                alone = True
                self._lost(f"Lean broke down over a document (exit status {ended.status})")
            else:
                break
            ended = await self._run(asked, deadline, alone=alone)
        return ended

    async def _run(self, asked: Asked, deadline: Deadline, *, alone: bool) -> Exited | Failed:
        await asyncio.wait({self._library}, timeout=deadline.remaining_s())
        if not self._library.done():
            return Failed("the deadline passed while the Lean library was being built")
        try:
            library = self._library.result()
        except EngineUnavailable as error:
            return Failed(str(error))
        body = None if alone else without_library(asked.text)
        if body is not None and self._kept.warm:
            ended = await self._warmly(body, asked.theorems, deadline)
            if isinstance(ended, Exited | Failed) and (self._kept.warm or isinstance(ended, Exited)):
                return ended
        return await self._alone(asked.text, library, deadline)

    async def _warmly(
        self, body: str, theorems: tuple[str, ...], deadline: Deadline
    ) -> Exited | Failed | Refused:
        worker = await self._kept.take()
        try:
            ended = await worker.check(body, theorems, deadline=deadline, config=self._config)
            died = isinstance(ended, Failed) and ended.lost and not (ended.killed or worker.warm)
            if isinstance(ended, Refused) or (isinstance(ended, Failed) and died):
                self._kept.not_warmed(ended)
            return ended
        finally:
            await self._kept.give_back(worker, sound=not worker.asked)

    async def _alone(self, text: str, library: Path, deadline: Deadline) -> Exited | Failed:
        if not self._kept.plenty():
            await self._kept.clear()
        worker = await self._kept.fresh()
        try:
            with tempfile.TemporaryDirectory(prefix="aimo-lean-") as scratch:
                path = Path(scratch, "Document.lean")
                path.write_text(text, "utf-8", newline="\n")
                request = run_request([str(path)], self._home, [path.parent, library], library)
                return await self._plainly(worker, request, deadline)
        finally:
            await self._kept.give_back(worker, sound=False)

    async def _plainly(self, worker: Worker, request: bytes, deadline: Deadline) -> Exited | Failed:
        ended = await worker.run(request, deadline=deadline, config=self._config)
        return Failed(ended.reason) if isinstance(ended, Refused) else ended

    async def aclose(self) -> None:
        """Kill what runs and wait until it is gone."""
        self._library.cancel()
        await asyncio.wait({self._library})
        await self._kept.aclose()


@asynccontextmanager
async def open_wasm(
    config: VerifyConfig,
    clock: Clock,
    sources: Path = SOURCES,
    lost: Callable[[str], None] = not_told,
) -> AsyncIterator[WasmEngine]:
    """The embedded engine for the length of the block; its first process loads in the background.

    A check whose process is killed under it is done again until its deadline; `lost` is told why, and of one
    that died while it waited, of a document that broke a process down, and of a Lean that can't be made warm.

    Raises:
        EngineUnavailable: a piece is missing.
    """
    home = find_home(config)
    compiled_folder(home, sources)
    engine = WasmEngine(home, sources, config, clock, lost)
    try:
        yield engine
    finally:
        await engine.aclose()
