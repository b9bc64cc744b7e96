"""The embedded engine: Lean compiled to WebAssembly, run by Node.

A process takes about nine seconds to load and serves one document, so the engine keeps one spare, loaded and
waiting. The next spare loads while a check still runs where memory is plenty (each holds one to two GB), else
once the check is over.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import EngineUnavailable
from aimo_pipeline.outcome import Exited, Rejected, Unknown, Verdict
from aimo_pipeline.process import available_memory_bytes
from aimo_pipeline.verify.audit import audit_text
from aimo_pipeline.verify.decode import Message, decode, read_messages
from aimo_pipeline.verify.document import LeanDocument, render
from aimo_pipeline.verify.library import SOURCES, build_library, library_folder
from aimo_pipeline.verify.limits import fitting
from aimo_pipeline.verify.wasm_worker import STDERR_CHARS, Failed, Home, Worker, loss
from aimo_pipeline.verify.workers import WorkerCounts, not_told

# One thread: each further one costs seconds and 500 MB. The deep recursion is for printing long terms,
# without which a refutation could not be told from another failure.
_KNOWN = 256  # outcomes that are kept; each check of the others takes ten seconds
LEAN_OPTIONS = ("-DElab.async=false", "-j1", "--json", "-DmaxRecDepth=10000", "-DautoImplicit=false")


def find_home(config: VerifyConfig) -> Home:
    """Look for the embedded Lean.

    Raises:
        EngineUnavailable: it, or Node, is not there; says how to get it.
    """
    how = "`python3 build_submission.py dry-run` installs it"
    if config.wasm_home is None or config.node is None:
        raise EngineUnavailable(f"no embedded Lean: AIMO_LEAN_WASM and AIMO_NODE are not both set; {how}")
    home = Home(config.wasm_home.absolute(), config.node.absolute())
    parts = ("bin/lean.js", "bin/lean.wasm", "lib/lean/Init.olean")
    for path in (*(home.lean / part for part in parts), home.node):
        if not path.is_file():
            raise EngineUnavailable(f"no embedded Lean: {path} is missing; {how}")
    return home


def _request(arguments: Sequence[str], home: Home, folders: Sequence[Path], lean_path: Path) -> bytes:
    shown = [str(folder) for folder in folders if not folder.is_relative_to(home.lean)]
    order = {"arguments": [*LEAN_OPTIONS, *arguments], "folders": shown, "lean_path": str(lean_path)}
    return json.dumps(order).encode() + b"\n"


class WasmEngine:
    """Checks one document at a time; made by `open_wasm`."""

    name = "wasm"

    def __init__(
        self, home: Home, sources: Path, config: VerifyConfig, clock: Clock, lost: Callable[[str], None]
    ) -> None:
        self._home, self._config, self._lost = home, config, lost
        self._turn = asyncio.Lock()
        self._known: OrderedDict[str, Exited] = OrderedDict()  # what was said of a text
        self._spare: Worker | None = None
        self._library = asyncio.create_task(prepare(config, sources, clock), name="lean-library")
        self._library.add_done_callback(self._built)
        self._closed = False

    def _built(self, library: asyncio.Task[Path]) -> None:
        # An exception is looked at here, and told by the check that needs the library.
        if not library.cancelled() and library.exception() is None:
            self._refill()

    def _refill(self) -> None:
        if self._spare is None and not self._closed:
            self._spare = Worker(self._home, self._config.start_s)

    def _take(self) -> Worker:
        worker, self._spare = self._spare, None
        if worker is None or worker.task.done():  # one that died while it waited is of no use
            if worker is not None and isinstance(ended := worker.task.result(), Failed):
                self._lost(ended.reason)
            return Worker(self._home, self._config.start_s)
        return worker

    def workers(self) -> WorkerCounts:
        """The loaded spare and the one that checks; what came before is not counted."""
        busy, spare = int(self._turn.locked()), self._spare
        loaded = spare is not None and spare.ready.is_set() and not spare.task.done()
        return WorkerCounts(busy + loaded, busy, None, None, None)

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
        """See Engine."""
        rendered = audit_text(document) or fitting(render(document), self._config.pool)
        if isinstance(rendered, Rejected):
            return {theorem.name: rendered for theorem in document.theorems}
        ended = await self._ran(rendered.text, deadline)
        if isinstance(ended, Failed):
            return {theorem.name: Unknown(ended.reason) for theorem in document.theorems}
        return decode(document, rendered, read_messages(ended.stdout), ended.status)

    async def read(self, text: str, *, deadline: Deadline) -> tuple[Message, ...] | Unknown:
        """See ReadingEngine."""
        ended = await self._ran(text, deadline)
        if isinstance(ended, Failed):
            return Unknown(ended.reason)
        if ended.status not in (0, 1):
            return Unknown(f"Lean broke down (exit status {ended.status})")
        return read_messages(ended.stdout)

    async def _ran(self, text: str, deadline: Deadline) -> Exited | Failed:
        """In turn, unless it is known, and again if the machine lost the process."""
        if not await self._my_turn(deadline):
            return Failed("the deadline passed during an earlier check")
        try:
            if text in self._known:
                return self._known[text]
            ended, crashes = await self._run(text, deadline), 0
            while (lost := loss(ended)) and not deadline.passed:
                crashes += not lost.killed
                if crashes > self._config.pool.reruns:
                    break
                self._lost(lost.reason)
                ended = await self._run(text, deadline)
            if isinstance(ended, Exited) and ended.status in (0, 1):
                self._known[text] = ended
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

    async def _run(self, text: str, deadline: Deadline) -> Exited | Failed:
        await asyncio.wait({self._library}, timeout=deadline.remaining_s())
        if not self._library.done():
            return Failed("the deadline passed while the Lean library was being built")
        try:
            library = self._library.result()
        except EngineUnavailable as error:
            return Failed(str(error))
        worker = self._take()
        if available_memory_bytes() >= self._config.spare_memory_bytes:
            self._refill()  # the next one loads while this one checks
        try:
            with tempfile.TemporaryDirectory(prefix="aimo-lean-") as scratch:
                path = Path(scratch, "Document.lean")
                path.write_text(text, "utf-8", newline="\n")
                request = _request([str(path)], self._home, [path.parent, library], library)
                return await worker.run(request, deadline=deadline, config=self._config)
        finally:
            await worker.aclose()
            self._refill()

    async def aclose(self) -> None:
        """Kill what runs and wait until it is gone."""
        self._closed = True
        self._library.cancel()
        await asyncio.wait({self._library})
        if self._spare is not None:
            await self._spare.aclose()


@asynccontextmanager
async def open_wasm(
    config: VerifyConfig,
    clock: Clock,
    sources: Path = SOURCES,
    lost: Callable[[str], None] = not_told,
) -> AsyncIterator[WasmEngine]:
    """The embedded engine for the length of the block; its first process loads in the background.

    A check whose process is killed under it is done again until its deadline; `lost` is told why,
    and of one that died while it waited.

    Raises:
        EngineUnavailable: a piece is missing.
    """
    home = find_home(config)
    library_folder(home.lean, sources, _lean_mark(home))
    engine = WasmEngine(home, sources, config, clock, lost)
    try:
        yield engine
    finally:
        await engine.aclose()


def _lean_mark(home: Home) -> str:
    return f"wasm {(home.lean / 'bin/lean.wasm').stat().st_size}"


async def prepare(config: VerifyConfig, sources: Path, clock: Clock) -> Path:
    """Compile our library with the embedded Lean, unless that was done before.

    Args:
        sources: folder that holds TraceToLean/*.lean.

    Returns:
        The folder for LEAN_PATH, inside Lean's own.

    Raises:
        EngineUnavailable: a piece is missing, a file does not compile, or the folder can't be written.
    """
    home = find_home(config)
    folder = library_folder(home.lean, sources, _lean_mark(home))
    return await build_library(partial(_compile, home, config, clock), sources, folder)


async def _compile(
    home: Home, config: VerifyConfig, clock: Clock, source: Path, target: Path, lean_path: Path
) -> None:
    worker = Worker(home, config.start_s)
    try:
        # A copy, because this Lean drops a default.profraw into the folder of its file.
        with tempfile.TemporaryDirectory(prefix="aimo-lean-") as scratch:
            copy = Path(shutil.copy(source, scratch))
            request = _request(["-o", str(target), str(copy)], home, [copy.parent, lean_path], lean_path)
            deadline = Deadline.after(config.start_s + config.check_s, clock)
            ended = await worker.run(request, deadline=deadline, config=config)
    finally:
        await worker.aclose()
    if isinstance(ended, Failed):
        raise EngineUnavailable(f"{source.name} was not compiled: {ended.reason}")
    errors = [message.text for message in read_messages(ended.stdout) if message.severity == "error"]
    if errors or ended.status != 0 or not target.is_file():
        raise EngineUnavailable(
            f"{source.name} does not compile: {errors[:1] or ended.stderr[-STDERR_CHARS:]!r}"
        )
