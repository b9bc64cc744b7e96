"""MANIFEST.json: what a bundle holds, file by file, and what it expects to be mounted beside it.

A bundle is cut into parts, one Kaggle data set each, so that a changed line of code does not upload
gigabytes of wheels again. A part is known by a hash over its files' hashes, which also stands in `part.json`
at its top: by that a mounted folder is recognised, whatever its slug and wherever it is mounted.

Standard library only: the competition image's Python reads it before anything is installed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aimo_pipeline.errors import UserError

FORMAT = 1
MANIFEST = "MANIFEST.json"
PART = "part.json"
DATASET = "dataset-metadata.json"
# Written after the files are hashed, or for Kaggle's command line only.
UNHASHED = frozenset({MANIFEST, PART, DATASET})

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Kaggle's limits.

    Attributes:
        serve_s: from the notebook's start to serve().
        dataset_bytes, top_level_files: of one data set.
        output_bytes, output_files: of the working folder at the end.
    """

    serve_s: float
    dataset_bytes: int
    top_level_files: int
    output_bytes: int
    output_files: int


@dataclass(frozen=True)
class FileEntry:
    """One file: size and SHA-256."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Part:
    """One data set: its slug, and its files by path relative to its top."""

    slug: str
    files: Mapping[str, FileEntry]

    @property
    def sha256(self) -> str:
        """Hash over paths and hashes of all files."""
        digest = hashlib.sha256()
        for name, entry in sorted(self.files.items()):
            digest.update(f"{name}\0{entry.sha256}\n".encode())
        return digest.hexdigest()

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(entry.bytes for entry in self.files.values())


@dataclass(frozen=True)
class Environment:
    """Where the wheels of an environment lie: part, folder in it, and its lock with hashes."""

    part: str
    wheels: str
    lock: str


@dataclass(frozen=True)
class Manifest:
    """A whole bundle.

    Attributes:
        target: its name in targets.toml.
        python: version that the wheels are for.
        version: the package's.
        competition, competition_files: what must be mounted, and which files it must hold.
        models: Kaggle models that must be mounted.
        preset: how the first of them is served; empty: no model.
        gpu: part of the name of the GPU that the run is planned for.
        limits: Kaggle's.
        parts: by name; "code" always.
        environments: by name; "pipeline" always.
    """

    target: str
    python: str
    version: str
    competition: str
    competition_files: tuple[str, ...]
    models: tuple[str, ...]
    preset: str
    gpu: str
    limits: Limits
    parts: Mapping[str, Part]
    environments: Mapping[str, Environment]


def sha256_of(path: Path, progress: Callable[[int], None] = lambda _: None) -> str:
    """SHA-256 of a file in hexadecimal; `progress` is told the bytes of each piece."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
            progress(len(chunk))
    return digest.hexdigest()


def files_of(folder: Path) -> list[Path]:
    """The files that a part consists of, sorted."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if str(path.relative_to(folder)) not in UNHASHED)


def part_of(folder: Path, slug: str, known: Mapping[str, str]) -> Part:
    """Hash a folder.

    Args:
        folder: the part's.
        slug: of its data set.
        known: hashes that were verified already, by file name (wheels as they were fetched).
    """
    files = {}
    for path in files_of(folder):
        digest = known.get(path.name) or sha256_of(path)
        files[path.relative_to(folder).as_posix()] = FileEntry(path.stat().st_size, digest)
    return Part(slug, files)


def to_json(manifest: Manifest) -> str:
    """The file's text."""
    record = asdict(manifest)
    for name, part in manifest.parts.items():
        record["parts"][name] |= {"sha256": part.sha256, "bytes": part.bytes}
    return json.dumps({"format": FORMAT} | record, indent=1, sort_keys=True) + "\n"


def part_json(name: str, part: Part) -> str:
    """The text of a part's own part.json."""
    return json.dumps({"part": name, "sha256": part.sha256}, indent=1) + "\n"


def read_manifest(path: Path) -> Manifest:
    """Read MANIFEST.json.

    Raises:
        UserError: it is not there, or not of this format.
    """
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != FORMAT:
            raise UserError(f"{path} has format {record['format']}; this package reads format {FORMAT}")
        return _manifest(record)
    except OSError as error:
        how = "python3 build_submission.py bundle makes a bundle, in dist/"
        raise UserError(f"cannot read {path}: {error.strerror}; {how}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is not a bundle's manifest ({type(error).__name__}: {error})") from None


def _manifest(record: dict[str, Any]) -> Manifest:
    parts = {
        name: Part(part["slug"], {key: FileEntry(**entry) for key, entry in part["files"].items()})
        for name, part in record["parts"].items()
    }
    return Manifest(
        target=record["target"],
        python=record["python"],
        version=record["version"],
        competition=record["competition"],
        competition_files=tuple(record["competition_files"]),
        models=tuple(record["models"]),
        preset=record["preset"],
        gpu=record["gpu"],
        limits=Limits(**record["limits"]),
        parts=parts,
        environments={name: Environment(**one) for name, one in record["environments"].items()},
    )
