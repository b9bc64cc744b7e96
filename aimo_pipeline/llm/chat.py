"""The chat endpoint: the server's template makes tokens of a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aimo_pipeline.config import ClientConfig
from aimo_pipeline.llm.completer import CompletionRequest, Finish, Message, NoCompletion, Sampling
from aimo_pipeline.llm.endpoint import Endpoint
from aimo_pipeline.llm.wire import Asked, Said, field_of, text_of

_TOOL_OUTPUT = "Output of the program:\n"
_THINK_END = "</think>"
_THINK_START = "<think>"


class ChatFormat:
    """A Format for every model whose server has a chat template."""

    def __init__(self, config: ClientConfig) -> None:
        self._config = config

    def ask(
        self, request: CompletionRequest, sampling: Sampling, endpoint: Endpoint, heard: Sequence[int]
    ) -> Asked | NoCompletion:
        """See Format; a broken stream is begun anew, for not every template takes a half-written turn."""
        body: dict[str, Any] = {"messages": [_turn(message) for message in request.messages]}
        if sampling.max_tokens is not None:
            body["max_tokens"] = sampling.max_tokens
        if sampling.schema is not None:
            schema = {"name": request.stage, "schema": sampling.schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        if sampling.entropy:
            body |= {"logprobs": True, "top_logprobs": self._config.alternatives}
        return Asked("chat", body, ChatReader())


def _turn(message: Message) -> dict[str, str]:
    """A turn as templates take it: many know no role for tools, and reasoning is not shown again."""
    if message.role == "tool":
        return {"role": "user", "content": _TOOL_OUTPUT + message.content}
    return {"role": message.role, "content": message.content}


class ChatReader:
    """Reads a chat stream; keeps what is thought apart, in a field of its own or between think tags."""

    def __init__(self) -> None:
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
        return bool(said or thought)

    def said(self, ending: str) -> Said | NoCompletion:
        """See Reader."""
        text, thinking = "".join(self._text), "".join(self._thinking)
        if not thinking:
            thinking, text = _apart(text)
        if not (text.strip() or thinking.strip()):
            return NoCompletion("empty", f"the model ended ({ending}) without a word")
        return Said(text, thinking, finish_of(ending))


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
