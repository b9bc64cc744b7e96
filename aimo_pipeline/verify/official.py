"""An official Lean 4 toolchain: one `lean --json` per document, and an audit of each theorem's axioms."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from aimo_pipeline.config import LimitsConfig, VerifyConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import EngineUnavailable
from aimo_pipeline.outcome import Exited, ProcessOutcome, Rejected, TimedOut, Unknown, Verdict
from aimo_pipeline.process import run_process
from aimo_pipeline.verify.audit import audit_text
from aimo_pipeline.verify.decode import decode, read_messages
from aimo_pipeline.verify.document import LeanDocument, render
from aimo_pipeline.verify.library import SOURCES, build_library, library_folder

LEAN_OPTIONS = ("--json", "-DmaxRecDepth=10000", "-DautoImplicit=false")

# Lean maps its library into memory, so an address-space limit would only confuse.
_LIMITS = LimitsConfig(cpu_s=0, memory_bytes=0, output_bytes=8 << 20, open_files=0, file_bytes=0)


def find_lean(config: VerifyConfig, sources: Path = SOURCES) -> Path | None:
    """The toolchain's `lean`: of the named folder, else packed with the project, else on PATH.

    Raises:
        EngineUnavailable: a folder was named and has no bin/lean.
    """
    if config.toolchain is not None:
        lean = config.toolchain.absolute() / "bin" / "lean"
        if not os.access(lean, os.X_OK):
            raise EngineUnavailable(
                f"AIMO_LEAN_TOOLCHAIN names a folder without bin/lean: {config.toolchain}"
            )
        return lean
    packed = sources / "dist" / "bin" / "lean"
    if os.access(packed, os.X_OK):
        return packed
    found = shutil.which("lean")
    return Path(found) if found else None


class OfficialEngine:
    """Checks documents in processes of their own; made by `open_official`."""

    name = "official"

    def __init__(self, lean: Path, config: VerifyConfig, library: asyncio.Task[Path]) -> None:
        self._lean, self._config, self._library = lean, config, library

    async def check(self, document: LeanDocument, *, deadline: Deadline) -> Mapping[str, Verdict]:
        """See Engine."""
        rendered = audit_text(document) or render(document, print_axioms=True)
        if isinstance(rendered, Rejected):
            return {theorem.name: rendered for theorem in document.theorems}
        await asyncio.wait({self._library}, timeout=deadline.remaining_s())
        if not self._library.done():
            return _all(document, "the deadline passed while the Lean library was being built")
        try:
            library = self._library.result()
        except EngineUnavailable as error:
            return _all(document, str(error))
        with tempfile.TemporaryDirectory(prefix="aimo-lean-") as scratch:
            path = Path(scratch, "Document.lean")
            path.write_text(rendered.text, "utf-8", newline="\n")
            ended = await _lean(self._lean, [str(path)], library, deadline.capped(self._config.check_s))
        if not isinstance(ended, Exited):
            return _all(document, _unfinished(ended))
        return decode(document, rendered, read_messages(ended.stdout), ended.status)


def _all(document: LeanDocument, reason: str) -> Mapping[str, Verdict]:
    return {theorem.name: Unknown(reason) for theorem in document.theorems}


def _unfinished(ended: ProcessOutcome) -> str:
    return "Lean ran out of time" if isinstance(ended, TimedOut) else "Lean wrote too much"


async def _lean(lean: Path, arguments: list[str], lean_path: Path, deadline: Deadline) -> ProcessOutcome:
    # HOME because `lean` may be elan's, which looks there for the toolchain.
    env = {"PATH": os.defpath, "HOME": str(Path.home()), "LEAN_PATH": str(lean_path)}
    argv = [str(lean), *LEAN_OPTIONS, *arguments]
    return await run_process(argv, stdin=b"", limits=_LIMITS, deadline=deadline, cwd=lean_path, env=env)


async def _version(lean: Path, deadline: Deadline) -> str:
    env = {"PATH": os.defpath, "HOME": str(Path.home())}
    argv = [str(lean), "--version"]
    ended = await run_process(argv, stdin=b"", limits=_LIMITS, deadline=deadline, cwd=None, env=env)
    if not isinstance(ended, Exited) or ended.status != 0:
        raise EngineUnavailable(f"{lean} --version does not work; is the toolchain complete?")
    return ended.stdout.decode("utf-8", "replace").strip()


@asynccontextmanager
async def open_official(
    lean: Path, config: VerifyConfig, clock: Clock, *, cache: Path, sources: Path = SOURCES
) -> AsyncIterator[OfficialEngine]:
    """The official engine for the length of the block; our library is compiled in the background if needed.

    Args:
        lean: the executable.
        cache: folder for the compiled library.

    Raises:
        EngineUnavailable: the executable does not work, or the library's sources are missing.
    """
    version = await _version(lean, Deadline.after(config.start_s, clock))
    folder = library_folder(cache, sources, version)
    cache.mkdir(parents=True, exist_ok=True)
    library = asyncio.create_task(build_library(partial(_compile, lean, config, clock), sources, folder))
    try:
        yield OfficialEngine(lean, config, library)
    finally:
        library.cancel()
        await asyncio.wait({library})
        if not library.cancelled():
            library.exception()  # looked at, so that asyncio does not complain; checks have told it


async def _compile(
    lean: Path, config: VerifyConfig, clock: Clock, source: Path, target: Path, lean_path: Path
) -> None:
    deadline = Deadline.after(config.start_s + config.check_s, clock)
    ended = await _lean(lean, ["-o", str(target), str(source.absolute())], lean_path, deadline)
    if not isinstance(ended, Exited):
        raise EngineUnavailable(f"{source.name} was not compiled: {_unfinished(ended)}")
    errors = [message.text for message in read_messages(ended.stdout) if message.severity == "error"]
    if errors or ended.status != 0 or not target.is_file():
        raise EngineUnavailable(f"{source.name} does not compile: {errors[:1] or ended.stderr[-300:]!r}")
