"""The command line: python -m aimo_pipeline solve | serve | table | doctor."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from aimo_pipeline import __version__, pipeline
from aimo_pipeline.config import Config, config_from_environ
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Answer, Problem
from aimo_pipeline.errors import EngineUnavailable, UserError
from aimo_pipeline.gateway import score, server
from aimo_pipeline.gateway.server import JOURNAL
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.verify import wasm
from aimo_pipeline.verify.library import SOURCES

app = typer.Typer(add_completion=False, no_args_is_help=True, help=f"Trace-to-Lean {__version__}.")

_TABLE_COLUMNS = 120


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except UserError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None


@app.command()
def solve(text: Annotated[str, typer.Argument(help="The problem, in words and LaTeX.")]) -> None:
    """Answer one problem and say what stands behind the answer."""
    with _one_line_errors(), tempfile.TemporaryDirectory() as folder:
        answer = asyncio.run(_solve(config_from_environ(os.environ), text, Path(folder)))
    typer.echo(f"{answer.value}  {answer.evidence}  {answer.path}")


async def _solve(config: Config, text: str, folder: Path) -> Answer:
    clock = MonotonicClock()
    with Journal.open(folder / JOURNAL, clock) as journal:
        async with pipeline.open_solver(config, journal=journal, clock=clock) as solver:
            deadline = Deadline.after(config.budget.base_s, clock)
            return await solver.solve(Problem("given", text), deadline=deadline)


@app.command()
def serve(
    problems: Annotated[Path | None, typer.Option(help="CSV with id, problem; else AIMO_PROBLEMS.")] = None,
    output: Annotated[Path | None, typer.Option(help="Folder for what comes out; else AIMO_OUTPUT.")] = None,
) -> None:
    """Run the gateway's loop as the notebook does, and print the closing table."""
    start_s = time.monotonic()
    with _one_line_errors():
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
    with _one_line_errors():
        _show(score.read_results(results))


def _show(report: score.Report) -> None:
    console = Console()
    if not console.is_terminal:  # a pipe tells no width, and a cut table is of no use
        console = Console(width=_TABLE_COLUMNS)
    console.print(score.as_table(report))
    for line in score.closing_lines(report):
        typer.echo(line)


@app.command()
def prepare_lean() -> None:
    """Compile our Lean library with the embedded Lean, once; takes about a minute."""
    with _one_line_errors():
        config = config_from_environ(os.environ)
        try:
            folder = asyncio.run(wasm.prepare(config.verify, SOURCES, MonotonicClock()))
        except EngineUnavailable as error:
            raise UserError(str(error)) from error
    typer.echo(f"Lean library ready: {folder.name}")


@app.command()
def doctor() -> None:
    """Say what this machine has of what a run can use."""
    with _one_line_errors():
        config = config_from_environ(os.environ)
        evaluation = server.find_kaggle_evaluation(config.gateway)
    verify = config.verify
    found: dict[str, object] = {
        "python": sys.version.split()[0],
        "recordings": ", ".join(map(str, config.llm.recordings)) or None,
        "kaggle_evaluation": evaluation,
        "Lean wanted": verify.engine,
        "official Lean": verify.toolchain,
        "embedded Lean": verify.wasm_home,
        "node": verify.node,
    }
    for name, value in found.items():
        typer.echo(f"{name:18} {value if value is not None else 'none'}")


if __name__ == "__main__":
    app()
