"""Recorded completions, keyed by the problem's text, the stage, the sample and the turn.

A recording is JSONL, one object a line:
{"author": str, "problem_sha256": str, "problem_id": str, "stage": one of completer.Stage,
"sample": int, "turn": int, "text": str}. `author` must say who wrote it; hand-written
ones say "hand-written".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from aimo_pipeline.deadline import Deadline
from aimo_pipeline.errors import UserError
from aimo_pipeline.llm.completer import Completion, CompletionOutcome, CompletionRequest, NoCompletion, Stage

Key = tuple[str, str, int, int]


class ReplayCompleter:
    """Answers from a table, as a Completer."""

    def __init__(self, table: Mapping[Key, Completion]) -> None:
        self._table = dict(table)

    def __len__(self) -> int:
        return len(self._table)

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """The recorded completion, or NoCompletion."""
        key = (request.problem.sha256, request.stage, request.sample, request.turn)
        found = self._table.get(key)
        return NoCompletion("not_recorded") if found is None else found


def _entry(row: Any, where: str) -> tuple[Key, Completion]:
    try:
        if row["stage"] not in get_args(Stage):
            raise ValueError(f"stage {row['stage']!r} is none of {', '.join(get_args(Stage))}")
        key = (str(row["problem_sha256"]), str(row["stage"]), int(row["sample"]), int(row["turn"]))
        return key, Completion(str(row["text"]), str(row["author"]))
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{where}: not a recorded completion ({error!r}); see llm/replay.py") from error


def _rows(path: Path) -> Iterable[tuple[str, Any]]:
    # Split at newlines only: a JSON string may hold other line separators as they are.
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        where = f"{path.name}:{number}"
        if not line.strip():
            continue
        try:
            yield where, json.loads(line)
        except UnicodeDecodeError as error:
            raise UserError(f"{where}: not UTF-8") from error
        except json.JSONDecodeError as error:
            raise UserError(f"{where}: not JSON ({error.msg})") from error


def load_recordings(paths: Iterable[Path]) -> ReplayCompleter:
    """Read recordings from files, or from every *.jsonl of folders.

    Raises:
        UserError: a path is missing, a line is malformed, or two lines have the same key.
    """
    table: dict[Key, Completion] = {}
    for path in paths:
        if not path.exists():
            raise UserError(f"no recordings at {path.name}; AIMO_COMPLETIONS names files or folders")
        for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
            for where, row in _rows(file):
                key, completion = _entry(row, where)
                if key in table:
                    raise UserError(f"{where}: a second completion for the same problem, stage, sample, turn")
                table[key] = completion
    return ReplayCompleter(table)
