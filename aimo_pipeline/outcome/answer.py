"""How attempts and the vote end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aimo_pipeline.domain import Candidate

Source = Literal["boxed", "harvested", "remark", "tool_output", "thinking", "trace"]
Cause = Literal[
    "no_completion",
    "deadline",
    "stopped",
    "context",
    "turns",
    "tool_timeout",
    "tool_error",
    "bad_header",
    "empty",
    "engine_died",
    "refused",
    "out_of_contract",
    "no_number",
]


@dataclass(frozen=True)
class Attempted:
    """One attempt ended with an integer.

    Attributes:
        value: as it was given, of any size.
        source: where it stood. "boxed": in what the model said; "harvested": in its last word, when time or
            context were used up; "remark": named as the answer in a finished message without a box, and no
            box came when it was asked for; "tool_output": alone on the last line of its last program;
            "thinking": only in what it thought before it was cut off; "trace": a trace program came as far
            as the asked-for index itself.
        turns: that the attempt took.
        entropy: mean entropy of the last tokens of the completion with the integer, in nats; None: unknown.
        tokens: that the attempt generated; None: unknown.
    """

    value: int
    source: Source
    turns: int
    entropy: float | None = None
    tokens: int | None = None


@dataclass(frozen=True)
class NoAnswer:
    """One attempt ended without an integer.

    Attributes:
        cause: "no_completion": nobody answered; "deadline"; "stopped": its problem was given up; "context":
            no room was left; "turns": no turn was left; "tool_timeout", "tool_error": how its last program
            ended; "bad_header", "empty", "engine_died", "refused": see NoCompletion; "out_of_contract": its
            integer cannot be the answer; "no_number": it ended by itself and gave none.
        turns: that the attempt took.
        detail: what happened, in one line.
    """

    cause: Cause
    turns: int
    detail: str = ""


AttemptOutcome = Attempted | NoAnswer


@dataclass(frozen=True)
class Kept:
    """The integer can be the answer."""

    value: int


@dataclass(frozen=True)
class OutOfContract:
    """The integer cannot be the answer; `reason` says why in one line."""

    reason: str


ContractOutcome = Kept | OutOfContract


@dataclass(frozen=True)
class Chosen:
    """The candidate that stands after evidence and votes."""

    candidate: Candidate


@dataclass(frozen=True)
class NothingToChoose:
    """No candidate kept the contract."""

    rejected: tuple[str, ...]


VoteOutcome = Chosen | NothingToChoose
