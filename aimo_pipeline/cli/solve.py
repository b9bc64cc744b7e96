"""Answering: one problem, or a run through the gateway."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from aimo_pipeline import pipeline
from aimo_pipeline.cli.app import app, console, one_line_errors
from aimo_pipeline.config import Config, config_from_environ
from aimo_pipeline.deadline import Deadline, MonotonicClock, process_began_s
from aimo_pipeline.domain import Answer, Problem
from aimo_pipeline.gateway import score, server
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.observe.reading import JOURNAL


@app.command()
def solve(text: Annotated[str, typer.Argument(help="The problem, in words and LaTeX.")]) -> None:
    """Answer one problem and say what stands behind the answer."""
    with one_line_errors(), tempfile.TemporaryDirectory() as folder:
        answer = asyncio.run(_solve(config_from_environ(os.environ), text, Path(folder)))
    typer.echo(f"{answer.value}  {answer.evidence}  {answer.path}")


async def _solve(config: Config, text: str, folder: Path) -> Answer:
    clock = MonotonicClock()
    with Journal.open(folder / JOURNAL, clock, config.observe.secrets) as journal:
        async with pipeline.open_solver(config, journal=journal, clock=clock) as solver:
            deadline = Deadline.after(config.budget.base_s, clock)
            return await solver.solve(Problem("given", text), deadline=deadline)


@app.command()
def serve(
    problems: Annotated[Path | None, typer.Option(help="CSV with id, problem; else AIMO_PROBLEMS.")] = None,
    output: Annotated[Path | None, typer.Option(help="Folder for what comes out; else AIMO_OUTPUT.")] = None,
) -> None:
    """Run the gateway's loop as the notebook does, and print the closing table."""
    start_s = process_began_s()
    with one_line_errors():
        config = config_from_environ(os.environ)
        gateway = dataclasses.replace(
            config.gateway,
            problems_csv=problems or config.gateway.problems_csv,
            output_dir=output or config.gateway.output_dir,
        )
        _show(server.run(dataclasses.replace(config, gateway=gateway), start_s=start_s))


@app.command()
def table(results: Annotated[Path, typer.Argument(help="A results.json.")]) -> None:
    """Print the closing table of a run."""
    with one_line_errors():
        _show(score.read_results(results))


def _show(report: score.Report) -> None:
    console().print(score.as_table(report))
    for line in score.closing_lines(report):
        typer.echo(line)
