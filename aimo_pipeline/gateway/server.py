"""One run: the competition's own server where it is present, the local loop where it is not.

Sources: the real `kaggle_evaluation` of the third AIMO progress prize. Its modules import each
other both as `kaggle_evaluation.core` and as top-level modules, so both folders go on sys.path.
Its server registers the function by its name, which must be `predict`; its gateway hands over
every column of the file, so a file with answers is cut down to id and problem first; and it
writes submission.parquet into the working directory.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import sys
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import ModuleType
from typing import Protocol

import polars as pl

from aimo_pipeline import __version__, sigterm
from aimo_pipeline.budget.earlier import with_earlier
from aimo_pipeline.config import BudgetConfig, Config, GatewayConfig, settings_of
from aimo_pipeline.deadline import Clock, MonotonicClock
from aimo_pipeline.errors import UserError
from aimo_pipeline.gateway.boot import open_checked_solver
from aimo_pipeline.gateway.local import SUBMISSION, Predict, ProblemRow, play, read_problems
from aimo_pipeline.gateway.output import keep_results, output_folder
from aimo_pipeline.gateway.predictor import Predictor, Solves
from aimo_pipeline.gateway.score import GatewayName, Report, make_rows
from aimo_pipeline.observe.events import AnswerExpected, RunFinished, RunStarted
from aimo_pipeline.observe.journal import Journal, run_journal
from aimo_pipeline.observe.live import console_on, dashboard
from aimo_pipeline.observe.metrics import metrics_server
from aimo_pipeline.observe.reading import JOURNAL

PACKAGE = "kaggle_evaluation"
SERVER_MODULE = "aimo_3_inference_server"
GATEWAY_INPUT = "gateway_input.csv"


class OpenSolver(Protocol):
    """The signature of open_checked_solver."""

    def __call__(
        self, config: Config, *, journal: Journal, clock: Clock
    ) -> AbstractAsyncContextManager[Solves]:
        """A context in which problems can be solved."""
        ...


def run(
    config: Config,
    *,
    start_s: float,
    open_solver: OpenSolver = open_checked_solver,
    clock: Clock | None = None,
) -> Report:
    """Answer every problem that the gateway hands out, and write what came of it.

    Args:
        config: all settings; results.json, journal.jsonl.zst and submission.parquet go to
            config.gateway.output_dir.
        start_s: time.monotonic() as the process began; the budget is counted from there.
        open_solver: with the boot canary; tests put another in its place.
        clock: None: the machine's monotonic clock; the run under stress has one that jumps.

    Returns:
        The report, also written to results.json. On SIGTERM the solver is closed first, then the
        process dies of the signal.

    Raises:
        UserError: the problem file, AIMO_KAGGLE_EVALUATION, AIMO_EARLIER_RUNS or the output folder is not
            usable.
        KeyboardInterrupt: on Ctrl-C, after the solver was closed and its children reaped.
    """
    clock = clock or MonotonicClock()
    config = with_earlier(config)
    root = find_kaggle_evaluation(config.gateway)
    rows = _rows(config.gateway, root)
    gateway = dataclasses.replace(config.gateway, output_dir=output_folder(config.gateway))
    config = dataclasses.replace(config, budget=_budget_for(config, len(rows)), gateway=gateway)
    name: GatewayName = "kaggle_evaluation" if root else "local"
    with (
        sigterm.as_interrupt(),
        _journal(config, name, clock) as journal,
        Predictor(
            functools.partial(open_solver, config, journal=journal, clock=clock),
            journal=journal,
            clock=clock,
            config=config,
            start_s=start_s,
        ) as predictor,
    ):
        submission = serve(config.gateway, root, rows, predictor.predict)
        for row in rows:
            if row.expected is not None:
                journal.write(AnswerExpected(row.id, row.expected))
        journal.write(RunFinished(len(predictor.given), clock.now_s() - start_s))
    expected = {row.id: row.expected for row in rows}
    report = Report(name, make_rows(predictor.given, expected), str(submission), str(journal.path))
    keep_results(report, config.gateway.output_dir)
    return report


def serve(config: GatewayConfig, root: Path | None, rows: tuple[ProblemRow, ...], predict: Predict) -> Path:
    """Let the competition's server, or the local loop, call `predict` until all is answered.

    Args:
        config: the gateway's slice.
        root: folder that holds kaggle_evaluation; None: the local loop.
        rows: the problems; not looked at in the competition's rerun.
        predict: must be named "predict".

    Returns:
        Where submission.parquet is. In the competition's rerun the gateway, another process,
        writes it.

    Raises:
        GatewayFailed: from the local loop, see `play`.
        UserError: kaggle_evaluation cannot be imported.
    """
    if root is None:
        return play(predict, rows, output_dir=config.output_dir, seed=config.shuffle_seed)
    server = _import_server(root).AIMO3InferenceServer(predict)
    if config.competition_rerun:
        server.serve()  # blocks until the gateway is done
        return config.output_dir / SUBMISSION
    given = config.output_dir.absolute() / GATEWAY_INPUT
    pl.DataFrame({"id": [row.id for row in rows], "problem": [row.text for row in rows]}).write_csv(given)
    with contextlib.chdir(config.output_dir):
        server.run_local_gateway((str(given),))
    return config.output_dir / SUBMISSION


def find_kaggle_evaluation(config: GatewayConfig) -> Path | None:
    """Look for the folder that holds the competition's package.

    Args:
        config: evaluation_root, either that folder or the package itself, is looked at first;
            then config.kaggle_input in the layouts <slug>, <slug>/<folder> and
            competitions/<slug>.

    Returns:
        The folder to put on sys.path, or None.

    Raises:
        UserError: evaluation_root is given but does not hold the package.
    """
    named = config.evaluation_root
    if named is not None:
        for root in (named, named.parent):
            if _holds_package(root) and (root == named or named.name == PACKAGE):
                return root
        raise UserError(f"AIMO_KAGGLE_EVALUATION: {named} does not hold {PACKAGE}/{SERVER_MODULE}.py")
    mounts = config.kaggle_input
    found = (
        root for pattern in ("*", "*/*") for root in sorted(mounts.glob(pattern)) if _holds_package(root)
    )
    return next(found, None)


@contextlib.contextmanager
def _journal(config: Config, name: GatewayName, clock: Clock) -> Iterator[Journal]:
    """The run's journal, which says first of all what begins."""
    problems, total_s = config.budget.problems, config.budget.total_s
    path = config.gateway.output_dir / JOURNAL
    with run_journal(path, clock, config.observe.secrets) as journal:
        with (
            dashboard(journal, config.observe, console_on(sys.stdout)),
            metrics_server(journal, config.observe),
        ):
            journal.write(RunStarted(__version__, name, problems, total_s, settings_of(config)))
            yield journal


def _holds_package(root: Path) -> bool:
    return (root / PACKAGE / f"{SERVER_MODULE}.py").is_file()


def _import_server(root: Path) -> ModuleType:
    for folder in (root / PACKAGE, root):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(f"{PACKAGE}.{SERVER_MODULE}")
    except ImportError as error:
        raise UserError(f"{PACKAGE} in {root} cannot be imported: {error}") from error


def _rows(config: GatewayConfig, root: Path | None) -> tuple[ProblemRow, ...]:
    if config.competition_rerun:
        if root is None:
            raise UserError(
                f"this is the competition's rerun, but {PACKAGE} is not under {config.kaggle_input}"
            )
        return ()
    bundled = root / "test.csv" if root else None
    path = config.problems_csv or bundled
    if path is None:
        raise UserError("no problems: set AIMO_PROBLEMS to a CSV with the columns id, problem")
    return read_problems(path)


def _budget_for(config: Config, problems: int) -> BudgetConfig:
    # In the rerun the number is the competition's; a file tells its own.
    return dataclasses.replace(config.budget, problems=problems) if problems else config.budget
