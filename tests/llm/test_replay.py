"""Recorded completions: read from files, looked up by problem, stage, sample and turn."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.domain import Problem
from aimo_pipeline.errors import UserError
from aimo_pipeline.llm.completer import (
    Completer,
    Completion,
    CompletionOutcome,
    CompletionRequest,
    NoCompletion,
    Stage,
)
from aimo_pipeline.llm.replay import load_recordings

PROBLEM = Problem("demo", "How many?")


def row(**changes: Any) -> dict[str, Any]:
    """One recorded completion."""
    return {
        "author": "hand-written",
        "problem_sha256": PROBLEM.sha256,
        "problem_id": "demo",
        "stage": "trace",
        "sample": 0,
        "turn": 0,
        "text": "said",
    } | changes


NOTHING = NoCompletion("not_recorded")


def write(path: Path, *rows: dict[str, Any]) -> Path:
    """A recording; characters beyond ASCII are written as they are, which JSON allows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows), encoding="utf-8")
    return path


def complete(
    completer: Completer, problem: Problem = PROBLEM, stage: Stage = "trace", sample: int = 0, turn: int = 0
) -> CompletionOutcome:
    request = CompletionRequest(problem, stage, sample, turn, ())
    return asyncio.run(completer.complete(request, deadline=Deadline.after(1.0, FakeClock())))


def said(outcome: CompletionOutcome) -> str:
    assert isinstance(outcome, Completion)
    return outcome.text


class TestReplayCompleter:
    """The recorded completion of exactly this request, or none."""

    def test_a_recorded_completion_comes_back_with_its_author(self, tmp_path: Path) -> None:
        completer = load_recordings([write(tmp_path / "a.jsonl", row())])
        assert complete(completer) == Completion("said", "hand-written")

    def test_the_problem_is_known_by_its_text_not_by_its_id(self, tmp_path: Path) -> None:
        completer = load_recordings([write(tmp_path / "a.jsonl", row())])
        assert complete(completer, Problem("another id", "  How many?\n")) != NOTHING
        assert complete(completer, Problem("demo", "How much?")) == NOTHING

    def test_another_stage_sample_or_turn_gives_none(self, tmp_path: Path) -> None:
        completer = load_recordings([write(tmp_path / "a.jsonl", row())])
        assert complete(completer, stage="tir") == NOTHING
        assert complete(completer, sample=1) == NOTHING
        assert complete(completer, turn=1) == NOTHING

    def test_samples_and_turns_are_told_apart(self, tmp_path: Path) -> None:
        rows = [row(sample=s, turn=t, text=f"{s}.{t}") for s in range(2) for t in range(2)]
        completer = load_recordings([write(tmp_path / "a.jsonl", *rows)])
        texts = [said(complete(completer, sample=s, turn=t)) for s in range(2) for t in range(2)]
        assert texts == ["0.0", "0.1", "1.0", "1.1"]

    def test_without_recordings_there_is_nothing_to_say(self) -> None:
        completer = load_recordings([])
        assert len(completer) == 0
        assert complete(completer) == NOTHING


class TestLoadRecordings:
    """Files and folders are read whole; what is wrong is said with file and line."""

    def test_several_files_and_folders_add_up(self, tmp_path: Path) -> None:
        one = write(tmp_path / "one.jsonl", row())
        write(tmp_path / "folder" / "b.jsonl", row(sample=1))
        write(tmp_path / "folder" / "c.jsonl", row(sample=2), row(sample=3))
        (tmp_path / "folder" / "notes.txt").write_text("not a recording")
        assert len(load_recordings([one, tmp_path / "folder"])) == 4

    @settings(max_examples=60)
    @given(st.text(max_size=40))
    def test_any_text_comes_back_as_it_was(self, tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
        path = write(tmp_path_factory.mktemp("recording") / "a.jsonl", row(text=text))
        assert complete(load_recordings([path])) == Completion(text, "hand-written")

    @pytest.mark.parametrize("separator", ["\x85", "\u2028", "\u2029"])
    def test_a_unicode_line_separator_in_a_text_does_not_end_the_line(
        self, tmp_path: Path, separator: str
    ) -> None:
        path = write(tmp_path / "a.jsonl", row(text=f"a{separator}b"))
        assert said(complete(load_recordings([path]))) == f"a{separator}b"

    def test_a_missing_path_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="nowhere.jsonl"):
            load_recordings([tmp_path / "nowhere.jsonl"])

    @pytest.mark.parametrize(
        "line",
        [
            "not json",
            "[1, 2]",
            "5",
            json.dumps({key: value for key, value in row().items() if key != "author"}),
            json.dumps(row(sample="first")),
            json.dumps(row(turn=None)),
            json.dumps(row(stage="tracing")),
        ],
    )
    def test_a_malformed_line_is_named_by_file_and_number(self, tmp_path: Path, line: str) -> None:
        path = write(tmp_path / "bad.jsonl", row())
        path.write_text(path.read_text() + line + "\n")
        with pytest.raises(UserError, match=r"bad\.jsonl:2"):
            load_recordings([path])

    def test_a_file_that_is_not_text_is_the_users_trouble(self, tmp_path: Path) -> None:
        path = tmp_path / "bad.jsonl"
        path.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(UserError, match=r"bad\.jsonl"):
            load_recordings([path])

    def test_two_completions_for_one_request_are_refused_also_across_files(self, tmp_path: Path) -> None:
        one = write(tmp_path / "one.jsonl", row())
        two = write(tmp_path / "two.jsonl", row(text="another"))
        with pytest.raises(UserError, match=r"two\.jsonl:1: a second completion"):
            load_recordings([one, two])
