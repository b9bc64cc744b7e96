"""The simulation, on runs that can be followed by hand and on small ones of every mix."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aimo_pipeline.budget.hazard import build_worlds
from aimo_pipeline.budget.policy import Dynamic, State, Static
from aimo_pipeline.budget.signals import BEGUN, HISTORIES
from aimo_pipeline.budget.value import FloatArray
from aimo_pipeline.config import BudgetConfig
from aimo_pipeline.errors import UserError
from aimo_pipeline.tune.bound import clairvoyant_solved, truth_of
from aimo_pipeline.tune.mixes import MIXES, Draw, draw
from aimo_pipeline.tune.page import as_figure, write_page
from aimo_pipeline.tune.random_mixes import random_mixes
from aimo_pipeline.tune.simulate import OURS, REFERENCE, play, simulate
from aimo_pipeline.tune.table import as_bars, as_lines, as_table
from aimo_pipeline.tune.variance import adjusted, interval, luck_of

SMALL = BudgetConfig(total_s=3_600.0, problems=6, horizon_s=900.0)
SMALL = replace(SMALL, hazard=replace(SMALL.hazard, spread_worlds=4))
TRUTH = truth_of(MIXES["hard"], SMALL)


def one_run(solve_s: list[float], *, traces: int = 0, differ: int = 0, overshoot_s: float = 0.0) -> Draw:
    """Cold start 100 s; accepted answers are right, guesses are not."""
    shape = (1, len(solve_s))
    return Draw(
        solve_s=np.array([solve_s]),
        right=np.ones(shape, dtype=bool),
        guess=np.zeros(shape, dtype=bool),
        traces=np.full(shape, traces),
        differ=np.full(shape, differ),
        overshoot_s=np.full(shape, overshoot_s),
        cold_s=np.array([100.0]),
    )


class Fixed:
    """Gives up at the time set for each history."""

    def __init__(self, stop_s: dict[int, float]) -> None:
        self.stop_s = stop_s

    def plan_s(self, state: State) -> FloatArray:
        row = [self.stop_s.get(history, 1e6) for history in range(HISTORIES)]
        return np.repeat(np.array([row]), len(state.left_s), axis=0)


class TestPlay:
    """Problems one after another on one clock; answers after the wall clock do not count."""

    def test_what_is_accepted_in_time_is_solved_and_the_clock_adds_up(self) -> None:
        drawn = one_run([50.0, np.inf, 359.0], overshoot_s=1.0)
        played = play(drawn, Static(), TRUTH, SMALL)
        assert played.solved.tolist() == [2.0]
        assert played.unused_s.tolist() == [3_600.0 - 100.0 - 51.0 - 361.0 - 360.0]
        assert (played.longest_s.tolist(), played.overruns) == ([361.0], 0)

    def test_an_answer_after_the_wall_clock_does_not_count(self) -> None:
        played = play(one_run([300.0] * 12), Static(), TRUTH, SMALL)
        assert (played.solved.tolist(), played.overruns) == ([11.0], 1)

    @pytest.mark.parametrize(
        ("stop_s", "used_s"),
        [
            ({BEGUN: 30.0}, 30.0),
            ({1: 200.0}, 200.0),
            ({1: 20.0}, 60.0),
            ({2: 200.0, 5: 400.0}, 400.0),
            ({1: 900.0, 5: 30.0}, 300.0),
        ],
    )
    def test_a_plan_follows_what_the_problem_shows(self, stop_s: dict[int, float], used_s: float) -> None:
        played = play(one_run([np.inf], traces=0, differ=1), Fixed(stop_s), TRUTH, SMALL)
        assert played.longest_s.tolist() == [used_s]


class TestThoseWhoKnow:
    """Who knows the mix does as well as its table says; the clairvoyant beats everybody."""

    def test_who_knows_the_mix_reaches_what_its_own_table_promises(self) -> None:
        """Near the end of a run, too, where a plan must not count on time that is not there."""
        two = replace(SMALL, total_s=1_020.0, problems=2, overhead_s=0.0)
        drawn = draw(MIXES["bimodal"], runs=4_000, problems=2, seed=3)
        zero = np.zeros_like(drawn.overshoot_s)
        drawn = replace(drawn, overshoot_s=zero, cold_s=np.zeros_like(drawn.cold_s))
        truth = truth_of(MIXES["bimodal"], two)
        solved = play(drawn, Dynamic(truth, two), truth, two).solved
        promised = truth.values[2, 0, round((two.total_s - two.reserve_s) / two.step_s)]
        assert adjusted(solved, luck_of(MIXES["bimodal"], drawn)).high >= promised - 0.01

    def test_the_clairvoyant_takes_the_shortest_problems(self) -> None:
        drawn = one_run([3_000.0, 1_000.0, 2_000.0, np.inf])
        assert clairvoyant_solved(drawn, SMALL).tolist() == [2.0]


class TestSimulate:
    """All policies on the same runs; ours never ends late."""

    def test_a_small_simulation_of_every_mix(self) -> None:
        reports = list(simulate(MIXES, runs=60, seed=5, config=SMALL, bound_step_s=10.0))
        assert [report.name for report in reports] == list(MIXES)
        for report in reports:
            assert report.played[OURS].overruns == 0
            assert (report.played[OURS].unused_s > 0.0).all()
            assert report.lead(OURS).mean == 0.0
            assert report.share_of_gap(REFERENCE).mean == 0.0
            assert as_table(report).row_count == len(report.played) + 2
            assert as_bars(report, problems=SMALL.problems).row_count == len(report.played) + 2
        lines = list(as_lines(reports))
        assert "easier game" in lines[0]
        assert lines[1] == "late: 0 runs of ours, in all mixes"
        assert lines[2] == "ours: no mix has a gap of 1 problem"

    def test_a_mix_in_which_a_rival_does_better_is_named(self) -> None:
        (report,) = simulate({"easy": MIXES["easy"]}, runs=10, seed=5, config=SMALL, bound_step_s=20.0)
        better = replace(report.played["(b) public clamp"], solved=report.played[OURS].solved + 1.0)
        worse = replace(report, played={**report.played, "(b) public clamp": better})
        worse = replace(worse, most=report.solved[REFERENCE].mean + 2.0)
        lines = list(as_lines([report, worse]))
        assert "of the gap in the middle mix of 1 " in lines[2]
        assert lines[-1] == "easy: ours is surely behind (b) public clamp, -1.000 (-1.000..-1.000)"

    def test_the_same_seed_gives_the_same_figures(self) -> None:
        mixes = {"easy": MIXES["easy"]}
        first, second = (
            list(simulate(mixes, runs=10, seed=5, config=SMALL, bound_step_s=10.0))[0] for _ in range(2)
        )
        assert (first.played[OURS].solved == second.played[OURS].solved).all()
        assert first.most == second.most

    def test_ours_beats_the_static_policy_where_time_is_scarce(self) -> None:
        scarce = replace(SMALL, total_s=1_900.0)
        worlds = build_worlds(scarce)
        drawn = draw(MIXES["hard"], runs=500, problems=SMALL.problems, seed=6)
        ours = play(drawn, Dynamic(worlds, scarce), worlds, scarce).solved
        static = play(drawn, Static(), worlds, scarce).solved
        assert interval(ours - static).low > 0.0


class TestRandomMixes:
    """Other mixes for another seed, each a whole distribution."""

    def test_the_seed_decides(self) -> None:
        assert random_mixes(3, 1) == random_mixes(3, 1)
        assert list(random_mixes(2, 7)) == ["random 7.1", "random 7.2"]
        assert list(random_mixes(2, 1).values()) != list(random_mixes(2, 2).values())

    def test_shares_and_chances_add_up(self) -> None:
        for mix in random_mixes(20, 3).values():
            assert sum(tier.share for tier in mix) == pytest.approx(1.0)
            for tier in mix:
                assert sum(tier.traces) == pytest.approx(1.0)
                assert min(tier.traces) >= 0.0
                assert 0.0 <= tier.guess <= 1.0


class TestAdjusted:
    """The same mean with less noise; the luck that is taken out is none on average."""

    def test_luck_is_nothing_on_average(self) -> None:
        luck = luck_of(MIXES["foreign"], draw(MIXES["foreign"], runs=4_000, problems=20, seed=9))
        assert (np.abs(luck.mean(axis=0)) < 4.5 * luck.std(axis=0) / np.sqrt(4_000)).all()

    def test_the_interval_shrinks_and_holds_the_known_mean(self) -> None:
        mix, drawn = MIXES["hard"], draw(MIXES["hard"], runs=600, problems=20, seed=2)
        solved = np.where(drawn.solve_s <= 300.0, drawn.right, drawn.guess).sum(axis=1).astype(float)
        share = sum(
            one.share * (p * one.right + (1 - p) * one.guess)
            for one in mix
            for p in [float(one.time.cdf(np.array([300.0]))[0])]
        )
        plain, better = interval(solved), adjusted(solved, luck_of(mix, drawn))
        assert better.high - better.low < 0.6 * (plain.high - plain.low)
        assert better.low <= 20 * share <= better.high

    def test_too_few_runs_give_the_plain_interval(self) -> None:
        values = np.array([1.0, 2.0, 4.0])
        assert adjusted(values, np.zeros((3, 2))) == interval(values)


class TestPage:
    """A page of pictures that works without a network."""

    def test_every_mix_is_a_picture_with_all_policies(self, tmp_path: Path) -> None:
        reports = list(simulate({"easy": MIXES["easy"]}, runs=10, seed=5, config=SMALL, bound_step_s=10.0))
        figure = as_figure(reports[0])
        assert list(figure.data[0].y) == [*reports[0].solved][::-1]
        write_page(reports, tmp_path / "p.html", runs=10)
        written = (tmp_path / "p.html").read_text(encoding="utf-8")
        written = re.sub(r"<script.*?</script>", "", written, flags=re.DOTALL)
        assert "Mix: easy" in written and "mean of 10 simulated runs" in written
        assert not re.findall(r"""(?:src|href)=["']https?:""", written), "it must open offline"
        with pytest.raises(UserError, match="cannot write"):
            write_page(reports, tmp_path / "absent" / "p.html", runs=10)


class TestInterval:
    """Normal approximation."""

    def test_known_values(self) -> None:
        found = interval(np.array([1.0, 2.0, 3.0, 4.0]))
        assert found.mean == 2.5
        assert found.high - found.mean == pytest.approx(1.959964 * np.sqrt(5 / 3) / 2)
