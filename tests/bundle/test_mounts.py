from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from aimo_pipeline.bundle.mounts import MountMissing, find_competition, find_model, find_mounts
from aimo_pipeline.bundle.stage import LAYOUTS, Layout, stage
from tests.bundle.conftest import SmallBundle

MODEL = "maker/small/Transformers/default/1"


@pytest.fixture
def with_model(small: SmallBundle, tmp_path: Path) -> tuple[SmallBundle, Path]:
    small.target = dataclasses.replace(small.target, models=(MODEL,))
    small.seal()
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    return small, tmp_path / "model"


def mounted(small: SmallBundle, root: Path, layout: Layout, model: Path) -> Path:
    manifest = small.manifest
    stage(small.dist, manifest, root, layout=layout, models={MODEL: model}, evaluation=None)
    return root / "input"


class TestFindMounts:
    """Everything is found in both of Kaggle's layouts and under any slug; what is not there is named."""

    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_finds_all_in_both_layouts(
        self, with_model: tuple[SmallBundle, Path], tmp_path: Path, layout: Layout
    ) -> None:
        small, model = with_model
        found = find_mounts(small.manifest, mounted(small, tmp_path / "root", layout, model))
        assert sorted(found.parts) == ["code", "wheels"]
        assert all(str(folder).startswith(str(tmp_path / "root")) for folder in found.parts.values())
        assert (found.competition / "test.csv").is_file()
        assert (found.models[MODEL] / "config.json").is_file()

    def test_a_data_set_under_another_slug_is_known_by_its_contents(
        self, with_model: tuple[SmallBundle, Path], tmp_path: Path
    ) -> None:
        small, model = with_model
        place = mounted(small, tmp_path / "root", "flat", model)
        (place / small.manifest.parts["wheels"].slug).rename(place / "renamed-by-the-user")
        assert find_mounts(small.manifest, place).parts["wheels"].name == "renamed-by-the-user"

    def test_an_older_version_is_told_from_none_at_all(
        self, with_model: tuple[SmallBundle, Path], tmp_path: Path
    ) -> None:
        small, model = with_model
        place = mounted(small, tmp_path / "root", "flat", model)
        wheels = place / small.manifest.parts["wheels"].slug
        (wheels / "part.json").unlink()
        (wheels / "part.json").write_text('{"part": "wheels", "sha256": "old"}')
        with pytest.raises(MountMissing, match="holds another version"):
            find_mounts(small.manifest, place)
        shutil.rmtree(wheels)
        with pytest.raises(MountMissing, match="is not mounted under .*; attach it to the notebook"):
            find_mounts(small.manifest, place)

    def test_a_wheel_that_did_not_arrive_whole_is_named(
        self, with_model: tuple[SmallBundle, Path], tmp_path: Path
    ) -> None:
        small, model = with_model
        place = mounted(small, tmp_path / "root", "nested", model)
        wheel = next(place.rglob("tiny-*.whl"))
        wheel.unlink()
        with pytest.raises(MountMissing, match=f"the wheel {wheel.name} is missing from the part wheels"):
            find_mounts(small.manifest, place)
        wheel.write_bytes(b"half")
        with pytest.raises(MountMissing, match="has 4 bytes instead of"):
            find_mounts(small.manifest, place)


class TestFindModel:
    """A model's name spells its path, in either layout; a folder without config.json is no model."""

    @pytest.mark.parametrize(
        "path", ["models/maker/small/Transformers/default/1", "small/transformers/default/1"]
    )
    def test_finds_it(self, tmp_path: Path, path: str) -> None:
        (tmp_path / path).mkdir(parents=True)
        with pytest.raises(MountMissing, match="has no config.json"):
            find_model(MODEL, tmp_path)
        (tmp_path / path / "config.json").touch()
        assert find_model(MODEL, tmp_path) == tmp_path / path

    def test_names_one_that_is_not_mounted(self, tmp_path: Path) -> None:
        with pytest.raises(MountMissing, match=f"the model {MODEL} is not mounted"):
            find_model(MODEL, tmp_path)


def test_a_competition_that_is_not_attached_is_named(small: SmallBundle, tmp_path: Path) -> None:
    with pytest.raises(MountMissing, match="the competition .* is not mounted under .*; attach it"):
        find_competition(small.manifest, tmp_path)
