"""Whole behaviours of a model, behind the fake server: what each sample says, turn by turn.

    model = ScriptedModel({("tir", 0): [says(fenced("print(6 * 7)")), says(boxed(42))]})
    async with FakeOpenAI(behave=model) as server: ...

A request's stage is told from its messages, its sample and turn from its seed, which stages give by number.
Samples that are not named, and turns after the last, end without a word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.llm.fake_openai import Drop, Fail, Hang, Raw, Reply, Stream

Script = Mapping[tuple[str, int], Sequence[Reply]]
_SEEDS_PER_SAMPLE = 1_000
_SEEDS_PER_TRY = 1_000_000
_FLOOD = 1 << 20


def boxed(value: int | str) -> str:
    """The end of a solution."""
    return f"So the answer is \\boxed{{{value}}}."


def fenced(code: str) -> str:
    """A program as a model writes it."""
    return f"Let us compute.\n```python\n{code}\n```\n"


def says(text: str, thinking: str = "") -> Stream:
    """A turn that comes in three pieces, after some thought."""
    third = len(text) // 3 + 1
    pieces = [text[start : start + third] for start in range(0, len(text), third)]
    thoughts = [{"reasoning_content": thinking}] if thinking else []
    usage = {"prompt_tokens": 10, "completion_tokens": len(text + thinking) // 4, "total_tokens": 0}
    return Stream((*thoughts, *pieces), usage=usage)


def slow(text: str, pause_s: float) -> Stream:
    """A turn that comes word by word."""
    return Stream(tuple(f"{word} " for word in text.split()), pause_s=pause_s)


def thinks_on(pause_s: float, thought: str = "hm, ") -> Stream:
    """A turn that would take an hour, all of it thought."""
    return Stream(({"reasoning_content": thought},) * int(3_600 / pause_s), pause_s=pause_s)


def cut_by_length(text: str) -> Stream:
    """A turn that ends at the token limit."""
    return Stream((text,), finish="length")


def empty() -> Stream:
    """Nothing but an end, as broken speculative decoding gives."""
    return Stream(())


def ends_early() -> Stream:
    """An end of text in the middle of a sentence."""
    return Stream(("So the answer",))


def floods() -> Stream:
    """A megabyte of the same word."""
    return Stream(("again " * (_FLOOD // 60),) * 10)


def calls_tool(code: str, *, name: str = "python", finish: str = "tool_calls") -> Stream:
    """A call in the API's own form: its head, then its arguments in two pieces, as they stand."""
    head = {"index": 0, "id": "c", "type": "function", "function": {"name": name, "arguments": ""}}
    half = len(code) // 2
    rest = [{"index": 0, "function": {"arguments": part}} for part in (code[:half], code[half:])]
    return Stream(tuple({"tool_calls": [one]} for one in (head, *rest)), finish=finish)


def arguments(code: str) -> str:
    """A program as the arguments of a function."""
    return json.dumps({"code": code})


def wrong_types() -> Raw:
    """A stream of valid JSON in which nothing has the type that it should have."""
    delta = '{"content": 42, "reasoning_content": []}'
    wrong = f'{{"choices": [{{"index": "a", "delta": {delta}, "finish_reason": 7}}]}}'
    ended = '{"choices": [{"index": 0, "delta": null, "finish_reason": "stop"}], "usage": "many"}'
    return Raw((f"data: {wrong}", f"data: {ended}", "data: [DONE]"))


def drops(*after: str) -> Drop:
    """A connection that breaks after some words."""
    return Drop(after)


def too_long() -> Fail:
    """A prompt that fills the context."""
    return Fail(400, "This model's maximum context length is 4096 tokens")


@dataclass
class ScriptedModel:
    """A behaviour for FakeOpenAI.

    Attributes:
        script: (stage, sample) -> replies, one for each request.
        asked: requests, in order.
    """

    script: Script
    asked: list[tuple[str, int]] = field(default_factory=list)

    def __call__(self, path: str, body: dict[str, Any]) -> Reply:
        stage = _stage(body)
        seed = body.get("seed", 0) % _SEEDS_PER_TRY
        sample = seed // (1 if stage == "harvest" else _SEEDS_PER_SAMPLE)
        turn = self.asked.count((stage, sample))
        self.asked.append((stage, sample))
        replies = self.script.get((stage, sample), ())
        return replies[turn] if turn < len(replies) else empty()


def _stage(body: dict[str, Any]) -> str:
    if "response_format" in body:
        return "route"
    told = [message["content"] for message in body["messages"]]
    if "There is no time left" in told[-1]:
        return "harvest"
    return "trace" if "Your task: TRACE" in told[1] else "tir"


__all__ = ["Hang", "ScriptedModel", "Script"]
