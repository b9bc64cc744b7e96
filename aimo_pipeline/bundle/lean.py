"""Makes the Lean toolchain that goes offline: what a check reads of it, in parts, and proof that they work.

Steps, each of which is skipped when an earlier run has done it: the official archive is fetched and verified,
unpacked, tried (an old glibc shows here), our library compiled with it, Mathlib's compiled files laid beside
Lean's own; then what no check reads is left out, the rest packed, unpacked elsewhere, and asked to prove one
theorem and to refute another without network.
"""

from __future__ import annotations

import os
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
from aimo_pipeline.outcome import Exited, Rejected, Unknown
from aimo_pipeline.process import run_process
from aimo_pipeline.verify.decode import Message
from aimo_pipeline.verify.document import SENTINEL, SENTINEL_REPLY
from aimo_pipeline.verify.engine import CANARIES, LeanDocument, self_test
from aimo_pipeline.verify.installed import lean_version
from aimo_pipeline.verify.library import build_library, library_folder
from aimo_pipeline.verify.official import compile_file, open_official
from aimo_pipeline.verify.packed import TOOLCHAIN, PackedPart, PackedToolchain, unpack, write_packed

PART_BYTES = 2 << 30
COMPETITION = "Competition.lean"
# Shows that Mathlib was packed whole, as far as Competition.lean imports it.
WITH_MATHLIB = f"import Competition\nexample (x : ℝ) (h : 2 * x = 4) : x = 2 := by linarith\n{SENTINEL}\n"
_LEVEL = 10
_LIMITS = LimitsConfig(cpu_s=0, memory_bytes=0, output_bytes=8 << 20, open_files=0, file_bytes=0)
_MATHLIB_S = 4 * 3600.0

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Sources:
    """Our Lean project, and what a pack of it must be able to do.

    Attributes:
        folder: where TraceToLean/ and competition/ are.
        canaries: one to be proved and one to be refuted.
        texts: documents that Lean must read without an error.
    """

    folder: Path
    canaries: LeanDocument = CANARIES
    texts: tuple[str, ...] = ()


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
    """Fetch Mathlib and its compiled files with the toolchain's own lake, compile Competition.lean, and lay
    all of it beside Lean's own.

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
    await _lake(toolchain, work, clock, "build", "Competition")
    compiled = ".lake/build/lib/lean"
    for package in (*sorted((work / ".lake" / "packages").glob(f"*/{compiled}")), work / compiled):
        shutil.copytree(package, toolchain / "lib" / "lean", dirs_exist_ok=True)


async def _lake(toolchain: Path, work: Path, clock: Clock, *arguments: str) -> None:
    argv = [str(toolchain / "bin" / "lake"), *arguments]
    env = dict(os.environ) | {"PATH": f"{toolchain / 'bin'}:{os.environ.get('PATH', os.defpath)}"}
    deadline = Deadline.after(_MATHLIB_S, clock)
    ended = await run_process(argv, stdin=b"", limits=_LIMITS, deadline=deadline, cwd=work, env=env)
    if not isinstance(ended, Exited) or ended.status != 0:
        said = ended.stderr.decode("utf-8", "replace").strip()[-500:] if isinstance(ended, Exited) else ended
        raise UserError(f"lake {' '.join(arguments)} failed: {said}")


def pack(
    toolchain: Path,
    files: Sequence[Path],
    lean: str,
    output: Path,
    progress: Progress,
    *,
    warm: Sequence[Path],
    part_bytes: int,
) -> PackedToolchain:
    """Write the parts and TOOLCHAIN.json into `output`, in place of an earlier pack.

    Args:
        toolchain: holds the files.
        files: relative to it.
        lean: its version in words.
        output: the folder.
        progress: told the bytes of each file that was packed.
        warm: those of the files that our documents import.
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
        packed = PackedToolchain(output, lean, parts, tuple(path.as_posix() for path in warm))
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
    """Unpack elsewhere and have one theorem proved and one refuted, in workers without network; read texts.

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
                for text in sources.texts:
                    _without_error(await engine.read(text, deadline=deadline))
            if cache.exists():
                raise UserError("the pack lacks our compiled library; it had to be compiled again")
        except EngineUnavailable as error:
            raise UserError(f"the packed toolchain does not work: {error}") from None
        return clock.now_s() - began_s


def _without_error(said: tuple[Message, ...] | Unknown | Rejected) -> None:
    if not isinstance(said, tuple):
        raise EngineUnavailable(said.reason)
    errors = [message.text for message in said if message.severity == "error"]
    if errors or not any(message.text.strip() == SENTINEL_REPLY for message in said):
        raise EngineUnavailable(f"it cannot read a document: {' '.join(errors)[:300]}")
