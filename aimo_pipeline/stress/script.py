"""Finds what the script says to a conversation, as a model would have to: from its messages alone."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Turn = Mapping[str, str]

_TASKS = {"TRACE": "trace", "SOLVE": "tir"}
SILENT = "I do not know what to say to this."
# What the supervisor asks a server before it is given problems; as in config/llm.py.
CANARY_QUESTION, CANARY_ANSWER = "What is 7+5?", "It is 12."


class Script:
    """The scripted completions of a load, by problem.

    Args:
        texts: problem id -> its text, which the conversation quotes.
        rows: recordings as in llm/replay.py.
    """

    def __init__(self, texts: Mapping[str, str], rows: Sequence[Row]) -> None:
        self._texts = texts
        self._said: dict[tuple[str, str, int, int], str] = {
            (row["problem_id"], row["stage"], row["sample"], row["turn"]): row["text"] for row in rows
        }
        self._counts: dict[tuple[str, str], itertools.count[int]] = defaultdict(itertools.count)

    def answer(self, messages: Sequence[Turn]) -> str:
        """What is said next; a conversation that was not foreseen gets SILENT.

        Samples are told apart by what they said before; conversations that have just begun take turns.
        """
        asked = next((turn["content"] for turn in messages if turn["role"] == "user"), "")
        if asked == CANARY_QUESTION:
            return CANARY_ANSWER
        problem = next((id_ for id_, text in self._texts.items() if text in asked), "")
        stage = next((stage for word, stage in _TASKS.items() if asked.rstrip().endswith(word)), "")
        said = [turn["content"] for turn in messages if turn["role"] == "assistant"]
        sample = self._sample(problem, stage, said)
        return self._said.get((problem, stage, sample, len(said)), SILENT)

    def _sample(self, problem: str, stage: str, said: Sequence[str]) -> int:
        samples = [key[2] for key in self._said if key[:2] == (problem, stage) and key[3] == 0]
        if not samples:
            return 0
        if not said:
            return next(self._counts[problem, stage]) % len(samples)
        return next((one for one in samples if self._said[problem, stage, one, 0] == said[0]), 0)
