"""The miner by itself."""

from __future__ import annotations

import sys

import typer

from aimo_pipeline.cli.app import app
from aimo_pipeline.config import Config
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.mine import jsonl


@app.command("mine")
def mine_command() -> None:
    """Find the rule behind each sequence on standard input: one JSON object a line in, one out.

    \b
    $ cat in.jsonl
    {"id": "fib", "terms": [0,1,1,2,3,5,8,13,21,34,55,89,144,233],
     "predict": [100], "mod": 1000}                 (all on one line)
    $ python3 build_submission.py mine < in.jsonl
    {"id": "fib", "outcome": "found", "family": "c-finite",
     "rule": "a(n+2) = a(n+1) + a(n); from n = 0: 0, 1",
     "unknowns": 4, "spare": 10, "bits": 34.6, "predicted": [75], ...}

    \b
    id       anything; comes back with the answer
    terms    integers of any size; for a grid a list of rows
    offset   index of the first term; without it 0 and 1 are tried
    predict  positions counted from 0; for a grid pairs of row, column
    mod      predict modulo this

    \b
    outcome              meaning; "reason" says more
    found                the rule gives every term; "unknowns" were fitted
                         (twice the order of a recurrence), "spare"
                         terms foretold, which carry "bits"; "rivals"
                         fit as well, up to "differs_at"; the terms at
                         "wants" would test it; "odd_first", if it is
                         there: the first term is outside the rule,
                         which would say "expected"
    ambiguous            several do and differ where it matters; the
                         terms at "wants" would settle it
    outlier_suspected    all terms but the one at "index" obey a rule;
                         nothing is predicted from it
    nothing_fits, constant, too_few_terms, bad_terms
    error                the line is no question, "error" says why and
                         "line" which; the next ones are answered

    "predicted" is null unless there is a rule and it can be evaluated at every
    position; those at which it can be are then under "partial". A handful of
    terms is never enough: some 10 to 20 beyond what fixes the rule are, more
    where it repeats.
    """
    config = Config().mine
    if sys.stdin.isatty():
        typer.echo("one JSON object a line; Ctrl-D ends (--help shows an example)", err=True)
    lines = jsonl.bounded_lines(sys.stdin.buffer, config.max_line_bytes)
    for line in jsonl.mine_lines(lines, config=config, clock=MonotonicClock()):
        typer.echo(line)
