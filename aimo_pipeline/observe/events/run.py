"""The run as a whole, and what it runs on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RunStarted:
    """The process began work; `engine` is Lean's engine or "off"."""

    package_version: str
    gateway: str


@dataclass(frozen=True)
class EngineReady:
    """Lean answered its canaries: a true theorem proved, a false one refuted."""

    engine: str
    seconds: float


@dataclass(frozen=True)
class EngineMissing:
    """No Lean on this machine, or it failed its canaries; evidence stops at Agreed."""

    engine: str
    reason: str


@dataclass(frozen=True)
class SandboxReady:
    """Model-written programs can run; one line for each protection that says whether it is on."""

    protections: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class RunFinished:
    """The run is over."""

    problems: int
    seconds: float
