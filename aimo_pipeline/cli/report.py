"""A run seen while it goes on, and understood afterwards."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Annotated

import typer

from aimo_pipeline.cli.app import app, console, one_line_errors
from aimo_pipeline.config import ObserveConfig
from aimo_pipeline.errors import UserError
from aimo_pipeline.observe import figures
from aimo_pipeline.observe.ledger import ledger_lines
from aimo_pipeline.observe.live import follow
from aimo_pipeline.observe.reading import read_run
from aimo_pipeline.observe.report import write_report
from aimo_pipeline.observe.report_markdown import headline
from aimo_pipeline.observe.statements import VERDICTS, write_statements


@app.command("report")
def report_command(
    run: Annotated[Path, typer.Argument(help="A run's folder, or its journal, packed or not.")],
    output: Annotated[Path | None, typer.Option(help="Folder for the report; else the run's.")] = None,
) -> None:
    """Write report.html, which opens offline, and report.md; also of a run that was killed.

    \b
    $ python3 build_submission.py report dry-run-output/20261127-101500
    $ python3 build_submission.py report killed/journal.jsonl --output /tmp/report

    \b
    outcome of each problem and what stands behind it; who worked when;
    the time bank; latency of each stage and its share of the critical path;
    what went wrong; tokens by purpose; what each second bought
    """
    with one_line_errors():
        found = read_run(run)
        folder = output or (run if run.is_dir() else run.parent)
        try:
            paths = write_report(found, folder)
        except OSError as error:
            raise UserError(f"cannot write the report to {folder}: {error.strerror}") from None
    typer.echo(headline(figures.totals(found.records)))
    for path in paths:
        typer.echo(path)


@app.command("ledger")
def ledger_command(
    run: Annotated[Path, typer.Argument(help="A run's folder, or its journal, packed or not.")],
) -> None:
    """Say why each problem got the time that it got, and what it did with it, in one line each.

    \b
    $ python3 build_submission.py ledger dry-run-output/20261127-101500
    p01: 773.6 s (897 s left for 3 problems; 100 s elsewhere solve 0.05; ...
    """
    with one_line_errors():
        found = read_run(run)
    for line in ledger_lines(found.records):
        typer.echo(line)


@app.command("statements")
def statements_command(
    run: Annotated[Path, typer.Argument(help="A run's folder, or its journal, packed or not.")],
    output: Annotated[Path | None, typer.Option(help="Folder for the files; else lean/ beside it.")] = None,
) -> None:
    """Write every document that Lean was asked about, and the library, for a check by your own Lean.

    \b
    $ python3 build_submission.py statements dry-run-output/20261127-101500
    $ cd dry-run-output/20261127-101500/lean
    $ lake build && lake env lean p01-0.lean

    VERDICTS.md lists each theorem with its verdict and axioms.
    """
    with one_line_errors():
        found = read_run(run)
        folder = output or (run if run.is_dir() else run.parent) / "lean"
        try:
            count = write_statements(found.records, folder)
        except OSError as error:
            raise UserError(f"cannot write to {folder}: {error.strerror}") from None
    typer.echo(f"{count} documents in {folder}; {VERDICTS} says what Lean found, and how to check them again")


@app.command("dashboard")
def dashboard_command(
    run: Annotated[Path, typer.Argument(help="A run's folder, or its journal.")],
    lines: Annotated[bool, typer.Option("--lines", help="One line a problem instead of a screen.")] = False,
) -> None:
    """Watch a run from outside, by following its journal; it may be running or over.

    \b
    $ python3 build_submission.py dashboard dry-run-output/20261127-101500
    $ AIMO_DASHBOARD=auto python3 build_submission.py serve ...     (from inside)

    \b
    grey    to come            green  answered; the mark says what is behind it:
    yellow  generating                v votes, f a rule that fits, a agreed,
    blue    Lean checks               c computed by code that Lean compiled,
    red     given up                  ✓ checked by Lean, ∀ proved for all n
    """
    with one_line_errors():
        config = dataclasses.replace(ObserveConfig(), dashboard="lines" if lines else "auto")
        follow(run, config, console(), sleep=time.sleep)
