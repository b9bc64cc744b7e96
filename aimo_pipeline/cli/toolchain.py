"""Making the Lean toolchain that goes offline."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from aimo_pipeline.bundle import lean as packing
from aimo_pipeline.bundle.lean_files import imported_files, needed_files
from aimo_pipeline.bundle.lean_release import fetch_archive, find_release, pinned_version, root_of
from aimo_pipeline.cli.app import app, one_line_errors
from aimo_pipeline.cli.bundle import LEAN_PACK, progress_bar
from aimo_pipeline.config import config_from_environ
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.verify.engine import cache_folder
from aimo_pipeline.verify.library import SOURCES

PROJECT = packing.Sources(SOURCES)
_BUILD_S = 600.0


@app.command()
def toolchain(
    output: Annotated[Path, typer.Option(help="The pack's folder; replaced.")] = LEAN_PACK,
    mathlib: Annotated[bool, typer.Option(help="With Mathlib, for Competition.lean (gigabytes).")] = False,
    part_mb: Annotated[int, typer.Option(min=1, help="Unpacked size of a part.")] = packing.PART_BYTES >> 20,
) -> None:
    """Fetch the pinned Lean, compile our library, pack what checks read, and try the pack offline.

    \b
    AIMO_MIRROR   a folder or http server that holds copies of the release's files
                  below their host names:
                  github.com/leanprover/lean4/releases/download/...
                  api.github.com/repos/leanprover/lean4/releases/tags/...

    Run it again after it was cut off: what was fetched and unpacked is kept. A
    bundle made afterwards (python3 build_submission.py bundle) takes the pack
    along.
    """
    with one_line_errors():
        asyncio.run(_make(output, mathlib, part_mb << 20))


async def _make(output: Path, mathlib: bool, part_bytes: int) -> None:
    clock, ours = MonotonicClock(), ["TraceToLean"]
    sources = replace(PROJECT, texts=(packing.WITH_MATHLIB,)) if mathlib else PROJECT
    config = replace(config_from_environ(os.environ).verify, check_s=_BUILD_S)
    version = pinned_version(sources.folder / "lean-toolchain")
    release = find_release(version, root_of(os.environ.get("AIMO_MIRROR")))
    work = cache_folder() / "toolchain"
    with progress_bar("fetching", release.bytes) as advance:
        archive = fetch_archive(release, work, lambda _, more: advance(more))
    typer.echo(f"unpacking {archive.name}")
    folder = packing.unpack_archive(archive, work / f"{version}-{release.sha256[:12]}")
    lean = await packing.build(folder, sources, config, clock)
    if mathlib:
        typer.echo("fetching Mathlib's compiled files with lake (gigabytes)")
        await packing.add_mathlib(folder, sources, work / f"{version}-mathlib", clock)
    packages = (work / f"{version}-mathlib").glob(".lake/packages/*")
    release_sources = [folder / "src" / "lean", folder / "src" / "lean" / "lake"]
    searched = [*release_sources, *packages, sources.folder, sources.folder / "competition"]
    files = needed_files(folder, [*ours, "Competition"] if mathlib else ours, searched)
    warm = imported_files(folder, ours, searched)
    total = sum((folder / path).stat().st_size for path in files)
    with progress_bar("packing", total) as advance:
        packed = packing.pack(folder, files, lean, output, advance, warm=warm, part_bytes=part_bytes)
    seconds = await packing.prove(packed, sources, config, clock)
    size = sum(part.bytes for part in packed.parts)
    typer.echo(f"packed      {len(files)} files, {total / 1e6:,.0f} MB, into {len(packed.parts)} parts")
    typer.echo(f"            {size / 1e6:,.0f} MB in {output}")
    tried = f"one theorem proved, one refuted, in {seconds:.1f} s"
    typer.echo(f"tried       unpacked elsewhere, without network: {tried}")
