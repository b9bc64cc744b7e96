"""Folders of the cache: where they are, what they are called, that each is made once."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from prepare.cache import cache_root, ensure_folder, environment_key
from prepare.told import Missing


class TestEnvironmentKey:
    """12 hex digits: the same for the same pins and Python, another when either changes."""

    def test_depends_on_both(self) -> None:
        key = environment_key(b"a==1\n", "3.11.2")
        assert len(key) == 12
        assert int(key, 16) >= 0
        assert key == environment_key(b"a==1\n", "3.11.2")
        assert key != environment_key(b"a==2\n", "3.11.2")
        assert key != environment_key(b"a==1\n", "3.12.0")

    def test_the_cache_follows_xdg_and_else_home(self) -> None:
        assert cache_root({"XDG_CACHE_HOME": "/c", "HOME": "/h"}) == Path("/c/aimo-pipeline")
        assert cache_root({"HOME": "/h"}) == Path("/h/.cache/aimo-pipeline")


class TestEnsureFolder:
    """A folder is made once; what has no marker is half-made and is made again."""

    def make(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "made").touch()

    def test_makes_it_once(self, tmp_path: Path) -> None:
        calls: list[Path] = []
        for _ in range(2):
            ensure_folder(tmp_path / "env", lambda folder: (calls.append(folder), self.make(folder)))
        assert calls == [tmp_path / "env"]
        assert (tmp_path / "env" / ".complete").exists()

    def test_a_half_made_one_is_removed_and_made_again(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "env").mkdir()
        (tmp_path / "env" / "rubbish").touch()
        ensure_folder(tmp_path / "env", self.make)
        assert sorted(path.name for path in (tmp_path / "env").iterdir()) == [".complete", "made"]
        assert "half-made" in capsys.readouterr().out

    def test_a_failed_one_leaves_nothing(self, tmp_path: Path) -> None:
        def fail(folder: Path) -> None:
            self.make(folder)
            raise Missing("no network")

        with pytest.raises(Missing):
            ensure_folder(tmp_path / "env", fail)
        assert not (tmp_path / "env").exists()

    def test_two_runs_at_once_make_it_once(self, tmp_path: Path) -> None:
        calls: list[Path] = []

        def slowly(folder: Path) -> None:
            calls.append(folder)
            time.sleep(0.3)
            self.make(folder)

        threads = [threading.Thread(target=ensure_folder, args=(tmp_path / "env", slowly)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=10)
        assert len(calls) == 1
