"""What an earlier, interrupted run over the same file has answered already, from its journals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from aimo_pipeline.domain import Problem
from aimo_pipeline.gateway.local import ProblemRow
from aimo_pipeline.gateway.score import Row
from aimo_pipeline.observe.reading import JOURNAL, PACKED, read_journal


def earlier_answers(folder: Path, rows: Sequence[ProblemRow]) -> dict[str, Row]:
    """Answers to problems of the file, by id; the last one where there are several.

    An answer counts if the text of its problem was the same, and if it was more than a guess: another try
    may bring more than a guess.
    """
    digests = {row.id: Problem(row.id, row.text).sha256 for row in rows}
    expected = {row.id: row.expected for row in rows}
    same: set[str] = set()
    found: dict[str, Row] = {}
    for record in _records(folder):
        id_ = str(record.get("problem_id"))
        if record.get("type") == "ProblemStarted":
            same = same | {id_} if record.get("sha256") == digests.get(id_) else same - {id_}
        elif record.get("type") == "AnswerGiven" and id_ in same and record["evidence"] != "Guessed":
            found[id_] = row_of(record, expected[id_])
    return found


def row_of(record: dict[str, Any], expected: int | None) -> Row:
    """A line of the closing table, from an AnswerGiven."""
    return Row(
        record["problem_id"],
        record["value"],
        expected,
        record["evidence"],
        record["seconds"],
        record["path"],
    )


def _records(folder: Path) -> Iterator[dict[str, Any]]:
    """Of all journals in the folder, the oldest first."""
    stem = Path(JOURNAL).stem
    paths = [path for path in folder.glob(f"{stem}*") if path.suffix in (Path(JOURNAL).suffix, PACKED)]
    for path in sorted(paths, key=lambda path: path.stat().st_mtime):
        yield from read_journal(path)
