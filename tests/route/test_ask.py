"""A model's reading of a problem's class."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import RouteConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.domain import Asked, Problem, Route, Subject
from aimo_pipeline.llm.completer import Completion, CompletionOutcome, CompletionRequest, Finish, NoCompletion
from aimo_pipeline.llm.prompts import tir_messages
from aimo_pipeline.route.ask import ask_route, read_class, route_messages, schema

GOOD = {"subject": "algebra", "tier": 3, "traceable": False, "asked": "floor"}


@dataclass
class Says:
    """A completer with one text."""

    text: str
    finish: Finish = "stop"
    asked: list[tuple[CompletionRequest, float]] = field(default_factory=list)

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """The text, or nothing where there is none."""
        self.asked.append((request, deadline.remaining_s()))
        return Completion(self.text, "test", finish=self.finish) if self.text else NoCompletion("deadline")


def asked(completer: Says, left_s: float = 60.0) -> Route | None:
    """The route that comes back."""
    return asyncio.run(
        ask_route(
            Problem("p", "How many?"),
            completer=completer,
            deadline=Deadline.after(left_s, FakeClock()),
            config=RouteConfig(),
        )
    )


class TestAskRoute:
    """One short structured completion, waited for half a second at most."""

    def test_the_class_comes_back(self) -> None:
        expected = Route(Subject.ALGEBRA, False, 3, Asked.FLOOR)
        assert asked(Says(json.dumps(GOOD))) == expected

    def test_the_wait_is_short_and_shorter_near_the_end(self) -> None:
        completer = Says(json.dumps(GOOD))
        asked(completer)
        asked(completer, 0.2)
        assert [round(left_s, 3) for _, left_s in completer.asked] == [0.5, 0.2]

    def test_the_form_is_prescribed_and_bounded(self) -> None:
        completer = Says(json.dumps(GOOD))
        asked(completer)
        [(request, _)] = completer.asked
        assert request.stage == "route"
        assert request.sampling is not None
        assert request.sampling.schema == schema()
        assert request.sampling.max_tokens is not None

    def test_a_completion_that_was_cut_off_says_nothing(self) -> None:
        assert asked(Says(json.dumps(GOOD), finish="deadline")) is None
        assert asked(Says("")) is None


class TestReadClass:
    """What the schema allows is read, and nothing else."""

    @pytest.mark.parametrize(
        "change",
        [{"subject": "magic"}, {"tier": 4}, {"tier": "2"}, {"tier": True}, {"traceable": 1}, {"asked": None}],
        ids=str,
    )
    def test_a_class_that_breaks_the_schema_is_none(self, change: dict[str, Any]) -> None:
        assert read_class(json.dumps(GOOD | change)) is None

    @pytest.mark.parametrize("missing", GOOD)
    def test_every_field_is_needed(self, missing: str) -> None:
        assert read_class(json.dumps({key: value for key, value in GOOD.items() if key != missing})) is None

    @given(st.text() | st.just("[" * 100_000))
    def test_any_text_is_read_without_an_error(self, text: str) -> None:
        assert read_class(text) is None

    def test_every_word_of_the_schema_can_be_read(self) -> None:
        properties = schema()["properties"]
        assert set(properties) == set(schema()["required"]) == set(GOOD)
        for name, values in properties.items():
            for value in values.get("enum", []):
                assert read_class(json.dumps(GOOD | {name: value})) is not None


class TestRouteMessages:
    """The same prefix as an attempt's, so that the server has it in its cache."""

    @given(st.text())
    def test_the_problem_stands_unchanged_before_the_instruction(self, text: str) -> None:
        problem = Problem("p", text)
        *head, last = route_messages(problem)
        assert head == list(tir_messages(problem)[:-1])
        assert last.content.startswith(text)
