"""What a completion says: its program, and the integer that it boxes.

Here rather than in a stage, because trace and tir both read completions and stages do not import each other.
The text is untrusted: every function takes any string, in time linear in its length.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from aimo_pipeline.llm.integers import marked_integer, parse_integer

__all__ = [
    "boxed_integers",
    "extract_code",
    "final_integer",
    "last_box",
    "last_box_in_prose",
    "marked_integer",
    "parse_integer",
    "prose",
]

# Possessive, so that a long line is scanned once.
_FENCE = re.compile(r"[ \t]*(?P<mark>`{3,}+|~{3,}+)(?P<info>[^`]*)")
# What every fence has, and every box: most texts are without, and are told by that at once.
_FENCES, _BOX_WORD = ("```", "~~~"), "box"
_PYTHON_TAGS = frozenset({"python", "python3", "py", "python-exec"})

# A brace may be escaped, or missing before digits, as careless Markdown has it.
_BOX = re.compile(r"\\(?:f?boxed|fbox)\s*(?:(?P<brace>\{)|(?P<escaped>\\\{)|(?P<bare>[0-9][0-9,]*))")


@dataclass(frozen=True)
class _Block:
    """One fenced block: its tag in lower case ("" without one), its text, its first and end line."""

    tag: str
    text: str
    start: int
    end: int


def _blocks(text: str) -> Iterator[_Block]:
    if not any(fence in text for fence in _FENCES):
        return
    lines, start, mark, tag = text.splitlines(), -1, "", ""
    for number, line in enumerate(lines):
        fence = _FENCE.fullmatch(line.rstrip())
        if fence is None:
            continue
        if start < 0:
            words = fence["info"].lower().split()
            start, mark, tag = number, fence["mark"], words[0].strip("{}.") if words else ""
        elif fence["mark"].startswith(mark) and not fence["info"]:
            yield _Block(tag, "\n".join(lines[start + 1 : number]), start, number + 1)
            start = -1
    if start >= 0:  # the completion was cut before its last fence
        yield _Block(tag, "\n".join(lines[start + 1 :]), start, len(lines))


def extract_code(text: str) -> str | None:
    """The last block fenced as Python; without one, the last fenced block without a language.

    Args:
        text: a completion. A last fence that was never closed reaches to the end of the text.

    Returns:
        The code without its common indentation, or None when no such block has any text.
    """
    blocks = [block for block in _blocks(text) if block.text.strip()]
    tagged = [block for block in blocks if block.tag in _PYTHON_TAGS]
    chosen = tagged or [block for block in blocks if not block.tag]
    return textwrap.dedent(chosen[-1].text) + "\n" if chosen else None


def prose(text: str) -> str:
    """The text without its Python blocks, so that a program that prints "\\boxed" is not an answer."""
    hidden = {n for b in _blocks(text) if b.tag in _PYTHON_TAGS for n in range(b.start, b.end)}
    return "\n".join(line for number, line in enumerate(text.splitlines()) if number not in hidden)


def _boxes(text: str) -> Iterator[str]:
    """Contents of every box whose braces balance before the next box begins, in order."""
    openings = list(_BOX.finditer(text))
    next_starts = [opening.start() for opening in openings[1:]] + [len(text)]
    for opening, end in zip(openings, next_starts, strict=False):  # without a box one end is left over
        content = _content(text, opening, end)
        if content is not None:
            yield content


def _content(text: str, opening: re.Match[str], end: int) -> str | None:
    """What a box holds; None where it is not closed."""
    if opening["bare"]:
        return opening["bare"]
    if opening["escaped"]:
        closed = text.find("\\}", opening.end(), end)
        return None if closed < 0 else text[opening.end() : closed]
    depth = 1
    for at in range(opening.end(), end):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[opening.end() : at]
    return None


def boxed_integers(text: str) -> tuple[int | None, ...]:
    """Every `\\boxed{...}` in order of appearance, None where the content is not an integer."""
    return tuple(parse_integer(content) for content in _boxes(text))


def last_box_in_prose(text: str) -> str | None:
    """As last_box, of the text without its Python blocks."""
    return last_box(prose(text)) if _BOX_WORD in text else None


def last_box(text: str) -> str | None:
    """The content of the last non-empty `\\boxed{...}`; an empty one is quoted from the prompt."""
    filled = [content for content in _boxes(text) if content.strip()]
    return filled[-1] if filled else None


def final_integer(text: str) -> int | None:
    """The integer of the last non-empty `\\boxed{...}`; None without one, or when it is not an integer."""
    content = last_box(text)
    return None if content is None else parse_integer(content)
