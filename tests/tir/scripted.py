"""What the tests of attempts share: scripted completers, a table, a sandbox without programs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aimo_pipeline.answer.contract import Contract, reduced
from aimo_pipeline.answer.extract import boxed_answer, marked_answer
from aimo_pipeline.config import LimitsConfig, TirConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import (
    Completer,
    Completion,
    CompletionOutcome,
    CompletionRequest,
    Message,
    NoCompletion,
)
from aimo_pipeline.outcome import Attempted
from aimo_pipeline.tir.cells import CellSandbox
from aimo_pipeline.tir.talk import Table, Talk

PROBLEM = Problem("p", "What?")
ANY = Contract(None)


def talk(sample: int = 1) -> Talk:
    """An attempt that has not begun."""
    return Talk(PROBLEM, sample, (Message("system", "solve"), Message("user", PROBLEM.text)))


def code(body: str) -> str:
    """A completion that holds one program."""
    return f"Let us compute.\n```python\n{body}\n```\n"


Said = str | CompletionOutcome


@dataclass
class Scripted:
    """A completer that gives its outcomes turn by turn, taking `takes_s` on the clock for each."""

    turns: list[Said]
    takes_s: float = 0.0
    asked: list[CompletionRequest] = field(default_factory=list)

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """The outcome of the turn, or none."""
        self.asked.append(request)
        await deadline.clock.sleep(self.takes_s)
        if request.turn >= len(self.turns):
            return NoCompletion("not_recorded")
        said = self.turns[request.turn]
        return Completion(said, "test") if isinstance(said, str) else said


@dataclass
class BySample:
    """A completer that boxes one integer per sample; a sample in `hang` never answers."""

    values: Mapping[int, int]
    hang: frozenset[int] = frozenset()
    cancelled: list[int] = field(default_factory=list)

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """The box of the sample, or none."""
        if request.sample in self.hang:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.append(request.sample)
                raise
        value = self.values.get(request.sample)
        return NoCompletion("not_recorded") if value is None else Completion(f"\\boxed{{{value}}}", "test")


@dataclass
class LastWords:
    """Gives every attempt the same last word, and keeps who asked."""

    value: int | None = None
    asked: list[tuple[int, bool]] = field(default_factory=list)

    async def __call__(self, talk: Talk, *, cramped: bool) -> Attempted | None:
        """See LastWord."""
        self.asked.append((talk.sample, cramped))
        return None if self.value is None else Attempted(self.value, "harvested", talk.turns + 1)


class NoSandbox:
    """Nothing here runs a program."""

    @asynccontextmanager
    async def session(self, *, limits: LimitsConfig, owner: str = "") -> AsyncIterator[Any]:
        """A session that cannot run anything."""
        yield None


def table(
    completer: Completer,
    *,
    config: TirConfig,
    sandbox: CellSandbox | Any = None,
    contract: Contract = ANY,
    last_word: Callable[..., Any] | None = None,
) -> Table:
    """A table with the answer's own rules."""
    return Table(
        completer=completer,
        sandbox=sandbox or NoSandbox(),
        config=config,
        read=lambda text: boxed_answer(text, contract),
        marked=lambda text: marked_answer(text, contract),
        admit=lambda value: reduced(value, contract),
        last_word=last_word or LastWords(),
    )
