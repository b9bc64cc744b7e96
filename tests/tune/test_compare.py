"""Comparisons: a planted difference is found with enough problems, and little is claimed without cause."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from aimo_pipeline.__main__ import app
from aimo_pipeline.errors import UserError
from aimo_pipeline.tune.compare import Needed, compare
from aimo_pipeline.tune.interval import interval_of
from aimo_pipeline.tune.outcomes import Config, FloatArray
from tests.bench.comparison import PLANTED, compared, config, played, sides

ENOUGH = (300, 5, 0.0)
FEW = (30, 2, 0.0)


class TestPlantedDifference:
    """Six points are found with enough problems, and with few it is said that they are too few."""

    def test_with_three_hundred_problems_and_five_runs_they_are_found_in_nearly_every_seed(self) -> None:
        found = [compared(ENOUGH, PLANTED, seed) for seed in range(40)]
        assert [one.winner for one in found].count("B") >= 37, "measured is a power of 98 %"
        assert not any(one.winner == "A" for one in found)
        assert all("B is better" in one.verdict(PLANTED) for one in found if one.winner)

    def test_it_is_found_from_either_side(self) -> None:
        for seed in range(10):
            first, second = sides(np.random.default_rng(seed), ENOUGH, PLANTED)
            for better, worse in (("A", "B"), ("B", "A")):
                told = {better: config(better, second), worse: config(worse, first)}
                [found] = compare([told["A"], told["B"]], draws=500, seed=1)
                assert found.winner in (better, None)
                assert (found.right.mean > 0) == (better == "B")

    def test_with_thirty_problems_it_says_that_it_cannot_and_how_many_more_it_takes(self) -> None:
        unsaid = [one for one in (compared(FEW, PLANTED, seed) for seed in range(20)) if one.winner is None]
        assert len(unsaid) >= 17
        for one in unsaid:
            said, needed = one.verdict(PLANTED), one.needed(PLANTED)
            assert "no difference can be seen at this size" in said
            assert needed.problems > 30
            assert f"{needed.problems} more problems" in said

    def test_the_number_of_further_problems_is_about_what_it_takes(self) -> None:
        wanted = [compared((60, 5, 0.0), PLANTED, seed).needed(PLANTED) for seed in range(30)]
        more = int(np.median([one.problems for one in wanted]))
        found = [compared((60 + more, 5, 0.0), PLANTED, 100 + seed).winner for seed in range(40)]
        assert 31 <= found.count("B"), "promised is a chance of 90 %"
        half = [compared((60 + more // 3, 5, 0.0), PLANTED, 100 + seed).winner for seed in range(40)]
        assert half.count("B") <= 31, "with a third of them it would be another matter"

    def test_where_whole_runs_differ_it_asks_for_runs(self) -> None:
        found = [compared((400, 4, 0.08), PLANTED, seed) for seed in range(10)]
        asked = [one.needed(PLANTED) for one in found if one.winner is None]
        assert sum(one.runs > 0 for one in asked) >= 5
        told = next(one for one in found if one.winner is None and one.needed(PLANTED).runs)
        assert f"{told.needed(PLANTED).runs} more runs of each" in told.verdict(PLANTED)

    def test_what_has_shown_nothing_though_it_could_says_so(self) -> None:
        unsaid = [one for one in (compared(ENOUGH, 0.0, seed) for seed in range(10)) if one.winner is None]
        done = [one for one in unsaid if one.needed(PLANTED) == Needed(0, 0)]
        assert len(done) >= 7
        assert all("6 points would most likely have shown" in one.verdict(PLANTED) for one in done)


class TestFromJournals:
    """The same through journals and the command, as a user has it."""

    @pytest.mark.parametrize(
        ("size", "said"),
        [
            (ENOUGH, r"B is better: B \+\d"),
            (FEW, r"no difference can be seen at this size: .*; \d+ more problems would be needed to see 6"),
        ],
    )
    def test_enough_and_too_few(self, tmp_path: Path, size: tuple[int, int, float], said: str) -> None:
        for name, right in zip("AB", sides(np.random.default_rng(11), size, PLANTED), strict=True):
            write_runs(tmp_path / name, right)
        shown = CliRunner().invoke(app, ["compare", str(tmp_path / "A"), str(tmp_path / "B"), "--worth", "6"])
        assert shown.exit_code == 0
        assert re.search(said, shown.output), shown.output


def write_runs(folder: Path, right: FloatArray) -> None:
    """A journal for each run, as far as a comparison reads it."""
    for number, row in enumerate(right):
        run = folder / f"run-{number}"
        run.mkdir(parents=True)
        lines = [line for place, one in enumerate(row) for line in _told(f"p{place}", int(one))]
        (run / "journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def _told(problem: str, value: int) -> Sequence[dict[str, object]]:
    given = {"value": value, "evidence": "Voted", "detail": "", "path": "tir>vote", "seconds": 1.0}
    return (
        {"type": "ProblemStarted", "at_s": 1.0, "problem_id": problem, "grant_s": 9.0},
        {"type": "AnswerGiven", "at_s": 2.0, "problem_id": problem, **given},
        {"type": "AnswerExpected", "at_s": 3.0, "problem_id": problem, "value": 1},
    )


class TestSingleRun:
    """A single run never yields a winner, however large the difference looks."""

    @pytest.mark.parametrize("runs", [(1, 1), (1, 5), (5, 1)])
    def test_no_winner(self, runs: tuple[int, int]) -> None:
        first, second = np.zeros((runs[0], 50)), np.ones((runs[1], 50))
        [found] = compare([config("A", first), config("B", second)], draws=500, seed=1)
        assert found.winner is None
        assert "A single run never yields a winner" in found.verdict(0.06)


class TestNoDifference:
    """The same configuration twice is rarely told apart: 95 % of intervals hold the true difference."""

    @pytest.mark.parametrize("size", [(50, 2, 0.0), (50, 5, 0.05), (200, 3, 0.05)])
    @pytest.mark.parametrize("points", [0.0, PLANTED])
    def test_intervals_hold_the_true_difference(self, size: tuple[int, int, float], points: float) -> None:
        missed, generator = 0, np.random.default_rng(7)
        for _ in range(120):
            found = interval_of(*sides(generator, size, points), 0.05, 400, generator)
            missed += not found.low <= points <= found.high
        assert missed <= 12, "5 % of 120 are 6; more than 12 come in less than 1 % of such tests"

    def test_one_side_whose_runs_differ_makes_no_winner_of_the_other(self) -> None:
        wrong, generator = 0, np.random.default_rng(9)
        for _ in range(120):
            chance = generator.beta(1.0, 0.35, size=50)
            steady, moody = played(generator, chance, 8, 0.0), played(generator, chance, 2, 0.07)
            found = interval_of(steady, moody, 0.05, 400, generator)
            wrong += not found.low <= 0.0 <= found.high
        assert wrong <= 12

    @pytest.mark.parametrize("runs", [(2, 5), (3, 3)])
    def test_with_five_problems_there_is_no_winner(self, runs: tuple[int, int]) -> None:
        first, second = np.zeros((runs[0], 5)), np.ones((runs[1], 5))
        [found] = compare([config("A", first), config("B", second)], draws=100, seed=1)
        assert found.winner is None

    def test_equal_sides_differ_by_nothing(self) -> None:
        right = np.ones((3, 40))
        [found] = compare([config("A", right), config("B", right)], draws=500, seed=1)
        assert (found.right.mean, found.right.reach) == pytest.approx((0.0, 0.0))
        assert found.winner is None


class TestSeveral:
    """Every pair is compared on the shared problems, more strictly the more pairs there are."""

    def test_three_configurations_give_three_pairs_with_wider_intervals(self) -> None:
        generator = np.random.default_rng(3)
        three = [config(name, sides(generator, (60, 3, 0.0), 0.0)[0]) for name in "ABC"]
        [alone] = compare(three[:2], draws=2_000, seed=5)
        together = compare(three, draws=2_000, seed=5)
        assert [(one.first, one.second) for one in together] == [("A", "B"), ("A", "C"), ("B", "C")]
        assert together[0].right.reach > alone.right.reach

    def test_too_little_is_an_error(self) -> None:
        right = np.ones((2, 5))
        with pytest.raises(UserError, match="two configurations"):
            compare([config("A", right)], draws=10, seed=1)
        other = Config("B", ("x", "y"), np.ones((2, 2)), np.ones((2, 2)), {})
        with pytest.raises(UserError, match="fewer than two problems"):
            compare([config("A", right), other], draws=10, seed=1)
