"""Searching settings, on a recorded run or in simulation."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from aimo_pipeline.cli.app import app, console, one_line_errors
from aimo_pipeline.config import Config, config_from_environ
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.live import console_on
from aimo_pipeline.observe.reading import read_run
from aimo_pipeline.tune.mixes import MIXES
from aimo_pipeline.tune.spaces import BANK, REPLAYED, SIMULATED, check_space

if TYPE_CHECKING:  # optuna takes a second to import
    from aimo_pipeline.tune.objectives import ReplayScore, SimulationScore
    from aimo_pipeline.tune.search import Found

_HELD = 1 / 3


@app.command("search")
def search_command(
    run: Annotated[Path | None, typer.Argument(help="A run to replay; without one: simulation.")] = None,
    parameter: Annotated[list[str] | None, typer.Option(help="Search only this; may be given again.")] = None,
    trials: Annotated[int, typer.Option(min=2, help="Settings to try.")] = 30,
    mix: Annotated[str, typer.Option(help="Of the simulation; see simulate.")] = "published",
    runs: Annotated[int, typer.Option(min=20, help="Of the simulation.")] = 400,
    seed: Annotated[int, typer.Option(help="The same seed tries the same.")] = 1,
    bank: Annotated[bool, typer.Option("--bank", help="Simulate the time bank in place of ours.")] = False,
) -> None:
    """Search settings on recorded or simulated runs; what is found counts only on problems held out.

    \b
    $ python3 build_submission.py search out/ --parameter tir.lead --trials 20
    $ python3 build_submission.py search --mix hard --trials 50

    Whoever tries thirty settings on fifty problems finds some that are lucky on
    those. So a third of the problems (of a simulation: of the runs), always the
    same ones, is kept from the search, and the best settings are played on them
    once, beside the settings as they are.

    \b
    searched  mean on the problems that the search saw; too good to be true
    held out  mean on the others: this counts
    gain      on these, paired by problem, with a 95 % interval; sure if it
              leaves 0 out

    \b
    on a run        trace.samples, mine.min_spare, mine.decisive_bits,
                    verify.min_compared, tir.attempts, tir.lead, tir.rounds;
                    a replay takes a second for ten problems
    when named      effort.presets.full.trace_wall_s, trace.fresh_s,
                    trace.beside_s, tir.cell_s; programs run again
    in simulation   budget.floor_s, budget.ceiling_s, budget.reserve_s,
                    budget.accept_votes
    with --bank     budget.bank_base_s, budget.bank_alpha: the usual policy
                    at its best, beside ours

    What changes a model's words (temperature, more samples than recorded) needs
    live runs: compare those.
    """
    with one_line_errors():
        from aimo_pipeline.tune import search

        config = config_from_environ(os.environ)
        if run and bank:
            raise UserError("--bank is played in simulation only: leave the run out")
        problems, score = _on_run(run, config) if run else _on_simulation(mix, runs, config, seed, bank)
        space = check_space(parameter or (), REPLAYED if run else BANK if bank else SIMULATED)
        with _bar(trials) as done:
            settings = {"trials": trials, "seed": seed}
            found = search.search(problems, score, space, share_held=_HELD, done=done, **settings)
    console().print(as_table(found, "right answers a problem" if run else "solved problems a run"))
    for line in closing_lines(found, getattr(score, "wanting", 0)):
        typer.echo(line)


def _on_run(run: Path, config: Config) -> tuple[list[str], ReplayScore]:
    from aimo_pipeline.tune.objectives import ReplayScore

    recorded = read_run(run)
    begun = {one["problem_id"] for one in recorded.records if one["type"] == "ProblemStarted"}
    told = [one["problem_id"] for one in recorded.records if one["type"] == "AnswerExpected"]
    return [one for one in told if one in begun], ReplayScore(recorded, config, MonotonicClock())


def _on_simulation(
    mix: str, runs: int, config: Config, seed: int, bank: bool
) -> tuple[list[str], SimulationScore]:
    from aimo_pipeline.tune.objectives import SimulationScore

    if mix not in MIXES:
        raise UserError(f"no mix is called {mix!r}; there are {', '.join(MIXES)}")
    return [str(number) for number in range(runs)], SimulationScore(MIXES[mix], config, seed, bank=bank)


@contextmanager
def _bar(trials: int) -> Iterator[Callable[[float], None]]:
    """Shows how many settings were tried; nothing where nobody can see it move."""
    screen = console_on(sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task("settings as they are", total=trials)
        yield lambda best: progress.update(task, advance=1, description=f"best so far {best:.3f}")


def as_table(found: Found, unit: str) -> Table:
    """The settings as they are beside the best that was found."""
    table = Table(title=f"{unit}, mean over {found.searched} searched and {found.held} held out")
    for name in ("settings", "searched", "held out", "gain there"):
        table.add_column(name, justify="left" if name == "settings" else "right")
    table.add_row("as they are", f"{found.seen[1]:.3f}", f"{found.unseen[1]:.3f}", "")
    if found.best:
        mean, low, high = found.gain
        gain = f"{mean:+.3f} ({low:+.3f} to {high:+.3f})"
        name = f"best of {found.trials} tried"
        table.add_row(name, f"{found.seen[0]:.3f}", f"{found.unseen[0]:.3f}", gain)
    return table


def closing_lines(found: Found, wanting: int) -> Iterator[str]:
    """What was found, what it is worth, and what a replay could not know."""
    if found.best:
        yield "found     " + " ".join(f"--set {name}={value}" for name, value in found.best.items())
    yield f"verdict   {found.verdict}"
    if wanting:
        yield f"wanting   {wanting} completions of the held-out problems would need new tokens"
