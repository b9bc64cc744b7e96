"""Where a bundle is to run, read from wheels/targets.toml."""

from __future__ import annotations

import platform
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aimo_pipeline.bundle.manifest import Limits
from aimo_pipeline.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
TARGETS = ROOT / "wheels" / "targets.toml"
REQUIREMENTS = ROOT / "requirements.txt"
THIS = "this"


@dataclass(frozen=True)
class Vocabulary:
    """A file of tokens: where it can be had, and its hash."""

    url: str
    sha256: str


@dataclass(frozen=True)
class Target:
    """A machine to run on.

    Attributes:
        name: its table in the file.
        python: "3.12", say; never "this".
        platform: uv's name of the oldest system that the wheels must run on; None: this machine.
        engine: names in requirements.txt that get an environment of their own.
        engine_requirements: file that stands in for those lines; None: the lines; empty: no engine.
        engine_no_deps: that file names everything that is needed.
        engine_alias: name==version that its package must also be known under; empty: none.
        indexes: further package indexes.
        gpu: part of the name of the GPU that the run is planned for; empty: none is asked for.
        models: Kaggle models, owner/model/framework/variation/version.
        preset: how the first of them is served; empty: no model.
        vocabulary: harmony's, where the model needs it.
        competition: slug.
        competition_files: what must lie in the competition's folder.
        limits: Kaggle's.
    """

    name: str
    python: str
    platform: str | None
    engine: tuple[str, ...]
    engine_requirements: str | None
    engine_no_deps: bool
    engine_alias: str
    indexes: tuple[str, ...]
    gpu: str
    models: tuple[str, ...]
    preset: str
    vocabulary: Vocabulary | None
    competition: str
    competition_files: tuple[str, ...]
    limits: Limits


def read_target(name: str, path: Path = TARGETS) -> Target:
    """Read one target.

    Args:
        name: its table in the file.
        path: the file.

    Raises:
        UserError: the file cannot be read, or has no such target, or one without all its keys.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read {path.name}: {error}") from None
    competition, limits = tables.pop("competition", {}), tables.pop("limits", {})
    if name not in tables:
        raise UserError(f"{path.name} knows no target {name!r}; it has {', '.join(sorted(tables))}")
    try:
        return _target(name, tables[name], competition, limits)
    except (KeyError, TypeError) as error:
        raise UserError(f"{path.name}: target {name} lacks or mistakes {error}") from None


def _target(name: str, table: dict[str, Any], competition: dict[str, Any], limits: dict[str, Any]) -> Target:
    here = ".".join(platform.python_version_tuple()[:2])
    return Target(
        name=name,
        python=here if table["python"] == THIS else table["python"],
        platform=None if table["platform"] == THIS else table["platform"],
        engine=tuple(table["engine"]),
        engine_requirements=table.get("engine_requirements"),
        engine_no_deps=table.get("engine_no_deps", False),
        engine_alias=table.get("engine_alias", ""),
        indexes=tuple(table["indexes"]),
        gpu=table["gpu"],
        models=tuple(table["models"]),
        preset=table["preset"],
        vocabulary=Vocabulary(**table["vocabulary"]) if "vocabulary" in table else None,
        competition=competition["slug"],
        competition_files=tuple(competition["files"]),
        limits=Limits(**limits),
    )


def requirement_lines(target: Target, requirements: Path = REQUIREMENTS) -> dict[str, tuple[str, ...]]:
    """What each environment of the bundle needs.

    Args:
        target: names the engine's packages, or a file of its requirements.
        requirements: the submission's pins.

    Returns:
        Environment ("pipeline", and "engine" where there is one) to its requirement lines.

    Raises:
        UserError: a file cannot be read.
    """
    lines = _pins(requirements)
    engine = tuple(line for line in lines if _name(line) in target.engine)
    if target.engine_requirements is not None:
        named = target.engine_requirements
        engine = _pins(requirements.parent / named) if named else ()
    pipeline = tuple(line for line in lines if _name(line) not in target.engine)
    return {"pipeline": pipeline} | ({"engine": engine} if engine else {})


def _pins(path: Path) -> tuple[str, ...]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    stripped = (line.partition(" #")[0].strip() for line in text.splitlines())
    return tuple(line for line in stripped if line and not line.startswith("#"))


def _name(line: str) -> str:
    return line.partition("==")[0].partition("[")[0].strip().lower()
