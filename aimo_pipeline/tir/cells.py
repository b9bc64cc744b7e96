"""Runs one model-written program in a limited child process and keeps what it printed."""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path
from typing import assert_never

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.outcome import Exited, Failed, Killed, Ran, RunOutcome, TimedOut
from aimo_pipeline.process import PROGRAM_ENV, PROGRAM_PYTHON, run_process

_CELL = "cell.py"
_OPTIONS = ("-X", "int_max_str_digits=0")
_MESSAGE_CHARS = 500


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _cause(status: int, last_line: str) -> str:
    """Names the way a child ended that did not end with status 0."""
    error = last_line.partition(":")[0].rpartition(".")[2]
    if status == -signal.SIGKILL or error in ("MemoryError", "_ArrayMemoryError"):
        return "memory"
    if status == -signal.SIGXCPU:
        return "timed_out"
    if error in ("SyntaxError", "IndentationError", "TabError"):
        return "syntax"
    return "crashed" if status < 0 or last_line else "exited"


def _exited(ended: Exited) -> RunOutcome:
    if ended.status == 0:
        return Ran(_text(ended.stdout))
    last_line = _text(ended.stderr).strip().rpartition("\n")[2][:_MESSAGE_CHARS]
    message = last_line or f"exit status {ended.status}"
    return Failed(_cause(ended.status, last_line), message, _text(ended.stdout))


async def run_cell(code: str, *, deadline: Deadline, limits: LimitsConfig) -> RunOutcome:
    """Run a complete program; nothing of it is left when this returns.

    Args:
        code: Python; may be anything.
        deadline: when it is killed.
        limits: what it may use.

    Returns:
        Ran when it ended with status 0, else Failed with the cause, the traceback's last line and
        what it had printed.
    """
    with tempfile.TemporaryDirectory(prefix="cell-", ignore_cleanup_errors=True) as scratch:
        Path(scratch, _CELL).write_text(code, encoding="utf-8", errors="replace")
        ended = await run_process(
            [*PROGRAM_PYTHON, *_OPTIONS, _CELL],
            stdin=b"",
            limits=limits,
            deadline=deadline,
            cwd=Path(scratch),
            env=PROGRAM_ENV,
        )
    match ended:
        case Exited():
            return _exited(ended)
        case TimedOut(stdout=stdout):
            return Failed("timed_out", "stopped when its time was used up", _text(stdout))
        case Killed(limit=limit, stdout=stdout):
            return Failed(limit, f"stopped for passing the limit on {limit}", _text(stdout))
    assert_never(ended)
