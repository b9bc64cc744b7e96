"""A Lean toolchain from a mirror: fetched, built, pruned, packed, unpacked elsewhere and tried.

The release on the mirror is a fake, and says so: it has the layout and the names of an official one, but its
`lean` is Lean 4.35's library called by ctypes (tests/fixtures/lean_native.py), and its Init a few lines.
"""

from __future__ import annotations

import asyncio
import hashlib
import http.server
import json
import shutil
import tarfile
import threading
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import zstandard
from typer.testing import CliRunner

import build_submission
from aimo_pipeline.__main__ import app
from aimo_pipeline.bundle import lean as packing
from aimo_pipeline.bundle.lean_files import imported_files, needed_files
from aimo_pipeline.bundle.lean_release import Release, fetch_archive, find_release, pinned_version, root_of
from aimo_pipeline.cli import toolchain
from aimo_pipeline.config import VerifyConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.errors import EngineUnavailable, UserError
from aimo_pipeline.observe.journal import Journal, read_journal
from aimo_pipeline.verify import engine as engines
from aimo_pipeline.verify import ready
from aimo_pipeline.verify.document import SENTINEL
from aimo_pipeline.verify.engine import LeanDocument, Theorem, find_packed, self_test
from aimo_pipeline.verify.official import open_official
from aimo_pipeline.verify.packed import TOOLCHAIN, PackedToolchain, read_packed, unpack
from aimo_pipeline.verify.ready import Lean
from tests.bundle.test_download import Index
from tests.lean_native import CORE, NativeLean

PROJECT = Path("lean_toolchain")
VERSION = pinned_version(PROJECT / "lean-toolchain")
FILE = f"lean-{VERSION[1:]}-linux.tar.zst"
CANARIES = LeanDocument(
    ("TraceToLean.Small",),
    "",
    (Theorem("canary_true", "True", "by decide"), Theorem("canary_false", "False", "by decide")),
)
READABLE = f"import TraceToLean.Small\ntheorem t : True := by decide\n{SENTINEL}\n"
SOURCES = packing.Sources(CORE, CANARIES, (READABLE,))
CONFIG = VerifyConfig()
# What an official release has beside what a check reads.
IDLE = ("bin/clang", "include/lean/lean.h", "lib/lean/libLean.a", "lib/lean/Init.ilean", "share/doc/x.txt",
        "lib/lean/Lake.olean")  # fmt: skip


@pytest.fixture(scope="module")
def mirror(native_lean: NativeLean, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fake release, below the host names of the real one."""
    root = tmp_path_factory.mktemp("mirror")
    inside = root / "unpacked" / f"lean-{VERSION[1:]}-linux"
    shutil.copytree(native_lean.toolchain, inside, ignore=shutil.ignore_patterns("library"))
    for name in (*IDLE, "LICENSE"):
        (inside / name).parent.mkdir(parents=True, exist_ok=True)
        (inside / name).write_text("idle")
    source = inside / "src" / "lean" / "Init.lean"
    source.parent.mkdir(parents=True)
    source.write_text("prelude\n")
    download = root / "github.com/leanprover/lean4/releases/download" / VERSION
    download.mkdir(parents=True)
    with (download / FILE).open("wb") as stream, zstandard.ZstdCompressor().stream_writer(stream) as writer:
        with tarfile.open(fileobj=writer, mode="w|") as archive:
            archive.add(inside, arcname=inside.name)
    digest = hashlib.sha256((download / FILE).read_bytes()).hexdigest()
    size = (download / FILE).stat().st_size
    asset = {"name": FILE, "digest": f"sha256:{digest}", "size": size}
    listed = root / "api.github.com/repos/leanprover/lean4/releases/tags"
    listed.mkdir(parents=True)
    (listed / VERSION).write_text(json.dumps({"assets": [{"name": f"lean-{VERSION[1:]}-darwin.zip"}, asset]}))
    return root


@pytest.fixture(scope="module")
def packed(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> PackedToolchain:
    """The whole way from the mirror to the parts."""
    return make_pack(mirror, tmp_path_factory.mktemp("work"))


def make_pack(mirror: Path, work: Path) -> PackedToolchain:
    archive = fetch_archive(find_release(VERSION, root_of(str(mirror))), work / "store", lambda *_: None)
    folder = packing.unpack_archive(archive, work / "toolchain")
    words = asyncio.run(packing.build(folder, SOURCES, CONFIG, MonotonicClock()))
    roots, searched = ["TraceToLean.Small"], [folder / "src" / "lean", CORE]
    files = needed_files(folder, roots, searched)
    warm = imported_files(folder, roots, searched)
    return packing.pack(folder, files, words, work / "pack", lambda _: None, warm=warm, part_bytes=4096)


@pytest.fixture
def copy(packed: PackedToolchain, tmp_path: Path) -> PackedToolchain:
    """A pack that a test may spoil."""
    shutil.copytree(packed.folder, tmp_path / "pack")
    found = read_packed(tmp_path / "pack")
    assert found is not None
    return found


class Unranged(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, whole files only, and writes no log."""

    def log_message(self, *_: Any) -> None:
        """Silence."""


@pytest.fixture
def loopback(mirror: Path) -> Iterator[str]:
    """The mirror as a server on this machine."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Unranged, directory=str(mirror)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Cutting(Index):
    """A mirror that ends its first answers about the archive early."""

    cuts = [3_000, 3_000, 3_000]

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        if request.path.endswith(FILE) and self.cuts:
            self.cut_after = self.cuts.pop()
        super().answer(request)


@pytest.mark.lean
class TestTheCommand:
    """`build_submission.py toolchain`, the whole of it, from a server on this machine."""

    def test_a_cut_is_told_and_the_next_run_goes_on_and_ends_with_a_pack_that_was_tried(
        self, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shutil.copytree(CORE, tmp_path / "project")
        (tmp_path / "project/TraceToLean.lean").write_text("module\npublic import TraceToLean.Small\n")
        (tmp_path / "project/lean-toolchain").write_text(f"leanprover/lean4:{VERSION}\n")
        monkeypatch.setattr(toolchain, "PROJECT", packing.Sources(tmp_path / "project", CANARIES))
        served = Cutting(mirror)
        monkeypatch.setenv("AIMO_MIRROR", f"http://127.0.0.1:{served.server.server_port}")
        monkeypatch.setenv("HOME", str(tmp_path))
        try:
            order = ["toolchain", "--output", str(tmp_path / "pack")]
            cut, whole = (CliRunner().invoke(app, order) for _ in range(2))
        finally:
            served.server.shutdown()
            served.server.server_close()
        assert cut.exit_code == 2
        assert "error: cannot fetch" in cut.output and "run toolchain again to go on" in cut.output
        assert whole.exit_code == 0, whole.output
        assert served.ranges[-1] == "bytes=9000-"
        assert "fetching" in whole.output and "packing" in whole.output
        assert "without network: one theorem proved, one refuted" in whole.output
        packed = read_packed(tmp_path / "pack")
        assert packed is not None and packed.warm

    def test_every_command_that_the_script_hands_on_is_one_of_the_package(self) -> None:
        known = {command.name or command.callback.__name__ for command in app.registered_commands}
        assert set(build_submission.PACKAGED) <= known


@pytest.mark.lean
class TestThePack:
    """It holds what a check reads and nothing else, and works where it is unpacked, without network."""

    def test_it_holds_nothing_that_no_check_reads(self, packed: PackedToolchain, tmp_path: Path) -> None:
        folder = unpack(packed, tmp_path).folder
        files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        library = {name for name in files if name.startswith("trace-to-lean-")}
        assert len(library) >= 1
        assert {"bin/lean", "lib/lean/Init.olean", "LICENSE"} <= files - library
        assert not files & set(IDLE)

    def test_a_text_that_it_cannot_read_is_told(self, packed: PackedToolchain) -> None:
        lacking = packing.Sources(CORE, CANARIES, (f"import Mathlib\n{SENTINEL}\n",))
        with pytest.raises(UserError, match="unknown module prefix 'Mathlib'"):
            asyncio.run(packing.prove(packed, lacking, CONFIG, MonotonicClock()))

    def test_a_pack_without_our_library_is_told(self, mirror: Path, tmp_path: Path) -> None:
        archive = fetch_archive(find_release(VERSION, root_of(str(mirror))), tmp_path, lambda *_: None)
        folder = packing.unpack_archive(archive, tmp_path / "toolchain")
        files = needed_files(folder, ["TraceToLean.Small"], [folder / "src" / "lean", CORE])
        bare = packing.pack(
            folder, files, "Lean", tmp_path / "pack", lambda _: None, warm=(), part_bytes=1 << 20
        )
        with pytest.raises(UserError, match="lacks our compiled library"):
            asyncio.run(packing.prove(bare, SOURCES, CONFIG, MonotonicClock()))

    def test_at_start_up_it_is_unpacked_warmed_and_used_once_it_told_true_from_false(
        self, packed: PackedToolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setattr(engines, "open_official", partial(open_official, sources=CORE))
        monkeypatch.setattr(ready, "self_test", partial(self_test, canaries=CANARIES))
        engine, (unpacked, told) = start(packed, tmp_path)
        assert engine == "official"
        assert (unpacked["type"], told["type"]) == ("LeanUnpacked", "EngineReady")
        assert unpacked["unpacked_bytes"] == packed.unpacked_bytes
        assert unpacked["unpack_s"] > 0 and unpacked["warm_s"] >= 0 and told["seconds"] > 0
        # A document that is no module reads all files of the modules that it imports.
        (folder,) = engines.cache_folder().glob("lean-*")
        kinds = (".olean", ".olean.server", ".olean.private", ".ir", ".ir.sig")
        library = next(folder.glob("trace-to-lean-*"))
        read = [path.with_suffix(kind) for path in (folder / "lib/lean/Init", library / "TraceToLean/Small")
                for kind in kinds]  # fmt: skip
        assert unpacked["warmed_bytes"] == sum(path.stat().st_size for path in read)
        again, (told, _) = start(packed, tmp_path / "again")
        assert again == "official" and told["unpacked_bytes"] == 0

    def test_a_lean_that_fails_the_canaries_is_not_trusted(
        self, packed: PackedToolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        # The fake release has no Init, so our real library cannot be compiled with it.
        engine, events = start(packed, tmp_path)
        assert engine is None
        assert [event["type"] for event in events] == ["LeanUnpacked", "EngineMissing"]


def start(packed: PackedToolchain, journals: Path) -> tuple[str | None, list[Any]]:
    """What a run does first: the engine's name, and what the journal tells."""
    config = VerifyConfig(engine="official", toolchain=packed.folder)
    assert find_packed(config) == packed

    async def begin() -> str | None:
        clock = MonotonicClock()
        with Journal.open(journals / "j", clock) as journal:
            async with Lean.opened(config, journal=journal, clock=clock) as lean:
                engine = await lean.engine(Deadline.after(60.0, clock))
                return engine and engine.name

    engine = asyncio.run(begin())
    of_lean = ("LeanUnpacked", "EngineReady", "EngineMissing")
    return engine, [event for event in read_journal(journals / "j") if event["type"] in of_lean]


@pytest.mark.lean
class TestFaults:
    """Each fault is one line that says what to do; nothing half-made is used."""

    def test_a_changed_part_is_refused(self, copy: PackedToolchain, tmp_path: Path) -> None:
        place = copy.folder / copy.parts[1].file
        place.write_bytes(place.read_bytes()[:-1] + b"x")
        with pytest.raises(EngineUnavailable, match="is not the part"):
            unpack(copy, tmp_path / "cache")
        assert not list((tmp_path / "cache").glob("lean-????????????"))

    def test_a_missing_part_is_told_and_what_was_unpacked_is_kept(
        self, copy: PackedToolchain, packed: PackedToolchain, tmp_path: Path
    ) -> None:
        last = copy.parts[-1]
        (copy.folder / last.file).unlink()
        with pytest.raises(EngineUnavailable, match="is missing"):
            unpack(copy, tmp_path / "cache")
        shutil.copyfile(packed.folder / last.file, copy.folder / last.file)
        assert unpack(copy, tmp_path / "cache").bytes == last.unpacked_bytes

    def test_a_full_disk_is_told_before_anything_is_written(
        self, packed: PackedToolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage())
        with pytest.raises(EngineUnavailable, match=r"takes .* GB and 0.0 GB are free"):
            unpack(packed, tmp_path)

    def test_a_manifest_that_is_none_is_told(self, tmp_path: Path) -> None:
        assert read_packed(tmp_path) is None
        for text in ("{", "{}", '{"format": 2}', '{"format": 1, "lean": "x", "parts": [{"file": 1}]}'):
            (tmp_path / TOOLCHAIN).write_text(text)
            with pytest.raises(EngineUnavailable, match=TOOLCHAIN):
                read_packed(tmp_path)

    def test_an_old_glibc_is_told(self, tmp_path: Path) -> None:
        lean = tmp_path / "bin" / "lean"
        lean.parent.mkdir()
        lean.write_text("#!/bin/sh\necho \"lean: version 'GLIBC_2.99' not found\" >&2; exit 1\n")
        lean.chmod(0o755)
        with pytest.raises(UserError, match="glibc is too old"):
            asyncio.run(packing.build(tmp_path, SOURCES, CONFIG, MonotonicClock()))

    def test_an_archive_that_is_none_is_told(self, tmp_path: Path) -> None:
        (tmp_path / FILE).write_bytes(b"<html>not found</html>")
        with pytest.raises(UserError, match="no archive of a Lean release"):
            packing.unpack_archive(tmp_path / FILE, tmp_path / "toolchain")
        assert not (tmp_path / "toolchain").exists()

    def test_a_folder_with_other_things_is_not_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.tex").write_text("mine")
        with pytest.raises(UserError, match="not a packed toolchain"):
            packing.pack(tmp_path, [], "Lean", tmp_path, lambda _: None, warm=(), part_bytes=1)
        assert (tmp_path / "thesis.tex").exists()


class Usage:
    """Of a disk that is full."""

    free = 0


@pytest.mark.lean
class TestTheMirror:
    """A folder or a loopback server with the layout of the real hosts; the archive is held to its hash."""

    def test_a_server_gives_the_same_archive(self, mirror: Path, loopback: str, tmp_path: Path) -> None:
        seen: list[int] = []
        release = find_release(VERSION, root_of(loopback))
        archive = fetch_archive(release, tmp_path, lambda _, more: seen.append(more))
        assert archive.read_bytes() == next(mirror.rglob(FILE)).read_bytes()
        assert sum(seen) == release.bytes

    def test_a_wrong_hash_is_told_and_nothing_is_kept(self, mirror: Path, tmp_path: Path) -> None:
        good = find_release(VERSION, root_of(str(mirror)))
        wrong = Release(good.version, good.file, good.url, "0" * 64, good.bytes)
        with pytest.raises(UserError, match="run toolchain again"):
            fetch_archive(wrong, tmp_path, lambda *_: None)
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]

    @pytest.mark.parametrize(
        ("listed", "reason"),
        [
            ("{", "no JSON"),
            ("[]", "not a release"),
            ('{"assets": [{"name": "x"}]}', "lists no"),
            (None, "AIMO_MIRROR"),
        ],
    )
    def test_a_release_that_cannot_be_had_is_told(
        self, listed: str | None, reason: str, tmp_path: Path
    ) -> None:
        place = tmp_path / "api.github.com/repos/leanprover/lean4/releases/tags" / VERSION
        place.parent.mkdir(parents=True)
        if listed is not None:
            place.write_text(listed)
        with pytest.raises(UserError, match=reason):
            find_release(VERSION, root_of(str(tmp_path)))

    def test_a_mirror_that_is_no_folder_is_told(self) -> None:
        with pytest.raises(UserError, match="names no folder"):
            root_of("/nowhere")

    def test_the_version_is_the_pinned_one(self, tmp_path: Path) -> None:
        (tmp_path / "lean-toolchain").write_text("leanprover/lean4:v4.31.0-rc2\n")
        assert pinned_version(tmp_path / "lean-toolchain") == "v4.31.0-rc2"
        (tmp_path / "lean-toolchain").write_text("nightly\n")
        with pytest.raises(UserError, match="names no release"):
            pinned_version(tmp_path / "lean-toolchain")


class TestMathlib:
    """Its compiled files are laid beside Lean's, here by a stand-in for lake; only imports are packed."""

    def test_its_tag_is_that_of_the_pinned_lean(self) -> None:
        project = tomllib.loads((PROJECT / "competition" / "lakefile.toml").read_text())
        assert [(need["name"], need["rev"]) for need in project["require"]] == [("mathlib", VERSION)]

    def test_imports_are_followed_and_the_rest_is_left(self, tmp_path: Path) -> None:
        lake = tmp_path / "toolchain" / "bin" / "lake"
        lake.parent.mkdir(parents=True)
        lake.write_text(STAND_IN_LAKE)
        lake.chmod(0o755)
        (tmp_path / "toolchain/src/lean").mkdir(parents=True)
        (tmp_path / "toolchain/src/lean/Init.lean").write_text("prelude\n")
        sources = packing.Sources(tmp_path / "sources")
        (sources.folder / "competition").mkdir(parents=True)
        (sources.folder / "lean-toolchain").write_text(f"leanprover/lean4:{VERSION}\n")
        (sources.folder / "competition/lakefile.toml").write_text("")
        (sources.folder / "competition/Competition.lean").write_text("import Mathlib.Used\n")
        work, toolchain = tmp_path / "work", tmp_path / "toolchain"
        asyncio.run(packing.add_mathlib(toolchain, sources, work, MonotonicClock()))
        searched = [
            toolchain / "src/lean",
            *(work / ".lake/packages").iterdir(),
            sources.folder / "competition",
        ]
        files = {path.as_posix() for path in needed_files(toolchain, ["Competition"], searched)}
        assert "lib/lean/Competition.olean" in files
        assert "lib/lean/Mathlib/Used.olean" in files and "lib/lean/Mathlib/Deep.olean.server" in files
        assert "lib/lean/Mathlib/Unused.olean" not in files

    def test_a_lake_that_fails_is_told_with_its_last_words(self, tmp_path: Path) -> None:
        lake = tmp_path / "bin" / "lake"
        lake.parent.mkdir()
        lake.write_text("#!/bin/sh\necho no route to host >&2; exit 1\n")
        lake.chmod(0o755)
        sources = packing.Sources(Path("lean_toolchain"))
        with pytest.raises(UserError, match=r"lake update failed: no route to host"):
            asyncio.run(packing.add_mathlib(tmp_path, sources, tmp_path / "work", MonotonicClock()))


STAND_IN_LAKE = """#!/bin/sh
package=.lake/packages/mathlib compiled=.lake/build/lib/lean
if test "$1" = build; then mkdir -p $compiled && touch $compiled/$2.olean; fi
test "$1" = exe || exit 0
mkdir -p $package/Mathlib $package/$compiled/Mathlib
printf '/- What we\nimport here is: -/\npublic import Mathlib.Deep\n' > $package/Mathlib/Used.lean
echo "module" > $package/Mathlib/Deep.lean
for name in Used Deep Unused; do
  touch $package/$compiled/Mathlib/$name.olean $package/$compiled/Mathlib/$name.olean.server
done
"""
