"""What the stages ask of a language model, whoever answers: a live server or a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import Problem

Stage = Literal["route", "trace", "tir", "harvest"]
Finish = Literal["stop", "length", "tool", "deadline"]
Reasoning = Literal["low", "medium", "high"]


@dataclass(frozen=True)
class Message:
    """One turn of a conversation.

    Attributes:
        role: `tool` carries the output of executed code.
        content: the text; of an assistant's turn, what it said to the user or the tool.
        thinking: of an assistant's turn, what it reasoned before, which its chat template may need again.
    """

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    thinking: str = ""


@dataclass(frozen=True)
class Sampling:
    """How one completion is drawn.

    Attributes:
        temperature, top_p: of the distribution over tokens.
        max_tokens: most that are generated; None: what the context leaves.
        seed: of the draw; None: the server's choice.
        reasoning: effort, for models that know it.
        schema: JSON schema that the text must satisfy (structured output); None: free text.
        entropy: ask for log-probabilities, so that the completion tells its tokens' entropy.
    """

    temperature: float
    top_p: float
    max_tokens: int | None = None
    seed: int | None = None
    reasoning: Reasoning = "medium"
    schema: dict[str, Any] | None = None
    entropy: bool = False


@dataclass(frozen=True)
class CompletionRequest:
    """One request.

    Attributes:
        problem: what is being solved.
        stage: which stage asks.
        sample: number of the independent sample, from 0.
        turn: number of the turn within the sample, from 0.
        messages: the conversation so far, system prompt first.
        sampling: how the text is drawn; None: as the client is configured. Recordings take no notice.
    """

    problem: Problem
    stage: Stage
    sample: int
    turn: int
    messages: tuple[Message, ...]
    sampling: Sampling | None = None


@dataclass(frozen=True)
class Measures:
    """What a completion cost and how sure it was; None where nobody measured (a recording).

    Attributes:
        prompt_tokens, cached_tokens, completion_tokens: the prompt's, those of them that the prefix cache
            had, and the generated ones, thinking included.
        ttft_s: time to first token, from sending the request.
        tpot_s: mean time per output token after the first.
        entropy: mean entropy of the generated tokens, in nats, over the reported alternatives.
        tail_entropy: the same over the last tokens only, where the answer stands.
    """

    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None
    ttft_s: float | None = None
    tpot_s: float | None = None
    entropy: float | None = None
    tail_entropy: float | None = None


@dataclass(frozen=True)
class Completion:
    """Text that came back.

    Attributes:
        text: what was said to the user or, where `finish` is "tool", the code for the tool. Where the finish
            is "length" or "deadline" it is what there was until then, perhaps "".
        author: a model's name, or "hand-written" for such a recording.
        thinking: what was reasoned before, where the model keeps it apart.
        finish: why it ended: by itself, at the token limit, to call the tool, at the deadline.
        measures: cost and certainty.
    """

    text: str
    author: str
    thinking: str = ""
    finish: Finish = "stop"
    measures: Measures = Measures()


@dataclass(frozen=True)
class NoCompletion:
    """Nothing came back.

    Attributes:
        cause: "not_recorded"; "deadline" before the first token; "engine_died", and what was in flight could
            not be done again in time; "bad_header" (text that the model's format forbids); "empty"; "context"
            (the prompt leaves no room); "refused" (the server rejects the request); "cancelled" in journals
            only: the asker was cancelled.
        detail: in one line.
    """

    cause: Literal[
        "not_recorded", "deadline", "engine_died", "bad_header", "empty", "context", "refused", "cancelled"
    ]
    detail: str = ""


CompletionOutcome = Completion | NoCompletion


class Completer(Protocol):
    """Anything that completes.

    A cancelled call stops the generation at once. Transport errors and a restarted engine are dealt with
    inside, within the deadline; no exception is raised for them.
    """

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """One completion, or why there is none."""
        ...
