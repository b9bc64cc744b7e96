"""What is done with one trace program, step by step; pipeline.py knows the order of the steps."""

from __future__ import annotations

from dataclasses import replace

from aimo_pipeline.fresh import Held, hold_to_fresh_terms
from aimo_pipeline.mine import CannotEvaluate
from aimo_pipeline.observe.events import StageFailed
from aimo_pipeline.outcome import Found, MineOutcome, Traced, TraceFailed
from aimo_pipeline.proof import Fitted
from aimo_pipeline.solving import records
from aimo_pipeline.solving.case import Case
from aimo_pipeline.solving.workshop import Workshop
from aimo_pipeline.trace.generate import Program
from aimo_pipeline.trace.run import run_trace


class Programs:
    """The steps, each journalled, for the programs of one problem.

    Attributes:
        case: the problem.
    """

    def __init__(self, shop: Workshop, case: Case) -> None:
        self._shop, self.case = shop, case

    async def run(self, program: Program) -> Traced | TraceFailed:
        """Its terms; the asked-for one among them counts as a vote."""
        case, shop = self.case, self._shop
        config, began_s = shop.under(case).trace, shop.clock.now_s()
        limit, led = shop.for_programs(case.deadline), case.led()
        outcome = await run_trace(
            program.source,
            sandbox=shop.sandbox,
            deadline=limit.capped(config.beside_s) if led else limit,
            config=config,
            owner=case.problem.id,
            cut=None if led else case.cut,
        )
        seconds = shop.clock.now_s() - began_s
        shop.journal.write(records.trace_finished(case.problem.id, program, outcome, seconds))
        if isinstance(outcome, TraceFailed):
            return outcome
        traced = self._as_asked(outcome)
        case.reach(program.sample, traced)
        return traced

    def _as_asked(self, traced: Traced) -> Traced:
        """With the problem's own modulus, where the program left the reduction to the reader."""
        modulus = self.case.contract.modulus
        if traced.target.modulus is not None or modulus is None:
            return traced
        return replace(traced, target=replace(traced.target, modulus=modulus))

    async def hold(self, sample: int, outcome: MineOutcome, traced: Traced, began_s: float) -> Held:
        """What is left of a mined rule after fresh terms of its program; `began_s` is when mining began."""
        case, shop = self.case, self._shop
        held = await hold_to_fresh_terms(
            outcome,
            traced,
            mining=shop.mining,
            sandbox=shop.sandbox,
            deadline=shop.for_programs(case.deadline),
            config=shop.under(case).trace,
            owner=case.problem.id,
        )
        seconds = shop.clock.now_s() - began_s
        mined = records.candidates_mined(case.problem.id, sample, outcome, held)
        shop.journal.write(*mined, records.mine_finished(case.problem.id, sample, held, seconds))
        return held

    async def evaluate(self, sample: int, traced: Traced, found: Found) -> Fitted | None:
        """The rule with the value that it has at the asked-for index."""
        asked, limit = traced.target, self.case.deadline
        value = await self._shop.mining.evaluate(found.formula, asked.index, asked.modulus, deadline=limit)
        if isinstance(value, CannotEvaluate):
            failed = StageFailed(self.case.problem.id, "evaluate", "CannotEvaluate", value.reason)
            self._shop.journal.write(failed)
            return None
        fitted = Fitted(sample, traced, found, value)
        self.case.fit(fitted)
        if self.case.led():
            self._hurry_others()
        return fitted

    def _hurry_others(self) -> None:
        """Programs that still run are to say in a little time whether they lead to the same value.

        They are waited for, since Lean looks at rules in the order of their programs; all that more time
        could bring is more spare terms.
        """
        clock, case = self._shop.clock, self.case
        clock.alarm(clock.now_s() + self._shop.under(case).trace.beside_s, case.cut.make)

    async def prove(self, fitted: Fitted) -> None:
        """Ask Lean about a rule, if that can change anything."""
        case, shop = self.case, self._shop
        if all(one.sample != fitted.sample for one in case.due()):
            return
        case.asked.add(fitted.sample)
        shop.choose_effort(case, "verify")
        prover = shop.prover(case)
        if prover is not None:
            evidence = await prover.evidence(case.problem, fitted, deadline=case.deadline)
            case.weigh(fitted.sample, evidence)
            case.changed.set()
