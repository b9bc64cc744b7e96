"""The notebook over a problem file, as the competition runs it, followed through its journal."""

from __future__ import annotations

import argparse
import csv
import os
import re
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from prepare.cache import cache_root
from prepare.children import run_child
from prepare.environment import ensure_environment
from prepare.lean import lean_variables
from prepare.model import ensure_model
from prepare.progress import Progress
from prepare.told import ROOT, Missing, last_line, say

NOTEBOOK = ROOT / "notebooks" / "submission.ipynb"
COMPLETIONS = ROOT / "tests" / "fixtures" / "completions"

LIVE_START_S, LIVE_PROBLEM_S = 300, 60  # time of a run with the small model: in all, and for each problem


def dry_run(arguments: argparse.Namespace) -> int:
    """Run the notebook over a problem file and print the closing table."""
    problems: Path = arguments.problems.absolute()
    total = count_problems(problems)
    cache = cache_root(os.environ)
    python = ensure_environment(cache)
    lean = lean_variables(arguments.lean, cache, python, os.environ)
    model = ensure_model(cache) if arguments.model == "cpu" else {}
    output: Path = arguments.output or ROOT / "dry-run-output" / time.strftime("%Y%m%d-%H%M%S")
    output = output.absolute()
    output.mkdir(parents=True, exist_ok=True)
    (output / "results.json").unlink(missing_ok=True)
    say(f"running {NOTEBOOK.name} on {total} problems of {problems.name}")
    env = notebook_environment(os.environ, python, output) | lean | model
    env |= {"AIMO_PROBLEMS": str(problems), "AIMO_OUTPUT": str(output)}
    env.setdefault("AIMO_COMPLETIONS", str(COMPLETIONS))
    if model:  # it solves next to nothing, and would use five hours for that
        env.setdefault("AIMO_TOTAL_S", str(LIVE_START_S + LIVE_PROBLEM_S * total))
        say(f"at most {int(env['AIMO_TOTAL_S']) // 60} minutes (AIMO_TOTAL_S); fewer with --problems")
    execute(python, env, output, Progress.of(output / "journal.jsonl", total))
    return close(python, output, arguments.json)


def execute(python: Path, env: Mapping[str, str], output: Path, progress: Progress) -> None:
    """Run the notebook's cells, as the competition does; the executed notebook is kept beside the log.

    Raises:
        Missing: it ended with an error that the user can mend.
    """
    log = output / "nbconvert.log"
    options = ["--to", "notebook", "--execute", "--ExecutePreprocessor.timeout=-1"]
    where: list[str | Path] = ["--output-dir", output, "--output", "executed.ipynb", NOTEBOOK]
    if run_child([python, "-m", "nbconvert", *options, *where], env=env, log=log, tick=progress.tick):
        fail_with(log)


def notebook_environment(environ: Mapping[str, str], python: Path, output: Path) -> dict[str, str]:
    """Our variables for Jupyter, kept away from the user's own kernels and settings."""
    private = {
        name: str(output / "jupyter") for name in ("JUPYTER_CONFIG_DIR", "IPYTHONDIR", "JUPYTER_DATA_DIR")
    }
    kept = {name: value for name, value in environ.items() if name != "KAGGLE_IS_COMPETITION_RERUN"}
    path = f"{python.parent}{os.pathsep}{environ.get('PATH', os.defpath)}"
    return kept | private | {"JUPYTER_PREFER_ENV_PATH": "1", "PATH": path}


def count_problems(path: Path) -> int:
    """Number of rows of a problem file; whether it is a good one is for the gateway to say."""
    csv.field_size_limit(sys.maxsize)
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return sum(1 for _ in csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Missing(f"cannot read {path}: {error}") from None


def fail_with(log: Path) -> NoReturn:
    """Raises Missing with the line that the notebook ended with, or the path of its log."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", log.read_text(errors="replace"))
    told = re.findall(r"^(?:[\w.]+\.)?UserError: (.+)$", text, flags=re.MULTILINE)
    if told:
        raise Missing(told[-1])
    say(f"the notebook failed: {last_line(log, 'Error')}; all of it: {log}")
    raise SystemExit(1)


def close(python: Path, output: Path, copy_to: Path | None) -> int:
    """Print the table; copy the results where the user wants them."""
    results = output / "results.json"
    if copy_to is not None:
        copy_to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(results, copy_to)
    return run_child([python, "-m", "aimo_pipeline", "table", results])
