"""How long each problem of a replay may take: as recorded, or as the budget would give with other settings.

With other settings of the budget its controller grants anew on the replay's clock. What a problem does not
use is there for the next ones, and what the budget learns of it is learnt. Where the recording ends before
the plan does, nobody knows what the rest would have brought: the answer is what it was, the missing
completions are counted, and all that the plan allows is taken for spent.

Not covered: lanes. A batch, which works on several problems at once, is granted one after another.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from aimo_pipeline.budget.accounts import Accounts
from aimo_pipeline.budget.controller import Controller
from aimo_pipeline.budget.endings import Ending
from aimo_pipeline.budget.policy import Plan
from aimo_pipeline.budget.signals import HISTORIES
from aimo_pipeline.budget.watch import Watch
from aimo_pipeline.config import BudgetConfig
from aimo_pipeline.domain import Answer
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.observe.reading import Record
from aimo_pipeline.tune.replay_clock import RecordedClock
from aimo_pipeline.tune.replay_problems import Recorded

# The recorded moment and the clock's differ by what floating point leaves.
_SAME_S = 1e-6


class Grants(Protocol):
    """Whoever grants."""

    def open(self, one: Recorded) -> Watch:
        """A problem begins."""
        ...

    def close(self, one: Recorded, answer: Answer, watch: Watch, *, wanting: int) -> None:
        """It is over; `wanting` completions would have needed new tokens."""
        ...


@dataclass
class RecordedWatch(Watch):
    """Gives up when the recording did, whatever is shown; `gives_up_s` is since the problem began."""

    gives_up_s: float = math.inf

    def going_on(self, lead_s: float) -> bool:
        """See Watch; the recorded moment has the lead in it."""
        return not self.signals.decided and self.elapsed_s < self.gives_up_s - _SAME_S

    def next_look_s(self, lead_s: float) -> float:
        """See Watch."""
        return max(0.0, self.gives_up_s - self.elapsed_s)


class RecordedGrants:
    """What the recording gave."""

    def __init__(self, clock: RecordedClock) -> None:
        self._clock = clock

    def open(self, one: Recorded) -> Watch:
        """See Grants."""
        plan = Plan((one.grant_s,) * HISTORIES, 0.0)
        gives_up_s = math.inf if one.gave_up_s is None else one.gave_up_s
        return RecordedWatch(plan, self._clock.now_s(), self._clock, gives_up_s=gives_up_s)

    def close(self, one: Recorded, answer: Answer, watch: Watch, *, wanting: int) -> None:
        """See Grants; there is nothing to settle."""


class NewGrants:
    """What the budget would give.

    Args:
        config: the budget's settings.
        journal: is told.
        clock: of the replay.
        late_s: how long after its process's start the run's journal began.
    """

    def __init__(
        self, config: BudgetConfig, journal: Journal, clock: RecordedClock, *, late_s: float
    ) -> None:
        self._clock = clock
        start_s = clock.now_s() - late_s
        self._accounts = Accounts(Controller(config), config, journal=journal, clock=clock, start_s=start_s)

    def open(self, one: Recorded) -> Watch:
        """See Grants."""
        return self._accounts.open(one.problem.id)

    def close(self, one: Recorded, answer: Answer, watch: Watch, *, wanting: int) -> None:
        """See Grants."""
        ending = self._accounts.ending(answer, watch)
        if wanting and ending is not Ending.ACCEPTED:
            self._clock.advance_to(watch.began_s + watch.stop_s(0.0))
            ending = Ending.STOPPED
        self._accounts.close(one.problem.id, ending, watch.signals)


def changes_grants(settings: Mapping[str, str]) -> bool:
    """Whether other settings change what problems are granted."""
    return any(name.startswith("budget.") for name in settings)


def late_by_s(records: tuple[Record, ...]) -> float:
    """How long after its process's start a run's journal began, as far as its first grant tells."""
    total_s = next((one["total_s"] for one in records if one["type"] == "RunStarted"), 0.0)
    first = next((one for one in records if one["type"] == "GrantGiven"), None)
    return max(0.0, float(total_s - first["left_s"] - first["at_s"])) if first else 0.0
