"""How a child process ends."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Exited:
    """The process ended by itself: exit status, or minus the signal's number."""

    status: int
    stdout: bytes
    stderr: bytes


@dataclass(frozen=True)
class ProcessTimedOut:
    """Killed at its deadline; what it had written until then is kept."""

    stdout: bytes
    stderr: bytes


@dataclass(frozen=True)
class ProcessKilled:
    """Killed for passing a limit, such as "output"."""

    limit: str
    stdout: bytes
    stderr: bytes


ProcessOutcome = Exited | ProcessTimedOut | ProcessKilled
