"""Deciding by evidence: comparisons, and the lab for selection rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from aimo_pipeline.cli.app import app, console, one_line_errors
from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.figures import RUNGS
from aimo_pipeline.tune.attempts import read_recorded
from aimo_pipeline.tune.compare import compare
from aimo_pipeline.tune.lab import REFERENCE, LabReport, experiment
from aimo_pipeline.tune.outcomes import Config, read_config


@app.command("compare")
def compare_command(
    configs: Annotated[list[Path], typer.Argument(help="Two or more: folders with the runs of one each.")],
    worth: Annotated[float, typer.Option(min=0.1, help="Smallest difference that matters, points.")] = 4.0,
    draws: Annotated[int, typer.Option(min=100, help="Behind the intervals.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same figures.")] = 1,
) -> None:
    """Say which configuration is better, or that it cannot be said yet and what it would take.

    \b
    $ python3 build_submission.py compare runs/old runs/new
    $ ls runs/old
    run-1  run-2  run-3                 (each with its journal)

    \b
    points    of 100 problems, how many more are right; sure where the interval
              leaves 0 out
    evidence  what stood behind the answers, see the README

    Paired by problem; the noise between reruns counts, so a single run never
    yields a winner. Problems need known answers: the column `answer` of the file
    that was served.
    """
    with one_line_errors():
        found = [read_config(path) for path in configs]
        differences = compare(found, draws=draws, seed=seed)
    console().print(_sides(found))
    for one in differences:
        typer.echo(one.verdict(worth / 100))
        time = one.seconds
        typer.echo(f"  time: {one.second} {time.mean:+.1f} s a problem ({time.low:+.1f} to {time.high:+.1f})")


def _sides(configs: list[Config]) -> Table:
    table = Table(title="configurations", title_justify="left")
    for name in ("name", "runs", "problems", "right in each run", "s a problem", "evidence, over all runs"):
        table.add_column(name, justify="right" if name in ("runs", "problems", "s a problem") else "left")
    for one in configs:
        by_run = " ".join(f"{right:.0f}" for right in one.right.sum(axis=1))
        sizes = str(one.runs), str(len(one.problems))
        table.add_row(one.name, *sizes, by_run, f"{one.seconds.mean():.1f}", _mix(one))
    return table


def _mix(config: Config) -> str:
    """What stood behind the answers, in shares, strongest first."""
    whole = sum(config.evidence.values()) or 1
    there = [rung for rung in (*reversed(RUNGS), "none") if config.evidence.get(rung)]
    return ", ".join(f"{rung} {config.evidence[rung] / whole:.0%}" for rung in there)


@app.command("lab")
def lab_command(
    recorded: Annotated[Path, typer.Argument(help="Journals, or a *.jsonl with one attempt a line.")],
    k: Annotated[list[int] | None, typer.Option(help="Attempts for each answer; again for more.")] = None,
    draws: Annotated[int, typer.Option(min=10, help="For each problem.")] = 400,
    seed: Annotated[int, typer.Option(help="The same seed gives the same figures.")] = 1,
) -> None:
    """Which rule for choosing among attempts is right most often? Replayed on recorded attempts.

    \b
    $ python3 build_submission.py lab runs/new                      (journals)
    $ python3 build_submission.py lab attempts.jsonl --k 4 --k 8

    \b
    score     share of right answers, mean over families of problems, with a
              95 % interval
    lead      over the majority, on the same draws; sure where the interval
              leaves 0 out
    wrong     share of wrong answers; the rest is no answer at all
    cost      tokens for each right answer
    fails     how many problems it does not solve in most draws, and the first
              of them

    \b
    majority                   most votes
    entropy-weighted           votes weighed by 1 / entropy of the last tokens,
                               where it was recorded
    tool-call-weighted         votes of attempts that ran programs count double
    evidence ladder (ours)     what is in range, then evidence, then votes,
                               then certainty
    independent recomputation  an integer that both a program and a talk without
                               one gave
    abstain below half         the majority if more than half of the attempts
                               agree, else no answer
    """
    with one_line_errors():
        problems = read_recorded(recorded)
        for size in k or (1, 4, 8):
            try:
                console().print(_rules(experiment(problems, k=size, draws=draws, seed=seed)))
            except UserError as error:
                if k:
                    raise
                typer.echo(str(error))


def _rules(report: LabReport) -> Table:
    title = (
        f"{report.k} attempts: {report.problems} problems in {report.families} families, "
        f"{report.tokens:,.0f} tokens an answer, at most {100 * report.reach:.1f} % (pass@{report.k})"
    )
    table = Table(title=title, title_justify="left")
    for name in ("rule", "score", "95 %", "lead", "wrong", "cost", "fails"):
        table.add_column(name, justify="left" if name in ("rule", "fails") else "right", overflow="fold")
    for one in report.rules:
        mean, low, high = (100 * value for value in one.lead)
        lead = "" if one.rule == REFERENCE else f"{mean:+.1f} ({low:+.1f}..{high:+.1f})"
        worst = ", ".join(name for name, _ in one.fails[:3])
        fails = f"{len(one.fails)}: {worst}" if one.fails else "0"
        ends = f"{100 * one.low:.1f}..{100 * one.high:.1f}"
        cost = f"{report.tokens / one.score:,.0f}" if one.score else "–"
        shares = f"{100 * one.score:.1f} %", ends, lead, f"{100 * one.wrong:.1f} %"
        table.add_row(one.rule, *shares, cost, fails)
    return table
