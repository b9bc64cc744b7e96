"""What goes through the pipes of a mining process: pickles, each behind its length.

Both ends are this package in the same version, so pickles do; what they hold are our own frozen classes and
integers, never a text of a model.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.formula import Formula
from aimo_pipeline.outcome import Found

_LENGTH_BYTES = 8


@dataclass(frozen=True)
class Mine:
    """Find the rule behind the terms."""

    sequence: Sequence
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Confirm:
    """Hold a rule to terms that it has not seen."""

    found: Found
    fresh: Mapping[int, int]


@dataclass(frozen=True)
class Evaluate:
    """A rule's term."""

    formula: Formula
    index: int
    modulus: int | None


@dataclass(frozen=True)
class Asked:
    """A request, and how long there is for it."""

    request: Mine | Confirm | Evaluate
    seconds: float


def framed(message: object) -> bytes:
    """As it goes through a pipe."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


def whole(data: bytes | bytearray) -> bool:
    """Whether a message is there to its end."""
    return len(data) >= _LENGTH_BYTES and len(data) >= _LENGTH_BYTES + _length(data)


def unframed(data: bytes) -> Any:
    """The message in `data`, which is whole."""
    return pickle.loads(memoryview(data)[_LENGTH_BYTES : _LENGTH_BYTES + _length(data)])


def read_message(stream: BinaryIO) -> Any:
    """The next message; blocks.

    Raises:
        EOFError: the other end is gone.
    """
    head = stream.read(_LENGTH_BYTES)
    if len(head) < _LENGTH_BYTES:
        raise EOFError
    body = stream.read(_length(head))
    if len(body) < _length(head):
        raise EOFError
    return pickle.loads(body)


def _length(data: bytes | bytearray) -> int:
    return int.from_bytes(data[:_LENGTH_BYTES], "big")
