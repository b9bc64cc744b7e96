"""Recorded attempts and traces where they lie beside the checkout, and what their families are."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
Row = dict[str, Any]


def present(name: str) -> bool:
    """Whether a recording is here."""
    return (DATA / name).exists()


def rows_of(name: str) -> list[Row]:
    """Rows of a recording."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def recorded(name: str) -> list[Row]:
    """The same, in a test; skips where the recordings are not beside the checkout."""
    if not present(name):
        pytest.skip(f"the recordings are not here: shared/data/{name}")
    return rows_of(name)


def attempts_by_problem() -> dict[str, list[Row]]:
    """Recorded attempts, problem by problem."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows_of("recorded_attempts.jsonl"):
        found[row["problem_id"]].append(row)
    return dict(found)


def texts_by_sha256() -> dict[str, str]:
    """Texts of those problems that come with one."""
    texts = [row["problem"] for row in rows_of("recorded_traces.jsonl")]
    with (DATA / "aimo3_reference.csv").open(encoding="utf-8", newline="") as stream:
        texts += [row["problem"] for row in csv.DictReader(stream)]
    return {hashlib.sha256(text.encode()).hexdigest(): text for text in texts}


def family(problem_id: str) -> str:
    """Problems that are variants of one another, which are no independent observations."""
    if problem_id.startswith("aimo3-q9-") or problem_id == "aimo3-160":
        return "aimo3-q9"
    if problem_id.startswith("aimo3-q10-") or problem_id == "aimo3-8687":
        return "aimo3-q10"
    return problem_id.rpartition("-")[0] if problem_id.startswith("imo-20") else problem_id
