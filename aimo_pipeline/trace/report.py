"""What came out of one stateless job, and what that means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.outcome import Crashed, Ran, RunOutcome
from aimo_pipeline.trace import endings
from aimo_pipeline.trace.inside.frames import Frame
from aimo_pipeline.trace.job import Ended

Stopped = Literal["", "deadline", "output", "never_began"]


@dataclass(frozen=True)
class Report:
    """Everything that came out of one stateless job.

    Attributes:
        frames: what the child sent after its attestation, untrusted.
        stdout: what was printed.
        stopped: why we killed it; empty when it ended by itself.
        ended: how its process ended; None when it never began.
        seconds: how long it ran.
    """

    frames: tuple[Frame, ...]
    stdout: str
    stopped: Stopped
    ended: Ended | None
    seconds: float


def outcome_of(report: Report, limits: LimitsConfig) -> RunOutcome:
    """What became of a program of kind "run"."""
    if report.ended is None:
        return endings.never_began()
    if report.stopped == "output":
        return endings.flooded(limits, report.stdout)
    if report.frames:
        return endings.told(report.frames[0], report.ended, limits, report.stdout)
    if report.stopped == "deadline":
        return endings.out_of_time(report.seconds, report.stdout)
    return endings.died(report.ended, limits, report.stdout)


def outcome_of_trace(report: Report, limits: LimitsConfig) -> RunOutcome:
    """What became of a program of another kind, whose frames hold its results; for people to read."""
    outcome = outcome_of(replace(report, frames=()), limits)
    faults = [one["error"] for one in report.frames if isinstance(one.get("error"), dict)]
    if not faults or not isinstance(outcome, Ran):
        return outcome
    kind = str(faults[0].get("kind") or faults[0].get("cause"))
    return Crashed(kind, str(faults[0].get("message", "")), None, report.stdout)
