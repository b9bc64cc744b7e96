"""An official Lean 4 toolchain: a pool of warm workers, and an audit of each theorem's axioms.

Where `lean --worker` does not come up, each document gets a `lean --json` of its own, with the same verdicts.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import assert_never

from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import EngineUnavailable
from aimo_pipeline.outcome import (
    Exited,
    ProcessOutcome,
    ProcessTimedOut,
    Proved,
    Rejected,
    Unknown,
    Verdict,
)
from aimo_pipeline.process import available_memory_bytes, run_process
from aimo_pipeline.verify.audit import audit_text
from aimo_pipeline.verify.decode import Message, decode, read_messages
from aimo_pipeline.verify.document import LeanDocument, render
from aimo_pipeline.verify.installed import PROCESS_LIMITS, lean_version
from aimo_pipeline.verify.library import SOURCES, build_library, library_folder
from aimo_pipeline.verify.lsp import (
    Checked,
    CheckOutcome,
    LeanCommand,
    NotStarted,
    OutOfTime,
    OverLimit,
    Superseded,
    WorkerLost,
)
from aimo_pipeline.verify.pool import LeanPool, open_pool
from aimo_pipeline.verify.race import NoneWon, Won, first
from aimo_pipeline.verify.workers import WorkerCounts, not_told

LEAN_OPTIONS = ("-DmaxRecDepth=10000", "-DautoImplicit=false")
Verdicts = Mapping[str, Verdict]


@dataclass(frozen=True)
class _Said:
    """What Lean said of a document that it read, and its exit status, or what that would have been."""

    messages: tuple[Message, ...]
    status: int


class OfficialEngine:
    """Checks documents in warm workers; made by `open_official`."""

    name = "official"

    def __init__(self, lean: Path, config: VerifyConfig, library: asyncio.Task[Path], pool: LeanPool) -> None:
        self._lean, self._config, self._library, self._pool = lean, config, library, pool
        self._has_workers = True

    def workers(self) -> WorkerCounts:
        """See Staffed; without `lean --worker` only that there is nothing to tell."""
        return self._pool.workers() if self._has_workers else WorkerCounts(*(None,) * 5)

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Verdicts:
        """See Engine."""
        rendered = audit_text(document) or render(document, print_axioms=True)
        if isinstance(rendered, Rejected):
            return _all(document, rendered)
        said = await self._said(rendered.text, deadline)
        if not isinstance(said, _Said):
            return _all(document, said)
        return decode(document, rendered, said.messages, said.status)

    async def read(self, text: str, *, deadline: Deadline) -> tuple[Message, ...] | Unknown | Rejected:
        """See ReadingEngine."""
        said = await self._said(text, deadline)
        if not isinstance(said, _Said):
            return said
        if said.status not in (0, 1):
            return Unknown(f"Lean broke down (exit status {said.status})")
        return said.messages

    async def _said(self, text: str, deadline: Deadline) -> _Said | Unknown | Rejected:
        await asyncio.wait({self._library}, timeout=deadline.remaining_s())
        if not self._library.done():
            return Unknown("the deadline passed while the Lean library was being built")
        try:
            library = self._library.result()
        except EngineUnavailable as error:
            return Unknown(str(error))
        if self._has_workers:
            outcome = await self._pool.check(*_split(text), deadline=deadline)
            if not isinstance(outcome, NotStarted):
                return _from_worker(outcome)
            # One that did work may have been refused memory; one that never did is not tried again.
            self._has_workers = self._pool.counts.checked > 0
        return await self._alone(text, library, deadline)

    async def race(
        self, documents: Sequence[LeanDocument], *, deadline: Deadline
    ) -> Won[Verdicts] | NoneWon[Verdicts]:
        """Check several documents at once; the first of which every theorem is Proved ends the others."""
        checks = [self.check(document, deadline=deadline) for document in documents]
        return await first(checks, _all_proved)

    async def _alone(self, text: str, library: Path, deadline: Deadline) -> _Said | Unknown:
        """In a process of its own."""
        with tempfile.TemporaryDirectory(prefix="aimo-lean-") as scratch:
            path = Path(scratch, "Document.lean")
            path.write_text(text, "utf-8", newline="\n")
            limit = deadline.capped(self._config.check_s)
            ended = await _lean(self._lean, [str(path)], library, limit, root=Path(scratch))
        if not isinstance(ended, Exited):
            return Unknown(_unfinished(ended))
        return _Said(read_messages(ended.stdout), ended.status)


def _split(text: str) -> tuple[str, str]:
    """The text's imports, which keep a worker warm, and the rest."""
    lines = text.split("\n")
    imports = sum(1 for _ in takewhile(lambda line: line.startswith("import "), lines))
    return "".join(f"{line}\n" for line in lines[:imports]), "\n".join(lines[imports:])


def _from_worker(outcome: CheckOutcome | Rejected) -> _Said | Unknown | Rejected:
    match outcome:
        case Checked(messages=messages):
            return _Said(messages, int(any(message.severity == "error" for message in messages)))
        case Rejected():
            return outcome
        case OutOfTime(reason=reason) | NotStarted(reason=reason):
            return Unknown(reason)
        case WorkerLost(reason=reason):
            return Unknown(f"Lean broke down each time: {reason}")
        case OverLimit(limit=limit):
            return Unknown(f"Lean used too much {limit}")
        case Superseded():
            return Unknown("another document took its place")
    assert_never(outcome)


def _all_proved(verdicts: Verdicts) -> bool:
    return bool(verdicts) and all(isinstance(verdict, Proved) for verdict in verdicts.values())


def _all(document: LeanDocument, verdict: Verdict) -> Verdicts:
    return {theorem.name: verdict for theorem in document.theorems}


def _unfinished(ended: ProcessOutcome) -> str:
    return "Lean ran out of time" if isinstance(ended, ProcessTimedOut) else "Lean wrote too much"


async def _lean(
    lean: Path, arguments: list[str], lean_path: Path, deadline: Deadline, *, root: Path
) -> ProcessOutcome:
    # Lean takes the file's place below the current folder for the module's name, and wants it to have one.
    argv = [str(lean), "--json", *LEAN_OPTIONS, *arguments]
    env = _environ(lean_path)
    return await run_process(
        argv, stdin=b"", limits=PROCESS_LIMITS, deadline=deadline, cwd=root, env=env, offline=True
    )


def _environ(lean_path: Path) -> dict[str, str]:
    # HOME because `lean` may be elan's, which looks there for the toolchain.
    return {"PATH": os.defpath, "HOME": str(Path.home()), "LEAN_PATH": str(lean_path)}


@asynccontextmanager
async def open_official(
    lean: Path,
    config: VerifyConfig,
    clock: Clock,
    *,
    cache: Path,
    sources: Path = SOURCES,
    lost: Callable[[str], None] = not_told,
) -> AsyncIterator[OfficialEngine]:
    """The official engine for the length of the block; our library is compiled in the background if needed.

    Args:
        lean: the executable.
        cache: folder for the compiled library.
        lost: told why, when a worker died under a check that is then done again.

    Raises:
        EngineUnavailable: the executable does not work, or the library's sources are missing.
    """
    version = await lean_version(lean, Deadline.after(config.start_s, clock))
    folder = library_folder(lean.absolute().parents[1], sources, version)  # where a pack has it
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        folder = library_folder(cache, sources, version)
    library = asyncio.create_task(build_library(partial(compile_file, lean, config, clock), sources, folder))
    # The folder's name holds the hash of the version and of the library's sources.
    command = LeanCommand((str(lean), *LEAN_OPTIONS), _environ(folder), f"{lean} {folder.name}")
    try:
        opened = open_pool(command, config, clock, free_bytes=available_memory_bytes, lost=lost)
        async with opened as pool:
            yield OfficialEngine(lean, config, library, pool)
    finally:
        library.cancel()
        await asyncio.wait({library})
        if not library.cancelled():
            library.exception()  # looked at, so that asyncio does not complain; checks have told it


async def compile_file(
    lean: Path, config: VerifyConfig, clock: Clock, source: Path, target: Path, lean_path: Path
) -> None:
    """Compile one file of our library; see library.Compile.

    Raises:
        EngineUnavailable: it does not compile.
    """
    deadline = Deadline.after(config.start_s + config.check_s, clock)
    file, root = source.absolute(), source.absolute().parents[1]
    ended = await _lean(lean, ["-o", str(target), str(file)], lean_path, deadline, root=root)
    if not isinstance(ended, Exited):
        raise EngineUnavailable(f"{source.name} was not compiled: {_unfinished(ended)}")
    errors = [message.text for message in read_messages(ended.stdout) if message.severity == "error"]
    if errors or ended.status != 0 or not target.is_file():
        raise EngineUnavailable(f"{source.name} does not compile: {errors[:1] or ended.stderr[-300:]!r}")
