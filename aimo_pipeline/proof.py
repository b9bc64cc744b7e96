"""From a fitted rule to what Lean's kernel says of it: compile, translate, check, name the rung.

Beside pipeline.py because it strings stages together (trace, translate, verify); kept apart because what
counts as verified should be readable on one page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import assert_never

from aimo_pipeline.config import Config, VerifyConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.domain import CheckedTo, CompiledTo, Evidence, Fits, Problem, ProvedForAll
from aimo_pipeline.mine import CannotEvaluate, Confirmed, Contradicted
from aimo_pipeline.mine.apart import Mining
from aimo_pipeline.observe.events import (
    CheckStarted,
    StageFailed,
    StatementChecked,
    TranslateFinished,
    VerifyFinished,
)
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.outcome import (
    Compiled,
    Found,
    Proved,
    Refuted,
    Rejected,
    Traced,
    Unknown,
    Unsupported,
    Verdict,
)
from aimo_pipeline.trace.measure import Reached, affordable_terms
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.translate import CompiledProgram, Statement, compile_program, translate
from aimo_pipeline.verify.document import Theorem, document_text, natively
from aimo_pipeline.verify.engine import Engine
from aimo_pipeline.verify.ready import Lean


@dataclass(frozen=True)
class Fitted:
    """A trace, the rule that was mined from it, and the far value that follows."""

    sample: int
    traced: Traced
    found: Found
    value: int


@dataclass(frozen=True)
class _Reach:
    """Terms at which program and rule can be compared, by the kernel or by code that Lean compiles."""

    terms: tuple[Reached, ...]
    native: bool


def _word(verdict: Verdict) -> tuple[str, str]:
    match verdict:
        case Proved():
            return "proved", ""
        case Compiled():
            return "compiled", ""
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
        program = rule at the first indices instead; CompiledTo when the program's values there are what code
        that Lean compiled computed. Otherwise Fits.
    """
    if any(isinstance(verdict, Refuted) for verdict in verdicts.values()):
        return None
    proved = {name for name, verdict in verdicts.items() if isinstance(verdict, Proved)}
    # A rule that divides is the mined one only where nothing was rounded.
    needed = {"trace", "value"} | ({"exact"} & set(statement.claims))
    if needed | {"program_all"} <= proved:
        return ProvedForAll()
    compared = statement.compared >= min_compared and statement.checked_index is not None
    if compared and statement.checked_index is not None and needed <= proved:
        match verdicts.get("program"):
            case Proved():
                return CheckedTo(statement.checked_index)
            case Compiled():
                return CompiledTo(statement.checked_index)
    return Fits(found.spare)


def fewer_compared(statement: Statement, verdicts: Mapping[str, Verdict], config: VerifyConfig) -> int:
    """At how many indices the program is compared instead, where it gave no value at one of so many.

    An element that no slot holds, or a recursion that is too deep, may come late; what is proved then is
    proved up to a smaller N.

    Returns:
        0 where it is not that which is missing, or fewer would be too few.
    """
    others = all(isinstance(verdicts.get(name), Proved) for name in ("trace", "value"))
    missing = isinstance(verdicts.get("program"), Unknown) and not statement.document.compiled
    if not (others and missing) or statement.compared <= config.min_compared:
        return 0
    return max(config.min_compared, statement.compared // config.fewer_compared)


class Prover:
    """Asks Lean about fitted rules; `checking` is entered while Lean is at work."""

    def __init__(
        self,
        config: Config,
        *,
        mining: Mining,
        lean: Lean,
        sandbox: Sandbox,
        journal: Journal,
        clock: Clock,
        checking: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._config, self._mining, self._lean, self._sandbox = config, mining, lean, sandbox
        self._journal, self._clock, self._checking = journal, clock, checking

    async def evidence(self, problem: Problem, fitted: Fitted, *, deadline: Deadline) -> Evidence | None:
        """The strongest rung for a fitted rule, None when Lean or the program itself refuted it."""
        unproved = Fits(fitted.found.spare)
        program = self._compiled(problem, fitted)
        reach = await self._reach(problem, fitted, program, deadline)
        match await self._python_says(fitted, reach, deadline):
            case Contradicted(index):
                said = f"the program's a({index}) is not the rule's"
                self._journal.write(StageFailed(problem.id, "verify", Contradicted.__name__, said))
                return None
            case CannotEvaluate():  # the mining process was lost over it
                return unproved
        statement = self._rendered(problem, fitted, program, len(reach.terms))
        if statement is None:
            return unproved
        if reach.native:
            statement = _natively(statement)
        engine = await self._lean.engine(deadline)
        if engine is None:
            return unproved
        verdicts = await self._check(problem, fitted, engine, statement, deadline)
        if self._worth_compiling(statement, verdicts) and not deadline.passed:
            statement = _natively(statement)
            verdicts = await self._check(problem, fitted, engine, statement, deadline)
        while (fewer := fewer_compared(statement, verdicts, self._config.verify)) and not deadline.passed:
            shorter = self._rendered(problem, fitted, program, fewer)
            if shorter is None:
                break
            statement = shorter
            verdicts = await self._check(problem, fitted, engine, statement, deadline)
        return evidence_of(statement, verdicts, fitted.found, self._config.verify.min_compared)

    def _worth_compiling(self, statement: Statement, verdicts: Mapping[str, Verdict]) -> bool:
        """Whether the kernel could not follow the program, and compiled code may be asked instead."""
        slow = isinstance(verdicts.get("program"), Unknown)
        return slow and self._config.verify.native and not statement.document.compiled

    async def _check(
        self, problem: Problem, fitted: Fitted, engine: Engine, statement: Statement, deadline: Deadline
    ) -> Mapping[str, Verdict]:
        """Lean's verdicts, noted in the journal, the document before it is asked."""
        document = self._journal.keep(document_text(statement.document))
        names = tuple(theorem.name for theorem in statement.document.theorems)
        self._journal.write(CheckStarted(problem.id, fitted.sample, engine.name, document, names))
        began_s = self._clock.now_s()
        limit = deadline.capped(self._config.verify.check_s)
        with self._checking():
            verdicts = await engine.check(statement.document, deadline=limit)
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
        place = (problem.id, fitted.sample, engine.name, document)
        self._journal.write(*(_checked(place, one, verdicts) for one in statement.document.theorems))
        return verdicts

    async def _reach(
        self, problem: Problem, fitted: Fitted, program: CompiledProgram | None, deadline: Deadline
    ) -> _Reach:
        """The first terms that are cheap enough for the kernel, or for code that Lean compiles."""
        if program is None:
            return _Reach((), False)
        verify = self._config.verify
        steps = verify.natural_steps if program.natural else verify.program_steps
        terms = await self._affordable(problem, fitted, steps, deadline)
        if verify.native and len(terms) < verify.min_compared:
            more = await self._affordable(problem, fitted, verify.native_steps, deadline)
            if len(more) > len(terms):
                return _Reach(more, True)
        return _Reach(terms, False)

    async def _python_says(
        self, fitted: Fitted, reach: _Reach, deadline: Deadline
    ) -> Confirmed | Contradicted | CannotEvaluate:
        """Whether Python gives what the rule gives at the indices that Lean would compare.

        Lean's word is on the program as we compiled it; so a fault of the compiler cannot make a rule look
        right where the program itself says otherwise.
        """
        first = fitted.traced.sequence.first_index
        told = {first + n: term.value for n, term in enumerate(reach.terms) if term.value is not None}
        return await self._mining.confirm(fitted.found, told, deadline=deadline)

    def _rendered(
        self, problem: Problem, fitted: Fitted, program: CompiledProgram | None, compared: int
    ) -> Statement | None:
        traced = fitted.traced
        rendered = translate(
            fitted.found.formula,
            traced.sequence,
            traced.target,
            fitted.value,
            program=program,
            compared=compared,
        )
        if isinstance(rendered, Unsupported):
            self._journal.write(TranslateFinished(problem.id, fitted.sample, False, rendered.reason, None))
            return None
        return rendered

    def _compiled(self, problem: Problem, fitted: Fitted) -> CompiledProgram | None:
        compiled = compile_program(fitted.traced.source)
        if isinstance(compiled, Unsupported):
            self._journal.write(
                TranslateFinished(problem.id, fitted.sample, False, compiled.reason, compiled.line)
            )
            return None
        self._journal.write(TranslateFinished(problem.id, fitted.sample, True, "", None))
        if self._config.verify.all_n:
            return compiled
        return replace(compiled, loop=None)  # its loop is what the statement for all n is made from

    async def _affordable(
        self, problem: Problem, fitted: Fitted, steps: int, deadline: Deadline
    ) -> tuple[Reached, ...]:
        """The first terms that so many bytecode instructions let program and rule be compared at."""
        return await affordable_terms(
            fitted.traced.source,
            max_terms=self._config.verify.max_compared,
            max_steps=steps,
            sandbox=self._sandbox,
            # Beyond the traced terms a call of few instructions may take very long.
            deadline=deadline.capped(self._config.trace.fresh_s),
            config=self._config.trace,
            owner=problem.id,
        )


def _checked(
    place: tuple[str, int, str, str], theorem: Theorem, verdicts: Mapping[str, Verdict]
) -> StatementChecked:
    """A theorem that Lean saw, with its verdict and, where the engine can tell, its axioms."""
    verdict = verdicts.get(theorem.name, Unknown(""))
    word, message = _word(verdict)
    axioms = verdict.axioms if isinstance(verdict, Proved | Compiled) else None
    return StatementChecked(*place, theorem.name, theorem.statement, word, axioms, message)


def _natively(statement: Statement) -> Statement:
    """The same claims; what the program gives is computed by code that Lean compiles."""
    return replace(statement, document=natively(statement.document, "program_values"))
