"""The bound, against the exact optimum of games that are small enough, and against policies in play."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.budget.policy import Clamp, Dynamic, Static, TimeBank
from aimo_pipeline.budget.signals import AGREEMENT_AT_S, TRACES_AT_S
from aimo_pipeline.budget.value import FloatArray
from aimo_pipeline.config import BudgetConfig
from aimo_pipeline.tune.bound import clairvoyant_solved, most_solved, truth_of
from aimo_pipeline.tune.mixes import MIXES, Draw, Mix, Never, Tier, draw
from aimo_pipeline.tune.random_mixes import random_mixes
from aimo_pipeline.tune.simulate import play
from aimo_pipeline.tune.variance import interval

SMALL = BudgetConfig(total_s=3_600.0, problems=6, horizon_s=900.0)
HORIZON_S = 600.0


@dataclass(frozen=True)
class Atoms:
    """Accepted at one of a few moments, each as likely as the other."""

    times_s: tuple[float, ...]

    def cdf(self, times_s: FloatArray) -> FloatArray:
        """See SolveTime."""
        return np.asarray(np.searchsorted(np.array(self.times_s), times_s, side="right") / len(self.times_s))

    def at(self, chances: FloatArray) -> FloatArray:
        """See SolveTime."""
        return np.asarray(np.quantile(np.array(self.times_s), chances, method="inverted_cdf"))


def no_overshoots(cold_s: float) -> Draw:
    """What the bound looks at of a draw."""
    nothing = np.zeros((1, 1))
    none = nothing.astype(bool)
    return Draw(nothing, none, none, none.astype(int), none.astype(int), nothing, np.array([cold_s]))


@dataclass(frozen=True)
class Exact:
    """The best that can be done with a mix of atoms, on real time without a grid, by trying every decision.

    Between two moments at which something can happen nothing changes, so only these need be tried: to give up
    at once, at an acceptance, or at a look. At a look the problem may show any of its signals.
    """

    mix: Mix

    def solved(self, problems: int, left_s: float) -> float:
        """Problems solved on average by the best of all rules that only know the past."""

        @cache
        def value(problems: int, left_s: float) -> float:
            if problems == 0 or left_s <= 0.0:
                return 0.0
            weights = tuple(tier.share for tier in self.mix)
            return self._open(0.0, weights, left_s, lambda spent_s: value(problems - 1, left_s - spent_s))

        return value(problems, left_s)

    def _open(
        self, at_s: float, weights: tuple[float, ...], left_s: float, later: Callable[[float], float]
    ) -> float:
        """Value of a problem in hand, times the chance that it has come to this.

        Args:
            at_s: seconds into the problem.
            weights: of each tier, the chance to be of it, to have shown what was seen, and to be open.
            left_s: when the problem began.
            later: what the others are worth after so many seconds on this one.
        """
        guess = sum(w * tier.guess for w, tier in zip(weights, self.mix, strict=True))
        give_up = (guess if at_s <= left_s else 0.0) + sum(weights) * later(at_s)
        coming = [t for t in self._moments() if t > at_s]
        if not coming or sum(weights) == 0.0:
            return give_up
        then_s = coming[0]
        solved, still = 0.0, []
        for w, tier in zip(weights, self.mix, strict=True):
            times = getattr(tier.time, "times_s", ())
            open_ = sum(t > at_s for t in times)
            now = w * sum(t == then_s for t in times) / open_ if open_ else 0.0
            solved += now * ((tier.right if then_s <= left_s else 0.0) + later(then_s))
            still.append(w - now)
        return max(give_up, solved + self._seen(then_s, tuple(still), left_s, later))

    def _seen(
        self, at_s: float, weights: tuple[float, ...], left_s: float, later: Callable[[float], float]
    ) -> float:
        shown = list(self._signals(at_s))
        if not shown:
            return self._open(at_s, weights, left_s, later)
        told = (tuple(w * p for w, p in zip(weights, chances, strict=True)) for chances in shown)
        return sum(self._open(at_s, one, left_s, later) for one in told)

    def _signals(self, at_s: float) -> Iterator[tuple[float, ...]]:
        """For each signal that may be shown now, its chance in each tier."""
        if at_s == TRACES_AT_S:
            yield from ((tuple(tier.traces[k] for tier in self.mix)) for k in range(3))
        if at_s == AGREEMENT_AT_S:
            yield tuple(tier.differ for tier in self.mix)
            yield tuple(1.0 - tier.differ for tier in self.mix)

    def _moments(self) -> list[float]:
        times = {t for tier in self.mix for t in getattr(tier.time, "times_s", ())}
        return sorted(times | {TRACES_AT_S, AGREEMENT_AT_S})


CHANCES = st.floats(0.0, 1.0)
TIMES = st.lists(st.integers(1, 115).map(lambda n: 5.0 * n - 1.5), min_size=1, max_size=3, unique=True)


@st.composite
def tiers(draw_: st.DrawFn, share: float) -> Tier:
    """Any tier of atoms that lie before the horizon."""
    failed, ran = sorted((draw_(CHANCES), draw_(CHANCES)))
    return Tier(
        share,
        Atoms(tuple(sorted(draw_(TIMES)))),
        draw_(CHANCES),
        draw_(CHANCES),
        (failed, ran - failed, 1.0 - ran),
        draw_(CHANCES),
    )


@st.composite
def mixes(draw_: st.DrawFn) -> Mix:
    """Two tiers and one that is never solved."""
    first, second = sorted((draw_(CHANCES), draw_(CHANCES)))
    never = Tier(1.0 - second, Never(), 0.0, draw_(CHANCES), (0.6, 0.3, 0.1), 0.7)
    return (draw_(tiers(first)), draw_(tiers(second - first)), never)


class TestAgainstTheExactOptimum:
    """On games of a few moments it is never below the best of all rules, and near it on a fine grid."""

    @settings(deadline=None, max_examples=60)
    @given(mix=mixes(), problems=st.integers(1, 3), left_s=st.floats(1.0, 900.0))
    def test_no_rule_exceeds_the_bound(self, mix: Mix, problems: int, left_s: float) -> None:
        config = BudgetConfig(total_s=1_000.0, problems=problems)
        drawn = no_overshoots(config.total_s - left_s)
        most = most_solved(mix, drawn, config, step_s=20.0, horizon_s=HORIZON_S)
        assert most >= Exact(mix).solved(problems, left_s) - 1e-9

    @settings(deadline=None, max_examples=30)
    @given(mix=mixes(), left_s=st.floats(1.0, 900.0))
    def test_half_the_step_never_raises_the_bound(self, mix: Mix, left_s: float) -> None:
        config = BudgetConfig(total_s=1_000.0, problems=2)
        drawn = no_overshoots(config.total_s - left_s)
        rough, fine = (
            most_solved(mix, drawn, config, step_s=step_s, horizon_s=HORIZON_S) for step_s in (20.0, 10.0)
        )
        assert fine <= rough + 1e-9

    def test_on_a_fine_grid_it_is_near_the_optimum(self) -> None:
        mix = (
            Tier(0.5, Atoms((33.0, 141.0, 402.0)), 0.9, 0.3, (0.2, 0.4, 0.4), 0.1),
            Tier(0.3, Atoms((219.0, 555.0)), 0.8, 0.1, (0.6, 0.3, 0.1), 0.6),
            Tier(0.2, Never(), 0.0, 0.05, (0.7, 0.2, 0.1), 0.8),
        )
        config = BudgetConfig(total_s=1_000.0, problems=4)
        drawn = no_overshoots(200.0)
        best = Exact(mix).solved(4, 800.0)
        assert best <= most_solved(mix, drawn, config, step_s=1.0, horizon_s=HORIZON_S) <= 1.02 * best

    def test_overshoots_are_paid_in_whole_steps(self) -> None:
        mix = (Tier(1.0, Atoms((9.0,)), 1.0, 0.0, (0.2, 0.4, 0.4), 0.1),)
        config = BudgetConfig(total_s=100.0, problems=20)
        drawn = replace(no_overshoots(0.0), overshoot_s=np.full((1, 20), 11.0))
        # Nine seconds cost none of the steps of 10 s, and 11 cost one: ten problems, and one at the very end.
        assert most_solved(mix, drawn, config, step_s=10.0, horizon_s=HORIZON_S) == pytest.approx(
            10.0, abs=1.1
        )


class TestAgainstPolicies:
    """No policy that is played lies above the bound, not even one that knows the mix."""

    @pytest.mark.parametrize("name", [*MIXES, *random_mixes(4, 11)])
    def test_policies_lie_below_the_bound(self, name: str) -> None:
        mix = {**MIXES, **random_mixes(4, 11)}[name]
        drawn = draw(mix, runs=400, problems=SMALL.problems, seed=1)
        truth = truth_of(mix, SMALL)
        most = most_solved(mix, drawn, SMALL, step_s=20.0, horizon_s=2_700.0)
        for policy in (Dynamic(truth, SMALL), Static(), Clamp(3_000.0), TimeBank(True, SMALL)):
            assert interval(play(drawn, policy, truth, SMALL).solved).low <= most
        assert interval(play(drawn, Dynamic(truth, SMALL), truth, SMALL).solved).high >= 0.9 * most
        assert interval(clairvoyant_solved(drawn, SMALL)).high >= most
