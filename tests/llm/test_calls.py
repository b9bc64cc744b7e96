"""Calls of the Python tool as chat servers tell them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import ClientConfig
from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.calls import unwrapped
from aimo_pipeline.llm.chat import ChatFormat, ChatReader
from aimo_pipeline.llm.completer import CompletionRequest, Message, NoCompletion, Sampling
from aimo_pipeline.llm.endpoint import Endpoint
from aimo_pipeline.llm.wire import Asked, Said


def call(arguments: str, *, name: str = "python", index: int | None = 0) -> dict[str, Any]:
    """A whole call as one delta tells it."""
    told: dict[str, Any] = {"id": "c", "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"tool_calls": [told if index is None else told | {"index": index}]}


def read(*deltas: Any, ending: str = "tool_calls") -> Said | NoCompletion:
    reader = ChatReader()
    for delta in deltas:
        reader.feed({"delta": delta})
    return reader.said(ending)


class TestCodeOfACall:
    """Whatever form a call has, its code is what the model meant to run."""

    @pytest.mark.parametrize(
        "arguments",
        [
            '{"code": "print(7)"}',
            '{"source": "print(7)"}',
            '{"code": "print(7)", "timeout": 5}',
            '{"language": "python", "code": "print(7)"}',
            "print(7)",
        ],
    )
    @pytest.mark.parametrize("name", ["python", "functions.python", "code_interpreter", "run_python_code"])
    def test_json_or_bare_under_any_of_the_tools_names(self, arguments: str, name: str) -> None:
        assert read(call(arguments, name=name)) == Said("print(7)", "", "tool")

    def test_line_ends_in_a_string_that_json_forbids_are_taken(self) -> None:
        assert read(call('{"code": "x = 7\nprint(x)"}')) == Said("x = 7\nprint(x)", "", "tool")

    def test_pieces_are_put_together(self) -> None:
        pieces = [
            {"tool_calls": [{"index": 0, "function": {"arguments": part}}]} for part in ("pri", "nt(7)")
        ]
        assert read(call(""), *pieces) == Said("print(7)", "", "tool")

    def test_what_is_said_and_thought_beside_it_counts_as_thinking(self) -> None:
        beside = ({"reasoning": "hm"}, {"content": "Let us count."})
        assert read(*beside, call("print(7)")) == Said("print(7)", "hm\nLet us count.", "tool")

    def test_the_first_of_several_is_run(self) -> None:
        assert read(call("print(7)"), call("print(8)", index=1)) == Said("print(7)", "", "tool")
        assert read(call("print(7)", index=None), call("print(8)", index=None)) == Said(
            "print(7)", "", "tool"
        )

    def test_a_call_of_another_tool_beside_it_is_passed_over(self) -> None:
        assert read(call("{}", name="browser"), call("print(7)", index=1)) == Said("print(7)", "", "tool")

    def test_the_older_form_is_read_too(self) -> None:
        told = {"function_call": {"name": "python", "arguments": "print(7)"}}
        assert read(told, ending="function_call") == Said("print(7)", "", "tool")

    def test_servers_that_end_a_call_with_stop_are_understood(self) -> None:
        assert read(call("print(7)"), ending="stop") == Said("print(7)", "", "tool")

    @given(st.text())
    def test_no_arguments_raise(self, arguments: str) -> None:
        assert isinstance(unwrapped(arguments), str)
        assert isinstance(read(call(arguments)), (Said, NoCompletion))


class TestCallsThatCannotBeRun:
    """They have a cause that quotes them; an answer beside them counts all the same."""

    @pytest.mark.parametrize(
        "delta",
        [
            call("{}", name="browser.search"),
            call('{"code": "print(7'),
            call(""),
            call('{"a": "x", "b": "y"}'),
            {"tool_calls": [{"index": 0, "function": {"arguments": "print(7)"}}]},
            {"tool_calls": "python"},
            {"tool_calls": [None, 3, {"function": 4}]},
            {},
        ],
        ids=str,
    )
    def test_the_cause_is_a_bad_header(self, delta: Any) -> None:
        lost = read(delta)
        assert isinstance(lost, NoCompletion) and lost.cause == "bad_header" and lost.detail

    def test_what_was_said_beside_one_counts(self) -> None:
        assert read({"content": "So \\boxed{42}."}, call("{", name="x")) == Said(
            "So \\boxed{42}.", "", "stop"
        )

    @pytest.mark.parametrize("ending", ["length", "deadline"])
    def test_one_that_was_cut_is_not_run_and_is_no_silence(self, ending: Any) -> None:
        assert read({"reasoning": "hm"}, call("x = 1"), ending=ending) == Said("", "hm", ending)
        assert read(call("x = 1"), ending=ending) == Said("", "", ending)


class TestConversation:
    """A call comes back as text that every template takes."""

    def test_its_code_stands_in_a_fence_and_written_fences_stay(self) -> None:
        fenced = "So:\n```python\nprint(8)\n```"
        messages = (
            Message("user", "?"), Message("assistant", "print(7)\n", "hm"), Message("tool", "7"),
            Message("assistant", fenced), Message("tool", "8"), Message("assistant", "It is 8."),
            Message("user", "Box it."),
        )  # fmt: skip
        request = CompletionRequest(Problem("p", "?"), "tir", 0, 0, messages)
        asked = ChatFormat(ClientConfig()).ask(request, Sampling(1.0, 1.0), Endpoint("u", "k", "m"), ())
        assert isinstance(asked, Asked)
        assert [one["content"] for one in asked.body["messages"]] == [
            "?", "```python\nprint(7)\n```", "Output of the program:\n7",
            fenced, "Output of the program:\n8", "It is 8.", "Box it.",
        ]  # fmt: skip
