"""What there was to choose from, and what was chosen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CandidateStood:
    """An integer with evidence of its own was there when the answer was chosen; `value` is hexadecimal."""

    problem_id: str
    value: str
    evidence: str
    detail: str
    path: str


@dataclass(frozen=True)
class VoteCounted:
    """The votes when the answer was chosen.

    Attributes:
        value: the chosen integer in hexadecimal; None when there was none.
        votes: hexadecimal integer -> attempts and traces that gave it.
        attempts: all of them, those without an integer included.
        rejected: why integers were refused, see answer/contract.py.
    """

    problem_id: str
    value: str | None
    votes: dict[str, str]
    attempts: int
    rejected: tuple[str, ...]


@dataclass(frozen=True)
class AnswerExpected:
    """The right answer, where the problem file tells; written after the last problem."""

    problem_id: str
    value: int
