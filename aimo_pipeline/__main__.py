"""The command line: python -m aimo_pipeline solve | mine | serve | table | simulate | doctor."""

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

from aimo_pipeline import __version__, pipeline, tune
from aimo_pipeline.config import Config, config_from_environ
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Answer, Problem
from aimo_pipeline.errors import EngineUnavailable, SandboxUnavailable, UserError
from aimo_pipeline.gateway import score, server
from aimo_pipeline.gateway.server import JOURNAL
from aimo_pipeline.mine import jsonl
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.trace.sandbox import Sandbox
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
    _console().print(score.as_table(report))
    for line in score.closing_lines(report):
        typer.echo(line)


def _console() -> Console:
    console = Console()
    # A pipe tells no width, and a cut table is of no use.
    return console if console.is_terminal else Console(width=_TABLE_COLUMNS)


@app.command("mine")
def mine_command() -> None:
    """Find the rule behind each sequence on standard input: one JSON object a line in, one out.

    \b
    $ cat in.jsonl
    {"id": "fib", "terms": [0,1,1,2,3,5,8,13,21,34,55,89,144,233],
     "predict": [100], "mod": 1000}                 (all on one line)
    $ python -m aimo_pipeline mine < in.jsonl
    {"id": "fib", "outcome": "found", "family": "c-finite",
     "rule": "a(n+2) = a(n+1) + a(n); from n = 0: 0, 1",
     "spare": 10, "bits": 34.6, "predicted": [75], ...}

    \b
    terms    integers of any size; for a grid a list of rows
    offset   index of the first term; without it 0 and 1 are tried
    predict  positions counted from 0; for a grid pairs of row, column
    mod      predict modulo this

    \b
    outcome              meaning; "reason" says more
    found                the rule gives every term
    ambiguous            several do and differ where it matters; the
                         terms at "wants" would settle it
    outlier_suspected    all terms but one obey a rule
    nothing_fits, constant, too_few_terms
    error                the line is no question; the next ones are

    "predicted" is null unless there is a rule and it can be evaluated at every position; those at which it
    can be are then under "partial".
    """
    for line in jsonl.mine_lines(sys.stdin.buffer, config=Config().mine, clock=MonotonicClock()):
        typer.echo(line)


@app.command()
def simulate(
    runs: Annotated[int, typer.Option(min=2, help="Runs for each policy and mix.")] = 2_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same figures.")] = 1,
    mix: Annotated[list[str] | None, typer.Option(help="Only this mix; may be given again.")] = None,
    journal: Annotated[
        list[Path] | None, typer.Option(help="Replay the solve times of a journal; may be given again.")
    ] = None,
) -> None:
    """Compare the policies that decide how long a problem may take; nothing is solved.

    \b
    $ python -m aimo_pipeline simulate --runs 10000        (all mixes, minutes)
    $ python -m aimo_pipeline simulate --mix hard          (seconds)
    $ python -m aimo_pipeline simulate --journal out/journal.jsonl

    \b
    (a) static 360 s   every problem the same
    (b) public clamp   clamp(left - 300 x others, 300, 900), as in public notebooks
    (c) time bank      120 s each, unused time is saved, hard problems draw on it;
        bank, opened   the same, with what the clock has beyond 120 s each paid in
    ours               a dynamic programme that learns during the run
    knows the mix      the same, told the true distributions; learns nothing
    (d) clairvoyant    knows every problem's solve time

    \b
    solved    right answers a run, before the clock is out; mean and 95 % interval
    gap       from (a), 0 %, to what no policy can exceed without clairvoyance, 100 %
    ours leads by   paired on the same problems; sure if the interval is above 0
    late      runs that ended after the clock

    \b
    Mixes: published (like public runs), easy, hard, bimodal, and foreign, which
    the prior was not made for.
    """
    with _one_line_errors():
        budget = config_from_environ(os.environ).budget
        chosen = tune.choose_mixes(mix or (), journal or (), budget)
        console = _console()
        for report in tune.simulate(
            chosen.mixes, runs=runs, seed=seed, config=budget, recorded=chosen.curves
        ):
            console.print(tune.as_table(report), tune.as_bars(report, problems=budget.problems), "")


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
    for line in asyncio.run(_protections(config)):
        typer.echo(f"{'sandbox':18} {line}")


async def _protections(config: Config) -> tuple[str, ...]:
    """What was found by trying, or why programs cannot run here."""
    lenient = dataclasses.replace(config.sandbox, allow_missing=True)
    try:
        async with Sandbox.opened(lenient, clock=MonotonicClock()) as sandbox:
            found = sandbox.protections
    except SandboxUnavailable as error:
        return (str(error),)
    refused = tuple(f"programs are refused for want of {name}" for name in found.lacking())
    return found.lines() + (refused if not config.sandbox.allow_missing else ())


if __name__ == "__main__":
    app()
