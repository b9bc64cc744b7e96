"""The command line's app, and what all commands share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from aimo_pipeline import __version__
from aimo_pipeline.errors import UserError

app = typer.Typer(add_completion=False, no_args_is_help=True, help=f"Trace-to-Lean {__version__}.")

_TABLE_COLUMNS = 120


@contextmanager
def one_line_errors() -> Iterator[None]:
    try:
        yield
    except UserError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None


def console() -> Console:
    console = Console()
    # A pipe tells no width, and a cut table is of no use.
    return console if console.is_terminal else Console(width=_TABLE_COLUMNS)
