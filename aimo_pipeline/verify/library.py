"""Our Lean library, compiled once and kept under the hash of its sources and of the Lean that compiled it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from aimo_pipeline.errors import EngineUnavailable
from aimo_pipeline.verify.audit import LIBRARY

# Where the sources are in a checkout.
SOURCES = Path(__file__).resolve().parents[2] / "lean_toolchain"

_IMPORT = re.compile(rf"^(?:public )?import ({LIBRARY}\.\w+)$", re.MULTILINE)

# What makes a project of them for Lean's own tools.
_PROJECT = (f"{LIBRARY}.lean", "lakefile.toml", "lake-manifest.json", "lean-toolchain")

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


async def build_library(compile_file: Compile, sources: Path, folder: Path) -> Path:
    """Compile the library into `folder`, unless it is there already.

    The folder appears whole or not at all; of two builders at once, one wins and both are served.

    Returns:
        `folder`, for LEAN_PATH.

    Raises:
        EngineUnavailable: a file does not compile or the folder can't be written.
    """
    if folder.is_dir():
        return folder
    try:
        part = Path(tempfile.mkdtemp(prefix=f"{folder.name}.part-", dir=folder.parent))
    except OSError as error:
        raise EngineUnavailable(
            f"the compiled Lean library is missing and can't be written: {error}"
        ) from error
    try:
        (part / LIBRARY).mkdir()
        for path in _in_order(_files(sources)):
            await compile_file(path, part / LIBRARY / f"{path.stem}.olean", part)
        part.chmod(0o755)
        _publish(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _publish(part: Path, folder: Path) -> None:
    try:
        os.rename(part, folder)
    except OSError as error:
        if not folder.is_dir():
            raise EngineUnavailable(f"the compiled Lean library can't be put at {folder}: {error}") from error


def _files(sources: Path) -> list[Path]:
    found = sorted((sources / LIBRARY).glob("*.lean"))
    if not found:
        raise EngineUnavailable(
            f"no Lean sources in {sources / LIBRARY}; they come with the project's checkout"
        )
    return found


def _in_order(files: list[Path]) -> list[Path]:
    """Each file after those that it imports."""
    needs = {path: set(_IMPORT.findall(path.read_text("utf-8"))) for path in files}
    ordered: list[Path] = []
    while needs:
        done = {f"{LIBRARY}.{path.stem}" for path in ordered}
        free = [path for path, wanted in needs.items() if wanted <= done]
        if not free:
            raise EngineUnavailable(
                f"the Lean library's imports form a circle or name a missing file: {min(needs)}"
            )
        ordered += free
        for path in free:
            del needs[path]
    return ordered
