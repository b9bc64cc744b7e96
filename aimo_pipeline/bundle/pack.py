"""Puts a bundle together in dist/: one folder a data set, the notebook's folder, MANIFEST.json."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aimo_pipeline import __version__
from aimo_pipeline.bundle.handover import VOCABULARY
from aimo_pipeline.bundle.manifest import (
    DATASET,
    MANIFEST,
    PART,
    Environment,
    Manifest,
    Part,
    part_json,
    part_of,
    to_json,
)
from aimo_pipeline.bundle.notebook import dataset_metadata, write_json, write_notebook
from aimo_pipeline.bundle.target import ROOT, Target
from aimo_pipeline.bundle.wheels import Wheel, lock_text

CODE, LEAN = "code", "lean"
# Each environment's wheels are a data set of their own: the engine's gigabytes change less often.
PART_OF = {"pipeline": "wheels", "engine": "engine"}
# More files than Kaggle allows at the top of a data set, so they lie in a folder.
WHEELS_FOLDER = "files"
SLUG = "trace-to-lean"
LEAN_SOURCES = ("TraceToLean", "TraceToLean.lean", "lakefile.toml", "lake-manifest.json", "lean-toolchain")
# The stand-in for kaggle_evaluation must never be mistaken for the competition's own.
NOT_PACKED = shutil.ignore_patterns("__pycache__", "*.pyc", "standin")


@dataclass(frozen=True)
class Contents:
    """What goes into a bundle.

    Attributes:
        wheels: environment to its wheels.
        stored: wheel file name to the verified file.
        lean: folder of the packed Lean toolchain, if there is one.
        vocabulary: the verified file, where the target names one.
    """

    wheels: Mapping[str, Sequence[Wheel]]
    stored: Mapping[str, Path]
    lean: Path | None
    vocabulary: Path | None = None


def pack(contents: Contents, target: Target, dist: Path, *, owner: str) -> Manifest:
    """Write dist/ anew.

    Args:
        contents: verified wheels, and Lean.
        target: what it is for.
        dist: the folder; what an earlier bundle left there is replaced.
        owner: the user's name on Kaggle, for the metadata.

    Returns:
        The manifest, also written to MANIFEST.json and into the code part.

    Raises:
        OSError: the folder cannot be written.
    """
    clear(dist)
    copy_code(dist / CODE)
    if contents.vocabulary is not None:
        (dist / CODE / VOCABULARY).mkdir()
        shutil.copyfile(contents.vocabulary, dist / CODE / VOCABULARY / contents.vocabulary.name)
    for name, wheels in contents.wheels.items():
        _put_wheels(dist / PART_OF[name], name, wheels, contents.stored)
    if contents.lean is not None:
        shutil.copytree(contents.lean, dist / LEAN, symlinks=True)
    known = {wheel.file: wheel.sha256 for wheels in contents.wheels.values() for wheel in wheels}
    manifest = describe(dist, target, tuple(contents.wheels), known)
    seal(dist, manifest, owner=owner)
    return manifest


def clear(dist: Path) -> None:
    """Remove an earlier bundle; a folder with anything else in it is left alone.

    Raises:
        FileExistsError: the folder holds something that is not a bundle.
    """
    if dist.exists() and any(dist.iterdir()) and not (dist / CODE).is_dir():
        raise FileExistsError(f"{dist} is not empty and not a bundle; name another folder with --output")
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir(parents=True)


def copy_code(folder: Path) -> None:
    """The package and the Lean library's sources, as in a checkout."""
    shutil.copytree(ROOT / "aimo_pipeline", folder / "aimo_pipeline", ignore=NOT_PACKED)
    for name in LEAN_SOURCES:
        source, place = ROOT / "lean_toolchain" / name, folder / "lean_toolchain" / name
        place.parent.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place)
        else:
            shutil.copyfile(source, place)


def _put_wheels(folder: Path, environment: str, wheels: Sequence[Wheel], stored: Mapping[str, Path]) -> None:
    (folder / WHEELS_FOLDER).mkdir(parents=True)
    for wheel in wheels:
        _link(stored[wheel.file], folder / WHEELS_FOLDER / wheel.file)
    (folder / lock_name(environment)).write_text(lock_text(wheels), encoding="utf-8")


def lock_name(environment: str) -> str:
    """The file with versions and hashes of an environment."""
    return f"{environment}.lock.txt"


def _link(source: Path, place: Path) -> None:
    try:
        os.link(source, place)  # gigabytes: no second copy where the file system can do without
    except OSError:
        shutil.copyfile(source, place)


def describe(dist: Path, target: Target, environments: Sequence[str], known: Mapping[str, str]) -> Manifest:
    """Hash the parts that lie in dist/.

    Args:
        dist: the folder.
        target: what it is for.
        environments: "pipeline" and, where there is one, "engine".
        known: hashes of wheels that were verified already, by file name.
    """
    names = [CODE, *(PART_OF[name] for name in environments), *([LEAN] if (dist / LEAN).is_dir() else [])]
    parts = {name: part_of(dist / name, f"{SLUG}-{target.name}-{name}", known) for name in names}
    return Manifest(
        target=target.name,
        python=target.python,
        version=__version__,
        competition=target.competition,
        competition_files=target.competition_files,
        models=target.models,
        preset=target.preset,
        gpu=target.gpu,
        limits=target.limits,
        parts=parts,
        environments={
            name: Environment(PART_OF[name], WHEELS_FOLDER, lock_name(name)) for name in environments
        },
    )


def seal(dist: Path, manifest: Manifest, *, owner: str) -> None:
    """Write everything that names the parts' hashes, and Kaggle's metadata."""
    for name, part in manifest.parts.items():
        seal_part(dist / name, name, part, owner=owner)
    for place in (dist, dist / CODE):
        (place / MANIFEST).write_text(to_json(manifest), encoding="utf-8")
    write_notebook(dist, manifest, owner=owner)


def seal_part(folder: Path, name: str, part: Part, *, owner: str) -> None:
    """Write part.json and dataset-metadata.json."""
    (folder / PART).write_text(part_json(name, part), encoding="utf-8")
    write_json(folder / DATASET, dataset_metadata(part.slug, owner=owner))
