"""Texts that would cost a Lean more than a verdict is worth, told before any worker sees them."""

from __future__ import annotations

import re

from aimo_pipeline.config import LeanPoolConfig
from aimo_pipeline.outcome import Rejected
from aimo_pipeline.verify.document import MAX_BYTES, Rendered

_DIGITS = re.compile(r"0[xXbBoO][0-9A-Fa-f_]+|[0-9][0-9_]*")
_OPENING, _CLOSING = "([{⟨", ")]}⟩"
# What goes one level deeper without a bracket.
_NESTING_WORD = re.compile(r"\b(?:fun|by|let|have|show|if|match)\b|[∀∃→¬λ]|<\|")


def unfit(text: str, limits: LeanPoolConfig) -> str | None:
    """Why no Lean should be given this text, or None.

    Args:
        text: the whole document.
        limits: how long a number, how deep brackets, and how many words that nest in a line there may be.

    Not covered: nesting without brackets over several lines, which may end the worker and cost its restart.
    """
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        return "a lone surrogate in the text"
    if size > MAX_BYTES:
        return f"{size} bytes of Lean; at most {MAX_BYTES} are checked"
    if "\0" in text or "\r" in text:
        return "a NUL or a carriage return in the text"
    digits = max((len(run) for run in _DIGITS.findall(text)), default=0)
    if digits > limits.literal_digits:
        return f"a number of {digits} digits; at most {limits.literal_digits} are read"
    depth = _depth(text)
    if depth > limits.nesting:
        return f"brackets {depth} deep; at most {limits.nesting} are read"
    words = max(len(_NESTING_WORD.findall(line)) for line in text.split("\n"))
    if words > limits.nesting_words:
        return f"{words} words that nest in a line; at most {limits.nesting_words} are read"
    return None


def fitting(rendered: Rendered | Rejected, limits: LeanPoolConfig) -> Rendered | Rejected:
    """A document that may be given to Lean as it is; see unfit."""
    fault = unfit(rendered.text, limits) if isinstance(rendered, Rendered) else None
    return Rejected(fault) if fault else rendered


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in re.findall(f"[{re.escape(_OPENING + _CLOSING)}]", text):
        depth += 1 if character in _OPENING else -1
        deepest = max(deepest, depth)
    return deepest
