"""The prior, and what ended problems do to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.budget.curves import kaplan_meier, lognormal_cdf
from aimo_pipeline.budget.endings import Ending, Endings, Observation
from aimo_pipeline.budget.hazard import Worlds, build_worlds, history_likelihood
from aimo_pipeline.budget.signals import AGREEMENT_AT_S, HISTORIES, TRACES_AT_S, UNTOLD
from aimo_pipeline.config import BudgetConfig

ENDED = st.lists(st.tuples(st.floats(0.0, 1e5), st.sampled_from(Ending)), max_size=60)


def one(seconds: float, ending: Ending, history: int = UNTOLD) -> Endings:
    return Endings(np.array([seconds]), np.array([ending.value]), np.array([history]))


def mean_never(worlds: Worlds, belief: np.ndarray) -> float:
    return float((belief @ worlds.never)[0])


class TestBuildWorlds:
    """Every world is a distribution that rules nothing out; the same on every machine."""

    def test_each_world_is_a_distribution_with_mass_everywhere(self, small_worlds: Worlds) -> None:
        assert (small_worlds.accepted > 0.0).all()
        assert (small_worlds.never > 0.0).all()
        assert small_worlds.prior.sum() == pytest.approx(1.0)

    def test_the_same_settings_give_the_same_worlds(self, small_config: BudgetConfig) -> None:
        first, second = build_worlds(small_config), build_worlds(small_config)
        assert (first.accepted == second.accepted).all()
        assert (first.values == second.values).all()

    def test_a_recorded_curve_becomes_a_world(self, small_config: BudgetConfig) -> None:
        curve = kaplan_meier([], small_config)
        worlds = build_worlds(small_config, [curve])
        assert (worlds.accepted[-1] == curve).all()

    def test_likelihoods_of_a_look_add_up_to_one(self) -> None:
        likelihood = history_likelihood(np.array([[0.5, 0.3, 0.2]]), np.array([0.4]))
        assert likelihood.shape == (1, HISTORIES)
        assert likelihood[0, 1:4].sum() == pytest.approx(1.0)
        assert likelihood[0, 4:10].sum() == pytest.approx(1.0)


class TestShippedSettings:
    """The grids fit into each other, and each tier's shares leave something for "never"."""

    def test_looks_and_horizon_lie_on_both_grids(self) -> None:
        config = BudgetConfig()
        for moment_s in (TRACES_AT_S, AGREEMENT_AT_S, config.horizon_s):
            assert moment_s % config.step_s == moment_s % config.cell_s == 0.0
        assert config.cell_s % config.step_s == 0.0
        assert config.horizon_s > AGREEMENT_AT_S

    def test_the_floors_of_all_problems_fit_into_the_reserve(self) -> None:
        config = BudgetConfig()
        assert config.problems * config.floor_s <= config.reserve_s

    def test_no_contest_solves_everything(self) -> None:
        for contest in BudgetConfig().hazard.contests:
            assert sum(share for share, _, _ in contest) < 1.0


class TestUpdated:
    """Bayes' rule, with given-up problems as censored observations."""

    def test_hopeless_problems_make_hopelessness_likelier(self, small_worlds: Worlds) -> None:
        before = small_worlds.prior[None]
        after = before
        for _ in range(5):
            after = small_worlds.updated(after, one(800.0, Ending.STOPPED))
        assert mean_never(small_worlds, after) > mean_never(small_worlds, before) + 0.02

    def test_an_exhausted_problem_says_more_than_one_stopped_early(self, small_worlds: Worlds) -> None:
        prior = small_worlds.prior[None]
        stopped = small_worlds.updated(prior, one(30.0, Ending.STOPPED))
        exhausted = small_worlds.updated(prior, one(30.0, Ending.EXHAUSTED))
        assert mean_never(small_worlds, exhausted) > mean_never(small_worlds, stopped)

    def test_a_problem_stopped_at_once_says_nothing(self, small_worlds: Worlds) -> None:
        prior = small_worlds.prior[None]
        assert np.allclose(small_worlds.updated(prior, one(0.0, Ending.STOPPED)), prior)

    def test_the_world_that_is_true_is_found(self, small_config: BudgetConfig, small_worlds: Worlds) -> None:
        true = len(small_config.hazard.contests) + 1  # the easy contest at the middle pace
        steps = small_worlds.accepted.shape[1]
        chance = np.random.default_rng(3)
        belief = small_worlds.prior[None]
        law = np.append(small_worlds.accepted[true], small_worlds.never[true])
        for drawn in chance.choice(steps + 1, size=300, p=law):
            ended = (
                one((drawn + 0.5) * small_worlds.step_s, Ending.ACCEPTED)
                if drawn < steps
                else one(small_config.horizon_s, Ending.STOPPED)
            )
            belief = small_worlds.updated(belief, ended)
        assert belief[0, true] > 0.9

    @given(ended=ENDED)
    def test_weights_stay_weights_whatever_happens(
        self, small_worlds: Worlds, ended: list[tuple[float, Ending]]
    ) -> None:
        belief = small_worlds.prior[None]
        for seconds, ending in ended:
            belief = small_worlds.updated(belief, one(seconds, ending))
        assert np.isfinite(belief).all()
        assert (belief >= 0.0).all()
        assert belief.sum() == pytest.approx(1.0)


class TestKaplanMeier:
    """The estimator of Kaplan and Meier, leaning on the prior by prior_problems."""

    def bare(self, config: BudgetConfig) -> BudgetConfig:
        return replace(config, hazard=replace(config.hazard, prior_problems=1e-9))

    def test_without_censoring_it_is_the_empirical_distribution(self, small_config: BudgetConfig) -> None:
        seen = [Observation(seconds, Ending.ACCEPTED) for seconds in (10.0, 20.0, 40.0, 100.0)]
        curve = kaplan_meier(seen, self.bare(small_config))
        assert curve[:4].tolist() == pytest.approx([0.5, 0.25, 0.0, 0.25], abs=1e-6)

    def test_a_stopped_problem_counts_only_until_it_was_stopped(self, small_config: BudgetConfig) -> None:
        seen = [Observation(10.0, Ending.ACCEPTED), Observation(35.0, Ending.STOPPED)]
        seen += [Observation(70.0, Ending.ACCEPTED)]
        curve = kaplan_meier(seen, self.bare(small_config))
        assert curve[:3].tolist() == pytest.approx([1 / 3, 0.0, 2 / 3], abs=1e-6)

    def test_an_exhausted_problem_is_never_accepted(self, small_config: BudgetConfig) -> None:
        seen = [Observation(10.0, Ending.EXHAUSTED), Observation(70.0, Ending.ACCEPTED)]
        assert kaplan_meier(seen, self.bare(small_config)).sum() == pytest.approx(0.5, abs=1e-6)

    def test_without_observations_it_is_the_prior(self, small_config: BudgetConfig) -> None:
        first_contest = build_worlds(small_config).accepted[len(small_config.hazard.contests)]
        assert kaplan_meier([], small_config) == pytest.approx(first_contest)

    @given(seen=ENDED)
    def test_it_is_a_distribution_whatever_was_seen(
        self, small_config: BudgetConfig, seen: list[tuple[float, Ending]]
    ) -> None:
        curve = kaplan_meier([Observation(*pair) for pair in seen], small_config)
        assert (curve >= 0.0).all()
        assert curve.sum() <= 1.0 + 1e-9


class TestLognormalCdf:
    """Half are done by the median."""

    def test_known_values(self) -> None:
        chances = lognormal_cdf(np.array([0.0, 180.0, 180.0 * np.e]), 180.0, 1.0)
        assert chances.tolist() == pytest.approx([0.0, 0.5, 0.8413447], abs=1e-6)
