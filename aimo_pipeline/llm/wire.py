"""How a request is put to a server, and how what it streams is read: the two halves of a format.

What a server sends is untrusted: fields may be missing, empty or of another type, and none of that may
raise. Numbers that can't be read are left out of the measures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from aimo_pipeline.llm.completer import CompletionRequest, Finish, NoCompletion, Sampling
from aimo_pipeline.llm.endpoint import Endpoint


@dataclass(frozen=True)
class Said:
    """What a model said.

    Attributes:
        text, thinking, finish: see completer.Completion.
    """

    text: str
    thinking: str
    finish: Finish


class Reader(Protocol):
    """Reads the choices of one stream."""

    def feed(self, choice: Any) -> bool:
        """One streamed choice; tells whether it brought a token."""
        ...

    def said(self, ending: str) -> Said | NoCompletion:
        """What was said, at the end.

        Args:
            ending: the server's finish_reason, or "deadline".
        """
        ...

    def as_it_came(self) -> str:
        """All that came so far, whether or not it makes sense."""
        ...


@dataclass(frozen=True)
class Asked:
    """A request as the server takes it.

    Attributes:
        path: of the endpoint.
        body: arguments of the openai library's `create`.
        reader: of its stream.
        more: further fields that only vLLM knows.
        resumed: tokens of an earlier stream that this one goes on from.
        usage: whether the server's account of tokens is asked for.
    """

    path: Literal["chat", "completions"]
    body: Mapping[str, Any]
    reader: Reader
    more: Mapping[str, Any] = field(default_factory=dict)
    resumed: tuple[int, ...] = ()
    usage: bool = True


# What a chat can do without: measures, seeds, forms. Not every server knows them, and some refuse what they
# do not know.
_EXTRAS = frozenset({"logprobs", "top_logprobs", "seed", "response_format"})


def plainer(asked: Asked) -> Asked | None:
    """A chat request without what not every server knows; None where nothing can be left out."""
    body = {name: value for name, value in asked.body.items() if name not in _EXTRAS}
    bare = not asked.usage and not asked.more and len(body) == len(asked.body)
    return None if asked.path != "chat" or bare else replace(asked, body=body, more={}, usage=False)


class Format(Protocol):
    """Makes requests of conversations."""

    def ask(
        self, request: CompletionRequest, sampling: Sampling, endpoint: Endpoint, heard: Sequence[int]
    ) -> Asked | NoCompletion:
        """The request for a conversation.

        Args:
            request: what is wanted.
            sampling: how it is drawn.
            endpoint: for the context.
            heard: tokens of an earlier stream that broke, to be gone on from; empty where the format can't.
        """
        ...


def field_of(thing: Any, name: str) -> Any:
    """A field of a streamed object or dict; None where it has none."""
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)


def text_of(thing: Any, name: str) -> str:
    """A text field; "" for anything else."""
    value = field_of(thing, name)
    return value if isinstance(value, str) else ""


def count_of(thing: Any, name: str) -> int | None:
    """A field with a count; None for anything else."""
    value = field_of(thing, name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def list_of(thing: Any, name: str) -> list[Any]:
    """A field with a list; [] for anything else."""
    value = field_of(thing, name)
    return value if isinstance(value, list) else []


def entropies(choice: Any) -> Iterator[float]:
    """Entropy of each token of a streamed choice, in nats, over the alternatives that the server reports.

    The alternatives do not add up to one; what is left out is taken for one more outcome, so that the value
    is a lower bound of the true one. Values that are no log-probabilities are left out.
    """
    told = field_of(choice, "logprobs")
    for token in list_of(told, "content"):
        yield from _entropy([field_of(one, "logprob") for one in list_of(token, "top_logprobs")])
    for table in list_of(told, "top_logprobs"):
        if isinstance(table, dict):
            yield from _entropy(list(table.values()))


def _entropy(logprobs: Sequence[Any]) -> Iterator[float]:
    usable = [float(value) for value in logprobs if isinstance(value, (int, float)) and value <= 0.0]
    if usable and len(usable) == len(logprobs) and all(map(math.isfinite, usable)):
        rest = max(0.0, 1.0 - sum(math.exp(value) for value in usable))
        known = -sum(math.exp(value) * value for value in usable)
        yield known - (rest * math.log(rest) if rest > 0.0 else 0.0)
