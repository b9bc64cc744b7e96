from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from aimo_pipeline.bundle.alias import alias_wheel
from aimo_pipeline.bundle.install import InstallFailed, Source, compile_bytecode, make_environment, unpack_uv
from aimo_pipeline.bundle.wheels import lock_text
from aimo_pipeline.deadline import MonotonicClock
from tests.bundle.conftest import as_wheel, make_wheel, small_contents


@pytest.fixture
def uv(tmp_path: Path) -> Path:
    small_contents(tmp_path / "store")
    found = unpack_uv(tmp_path / "store", tmp_path / "bin")
    assert found is not None and os.access(found, os.X_OK)
    return found


@pytest.fixture
def source(tmp_path: Path) -> Source:
    wheel = as_wheel(make_wheel(tmp_path / "wheels", "tiny", {"tiny/__init__.py": "X = 1\n"}))
    lock = tmp_path / "lock.txt"
    lock.write_text(lock_text([wheel]))
    return Source(tmp_path / "wheels", lock)


def make(folder: Path, source: Source, uv: Path | None) -> Path:
    work = make_environment(folder, source, uv=uv, clock=MonotonicClock(), timeout_s=120.0)
    return asyncio.run(work)


def imported(python: Path, code: str) -> str:
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


class TestMakeEnvironment:
    """An environment holds what the lock says and nothing of the image's; what fails is said in one line."""

    @pytest.mark.parametrize("with_uv", [True, False])
    def test_installs_apart_from_the_images_packages(
        self, tmp_path: Path, source: Source, uv: Path, with_uv: bool
    ) -> None:
        python = make(tmp_path / "env", source, uv if with_uv else None)
        assert imported(python, "import tiny; print(tiny.X)") == "1"
        found = "import importlib.util as u; print(u.find_spec('polars'))"
        assert imported(python, found) == "None"

    def test_a_complete_one_is_taken_and_half_a_one_is_made_again(
        self, tmp_path: Path, source: Source, uv: Path
    ) -> None:
        (tmp_path / "env").mkdir()
        (tmp_path / "env" / "rubbish").touch()
        make(tmp_path / "env", source, uv)
        assert not (tmp_path / "env" / "rubbish").exists()
        (tmp_path / "env" / "mark").touch()
        make(tmp_path / "env", source, uv)
        assert (tmp_path / "env" / "mark").exists()

    def test_a_wheel_with_another_hash_is_refused(self, tmp_path: Path, source: Source, uv: Path) -> None:
        make_wheel(source.wheels, "tiny", {"tiny/__init__.py": "X = 2\n"})
        with pytest.raises(InstallFailed, match="(?i)cannot install from .*hash") as caught:
            make(tmp_path / "env", source, uv)
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "env" / ".complete").exists()

    def test_a_missing_wheel_is_named(self, tmp_path: Path, source: Source, uv: Path) -> None:
        next(source.wheels.iterdir()).unlink()
        with pytest.raises(InstallFailed, match="cannot install from the mounted wheels: .*tiny"):
            make(tmp_path / "env", source, uv)

    def test_the_users_own_settings_lead_nowhere(
        self, tmp_path: Path, source: Source, uv: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("UV_INDEX_URL", "http://127.0.0.1:9/")
        monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
        assert imported(make(tmp_path / "env", source, uv), "import tiny") == ""

    def test_bytecode_is_compiled_for_the_named_packages(
        self, tmp_path: Path, source: Source, uv: Path
    ) -> None:
        python = make(tmp_path / "env", source, uv)
        asyncio.run(compile_bytecode(python, ("tiny", "not-there"), clock=MonotonicClock()))
        assert list((tmp_path / "env").glob("lib/*/site-packages/tiny/__pycache__/*.pyc"))


def test_an_alias_puts_another_name_into_the_environment(tmp_path: Path, uv: Path) -> None:
    wheel = alias_wheel(tmp_path / "made", "vllm", "0.32.0+cpu")
    assert alias_wheel(tmp_path / "again", "vllm", "0.32.0+cpu").sha256 == wheel.sha256
    (tmp_path / "lock.txt").write_text(lock_text([wheel]))
    python = make(tmp_path / "env", Source(tmp_path / "made", tmp_path / "lock.txt"), uv)
    assert imported(python, "from importlib.metadata import version; print(version('vllm'))") == "0.32.0+cpu"


def test_a_bundle_without_uv_says_so(tmp_path: Path) -> None:
    assert unpack_uv(tmp_path, tmp_path / "bin") is None
