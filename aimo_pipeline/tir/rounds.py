"""What a further round of attempts is told: the answers so far, none of which is to be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Message
from aimo_pipeline.llm.prompts import tir_messages


def opening(problem: Problem, shown: Sequence[int]) -> tuple[Message, ...]:
    """The messages that an attempt begins with.

    Args:
        problem: what is asked.
        shown: earlier answers; the note about them comes after everything else, so that the prefix up to it
            is the first round's, which the server still has in its cache.
    """
    *head, last = tir_messages(problem)
    if not shown:
        return (*head, last)
    return (*head, replace(last, content=last.content + _note(shown)))


def _note(shown: Sequence[int]) -> str:
    listed = ", ".join(str(value) for value in sorted(shown))
    return (
        f"\n\nEarlier attempts at this problem gave the answers {listed}. At most one of them is right, and "
        "perhaps none. Find out where they may have parted, check that step with Python on small cases, and "
        "solve the problem anew."
    )
