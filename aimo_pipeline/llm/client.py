"""What the stages ask of a language model, whoever answers: a live server or a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Problem

Stage = Literal["trace", "tir"]


@dataclass(frozen=True)
class Message:
    """One turn of a conversation; `tool` carries the output of executed code."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str


@dataclass(frozen=True)
class CompletionRequest:
    """One request.

    Attributes:
        problem: what is being solved.
        stage: which stage asks.
        sample: number of the independent sample, from 0.
        turn: number of the turn within the sample, from 0.
        messages: the conversation so far, system prompt first.
    """

    problem: Problem
    stage: Stage
    sample: int
    turn: int
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Completion:
    """Text that came back, and who wrote it: a model's name, or "hand-written" for a recording."""

    text: str
    author: str


class Completer(Protocol):
    """Anything that completes."""

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> tuple[Completion, ...]:
        """At most one completion; none when there is nothing to say (nothing recorded, no time)."""
        ...
