"""Journals as they are found: open or closed and packed, whole or cut short by a kill.

A packed journal is one zstd frame of the same lines. Whatever of a cut one can be decompressed is read.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import zstandard

from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.events import SCHEMA_VERSION

JOURNAL = "journal.jsonl"
PACKED = ".zst"
OLDEST = 4
_CHUNK_BYTES = 1 << 16

Record = dict[str, Any]


def packed_path(path: Path) -> Path:
    """Where the packed form of a journal lies."""
    return path if path.suffix == PACKED else path.with_name(path.name + PACKED)


def read_journal(path: Path) -> Iterator[Record]:
    """The journal's records in order; a last line cut by a kill is left out.

    Args:
        path: of the journal; where there is only its packed form, that is read.

    Raises:
        OSError: the file cannot be read.
    """
    if not path.exists() and packed_path(path).exists():
        path = packed_path(path)
    with path.open("rb") as stream:
        yield from records_of(_decompressed(stream) if path.suffix == PACKED else stream)


def records_of(lines: Iterable[bytes]) -> Iterator[Record]:
    """Those of the lines that are whole JSON objects."""
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:  # not JSON, or cut inside a character
            continue
        if isinstance(record, dict):
            yield record


def _decompressed(stream: IO[bytes]) -> Iterator[bytes]:
    """Lines of a packed stream, up to where it is cut or broken."""
    reader = zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True)
    rest = b""
    with suppress(zstandard.ZstdError):
        while chunk := reader.read(_CHUNK_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
    yield rest


def pack(path: Path) -> Path:
    """Compress a closed journal; the plain one goes only when the packed one is whole on disk.

    Returns:
        The packed file, or `path` itself where packing failed (a full disk): nothing is lost then.
    """
    packed = packed_path(path)
    part = packed.with_name(packed.name + ".part")
    try:
        with path.open("rb") as source, part.open("wb") as target:
            zstandard.ZstdCompressor(level=9, write_checksum=True).copy_stream(source, target)
        part.replace(packed)
        path.unlink()
    except (OSError, zstandard.ZstdError):
        with suppress(OSError):
            part.unlink(missing_ok=True)
        return path
    return packed


def set_aside(path: Path) -> None:
    """Give a packed journal of an earlier run a number, so that a new run in its folder begins its own.

    Raises:
        OSError: it cannot be renamed.
    """
    packed = packed_path(path)
    number = 1
    while packed.exists():
        kept = path.with_name(f"{path.stem}.{number}{path.suffix}{PACKED}")
        if not kept.exists():
            packed.rename(kept)
        number += 1


@dataclass(frozen=True)
class RunRecords:
    """The records of one run.

    Attributes:
        path: of its journal.
        records: from RunStarted on, in order.
        whole: the run came to its end, and the journal says so.
    """

    path: Path
    records: tuple[Record, ...]
    whole: bool


def journal_in(path: Path) -> Path:
    """The journal of a run.

    Args:
        path: a run's folder, or a journal, packed or not.

    Raises:
        UserError: there is none; says where it was looked for.
    """
    found = path / JOURNAL if path.is_dir() else path
    if found.exists() or packed_path(found).exists():
        return found if found.exists() else packed_path(found)
    raise UserError(f"there is no journal at {found} (nor {packed_path(found).name}); give a run's folder")


def read_run(path: Path) -> RunRecords:
    """The last run of a journal.

    Args:
        path: as for `journal_in`.

    Raises:
        UserError: there is no journal, it cannot be read, or it is of a version that this code does not know.

    Returns:
        No records for a journal that is empty, as a kill at the very start leaves it.
    """
    journal = journal_in(path)
    try:
        records = [one for one in read_journal(journal) if _is_event(one)]
    except OSError as error:
        raise UserError(f"cannot read {journal}: {error.strerror}") from None
    starts = [place for place, one in enumerate(records) if one.get("type") == "RunStarted"]
    records = records[starts[-1] :] if starts else records
    _check_version(journal, records[0].get("version") if records else None)
    return RunRecords(journal, tuple(records), any(one.get("type") == "RunFinished" for one in records))


def _is_event(record: Record) -> bool:
    """Of whatever kind; who reads events looks at these two before all else."""
    return isinstance(record.get("type"), str) and isinstance(record.get("at_s"), int | float)


def _check_version(journal: Path, version: object) -> None:
    """What changed since OLDEST was only added; before it, much of what readers need was not told."""
    if isinstance(version, int) and version < OLDEST:
        raise UserError(
            f"{journal} is of version {version}, older than version {OLDEST}, the oldest that can be "
            "read: it does not tell the problems' texts, and more. The code that wrote it can read it."
        )
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise UserError(
            f"{journal} is of version {version}; this code knows journals up to version {SCHEMA_VERSION}. "
            "Read it with the code that wrote it, or a newer one."
        )


def find_runs(path: Path) -> tuple[Path, ...]:
    """Every journal at a path: the path itself, a run's folder, or a folder of runs, in order of name.

    Raises:
        UserError: there is none.
    """
    journal = path / JOURNAL
    if not path.is_dir() or journal.exists() or packed_path(journal).exists():
        return (journal_in(path),)
    plain = {one for one in path.rglob(f"*{Path(JOURNAL).suffix}") if "journal" in one.name}
    packed = {one for one in path.rglob(f"*{Path(JOURNAL).suffix}{PACKED}") if "journal" in one.name}
    found = sorted(plain | {one for one in packed if one.with_suffix("") not in plain})
    if not found:
        raise UserError(f"there is no journal in {path} or the folders in it")
    return tuple(found)


def as_lines(records: Iterable[Record]) -> bytes:
    """Records as a journal holds them."""
    out = io.StringIO()
    for record in records:
        out.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
    return out.getvalue().encode()
