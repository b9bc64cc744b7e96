"""The Python environment is made once, of pinned packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from prepare import environment
from prepare.environment import check_venv, ensure_environment
from prepare.told import ROOT, Missing


class TestEnsureEnvironment:
    """It is made where it is not whole; every package in it is pinned, and has its reason."""

    def test_an_environment_whose_python_vanished_is_made_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fake(folder: Path) -> None:
            (folder / "bin").mkdir(parents=True)
            (folder / "bin" / "python").touch()

        monkeypatch.setattr(environment, "build_environment", fake)
        python = ensure_environment(tmp_path)
        python.unlink()
        assert ensure_environment(tmp_path).exists()

    def test_every_requirement_is_pinned_and_has_its_reason(self) -> None:
        for name in ("requirements.txt", "requirements-dev.txt"):
            for line in (ROOT / name).read_text().splitlines():
                if line and not line.startswith("#"):
                    pin, _, reason = line.partition("#")
                    assert pin.count("==") == 1, line
                    assert reason.strip(), line

    @pytest.mark.parametrize("absent", ["venv", "ensurepip"])
    def test_names_the_debian_package_of_venv(self, absent: str) -> None:
        with pytest.raises(Missing, match="apt install python3-venv"):
            check_venv(lambda name: None if name == absent else object())
