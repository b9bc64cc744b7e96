"""Recorded attempts at problems with known answers, from journals or from files of attempts."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aimo_pipeline.answer.contract import Contract, read_contract
from aimo_pipeline.domain import Agreed, Candidate, CheckedTo, CompiledTo, Evidence, Fits, ProvedForAll
from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.figures import by_problem
from aimo_pipeline.observe.reading import PACKED, Record, find_runs, read_run
from aimo_pipeline.outcome import Attempted, AttemptOutcome, NoAnswer

_RUNGS: dict[str, Evidence] = {
    "Fits": Fits(0),
    "Agreed": Agreed(2),
    "CompiledTo": CompiledTo(0),
    "CheckedTo": CheckedTo(0),
    "ProvedForAll": ProvedForAll(),
}


@dataclass(frozen=True)
class Tried:
    """One attempt: its outcome, and how many programs it ran; None where nobody counted."""

    outcome: AttemptOutcome
    tool_calls: int | None

    @property
    def tokens(self) -> int:
        """Generated; 0 where nobody counted."""
        return (self.outcome.tokens or 0) if isinstance(self.outcome, Attempted) else 0


@dataclass(frozen=True)
class Recorded:
    """A problem with its attempts.

    Attributes:
        id: the problem's.
        family: problems that are kin share it; what is independent is families.
        expected: the right answer.
        tries: in the order of the recording.
        candidates: integers with evidence of their own: mined rules, with or without Lean.
    """

    id: str
    family: str
    expected: int
    contract: Contract
    tries: tuple[Tried, ...]
    candidates: tuple[Candidate, ...]


def read_recorded(path: Path) -> tuple[Recorded, ...]:
    """Attempts from journals, or from JSON lines with one attempt each.

    Args:
        path: a run's folder, a journal, a folder of runs, or a *.jsonl with the fields problem_id, answer,
            expected_answer, and where known n_model_tokens and n_python_calls.

    Raises:
        UserError: there is nothing of that kind, or no problem has a known answer and an attempt.
    """
    if path.is_file() and path.suffix != PACKED and "journal" not in path.name:
        found = tuple(_from_rows(_rows(path)))
    else:
        runs = [read_run(journal).records for journal in find_runs(path)]
        found = tuple(one for records in runs for one in _from_journal(records))
    if not found:
        raise UserError(f"{path} holds no attempt at a problem with a known answer")
    return found


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        try:
            row = json.loads(line) if line.strip() else None
        except ValueError as error:
            raise UserError(f"{path.name}:{number}: not JSON ({error})") from None
        if isinstance(row, dict):
            yield row


def _from_rows(rows: Iterator[dict[str, Any]]) -> Iterator[Recorded]:
    of: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if {"problem_id", "answer", "expected_answer"} <= row.keys() and row["expected_answer"] is not None:
            of[row["problem_id"]].append(row)
    for id_, ones in of.items():
        tries = tuple(_tried(row) for row in ones)
        yield Recorded(id_, _family(id_), int(ones[0]["expected_answer"]), Contract(None), tries, ())


def _tried(row: Mapping[str, Any]) -> Tried:
    calls = row.get("n_python_calls")
    if row["answer"] is None:
        return Tried(NoAnswer("no_number", 1), calls)
    tokens = row.get("n_model_tokens")
    return Tried(Attempted(int(row["answer"]), "boxed", (calls or 0) + 1, None, tokens), calls)


def _family(id_: str) -> str:
    """Variants are named after their problem: "aimo3-q9" of "aimo3-q9-17", "imo-2024-p5" of the IMO's."""
    parts = id_.split("-")
    return "-".join(parts[: 3 if len(parts) > 1 and parts[1].isdigit() else 2])


def _from_journal(records: Sequence[Record]) -> Iterator[Recorded]:
    for id_, of in by_problem(records).items():
        expected = next((one["value"] for one in of if one["type"] == "AnswerExpected"), None)
        tries = tuple(_attempt(one, of) for one in of if one["type"] == "AttemptFinished")
        candidates = tuple(_candidate(one) for one in of if one["type"] == "CandidateStood")
        if expected is not None and (tries or candidates):
            contract = read_contract(of[0].get("text", ""))
            yield Recorded(id_, id_, expected, contract, tries, candidates)


def _attempt(record: Record, of: Sequence[Record]) -> Tried:
    if record["value"] is None:
        return Tried(NoAnswer("no_number", record["turns"], record["detail"]), None)
    value, source = int(record["value"], 16), record["source"]
    measures = record.get("entropy"), record.get("tokens")
    sample = record["attempt"]
    said = Counter(
        one["sample"] for one in of if one["type"] == "CompletionFinished" and one["stage"] == "tir"
    )
    calls = max(0, said[sample] - 1) if sample in said else None
    return Tried(Attempted(value, source, record["turns"], *measures), calls)


def _candidate(record: Record) -> Candidate:
    return Candidate(int(record["value"], 16), _RUNGS.get(record["evidence"], Fits(0)), record["path"])
