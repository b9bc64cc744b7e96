"""Runs a trace program in a limited child process and reads its terms.

What the child writes is untrusted: the program can write to the result's descriptor itself. A forged line
says no more than a forged return value of a(n) would, since both are the program's claims about itself;
only well-formed lines count, and the rest is ignored.
"""

from __future__ import annotations

import json
import re
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, assert_never

from aimo_pipeline.config import TraceConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.outcome import Exited, Killed, ProcessOutcome, TimedOut, Traced, TraceFailed, TraceOutcome
from aimo_pipeline.process import PROGRAM_ENV, PROGRAM_PYTHON, run_process

_HARNESS = Path(__file__).with_name("harness.py")
_HEX = re.compile(r"-?0x[0-9a-f]+")
_CAUSES = frozenset({"syntax", "crashed", "not_an_integer", "memory", "no_terms", "no_target", "exited"})
_MESSAGE_CHARS = 300


@dataclass
class _Report:
    """What the child's lines say, as far as they are well formed."""

    first: int = 0
    target: Target | None = None
    terms: list[int] = field(default_factory=list)
    error: TraceFailed | None = None


def _events(stdout: bytes) -> Iterator[dict[str, Any]]:
    """The lines that hold a JSON object; a last line cut by the kill is not one."""
    for line in stdout.split(b"\n"):
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict):
            yield event


def _number(value: object, bound: int) -> int | None:
    if not isinstance(value, str) or _HEX.fullmatch(value) is None:
        return None
    number = int(value, 16)
    return number if abs(number) < bound else None


def _error(value: object) -> TraceFailed | None:
    if not isinstance(value, dict) or value.get("cause") not in _CAUSES:
        return None
    line = value.get("line")
    message = str(value.get("message", ""))[:_MESSAGE_CHARS]
    return TraceFailed(value["cause"], message, line if isinstance(line, int) else None)


def _read_target(report: _Report, value: object, bound: int) -> None:
    if report.target is not None or not isinstance(value, list) or len(value) != 3:
        return
    first, index, modulus = (_number(part, bound) for part in value)
    if first is None or index is None or (modulus is None and value[2] is not None):
        return
    if index >= first and (modulus is None or modulus >= 1):
        report.first, report.target = first, Target(index, modulus)


def _read(stdout: bytes, config: TraceConfig) -> _Report:
    report = _Report()
    # The harness holds these bounds too, but a program that writes the lines itself does not.
    bound = 10**config.max_digits
    for event in _events(stdout):
        _read_target(report, event.get("target"), bound)
        term = _number(event.get("term"), bound)
        if term is not None and len(report.terms) < config.max_terms:
            report.terms.append(term)
        report.error = report.error or _error(event.get("error"))
    return report


def _last_line(stderr: bytes) -> str:
    return stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:_MESSAGE_CHARS]


def _failure(status: int, stderr: bytes) -> TraceFailed:
    """Why a child that reported no error ended without terms."""
    match -status:
        case signal.SIGKILL:  # the kernel's out-of-memory killer; our own kills are not Exited
            return TraceFailed("memory", "killed by the kernel", None)
        case signal.SIGXCPU:
            return TraceFailed("timed_out", "processor time is used up", None)
        case number if number > 0:
            return TraceFailed("crashed", f"ended by signal {number}", None)
    return TraceFailed("exited", f"exit status {status} {_last_line(stderr)}".strip(), None)


def _cause(ended: ProcessOutcome, report: _Report) -> TraceFailed:
    if report.error is not None:
        return report.error
    match ended:
        case TimedOut():
            return TraceFailed("timed_out", "no term in time", None)
        case Killed(limit=limit):
            return TraceFailed(limit, f"killed for passing the limit on {limit}", None)
        case Exited(status=status, stderr=stderr):
            return _failure(status, stderr)
    assert_never(ended)


def _outcome(code: str, ended: ProcessOutcome, config: TraceConfig) -> TraceOutcome:
    report = _read(ended.stdout, config)
    if report.error is not None and report.error.cause == "not_an_integer":
        return report.error  # the program computes something else than it should: no term is trusted
    if report.target is None or not report.terms:
        return _cause(ended, report)
    return Traced(Sequence(report.first, tuple(report.terms)), report.target, code)


async def run_trace(code: str, *, deadline: Deadline, config: TraceConfig) -> TraceOutcome:
    """Run a trace program as far as time, terms and limits go.

    Args:
        code: Python that defines FIRST, TARGET, MODULUS and a(n), as llm/prompts.py asks for.
        deadline: the latest end; config.wall_s from now if that is earlier.
        config: bounds on time, terms, digits and resources.

    Returns:
        Traced with the consecutive terms it gave before it ended, was stopped or crashed (at least one);
        TraceFailed when there is no term or no target, or when any term was not an integer.
    """
    if not code.strip():
        return TraceFailed("no_code", "there is no code", None)
    job = json.dumps({"code": code, "max_terms": config.max_terms, "max_digits": config.max_digits})
    with tempfile.TemporaryDirectory(prefix="trace-", ignore_cleanup_errors=True) as scratch:
        ended = await run_process(
            [*PROGRAM_PYTHON, str(_HARNESS)],
            stdin=job.encode(),
            limits=config.limits,
            deadline=deadline.capped(config.wall_s),
            cwd=Path(scratch),
            env=PROGRAM_ENV,
        )
    return _outcome(code, ended, config)
