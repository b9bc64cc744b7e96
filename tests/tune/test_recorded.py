"""Journals as a source of solve times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aimo_pipeline.budget.hazard import Ending, Observation
from aimo_pipeline.config import BudgetConfig
from aimo_pipeline.deadline import FakeClock
from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.events import AccountClosed, AnswerGiven, ProblemStarted, to_record
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.tune.mixes import MIXES, Never
from aimo_pipeline.tune.recorded import choose_mixes, observations, replayed_mix

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


class TestReplayedMix:
    """Times are drawn from those that were seen; what was not accepted never is."""

    def test_shares_and_times_are_the_recorded_ones(self) -> None:
        seen = [Observation(seconds, Ending.ACCEPTED) for seconds in (30.0, 10.0, 20.0)]
        accepted, never = replayed_mix([*seen, Observation(99.0, Ending.STOPPED)], CONFIG.hazard)
        assert (accepted.share, never.share, never.time) == (0.75, 0.25, Never())
        assert accepted.time.at(np.array([0.0, 0.3, 0.5, 0.99])).tolist() == [10.0, 10.0, 20.0, 30.0]
        assert accepted.time.cdf(np.array([9.0, 10.0, 25.0, 30.0])) == pytest.approx([0, 1 / 3, 2 / 3, 1])


class TestChooseMixes:
    """All mixes, the named ones, or a journal's; what is not there is said in a line."""

    def test_none_named_means_all(self) -> None:
        assert dict(choose_mixes((), (), CONFIG).mixes) == dict(MIXES)
        assert list(choose_mixes(("hard",), (), CONFIG).mixes) == ["hard"]

    def test_a_journal_becomes_a_mix_and_a_curve(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path / "journal.jsonl", FakeClock()) as journal:
            journal.write(AccountClosed("a", "accepted", 9.0, 5.0))
        chosen = choose_mixes((), (tmp_path / "journal.jsonl",), CONFIG)
        assert list(chosen.mixes) == ["recorded"]
        assert len(chosen.curves) == 1

    def test_mistakes_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "empty").touch()
        with pytest.raises(UserError, match="no mix is called 'esay'; there are published"):
            choose_mixes(("esay",), (), CONFIG)
        with pytest.raises(UserError, match="cannot read"):
            choose_mixes((), (tmp_path / "none",), CONFIG)
        with pytest.raises(UserError, match="no problem ended"):
            choose_mixes((), (tmp_path / "empty",), CONFIG)
