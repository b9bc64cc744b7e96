"""A Completer that writes what it got into the journal."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Completion, CompletionRequest, Message, NoCompletion
from aimo_pipeline.llm.journaled import JournaledCompleter, prompt_sha256
from aimo_pipeline.llm.replay import ReplayCompleter
from aimo_pipeline.observe.journal import Journal, digest_of, read_journal

PROBLEM = Problem("p", "How many?")


class TestJournaledCompleter:
    """What comes back is passed on unchanged, and each completion is one event."""

    def test_a_completion_is_passed_on_and_recorded_so_that_it_can_be_replayed(self, tmp_path: Path) -> None:
        said = Completion("x = 1\n", "hand-written")
        clock = FakeClock()
        with Journal.open(tmp_path / "journal.jsonl", clock) as journal:
            completer = JournaledCompleter(ReplayCompleter({(PROBLEM.sha256, "tir", 1, 2): said}), journal)
            deadline = Deadline.after(1.0, clock)
            request = CompletionRequest(PROBLEM, "tir", 1, 2, ())
            assert asyncio.run(completer.complete(request, deadline=deadline)) == said
            nothing = CompletionRequest(PROBLEM, "tir", 1, 3, ())
            assert asyncio.run(completer.complete(nothing, deadline=deadline)) == NoCompletion("not_recorded")
        [prompt, record, missing] = read_journal(tmp_path / "journal.jsonl")
        assert prompt == prompt | {"type": "PromptSent", "prompt_sha256": prompt_sha256(()), "parts": []}
        assert {
            key: record[key] for key in ("type", "problem_id", "stage", "sample", "turn", "author", "text")
        } == {
            "type": "CompletionFinished",
            "problem_id": "p",
            "stage": "tir",
            "sample": 1,
            "turn": 2,
            "author": "hand-written",
            "text": "x = 1\n",
        }
        assert (missing["type"], missing["turn"], missing["cause"]) == (
            "CompletionMissing",
            3,
            "not_recorded",
        )
        assert missing["prompt_sha256"] == record["prompt_sha256"] == prompt_sha256(())

    def test_each_part_of_a_prompt_is_told_once_and_a_completion_that_comes_back_not_again(
        self, tmp_path: Path
    ) -> None:
        clock = FakeClock()
        table = {(PROBLEM.sha256, "tir", 0, turn): Completion(f"said {turn}", "m") for turn in range(3)}
        talk: tuple[Message, ...] = (Message("system", "rules"), Message("user", PROBLEM.text))
        with Journal.open(tmp_path / "journal.jsonl", clock) as journal:
            completer = JournaledCompleter(ReplayCompleter(table), journal)
            for turn in range(3):
                request = CompletionRequest(PROBLEM, "tir", 0, turn, talk)
                said = asyncio.run(completer.complete(request, deadline=Deadline.after(1.0, clock)))
                assert isinstance(said, Completion)
                talk += (Message("assistant", said.text), Message("tool", "the same output"))
        records = list(read_journal(tmp_path / "journal.jsonl"))
        kept = {one["digest"]: one["text"] for one in records if one["type"] == "TextKept"}
        assert sorted(kept.values()) == sorted(["rules", PROBLEM.text, "the same output"])
        kept |= {
            digest_of(one["text"]): one["text"] for one in records if one["type"] == "CompletionFinished"
        }
        *_, last = (one for one in records if one["type"] == "PromptSent")
        told = [(role, kept[name]) for role, name in (part.split(":") for part in last["parts"])]
        assert told == [(message.role, message.content) for message in talk[:-2]]

    def test_what_was_thought_before_a_turn_is_a_part_of_the_prompt_too(self, tmp_path: Path) -> None:
        clock = FakeClock()
        said = Completion("x = 1", "m", "Let me think.", "tool")
        talk = (Message("user", PROBLEM.text), Message("assistant", said.text, said.thinking))
        with Journal.open(tmp_path / "journal.jsonl", clock) as journal:
            completer = JournaledCompleter(ReplayCompleter({(PROBLEM.sha256, "tir", 0, 0): said}), journal)
            for turn, messages in enumerate((talk[:1], talk)):
                request = CompletionRequest(PROBLEM, "tir", 0, turn, messages)
                asyncio.run(completer.complete(request, deadline=Deadline.after(1.0, clock)))
        records = list(read_journal(tmp_path / "journal.jsonl"))
        first, last = (one for one in records if one["type"] == "PromptSent")
        assert (first["thinking"], last["thinking"]) == ([], ["", digest_of("Let me think.")])
        [finished] = (one for one in records if one["type"] == "CompletionFinished")
        assert finished["thinking"] == "Let me think."
        assert [one["text"] for one in records if one["type"] == "TextKept"] == [PROBLEM.text]
