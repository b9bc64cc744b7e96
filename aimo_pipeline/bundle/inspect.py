"""Looks at a bundle's files without running them: all there, whole, for the right Python, within limits?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from aimo_pipeline.bundle.manifest import MANIFEST, UNHASHED, Environment, FileEntry, Manifest, sha256_of
from aimo_pipeline.bundle.notebook import FOLDER, METADATA, NOTEBOOK
from aimo_pipeline.bundle.pack import CODE


def inspect(
    dist: Path, manifest: Manifest, progress: Callable[[int], None] = lambda _: None
) -> Iterator[str]:
    """Everything that is wrong with a bundle, one line each.

    Args:
        dist: its folder.
        manifest: what it should hold.
        progress: told of the bytes that were hashed.
    """
    for name, part in manifest.parts.items():
        for file, entry in part.files.items():
            yield from _file(dist / name / file, name, entry, progress)
        yield from _top_level(dist / name, name, manifest)
        if part.bytes > manifest.limits.dataset_bytes:
            yield f"the part {name} has {part.bytes / 1e9:.1f} GB; a data set may have {_gb(manifest)} GB"
    for name, environment in manifest.environments.items():
        yield from _wheels(dist, name, environment, manifest)
    yield from _notebook(dist, manifest)
    if (dist / CODE / MANIFEST).read_bytes() != (dist / MANIFEST).read_bytes():
        yield f"{CODE}/{MANIFEST} differs from {MANIFEST}; run bundle again"


def _gb(manifest: Manifest) -> str:
    return f"{manifest.limits.dataset_bytes / 1e9:.0f}"


def _file(path: Path, part: str, entry: FileEntry, progress: Callable[[int], None]) -> Iterator[str]:
    what = "wheel" if path.suffix == ".whl" else "file"
    if not path.is_file():
        yield f"the {what} {path.name} is missing from the part {part}; run bundle again"
    elif (digest := sha256_of(path, progress)) != entry.sha256:
        yield (
            f"the {what} {path.name} in the part {part} has a bad hash: {digest[:12]}… instead of "
            f"{entry.sha256[:12]}…"
        )


def _top_level(folder: Path, part: str, manifest: Manifest) -> Iterator[str]:
    files = [path for path in folder.iterdir() if path.is_file() and path.name not in UNHASHED]
    if len(files) > manifest.limits.top_level_files:
        yield (
            f"the part {part} has {len(files)} files at its top; a data set may have "
            f"{manifest.limits.top_level_files}"
        )


def _wheels(dist: Path, name: str, environment: Environment, manifest: Manifest) -> Iterator[str]:
    """The lock and the wheels say the same, and the wheels are for the target's Python."""
    folder = dist / environment.part
    hashes = {
        entry.sha256: file
        for file, entry in manifest.parts[environment.part].files.items()
        if _is_wheel(file)
    }
    for line in (folder / environment.lock).read_text(encoding="utf-8").splitlines():
        requirement, _, digest = line.partition(" --hash=sha256:")
        if digest not in hashes:
            yield f"no wheel of {requirement} lies in the part {environment.part} ({name} needs it)"
    for file in hashes.values():
        if not fits_python(Path(file).name, manifest.python):
            yield f"the wheel {Path(file).name} is for another Python; the target has {manifest.python}"


def _is_wheel(file: str) -> bool:
    return file.endswith(".whl")


def fits_python(file: str, python: str) -> bool:
    """Whether a wheel's name allows a Python version.

    Args:
        file: the wheel's name.
        python: "3.12", say.
    """
    try:
        tags = parse_wheel_filename(file)[3]
    except InvalidWheelFilename:
        return False
    major, minor = (int(part) for part in python.split("."))
    return any(_accepts(tag.interpreter, tag.abi, major, minor) for tag in tags)


def _accepts(interpreter: str, abi: str, major: int, minor: int) -> bool:
    """py3 and py37 fit every later Python, cp38 only with the stable ABI, cp312 its own."""
    match = re.fullmatch(rf"(py|cp){major}(\d*)", interpreter)
    if match is None:
        return False
    since = int(match[2] or 0)
    return since <= minor if match[1] == "py" or abi == f"abi{major}" else since == minor


def _notebook(dist: Path, manifest: Manifest) -> Iterator[str]:
    try:
        metadata = json.loads((dist / FOLDER / METADATA).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        yield f"{FOLDER}/{METADATA} cannot be read: {error}"
        return
    if metadata.get("enable_internet") is not False:
        yield f"{FOLDER}/{METADATA} turns the internet on; the competition forbids it"
    if manifest.competition not in metadata.get("competition_sources", []):
        yield f"{FOLDER}/{METADATA} does not attach the competition {manifest.competition}"
    attached = {source.rpartition("/")[2] for source in metadata.get("dataset_sources", [])}
    for part in manifest.parts.values():
        if part.slug not in attached:
            yield f"{FOLDER}/{METADATA} does not attach the data set {part.slug}"
    for model in manifest.models:
        if model not in metadata.get("model_sources", []):
            yield f"{FOLDER}/{METADATA} does not attach the model {model}"
    if not (dist / FOLDER / NOTEBOOK.name).is_file():
        yield f"{FOLDER}/{NOTEBOOK.name} is missing; run bundle again"
