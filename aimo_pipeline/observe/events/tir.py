"""Attempts of tool-integrated reasoning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RoundStarted:
    """A round of attempts began; `shown` are the earlier answers that they were told of."""

    problem_id: str
    round: int
    attempts: int
    shown: tuple[str, ...]


@dataclass(frozen=True)
class AttemptFinished:
    """One attempt of tool-integrated reasoning ended.

    Attributes:
        attempt: the number of its sample, over all rounds.
        value: the integer in hexadecimal, None without one.
        source: where the integer stood; without one, the cause.
        entropy: mean entropy of the last tokens of the completion with the integer, in nats.
        tokens: that it generated.
    """

    problem_id: str
    attempt: int
    value: str | None
    source: str
    turns: int
    detail: str
    entropy: float | None = None
    tokens: int | None = None
