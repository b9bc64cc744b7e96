"""Solve times from journals as a mix to simulate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aimo_pipeline.budget.curves import kaplan_meier
from aimo_pipeline.budget.earlier import read_observations
from aimo_pipeline.budget.endings import Ending, Observation
from aimo_pipeline.budget.value import FloatArray
from aimo_pipeline.config import BudgetConfig, HazardConfig
from aimo_pipeline.errors import UserError
from aimo_pipeline.tune.mixes import MIXES, Mix, Never, Tier
from aimo_pipeline.tune.random_mixes import random_mixes


@dataclass(frozen=True)
class Replayed:
    """Solve times as recorded: a time to acceptance is drawn from those that were seen.

    Attributes:
        times_s: of the accepted problems, ascending.
    """

    times_s: tuple[float, ...]

    def cdf(self, times_s: FloatArray) -> FloatArray:
        """See SolveTime."""
        seen = np.searchsorted(np.array(self.times_s), times_s, side="right")
        return np.asarray(seen / len(self.times_s))

    def at(self, chances: FloatArray) -> FloatArray:
        """See SolveTime."""
        return np.asarray(np.quantile(np.array(self.times_s), chances, method="inverted_cdf"))


def replayed_mix(seen: Sequence[Observation], hazard: HazardConfig) -> Mix:
    """A mix of recorded problems.

    Args:
        seen: at least one. One that was not accepted counts as never solved, since what more time would have
            brought was not recorded: policies that go on longer than the recording did gain nothing by it.
        hazard: the signals' likelihoods, which journals do not tell.

    Not covered: whether accepted answers were right; they count as right.
    """
    times_s = sorted(one.seconds for one in seen if one.ending is Ending.ACCEPTED)
    share = len(times_s) / len(seen)
    tiers = []
    if times_s:
        told = hazard.traces_if_accepted, hazard.differ_if_accepted
        tiers.append(Tier(share, Replayed(tuple(times_s)), 1.0, 0.0, *told))
    if share < 1.0:
        tiers.append(Tier(1.0 - share, Never(), 0.0, 0.0, hazard.traces_if_never, hazard.differ_if_never))
    return tuple(tiers)


@dataclass(frozen=True)
class Chosen:
    """What to simulate, and what our policy is told of it beforehand.

    Attributes:
        mixes: by name.
        curves: (steps,) acceptance curves fitted from journals.
    """

    mixes: Mapping[str, Mix]
    curves: tuple[FloatArray, ...]


def choose_mixes(
    names: Sequence[str], journals: Sequence[Path], config: BudgetConfig, *, drawn: int = 0, seed: int = 0
) -> Chosen:
    """The mixes that a user named.

    Args:
        names: of shipped mixes; none: all of them, unless journals or random mixes are wanted.
        journals: replayed together, as one more mix "recorded".
        config: steps and prior of the fit.
        drawn: number of random mixes, see random_mixes.py.
        seed: of these.

    Raises:
        UserError: there is no such mix, or a journal is not usable.
    """
    unknown = sorted(set(names) - set(MIXES))
    if unknown:
        raise UserError(f"no mix is called {unknown[0]!r}; there are {', '.join(MIXES)}")
    mixes = {name: MIXES[name] for name in (names or (() if journals or drawn else MIXES))}
    mixes |= random_mixes(drawn, seed)
    if not journals:
        return Chosen(mixes, ())
    seen = read_observations(journals, config)
    mixes["recorded"] = replayed_mix(seen, config.hazard)
    return Chosen(mixes, (kaplan_meier(seen, config),))
