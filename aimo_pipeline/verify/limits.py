"""Texts that would cost a Lean more than a verdict is worth, told before any worker sees them."""

from __future__ import annotations

import re

from aimo_pipeline.config import LeanPoolConfig
from aimo_pipeline.verify.document import MAX_BYTES

_DIGITS = re.compile(r"0[xXbBoO][0-9A-Fa-f_]+|[0-9][0-9_]*")
_OPENING, _CLOSING = "([{⟨", ")]}⟩"


def unfit(text: str, limits: LeanPoolConfig) -> str | None:
    """Why no Lean should be given this text, or None.

    Args:
        text: the whole document.
        limits: how long a number and how deep brackets may be.

    Not covered: nesting without brackets (a thousand lambdas), which ends the worker and costs its restart.
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
    return f"brackets {depth} deep; at most {limits.nesting} are read" if depth > limits.nesting else None


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in re.findall(f"[{re.escape(_OPENING + _CLOSING)}]", text):
        depth += 1 if character in _OPENING else -1
        deepest = max(deepest, depth)
    return deepest
