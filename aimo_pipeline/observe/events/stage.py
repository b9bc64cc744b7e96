"""When each stage worked on a problem, and what the machine was like meanwhile."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StageStarted:
    """A stage began to work on a problem; stages may lie within one another ("mine" within "trace")."""

    problem_id: str
    stage: str


@dataclass(frozen=True)
class StageEnded:
    """The stage is done with the problem, whichever way."""

    problem_id: str
    stage: str
    seconds: float


@dataclass(frozen=True)
class HealthSampled:
    """The machine and the pools at one moment; None where there is no such thing.

    Attributes:
        resident_bytes, proportional_bytes: of this process; in the second, a page shared by k processes
            counts as 1/k.
        available_bytes: memory that new processes could use.
        programs_running, programs_waiting: in the sandbox.
        lean_workers, lean_busy: warm ones, and those of them that check something.
        lean_restarts: workers that ended before the run did.
        lean_checks, lean_cache_hits: since the start.
    """

    resident_bytes: int | None
    available_bytes: int | None
    programs_running: int | None
    programs_waiting: int | None
    lean_workers: int | None
    lean_busy: int | None
    lean_restarts: int | None
    lean_checks: int | None
    lean_cache_hits: int | None
    proportional_bytes: int | None = None
