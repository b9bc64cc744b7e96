"""Fifty problems come out of their journal again, bit for bit; other settings change what they can."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from aimo_pipeline.config import (
    Config,
    check_acts,
    restored,
    settings_of,
    with_settings,
    without_effect,
)
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.figures import VERIFIED
from aimo_pipeline.observe.reading import Record, RunRecords, read_run
from aimo_pipeline.tune.replay import changed_programs, replay
from aimo_pipeline.tune.replay_problems import ReplayReport

SHORT: Mapping[str, str] = {
    "budget.total_s": "230",
    "budget.problems": "6",
    "budget.reserve_s": "10",
    "budget.step_s": "10",
}


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


def of_problems(run: RunRecords, ids: Sequence[str]) -> RunRecords:
    """The run as if there had been no other problems."""
    kept = tuple(one for one in run.records if one.get("problem_id", ids[0]) in ids)
    return dataclasses.replace(run, records=kept)


def slower(run: RunRecords, times: float) -> RunRecords:
    """The run at a slower pace, so at that of a real model; its first problem begins after 5 s."""
    began_s = next(one["at_s"] for one in run.records if one["type"] == "ProblemStarted")

    def stretched(one: Record) -> Record:
        at_s = max(1.0, 5.0 + times * (one["at_s"] - began_s))
        # Rounded to a millisecond in the journal; a little less, or things seem to be asked for too early.
        seconds = {"seconds": max(0.0, times * (one["seconds"] - 0.002))} if "seconds" in one else {}
        return one | {"at_s": at_s, **seconds}

    return dataclasses.replace(run, records=tuple(map(stretched, run.records)))


@pytest.fixture(scope="module")
def recorded(compressed_run: Path) -> RunRecords:
    return read_run(compressed_run)


@pytest.fixture(scope="module")
def some(recorded: RunRecords) -> RunRecords:
    """Each kind of problem once."""
    return of_problems(recorded, [f"p{number:02}" for number in range(20)])


@pytest.fixture(scope="module")
def unchanged(recorded: RunRecords, tmp_path_factory: pytest.TempPathFactory) -> ReplayReport:
    return replayed(recorded, tmp_path_factory.mktemp("replay"))


@pytest.fixture(scope="module")
def paced() -> RunRecords:
    """Six problems of a scripted run, kept as they were recorded, so that no machine's load changes them.

    At a model's pace: some 37 s each, and one of 92 s.
    """
    return slower(read_run(Path(__file__).parents[1] / "fixtures/recorded/six_problems"), 100.0)


@pytest.fixture(scope="module")
def regranted(paced: RunRecords, tmp_path_factory: pytest.TempPathFactory) -> ReplayReport:
    return replayed(paced, tmp_path_factory.mktemp("budget"), SHORT)


class TestUnchanged:
    """With the recorded settings nothing but the journal decides: every answer is the same, bit for bit."""

    def test_every_answer_of_fifty_is_the_same(self, unchanged: ReplayReport) -> None:
        assert len(unchanged.problems) == 50
        assert [one for one in unchanged.problems if not one.same] == []
        assert len({one.answer[1].partition("(")[0] for one in unchanged.problems}) >= 3

    def test_nothing_was_run_or_proved_again_and_no_token_was_wanting(self, unchanged: ReplayReport) -> None:
        assert (unchanged.unasked, unchanged.unrestored) == (0, ())
        assert unchanged.rerun <= 3, "a cell that was cancelled while its session began left no event"
        assert unchanged.programs > 100
        assert unchanged.proofs > 10
        assert sum(one.wanting for one in unchanged.problems) == 0

    def test_the_journal_of_a_replay_has_the_recorded_pace(
        self, recorded: RunRecords, unchanged: ReplayReport
    ) -> None:
        times = [
            {one["problem_id"]: one["at_s"] for one in run.records if one["type"] == "AnswerGiven"}
            for run in (recorded, read_run(unchanged.journal))
        ]
        assert max(abs(times[0][id_] - times[1][id_]) for id_ in times[0]) < 5.0

    def test_a_replay_can_be_replayed_as_often_as_one_likes(
        self, unchanged: ReplayReport, tmp_path: Path
    ) -> None:
        ids = [f"p{number:02}" for number in range(30, 42)]
        before = [one.answer for one in unchanged.problems if one.recorded.problem.id in ids]
        again = replayed(of_problems(read_run(unchanged.journal), ids), tmp_path / "again")
        once_more = replayed(read_run(again.journal), tmp_path / "once more")
        for report in (again, once_more):
            assert [one.answer for one in report.problems] == before
            assert report.unasked == 0
            assert sum(one.wanting + one.unused for one in report.problems) == 0


class TestChanged:
    """Other settings act on everything after the model; what would need new tokens is counted."""

    def test_stricter_miners_find_less_and_want_the_attempts_that_were_never_made(
        self, some: RunRecords, unchanged: ReplayReport, tmp_path: Path
    ) -> None:
        report = replayed(some, tmp_path, {"mine.min_spare": "40", "trace.samples": "1"})
        evidence = [one.answer[1].partition("(")[0] for one in report.problems]
        assert not VERIFIED & set(evidence)
        assert "Voted" in evidence
        proved = [one for one in unchanged.problems[:20] if one.answer[1].partition("(")[0] in VERIFIED]
        assert len(proved) > 4
        wanting = {one.recorded.problem.id for one in report.problems if one.wanting}
        assert {one.recorded.problem.id for one in proved} <= wanting

    def test_fewer_attempts_leave_fewer_votes(
        self, some: RunRecords, unchanged: ReplayReport, tmp_path: Path
    ) -> None:
        report = replayed(some, tmp_path, {"tir.rounds": "1", "tir.attempts": "2"})
        before = [attempts_in(one.answer[1]) for one in unchanged.problems[:20]]
        after = [attempts_in(one.answer[1]) for one in report.problems]
        assert max(after) == 2
        assert sum(count > 2 for count in before) > 5

    def test_changed_limits_run_the_programs_again(self, recorded: RunRecords, tmp_path: Path) -> None:
        report = replayed(of_problems(recorded, ["p00", "p02"]), tmp_path, {"tir.cell_s": "3.5"})
        assert report.programs == 0
        assert report.rerun >= 3
        assert all(one.recorded.answer and one.answer[0] == one.recorded.answer[0] for one in report.problems)

    def test_a_setting_that_does_not_exist_is_an_error(self, recorded: RunRecords, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="no setting tir.atempts"):
            replayed(recorded, tmp_path, {"tir.atempts": "1"})


class TestBudget:
    """The recorded grants and early stops are kept; with other settings the budget grants anew."""

    def test_with_the_recorded_grants_all_is_as_it_was(self, paced: RunRecords, tmp_path: Path) -> None:
        report = replayed(paced, tmp_path)
        assert not report.regranted
        assert all(one.same and not one.cut for one in report.problems)

    def test_a_shorter_day_cuts_off_what_came_too_late_for_it(self, regranted: ReplayReport) -> None:
        assert regranted.regranted
        cut = {one.recorded.problem.id: one for one in regranted.problems if one.cut}
        assert "p12" in cut, "its program ran until its limit"
        assert cut["p12"].unused > 0
        assert any(not one.same for one in cut.values())
        assert all(one.spent_s <= one.grant_s + 1.0 for one in regranted.problems)

    def test_grants_end_before_the_day_does_and_time_that_is_left_goes_to_the_next(
        self, regranted: ReplayReport
    ) -> None:
        told = read_run(regranted.journal).records
        granted = {one["problem_id"]: one for one in told if one["type"] == "GrantGiven"}
        closed = {one["problem_id"]: one for one in told if one["type"] == "AccountClosed"}
        assert len(granted) == len(closed) == 6
        assert all(one["grant_s"] <= one["left_s"] - 10.0 + 0.01 for one in granted.values())
        assert sum(one["spent_s"] for one in closed.values()) <= 220.0
        assert [granted[one.recorded.problem.id]["grant_s"] for one in regranted.problems] == [
            round(one.grant_s, 3) for one in regranted.problems
        ]

    def test_a_recorded_early_stop_is_replayed_at_its_moment(
        self, regranted: ReplayReport, tmp_path: Path
    ) -> None:
        run = read_run(regranted.journal)
        stopped = [one for one in run.records if one["type"] == "SignalsLooked" and not one["going_on"]]
        assert any(not one["decided"] for one in stopped)
        report = replayed(run, tmp_path)
        assert [one.answer for one in report.problems] == [one.answer for one in regranted.problems]
        assert [one.cut for one in report.problems] == [one.cut for one in regranted.problems]


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
            {
                **{"tir.attempts": "7", "trace.wall_s": "3", "verify.engine": "off", "sandbox.spares": "2"},
                "effort.presets.brisk.attempts": "3",
            },
        )
        assert [one.attempts for _, one in changed.effort.presets] == [8, 3, 4, 2]
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
            ("effort.presets.most.attempts", "1", "full, brisk, short, last"),
            ("effort.presets.full", "1", "name one of a preset's"),
        ],
    )
    def test_a_wrong_one_is_told(self, name: str, value: str, message: str) -> None:
        with pytest.raises(UserError, match=message):
            with_settings(Config(), {name: value})

    def test_what_the_effort_overrules_is_told_with_what_acts(self) -> None:
        with pytest.raises(UserError, match=r"set effort\.presets\.full\.trace_wall_s"):
            check_acts(["trace.wall_s"])
        check_acts(["tir.attempts", "effort.presets.full.trace_wall_s"])
        [said] = set(without_effect(with_settings(Config(), {"tir.attempts": "12"}))) - set(
            without_effect(Config())
        )
        assert said.startswith("tir.attempts=12") and "stays at 8" in said

    def test_a_longer_time_for_traces_runs_programs_again(self) -> None:
        assert changed_programs({"effort.presets.full.trace_wall_s": "1"})
        assert not changed_programs({"effort.presets.full.attempts": "1"})

    def test_no_path_and_no_secret_is_told(self) -> None:
        config = dataclasses.replace(
            Config(), observe=dataclasses.replace(Config().observe, secrets=("hush-hush",))
        )
        told = settings_of(config)
        assert not any("hush" in value for value in told.values())
        assert "gateway.output_dir" not in told
        assert told["tir.attempts"] == str(Config().tir.attempts)
