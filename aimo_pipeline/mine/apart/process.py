"""A mining process beside the controller's.

FLINT is C: where it runs out of memory or into a fault of its own it ends its process, and a far term may
hold the interpreter for seconds. Here either costs one rule. The process is killed with what it works on when
time is up or its caller is cancelled, and the next question finds a fresh one.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from aimo_pipeline.config import LimitsConfig, MineConfig
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.formula import Formula
from aimo_pipeline.mine.apart.messages import Asked, Confirm, Evaluate, Mine, framed, unframed, whole
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.trust.confirm import Confirmed, Contradicted
from aimo_pipeline.outcome import Found, MineOutcome, NothingFits
from aimo_pipeline.process import Child, started, to_the_end

_ARGV = (sys.executable, "-s", "-P", "-B", "-m", "aimo_pipeline.mine.apart.child")
_ROOT = Path(__file__).parents[3]
# The answer to a question is at most the terms that it was asked about and as much again.
_OUTPUT_BYTES = 256 << 20
_SAID_CHARS = 200


@dataclass(frozen=True)
class _Lost:
    """There is no answer; `died` by itself, or out of time."""

    reason: str
    died: bool


class MiningProcess:
    """A `Mining` that answers one question at a time; made by `opened`."""

    def __init__(self, config: MineConfig, lost: Callable[[str], None]) -> None:
        self._config, self._lost = config, lost
        self._turn = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._child: Child | None = None

    @classmethod
    @asynccontextmanager
    async def opened(cls, config: MineConfig, lost: Callable[[str], None]) -> AsyncIterator[MiningProcess]:
        """A mining process for the length of the block; it loads while other things begin.

        Args:
            lost: told why, each time that a process died under a question.
        """
        mining = cls(config, lost)
        try:
            with suppress(OSError):  # a question will tell of it
                await mining._up()
            yield mining
        finally:
            await to_the_end(mining._down())

    @property
    def pid(self) -> int | None:
        """The process, when there is one."""
        return None if self._child is None else self._child.pid

    async def mine(
        self, sequence: Sequence, targets: tuple[Target, ...], *, deadline: Deadline
    ) -> MineOutcome:
        """See Mining; NothingFits where there was no answer."""
        # Rivals are compared at the target, which may take as long as one evaluation.
        limit = deadline.capped(self._config.wall_s + self._config.far_s)
        answer = await self._ask(Mine(sequence, targets), limit)
        return NothingFits(answer.reason) if isinstance(answer, _Lost) else cast(MineOutcome, answer)

    async def confirm(
        self, found: Found, fresh: Mapping[int, int], *, deadline: Deadline
    ) -> Confirmed | Contradicted | CannotEvaluate:
        """See Mining."""
        answer = await self._ask(Confirm(found, dict(fresh)), deadline.capped(self._config.far_s))
        if isinstance(answer, _Lost):
            return CannotEvaluate(answer.reason)
        return cast(Confirmed | Contradicted | CannotEvaluate, answer)

    async def evaluate(
        self, formula: Formula, index: int, modulus: int | None, *, deadline: Deadline
    ) -> int | CannotEvaluate:
        """See Mining."""
        limit = deadline.capped(self._config.far_s)
        answer = await self._ask(Evaluate(formula, index, modulus), limit)
        return (
            CannotEvaluate(answer.reason) if isinstance(answer, _Lost) else cast(int | CannotEvaluate, answer)
        )

    async def _ask(self, request: Mine | Confirm | Evaluate, limit: Deadline) -> object:
        """The answer, after one more try where the process died; else _Lost."""
        async with self._turn:
            answer = await self._once(request, limit)
            if isinstance(answer, _Lost) and answer.died and not limit.passed:
                self._lost(answer.reason)
                answer = await self._once(request, limit)
        return answer

    async def _once(self, request: Mine | Confirm | Evaluate, limit: Deadline) -> object:
        answered = False
        try:
            child = await self._up()
            data = framed(Asked(request, limit.remaining_s()))
            fed = await child.feed(data, timeout_s=limit.remaining_s())
            # One that does not take it all is late or dead; the latter is told a moment after its pipe broke.
            await child.until(lambda: fed and whole(child.stdout.data), timeout_s=limit.remaining_s())
            answered = whole(child.stdout.data)
            return unframed(child.stdout.take()) if answered else await self._loss(child)
        except OSError as error:
            return _Lost(f"no mining process could be started: {error}", died=False)
        finally:
            if not answered:
                await to_the_end(self._down())

    async def _loss(self, child: Child) -> _Lost:
        if not child.exited.done():
            return _Lost("mining ran out of time", died=False)
        await child.drained()
        said, status = child.last_words()[:_SAID_CHARS], child.exited.result()
        return _Lost(f"the mining process died (exit status {status}): {said}", died=True)

    async def _up(self) -> Child:
        if self._child is None:
            limits = LimitsConfig(
                cpu_s=0,
                memory_bytes=self._config.process_bytes,
                output_bytes=_OUTPUT_BYTES,
                open_files=0,
                file_bytes=1 << 20,
            )
            env = {"PYTHONPATH": str(_ROOT), "PATH": os.defpath}
            block = started(_ARGV, stdin=None, limits=limits, env=env, cwd=None, grace_s=0.0, offline=True)
            self._child = await self._stack.enter_async_context(block)
            self._child.write(framed(self._config))
        return self._child

    async def _down(self) -> None:
        self._child = None
        await self._stack.aclose()
