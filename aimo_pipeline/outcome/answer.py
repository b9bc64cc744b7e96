"""How attempts and the vote end."""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.domain import Candidate


@dataclass(frozen=True)
class Attempted:
    """One attempt ended with an integer.

    `source` is where it stood: "boxed" or "tool_output" in tool-integrated reasoning, "trace" when a
    trace program came as far as the asked-for index itself.
    """

    value: int
    source: str
    turns: int


@dataclass(frozen=True)
class NoAnswer:
    """One attempt ended without an integer; `cause` is one of: no_completion, deadline,
    tool_error, no_number. `detail` says what happened to its last program, if that failed."""

    cause: str
    turns: int
    detail: str = ""


AttemptOutcome = Attempted | NoAnswer


@dataclass(frozen=True)
class Chosen:
    """The candidate that stands after evidence and votes."""

    candidate: Candidate


@dataclass(frozen=True)
class NothingToChoose:
    """No candidate kept the contract."""

    rejected: tuple[str, ...]


VoteOutcome = Chosen | NothingToChoose
