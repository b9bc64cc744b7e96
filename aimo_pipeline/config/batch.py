"""Solving a whole file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BatchConfig:
    """Solving a whole file.

    Attributes:
        lanes: problems in work at the same time. A server that batches continuously serves 10-20 nearly as
            fast as one; the sandbox and Lean take turns beneath.
        close_s: longest wait for the solver to close.
    """

    lanes: int = 12
    close_s: float = 20.0
