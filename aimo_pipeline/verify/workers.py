"""What an engine can tell of the Lean processes that it keeps."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class WorkerCounts:
    """Lean processes at one moment, and what they did since the start; None where an engine cannot tell.

    Attributes:
        up: loaded, those that check something among them.
        busy: check something.
        ended: ended before the engine did: worn out, making room, timed out, crashed.
        checks: documents checked.
        cache_hits: documents whose outcome was still known.
    """

    up: int | None
    busy: int | None
    ended: int | None
    checks: int | None
    cache_hits: int | None


@runtime_checkable
class Staffed(Protocol):
    """An engine that keeps processes and can tell of them."""

    def workers(self) -> WorkerCounts:
        """At this moment; asks nobody and does not wait."""
        ...


def was_killed(status: int) -> bool:
    """Whether an exit status tells that somebody ended the process, or that memory was out.

    A crash of Lean's own is another signal; a stack overflow is an abort.
    """
    return status in (-signal.SIGKILL, -signal.SIGTERM)


def not_told(*_: str) -> None:
    """For engines that nobody asks about lost processes."""
