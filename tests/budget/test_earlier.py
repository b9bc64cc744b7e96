"""Solve times of earlier runs, from their journals to a run's belief."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.budget.controller import Controller
from aimo_pipeline.budget.earlier import observations, with_earlier
from aimo_pipeline.budget.endings import Ending, Observation
from aimo_pipeline.budget.hazard import build_worlds
from aimo_pipeline.config import BudgetConfig, Config, config_from_environ, restored, settings_of
from aimo_pipeline.deadline import FakeClock
from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.events import AccountClosed, AnswerGiven, ProblemStarted, to_record
from aimo_pipeline.observe.journal import Journal

CONFIG = BudgetConfig(answer_reserve_s=2.0, accept_votes=3)


def older(evidence: str, detail: str, seconds: float) -> list[dict[str, Any]]:
    """A problem as journals had it before AccountClosed."""
    events = ProblemStarted("a", "", "", 9, 100.0), AnswerGiven("a", 1, evidence, detail, "x", seconds)
    return [to_record(event, 0.0) for event in events]


class TestObservations:
    """One a problem; what is cut or unknown is passed over."""

    def test_a_settled_account_tells_how_and_when(self) -> None:
        records = [to_record(AccountClosed("a", ending.name.lower(), 9.0, 5.0), 0.0) for ending in Ending]
        assert list(observations(records, CONFIG)) == [Observation(5.0, ending) for ending in Ending]

    @pytest.mark.parametrize(
        ("evidence", "detail", "seconds", "ending"),
        [
            ("CheckedTo", "CheckedTo(index=9)", 7.0, Ending.ACCEPTED),
            ("Voted", "Voted(votes=10, attempts=12)", 7.0, Ending.ACCEPTED),
            ("Voted", "Voted(votes=2, attempts=12)", 7.0, Ending.EXHAUSTED),
            ("Guessed", "Guessed()", 97.0, Ending.STOPPED),
        ],
    )
    def test_older_journals_are_read_as_well(
        self, evidence: str, detail: str, seconds: float, ending: Ending
    ) -> None:
        assert list(observations(older(evidence, detail, seconds), CONFIG)) == [Observation(seconds, ending)]

    def test_what_is_cut_or_unknown_is_passed_over(self) -> None:
        records = [{}, {"type": "AccountClosed"}, {"type": "AccountClosed", "ending": "new", "spent_s": 1}]
        assert list(observations([*records, *older("Fits", "", 1.0)], CONFIG)) == []


def run_in(folder: Path, seconds: float, ending: str, *, problems: int) -> Path:
    """The journal of a run whose problems all ended alike."""
    with Journal.open(folder / "journal.jsonl", FakeClock()) as journal:
        journal.write(*(AccountClosed(f"p{n}", ending, 900.0, seconds) for n in range(problems)))
    return folder


class TestWithEarlier:
    """A run that is told of earlier ones expects the next problems to be like theirs."""

    def test_without_earlier_runs_nothing_changes(self) -> None:
        assert with_earlier(Config()) == Config()

    def test_all_runs_in_a_folder_are_read(self, tmp_path: Path) -> None:
        run_in(tmp_path / "one", 30.0, "accepted", problems=2)
        run_in(tmp_path / "two", 99.0, "stopped", problems=1)
        config = with_earlier(config_from_environ({"AIMO_EARLIER_RUNS": str(tmp_path)}))
        assert sorted(config.budget.hazard.recorded) == [*[(30.0, "accepted")] * 2, (99.0, "stopped")]

    def test_a_journal_that_is_not_there_is_said_before_the_run_begins(self, tmp_path: Path) -> None:
        config = config_from_environ({"AIMO_EARLIER_RUNS": str(tmp_path / "none")})
        with pytest.raises(UserError, match="there is no journal"):
            with_earlier(config)

    def test_after_slow_runs_a_second_is_dearer_than_after_quick_ones(
        self, small_config: BudgetConfig
    ) -> None:
        prices = []
        for seconds in (20.0, 500.0):
            told = ((seconds, "accepted"),) * 40
            hazard = replace(small_config.hazard, recorded=told, recorded_weight=1e6)
            budget = Controller(replace(small_config, hazard=hazard))
            prices.append(budget.open("a", 100.0).plan.price)
        assert prices[0] < prices[1]

    def test_they_are_one_more_world_with_its_weight(self, small_config: BudgetConfig) -> None:
        hazard = replace(small_config.hazard, recorded=((20.0, "accepted"), (900.0, "exhausted")))
        few = replace(small_config, problems=1)
        worlds, before = build_worlds(replace(few, hazard=hazard)), build_worlds(few)
        assert len(worlds.prior) == len(before.prior) + 1
        assert worlds.prior[-1] / worlds.prior[0] == pytest.approx(
            hazard.recorded_weight / hazard.contest_weights[0]
        )

    def test_a_journal_tells_them_so_that_a_replay_grants_alike(self) -> None:
        hazard = replace(BudgetConfig().hazard, recorded=((20.5, "accepted"),))
        config = Config(budget=BudgetConfig(hazard=hazard))
        again, lost = restored(Config(), settings_of(config))
        assert (again.budget.hazard, lost) == (hazard, ())
