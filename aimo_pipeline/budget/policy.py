"""How long the next problem may take: a pure function from what is left to a grant."""

from __future__ import annotations

from aimo_pipeline.config import BudgetConfig


def grant_s(left_s: float, problems_left: int, config: BudgetConfig) -> float:
    """Seconds for the next problem: an equal share of what is left, at most base_s.

    An equal share needs no ledger to be fair. A problem that ends early leaves its time to all
    later ones, up to base_s; one that overruns by o takes only o / (problems left) from each of
    them, so that after n problems with overrun o the share has shrunk by at most about o * ln(n).

    Args:
        left_s: seconds until the run's wall clock ends, the reserve included.
        problems_left: problems still to come, the next one included. Zero or less means that
            more came than were announced; half of what is left then goes to each, since nobody
            knows how many follow.
        config: reserve_s is never granted.

    Returns:
        0.0 <= grant <= min(base_s, left_s - reserve_s); 0.0 only when nothing is left.
    """
    usable_s = max(0.0, left_s - config.reserve_s)
    share_s = usable_s / problems_left if problems_left > 0 else usable_s / 2
    return max(0.0, min(config.base_s, share_s))
