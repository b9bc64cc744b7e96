"""The notebook's folder for Kaggle: the generated notebook and what it is to be run with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from aimo_pipeline.bundle.manifest import Manifest
from aimo_pipeline.bundle.target import ROOT

NOTEBOOK = ROOT / "notebooks" / "submission.ipynb"
FOLDER = "notebook"
METADATA = "kernel-metadata.json"
KERNEL_SLUG = "trace-to-lean"
# Stands where the user's Kaggle name belongs until upload knows it.
NOBODY = "your-kaggle-name"


def kernel_metadata(manifest: Manifest, *, owner: str) -> dict[str, object]:
    """What `kaggle kernels push` reads.

    Args:
        manifest: its data sets, competition and models are attached.
        owner: the user's name on Kaggle.
    """
    return {
        "id": f"{owner}/{KERNEL_SLUG}",
        "title": KERNEL_SLUG,
        "code_file": NOTEBOOK.name,
        "language": "python",
        "kernel_type": "notebook",
        "is_private": True,
        "enable_gpu": bool(manifest.gpu),
        "enable_tpu": False,
        "enable_internet": False,
        "dataset_sources": [f"{owner}/{part.slug}" for part in manifest.parts.values()],
        "competition_sources": [manifest.competition],
        "kernel_sources": [],
        "model_sources": list(manifest.models),
    }


def dataset_metadata(slug: str, *, owner: str) -> dict[str, object]:
    """What `kaggle datasets create` and `version` read."""
    return {"title": slug, "id": f"{owner}/{slug}", "licenses": [{"name": "other"}]}


def write_notebook(dist: Path, manifest: Manifest, *, owner: str) -> None:
    """Put the notebook and its metadata into dist/notebook/."""
    folder = dist / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(NOTEBOOK, folder / NOTEBOOK.name)
    write_json(folder / METADATA, kernel_metadata(manifest, owner=owner))


def write_json(path: Path, record: object) -> None:
    """Write a JSON file for people and programs."""
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
