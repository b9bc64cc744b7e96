"""How long the classification of a problem is waited for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RouteConfig:
    """How long the classification of a problem is waited for.

    Attributes:
        wait_s: a model's reading that comes later is ignored.
        max_tokens: most that it may write.
    """

    wait_s: float = 0.5
    max_tokens: int = 96
