"""gpt-oss's format: conversations to tokens, and the tokens that come back to thinking, code and text.

We make and read the tokens ourselves, for the completions endpoint, because a server that reads them for us
turns a malformed header into an answer that never comes. Rendering and vocabulary are openai-harmony's; what
is read is cut at the special tokens, so that one bad header costs itself at most.

Channels: analysis is thinking; a call of python, in whatever channel, is code for the tool; final is the
text. commentary to nobody is a preamble to a call, and counts as thinking.

Source: "OpenAI Harmony Response Format" (OpenAI cookbook).
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openai_harmony import (
    Author,
    DeveloperContent,
    HarmonyEncoding,
    HarmonyError,
    ReasoningEffort,
    Role,
    SystemContent,
    ToolNamespaceConfig,
    load_harmony_encoding,
)
from openai_harmony import Message as Part

from aimo_pipeline.config import ClientConfig
from aimo_pipeline.errors import UserError
from aimo_pipeline.llm.channels import Tokens, read_channels
from aimo_pipeline.llm.completer import CompletionRequest, Message, NoCompletion, Reasoning, Sampling
from aimo_pipeline.llm.endpoint import Endpoint
from aimo_pipeline.llm.wire import Asked, Said, field_of, list_of, text_of

VOCABULARY = "o200k_base.tiktoken"
_EFFORT: dict[Reasoning, ReasoningEffort] = {
    "low": ReasoningEffort.LOW,
    "medium": ReasoningEffort.MEDIUM,
    "high": ReasoningEffort.HIGH,
}
# In place of the library's text, which promises two minutes for a cell, files and perhaps a network.
_PYTHON = ToolNamespaceConfig(
    name="python",
    description=(
        "Use this tool to execute Python code in your chain of thought. The code will not be shown to the "
        "user. When you send a message containing Python code to python, it will be executed in a stateful "
        "session, as in a Jupyter notebook; python will respond with what was printed and the value of the "
        "last line. A cell is stopped after 20 seconds; what it has defined and printed until then is kept. "
        "numpy, sympy, mpmath and networkx are installed. There is no network, and there are no files."
    ),
    tools=[],
)
# An attempt's last word is asked for under the same head as the attempt, whose prefix the server has in its
# cache: tens of thousands of tokens, too many to be computed anew in the seconds that are left.
_WITH_TOOL = frozenset({"tir", "harvest"})
# The answer itself, without thinking first.
_FINAL = "<|channel|>final<|message|>"
_TURNS_KEPT = 4_096


def load_encoding(vocabulary: Path | None) -> HarmonyEncoding:
    """gpt-oss's encoding.

    Args:
        vocabulary: folder that holds o200k_base.tiktoken; None: the library downloads it.

    Raises:
        UserError: the folder does not hold it, or it cannot be had.
    """
    if vocabulary is not None:
        if not (vocabulary / VOCABULARY).is_file():
            raise UserError(f"no {VOCABULARY} in {vocabulary}; `build_submission.py model` prepares it")
        os.environ["TIKTOKEN_ENCODINGS_BASE"] = str(vocabulary)  # where the library looks
    try:
        return load_harmony_encoding("HarmonyGptOss")
    except HarmonyError as error:
        raise UserError(f"gpt-oss's vocabulary: {error}; AIMO_HARMONY_VOCABULARY names a folder") from error


class HarmonyFormat:
    """A Format for gpt-oss.

    The tokens of a turn are remembered, and used again when the turn comes back as a part of a conversation:
    so the prompt is to the token what the server has in its prefix cache.
    """

    def __init__(self, config: ClientConfig, encoding: HarmonyEncoding) -> None:
        self._config, self._encoding = config, encoding
        self._tokens = Tokens.of(encoding)
        self._turns: OrderedDict[tuple[str, str], list[int]] = OrderedDict()

    def ask(
        self, request: CompletionRequest, sampling: Sampling, endpoint: Endpoint, heard: Sequence[int]
    ) -> Asked | NoCompletion:
        """See Format; a broken stream is gone on from where it broke."""
        begun = self.encode(_FINAL) if _at_once(request, sampling) else []
        prompt = self.render(request.messages, sampling.reasoning, tool=request.stage in _WITH_TOOL)
        room = None if endpoint.context_tokens is None else endpoint.context_tokens - len(prompt) - len(begun)
        if room is not None and room < self._config.answer_now_tokens:
            return NoCompletion(
                "context", f"the prompt has {len(prompt)} of {endpoint.context_tokens} tokens"
            )
        body: dict[str, Any] = {"prompt": [*prompt, *begun, *heard]}
        most = [one - len(heard) for one in (room, sampling.max_tokens) if one is not None]
        if most:
            body["max_tokens"] = max(1, min(most))
        if sampling.entropy:
            body["logprobs"] = self._config.alternatives
        more: dict[str, Any] = {
            "return_token_ids": True,
            "skip_special_tokens": False,
            "stop_token_ids": self._encoding.stop_tokens_for_assistant_actions(),
        }
        if self._config.min_p:
            more["min_p"] = self._config.min_p
        if sampling.schema is not None:
            more["structured_outputs"] = {"json": sampling.schema}
        return Asked("completions", body, HarmonyReader(self, begun, heard), more, tuple(heard))

    def render(self, messages: Sequence[Message], reasoning: Reasoning, *, tool: bool) -> list[int]:
        """Tokens of a conversation, up to where the model goes on.

        Args:
            messages: the conversation.
            reasoning: effort.
            tool: whether the model may call python.
        """
        system = SystemContent.new().with_reasoning_effort(_EFFORT[reasoning])
        parts = [Part.from_role_and_content(Role.SYSTEM, system.with_tools(_PYTHON) if tool else system)]
        tokens: list[int] = [token for part in parts for token in self._encoding.render(part)]
        answered = _last_answer(messages)
        for at, message in enumerate(messages):
            called = at + 1 < len(messages) and messages[at + 1].role == "tool"
            # Thoughts, calls and outputs before an answer are not shown again: the format says so.
            if at < answered and (called or message.role == "tool"):
                continue
            tokens += self._turn(message, called=called, thought=at > answered)
        return tokens + self.encode("<|start|>assistant")

    def _turn(self, message: Message, *, called: bool, thought: bool) -> list[int]:
        said = self._turns.get((message.thinking, message.content))
        if message.role == "assistant" and called and said is not None:
            return [*self.encode("<|start|>assistant"), *said]
        parts = _parts(message, called=called, thought=thought)
        return [token for part in parts for token in self._encoding.render(part)]

    def read(self, tokens: Sequence[int], ending: str) -> Said | NoCompletion:
        """See channels.read_channels; a complete call is remembered."""
        said = read_channels(tokens, ending, encoding=self._encoding, tokens=self._tokens)
        if isinstance(said, Said) and said.finish == "tool":
            closed = tokens if tokens[-1] == self._tokens.call else [*tokens, self._tokens.call]
            self._turns[said.thinking, said.text] = list(closed)
            while len(self._turns) > _TURNS_KEPT:
                self._turns.popitem(last=False)
        return said

    def decode(self, tokens: Sequence[int]) -> str:
        """Their text, special tokens spelled out."""
        return str(self._encoding.decode(tokens))

    def encode(self, text: str) -> list[int]:
        """Tokens of a text in which special tokens are spelled out."""
        tokens: list[int] = self._encoding.encode(text, allowed_special="all")
        return tokens


class HarmonyReader:
    """Reads a completion stream: token ids where the server tells them, else its text with special tokens."""

    def __init__(self, form: HarmonyFormat, begun: Sequence[int], heard: Sequence[int]) -> None:
        self._form, self._tokens = form, [*begun, *heard]
        self._texts: list[str] = []
        self._stop: int | None = None

    def feed(self, choice: Any) -> bool:
        """See Reader."""
        ids = [one for one in list_of(choice, "token_ids") if isinstance(one, int)]
        text = text_of(choice, "text")
        self._tokens += ids
        if text and not ids:
            self._texts.append(text)
        stop = field_of(choice, "stop_reason")
        self._stop = stop if isinstance(stop, int) else self._stop
        return bool(ids or text)

    def as_it_came(self) -> str:
        """See Reader; special tokens spelled out."""
        return self._form.decode(self._tokens) + "".join(self._texts)

    def said(self, ending: str) -> Said | NoCompletion:
        """See Reader."""
        tokens = self._tokens + self._form.encode("".join(self._texts))
        if self._stop is not None and tokens[-1:] != [self._stop]:
            tokens = [*tokens, self._stop]
        return self._form.read(tokens, ending)


def _at_once(request: CompletionRequest, sampling: Sampling) -> bool:
    """A last word and a form to fill in are asked for without thinking; a schema allows no header."""
    return request.stage == "harvest" or sampling.schema is not None


def _last_answer(messages: Sequence[Message]) -> int:
    """Place of the last turn that was said to the user; -1 without one."""
    ends = [at for at, one in enumerate(messages) if one.role == "assistant"]
    said = [at for at in ends if not (at + 1 < len(messages) and messages[at + 1].role == "tool")]
    return said[-1] if said else -1


def _parts(message: Message, *, called: bool, thought: bool) -> list[Part]:
    """A turn as the library's messages."""
    match message.role:
        case "system":
            return [
                Part.from_role_and_content(
                    Role.DEVELOPER, DeveloperContent.new().with_instructions(message.content)
                )
            ]
        case "user":
            return [Part.from_role_and_content(Role.USER, message.content)]
        case "tool":
            python = Author(role=Role.TOOL, name="python")
            output = Part.from_author_and_content(python, message.content)
            return [output.with_channel("analysis").with_recipient("assistant")]
    thinking = Part.from_role_and_content(Role.ASSISTANT, message.thinking).with_channel("analysis")
    said = Part.from_role_and_content(Role.ASSISTANT, message.content)
    if called:
        said = said.with_channel("analysis").with_recipient("python").with_content_type("code")
    else:
        said = said.with_channel("final")
    return [*([thinking] if message.thinking and thought else []), said]
