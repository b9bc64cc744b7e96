"""A fitted rule's way to Lean and back, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from aimo_pipeline.config import Config
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.domain import Evidence, Fits, Problem
from aimo_pipeline.mine import CannotEvaluate, Contradicted
from aimo_pipeline.mine.apart import Mining
from aimo_pipeline.observe.events import StageFailed
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.outcome import Verdict
from aimo_pipeline.proof.asked import verdicts_on
from aimo_pipeline.proof.claimed import evidence_of, fewer_compared, worth_compiling
from aimo_pipeline.proof.compared import python_says, reach_of
from aimo_pipeline.proof.fitted import Fitted
from aimo_pipeline.proof.stated import compiled, stated, stated_for_code
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.translate import CompiledProgram, Statement
from aimo_pipeline.verify.engine import Engine
from aimo_pipeline.verify.ready import Lean


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
        program = compiled(problem, fitted, all_n=self._config.verify.all_n, journal=self._journal)
        reach = await reach_of(
            problem, fitted, program, sandbox=self._sandbox, config=self._config, deadline=deadline
        )
        match await python_says(fitted, reach, mining=self._mining, deadline=deadline):
            case Contradicted(index):
                said = f"the program's a({index}) is not the rule's"
                self._journal.write(StageFailed(problem.id, "verify", Contradicted.__name__, said))
                return None
            case CannotEvaluate():  # the mining process was lost over it
                return unproved
        state = stated_for_code if reach.native else stated
        statement = state(problem, fitted, program, len(reach.terms), self._journal)
        if statement is None:
            return unproved
        engine = await self._lean.engine(deadline)
        if engine is None:
            return unproved
        statement, verdicts = await self._asked(problem, fitted, program, statement, engine, deadline)
        return evidence_of(statement, verdicts, fitted.found, self._config.verify.min_compared)

    async def _asked(
        self,
        problem: Problem,
        fitted: Fitted,
        program: CompiledProgram | None,
        statement: Statement,
        engine: Engine,
        deadline: Deadline,
    ) -> tuple[Statement, Mapping[str, Verdict]]:
        """What was stated last, and Lean's verdicts on it: where it could not follow the program, less."""
        verify = self._config.verify
        verdicts = await self._verdicts(problem, fitted, statement, engine, deadline)
        if worth_compiling(statement, verdicts, verify) and not deadline.passed:
            again = stated_for_code(problem, fitted, program, statement.compared, self._journal)
            if again is not None:
                statement = again
                verdicts = await self._verdicts(problem, fitted, statement, engine, deadline)
        while (fewer := fewer_compared(statement, verdicts, verify)) and not deadline.passed:
            shorter = stated(problem, fitted, program, fewer, self._journal)
            if shorter is None:
                break
            statement = shorter
            verdicts = await self._verdicts(problem, fitted, statement, engine, deadline)
        return statement, verdicts

    async def _verdicts(
        self, problem: Problem, fitted: Fitted, statement: Statement, engine: Engine, deadline: Deadline
    ) -> Mapping[str, Verdict]:
        with self._checking():
            return await verdicts_on(
                problem,
                fitted,
                statement,
                engine=engine,
                deadline=deadline.capped(self._config.verify.check_s),
                journal=self._journal,
                clock=self._clock,
            )
