"""What a rehearsal says: each fault in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from aimo_pipeline.bundle.manifest import Limits
from aimo_pipeline.bundle.rehearse import Mode, Rehearsed
from aimo_pipeline.domain import ANSWER_MAX, ANSWER_MIN

SUBMISSION = "submission.parquet"

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_RAISED = re.compile(
    r"^([A-Za-z_][\w.]*(?:Error|Exception|Failed|Missing|Interrupt|Exit)): (.+)$", re.MULTILINE
)


def judge(rehearsed: Rehearsed, mode: Mode, limits: Limits) -> Iterator[str]:
    """What went wrong while the notebook ran."""
    if rehearsed.reached:
        yield f"the network was on during the check ({rehearsed.reached} answered)"
    if rehearsed.notebook_status not in (None, 0):
        yield f"the notebook failed: {raised(rehearsed.notebook_log)}"
    elif mode == "rerun" and rehearsed.serve_s is None:
        yield f"serve() was not called within {limits.serve_s:.0f} s"
    elif mode == "rerun" and rehearsed.gateway_status is None:
        yield f"the gateway was not done after {rehearsed.seconds:.0f} s"
    elif rehearsed.gateway_status not in (None, 0):
        yield f"the gateway failed: {raised(rehearsed.gateway_log)}"
    elif mode == "commit" and rehearsed.notebook_status is None:
        yield f"the notebook was not done after {rehearsed.seconds:.0f} s"


def raised(log: str) -> str:
    """The exception that a log ends with, in one line."""
    text = _COLOURS.sub("", log)
    found = _RAISED.findall(text)
    if found:
        kind, message = found[-1]
        return f"{kind.rpartition('.')[2]}: {message}"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines or ["it said nothing"])[-1][:300]


def read_back(working: Path, problems: Path) -> Iterator[str]:
    """What is wrong with submission.parquet.

    Args:
        working: where it should be.
        problems: the test set; its ids are those that must be answered.
    """
    path = working / SUBMISSION
    if not path.is_file():
        yield f"there is no {SUBMISSION} in the working folder"
        return
    try:
        frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        yield f"{SUBMISSION} cannot be read: {str(error).splitlines()[0]}"
        return
    if sorted(frame.columns) != ["answer", "id"]:
        yield f"{SUBMISSION} has the columns {', '.join(frame.columns)}; it must have id and answer"
        return
    yield from _ids(frame, problems)
    yield from _answers(frame)


def _ids(frame: pl.DataFrame, problems: Path) -> Iterator[str]:
    wanted = pl.read_csv(problems, infer_schema=False)["id"].to_list()
    given = frame["id"].cast(pl.String).to_list()
    if sorted(given) != sorted(wanted):
        missing = sorted(set(wanted) - set(given)) or ["none"]
        yield f"{SUBMISSION} has {len(given)} rows for {len(wanted)} problems; missing: {', '.join(missing)}"


def _answers(frame: pl.DataFrame) -> Iterator[str]:
    if not frame["answer"].dtype.is_integer():
        yield f"{SUBMISSION}: the answers are of type {frame['answer'].dtype}, no integers"
        return
    for id_, answer in frame.select("id", "answer").iter_rows():
        if answer is None or not ANSWER_MIN <= answer <= ANSWER_MAX:
            yield f"{SUBMISSION}: the answer of {id_}, {answer}, lies outside {ANSWER_MIN}..{ANSWER_MAX}"


def measure_output(working: Path, limits: Limits) -> Iterator[str]:
    """What is left in the working folder, against Kaggle's limits."""
    files = [path for path in working.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    if size > limits.output_bytes:
        largest = max(files, key=lambda path: path.stat().st_size)
        yield (
            f"the working folder holds {size / 1e6:.1f} MB, more than {limits.output_bytes / 1e6:.1f} MB; "
            f"the largest file is {largest.name}"
        )
    if len(files) > limits.output_files:
        yield f"the working folder holds {len(files)} files, more than {limits.output_files}"
