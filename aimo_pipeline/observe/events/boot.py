"""What a machine turned out to have, before the first problem counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SandboxMissing:
    """Programs cannot be confined here, so none is run: problems are answered by text alone."""

    reason: str


@dataclass(frozen=True)
class BootChecked:
    """The machine and the canaries, when the first problem may begin.

    Attributes:
        gpus: name and memory of each.
        memory_bytes, disk_bytes: free.
        model, sandbox, lean: "ready", "none" (not wanted), "missing", or "waiting" (not ready in time).
        tokens_per_s: of the model's canary.
        missing: what the run goes without, and what follows from it, one sentence each.
        seconds: since the run began.
    """

    gpus: tuple[str, ...]
    memory_bytes: int
    disk_bytes: int
    model: str
    tokens_per_s: float | None
    sandbox: str
    lean: str
    missing: tuple[str, ...]
    seconds: float
