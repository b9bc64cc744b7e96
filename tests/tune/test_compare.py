"""Comparisons: a planted difference is found with enough problems, and little is claimed without cause."""

from __future__ import annotations

import numpy as np
import pytest

from aimo_pipeline.errors import UserError
from aimo_pipeline.tune.compare import Difference, compare, interval_of
from aimo_pipeline.tune.outcomes import Config, FloatArray


def chances(generator: np.random.Generator, problems: int) -> FloatArray:
    """Chance of each problem: many sure ones, some hopeless ones, some in between, as public runs show."""
    return generator.beta(1.0, 0.35, size=problems)


def played(
    generator: np.random.Generator, chance: FloatArray, runs: int, *, run_spread: float = 0.0
) -> FloatArray:
    """(runs, problems) of right and wrong; `run_spread` shifts the chances of whole runs."""
    shift = generator.normal(0.0, run_spread, size=(runs, 1))
    return (generator.random((runs, len(chance))) < np.clip(chance + shift, 0, 1)).astype(np.float64)


def config(name: str, right: FloatArray) -> Config:
    names = tuple(f"p{number}" for number in range(right.shape[1]))
    return Config(name, names, right, np.full_like(right, 10.0), {"Voted": right.size})


def planted(problems: int, runs: int, points: float, seed: int) -> Difference:
    """Two configurations of which the second is better by so many points on average."""
    generator = np.random.default_rng(seed)
    chance = chances(generator, problems) * (1 - points / 100)
    first, second = played(generator, chance, runs), played(generator, chance + points / 100, runs)
    [difference] = compare([config("A", first), config("B", second)], draws=1_000, seed=seed)
    return difference


class TestPlantedDifference:
    """Six points are found with enough problems, and with few it is said that they are too few."""

    def test_six_points_are_found_with_many_problems_and_runs(self) -> None:
        found = [planted(800, 5, 6.0, seed) for seed in range(10)]
        assert [one.winner for one in found].count("B") >= 9
        assert not any(one.winner == "A" for one in found)
        assert all("B is better" in one.verdict(0.06) for one in found if one.winner)

    def test_with_thirty_problems_it_says_that_it_cannot_and_how_many_more_it_takes(self) -> None:
        found = [planted(30, 2, 6.0, seed) for seed in range(10)]
        unsaid = [one for one in found if one.winner is None]
        assert len(unsaid) >= 7
        for one in unsaid:
            assert "no difference can be seen at this size" in one.verdict(0.06)
            assert one.problems_needed(0.06) > 30
            assert f"{one.problems_needed(0.06)} more problems would be needed" in one.verdict(0.06)

    def test_the_number_of_further_problems_is_about_what_it_takes(self) -> None:
        needed = int(np.median([planted(60, 5, 6.0, seed).problems_needed(0.06) for seed in range(20)]))
        found = [planted(60 + needed, 5, 6.0, 100 + seed).winner for seed in range(20)]
        assert found.count("B") >= 12, "promised is a chance of 80 %"


class TestSingleRun:
    """A single run never yields a winner, however large the difference looks."""

    @pytest.mark.parametrize("runs", [(1, 1), (1, 5), (5, 1)])
    def test_no_winner(self, runs: tuple[int, int]) -> None:
        first, second = np.zeros((runs[0], 50)), np.ones((runs[1], 50))
        [found] = compare([config("A", first), config("B", second)], draws=500, seed=1)
        assert found.winner is None
        assert "A single run never yields a winner" in found.verdict(0.06)


class TestNoDifference:
    """The same configuration twice is told apart in at most 5 % of comparisons."""

    @pytest.mark.parametrize(("problems", "runs", "spread"), [(50, 2, 0.0), (50, 5, 0.05), (200, 3, 0.05)])
    def test_false_winners_are_rare(self, problems: int, runs: int, spread: float) -> None:
        generator, wrong, trials = np.random.default_rng(7), 0, 120
        for _ in range(trials):
            chance = chances(generator, problems)
            sides = [played(generator, chance, runs, run_spread=spread) for _ in range(2)]
            _, low, high, _ = interval_of(*sides, 0.05, 400, generator)
            wrong += not low <= 0.0 <= high
        assert wrong <= 12, "5 % of 120 are 6; more than 12 come in less than 1 % of such tests"

    def test_equal_sides_differ_by_nothing(self) -> None:
        right = np.ones((3, 40))
        [found] = compare([config("A", right), config("B", right)], draws=500, seed=1)
        assert (found.mean, found.low, found.high) == pytest.approx((0.0, 0.0, 0.0))
        assert found.winner is None


class TestSeveral:
    """Every pair is compared on the shared problems, more strictly the more pairs there are."""

    def test_three_configurations_give_three_pairs_with_wider_intervals(self) -> None:
        generator = np.random.default_rng(3)
        sides = [config(name, played(generator, chances(generator, 60), 3)) for name in "ABC"]
        [alone] = compare(sides[:2], draws=2_000, seed=5)
        together = compare(sides, draws=2_000, seed=5)
        assert [(one.first, one.second) for one in together] == [("A", "B"), ("A", "C"), ("B", "C")]
        assert together[0].high - together[0].low > alone.high - alone.low

    def test_too_little_is_an_error(self) -> None:
        right = np.ones((2, 5))
        with pytest.raises(UserError, match="two configurations"):
            compare([config("A", right)], draws=10, seed=1)
        other = Config("B", ("x", "y"), np.ones((2, 2)), np.ones((2, 2)), {})
        with pytest.raises(UserError, match="fewer than two problems"):
            compare([config("A", right), other], draws=10, seed=1)
