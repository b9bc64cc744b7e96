"""What the journal says of a fault decides what became of it; each thing that can be wrong is a complaint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aimo_pipeline.stress.faults import named_faults
from aimo_pipeline.stress.judge import Hit, judged, valid_answers
from aimo_pipeline.stress.load import Kind, make_load
from aimo_pipeline.stress.outcome import FaultOutcome, StressOutcome
from aimo_pipeline.stress.watch import Line

(FAULT,) = named_faults(["sandbox-killed"])
(TARGET,) = make_load([Kind.REASON])
ID = TARGET.problem.id


def lines(*records: tuple[float, dict[str, Any]]) -> list[Line]:
    return [Line(at_s, {"problem_id": ID, "at_s": at_s} | record) for at_s, record in records]


def a_good_run() -> list[Line]:
    return lines(
        (0.0, {"type": "ProblemStarted"}),
        (2.0, {"type": "SandboxLost", "reason": "it died"}),
        (4.0, {"type": "ProgramRan", "outcome": "ran"}),
        (5.0, {"type": "AnswerGiven", "value": TARGET.expected, "evidence": "Voted"}),
        (5.0, {"type": "AccountClosed", "spent_s": 5.0, "granted_s": 20.0}),
    )


def judge(seen: list[Line], hit: Hit | None = None, *others: Hit) -> FaultOutcome:
    hit = hit or Hit(FAULT, TARGET, 1.0, 1.0, "SIGKILL")
    return judged(hit, [hit, *others], seen, lean=True, slack_s=4.0)


class TestJudged:
    """Answered, in time, in full, told of, recovered; the first that fails is the complaint."""

    def test_nothing_is_wrong_with_a_good_run(self) -> None:
        outcome = judge(a_good_run())
        assert (outcome.complaint, outcome.cause) == ("", "SandboxLost it died")
        assert outcome.recovered_s == 3.0

    @pytest.mark.parametrize(
        ("broken", "complaint"),
        [
            ("AccountClosed", "the problem was lost"),
            ("AnswerGiven", "the work was not done again"),
            ("SandboxLost", "the journal does not tell"),
            ("ProgramRan", "it did not recover"),
        ],
    )
    def test_what_is_missing_is_complained_of(self, broken: str, complaint: str) -> None:
        assert judge([line for line in a_good_run() if line.type != broken]).complaint == complaint

    def test_a_late_answer_is_complained_of(self) -> None:
        late = [replace(line, record=line.record | {"spent_s": 26.0}) for line in a_good_run()]
        assert judge(late).complaint == "the answer came 2.0 s late"

    def test_another_value_is_not_the_work_in_full(self) -> None:
        wrong = [replace(line, record=line.record | {"value": 1}) for line in a_good_run()]
        assert judge(wrong).complaint == "the work was not done again"

    def test_a_fault_that_was_not_done_is_no_success(self) -> None:
        assert judge(a_good_run(), Hit(FAULT, TARGET)).complaint == "it was never the time for it"

    def test_what_happened_before_the_fault_is_no_evidence(self) -> None:
        assert judge(a_good_run(), Hit(FAULT, TARGET, 4.5, 4.5, "SIGKILL")).cause == ""

    def test_what_another_problem_tells_is_no_evidence(self) -> None:
        told = [
            replace(line, record=line.record | {"problem_id": "other"})
            if line.type == "SandboxLost"
            else line
            for line in a_good_run()
        ]
        assert judge(told).complaint == "the journal does not tell"

    def test_a_record_after_the_next_fault_of_the_part_is_that_ones(self) -> None:
        first, second = (Hit(FAULT, TARGET, at_s, at_s, "SIGKILL") for at_s in (1.0, 1.5))
        assert judge(a_good_run(), first, second).complaint == "the journal does not tell"
        assert judge(a_good_run(), second, first).complaint == ""

    def test_what_worked_before_the_fault_was_noticed_is_no_recovery(self) -> None:
        swapped = [line for line in a_good_run() if line.type != "ProgramRan"]
        early = lines((1.5, {"type": "ProgramRan", "outcome": "ran"}))
        assert judge([swapped[0], *early, *swapped[1:]]).complaint == "it did not recover"

    def test_a_pause_long_after_a_jump_of_the_clock_is_no_evidence_of_it(self) -> None:
        (jump,) = named_faults(["clock-forward"])
        hit = Hit(jump, TARGET, 1.0, 1.0, "forward")
        paused = lines((0.5, {"type": "X"}), (2.0, {"type": "Y"}), (12.0, {"type": "Z"}))
        assert judge(paused, hit).cause == ""
        assert judge([paused[0], paused[2]], hit).cause == "+11.5 s between two records"


class TestStressOutcome:
    """The run as a whole is complained of, too."""

    GOOD = StressOutcome(3, 3, 3, 3, 50.0, 60.0, 0, (), (), (), 55.0)

    def test_a_good_run_has_no_complaints(self) -> None:
        assert self.GOOD.complaints == ()

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            ({"answered": 2}, "1 of 3 problems have no answer"),
            ({"status": -9}, "the run ended with -9"),
            ({"seconds": 61.0}, "the run took 61 s of 60 s"),
            ({"left": ("node lean",)}, "left behind: node lean"),
        ],
    )
    def test_what_is_wrong_is_told(self, change: dict[str, Any], complaint: str) -> None:
        assert replace(self.GOOD, **change).complaints == (complaint,)


class TestValidAnswers:
    """Only integers in range that belong to the load count."""

    def test_others_do_not(self, tmp_path: Path) -> None:
        path = tmp_path / "s.parquet"
        assert valid_answers(path, [TARGET]) == {}
        pl.DataFrame({"id": [ID, "other"], "answer": [35, 1]}).write_parquet(path)
        assert valid_answers(path, [TARGET]) == {ID: 35}
        pl.DataFrame({"id": [ID], "answer": [100_000]}).write_parquet(path)
        assert valid_answers(path, [TARGET]) == {}
        pl.DataFrame({"id": [ID], "answer": ["35"]}).write_parquet(path)
        assert valid_answers(path, [TARGET]) == {}
