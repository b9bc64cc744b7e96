"""A Lean toolchain as it travels: .tar.zst parts beside TOOLCHAIN.json, unpacked to local disk and warmed.

Each part is an archive of its own, verified by its SHA-256 before anything of it is used. What is unpacked
lies in a folder named after the parts' hashes, so that a second run finds it; a run that was cut off goes on
with the first part that was not finished. Kaggle mounts data sets from a slow disk: so the files that our
documents import are read once, which leaves them in the page cache, while the model loads.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

from aimo_pipeline.errors import EngineUnavailable

TOOLCHAIN = "TOOLCHAIN.json"
FORMAT = 1
_CHUNK_BYTES = 1 << 20
_SPARE_BYTES = 1 << 28
_COMPILED = frozenset({".olean", ".ir"})

Progress = Callable[[int], None]


@dataclass(frozen=True)
class PackedPart:
    """One archive: its name, size and SHA-256, and the size of what is in it."""

    file: str
    bytes: int
    sha256: str
    unpacked_bytes: int


@dataclass(frozen=True)
class PackedToolchain:
    """What TOOLCHAIN.json says.

    Attributes:
        folder: where it and the parts lie.
        lean: the toolchain's own words for its version.
        parts: in order.
        warm: the compiled files that our documents import, relative to the toolchain; none: all there are.
    """

    folder: Path
    lean: str
    parts: tuple[PackedPart, ...]
    warm: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Tells this pack from any other."""
        return hashlib.sha256("".join(part.sha256 for part in self.parts).encode()).hexdigest()

    @property
    def unpacked_bytes(self) -> int:
        """Room that it takes."""
        return sum(part.unpacked_bytes for part in self.parts)


@dataclass(frozen=True)
class Unpacked:
    """A toolchain on local disk; `bytes` were unpacked just now, in `seconds`."""

    folder: Path
    bytes: int
    seconds: float


def read_packed(folder: Path) -> PackedToolchain | None:
    """What lies packed in a folder, if anything does.

    Raises:
        EngineUnavailable: there is a TOOLCHAIN.json that cannot be read.
    """
    place = folder / TOOLCHAIN
    if not place.is_file():
        return None
    try:
        record: dict[str, Any] = json.loads(place.read_text("utf-8"))
        if record["format"] != FORMAT:
            raise EngineUnavailable(f"{place} has format {record['format']}; this package reads {FORMAT}")
        parts = tuple(PackedPart(**part) for part in record["parts"])
        return PackedToolchain(folder, str(record["lean"]), parts, tuple(map(str, record.get("warm", ()))))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineUnavailable(f"{place} cannot be read ({type(error).__name__}: {error})") from error


def write_packed(packed: PackedToolchain) -> None:
    """Write TOOLCHAIN.json."""
    parts = [vars(part) for part in packed.parts]
    record = {"format": FORMAT, "lean": packed.lean, "parts": parts, "warm": packed.warm}
    (packed.folder / TOOLCHAIN).write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def unpack(packed: PackedToolchain, cache: Path, progress: Progress = lambda _: None) -> Unpacked:
    """Have the toolchain in a folder below `cache`.

    Args:
        packed: what read_packed gave.
        cache: on a local disk.
        progress: told the packed bytes of each part that was unpacked.

    Raises:
        EngineUnavailable: a part is missing or not the one in TOOLCHAIN.json, or the disk is too full.
    """
    began_s = time.monotonic()
    folder = cache / f"lean-{packed.digest[:12]}"
    if folder.is_dir():
        return Unpacked(folder, 0, 0.0)
    half = folder.with_name(folder.name + ".part")
    written = 0
    try:
        half.mkdir(parents=True, exist_ok=True)
        left = [part for part in packed.parts if not _done(half, part).exists()]
        _check_room(sum(part.unpacked_bytes for part in left), half)
        for part in left:
            _verify(packed.folder / part.file, part)
            _extract(packed.folder / part.file, half, progress)
            _done(half, part).touch()
            written += part.unpacked_bytes
        for part in packed.parts:
            _done(half, part).unlink()
        half.rename(folder)
    except OSError as error:
        raise EngineUnavailable(f"the Lean toolchain cannot be unpacked to {half}: {error}") from error
    except (tarfile.TarError, zstandard.ZstdError) as error:
        raise EngineUnavailable(f"a part of the Lean toolchain cannot be unpacked: {error}") from error
    return Unpacked(folder, written, time.monotonic() - began_s)


def _done(half: Path, part: PackedPart) -> Path:
    return half / f".{part.sha256[:16]}.done"


def _check_room(needed_bytes: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if needed_bytes + _SPARE_BYTES > free:
        needs = f"the Lean toolchain takes {needed_bytes / 1e9:.1f} GB"
        raise EngineUnavailable(f"{needs} and {free / 1e9:.1f} GB are free in {folder}")


def _verify(place: Path, part: PackedPart) -> None:
    if not place.is_file():
        raise EngineUnavailable(f"{place} is missing; the pack is not whole")
    digest = hashlib.sha256()
    with place.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    if digest.hexdigest() != part.sha256:
        raise EngineUnavailable(
            f"{place} is not the part in {TOOLCHAIN} (SHA-256 {digest.hexdigest()[:16]}…)"
        )


def _extract(place: Path, folder: Path, progress: Progress) -> None:
    with place.open("rb") as stream:
        with zstandard.ZstdDecompressor().stream_reader(stream) as reader:
            with tarfile.open(fileobj=reader, mode="r|") as archive:
                archive.extractall(folder, filter="tar")
    progress(place.stat().st_size)


def is_compiled(path: Path) -> bool:
    """Whether it is a file of a compiled module.

    Since the module system these are .olean, .olean.server, .olean.private and .ir, all of which a document
    reads that is no module itself, as ours.
    """
    return bool(_COMPILED & set(path.suffixes))


def warm(toolchain: Path, names: Sequence[str] = ()) -> int:
    """Read what imports map, so that it lies in the page cache; returns its bytes.

    Args:
        toolchain: unpacked.
        names: files relative to it; none: all compiled ones.
    """
    paths = [toolchain / name for name in names] or sorted(filter(is_compiled, toolchain.rglob("*")))
    return sum(_read_through(path) for path in paths if path.is_file())


def _read_through(path: Path) -> int:
    with path.open("rb") as stream:
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)
        size = 0
        while chunk := stream.read(_CHUNK_BYTES):
            size += len(chunk)
    return size
