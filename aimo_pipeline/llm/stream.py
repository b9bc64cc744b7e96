"""One stream of one request: read to its end, its deadline or its break, and measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from openai import APIError, APIStatusError, AsyncOpenAI

from aimo_pipeline.deadline import Clock
from aimo_pipeline.llm.completer import Completion, Measures, NoCompletion
from aimo_pipeline.llm.endpoint import Activity
from aimo_pipeline.llm.wire import Asked, count_of, entropies, field_of, list_of, text_of

# 429 asks for patience, 408 and 409 are the server's own time-outs and conflicts; 5xx is its own trouble.
_AGAIN = frozenset({408, 409, 429})
_BAD = frozenset({400, 422})
_TOO_LONG = ("context length", "context_length", "max_model_len", "maximum model length", "input tokens")


@dataclass(frozen=True)
class Broken:
    """The stream did not come to its end, through no fault of the request.

    Attributes:
        reason: in one line.
    """

    reason: str


@dataclass(frozen=True)
class Unknown:
    """The server takes some part of the request for an error, other than its length.

    Attributes:
        reason: in one line.
    """

    reason: str


@dataclass
class Hearing:
    """What has come of one stream so far.

    Attributes:
        asked: the request.
        author: name of the model.
        began_s: when it was sent.
        ending: the server's finish_reason, once it has come.
        tokens: ids of what was generated, where the server tells them, those included that it resumed.
        chunks: pieces that brought something.
        first_s, last_s: when the first and the last of them came.
        usage: the server's account of tokens.
        entropies: of the tokens, in nats.
    """

    asked: Asked
    author: str
    began_s: float
    ending: str = ""
    tokens: list[int] = field(init=False)
    chunks: int = 0
    first_s: float = 0.0
    last_s: float = 0.0
    usage: Any = None
    entropies: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tokens = list(self.asked.resumed)

    def take(self, chunk: Any, now_s: float) -> None:
        """Read one piece of the stream."""
        self.usage = field_of(chunk, "usage") or self.usage
        for choice in list_of(chunk, "choices")[:1]:
            ids = [one for one in list_of(choice, "token_ids") if isinstance(one, int)]
            self.tokens += ids
            self.entropies += entropies(choice)
            if self.asked.reader.feed(choice) or ids:
                self.first_s = self.first_s or now_s
                self.last_s, self.chunks = now_s, self.chunks + 1
            self.ending = text_of(choice, "finish_reason") or self.ending

    def goes_on_from(self, other: Hearing) -> bool:
        """Whether it has all that another stream brought, and was sent to go on from there."""
        return bool(other.tokens) and list(self.asked.resumed[: len(other.tokens)]) == other.tokens

    def completion(self, ending: str, tail_tokens: int) -> Completion | NoCompletion:
        """What was said until the end, or until "deadline", with what it cost."""
        said = self.asked.reader.said(ending)
        if isinstance(said, NoCompletion):
            return said
        return Completion(said.text, self.author, said.thinking, said.finish, self.measures(tail_tokens))

    def measures(self, tail_tokens: int) -> Measures:
        """Costs and certainty; the tokens of a stream that was cut are counted by its pieces."""
        resumed = len(self.asked.resumed)
        counted = count_of(self.usage, "completion_tokens")
        fresh = len(self.tokens) - resumed or self.chunks if counted is None else counted
        prompt = count_of(self.usage, "prompt_tokens")
        details = field_of(self.usage, "prompt_tokens_details")
        spread_s = self.last_s - self.first_s
        return Measures(
            prompt_tokens=None if prompt is None else prompt - resumed,
            cached_tokens=count_of(details, "cached_tokens"),
            completion_tokens=resumed + fresh,
            ttft_s=self.first_s - self.began_s if self.chunks else None,
            tpot_s=spread_s / (fresh - 1) if fresh > 1 else None,
            entropy=_mean(self.entropies),
            tail_entropy=_mean(self.entropies[-tail_tokens:]),
        )


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


async def hear(
    hearing: Hearing, *, client: AsyncOpenAI, clock: Clock, activity: Activity
) -> NoCompletion | Broken | Unknown | None:
    """Send the request and read its stream to the end; cancelling closes it, and so stops the generation.

    Args:
        hearing: the request, and what takes the pieces that come.
        client: of the server.
        clock: for the measures.
        activity: is told of the request and of each token.

    Returns:
        None: it came to its end. Broken: it is worth sending again. NoCompletion: the server refuses it;
        Unknown: but may take a plainer one.
    """
    asked = hearing.asked
    create: Any = client.chat.completions.create if asked.path == "chat" else client.completions.create
    usage = {"stream_options": {"include_usage": True}} if asked.usage else {}
    options = {"stream": True, **usage}
    try:
        with activity.request():
            body = {"model": hearing.author, **asked.body, "extra_body": asked.more}
            async with await create(**body, **options) as stream:
                async for chunk in stream:
                    hearing.take(chunk, clock.now_s())
                    activity.progressed()
    except APIStatusError as error:
        if error.status_code in _AGAIN or error.status_code >= 500:
            return Broken(f"status {error.status_code}: {_line(error)}")
        said = refused(_line(error))
        return Unknown(said.detail) if error.status_code in _BAD and said.cause == "refused" else said
    except (APIError, ValueError) as error:  # a lost connection, an error in the stream, no JSON
        return Broken(f"{type(error).__name__}: {_line(error)}")
    return None if hearing.ending else Broken("the stream ended before the model did")


def _line(error: Exception) -> str:
    text = error.message if isinstance(error, APIError) else str(error)
    return " ".join(text.split())[:300]


def refused(told: str) -> NoCompletion:
    """Why a server rejects a request, from what it says: a prompt that is too long, or something else."""
    lowered = told.lower()
    return NoCompletion("context" if any(part in lowered for part in _TOO_LONG) else "refused", told)
