"""Fifty problems come out of their journal again, bit for bit; other settings change what they can."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from aimo_pipeline.config import Config, restored, settings_of, with_settings
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.figures import VERIFIED
from aimo_pipeline.observe.reading import RunRecords, read_run
from aimo_pipeline.tune.replay import ReplayReport, replay


def replayed(run: RunRecords, output: Path, settings: Mapping[str, str] | None = None) -> ReplayReport:
    return asyncio.run(
        replay(
            run,
            config=Config(),
            settings=settings or {},
            output=output,
            clock=MonotonicClock(),
            lean=False,
        )
    )


def attempts_in(evidence: str) -> int:
    """The number of attempts that a vote tells of; 0 for other evidence."""
    found = re.search(r"attempts=(\d+)", evidence)
    return int(found.group(1)) if found else 0


@pytest.fixture(scope="module")
def recorded(compressed_run: Path) -> RunRecords:
    return read_run(compressed_run)


@pytest.fixture(scope="module")
def unchanged(recorded: RunRecords, tmp_path_factory: pytest.TempPathFactory) -> ReplayReport:
    return replayed(recorded, tmp_path_factory.mktemp("replay"))


class TestUnchanged:
    """With the recorded settings nothing but the journal decides: every answer is the same, bit for bit."""

    def test_every_answer_of_fifty_is_the_same(self, unchanged: ReplayReport) -> None:
        assert len(unchanged.problems) == 50
        assert [one for one in unchanged.problems if not one.same] == []
        assert len({one.answer[1].partition("(")[0] for one in unchanged.problems}) >= 3

    def test_nothing_was_run_or_proved_again_and_no_token_was_wanting(self, unchanged: ReplayReport) -> None:
        assert (unchanged.rerun, unchanged.unasked, unchanged.unrestored) == (0, 0, ())
        assert unchanged.programs > 100
        assert unchanged.proofs > 10
        assert sum(one.wanting for one in unchanged.problems) == 0


class TestChanged:
    """Other settings act on everything after the model; what would need new tokens is counted."""

    def test_stricter_miners_find_less_and_want_the_attempts_that_were_never_made(
        self, recorded: RunRecords, unchanged: ReplayReport, tmp_path: Path
    ) -> None:
        report = replayed(recorded, tmp_path, {"mine.min_spare": "40", "trace.samples": "1"})
        evidence = [one.answer[1].partition("(")[0] for one in report.problems]
        assert not VERIFIED & set(evidence)
        assert "Voted" in evidence
        proved = [one for one in unchanged.problems if one.answer[1].partition("(")[0] in VERIFIED]
        assert len(proved) > 10
        wanting = {one.recorded.problem.id for one in report.problems if one.wanting}
        assert {one.recorded.problem.id for one in proved} <= wanting

    def test_fewer_attempts_leave_fewer_votes(
        self, recorded: RunRecords, unchanged: ReplayReport, tmp_path: Path
    ) -> None:
        report = replayed(recorded, tmp_path, {"tir.rounds": "1", "tir.attempts": "2"})
        before = [attempts_in(one.answer[1]) for one in unchanged.problems]
        after = [attempts_in(one.answer[1]) for one in report.problems]
        assert max(after) == 2
        assert sum(count > 2 for count in before) > 10

    def test_changed_limits_run_the_programs_again(self, recorded: RunRecords, tmp_path: Path) -> None:
        few = dataclasses.replace(recorded, records=_without_other_problems(recorded, {"p00", "p02"}))
        report = replayed(few, tmp_path, {"tir.cell_s": "3.5"})
        assert report.programs == 0
        assert report.rerun >= 3
        assert all(one.recorded.answer and one.answer[0] == one.recorded.answer[0] for one in report.problems)

    def test_a_setting_that_does_not_exist_is_an_error(self, recorded: RunRecords, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="no setting tir.atempts"):
            replayed(recorded, tmp_path, {"tir.atempts": "1"})


def _without_other_problems(run: RunRecords, kept: set[str]) -> tuple[dict[str, object], ...]:
    return tuple(one for one in run.records if one.get("problem_id", "p00") in kept)


class TestCut:
    """A journal that a kill cut short replays as far as it goes."""

    def test_half_a_journal_gives_its_finished_problems(self, recorded: RunRecords, tmp_path: Path) -> None:
        half = dataclasses.replace(recorded, records=recorded.records[: len(recorded.records) // 2])
        report = replayed(half, tmp_path)
        finished = [one for one in report.problems if one.recorded.answer is not None]
        assert len(report.problems) - len(finished) <= 1
        assert len(finished) > 10
        assert all(one.same for one in finished)

    def test_an_old_journal_is_refused_with_the_reason(self, tmp_path: Path) -> None:
        old = {"type": "ProblemStarted", "problem_id": "a", "sha256": "", "characters": 3, "grant_s": 5.0}
        with pytest.raises(UserError, match="older than version 4"):
            replayed(RunRecords(Path("journal.jsonl"), (old,), False), tmp_path)


class TestSettings:
    """Settings go to text and back; a wrong name or a wrong type is an error that says what to do."""

    def test_all_settings_are_restored(self) -> None:
        changed = with_settings(
            Config(),
            {"tir.attempts": "7", "trace.wall_s": "3", "verify.engine": "off", "sandbox.spares": "2"},
        )
        assert (changed.tir.attempts, changed.trace.wall_s, changed.sandbox.spares) == (7, 3.0, 2)
        assert restored(Config(), settings_of(changed)) == (changed, ())

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("tir", "1", "a group of settings"),
            ("tir.attempts", "many", "must be like"),
            ("tir.attempts", "1.5", "must be like"),
            ("tir.attempts.x", "1", "has no parts"),
            ("none.at_all", "1", "is none of"),
        ],
    )
    def test_a_wrong_one_is_told(self, name: str, value: str, message: str) -> None:
        with pytest.raises(UserError, match=message):
            with_settings(Config(), {name: value})

    def test_no_path_and_no_secret_is_told(self) -> None:
        config = dataclasses.replace(
            Config(), observe=dataclasses.replace(Config().observe, secrets=("hush-hush",))
        )
        told = settings_of(config)
        assert not any("hush" in value for value in told.values())
        assert "gateway.output_dir" not in told
        assert told["tir.attempts"] == str(Config().tir.attempts)
