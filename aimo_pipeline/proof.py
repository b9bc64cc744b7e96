"""From a fitted rule to what Lean's kernel says of it: compile, translate, check, name the rung.

Beside pipeline.py because it strings stages together (trace, translate, verify); kept apart because what
counts as verified should be readable on one page.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

from aimo_pipeline.config import Config, VerifyConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.domain import CheckedTo, Evidence, Fits, Problem, ProvedForAll
from aimo_pipeline.errors import EngineSilent, EngineUnavailable, StageError, boundary
from aimo_pipeline.observe.events import (
    EngineMissing,
    EngineReady,
    LeanLost,
    LeanUnpacked,
    StatementChecked,
    TranslateFinished,
    VerifyFinished,
)
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.outcome import Found, Proved, Refuted, Rejected, Traced, Unknown, Unsupported, Verdict
from aimo_pipeline.trace.measure import affordable_terms
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.translate import CompiledProgram, Statement, compile_program, translate
from aimo_pipeline.verify.document import document_text
from aimo_pipeline.verify.engine import Engine, cache_folder, find_packed, open_engine, self_test
from aimo_pipeline.verify.packed import unpack, warm


@dataclass(frozen=True)
class Fitted:
    """A trace, the rule that was mined from it, and the far value that follows."""

    sample: int
    traced: Traced
    found: Found
    value: int


class Lean:
    """An engine that gets ready in the background and is used only after its canaries sang."""

    def __init__(self, ready: asyncio.Task[Engine | None]) -> None:
        self._ready = ready

    async def engine(self, deadline: Deadline) -> Engine | None:
        """The engine, or None when there is none, it failed its canaries, or it is not ready in time."""
        await asyncio.wait({self._ready}, timeout=deadline.remaining_s())
        return self._ready.result() if self._ready.done() else None

    @classmethod
    @asynccontextmanager
    async def opened(cls, config: VerifyConfig, *, journal: Journal, clock: Clock) -> AsyncIterator[Lean]:
        """Start what there is; a machine without Lean gets a Lean that says so."""
        async with AsyncExitStack() as stack:
            ready = asyncio.create_task(_get_ready(stack, config, journal, clock))
            try:
                yield cls(ready)
            finally:
                ready.cancel()
                await asyncio.wait({ready})


async def _get_ready(
    stack: AsyncExitStack, config: VerifyConfig, journal: Journal, clock: Clock
) -> Engine | None:
    """Unpack if need be, open, ask the canaries; the engine is closed with the stack."""
    try:
        config = await _unpacked(config, journal)
        opened = open_engine(config, clock, lost=partial(_lost, journal, config.engine))
        engine = await stack.enter_async_context(opened)
    except EngineUnavailable as error:
        journal.write(EngineMissing(config.engine, str(error)))
        return None
    return engine if await _canaries(engine, config, journal, clock) else None


async def _unpacked(config: VerifyConfig, journal: Journal) -> VerifyConfig:
    """With a toolchain that was packed: the same settings with the unpacked one, its files warm."""
    packed = find_packed(config)
    if packed is None:
        return config
    unpacked = await asyncio.to_thread(unpack, packed, cache_folder())
    began_s = time.monotonic()
    warmed = await asyncio.to_thread(warm, unpacked.folder)
    warm_s = round(time.monotonic() - began_s, 2)
    journal.write(LeanUnpacked(packed.lean, unpacked.bytes, round(unpacked.seconds, 2), warmed, warm_s))
    return replace(config, toolchain=unpacked.folder)


def _lost(journal: Journal, engine: str, reason: str) -> None:
    journal.write(LeanLost(engine, reason))


async def _canaries(engine: Engine, config: VerifyConfig, journal: Journal, clock: Clock) -> bool:
    """Whether the canaries sang; a process that dies over them is no verdict, so they are asked again."""
    began_s = clock.now_s()
    for left in range(config.pool.reruns, -1, -1):
        try:
            with boundary("self_test"):
                await self_test(engine, Deadline.after(config.start_s + config.check_s, clock))
        except StageError as error:
            if left and error.cause == EngineSilent.__name__:
                continue
            journal.write(EngineMissing(engine.name, str(error)))
            return False
        journal.write(EngineReady(engine.name, round(clock.now_s() - began_s, 2)))
        return True
    return False


def _word(verdict: Verdict) -> tuple[str, str]:
    match verdict:
        case Proved():
            return "proved", ""
        case Refuted(message=message):
            return "refuted", message
        case Unknown(reason=reason):
            return "unknown", reason
        case Rejected(reason=reason):
            return "rejected", reason
    assert_never(verdict)


def evidence_of(
    statement: Statement, verdicts: Mapping[str, Verdict], found: Found, min_compared: int
) -> Evidence | None:
    """The rung that Lean's verdicts support.

    Args:
        statement: what was claimed.
        verdicts: one for each theorem of the document.
        found: the rule; its spare terms are the evidence without Lean.
        min_compared: fewest indices at which program and rule must have been compared.

    Returns:
        None when Lean refuted anything: the candidate is wrong, or we are. ProvedForAll when the kernel
        accepted that program = rule at every index, the trace and the value; CheckedTo when it accepted
        program = rule at the first indices instead. Otherwise Fits.
    """
    if any(isinstance(verdict, Refuted) for verdict in verdicts.values()):
        return None
    proved = {name for name, verdict in verdicts.items() if isinstance(verdict, Proved)}
    if {"trace", "program_all", "value"} <= proved:
        return ProvedForAll()
    compared = statement.compared >= min_compared and statement.checked_index is not None
    if compared and statement.checked_index is not None and {"trace", "program", "value"} <= proved:
        return CheckedTo(statement.checked_index)
    return Fits(found.spare)


class Prover:
    """Asks Lean about fitted rules."""

    def __init__(
        self, config: Config, *, lean: Lean, sandbox: Sandbox, journal: Journal, clock: Clock
    ) -> None:
        self._config, self._lean, self._sandbox = config, lean, sandbox
        self._journal, self._clock = journal, clock

    async def evidence(self, problem: Problem, fitted: Fitted, *, deadline: Deadline) -> Evidence | None:
        """The strongest rung for a fitted rule, None when Lean refuted it."""
        unproved = Fits(fitted.found.spare)
        statement = await self._statement(problem, fitted, deadline)
        if statement is None:
            return unproved
        engine = await self._lean.engine(deadline)
        if engine is None:
            return unproved
        began_s = self._clock.now_s()
        verdicts = await engine.check(
            statement.document, deadline=deadline.capped(self._config.verify.check_s)
        )
        words = {name: _word(verdict) for name, verdict in verdicts.items()}
        self._journal.write(
            VerifyFinished(
                problem.id,
                fitted.sample,
                engine.name,
                {name: word for name, (word, _) in words.items()},
                {name: message for name, (_, message) in words.items() if message},
                round(self._clock.now_s() - began_s, 3),
            )
        )
        self._tell_statements(problem, fitted, engine.name, statement, words)
        return evidence_of(statement, verdicts, fitted.found, self._config.verify.min_compared)

    def _tell_statements(
        self,
        problem: Problem,
        fitted: Fitted,
        engine: str,
        statement: Statement,
        words: Mapping[str, tuple[str, str]],
    ) -> None:
        """Each theorem that Lean saw, with its verdict; no engine tells axioms of a verdict yet."""
        document = self._journal.keep(document_text(statement.document))
        for theorem in statement.document.theorems:
            word, message = words.get(theorem.name, ("unknown", ""))
            told = (theorem.name, theorem.statement, word, None, message)
            self._journal.write(StatementChecked(problem.id, fitted.sample, engine, document, *told))

    async def _statement(self, problem: Problem, fitted: Fitted, deadline: Deadline) -> Statement | None:
        program, compared = await self._program(problem, fitted, deadline)
        rendered = translate(
            fitted.found.formula,
            fitted.traced.sequence,
            fitted.traced.target,
            fitted.value,
            program=program,
            compared=compared,
        )
        if isinstance(rendered, Unsupported):
            self._journal.write(TranslateFinished(problem.id, fitted.sample, False, rendered.reason, None))
            return None
        return rendered

    async def _program(
        self, problem: Problem, fitted: Fitted, deadline: Deadline
    ) -> tuple[CompiledProgram | None, int]:
        compiled = compile_program(fitted.traced.source)
        if isinstance(compiled, Unsupported):
            self._journal.write(
                TranslateFinished(problem.id, fitted.sample, False, compiled.reason, compiled.line)
            )
            return None, 0
        self._journal.write(TranslateFinished(problem.id, fitted.sample, True, "", None))
        verify = self._config.verify
        compared = await affordable_terms(
            fitted.traced.source,
            max_terms=verify.max_compared,
            max_steps=verify.program_steps,
            sandbox=self._sandbox,
            # Beyond the traced terms a call of few instructions may take very long.
            deadline=deadline.capped(self._config.trace.fresh_s),
            config=self._config.trace,
            owner=problem.id,
        )
        return compiled, compared
