"""Lays a bundle out as Kaggle mounts it: a folder that stands in for /kaggle, with nothing else in it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aimo_pipeline.bundle.manifest import DATASET, Manifest
from aimo_pipeline.bundle.mounts import PACKAGE
from aimo_pipeline.bundle.notebook import FOLDER, NOTEBOOK
from aimo_pipeline.errors import UserError

STAND_IN = Path(__file__).with_name("standin")
Layout = Literal["nested", "flat"]
LAYOUTS: tuple[Layout, ...] = ("nested", "flat")
OWNER = "somebody"
EXECUTED = "__notebook__.ipynb"  # as Kaggle names it

# Of the same kind as the three rows of the competition's public test set.
DUMMY_PROBLEMS = """\
"id","problem"
"0a0a0a","What is $7-7$?"
"1b1b1b","What is $12\\times0$?"
"2c2c2c","Solve $9+x=9$ for $x$."
"""


@dataclass(frozen=True)
class Staged:
    """The tree: its root, and where the parts' folders were put."""

    root: Path
    competition: Path

    @property
    def working(self) -> Path:
        """Where the notebook runs and leaves its output."""
        return self.root / "working"


def stage(
    dist: Path,
    manifest: Manifest,
    root: Path,
    *,
    layout: Layout,
    models: dict[str, Path],
    evaluation: Path | None,
) -> Staged:
    """Build the tree.

    Args:
        dist: the bundle.
        manifest: the bundle's.
        root: stands in for /kaggle; must be empty.
        layout: "nested" is /kaggle/input/datasets/<owner>/<slug> and the like, "flat" /kaggle/input/<slug>.
        models: Kaggle's name of a model to a folder on this machine.
        evaluation: folder with the competition's own files; None: the stand-in and three dummy problems.

    Raises:
        UserError: `evaluation` is not a folder.
    """
    mounted = root / "input"
    for name, part in manifest.parts.items():
        place = mounted / "datasets" / OWNER / part.slug if layout == "nested" else mounted / part.slug
        link_tree(dist / name, place)
    for model, folder in models.items():
        owner, *rest = model.split("/")
        _link_folder(folder, mounted.joinpath(*(["models", owner] if layout == "nested" else []), *rest))
    competition = mounted / "competitions" if layout == "nested" else mounted
    _put_competition(competition / manifest.competition, evaluation)
    staged = Staged(root, competition / manifest.competition)
    staged.working.mkdir()
    shutil.copyfile(dist / FOLDER / NOTEBOOK.name, staged.working / EXECUTED)
    return staged


def link_tree(source: Path, place: Path) -> None:
    """The same files under another name, without a second copy of their bytes where that can be had."""
    shutil.copytree(source, place, copy_function=_link, ignore=shutil.ignore_patterns(DATASET))


def _link(source: str, place: str) -> None:
    try:
        os.link(source, place)
    except OSError:  # another file system
        shutil.copyfile(source, place)


def _link_folder(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(source.absolute(), target_is_directory=True)


def _put_competition(folder: Path, evaluation: Path | None) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    if evaluation is not None:
        if not evaluation.is_dir():
            raise UserError(f"{evaluation} is not a folder")
        link_tree(evaluation, folder)
        return
    shutil.copytree(STAND_IN, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "test.csv").write_text(DUMMY_PROBLEMS, encoding="utf-8")
    ids = [line.split(",")[0] for line in DUMMY_PROBLEMS.splitlines()[1:]]
    rows = "".join(f"{id_},0\n" for id_ in ids)
    (folder / "sample_submission.csv").write_text(f'"id","answer"\n{rows}', encoding="utf-8")


def holds_package(folder: Path) -> bool:
    """Whether a folder holds kaggle_evaluation."""
    return (folder / PACKAGE).is_dir()
