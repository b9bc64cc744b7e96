"""The integer that a model's text ends with: boxed, in the final channel, and never an intermediate remark.

The reading of a box is llm/reading.py, which other stages need as well; here is what a contract adds, and the
order in which the places of a conversation are believed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aimo_pipeline.answer.contract import Contract, of_fraction
from aimo_pipeline.llm.reading import (
    boxed_integers,
    final_integer,
    last_box_in_prose,
    marked_integer,
    parse_integer,
    prose,
)

__all__ = [
    "Said",
    "Stated",
    "boxed_answer",
    "boxed_integers",
    "final_integer",
    "marked_answer",
    "parse_integer",
    "stated",
]

_FRACTION = re.compile(
    r"(?P<sign>[+-]?)\s*(?:\\[dt]?frac\s*\{\s*(?P<top>[0-9]{1,300})\s*\}\s*\{\s*(?P<bottom>[0-9]{1,300})\s*\}"
    r"|(?P<upper>[0-9]{1,300})\s*/\s*(?P<lower>[0-9]{1,300}))"
)
_DECIMAL = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,300})\.(?P<part>[0-9]{1,300})(?:\\ldots|\\dots|\.\.\.)?"
)


@dataclass(frozen=True)
class Said:
    """A part of what a model wrote: `channel` is "final", or any other where it thinks or calls a tool."""

    channel: str
    text: str


@dataclass(frozen=True)
class Stated:
    """The integer that a conversation states, and in which kind of place."""

    value: int
    place: Literal["final", "thinking"]


def _as_fraction(content: str) -> tuple[int, int] | None:
    """Numerator and denominator of a box that holds one fraction or decimal and nothing else."""
    content = content.replace("$", "").replace("\\displaystyle", "").strip()
    if found := _FRACTION.fullmatch(content):
        top, bottom = found["top"] or found["upper"], found["bottom"] or found["lower"]
        return int(found["sign"] + top), int(bottom)
    if found := _DECIMAL.fullmatch(content):
        return int(found["sign"] + found["whole"] + found["part"]), int(10 ** len(found["part"]))
    return None


def boxed_answer(text: str, contract: Contract) -> int | None:
    """The integer of the last box outside a program.

    Args:
        text: any text of a model.
        contract: where it asks for p + q or for a floor, a box with the fraction itself counts as that.

    Returns:
        None without a box, or when the last one holds something else.
    """
    content = last_box_in_prose(text)
    if content is None:
        return None
    value = parse_integer(content)
    if value is not None:
        return value
    fraction = _as_fraction(content)
    return of_fraction(*fraction, contract) if fraction else None


def marked_answer(text: str, contract: Contract) -> int | None:
    """The integer that a finished message to the user states: boxed, or else marked as its answer.

    Args:
        text: the whole of a message that came to its end; of thoughts, or of a message that was cut, a remark
            is no answer.
        contract: as in boxed_answer.

    Returns:
        None where the message states none, and where its last box holds something else.
    """
    if last_box_in_prose(text) is not None:
        return boxed_answer(text, contract)
    return marked_integer(prose(text))


def stated(said: Sequence[Said], contract: Contract) -> Stated | None:
    """The integer that a conversation states.

    Args:
        said: everything that the model wrote, in order, without the tools' replies.
        contract: as in boxed_answer.

    Returns:
        The last box of the final channel; without one, what the last message marks as its answer, where that
        is a final one; without that, the last box in the model's thinking; without any, what the last final
        message marks. "The answer is 5" in its thinking counts nowhere.
    """
    final = [part.text for part in said if part.channel == "final"]
    marked = marked_answer(final[-1], contract) if final else None
    value = boxed_answer("\n".join(final), contract)
    if value is None and said and said[-1].channel == "final":
        value = marked
    if value is not None:
        return Stated(value, "final")
    value = boxed_answer("\n".join(part.text for part in said if part.channel != "final"), contract)
    if value is not None:
        return Stated(value, "thinking")
    return None if marked is None else Stated(marked, "final")
