"""Packing a bundle, checking it here as Kaggle will, and uploading it."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

from aimo_pipeline.bundle import download, pack, wheels
from aimo_pipeline.bundle.alias import alias_wheel
from aimo_pipeline.bundle.check import Options
from aimo_pipeline.bundle.check import check as check_bundle
from aimo_pipeline.bundle.kaggle import Uploader
from aimo_pipeline.bundle.manifest import MANIFEST, Manifest, read_manifest
from aimo_pipeline.bundle.notebook import NOBODY
from aimo_pipeline.bundle.rehearse import MODES
from aimo_pipeline.bundle.stage import LAYOUTS
from aimo_pipeline.bundle.target import ROOT, Target, read_target, requirement_lines
from aimo_pipeline.cli.app import app, console, one_line_errors
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.errors import UserError

LEAN_PACK = ROOT / "lean_toolchain" / "dist"
_LARGEST = 15

Dist = Annotated[Path, typer.Argument(help="The bundle's folder.")]


@app.command()
def bundle(
    target: Annotated[str, typer.Option(help="A table of wheels/targets.toml.")] = "kaggle",
    output: Annotated[Path, typer.Option(help="The bundle's folder; replaced.")] = Path("dist"),
    owner: Annotated[str, typer.Option(help="Your name on Kaggle; upload asks for it.")] = NOBODY,
    vocabulary: Annotated[
        Path | None,
        typer.Option(envvar="AIMO_VOCABULARY_FILE", help="o200k_base.tiktoken; else it is downloaded."),
    ] = None,
    resolve_only: Annotated[bool, typer.Option(help="Say what would be fetched, and how much.")] = False,
) -> None:
    """Resolve, fetch and pack everything that a run without a network needs."""
    with one_line_errors():
        chosen = read_target(target)
        resolved = asyncio.run(_resolve(chosen))
        _show_sizes(chosen, resolved)
        if not resolve_only:
            manifest = _pack(chosen, resolved, output, owner, _vocabulary(chosen, vocabulary))
            _show_parts(manifest)
            typer.echo(f"bundle      {output}")
            typer.echo(f"next        python3 build_submission.py check {output}")


async def _resolve(target: Target) -> dict[str, tuple[wheels.Wheel, ...]]:
    clock, found = MonotonicClock(), {}
    for name, lines in requirement_lines(target).items():
        typer.echo(f"resolving {name} for {target.name} (Python {target.python}, {len(lines)} pins)")
        with tempfile.TemporaryDirectory() as folder:
            found[name] = await wheels.resolve(
                lines,
                target,
                environ=os.environ,
                folder=Path(folder),
                clock=clock,
                no_deps=name == "engine" and target.engine_no_deps,
            )
    if target.engine_alias:
        name, _, version = target.engine_alias.partition("==")
        found["engine"] += (alias_wheel(store_folder() / "made", name, version),)
    return found


def store_folder() -> Path:
    """Where fetched wheels are kept for the next bundle."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "aimo-pipeline" / "wheels"


def _vocabulary(target: Target, given: Path | None) -> Path | None:
    if target.vocabulary is None:
        return None
    url = given.absolute().as_uri() if given else target.vocabulary.url
    file = target.vocabulary.url.rpartition("/")[2]
    wanted = wheels.Wheel("vocabulary", "", file, url, target.vocabulary.sha256, 0)
    try:
        return download.fetch_all([wanted], store_folder(), lambda *_: None)[file]
    except UserError as error:
        raise UserError(f"{error} (or name a copy of {file} with --vocabulary)") from None


def _pack(
    target: Target,
    resolved: dict[str, tuple[wheels.Wheel, ...]],
    output: Path,
    owner: str,
    vocabulary: Path | None,
) -> Manifest:
    everything = [wheel for group in resolved.values() for wheel in group]
    with progress_bar("fetching", sum(map(_size, everything))) as advance:
        stored = download.fetch_all(everything, store_folder(), lambda _, more: advance(more))
    lean = LEAN_PACK if LEAN_PACK.is_dir() and any(LEAN_PACK.iterdir()) else None
    typer.echo(
        f"Lean        {'packed with it' if lean else 'none in lean_toolchain/dist: evidence stops at Agreed'}"
    )
    try:
        return pack.pack(pack.Contents(resolved, stored, lean, vocabulary), target, output, owner=owner)
    except FileExistsError as error:
        raise UserError(str(error)) from None


@contextmanager
def progress_bar(what: str, total_bytes: int) -> Iterator[_Advance]:
    """A bar for the block; call what it gives with the bytes that were done."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console()) as progress:
        yield _Advance(progress, progress.add_task(what, total=total_bytes or None))


class _Advance:
    """Moves a progress bar by a number of bytes."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def __call__(self, more_bytes: int) -> None:
        self._progress.advance(self._task, more_bytes)


def _show_sizes(target: Target, resolved: dict[str, tuple[wheels.Wheel, ...]]) -> None:
    for name, group in resolved.items():
        total = sum(_size(wheel) for wheel in group)
        table = Table(title=f"{name}: {len(group)} wheels, {total / 1e6:,.0f} MB")
        table.add_column("wheel", no_wrap=True)
        table.add_column("MB", justify="right")
        ordered = sorted(group, key=_size, reverse=True)
        for wheel in ordered[:_LARGEST]:
            table.add_row(f"{wheel.name} {wheel.version}", f"{_size(wheel) / 1e6:,.1f}")
        if rest := ordered[_LARGEST:]:
            table.add_row(f"{len(rest)} more", f"{sum(map(_size, rest)) / 1e6:,.1f}")
        console().print(table)
        limit = target.limits.dataset_bytes
        typer.echo(f"{name:11} {total / 1e9:.2f} GB of Kaggle's {limit / 1e9:.0f} ({total / limit:.1%})")


def _size(wheel: wheels.Wheel) -> int:
    if wheel.local is not None and not wheel.bytes and wheel.local.exists():
        return wheel.local.stat().st_size
    return wheel.bytes


def _show_parts(manifest: Manifest) -> None:
    for name, part in manifest.parts.items():
        size = f"{part.bytes / 1e6:,.1f} MB"
        typer.echo(f"{name:11} {part.slug}, {len(part.files)} files, {size}, {part.sha256[:12]}")


@app.command()
def check(
    dist: Dist = Path("dist"),
    layout: Annotated[str, typer.Option(help=f"How things are mounted: {' or '.join(LAYOUTS)}.")] = LAYOUTS[
        0
    ],
    mode: Annotated[list[str] | None, typer.Option(help=f"{' or '.join(MODES)}; default: both.")] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="NAME=FOLDER of a model that the bundle expects.")
    ] = None,
    competition: Annotated[
        Path | None, typer.Option(help="Folder with the competition's own files (else a stand-in).")
    ] = None,
    python: Annotated[
        Path | None, typer.Option(help="Stands in for the image's: the target's version, with ipykernel.")
    ] = None,
    keep: Annotated[Path | None, typer.Option(help="Lay it out there and leave it.")] = None,
) -> None:
    """Do what Kaggle will do: mount the bundle, cut the network, run the notebook, read what it wrote."""
    with one_line_errors():
        options = dataclasses.replace(_options(layout, mode, model, competition), image=python)
        manifest = read_manifest(dist / MANIFEST)
        size = sum(part.bytes for part in manifest.parts.values())
        with _root(keep) as root, progress_bar("hashing", size) as advance:
            found = asyncio.run(
                check_bundle(dist, root, options, clock=MonotonicClock(), tell=typer.echo, progress=advance)
            )
    for note in found.notes:
        typer.echo(f"  {note}")
    for fault in found.faults:
        typer.echo(f"FAULT  {fault}")
    if found.faults:
        raise typer.Exit(1)
    typer.echo(f"{dist} passes")


def _options(
    layout: str, mode: list[str] | None, model: list[str] | None, competition: Path | None
) -> Options:
    layouts = [one for one in LAYOUTS if one == layout]
    modes = tuple(one for one in MODES if one in (mode or MODES))
    if not layouts or len(modes) != len(set(mode or MODES)):
        raise UserError(f"the layout may be {' or '.join(LAYOUTS)}, the mode {' or '.join(MODES)}")
    models = {}
    for given in model or []:
        name, _, folder = given.partition("=")
        models[name] = Path(folder)
    return Options(layout=layouts[0], models=models, evaluation=competition, modes=modes)


@contextmanager
def _root(keep: Path | None) -> Iterator[Path]:
    """A folder that stands in for /kaggle."""
    if keep is not None:
        if keep.exists() and any(keep.iterdir()):
            raise UserError(f"{keep} is not empty")
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.absolute()
        return
    # World-readable, as Kaggle's mounts are: the sandbox gives its programs a user of their own.
    folder = Path(tempfile.mkdtemp(prefix="aimo-kaggle-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@app.command()
def upload(
    dist: Dist = Path("dist"),
    owner: Annotated[str | None, typer.Option(help="Your name on Kaggle; else as `kaggle` knows it.")] = None,
    accelerator: Annotated[str, typer.Option(help="Kaggle's name for a GPU.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Send nothing; only say how.")] = False,
) -> None:
    """Send a bundle's changed parts and its notebook to Kaggle, with your own `kaggle` command."""
    with one_line_errors():
        uploader = Uploader(
            dist, dry_run=dry_run, environ=os.environ, clock=MonotonicClock(), tell=typer.echo
        )
        asyncio.run(uploader.upload(owner, accelerator))
