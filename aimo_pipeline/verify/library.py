"""Our Lean library, compiled once and kept under the hash of its sources and of the Lean that compiled it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from aimo_pipeline.errors import EngineUnavailable
from aimo_pipeline.process import available_memory_bytes
from aimo_pipeline.verify.audit import LIBRARY
from aimo_pipeline.verify.half import HALF, held, remove_dead

# Where the sources are in a checkout.
SOURCES = Path(__file__).resolve().parents[2] / "lean_toolchain"

_IMPORT = re.compile(rf"^(?:public )?import ({LIBRARY}\.\w+)$", re.MULTILINE)

_HEADER = re.compile(r"^(module|(public )?import .*)$", re.MULTILINE)

# What makes a project of them for Lean's own tools.
_PROJECT = (f"{LIBRARY}.lean", "lakefile.toml", "lake-manifest.json", "lean-toolchain")

# What a Lean that compiles a file may take.
_LEAN_BYTES = 3 << 30

# Compiles one file: (source, .olean to write, folder for LEAN_PATH).
Compile = Callable[[Path, Path, Path], Awaitable[None]]


def library_folder(home: Path, sources: Path, lean: str) -> Path:
    """Where the compiled library belongs, built or not.

    Args:
        home: folder for such folders.
        sources: folder that holds TraceToLean/*.lean.
        lean: anything that tells one Lean from another.

    Raises:
        EngineUnavailable: there are no sources.
    """
    digest = hashlib.sha256(lean.encode())
    for path in _files(sources):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return home / f"trace-to-lean-{digest.hexdigest()[:12]}"


def library_texts(sources: Path) -> dict[str, str]:
    """The Lean project that documents import, file by file, for whoever checks them again.

    Args:
        sources: as for library_folder.

    Returns:
        Path within the project -> text; empty where there are no sources.
    """
    files = [*sorted((sources / LIBRARY).glob("*.lean")), *(sources / name for name in _PROJECT)]
    there = [path for path in files if path.is_file()]
    return {path.relative_to(sources).as_posix(): path.read_text("utf-8") for path in there}


def library_in_order(sources: Path) -> tuple[str, ...]:
    """The library's files in an order in which each can be read after those before it, imports left out.

    Args:
        sources: as for library_folder.

    Raises:
        EngineUnavailable: there are no sources, or they import each other.
    """
    files = [path for level in _levels(_files(sources)) for path in level]
    return tuple(_HEADER.sub("", path.read_text("utf-8")) for path in files)


async def build_library(compile_file: Compile, sources: Path, folder: Path) -> Path:
    """Compile the library into `folder`, unless it is there already.

    The folder appears whole or not at all; of two builders at once, one works and the other waits. One
    that was killed is gone on with at the file where it ended; what others left half done is removed.

    Returns:
        `folder`, for LEAN_PATH.

    Raises:
        EngineUnavailable: a file does not compile or the folder can't be written.
    """
    if folder.is_dir():
        return folder
    files, part = _files(sources), folder.with_name(f"{folder.name}{HALF}")
    try:
        async with held(part, folder) as ours:
            if ours:
                remove_dead(part)
                await _compile_all(compile_file, files, part)
                part.chmod(0o755)
                os.rename(part, folder)
    except EngineUnavailable:
        raise
    except OSError as error:
        raise EngineUnavailable(
            f"the compiled Lean library is missing and can't be written to {folder}: {error}"
        ) from error
    return folder


async def _compile_all(compile_file: Compile, files: list[Path], part: Path) -> None:
    (part / LIBRARY).mkdir(exist_ok=True)
    try:
        for level in _levels(files):
            await _compile_level(compile_file, level, part)
    except EngineUnavailable:
        shutil.rmtree(part, ignore_errors=True)  # what does not compile is not gone on with
        raise


def _files(sources: Path) -> list[Path]:
    found = sorted((sources / LIBRARY).glob("*.lean"))
    if not found:
        raise EngineUnavailable(
            f"no Lean sources in {sources / LIBRARY}; they come with the project's checkout"
        )
    return found


async def _compile_level(compile_file: Compile, level: list[Path], part: Path) -> None:
    """Compile files that do not import each other, as many at a time as there are cores and room for."""
    room = available_memory_bytes() // _LEAN_BYTES
    at_once = asyncio.Semaphore(max(1, min(os.cpu_count() or 1, room)))

    async def one(path: Path) -> None:
        async with at_once:
            await _compile_one(compile_file, path, part)

    try:
        async with asyncio.TaskGroup() as together:
            for path in level:
                together.create_task(one(path))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def _compile_one(compile_file: Compile, path: Path, part: Path) -> None:
    """Compile a file unless that was done; `.olean` comes last, when the files beside it are whole."""
    done = part / LIBRARY / f"{path.stem}.olean"
    if done.exists():
        return
    scratch = part / f"new-{path.stem}"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    await compile_file(path, scratch / done.name, part)
    for made in sorted(scratch.iterdir(), key=lambda file: file.name == done.name):
        made.rename(done.with_name(made.name))
    scratch.rmdir()


def _levels(files: list[Path]) -> list[list[Path]]:
    """The files by levels: each imports files of earlier levels only."""
    needs = {path: set(_IMPORT.findall(path.read_text("utf-8"))) for path in files}
    levels: list[list[Path]] = []
    while needs:
        done = {f"{LIBRARY}.{path.stem}" for level in levels for path in level}
        free = [path for path, wanted in needs.items() if wanted <= done]
        if not free:
            raise EngineUnavailable(
                f"the Lean library's imports form a circle or name a missing file: {min(needs)}"
            )
        levels.append(free)
        for path in free:
            del needs[path]
    return levels
