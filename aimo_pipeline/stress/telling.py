"""How records of a journal tell of a fault: that it was noticed, and that what it hit works again.

Each says as narrowly as it can what that fault leaves behind, since a run under stress is full of records
about other faults. A record is a line of the journal, the one before it goes along where times are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Record = dict[str, Any]
Noticed = Callable[[Record, Record], bool]
Works = Callable[[Record], bool]

_SLOW_S = 0.2
# How a fork server tells that it is gone; one that hangs is given up with other words.
_GONE = ("it died", "it closed its socket")


def tells(kind: str, **fields: object) -> Noticed:
    """A record of this type, with these values."""

    def told(record: Record, before: Record) -> bool:
        return record.get("type") == kind and all(record.get(name) == fields[name] for name in fields)

    return told


def either(*ways: Noticed) -> Noticed:
    """One of them."""
    return lambda record, before: any(way(record, before) for way in ways)


def sandbox_lost(*, by_itself: bool) -> Noticed:
    """The fork server died, or was given up."""

    def told(record: Record, before: Record) -> bool:
        return record.get("type") == "SandboxLost" and (record["reason"] in _GONE) is by_itself

    return either(told, tells("StageFailed", cause="SandboxUnavailable"))


def lean_without_memory(record: Record, before: Record) -> bool:
    """Lean was lost otherwise than by a signal to one that was up: while it loaded, or it came to a halt."""
    reason = str(record.get("reason", ""))
    return record.get("type") == "LeanLost" and "signal 9" not in reason and "(-9)" not in reason


def gap_of(seconds: float) -> Noticed:
    """The times of two records lie apart as the clock jumped: farther, or the wrong way round."""

    def seen(record: Record, before: Record) -> bool:
        gap_s = float(record.get("at_s", 0.0)) - float(before.get("at_s", 0.0))
        return gap_s > 0.9 * seconds if seconds > 0.0 else gap_s < -1.0

    return seen


def said_slowly(record: Record, before: Record) -> bool:
    """A completion came piecemeal."""
    return record.get("type") == "CompletionFinished" and not said(record)


def attempt_failed(record: Record, before: Record) -> bool:
    """An attempt had no answer, or the work was cancelled."""
    return record.get("type") == "Cancelled" or (
        record.get("type") == "AttemptFinished" and record.get("value") is None
    )


def program_died(record: Record, before: Record) -> bool:
    """A program came to an end that was not its own."""
    return record.get("type") == "ProgramRan" and record.get("outcome") in ("killed", "crashed")


def program_stopped(record: Record, before: Record) -> bool:
    """A trace program gave no terms."""
    return record.get("type") == "TraceFinished" and record.get("cause") != "ok"


def said(record: Record) -> bool:
    """A completion came, and not piecemeal."""
    return record.get("type") == "CompletionFinished" and (record.get("tpot_s") or 0.0) < _SLOW_S


def spoke(record: Record) -> bool:
    """A completion came, at whatever pace."""
    return record.get("type") == "CompletionFinished"


def proved(record: Record) -> bool:
    """Lean accepted all that it was asked."""
    verdicts = record.get("verdicts") or {}
    return record.get("type") == "VerifyFinished" and set(verdicts.values()) == {"proved"}


def mined(record: Record) -> bool:
    """A rule was found."""
    return record.get("type") == "MineFinished" and bool(record.get("family"))


def ran(record: Record) -> bool:
    """A program came to its own end."""
    return record.get("type") == "ProgramRan" and record.get("outcome") == "ran"


def answered(record: Record) -> bool:
    """A problem was answered."""
    return record.get("type") == "AnswerGiven"
