"""The ledger."""

from __future__ import annotations

import pytest

from aimo_pipeline.budget.bank import Bank
from aimo_pipeline.config import BudgetConfig

CONFIG = BudgetConfig(total_s=1_000.0, problems=3)


class TestBank:
    """Entries are added and add up; a line explains each problem."""

    def test_what_is_granted_spent_and_returned_adds_up(self) -> None:
        bank = Bank(CONFIG)
        bank.grant("a", 100.0, 300.0, "plenty")
        bank.close(150.0, "accepted")
        bank.grant("b", 151.0, 200.0, "less")
        bank.close(361.0, "stopped")
        assert (bank.granted_s, bank.returned_s, bank.overdraft_s) == (250.0, 250.0, 10.0)
        assert (bank.cold_start_s, bank.problems_done, bank.problems_left) == (100.0, 2, 1)
        assert (bank.left_s(400.0), bank.worked_s(400.0)) == (600.0, 300.0)

    def test_one_line_says_why_a_problem_got_what_it_got(self) -> None:
        bank = Bank(CONFIG)
        bank.grant("a", 100.0, 300.0, "plenty of time")
        assert bank.explain("a") == "a: 300.0 s (plenty of time); in work"
        bank.close(150.0, "accepted")
        assert bank.explain("a") == "a: 300.0 s (plenty of time); accepted after 50.0 s"
        with pytest.raises(KeyError):
            bank.explain("b")

    def test_a_clock_that_goes_back_gives_no_time_back(self) -> None:
        bank = Bank(CONFIG)
        assert bank.left_s(700.0) == 300.0
        assert bank.left_s(10.0) == 300.0
        bank.grant("a", 5.0, 10.0, "")
        assert bank.close(0.0, "stopped").spent_s == 0.0

    def test_time_left_is_never_negative(self) -> None:
        assert Bank(CONFIG).left_s(1e9) == 0.0

    def test_accounts_are_opened_and_closed_in_turn(self) -> None:
        bank = Bank(CONFIG)
        with pytest.raises(ValueError, match="no problem"):
            bank.close(1.0, "accepted")
        bank.grant("a", 1.0, 10.0, "")
        with pytest.raises(ValueError, match="a is still in work"):
            bank.grant("b", 2.0, 10.0, "")

    @pytest.mark.parametrize("granted_s", [0.0, -1.0])
    def test_a_grant_of_nothing_is_a_bug(self, granted_s: float) -> None:
        with pytest.raises(ValueError, match="a grant of"):
            Bank(CONFIG).grant("a", 0.0, granted_s, "")

    def test_entries_cannot_be_changed_from_outside(self) -> None:
        bank = Bank(CONFIG)
        bank.grant("a", 1.0, 10.0, "")
        assert isinstance(bank.entries, tuple)
        assert isinstance(bank.closings, tuple)
