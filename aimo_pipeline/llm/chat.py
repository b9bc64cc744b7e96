"""The chat endpoint: the server's template makes tokens of a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aimo_pipeline.config import ClientConfig
from aimo_pipeline.llm.calls import StreamedCalls
from aimo_pipeline.llm.completer import CompletionRequest, Finish, Message, NoCompletion, Sampling
from aimo_pipeline.llm.endpoint import Endpoint
from aimo_pipeline.llm.reading import extract_code
from aimo_pipeline.llm.wire import Asked, Said, field_of, text_of

_TOOL_OUTPUT = "Output of the program:\n"
_THINK_END = "</think>"
_THINK_START = "<think>"
_CALL_ENDINGS = frozenset({"tool_calls", "function_call"})
_DETAIL_CHARACTERS = 200


class ChatFormat:
    """A Format for every model whose server has a chat template."""

    def __init__(self, config: ClientConfig) -> None:
        self._config = config

    def ask(
        self, request: CompletionRequest, sampling: Sampling, endpoint: Endpoint, heard: Sequence[int]
    ) -> Asked | NoCompletion:
        """See Format; a broken stream is begun anew, for not every template takes a half-written turn."""
        body: dict[str, Any] = {"messages": _turns(request.messages)}
        if sampling.max_tokens is not None:
            body["max_tokens"] = sampling.max_tokens
        if sampling.schema is not None:
            schema = {"name": request.stage, "schema": sampling.schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        if sampling.entropy:
            body |= {"logprobs": True, "top_logprobs": self._config.alternatives}
        more: dict[str, Any] = {"min_p": self._config.min_p} if self._config.min_p else {}
        if any(name in endpoint.model.lower() for name in self._config.effort_models):
            more["reasoning_effort"] = sampling.reasoning
        return Asked("chat", body, ChatReader(), more)


def _turns(messages: Sequence[Message]) -> list[dict[str, str]]:
    """A conversation as templates take it: many know no role for tools, and reasoning is not shown again.

    Code that came as a call is shown in a fence, as the model would have written it without one.
    """
    told = []
    for at, message in enumerate(messages):
        called = at + 1 < len(messages) and messages[at + 1].role == "tool"
        content = message.content
        if message.role == "tool":
            told.append({"role": "user", "content": _TOOL_OUTPUT + content})
        elif called and extract_code(content) is None:
            told.append({"role": message.role, "content": f"```python\n{content.rstrip()}\n```"})
        else:
            told.append({"role": message.role, "content": content})
    return told


class ChatReader:
    """Reads a chat stream; keeps what is thought apart, in a field of its own or between think tags.

    A call of the tool counts in whichever form the server tells it: we offer none, but models that were
    taught to call python do so unasked, and servers that know their format take it out of the text.
    """

    def __init__(self) -> None:
        self._calls = StreamedCalls()
        self._text: list[str] = []
        self._thinking: list[str] = []

    def feed(self, choice: Any) -> bool:
        """See Reader."""
        delta = field_of(choice, "delta")
        said = text_of(delta, "content")
        thought = text_of(delta, "reasoning_content") or text_of(delta, "reasoning")
        if said:
            self._text.append(said)
        if thought:
            self._thinking.append(thought)
        called = self._calls.feed(delta)
        return bool(said or thought or called)

    def said(self, ending: str) -> Said | NoCompletion:
        """See Reader."""
        text, thinking = "".join(self._text), "".join(self._thinking)
        if not thinking:
            thinking, text = _apart(text)
        if self._calls or ending in _CALL_ENDINGS:
            return self._called(text, thinking, ending)
        if not (text.strip() or thinking.strip()):
            return NoCompletion("empty", f"the model ended ({ending}) without a word")
        return Said(text, thinking, finish_of(ending))

    def as_it_came(self) -> str:
        """See Reader; thinking, text and calls, in this order."""
        said = ("".join(self._thinking), "".join(self._text), self._calls.quoted())
        return "\n".join(one for one in said if one)

    def _called(self, text: str, thinking: str, ending: str) -> Said | NoCompletion:
        """A turn with calls: what was said beside them counts as thinking, one that was cut is not run."""
        if (cut := finish_of(ending)) != "stop":
            return Said(text, thinking, cut)
        code = self._calls.code()
        if code is not None:
            return Said(code, "\n".join(one for one in (thinking, text) if one.strip()).strip(), "tool")
        if text.strip():
            return Said(text, thinking, "stop")
        lost = self._calls.quoted() or "the server says that there is a call, and tells none"
        return NoCompletion("bad_header", lost[:_DETAIL_CHARACTERS])


def _apart(text: str) -> tuple[str, str]:
    """Thinking and text, where a template leaves the tags in; some prompts end with the opening one."""
    thought, end, rest = text.partition(_THINK_END)
    if end:
        return thought.replace(_THINK_START, "", 1).strip(), rest.lstrip()
    if text.lstrip().startswith(_THINK_START):
        return text.replace(_THINK_START, "", 1).strip(), ""
    return "", text


def finish_of(ending: str) -> Finish:
    """A server's finish_reason in our words; an unknown one counts as an end by itself."""
    match ending:
        case "length" | "deadline":
            return ending
        case _:
            return "stop"
