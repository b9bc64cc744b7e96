"""What the pipeline asks of mining, and the plain way of answering it: here and now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.formula import Formula
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.mine.mine import mine
from aimo_pipeline.mine.trust.confirm import Confirmed, Contradicted, confirm
from aimo_pipeline.outcome import Found, MineOutcome


class Mining(Protocol):
    """Finds rules, holds them to fresh terms, and evaluates them."""

    async def mine(
        self, sequence: Sequence, targets: tuple[Target, ...], *, deadline: Deadline
    ) -> MineOutcome:
        """See mine.mine."""
        ...

    async def confirm(
        self, found: Found, fresh: Mapping[int, int], *, deadline: Deadline
    ) -> Confirmed | Contradicted | CannotEvaluate:
        """See trust.confirm; CannotEvaluate when there was no telling in time."""
        ...

    async def evaluate(
        self, formula: Formula, index: int, modulus: int | None, *, deadline: Deadline
    ) -> int | CannotEvaluate:
        """See far.evaluate."""
        ...


class InProcess:
    """In the caller's own process: a far term that takes seconds holds up everything else there."""

    def __init__(self, config: MineConfig) -> None:
        self._config = config

    async def mine(
        self, sequence: Sequence, targets: tuple[Target, ...], *, deadline: Deadline
    ) -> MineOutcome:
        """See Mining."""
        return await mine(sequence, deadline=deadline, config=self._config, targets=targets)

    async def confirm(
        self, found: Found, fresh: Mapping[int, int], *, deadline: Deadline
    ) -> Confirmed | Contradicted | CannotEvaluate:
        """See Mining; the deadline is not looked at."""
        return confirm(found, fresh)

    async def evaluate(
        self, formula: Formula, index: int, modulus: int | None, *, deadline: Deadline
    ) -> int | CannotEvaluate:
        """See Mining; the deadline is not looked at."""
        return evaluate(formula, index, modulus)
