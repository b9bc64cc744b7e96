"""The run's ledger with its journal.

Each grant and each settlement is told; a bug in the policy costs the policy, not the problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aimo_pipeline.budget.controller import Controller, ending_of
from aimo_pipeline.budget.endings import Ending
from aimo_pipeline.budget.policy import Plan
from aimo_pipeline.budget.signals import HISTORIES, Signals
from aimo_pipeline.budget.watch import Watch
from aimo_pipeline.config import BudgetConfig
from aimo_pipeline.deadline import Clock
from aimo_pipeline.domain import Answer
from aimo_pipeline.errors import StageError, boundary
from aimo_pipeline.observe.events import AccountClosed, GrantGiven, StageFailed
from aimo_pipeline.observe.journal import Journal

_CAUSE_CHARACTERS = 300


class Accounts:
    """Opens and closes accounts.

    Args:
        budget: the ledger and the policy.
        config: what the budget was made with.
        journal: is told.
        clock: plans are followed on it.
        start_s: when the process began, on `clock`.
    """

    def __init__(
        self, budget: Controller, config: BudgetConfig, *, journal: Journal, clock: Clock, start_s: float
    ) -> None:
        self._budget, self._config, self._journal = budget, config, journal
        self._clock, self._start_s = clock, start_s

    def since_start_s(self) -> float:
        """Seconds since the process began."""
        return self._clock.now_s() - self._start_s

    def left_s(self) -> float:
        """Wall clock left."""
        return self._budget.bank.left_s(self.since_start_s())

    def prepare(self) -> None:
        """Make what the first grant needs."""
        with self._guard(""):
            self._budget.prepare()

    def open(self, problem_id: str) -> Watch:
        """The problem's grant, as a plan beside the clock; above zero in any case."""
        began_s, now_s = self._clock.now_s(), self.since_start_s()
        with self._guard(problem_id):
            grant = self._budget.open(problem_id, now_s)
            self._tell(problem_id, grant.seconds, grant.plan.price, grant.why)
            return Watch(grant.plan, began_s, self._clock)
        entry = self._budget.open_equal_share(problem_id, now_s)
        self._tell(problem_id, entry.granted_s, 0.0, entry.why)
        return Watch(Plan((entry.granted_s,) * HISTORIES, 0.0), began_s, self._clock)

    def _tell(self, problem_id: str, seconds: float, price: float, why: str) -> None:
        bank = self._budget.bank
        left_s = round(bank.left_s(self.since_start_s()), 3)
        self._journal.write(
            GrantGiven(problem_id, round(seconds, 3), round(price, 6), left_s, bank.problems_left, why)
        )

    def close(self, problem_id: str, ending: Ending, signals: Signals) -> None:
        """Settle the problem's account."""
        with self._guard(problem_id):
            self._budget.close(self.since_start_s(), ending, signals, problem_id)
        closing = self._budget.bank.closings[-1]
        entry = self._budget.bank.entries[closing.entry]
        granted_s, spent_s = round(entry.granted_s, 3), round(closing.spent_s, 3)
        traces, agreement = signals.told()
        self._journal.write(AccountClosed(problem_id, closing.how, granted_s, spent_s, traces, agreement))

    def ending(self, answer: Answer, watch: Watch) -> Ending:
        """How work ended; where the plan ended it, all that the plan allowed was used."""
        spent_s = watch.elapsed_s
        allowed_s = spent_s if watch.gave_up else max(watch.plan.stop_s)
        return ending_of(answer, spent_s, allowed_s, self._config)

    @contextmanager
    def _guard(self, problem_id: str) -> Iterator[None]:
        try:
            with boundary("budget"):
                yield
        except StageError as error:
            told = str(error)[:_CAUSE_CHARACTERS]
            self._journal.write(StageFailed(problem_id, error.stage, error.cause, told))
