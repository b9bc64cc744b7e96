"""A packed Lean toolchain travels with a bundle: packed, mounted in both layouts, handed over and found.

The toolchain is a stand-in of a few bytes; test_lean.py proves that a pack works once it is unpacked.
"""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest

from aimo_pipeline.bundle.handover import told
from aimo_pipeline.bundle.manifest import MANIFEST, read_manifest
from aimo_pipeline.bundle.mounts import MountMissing, find_mounts
from aimo_pipeline.bundle.pack import pack
from aimo_pipeline.bundle.stage import LAYOUTS, Layout, stage
from aimo_pipeline.bundle.target import read_target
from aimo_pipeline.config import config_from_environ
from aimo_pipeline.verify.engine import find_packed
from aimo_pipeline.verify.packed import PackedPart, PackedToolchain, write_packed
from tests.bundle.conftest import small_contents

PART = "lean-000.tar.zst"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A small bundle with a pack of one part."""
    lean, data = tmp_path / "pack", b"not a toolchain"
    lean.mkdir()
    (lean / PART).write_bytes(data)
    part = PackedPart(PART, len(data), hashlib.sha256(data).hexdigest(), len(data))
    write_packed(PackedToolchain(lean, "Lean (stand-in)", (part,)))
    contents = dataclasses.replace(small_contents(tmp_path / "store"), lean=lean)
    pack(contents, read_target("cpu"), tmp_path / "dist", owner="nobody")
    return tmp_path / "dist"


class TestLeanInABundle:
    """It is a data set of its own under the manifest's hashes, and the pipeline is told where it is."""

    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_the_mounted_pack_is_what_the_pipeline_finds(
        self, dist: Path, tmp_path: Path, layout: Layout
    ) -> None:
        manifest, root = read_manifest(dist / MANIFEST), tmp_path / "kaggle"
        stage(dist, manifest, root, layout=layout, models={}, evaluation=None)
        mounts = find_mounts(manifest, root / "input")
        config = config_from_environ(told({}, manifest, mounts, root))
        assert config.verify.toolchain == mounts.parts["lean"]
        found = find_packed(config.verify)
        assert found is not None
        assert (found.lean, [part.file for part in found.parts]) == ("Lean (stand-in)", [PART])

    def test_a_part_that_is_not_mounted_is_named(self, dist: Path, tmp_path: Path) -> None:
        manifest, root = read_manifest(dist / MANIFEST), tmp_path / "kaggle"
        stage(dist, manifest, root, layout="flat", models={}, evaluation=None)
        (root / "input" / manifest.parts["lean"].slug / PART).unlink()
        with pytest.raises(MountMissing, match=PART):
            find_mounts(manifest, root / "input")

    def test_without_a_pack_the_pipeline_is_told_of_none(self, packed: Path, tmp_path: Path) -> None:
        manifest, root = read_manifest(packed / MANIFEST), tmp_path / "kaggle"
        stage(packed, manifest, root, layout="flat", models={}, evaluation=None)
        assert "AIMO_LEAN_TOOLCHAIN" not in told({}, manifest, find_mounts(manifest, root / "input"), root)
