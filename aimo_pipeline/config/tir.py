"""Tool-integrated reasoning."""

from __future__ import annotations

from dataclasses import dataclass, field

from aimo_pipeline.config.sandbox import LimitsConfig


@dataclass(frozen=True)
class TirConfig:
    """Tool-integrated reasoning.

    Attributes:
        attempts: attempts per problem.
        turns: reason-and-run turns per attempt.
        cell_s: wall clock for one cell.
    """

    attempts: int = 4
    turns: int = 4
    cell_s: float = 20.0
    limits: LimitsConfig = field(default_factory=lambda: LimitsConfig(cpu_s=30))
