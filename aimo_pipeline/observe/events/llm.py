"""What a language model was asked and said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CompletionFinished:
    """A language model (or its recording) gave text; `author` says which.

    Attributes:
        prompt_sha256: of the conversation that was sent.
        finish: "stop", "length", "tool" or "deadline".
        ttft_s, tpot_s: time to first token, and time per output token after it; these, the counts of tokens
            and the entropies are None where nobody measured.
        seconds: from the request to the last token, waiting for a turn included.
    """

    problem_id: str
    stage: str
    sample: int
    turn: int
    prompt_sha256: str
    author: str
    text: str
    thinking: str
    finish: str
    prompt_tokens: int | None
    cached_tokens: int | None
    completion_tokens: int | None
    ttft_s: float | None
    tpot_s: float | None
    entropy: float | None
    tail_entropy: float | None
    seconds: float


@dataclass(frozen=True)
class CompletionMissing:
    """A request to a language model came to nothing; `cause` says why."""

    problem_id: str
    stage: str
    sample: int
    turn: int
    prompt_sha256: str
    cause: str
    detail: str
    seconds: float


@dataclass(frozen=True)
class CompletionDropped:
    """Tokens that came for a request and are part of no completion.

    Attributes:
        why: "cancelled" (nobody waited any longer), "retried" (its connection broke and it was sent anew), or
            the cause of the CompletionMissing.
        text: all that came, as it came, special tokens spelled out.
        tokens: how many; pieces of the stream where the server tells no tokens.
        ttft_s, tpot_s: as in CompletionFinished.
    """

    problem_id: str
    stage: str
    sample: int
    turn: int
    why: str
    text: str
    tokens: int
    ttft_s: float | None
    tpot_s: float | None


@dataclass(frozen=True)
class CompletionRetried:
    """A request's connection broke, or its engine was started anew; it is sent again.

    Attributes:
        number: of the sending that broke, from 1.
    """

    problem_id: str
    stage: str
    sample: int
    turn: int
    number: int
    reason: str
