"""A recorded run once more, with other settings."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from aimo_pipeline.cli.app import app, console, one_line_errors
from aimo_pipeline.config import check_acts, config_from_environ, parse_settings
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.observe.reading import read_run
from aimo_pipeline.tune.replay import replay
from aimo_pipeline.tune.replay_problems import Replayed, ReplayReport


@app.command("replay")
def replay_command(
    run: Annotated[Path, typer.Argument(help="A run's folder, or its journal.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="name=value; may be given again.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Folder for the replay's own journal.")] = None,
    lean: Annotated[bool, typer.Option(help="Ask Lean what the journal does not tell.")] = False,
) -> None:
    """Solve a recorded run again, without a model: what it said comes from the journal.

    \b
    $ python3 build_submission.py replay out/              (must be the same)
    $ python3 build_submission.py replay out/ --set tir.attempts=2
    $ python3 build_submission.py replay out/ --set budget.total_s=9000
    $ python3 build_submission.py compare out/ out/replay  (what did it change?)

    Settings have the names that the journal's first event lists;
    effort.presets.full.attempts and its like say how much is tried on a problem.
    What programs did and what Lean found comes from the journal too, as far as
    settings leave it alone; changed limits run the programs again. Time is the
    recording's, so grants and the budget's early stops fall where they fell; with
    other settings of the budget it grants anew, and what came too late for that
    is lost.

    \b
    wanting   completions that were asked for and that nobody has: they would
              need new tokens
    unused    completions of the recording that were not asked for, or came
              too late
    """
    with one_line_errors():
        found, changes = read_run(run), parse_settings(settings or ())
        check_acts(changes)
        folder = output or (run if run.is_dir() else run.parent) / "replay"
        report = asyncio.run(
            replay(
                found,
                config=config_from_environ(os.environ),
                settings=changes,
                output=folder,
                clock=MonotonicClock(),
                lean=lean,
            )
        )
    if all(one.same for one in report.problems):
        typer.echo(f"all {len(report.problems)} answers the same, bit for bit")
    else:
        console().print(as_table(report))
    for line in closing_lines(report):
        typer.echo(line)


def as_table(report: ReplayReport) -> Table:
    """The problems that came out differently."""
    same = sum(one.same for one in report.problems)
    table = Table(title=f"{same} of {len(report.problems)} answers the same, bit for bit")
    for name in ("id", "recorded", "replayed", "s of grant", "wanting", "unused", "why"):
        table.add_column(name, justify="right" if name in ("s of grant", "wanting", "unused") else "left")
    for one in report.problems:
        if not one.same:
            table.add_row(*_cells(one))
    return table


def _cells(one: Replayed) -> Iterator[str]:
    yield one.recorded.problem.id
    yield "no answer" if one.recorded.answer is None else "{} {} {}".format(*one.recorded.answer)
    yield "{} {} {}".format(*one.answer)
    yield f"{one.spent_s:.0f} of {one.grant_s:.0f}"
    yield from (str(one.wanting), str(one.unused))
    yield ", ".join(_reasons(one))


def _reasons(one: Replayed) -> Iterator[str]:
    if one.cut:
        yield "cut off"
    if one.wanting:
        yield "needs new tokens"
    if one.recorded.ran_out:
        yield "ran out of time in the recording"
    if one.recorded.cleaned:
        yield "a completion was cleaned"


def closing_lines(report: ReplayReport) -> list[str]:
    """Score, what was replayed and what was not."""
    known = [one for one in report.problems if one.recorded.expected is not None]
    right = [sum(answer(one) == one.recorded.expected for one in known) for answer in (_before, _after)]
    seconds = sum(one.seconds for one in report.problems)
    wanting = sum(one.wanting for one in report.problems)
    lines = [
        f"right     {right[1]} of {len(known)} (recorded: {right[0]})",
        f"seconds   {seconds:.1f}",
        f"programs  {report.programs} from the journal, {report.rerun} run again",
        f"Lean      {report.proofs} documents from the journal, {report.unasked} not in it",
        f"wanting   {wanting} completions that would need new tokens",
        *_grants_lines(report),
        f"journal   {report.journal}",
    ]
    lines += [f"no effect {line}" for line in report.without_effect]
    if report.unrestored:
        lines.append(f"settings that could not be restored: {', '.join(report.unrestored)}")
    return lines


def _grants_lines(report: ReplayReport) -> Iterator[str]:
    if report.regranted:
        cut = sum(one.cut for one in report.problems)
        short = sum(one.wanting > 0 for one in report.problems)
        spent_s = sum(one.spent_s for one in report.problems)
        yield f"grants    {spent_s:.0f} s spent; {cut} problems cut off, {short} beyond what was recorded"


def _before(one: Replayed) -> int | None:
    return one.recorded.answer[0] if one.recorded.answer else None


def _after(one: Replayed) -> int:
    return one.answer[0]
