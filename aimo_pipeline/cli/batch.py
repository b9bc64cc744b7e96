"""A whole file at once."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from aimo_pipeline import batch
from aimo_pipeline.batch.run import Watching
from aimo_pipeline.cli.app import app, console, one_line_errors
from aimo_pipeline.config import Config, config_from_environ
from aimo_pipeline.deadline import MonotonicClock, process_began_s
from aimo_pipeline.gateway import score
from aimo_pipeline.gateway.score import Given

_INTERRUPTED = 130


@app.command("solve-file")
def solve_file(
    problems: Annotated[Path, typer.Argument(help="CSV with id, problem and, if known, answer.")],
    output: Annotated[Path | None, typer.Option(help="Folder for what comes out; else AIMO_OUTPUT.")] = None,
    at_once: Annotated[int | None, typer.Option(min=1, help="Problems in work at the same time.")] = None,
    total_s: Annotated[float | None, typer.Option(min=1.0, help="Wall clock for all of them.")] = None,
    fresh: Annotated[bool, typer.Option(help="Answer again what an earlier run has answered.")] = False,
) -> None:
    """Answer all problems of a file, several at once, the easy ones first.

    For local evaluation, where all problems are known; the competition hands them
    out one by one (`serve`). Interrupted, the same command goes on where it was:
    what the journal in the output folder says was answered is not answered again.

    \b
    $ python3 build_submission.py solve-file problems.csv --output out
    """
    start_s = process_began_s()
    with one_line_errors():
        config = _with_options(config_from_environ(os.environ), output, at_once, total_s)
        try:
            report = _with_progress(problems, config, fresh, start_s)
        except (KeyboardInterrupt, asyncio.CancelledError):
            typer.echo(f"interrupted; the same command goes on ({config.gateway.output_dir})", err=True)
            raise typer.Exit(_INTERRUPTED) from None
    console().print(score.as_table(report))
    for line in score.closing_lines(report):
        typer.echo(line)


def _with_options(config: Config, output: Path | None, at_once: int | None, total_s: float | None) -> Config:
    return dataclasses.replace(
        config,
        gateway=dataclasses.replace(config.gateway, output_dir=output or config.gateway.output_dir),
        batch=dataclasses.replace(config.batch, lanes=at_once or config.batch.lanes),
        budget=dataclasses.replace(config.budget, total_s=total_s or config.budget.total_s),
    )


def _with_progress(path: Path, config: Config, fresh: bool, start_s: float) -> score.Report:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[last]}")) as progress:
        task = progress.add_task("solved", total=None, last="")

        def begins(total: int, known: int) -> None:
            progress.update(task, total=total, completed=known, last="")

        def answered(given: Given) -> None:
            evidence = type(given.answer.evidence).__name__
            progress.update(task, advance=1, last=f"{given.problem_id}: {given.answer.value} ({evidence})")

        work = batch.solve_file(
            path,
            config=config,
            fresh=fresh,
            clock=MonotonicClock(),
            start_s=start_s,
            watching=Watching(begins, answered),
        )
        return asyncio.run(work)
