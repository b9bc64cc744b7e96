"""One problem's plan beside its clock and its signals: whether to go on, and when to look again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aimo_pipeline.budget.policy import Plan, stop_s, worth_going_on
from aimo_pipeline.budget.signals import AGREEMENT_AT_S, TRACES_AT_S, Signals
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.domain import Answer

_LOOKS_S = (TRACES_AT_S, AGREEMENT_AT_S)


@dataclass
class Watch:
    """Whether one problem is worth its time; the one who works on it keeps `signals` up to date.

    Attributes:
        plan: made when the problem was handed out.
        began_s: when that was.
        clock: on which.
        signals: what the problem has shown of itself.
        gave_up: work was ended by the plan.
        best: the answer if it had to be given now; set by the one who works on the problem, and to be asked
            on that one's thread.
    """

    plan: Plan
    began_s: float
    clock: Clock
    signals: Signals = Signals()
    gave_up: bool = False
    best: Callable[[], Answer] | None = None

    @property
    def elapsed_s(self) -> float:
        """Since the problem was handed out."""
        return max(0.0, self.clock.now_s() - self.began_s)

    @property
    def latest(self) -> Deadline:
        """When the problem must be answered if all its signals are good."""
        return Deadline(self.began_s + max(self.plan.stop_s), self.clock)

    def stop_s(self, lead_s: float) -> float:
        """When the problem is given up if nothing else shows, `lead_s` before the plan's own time: that is
        what closing the work takes."""
        return stop_s(self.plan, self.elapsed_s + lead_s, self.signals) - lead_s

    def going_on(self, lead_s: float) -> bool:
        """Whether the time until the next look is worth more here than elsewhere."""
        return worth_going_on(self.plan, self.elapsed_s + lead_s, self.signals)

    def next_look_s(self, lead_s: float) -> float:
        """Seconds until the verdict may change though the signals do not: a fixed point, or the stop."""
        elapsed_s = self.elapsed_s
        ahead = [at_s - lead_s - elapsed_s for at_s in _LOOKS_S]
        return max(0.0, min([self.stop_s(lead_s) - elapsed_s, *(wait_s for wait_s in ahead if wait_s > 0.0)]))
