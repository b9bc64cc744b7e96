"""What the simulation draws from."""

from __future__ import annotations

import numpy as np
import pytest

from aimo_pipeline.tune.mixes import (
    MIXES,
    LogLogistic,
    Lognormal,
    Never,
    SolveTime,
    Weibull,
    classes_of,
    draw,
)

TIMES: list[SolveTime] = [Lognormal(180, 0.6), Weibull(75, 0.8), Weibull(1500, 2.5), LogLogistic(420, 1.6)]


class TestSolveTime:
    """`at` is the inverse of `cdf`, and half are solved by the median."""

    @pytest.mark.parametrize("time", TIMES)
    def test_at_and_cdf_undo_each_other(self, time: SolveTime) -> None:
        chances = np.linspace(0.01, 0.99, 99)
        assert time.cdf(time.at(chances)) == pytest.approx(chances, abs=2e-3)

    @pytest.mark.parametrize("time", TIMES)
    def test_half_are_solved_by_the_median(self, time: SolveTime) -> None:
        assert time.cdf(np.array([time.median_s]))[0] == pytest.approx(0.5)  # type: ignore[attr-defined]

    def test_never_is_never(self) -> None:
        assert np.isinf(Never().at(np.array([0.0, 0.999]))).all()


class TestDraw:
    """The same seed gives the same runs; frequencies are those of the mix."""

    @pytest.mark.parametrize("mix", MIXES.values(), ids=MIXES)
    def test_shares_add_up_and_solve_times_follow_the_mix(self, mix: tuple) -> None:
        assert sum(one.share for one in mix) == pytest.approx(1.0)
        drawn = draw(mix, runs=200, problems=50, seed=4)
        classes = classes_of(mix, step_s=60.0, horizon_s=600.0)
        assert (drawn.solve_s <= 600.0).mean() == pytest.approx(classes.accepted.sum(), abs=0.02)

    def test_the_same_seed_draws_the_same(self) -> None:
        first, second = (draw(MIXES["hard"], runs=5, problems=4, seed=9) for _ in range(2))
        assert (first.solve_s == second.solve_s).all()
        assert (first.cold_s == second.cold_s).all()

    def test_cold_starts_reach_up_to_nine_hundred_seconds(self) -> None:
        cold_s = draw(MIXES["easy"], runs=4_000, problems=1, seed=2).cold_s
        assert 300.0 <= cold_s.min() < 310.0
        assert 890.0 < cold_s.max() <= 900.0
