"""A search finds what helps, and what it found counts only on problems that it has not seen."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from aimo_pipeline.__main__ import app
from aimo_pipeline.config import Config, with_settings
from aimo_pipeline.errors import UserError
from aimo_pipeline.tune import objectives, search, spaces

RECORDED = Path(__file__).parents[1] / "fixtures/recorded/six_problems"
PROBLEMS = tuple(f"p{number}" for number in range(90))
SPACE = {"x": spaces.Range(0.0, 1.0, False)}


def searched(score: search.Score, problems: Sequence[str] = PROBLEMS, seed: int = 1) -> search.Found:
    return search.search(problems, score, SPACE, trials=25, seed=seed, share_held=1 / 3)


class TestSearch:
    """The best settings of the search are played once on the problems held out."""

    def test_a_real_gain_holds_on_the_held_out(self) -> None:
        def score(settings: search.Settings, problems: Sequence[str]) -> search.FloatArray:
            x = float(settings.get("x", 0.0))
            return np.array([1.0 - (x - 0.7) ** 2 for _ in problems])

        found = searched(score)
        assert abs(float(found.best["x"]) - 0.7) < 0.1
        assert found.verdict.startswith("better: +0.4")
        assert (found.searched, found.held) == (60, 30)
        assert found.unseen[0] - found.unseen[1] == pytest.approx(found.gain[0])

    def test_luck_is_not_taken_for_a_gain(self) -> None:
        def score(settings: search.Settings, problems: Sequence[str]) -> search.FloatArray:
            seed = zlib.crc32(settings.get("x", "as is").encode())
            by_name = dict(zip(PROBLEMS, np.random.default_rng(seed).random(90) < 0.5, strict=True))
            return np.array([float(by_name[problem]) for problem in problems])

        found = [searched(score, seed=seed) for seed in range(10)]
        assert sum(one.better for one in found) <= 3
        assert all("keep the settings as they are" in one.verdict for one in found if not one.better)

    def test_a_gain_that_cannot_be_seen_is_told_with_what_it_takes(self) -> None:
        gains = (1.0, 1.0, -1.0) + (0.0,) * 17
        found = search.Found({"x": "1"}, (0.7, 0.6), (0.55, 0.5), gains, (0.05, -0.1, 0.2), 25, 40)
        spread = np.std(gains, ddof=1)
        assert found.needed() == np.ceil((3.24 * spread / 0.05) ** 2) - 20
        assert f"{found.needed()} more held out would be needed to see one like it" in found.verdict

    def test_what_does_as_well_as_the_settings_as_they_are_is_no_find(self) -> None:
        found = searched(lambda _, problems: np.ones(len(problems)))
        assert found.best == {}
        assert found.verdict.startswith("keep the settings as they are: none of 25 others did better")

    def test_a_gain_on_the_searched_problems_only_is_none(self) -> None:
        inside, _ = search.split(PROBLEMS, 1 / 3)

        def score(settings: search.Settings, problems: Sequence[str]) -> search.FloatArray:
            return np.array([float(bool(settings) and one in inside) for one in problems])

        assert "held out the found ones give the same" in searched(score).verdict

    def test_a_gain_on_a_few_problems_is_not_called_one(self) -> None:
        found = searched(
            lambda settings, problems: np.full(len(problems), 1.0 * bool(settings)), PROBLEMS[:9]
        )
        assert (found.held, found.gain[1], found.better) == (3, 1.0, False)
        assert "3 more held out would be needed" in found.verdict

    def test_it_tells_of_each_trial(self) -> None:
        told: list[float] = []
        search.search(
            PROBLEMS,
            lambda settings, problems: np.full(len(problems), float(settings.get("x", "0"))),
            *(SPACE,),
            trials=5,
            seed=1,
            share_held=1 / 3,
            done=told.append,
        )
        assert len(told) == 5 and told == sorted(told)


class TestSplit:
    """A third is held out, whatever the number of problems, and always the same ones."""

    @pytest.mark.parametrize("count", [4, 6, 50])
    def test_no_side_is_empty(self, count: int) -> None:
        inside, held = search.split(PROBLEMS[:count], 1 / 3)
        assert sorted([*inside, *held]) == sorted(PROBLEMS[:count])
        assert len(held) == -(-count // 3)
        assert search.split(PROBLEMS[:count][::-1], 1 / 3)[1][::-1] == held

    def test_too_few_are_an_error_that_says_how_many_it_takes(self) -> None:
        with pytest.raises(UserError, match="3 problems with known answers are too few.*6 held out"):
            search.split(PROBLEMS[:3], 1 / 3)


class TestSpaces:
    """What a search may move acts; what needs new tokens or verdicts is refused with the way to judge it."""

    @pytest.mark.parametrize("space", [spaces.REPLAYED, spaces.SIMULATED, spaces.BANK])
    def test_every_setting_exists_and_takes_both_ends(self, space: dict[str, spaces.Range]) -> None:
        for name, of in space.items():
            for end in (of.low, of.high):
                with_settings(Config(), {name: str(int(end) if of.whole else end)})
        spaces.check_space(list(space), space)

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("tir.temperature", "needs live runs"),
            ("verify.max_compared", "replay --lean"),
            ("trace.wall_s", r"set effort\.presets\.full\.trace_wall_s"),
            ("x.y", "cannot be searched here; there are trace.samples"),
        ],
    )
    def test_what_cannot_be_judged_is_said(self, name: str, said: str) -> None:
        with pytest.raises(UserError, match=said):
            spaces.check_space([name], spaces.REPLAYED)

    def test_what_runs_programs_again_is_searched_only_when_named(self) -> None:
        assert "tir.cell_s" not in spaces.check_space((), spaces.REPLAYED)
        assert list(spaces.check_space(["tir.cell_s"], spaces.REPLAYED)) == ["tir.cell_s"]


class TestCommand:
    """As a user types it."""

    def test_a_recorded_run(self) -> None:
        given = ["search", str(RECORDED), "--trials", "2", "--parameter", "tir.lead"]
        shown = CliRunner().invoke(app, given)
        assert shown.exit_code == 0, shown.output
        assert "4 searched and 2 held out" in " ".join(shown.output.split())
        assert "as they are" in shown.output
        assert "verdict   keep the settings as they are" in shown.output

    def test_a_simulation(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def score(*_: object, **__: object) -> search.Score:
            return lambda settings, problems: np.array([40.0 + int(one) % 3 for one in problems])

        monkeypatch.setattr(objectives, "SimulationScore", score)  # the real one takes a second a trial
        shown = CliRunner().invoke(app, ["search", "--runs", "20", "--trials", "2"])
        assert shown.exit_code == 0, shown.output
        told = " ".join(shown.output.split())
        assert "solved problems a run, mean over 13 searched and 7 held out" in told

    def test_the_time_bank_in_a_simulation(self) -> None:
        given = ["search", "--bank", "--runs", "20", "--trials", "2", "--parameter", "budget.bank_alpha"]
        shown = CliRunner().invoke(app, given)
        assert shown.exit_code == 0, shown.output
        assert "13 searched and 7 held out" in " ".join(shown.output.split())

    def test_the_time_bank_is_no_part_of_a_recorded_run(self) -> None:
        shown = CliRunner().invoke(app, ["search", str(RECORDED), "--bank"])
        assert (shown.exit_code, len(shown.output.splitlines())) == (2, 1)

    def test_the_help_teaches(self) -> None:
        shown = CliRunner().invoke(app, ["search", "--help"], terminal_width=110)
        assert shown.exit_code == 0
        for name in (*spaces.REPLAYED, *spaces.SIMULATED, *spaces.BANK):
            assert name in shown.output
        assert "this counts" in shown.output

    def test_a_run_without_problems_is_an_error_of_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "journal.jsonl").write_text("")
        shown = CliRunner().invoke(app, ["search", str(tmp_path)])
        assert (shown.exit_code, len(shown.output.splitlines())) == (2, 1)
        assert "0 problems with known answers are too few" in shown.output
