"""Recorded completions, keyed by the problem's text, the stage, the sample and the turn.

A recording is JSONL, one object a line:
{"author": str, "problem_sha256": str, "problem_id": str, "stage": one of completer.Stage,
"sample": int, "turn": int, "text": str}. `author` must say who wrote it; hand-written
ones say "hand-written".

The journal of a run is a recording as well: everything that a model said in it, and every request that came
to nothing. In the replay of a whole run (JournalCompleter) completions come in the recorded order, and a
request that was cancelled there waits to be cancelled too; when that does not happen, other settings want
what nobody knows, and there is no completion.

Not covered: a completion whose text lost a path or a secret on its way into the journal is given as it stands
there.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from aimo_pipeline.deadline import Deadline
from aimo_pipeline.errors import UserError
from aimo_pipeline.llm.completer import (
    Completion,
    CompletionOutcome,
    CompletionRequest,
    Measures,
    NoCompletion,
    Stage,
)
from aimo_pipeline.observe.line import Line, was_cancelled
from aimo_pipeline.observe.reading import JOURNAL, PACKED, Record, packed_path, read_run

Key = tuple[str, str, int, int]


class ReplayCompleter:
    """Answers from a table, as a Completer."""

    def __init__(self, table: Mapping[Key, CompletionOutcome]) -> None:
        self._table = dict(table)

    def __len__(self) -> int:
        return len(self._table)

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """The recorded completion, or NoCompletion."""
        return self._table.get(_key_of(request), NoCompletion("not_recorded"))


class JournalCompleter:
    """Answers from a journal, in its order; see observe/line.py.

    Args:
        records: of one run.
        line: of the same records.

    Attributes:
        wanting: keys that were asked for and that the journal does not know: they would need new tokens.
    """

    def __init__(self, records: Sequence[Record], line: Line) -> None:
        self.wanting: list[Key] = []
        self._line = line
        self._places = places_of(records)
        self._records = records

    async def complete(self, request: CompletionRequest, *, deadline: Deadline) -> CompletionOutcome:
        """See Completer."""
        key = _key_of(request)
        place = self._places.get(key)
        if place is None:
            self.wanting.append(key)
            return NoCompletion("not_recorded")
        if was_cancelled(self._records[place]):
            await self._line.cancellation(place)
            self.wanting.append(key)
            return NoCompletion("not_recorded")
        await self._line.turn(place)
        return _outcome(self._records[place])


def _key_of(request: CompletionRequest) -> Key:
    return request.problem.sha256, request.stage, request.sample, request.turn


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
    """Read recordings from files, or from every *.jsonl of folders; journals are told by their name.

    Raises:
        UserError: a path is missing, a line is malformed, or two lines have the same key.
    """
    table: dict[Key, CompletionOutcome] = {}
    for path in paths:
        if not path.exists():
            raise UserError(f"no recordings at {path.name}; AIMO_COMPLETIONS names files or folders")
        if _is_journal(path):
            records = read_run(path).records
            table |= {key: _outcome(records[place]) for key, place in places_of(records).items()}
            continue
        for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
            for where, row in _rows(file):
                key, completion = _entry(row, where)
                if key in table:
                    raise UserError(f"{where}: a second completion for the same problem, stage, sample, turn")
                table[key] = completion
    return ReplayCompleter(table)


def _is_journal(path: Path) -> bool:
    """A packed file, a file named as journals are, or the folder of a run."""
    if path.is_dir():
        return (path / JOURNAL).exists() or packed_path(path / JOURNAL).exists()
    return path.suffix == PACKED or path.name == JOURNAL


def places_of(records: Sequence[Record]) -> dict[Key, int]:
    """Where in a journal it stands what became of each request; of several the last."""
    sha256: dict[str, str] = {}
    places: dict[Key, int] = {}
    for place, one in enumerate(records):
        match one.get("type"):
            case "ProblemStarted":
                sha256[one["problem_id"]] = one["sha256"]
            case "CompletionFinished" | "CompletionMissing" if one["problem_id"] in sha256:
                key = (sha256[one["problem_id"]], one["stage"], int(one["sample"]), int(one["turn"]))
                places[key] = place
    return places


def _outcome(record: Record) -> CompletionOutcome:
    if record["type"] == "CompletionMissing":
        return NoCompletion(record["cause"], record["detail"])
    measures = Measures(**{field.name: record.get(field.name) for field in dataclasses.fields(Measures)})
    return Completion(
        record["text"], record["author"], record.get("thinking", ""), record.get("finish", "stop"), measures
    )
