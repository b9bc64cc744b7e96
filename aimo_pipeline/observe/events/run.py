"""The run as a whole, and what it runs on."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class RunStarted:
    """The process began work.

    Attributes:
        problems: how many are expected.
        total_s: wall clock for all of them.
        settings: dotted name -> value, of every setting that is no path and no secret.
    """

    package_version: str
    gateway: str
    problems: int
    total_s: float
    settings: dict[str, str]


@dataclass(frozen=True)
class EngineReady:
    """Lean answered its canaries: a true theorem proved, a false one refuted.

    Attributes:
        library: file of our Lean project, which the documents import -> digest of its text, see TextKept.
    """

    engine: str
    seconds: float
    library: dict[str, str] = field(default_factory=dict)


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
