"""A whole run while things go wrong."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from aimo_pipeline.cli.app import app, console, one_line_errors
from aimo_pipeline.config import Config, config_from_environ
from aimo_pipeline.errors import EngineUnavailable, UserError
from aimo_pipeline.stress import run as stressing
from aimo_pipeline.stress.faults import FAULTS, LIVE_FAULTS, Fault, named_faults
from aimo_pipeline.stress.outcome import StressOutcome
from aimo_pipeline.stress.pace import affordable_scale, free_share
from aimo_pipeline.stress.table import as_table, as_text
from aimo_pipeline.stress.watch import Line
from aimo_pipeline.verify.installed import find_lean
from aimo_pipeline.verify.wasm_home import find_home


@app.command()
def stress(
    problems: Annotated[int, typer.Option(min=2, help="Problems in the long run.")] = 50,
    fault: Annotated[list[str] | None, typer.Option(help="Only this one; may be given again.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Folder for the run's journal and files.")] = None,
    scale: Annotated[
        float | None,
        typer.Option(min=4, help="The five hours compressed by this; default 18, less on a busy machine."),
    ] = None,
    ends: Annotated[bool, typer.Option(help="Also end two short runs by SIGTERM and SIGKILL.")] = True,
    live: Annotated[
        bool, typer.Option("--live", help="Hit the server of the model that AIMO_MODEL names, in earnest.")
    ] = False,
    show: Annotated[bool, typer.Option("--list", help="Name the faults and end.")] = False,
) -> None:
    """Put a whole run through the gateway while parts of it are killed, stopped and starved.

    \b
    $ python3 build_submission.py stress                   (50 problems)
    $ python3 build_submission.py stress --problems 10     (the short form)
    $ python3 build_submission.py stress --fault lean-killed --problems 3
    $ python3 build_submission.py stress --live --problems 4    (see AIMO_MODEL)

    Sandbox, Lean, gateway and budget are the real ones, in compressed time;
    problems and completions are scripted, so that the right answers are known.
    Faults come from outside, as from a machine. Ends with status 1 if anything
    was lost: an answer, an expected result, a process left behind, or a fault of
    which the journal says nothing.
    """
    with one_line_errors():
        faults = named_faults(fault or (), LIVE_FAULTS if live else FAULTS)
        if show:
            for one in faults:
                typer.echo(f"{one.name:<16} {one.about}")
            return
        config = config_from_environ(os.environ)
        if live and config.llm.engine is None:
            raise UserError(
                "--live needs a model: AIMO_MODEL names its folder, AIMO_MODEL_PRESET how it is served"
            )
        config = replace(config, stress=replace(config.stress, live=live))
        if scale is None:
            scale = affordable_scale(config.stress, free_share(config.stress.probe_s))
        config = replace(config, stress=replace(config.stress, scale=scale))
        outcome = _with_progress(config, faults, problems, keep, ends and not live)
    console().print(as_table(outcome))
    for line in as_text(outcome):
        typer.echo(line)
    if outcome.complaints:
        raise typer.Exit(1)


def _with_progress(
    config: Config, faults: tuple[Fault, ...], problems: int, keep: Path | None, ends: bool
) -> StressOutcome:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn(), transient=True) as progress:
        task = progress.add_task("stress", total=problems)

        def tell(line: Line) -> None:
            if line.type == "AnswerGiven":
                progress.advance(task)

        work = stressing.stress(
            faults,
            problems=problems,
            config=config.stress,
            lean=_has_lean(config),
            keep=keep,
            ending=ends,
            tell=tell,
        )
        return asyncio.run(work)


def _has_lean(config: Config) -> bool:
    if config.verify.engine == "off":
        return False
    if config.verify.engine != "wasm" and find_lean(config.verify) is not None:
        return True
    try:
        find_home(config.verify)
    except EngineUnavailable:
        return False
    return True
