"""From what was seen of a run to what became of each fault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import polars as pl

from aimo_pipeline.domain import ANSWER_MAX, ANSWER_MIN
from aimo_pipeline.stress.faults import Fault
from aimo_pipeline.stress.load import Kind, Scripted
from aimo_pipeline.stress.outcome import FaultOutcome
from aimo_pipeline.stress.watch import Line

# Evidence that a problem of a kind ends with when nothing goes wrong.
_FULL = {Kind.COUNT: ("CheckedTo", "ProvedForAll"), Kind.REASON: ("Voted",), Kind.FLOOD: ("Voted",)}
_FULL_WITHOUT_LEAN = _FULL | {Kind.COUNT: ("Fits", "Agreed")}
_CAUSE_CHARACTERS = 60
# Fields in which an event says why, the most telling first.
_WORDS = ("message", "reason", "cause", "messages", "detail", "where")


@dataclass
class Hit:
    """A fault that was done, or was to be.

    Attributes:
        began_s, ended_s: on the watcher's clock; the end is that of a fault which lasts.
        did: what was done.
        missed: why it was not.
    """

    fault: Fault
    target: Scripted
    began_s: float = 0.0
    ended_s: float = 0.0
    did: str = ""
    missed: str = "it was never the time for it"


def judged(hit: Hit, lines: Sequence[Line], *, lean: bool, slack_s: float) -> FaultOutcome:
    """What became of one fault.

    Args:
        hit: what was done and when.
        lines: the whole journal.
        lean: whether problems that count are expected to be verified.
        slack_s: how far beyond its grant an answer still is in time.
    """
    id_ = hit.target.problem.id
    after = [line for line in lines if line.at_s >= hit.began_s]
    own = [line for line in lines if line.problem_id == id_]
    answers = [line for line in own if line.type == "AnswerGiven"]
    full = (_FULL if lean else _FULL_WITHOUT_LEAN).get(hit.fault.kind, ())
    kept = any(
        line.record["value"] == hit.target.expected and line.record["evidence"] in full for line in answers
    )
    return FaultOutcome(
        hit.fault.name,
        id_,
        hit.did,
        "" if hit.did else hit.missed,
        any(line.type == "AccountClosed" for line in own),
        _late_s(own, slack_s + hit.fault.outside_s),
        kept,
        hit.fault.keeps,
        _cause(hit, lines),
        next((line.at_s - hit.ended_s for line in after if hit.did and _works(hit, line)), None),
    )


def _cause(hit: Hit, lines: Sequence[Line]) -> str:
    for before, line in pairwise(lines):
        if line.at_s >= hit.began_s and hit.fault.noticed(line.record, before.record):
            return _gap(before, line) if hit.fault.part == "clock" else _told(line)
    return ""


def _gap(before: Line, line: Line) -> str:
    seconds = float(line.record["at_s"]) - float(before.record["at_s"])
    return f"{seconds:+.1f} s between two records"


def _works(hit: Hit, line: Line) -> bool:
    return line.at_s >= hit.ended_s and hit.fault.works(line.record)


def _late_s(own: Iterable[Line], slack_s: float) -> float:
    beyond = [
        float(line.record["spent_s"] - line.record["granted_s"] - slack_s)
        for line in own
        if line.type == "AccountClosed"
    ]
    return max(0.0, *beyond, 0.0)


def _told(line: Line) -> str:
    record = line.record
    words = next((str(record[name]) for name in _WORDS if record.get(name)), "")
    return f"{line.type} {words}".strip()[:_CAUSE_CHARACTERS]


def valid_answers(submission: Path, load: Sequence[Scripted]) -> dict[str, int]:
    """The rows of a submission with a problem of the load and an integer in range; none without a file."""
    if not submission.exists():
        return {}
    frame = pl.read_parquet(submission)
    wanted = {one.problem.id for one in load}
    if not frame.schema["answer"].is_integer():
        return {}
    return {
        id_: value
        for id_, value in frame.select("id", "answer").iter_rows()
        if id_ in wanted and value is not None and ANSWER_MIN <= value <= ANSWER_MAX
    }
