"""The harness on real runs: it sees what goes well, and a planted failure."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from aimo_pipeline.config import StressConfig
from aimo_pipeline.stress.faults import FAULTS, Fault, named_faults
from aimo_pipeline.stress.outcome import StressOutcome
from aimo_pipeline.stress.pace import affordable_scale, free_share
from aimo_pipeline.stress.run import stress

pytestmark = pytest.mark.slow
LEAN = bool(os.environ.get("AIMO_LEAN_WASM"))
SHORT = 10
# The short form's 170 s; more where others use the machine.
CONFIG = StressConfig()


def paced() -> StressConfig:
    return replace(CONFIG, scale=affordable_scale(CONFIG, free_share(CONFIG.probe_s)))


def run(
    faults: Sequence[Fault], problems: int, tmp_path: Path, *, lean: bool, config: StressConfig = CONFIG
) -> StressOutcome:
    work = stress(
        faults,
        problems=problems,
        config=config,
        lean=lean,
        keep=tmp_path,
        ending=lean,
        tell=lambda line: None,
    )
    return asyncio.run(work)


@pytest.fixture
def without_lean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIMO_LEAN", "off")


@pytest.mark.usefixtures("without_lean")
class TestTheHarness:
    """It can fail: what is lost, late or left behind is found."""

    def test_a_run_that_is_hit_in_two_places_stands(self, tmp_path: Path) -> None:
        outcome = run(named_faults(["llm-killed", "sandbox-killed"]), 2, tmp_path, lean=False)
        assert outcome.complaints == ()
        assert [one.did != "" for one in outcome.faults] == [True, True]
        assert (outcome.answered, outcome.right) == (2, 2)

    def test_a_run_whose_process_is_killed_is_lost_and_said_to_be(self, tmp_path: Path) -> None:
        (fault,) = named_faults(["sandbox-killed"])

        async def kill_all(whole: object) -> str:
            os.kill(whole.pid, 9)  # type: ignore[attr-defined]
            return "planted: SIGKILL to the run itself"

        outcome = run([replace(fault, does=kill_all)], 2, tmp_path, lean=False)
        assert "the run ended with -9" in outcome.complaints
        assert "2 of 2 problems have no answer" in outcome.complaints
        assert outcome.faults[0].complaint == "the problem was lost"
        assert outcome.left == ()  # its children died with it


@pytest.mark.lean
@pytest.mark.skipif(not LEAN, reason="no embedded Lean: run the tests through build_submission.py")
class TestTheShortForm:
    """All faults on, with real sandboxes and the real Lean: every problem is answered, nothing is left."""

    def test_every_problem_is_answered_and_every_fault_is_told_of(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        outcome = run(FAULTS, SHORT, tmp_path, lean=True, config=paced())
        assert outcome.answered == SHORT
        assert (outcome.status, outcome.left) == (0, ())
        assert outcome.seconds < outcome.total_s
        assert [one.name for one in outcome.faults if not one.answered or one.late_s] == []
        # How much of Lean's work fits into a compressed grant depends on how loaded the machine is.
        lean = [one for one in outcome.faults if one.problem_id.endswith("count")]
        hard = [one.name for one in outcome.faults if one.complaint and one not in lean]
        if hard:  # what is hit may end by itself in that moment: nothing may fail twice
            monkeypatch.setenv("AIMO_LEAN", "off")
            again = run(named_faults(hard), len(hard) + 1, tmp_path / "again", lean=False)
            assert [f"{one.name}: {one.complaint}" for one in again.faults if one.complaint] == []
        assert any(one.did and one.cause for one in lean)
        assert outcome.right == outcome.known
        assert [f"{one.name}: {one.complaint}" for one in outcome.ends if one.complaint] == []
