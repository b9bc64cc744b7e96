"""The compiled library: when it is compiled, by whom, and what a killed build leaves to the next one."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections import Counter
from pathlib import Path

import pytest

from aimo_pipeline.errors import EngineUnavailable
from aimo_pipeline.verify.library import build_library, library_folder, library_in_order

LONG_AGO_S = 1_000_000_000


class Lean:
    """What compiles a file here: it copies it, and stops or fails at one."""

    def __init__(self, sources: Path, home: Path, *, stops_at: str = "", fails_at: str = "") -> None:
        self.sources, self.stops_at, self.fails_at = sources, stops_at, fails_at
        self.folder = library_folder(home, sources, "a Lean")
        self.compiled: Counter[str] = Counter()

    async def compile(self, source: Path, target: Path, lean_path: Path) -> None:
        """See library.Compile."""
        target.with_suffix(".ir").write_text("half of it")
        await asyncio.sleep(0.01)
        if source.stem == self.stops_at:
            raise KeyboardInterrupt
        if source.stem == self.fails_at:
            raise EngineUnavailable(f"{source.name} does not compile")
        target.write_text(source.read_text())
        self.compiled[source.stem] += 1

    def build(self) -> Path:
        return asyncio.run(build_library(self.compile, self.sources, self.folder))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources" / "TraceToLean"
    folder.mkdir(parents=True)
    (folder / "One.lean").write_text("module\n")
    (folder / "Two.lean").write_text("module\n\npublic import TraceToLean.One\n")
    (folder / "Three.lean").write_text("module\n\npublic import TraceToLean.Two\n")
    return tmp_path / "sources"


def left(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir())


class TestBuilding:
    """The folder appears whole; one that was cut off is gone on with; a file that fails leaves nothing."""

    def test_all_files_are_there_in_the_end_and_nothing_else(self, sources: Path, home: Path) -> None:
        folder = Lean(sources, home).build()
        assert left(home) == [folder.name]
        names = sorted(path.name for path in (folder / "TraceToLean").iterdir())
        assert names == sorted(
            f"{stem}.{kind}" for stem in ("One", "Two", "Three") for kind in ("ir", "olean")
        )
        assert [path.name for path in folder.iterdir()] == ["TraceToLean"]

    def test_after_it_was_cut_off_only_what_was_missing_is_compiled(self, sources: Path, home: Path) -> None:
        first, second = Lean(sources, home, stops_at="Two"), Lean(sources, home)
        with pytest.raises(KeyboardInterrupt):
            first.build()
        assert not first.folder.exists()
        second.build()
        assert (first.compiled, second.compiled) == (Counter(["One"]), Counter(["Two", "Three"]))
        assert left(home) == [second.folder.name]

    def test_what_does_not_compile_leaves_no_folder(self, sources: Path, home: Path) -> None:
        with pytest.raises(EngineUnavailable, match=r"Two\.lean does not compile"):
            Lean(sources, home, fails_at="Two").build()
        assert left(home) == []

    def test_of_two_builders_one_works_and_both_are_served(self, sources: Path, home: Path) -> None:
        one, other = Lean(sources, home), Lean(sources, home)

        async def both() -> list[Path]:
            builds = (build_library(lean.compile, sources, lean.folder) for lean in (one, other))
            return await asyncio.gather(*builds)

        assert asyncio.run(both()) == [one.folder, one.folder]
        assert one.compiled + other.compiled == Counter(["One", "Two", "Three"])
        assert left(home) == [one.folder.name]

    def test_a_folder_that_cannot_be_written_is_told(self, sources: Path, tmp_path: Path) -> None:
        with pytest.raises(EngineUnavailable, match="can't be written"):
            Lean(sources, tmp_path / "nowhere").build()


class TestHalves:
    """A build removes what no live process is filling, and nothing else."""

    def test_the_halves_of_dead_builds_are_removed(self, sources: Path, home: Path) -> None:
        (home / "trace-to-lean-dead.part" / "TraceToLean").mkdir(parents=True)
        (home / "trace-to-lean-other").mkdir()
        folder = Lean(sources, home).build()
        assert left(home) == sorted([folder.name, "trace-to-lean-other"])

    def test_one_that_a_process_has_stays(self, sources: Path, home: Path) -> None:
        half = home / "trace-to-lean-alive.part"
        half.mkdir()
        handle = os.open(half, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            Lean(sources, home).build()
        finally:
            os.close(handle)
        assert half.name in left(home)

    def test_of_those_without_a_lock_the_old_ones_are_removed(self, sources: Path, home: Path) -> None:
        old, new = home / "trace-to-lean-a.part-x1", home / "trace-to-lean-a.part-x2"
        for half in (old, new):
            (half / "TraceToLean").mkdir(parents=True)
        for path in (old, old / "TraceToLean"):
            os.utime(path, (LONG_AGO_S, LONG_AGO_S))
        Lean(sources, home).build()
        assert new.name in left(home) and old.name not in left(home)


class TestInOrder:
    """The files one after another, without what makes each a file of its own; each line keeps its number."""

    def test_each_comes_after_what_it_imports_and_imports_nothing(self, sources: Path) -> None:
        (sources / "TraceToLean" / "Two.lean").write_text(
            "module\n\npublic import TraceToLean.One\n\n-- module and public import\ndef two := 2\n"
        )
        one, two, three = library_in_order(sources)
        assert (one.strip(), three.strip()) == ("", "")
        assert two.split("\n") == ["", "", "", "", "-- module and public import", "def two := 2", ""]

    def test_files_that_import_each_other_are_told(self, sources: Path) -> None:
        (sources / "TraceToLean" / "One.lean").write_text("module\n\npublic import TraceToLean.Three\n")
        with pytest.raises(EngineUnavailable, match="form a circle"):
            library_in_order(sources)
