"""What all work on problems shares: settings, model, mining, sandbox, Lean, journal and clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aimo_pipeline.budget.effort import applied, effort_for, within
from aimo_pipeline.budget.signals import Signals
from aimo_pipeline.config import Config, Effort
from aimo_pipeline.deadline import Clock, Deadline, heard
from aimo_pipeline.domain import Problem
from aimo_pipeline.errors import StageError, boundary
from aimo_pipeline.llm.completer import Completer
from aimo_pipeline.mine.apart import Mining
from aimo_pipeline.observe.events import StageEnded, StageFailed, StageStarted
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.proof import Prover
from aimo_pipeline.solving import records
from aimo_pipeline.solving.case import Case
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.verify.ready import Lean

# Programs are stopped a little before the problem's own end, so that what they had printed still counts.
_LAST_WORD_S = 0.5
_LAST_WORD_SHARE = 0.1


class Workshop:
    """Made once for a solver; holds nothing of a problem.

    Attributes:
        config, completer, mining, sandbox, journal, clock: as handed in.
    """

    def __init__(
        self,
        config: Config,
        *,
        completer: Completer,
        mining: Mining,
        lean: Lean,
        sandbox: Sandbox,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self.config, self.completer, self.mining, self.sandbox = config, completer, mining, sandbox
        self.journal, self.clock, self._lean = journal, clock, lean
        self._under: dict[Effort, Config] = {}

    def under(self, case: Case) -> Config:
        """The stages' settings under a problem's effort; made once for each, of which there are few."""
        if case.effort not in self._under:
            self._under[case.effort] = applied(self.config, case.effort)
        return self._under[case.effort]

    def prover(self, case: Case) -> Prover | None:
        """Who asks Lean, as far as the effort goes; None when it leaves Lean out."""
        if not case.effort.lean_compared:
            return None
        return Prover(
            self.under(case),
            mining=self.mining,
            lean=self._lean,
            sandbox=self.sandbox,
            journal=self.journal,
            clock=self.clock,
            checking=case.checking,
        )

    def choose_effort(self, case: Case, stage: str) -> None:
        """Look how much time is left and how much can be tried in it."""
        left_s = case.deadline.remaining_s()
        case.effort = within(effort_for(left_s, case.route, self.config.effort), self.config)
        self.journal.write(records.effort_chosen(case.problem.id, stage, case.effort, left_s))

    def harvest_s(self, deadline: Deadline) -> float:
        """The end of a problem's time that is kept for last words."""
        tir = self.config.tir
        return min(tir.harvest_s, tir.harvest_share * deadline.remaining_s())

    def for_programs(self, deadline: Deadline) -> Deadline:
        """A little before a deadline."""
        return deadline.earlier(min(_LAST_WORD_S, _LAST_WORD_SHARE * deadline.remaining_s()))

    async def signals_after(self, case: Case, known: Signals, most_s: float) -> Signals:
        """The signals of a problem once they are others than those, or a time has passed."""
        until, signals, in_time = Deadline.after(most_s, self.clock), known, True
        while signals == known and in_time:
            in_time = await heard(case.changed, until)
            signals = case.signals()
        return signals

    @contextmanager
    def stage(self, problem: Problem, name: str) -> Iterator[None]:
        """One stage edge: what breaks inside is journalled, and the pipeline goes on."""
        began_s = self.clock.now_s()
        self.journal.write(StageStarted(problem.id, name))
        try:
            with boundary(name):
                yield
        except StageError as error:
            self.journal.write(StageFailed(problem.id, error.stage, error.cause, str(error)))
        finally:
            self.journal.write(StageEnded(problem.id, name, round(self.clock.now_s() - began_s, 4)))
