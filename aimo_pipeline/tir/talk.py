"""What one attempt has said and seen so far, and what is asked of those around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from aimo_pipeline.config import TirConfig
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Completer, Completion, Message
from aimo_pipeline.outcome import Attempted, Cause, ContractOutcome, RunOutcome
from aimo_pipeline.tir.cells import CellSandbox


@dataclass
class Talk:
    """One attempt's conversation.

    Attributes:
        problem, sample: whose attempt, and its number over all rounds.
        messages: the conversation up to its last complete turn.
        turns: completions that came, readable or not.
        cells: how its programs ended.
        tokens: generated so far; None where nobody counts.
        redraws, followups: turns that were drawn again, and requests for a box.
        refused: why the last integer that it gave can't be the answer.
        remark: the last message, where it came to its end without a box and without a program.
        unfinished: what was written or thought in a turn that was cut off.
        concluding: it has been asked for its last word, and should be left alone.
    """

    problem: Problem
    sample: int
    messages: tuple[Message, ...]
    turns: int = 0
    cells: list[RunOutcome] = field(default_factory=list)
    tokens: int | None = None
    redraws: int = 0
    followups: int = 0
    refused: str = ""
    remark: str = ""
    unfinished: str = ""
    concluding: bool = False

    def heard(self, completion: Completion) -> None:
        """Count a completion."""
        self.turns += 1
        generated = completion.measures.completion_tokens
        if generated is not None:
            self.tokens = generated + (self.tokens or 0)

    def add(self, completion: Completion, reply: Message) -> None:
        """A complete turn and what was said to it."""
        said = Message("assistant", completion.text, completion.thinking)
        self.messages += (said, reply)


@dataclass(frozen=True)
class Dead:
    """No further turn comes, and why."""

    cause: Cause
    detail: str = ""


class LastWord(Protocol):
    """Asks an unfinished attempt for its best answer; None when it has none in time."""

    async def __call__(self, talk: Talk, *, cramped: bool) -> Attempted | None:
        """`cramped`: the whole conversation no longer fits into the context."""
        ...


@dataclass(frozen=True)
class Table:
    """Around what attempts sit; the same for all attempts at one problem.

    Attributes:
        completer: who reasons.
        sandbox: where programs run.
        config: bounds on turns, cells and resources.
        read: the integer that a text states as its answer, in a box.
        marked: the same, for a finished message that may name it without a box.
        admit: an integer as an answer to the problem, or why it can't be one.
        last_word: see LastWord.
    """

    completer: Completer
    sandbox: CellSandbox
    config: TirConfig
    read: Callable[[str], int | None]
    marked: Callable[[str], int | None]
    admit: Callable[[int], ContractOutcome]
    last_word: LastWord
