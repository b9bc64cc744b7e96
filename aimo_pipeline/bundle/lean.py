"""Makes the Lean toolchain that goes offline: what a check reads of it, in parts, and proof that they work.

Steps, each of which is skipped when an earlier run has done it: the official archive is fetched and verified,
unpacked, tried (an old glibc shows here), our library compiled with it, Mathlib's compiled files laid beside
Lean's own; then what no check reads is left out, the rest packed, unpacked elsewhere, and asked to prove one
theorem and to refute another without network.
"""

from __future__ import annotations

import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import zstandard

from aimo_pipeline.bundle.manifest import sha256_of
from aimo_pipeline.config import LimitsConfig, VerifyConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import EngineUnavailable, UserError
from aimo_pipeline.outcome import Exited
from aimo_pipeline.process import run_process
from aimo_pipeline.verify.engine import CANARIES, LeanDocument, self_test
from aimo_pipeline.verify.installed import lean_version
from aimo_pipeline.verify.library import build_library, library_folder
from aimo_pipeline.verify.official import compile_file, open_official
from aimo_pipeline.verify.packed import TOOLCHAIN, PackedPart, PackedToolchain, unpack, write_packed

PART_BYTES = 2 << 30
COMPETITION = "Competition.lean"
_LEVEL = 10
_LIMITS = LimitsConfig(cpu_s=0, memory_bytes=0, output_bytes=8 << 20, open_files=0, file_bytes=0)
_MATHLIB_S = 4 * 3600.0
_IMPORT = re.compile(r"^\s*(?:public\s+)?(?:meta\s+)?import\s+(?:all\s+)?([\w.]+)", re.MULTILINE)
_COMPILED = (".olean", ".ir")

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Sources:
    """Our Lean project: where TraceToLean/ and Competition.lean are, and the canaries that need them."""

    folder: Path
    canaries: LeanDocument = CANARIES


def unpack_archive(archive: Path, folder: Path) -> Path:
    """Have the release's files in `folder`, without the folder that the archive puts around them.

    Raises:
        UserError: it is no such archive, or the disk is full.
    """
    if folder.is_dir():
        return folder
    half = folder.with_name(folder.name + ".part")
    shutil.rmtree(half, ignore_errors=True)
    try:
        half.mkdir(parents=True)
        with archive.open("rb") as stream, zstandard.ZstdDecompressor().stream_reader(stream) as reader:
            with tarfile.open(fileobj=reader, mode="r|") as files:
                files.extractall(half, filter="tar")
        (inner,) = half.iterdir()
        inner.rename(folder)
    except (tarfile.TarError, zstandard.ZstdError, ValueError) as error:
        raise UserError(f"{archive} is no archive of a Lean release: {error}") from None
    except OSError as error:
        raise UserError(f"cannot unpack {archive}: {error}") from None
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return folder


async def build(toolchain: Path, sources: Sources, config: VerifyConfig, clock: Clock) -> str:
    """Compile our library inside the toolchain; returns the toolchain's words for its version.

    Raises:
        UserError: the toolchain does not run here, or the library does not compile with it.
    """
    lean = toolchain / "bin" / "lean"
    try:
        version = await lean_version(lean, Deadline.after(config.start_s, clock))
        folder = library_folder(toolchain, sources.folder, version)
        await build_library(partial(compile_file, lean, config, clock), sources.folder, folder)
    except EngineUnavailable as error:
        raise UserError(str(error)) from None
    return version


async def add_mathlib(toolchain: Path, sources: Sources, work: Path, clock: Clock) -> None:
    """Fetch Mathlib and its compiled files with the toolchain's own lake, and lay them beside Lean's.

    Args:
        toolchain: unpacked.
        sources: with competition/, whose lakefile.toml pins Mathlib's tag, and lean-toolchain.
        work: folder for the checkout; kept, so that a second run has less to fetch.

    Raises:
        UserError: lake failed; the message has its last words.

    Not covered: a mirror; git and lake have their own settings for that (url.<base>.insteadOf,
    MATHLIB_CACHE_GET_URL), which are handed on.
    """
    work.mkdir(parents=True, exist_ok=True)
    project = sources.folder / "competition"
    for source in (project / COMPETITION, project / "lakefile.toml", sources.folder / "lean-toolchain"):
        shutil.copyfile(source, work / source.name)
    await _lake(toolchain, work, clock, "update")
    await _lake(toolchain, work, clock, "exe", "cache", "get")
    for package in sorted((work / ".lake" / "packages").glob("*/.lake/build/lib/lean")):
        shutil.copytree(package, toolchain / "lib" / "lean", dirs_exist_ok=True)


async def _lake(toolchain: Path, work: Path, clock: Clock, *arguments: str) -> None:
    argv = [str(toolchain / "bin" / "lake"), *arguments]
    env = dict(os.environ) | {"PATH": f"{toolchain / 'bin'}:{os.environ.get('PATH', os.defpath)}"}
    deadline = Deadline.after(_MATHLIB_S, clock)
    ended = await run_process(argv, stdin=b"", limits=_LIMITS, deadline=deadline, cwd=work, env=env)
    if not isinstance(ended, Exited) or ended.status != 0:
        said = ended.stderr.decode("utf-8", "replace").strip()[-500:] if isinstance(ended, Exited) else ended
        raise UserError(f"lake {' '.join(arguments)} failed: {said}")


def needed_files(toolchain: Path, roots: Sequence[str], searched: Sequence[Path]) -> list[Path]:
    """What a check reads: `lean`, its shared libraries, our library, and the compiled files of all imports.

    Args:
        toolchain: unpacked and built.
        roots: modules that documents import.
        searched: folders of sources, in which the roots' imports are followed.

    Returns:
        Paths relative to the toolchain, sorted. Where a module has no source, all compiled files stay.
    """
    modules = _closure(roots, searched)
    files = (path for path in toolchain.rglob("*") if path.is_file())
    return sorted(p for p in (path.relative_to(toolchain) for path in files) if _needed(p, modules))


def _needed(path: Path, modules: frozenset[str] | None) -> bool:
    top = path.parts[0]
    if path == Path("bin/lean") or top.startswith("trace-to-lean-") or "LICENSE" in path.name:
        return True
    if top != "lib":
        return False
    if ".so" in path.suffixes:
        return True
    if not any(end in path.suffixes for end in _COMPILED):
        return False
    module = ".".join((*path.parts[2:-1], path.name.split(".")[0]))
    return modules is None or module in modules


def _closure(roots: Sequence[str], searched: Sequence[Path]) -> frozenset[str] | None:
    """The modules that the roots import, directly or not; None where a source is missing."""
    found: set[str] = set()
    waiting = ["Init", *roots]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        places = [folder / f"{module.replace('.', '/')}.lean" for folder in searched]
        source = next((place for place in places if place.is_file()), None)
        if source is None:
            return None
        waiting += _IMPORT.findall(source.read_text("utf-8", "replace"))
    return frozenset(found)


def pack(
    toolchain: Path, files: Sequence[Path], lean: str, output: Path, progress: Progress, *, part_bytes: int
) -> PackedToolchain:
    """Write the parts and TOOLCHAIN.json into `output`, in place of an earlier pack.

    Args:
        toolchain: holds the files.
        files: relative to it.
        lean: its version in words.
        output: the folder.
        progress: told the bytes of each file that was packed.
        part_bytes: unpacked bytes of a part, unless one file alone has more.

    Raises:
        UserError: the folder cannot be written, or holds something that is no pack.
    """
    try:
        if output.is_dir() and any(output.iterdir()) and not (output / TOOLCHAIN).is_file():
            raise UserError(f"{output} is not empty and not a packed toolchain")
        shutil.rmtree(output, ignore_errors=True)
        output.mkdir(parents=True)
        groups = _groups(toolchain, files, part_bytes)
        parts = tuple(_part(toolchain, group, output, n, progress) for n, group in enumerate(groups))
        packed = PackedToolchain(output, lean, parts)
        write_packed(packed)
    except OSError as error:
        raise UserError(f"cannot pack the toolchain into {output}: {error}") from None
    return packed


def _groups(toolchain: Path, files: Sequence[Path], part_bytes: int) -> Iterator[list[Path]]:
    group: list[Path] = []
    size = 0
    for path in files:
        more = (toolchain / path).stat().st_size
        if group and size + more > part_bytes:
            yield group
            group, size = [], 0
        group.append(path)
        size += more
    if group:
        yield group


def _part(
    toolchain: Path, group: Sequence[Path], output: Path, number: int, progress: Progress
) -> PackedPart:
    place = output / f"toolchain-{number:03}.tar.zst"
    unpacked = 0
    compressor = zstandard.ZstdCompressor(level=_LEVEL, threads=-1)
    with place.open("wb") as stream, compressor.stream_writer(stream) as writer:
        with tarfile.open(fileobj=writer, mode="w|") as archive:
            for path in group:
                archive.add(toolchain / path, arcname=path.as_posix(), filter=_anonymous)
                size = (toolchain / path).stat().st_size
                unpacked += size
                progress(size)
    return PackedPart(place.name, place.stat().st_size, sha256_of(place), unpacked)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The same bytes from the same files, whoever packs them."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


async def prove(packed: PackedToolchain, sources: Sources, config: VerifyConfig, clock: Clock) -> float:
    """Unpack elsewhere and have one theorem proved and one refuted, in workers without network.

    Returns:
        The seconds that the checks took, with the start of the worker.

    Raises:
        UserError: it does not work; the pack is of no use.
    """
    with tempfile.TemporaryDirectory(prefix="aimo-toolchain-") as elsewhere:
        try:
            unpacked = unpack(packed, Path(elsewhere))
            lean = unpacked.folder / "bin" / "lean"
            began_s = clock.now_s()
            cache = Path(elsewhere, "cache")
            async with open_official(lean, config, clock, cache=cache, sources=sources.folder) as engine:
                deadline = Deadline.after(config.start_s + config.check_s, clock)
                await self_test(engine, deadline, sources.canaries)
            if cache.exists():
                raise UserError("the pack lacks our compiled library; it had to be compiled again")
        except EngineUnavailable as error:
            raise UserError(f"the packed toolchain does not work: {error}") from None
        return clock.now_s() - began_s
