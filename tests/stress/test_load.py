"""The scripted load: its answers are right, its scripts can be found again from a conversation alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.formula import CFinite
from aimo_pipeline.llm.completer import Message
from aimo_pipeline.llm.prompts import tir_messages, trace_messages
from aimo_pipeline.llm.reading import extract_code, final_integer
from aimo_pipeline.llm.replay import load_recordings
from aimo_pipeline.mine import evaluate
from aimo_pipeline.stress.load import AUTHOR, Kind, Scripted, make_load, write_load
from aimo_pipeline.stress.script import SILENT, Script

LOAD = make_load([Kind.COUNT, Kind.REASON, Kind.FLOOD, Kind.STALL, Kind.COUNT])


def turns(messages: tuple[Message, ...]) -> list[dict[str, str]]:
    return [{"role": one.role, "content": one.content} for one in messages]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    write_load(LOAD, tmp_path / "p.csv", tmp_path / "s.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text().splitlines()]
    return Script({one.problem.id: one.problem.text for one in LOAD}, rows)


class TestLoad:
    """Every problem differs, and what is expected of it is its answer."""

    def test_no_two_problems_are_alike(self) -> None:
        assert len({one.problem.text for one in LOAD}) == len({one.problem.id for one in LOAD}) == len(LOAD)

    @pytest.mark.parametrize("scripted", [one for one in LOAD if one.kind is Kind.COUNT], ids=str)
    def test_a_count_is_the_far_term_of_its_own_program(self, scripted: Scripted) -> None:
        """The program's first terms obey the recurrence; its far term follows by repeated doubling."""
        code = extract_code(scripted.script[0].text)
        assert code is not None
        space: dict[str, Any] = {}
        exec(code, space)
        a, modulus = space["a"], space["MODULUS"]
        factor = a(1) - 1
        assert all(a(n) == factor * (a(n - 1) + a(n - 2)) for n in range(2, 12))
        rule = CFinite(0, (factor, factor), (a(0), a(1)))
        assert scripted.expected == evaluate(rule, space["TARGET"], modulus)

    def test_attempts_end_with_the_expected_answer(self) -> None:
        for one in LOAD:
            boxed = {final_integer(said.text) for said in one.script if said.turn == 1 and one.expected}
            assert boxed <= {one.expected}

    def test_the_script_is_a_recording_that_says_who_wrote_it(self, tmp_path: Path) -> None:
        write_load(LOAD, tmp_path / "p.csv", tmp_path / "s.jsonl")
        assert len(load_recordings([tmp_path / "s.jsonl"])) == sum(len(one.script) for one in LOAD)
        authors = {json.loads(line)["author"] for line in (tmp_path / "s.jsonl").read_text().splitlines()}
        assert authors == {AUTHOR}


class TestScript:
    """A conversation is enough to know what comes next."""

    def test_samples_take_turns(self, script: Script) -> None:
        flood = LOAD[2]
        said = [script.answer(turns(trace_messages(flood.problem))) for _ in range(4)]
        assert set(said) == {one.text for one in flood.script if one.stage == "trace"}

    def test_an_attempt_goes_on_where_it_was(self, script: Script) -> None:
        reason = LOAD[1]
        begun = turns(tir_messages(reason.problem))
        first = script.answer(begun)
        second = script.answer(
            [*begun, {"role": "assistant", "content": first}, {"role": "user", "content": "5"}]
        )
        assert (first, second) == (reason.script[0].text, reason.script[1].text)

    def test_what_was_not_foreseen_gets_an_answer_without_a_number(self, script: Script) -> None:
        assert script.answer([{"role": "user", "content": "Who are you?"}]) == SILENT
        assert final_integer(SILENT) is None
