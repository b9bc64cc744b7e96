from __future__ import annotations

import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from aimo_pipeline.domain import Voted


def ask(predictor: Any, text: object, id_: object = "a1") -> int:
    """Call predict as the gateway does; check the frame; give the answer."""
    frame = predictor.predict(pl.Series("id", [id_]), pl.Series("problem", [text]))
    assert frame.schema == {"id": pl.String, "answer": pl.Int64}
    assert frame.height == 1
    answer = frame["answer"][0]
    assert isinstance(answer, int)
    return answer


def causes(folder: Path) -> list[str]:
    records = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    return [record["cause"] for record in records if record["type"] == "PredictFailed"]


class TestPredict:
    """An integer within the deadline and slack, whatever the solver does; the journal names the cause."""

    def test_gives_the_solvers_answer(self, predictor_with: Any, solver: Any, tmp_path: Path) -> None:
        with predictor_with(solver.open) as predictor:
            assert [ask(predictor, "42", "a"), ask(predictor, "99999", "b")] == [42, 99_999]
        assert [(one.problem_id, one.answer.path) for one in predictor.given] == [("a", "tir"), ("b", "tir")]
        assert causes(tmp_path) == []

    @pytest.mark.parametrize(
        ("text", "cause"),
        [
            ("raise", "ZeroDivisionError"),
            ("exit", "RuntimeError"),
            ("wrong type", "TypeError"),
            ("100000", "ValueError"),
        ],
    )
    def test_a_broken_solver_costs_one_problem(
        self, predictor_with: Any, solver: Any, tmp_path: Path, text: str, cause: str
    ) -> None:
        with predictor_with(solver.open) as predictor:
            assert ask(predictor, text) == 0
            assert ask(predictor, "17") == 17
        assert len(causes(tmp_path)) == 1
        assert cause in causes(tmp_path)[0]

    def test_causes_stay_short(self, predictor_with: Any, solver: Any, tmp_path: Path) -> None:
        with predictor_with(solver.open) as predictor:
            ask(predictor, "raise")
        assert len(causes(tmp_path)[0]) <= 300

    @pytest.mark.parametrize("text", ["hang", "stubborn"])
    def test_a_solver_that_outlives_its_deadline_is_cancelled(
        self, predictor_with: Any, solver: Any, tmp_path: Path, text: str
    ) -> None:
        with predictor_with(solver.open) as predictor:
            began_s = time.monotonic()
            assert ask(predictor, text) == 0
            assert time.monotonic() - began_s < 2.0  # granted 0.3 s, slack 0.2 s
            assert ask(predictor, "17") == 17
        assert "no answer after" in causes(tmp_path)[0]
        assert solver.cancelled[0] == "a1"
        assert solver.closed

    def test_a_solver_that_is_slow_to_close_still_gives_the_best_that_it_knew(
        self, predictor_with: Any, solver: Any, tmp_path: Path
    ) -> None:
        with predictor_with(solver.open) as predictor:
            assert ask(predictor, "close slowly") == 77
            assert ask(predictor, "17") == 17
        assert predictor.given[0].answer.evidence == Voted(2, 3)
        assert causes(tmp_path) == []
        records = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
        assert [one["stage"] for one in records if one["type"] == "StageFailed"] == ["close"]

    @pytest.mark.parametrize("arguments", [(None, None), ([], []), (pl.Series([None]), pl.Series([None]))])
    def test_arguments_of_any_kind_are_put_up_with(
        self, predictor_with: Any, solver: Any, arguments: tuple[object, object]
    ) -> None:
        with predictor_with(solver.open) as predictor:
            assert predictor.predict(*arguments)["answer"].to_list() == [0]

    def test_a_third_column_is_ignored(self, predictor_with: Any, solver: Any) -> None:
        with predictor_with(solver.open) as predictor:
            frame = predictor.predict(pl.Series(["a"]), pl.Series(["5"]), pl.Series([99]))
        assert frame["answer"].to_list() == [5]

    def test_is_named_predict_because_the_server_registers_it_by_name(
        self, predictor_with: Any, solver: Any
    ) -> None:
        with predictor_with(solver.open) as predictor:
            assert predictor.predict.__name__ == "predict"

    def test_works_from_a_thread_that_is_not_the_main_one(self, predictor_with: Any, solver: Any) -> None:
        answers: list[int] = []
        with predictor_with(solver.open) as predictor:
            thread = threading.Thread(target=lambda: answers.append(ask(predictor, "8")))
            thread.start()
            thread.join(timeout=5)
        assert answers == [8]

    def test_every_grant_is_journalled_with_its_reason_and_settled(
        self, predictor_with: Any, solver: Any, tmp_path: Path
    ) -> None:
        with predictor_with(solver.open) as predictor:
            ask(predictor, "42", "a")
            ask(predictor, "raise", "b")
        records = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
        grants = [record for record in records if record["type"] == "GrantGiven"]
        closed = [record for record in records if record["type"] == "AccountClosed"]
        assert [(one["problem_id"], one["problems_left"]) for one in grants] == [("a", 5), ("b", 4)]
        assert all(0 < one["grant_s"] <= 0.3 and "left for" in one["why"] for one in grants)
        assert [one["problem_id"] for one in closed] == ["a", "b"]
        assert all(one["spent_s"] <= one["granted_s"] == 0.3 for one in closed)

    @pytest.mark.parametrize(
        "place", ["controller.build_worlds", "controller.Dynamic.plan_s", "hazard.Worlds.updated"]
    )
    def test_a_bug_in_the_policy_costs_the_policy_and_not_the_problem(
        self, predictor_with: Any, solver: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
    ) -> None:
        def broken(*_: object) -> None:
            raise FloatingPointError("nan")

        monkeypatch.setattr(f"aimo_pipeline.budget.{place}", broken)
        with predictor_with(solver.open) as predictor:
            assert [ask(predictor, "5"), ask(predictor, "6")] == [5, 6]
        assert all(0 < seconds <= 0.3 for seconds in solver.grants_s)
        assert "FloatingPointError" in (tmp_path / "journal.jsonl").read_text()

    def test_grants_shrink_with_what_is_left(self, predictor_with: Any, solver: Any) -> None:
        with predictor_with(solver.open) as predictor:
            ask(predictor, "1")
        assert 0 < solver.grants_s[0] <= 0.3


class TestReadiness:
    """Entering never waits for the solver; the first predict does; without one the fallback is given."""

    def slow(self, solver: Any, seconds: float) -> Callable[[], Any]:
        import asyncio

        @asynccontextmanager
        async def open_slowly() -> AsyncIterator[Any]:
            await asyncio.sleep(seconds)
            yield solver

        return open_slowly

    def test_the_first_predict_waits_although_its_grant_is_shorter(
        self, predictor_with: Any, solver: Any
    ) -> None:
        began_s = time.monotonic()
        with predictor_with(self.slow(solver, 0.8)) as predictor:
            assert time.monotonic() - began_s < 0.5
            assert ask(predictor, "6") == 6

    def test_a_solver_that_never_comes_costs_ready_s_once(
        self, predictor_with: Any, solver: Any, tmp_path: Path
    ) -> None:
        began_s = time.monotonic()
        with predictor_with(self.slow(solver, 3600), ready_s=0.3) as predictor:
            assert [ask(predictor, "6"), ask(predictor, "7")] == [0, 0]
        assert time.monotonic() - began_s < 3.0
        assert all("not ready" in cause for cause in causes(tmp_path))

    def test_a_solver_that_cannot_be_opened_is_named(self, predictor_with: Any, tmp_path: Path) -> None:
        @asynccontextmanager
        async def broken() -> AsyncIterator[Any]:
            raise OSError("no such model")
            yield

        with predictor_with(broken) as predictor:
            assert ask(predictor, "6") == 0
        assert "no such model" in causes(tmp_path)[0]

    def test_leaving_closes_the_solver_and_ends_the_thread(self, predictor_with: Any, solver: Any) -> None:
        with predictor_with(solver.open) as predictor:
            ask(predictor, "1")
            assert not solver.closed
        assert solver.closed
        assert not any(thread.name == "solver" for thread in threading.enumerate())

    def test_an_exception_in_the_block_closes_the_solver_too(self, predictor_with: Any, solver: Any) -> None:
        with pytest.raises(KeyboardInterrupt), predictor_with(solver.open) as predictor:
            ask(predictor, "1")
            raise KeyboardInterrupt
        assert solver.closed
