"""The run's budget as the gateway uses it: one grant a problem, and what its end teaches.

Holds the ledger (bank.py) and the belief about this run (hazard.py); the decisions themselves are the pure
functions of policy.py. Used from one thread at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from aimo_pipeline.budget.bank import Bank, Entry
from aimo_pipeline.budget.endings import Ending, Endings
from aimo_pipeline.budget.hazard import Worlds, build_worlds
from aimo_pipeline.budget.policy import Dynamic, Plan, State, equal_share_s
from aimo_pipeline.budget.signals import UNTOLD, Agreement, Signals, Traces, history
from aimo_pipeline.budget.value import FloatArray
from aimo_pipeline.config import BudgetConfig
from aimo_pipeline.domain import Answer, Guessed, Voted


@dataclass(frozen=True)
class Grant:
    """What a problem gets.

    Attributes:
        seconds: its deadline from now on, should all its signals turn out well.
        plan: ends it sooner, see watch.py.
        why: in one line.
    """

    seconds: float
    plan: Plan
    why: str


class Controller:
    """One run's budget, from the start of the process.

    Args:
        config: the budget's slice.
        worlds: the prior; None: the shipped one, made at the first grant (it takes seconds).
        lanes: problems that may be in work at the same time.
    """

    def __init__(self, config: BudgetConfig, worlds: Worlds | None = None, lanes: int = 1) -> None:
        self.bank = Bank(config, lanes)
        self._config, self._given_worlds = config, worlds

    @cached_property
    def _worlds(self) -> Worlds:
        return self._given_worlds or build_worlds(self._config)

    @cached_property
    def _belief(self) -> FloatArray:
        return self._worlds.prior[None]

    def prepare(self) -> None:
        """Make the value tables now rather than at the first grant."""
        self._belief  # noqa: B018

    def open(self, problem_id: str, since_start_s: float) -> Grant:
        """Grant the next problem its time and open its account.

        Args:
            problem_id: as the gateway named it.
            since_start_s: since the process began.

        Returns:
            A grant above zero that ends before the wall clock, whatever happened before; floor_s when
            nothing is left.
        """
        state = self.state(since_start_s)
        policy = Dynamic(self._worlds, self._config)
        stop_s = np.minimum(policy.plan_s(state)[0], self._most_s(since_start_s))
        plan = Plan(tuple(map(float, stop_s)), float(policy.price(state)[0]))
        grant = Grant(max(plan.stop_s), plan, _why(state, plan))
        self.bank.grant(problem_id, since_start_s, grant.seconds, grant.why)
        return grant

    def open_equal_share(self, problem_id: str, since_start_s: float) -> Entry:
        """The grant for when `open` failed: an equal share of what is left, at most base_s."""
        left_s, problems = self.bank.free_s(since_start_s), self.bank.problems_to_come
        seconds = min(equal_share_s(left_s, problems, self._config), self._most_s(since_start_s))
        return self.bank.grant(problem_id, since_start_s, seconds, "an equal share")

    def _most_s(self, since_start_s: float) -> float:
        """No grant reaches beyond the reserve, however many lanes there are."""
        return max(self._config.floor_s, self.bank.left_s(since_start_s) - self._config.reserve_s)

    def close(
        self,
        since_start_s: float,
        ending: Ending,
        signals: Signals | None = None,
        problem_id: str | None = None,
    ) -> None:
        """Close the account of a problem in work (None: the oldest), and learn from how it ended."""
        closing = self.bank.close(since_start_s, ending.name.lower(), problem_id)
        seen = history(signals, closing.spent_s) if signals else UNTOLD
        ended = Endings(np.array([closing.spent_s]), np.array([ending.value]), np.array([seen]))
        self._belief = self._worlds.updated(self._belief, ended)

    def state(self, since_start_s: float) -> State:
        """What the policies see before the next problem."""
        return State(
            left_s=np.array([self.bank.free_s(since_start_s)]),
            worked_s=np.array([self.bank.worked_s(since_start_s)]),
            problems_left=self.bank.problems_to_come,
            problems_done=self.bank.problems_done,
            belief=self._belief,
        )


def ending_of(answer: Answer, spent_s: float, granted_s: float, config: BudgetConfig) -> Ending:
    """How work on a problem ended, told from its answer and the clock.

    Returns:
        ACCEPTED with evidence above a vote, or with accept_votes equal answers; else STOPPED if the grant was
        used up to the part that is kept for answering, EXHAUSTED if work ended well before.
    """
    evidence = answer.evidence
    if isinstance(evidence, Voted) and evidence.votes >= config.accept_votes:
        return Ending.ACCEPTED
    if not isinstance(evidence, Guessed | Voted):
        return Ending.ACCEPTED
    used_up = spent_s >= granted_s - 2.0 * config.answer_reserve_s
    return Ending.STOPPED if used_up else Ending.EXHAUSTED


def _why(state: State, plan: Plan) -> str:
    worst = history(Signals(Traces.FAILED, Agreement.NONE), float("inf"))
    best = history(Signals(Traces.MINED, Agreement.SOME), float("inf"))
    return (
        f"{state.left_s[0]:.0f} s left for {state.problems_left} problems; "
        f"100 s elsewhere solve {100 * plan.price:.2f}; "
        f"all signals bad {plan.stop_s[worst]:.0f} s, all good {plan.stop_s[best]:.0f} s"
    )
