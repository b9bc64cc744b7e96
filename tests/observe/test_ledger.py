"""The ledger of a run, from its journal."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from aimo_pipeline.__main__ import app
from aimo_pipeline.budget.accounts import Accounts
from aimo_pipeline.budget.controller import Controller
from aimo_pipeline.budget.endings import Ending
from aimo_pipeline.budget.signals import Signals
from aimo_pipeline.config import BudgetConfig
from aimo_pipeline.deadline import FakeClock
from aimo_pipeline.observe.journal import Journal, read_journal
from aimo_pipeline.observe.ledger import ledger_lines

CONFIG = BudgetConfig(problems=3)


@pytest.fixture
def run(tmp_path: Path) -> tuple[Path, Controller]:
    """Of two problems the first was ended; the policy has a bug, so both got an equal share."""
    clock, budget = FakeClock(), Controller(CONFIG)
    budget.open = None  # type: ignore[assignment, method-assign]
    with Journal.open(tmp_path / "journal.jsonl", clock) as journal:
        accounts = Accounts(budget, CONFIG, journal=journal, clock=clock, start_s=clock.now_s())
        clock.advance(400.0)
        accounts.open("a")
        clock.advance(30.0)
        accounts.close("a", Ending.ACCEPTED, Signals())
        accounts.open("b")
    return tmp_path, budget


class TestLedgerLines:
    """The journal tells what the bank explains, also where the policy had a bug; then the sums."""

    def test_each_problem_has_the_bank_s_own_line(self, run: tuple[Path, Controller]) -> None:
        folder, budget = run
        lines = list(ledger_lines(read_journal(folder / "journal.jsonl")))
        assert lines[:2] == [budget.bank.explain("a"), budget.bank.explain("b")]
        assert lines[0] == "a: 330.0 s (an equal share); accepted after 30.0 s"
        assert lines[2] == "1 closed: 30.0 s spent, 300.0 returned, 0.0 overdrawn"

    def test_the_command_prints_them(self, run: tuple[Path, Controller]) -> None:
        shown = CliRunner().invoke(app, ["ledger", str(run[0])])
        assert shown.exit_code == 0
        assert shown.stdout.splitlines()[1] == "b: 330.0 s (an equal share); in work"

    def test_a_run_without_grants_has_only_sums(self) -> None:
        assert list(ledger_lines([])) == ["0 closed: 0.0 s spent, 0.0 returned, 0.0 overdrawn"]
