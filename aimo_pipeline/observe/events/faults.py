"""Parts of the machine that broke and were replaced."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SandboxLost:
    """The fork server died or hung, and another was started; what ran in it runs once more."""

    reason: str
    seconds: float


@dataclass(frozen=True)
class LeanLost:
    """A Lean process died: under a check, which is done once more by another, or while it waited for one."""

    engine: str
    reason: str


@dataclass(frozen=True)
class MiningLost:
    """The process that mines died under a question, which is asked once more."""

    reason: str


@dataclass(frozen=True)
class RecordsLost:
    """The journal could not be written `times` times (a full disk); those records may be missing here."""

    times: int
