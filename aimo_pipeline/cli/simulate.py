"""The policies of the budget, played against each other."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from aimo_pipeline import tune
from aimo_pipeline.cli.app import app, console, one_line_errors
from aimo_pipeline.config import config_from_environ
from aimo_pipeline.errors import UserError
from aimo_pipeline.tune.simulate import MixReport


@app.command()
def simulate(
    runs: Annotated[int, typer.Option(min=2, help="Runs for each policy and mix.")] = 2_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same figures.")] = 1,
    mix: Annotated[list[str] | None, typer.Option(help="Only this mix; may be given again.")] = None,
    random: Annotated[int, typer.Option(min=0, help="So many random mixes instead, drawn by the seed.")] = 0,
    step: Annotated[
        float, typer.Option(min=0.5, help="Grain of the bound in seconds, of which 60 is a multiple.")
    ] = 1.0,
    plot: Annotated[
        Path | None, typer.Option(help="Write a page with pictures there, such as p.html.")
    ] = None,
    journal: Annotated[
        list[Path] | None, typer.Option(help="Replay the solve times of a journal; may be given again.")
    ] = None,
) -> None:
    """Compare the policies that decide how long a problem may take; nothing is solved.

    \b
    $ python3 build_submission.py simulate --runs 10000     (all mixes, minutes)
    $ python3 build_submission.py simulate --mix hard       (seconds)
    $ python3 build_submission.py simulate --random 16 --seed 7 --plot p.html
    $ python3 build_submission.py simulate --journal out/journal.jsonl

    \b
    (a) static 360 s   every problem the same
    (b) public clamp   clamp(left - 300 x others, 300, 900), as in public
                       notebooks
    (c) time bank      120 s each, unused time is saved, hard problems draw on it;
        bank, opened   the same, with what the clock has beyond 120 s each paid in
    ours               a dynamic programme that learns during the run
    knows the mix      the same, told the true distributions; learns nothing
    (d) clairvoyant    knows every problem's solve time

    \b
    solved    right answers a run, before the clock is out; mean and 95 % interval
    gap       from (a), 0 %, to 100 %: what no policy can exceed without
              clairvoyance, the optimum of an easier game, see tune/bound.py
    ours leads by   paired on the same problems; sure if the interval is above 0
    late      runs that ended after the clock

    \b
    Mixes: published (like public runs), easy, hard, bimodal, and foreign, which
    the prior was not made for.
    """
    with one_line_errors():
        if 60.0 % step:
            raise UserError(f"60 s is no multiple of a step of {step:g} s")
        budget = config_from_environ(os.environ).budget
        chosen = tune.choose_mixes(mix or (), journal or (), budget, drawn=random, seed=seed)
        screen, reports = console(), []
        for report in tune.simulate(
            chosen.mixes, runs=runs, seed=seed, config=budget, recorded=chosen.curves, bound_step_s=step
        ):
            reports.append(report)
            screen.print(tune.as_table(report), tune.as_bars(report, problems=budget.problems), "")
        for line in tune.as_lines(reports):
            typer.echo(line)
        if plot is not None:
            _write_page(reports, plot, runs)


def _write_page(reports: list[MixReport], path: Path, runs: int) -> None:
    try:
        from aimo_pipeline.tune.page import write_page  # a submission has no plotly
    except ImportError:
        raise UserError("pictures need plotly; pip install plotly") from None
    write_page(reports, path, runs=runs)
    typer.echo(f"pictures    {path}")
