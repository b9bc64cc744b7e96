"""Finds what Kaggle mounted: our data sets, the competition's files, the models.

Kaggle mounts in two layouts, /kaggle/input/<slug> and /kaggle/input/{datasets,competitions,models}/…, and a
user may have given a data set another slug. So our parts are known by their part.json, the competition by
the files that it must hold, and a model by the path that its name spells in either layout.

Standard library only: the competition image's Python runs it before anything is installed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from aimo_pipeline.bundle.manifest import PART, Manifest
from aimo_pipeline.errors import UserError

# <slug>, datasets/<slug>, datasets/<owner>/<slug>, and a folder that the user put around it.
_DEPTHS = ("*", "*/*", "*/*/*", "*/*/*/*")
MODEL_FILE = "config.json"
PACKAGE = "kaggle_evaluation"


class MountMissing(UserError):
    """Something that the notebook needs is not mounted, or not whole; the message says what to do."""


@dataclass(frozen=True)
class Mounts:
    """Where things are.

    Attributes:
        parts: name of the part to its folder.
        competition: folder with the competition's files.
        models: name of the model to its folder.
    """

    parts: Mapping[str, Path]
    competition: Path
    models: Mapping[str, Path]


def find_mounts(manifest: Manifest, mounted: Path) -> Mounts:
    """Look for everything that a manifest names.

    Args:
        manifest: the bundle's.
        mounted: /kaggle/input.

    Raises:
        MountMissing: one line on the first thing that is not there.
    """
    parts = {name: _find_part(name, manifest, mounted) for name in manifest.parts}
    for name, folder in parts.items():
        check_files(name, manifest, folder)
    models = {model: find_model(model, mounted) for model in manifest.models}
    return Mounts(parts, find_competition(manifest, mounted), models)


def _find_part(name: str, manifest: Manifest, mounted: Path) -> Path:
    part, others = manifest.parts[name], []
    for depth in _DEPTHS:
        for place in sorted(mounted.glob(f"{depth}/{PART}")):
            told = _told(place)
            if told == (name, part.sha256):
                return place.parent
            if told is not None and told[0] == name:
                others.append(place.parent)
    if others:
        raise MountMissing(
            f"{others[0]} holds another version of the data set {part.slug}; attach its newest version"
        )
    raise MountMissing(f"the data set {part.slug} is not mounted under {mounted}; attach it to the notebook")


def _told(place: Path) -> tuple[str, str] | None:
    try:
        record = json.loads(place.read_text(encoding="utf-8"))
        return str(record["part"]), str(record["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # somebody else's part.json


def check_files(name: str, manifest: Manifest, folder: Path) -> None:
    """See that each file of a part is there in full size; hashes are the installer's business.

    Raises:
        MountMissing: the first that is not.
    """
    for file, entry in manifest.parts[name].files.items():
        try:
            size = (folder / file).stat().st_size
        except OSError:
            what = "wheel" if file.endswith(".whl") else "file"
            raise MountMissing(f"the {what} {Path(file).name} is missing from the part {name}") from None
        if size != entry.bytes:
            raise MountMissing(
                f"{Path(file).name} in the part {name} has {size} bytes instead of {entry.bytes}"
            )


def find_competition(manifest: Manifest, mounted: Path) -> Path:
    """The competition's folder.

    Raises:
        MountMissing: it is not mounted, or one of its files is missing.
    """
    slug = manifest.competition
    for folder in (mounted / slug, mounted / "competitions" / slug):
        if folder.is_dir():
            for file in manifest.competition_files:
                if not (folder / file).is_file():
                    raise MountMissing(f"the competition's file {file} is missing from {folder}")
            return folder
    raise MountMissing(f"the competition {slug} is not mounted under {mounted}; attach it to the notebook")


def find_model(model: str, mounted: Path) -> Path:
    """A model's folder.

    Args:
        model: owner/model/framework/variation/version.
        mounted: /kaggle/input.

    Raises:
        MountMissing: it is not mounted, or holds no config.json.
    """
    for folder in _model_folders(model, mounted):
        if folder.is_dir():
            if not (folder / MODEL_FILE).is_file():
                raise MountMissing(f"the model folder {folder} has no {MODEL_FILE}")
            return folder
    raise MountMissing(f"the model {model} is not mounted under {mounted}; attach it to the notebook")


def _model_folders(model: str, mounted: Path) -> Iterator[Path]:
    owner, name, framework, *rest = model.split("/")
    for framework_ in (framework, framework.lower()):
        yield mounted.joinpath("models", owner, name, framework_, *rest)
        yield mounted.joinpath(name, framework_, *rest)
