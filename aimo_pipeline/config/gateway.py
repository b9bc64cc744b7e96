"""The competition's loop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class GatewayConfig:
    """The competition's loop.

    Attributes:
        evaluation_root: folder that holds the package `kaggle_evaluation`, if there is one.
        competition_rerun: True in the scored run.
        problems_csv: file for the local gateway.
        output_dir: where submission.parquet and the journal go.
        kaggle_input: where Kaggle mounts the competition's data.
        earlier_runs: journals, or folders with some, from which the budget learns how long problems take.
        shuffle_seed: the local gateway hands out the problems in this random order; None: in
            the file's order.
        expect_gpu: part of its name, such as "H100"; another one is said loudly; empty: any will do, or none.
        model_ready_s, lean_ready_s: longest waits for the model and for Lean before the first problem begins.
        ready_s: longest wait for the solver inside the first predict, which has no deadline.
        slack_s: how far beyond a problem's deadline predict still waits for its answer.
        close_s: longest wait for the solver to close at the end or on Ctrl-C.
    """

    evaluation_root: Path | None = None
    competition_rerun: bool = False
    problems_csv: Path | None = None
    output_dir: Path = Path()
    kaggle_input: Path = Path("/kaggle/input")
    earlier_runs: tuple[Path, ...] = ()
    shuffle_seed: int | None = None
    expect_gpu: str = ""
    model_ready_s: float = 1_680.0
    lean_ready_s: float = 60.0
    ready_s: float = 1_800.0
    slack_s: float = 3.0
    close_s: float = 20.0
