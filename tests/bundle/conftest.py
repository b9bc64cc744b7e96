"""Small bundles: the package as it is, with wheels of a few hundred bytes in place of the real ones.

The environment that such a bundle makes is real, and so is its uv; its one wheel leads it to the packages of
the environment that runs the tests.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import sys
import sysconfig
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from uv import find_uv_bin

from aimo_pipeline.bundle.manifest import MANIFEST, Limits, Manifest, read_manifest
from aimo_pipeline.bundle.pack import Contents, describe, pack, seal
from aimo_pipeline.bundle.target import Target, read_target
from aimo_pipeline.bundle.wheels import Wheel, lock_text

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def make_wheel(
    folder: Path, name: str, files: Mapping[str, str], *, version: str = "1.0", tag: str = "py3-none-any"
) -> Path:
    """A wheel with these files; installers accept it."""
    folder.mkdir(parents=True, exist_ok=True)
    path, info = folder / f"{name}-{version}-{tag}.whl", f"{name}-{version}.dist-info"
    about = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    everything = {**files, **about}
    record = "".join(f"{entry},,\n" for entry in [*everything, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for entry, text in {**everything, f"{info}/RECORD": record}.items():
            archive.writestr(entry, text)
    return path


def as_wheel(path: Path) -> Wheel:
    """What the lock says of such a wheel."""
    name, version = path.name.split("-")[:2]
    data = path.read_bytes()
    return Wheel(name, version, path.name, path.as_uri(), hashlib.sha256(data).hexdigest(), len(data))


@dataclass
class SmallBundle:
    """A bundle that a test may damage."""

    dist: Path
    target: Target

    @property
    def manifest(self) -> Manifest:
        return read_manifest(self.dist / MANIFEST)

    @property
    def wheels(self) -> Path:
        return self.dist / "wheels" / "files"

    def edit(self, file: str, old: str, new: str) -> None:
        """Change the package inside the bundle."""
        path = self.dist / "code" / "aimo_pipeline" / file
        text = path.read_text()
        assert old in text, f"{file} no longer holds {old!r}"
        path.unlink()  # hard links lead to the same file elsewhere
        path.write_text(text.replace(old, new))

    def before_serving(self, statement: str) -> None:
        """Let the pipeline's process do something before it serves."""
        call = "    report = server.run("
        self.edit("cli/notebook.py", call, f"    {statement}\n{call}")

    def add_engine(self) -> Path:
        """An environment for a model server, with one package; its folder of wheels."""
        folder = self.dist / "engine"
        wheel = make_wheel(folder / "files", "served", {"served.py": "X = 1\n"})
        (folder / "engine.lock.txt").write_text(lock_text([as_wheel(wheel)]))
        return folder / "files"

    def seal(self, **limits: float) -> None:
        """Hash anew, as if the bundle had been made like this."""
        changed = dataclasses.replace(self.target.limits, **limits)
        self.target = dataclasses.replace(self.target, limits=changed)
        names = ("pipeline", "engine") if (self.dist / "engine").is_dir() else ("pipeline",)
        manifest = describe(self.dist, self.target, names, {})
        seal(self.dist, manifest, owner="nobody")


@pytest.fixture
def cpu_target() -> Target:
    """This machine, with limits that a small bundle keeps."""
    return dataclasses.replace(read_target("cpu"), limits=Limits(60.0, 10**9, 50, 10**7, 100))


def small_contents(folder: Path) -> Contents:
    """The two wheels of a small bundle."""
    packages = sysconfig.get_paths()["purelib"]
    linked = make_wheel(folder, "linked", {"linked.pth": f"{packages}\n"})
    script = {"uv-1.0.data/scripts/uv": f'#!/bin/sh\nexec {find_uv_bin()} "$@"\n'}
    wheels = [linked, make_wheel(folder, "uv", script), make_wheel(folder, "tiny", {"tiny.py": "X = 1\n"})]
    return Contents(
        {"pipeline": [as_wheel(path) for path in wheels]}, {path.name: path for path in wheels}, None
    )


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small bundle that no test changes."""
    folder = tmp_path_factory.mktemp("bundle")
    pack(small_contents(folder / "store"), read_target("cpu"), folder / "dist", owner="nobody")
    return folder / "dist"


@pytest.fixture
def small(packed: Path, tmp_path: Path, cpu_target: Target) -> SmallBundle:
    """A copy of it."""
    shutil.copytree(packed, tmp_path / "dist")
    bundle = SmallBundle(tmp_path / "dist", cpu_target)
    bundle.seal()
    return bundle


@pytest.fixture
def open_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Folders that every user can enter, as Kaggle's are: the sandbox's programs have a user of their own."""

    def make() -> Path:
        folder = tmp_path_factory.mktemp("kaggle")
        for place in (folder, folder.parent, folder.parent.parent):
            place.chmod(0o755)
        return folder

    return make
