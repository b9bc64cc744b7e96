"""Journals as a source of solve times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aimo_pipeline.budget.endings import Ending, Observation
from aimo_pipeline.config import BudgetConfig
from aimo_pipeline.deadline import FakeClock
from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.events import AccountClosed
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.tune.mixes import MIXES, Never
from aimo_pipeline.tune.recorded import choose_mixes, replayed_mix

CONFIG = BudgetConfig(answer_reserve_s=2.0, accept_votes=3)


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
        with pytest.raises(UserError, match="there is no journal"):
            choose_mixes((), (tmp_path / "none",), CONFIG)
        with pytest.raises(UserError, match="no problem ended"):
            choose_mixes((), (tmp_path / "empty",), CONFIG)
