"""From what was seen of a run to what became of each fault."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from aimo_pipeline.domain import ANSWER_MAX, ANSWER_MIN
from aimo_pipeline.stress.faults import Fault
from aimo_pipeline.stress.load import Kind, Scripted
from aimo_pipeline.stress.outcome import FaultOutcome
from aimo_pipeline.stress.watch import LOOK_S, Line

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


def judged(
    hit: Hit, hits: Sequence[Hit], lines: Sequence[Line], *, lean: bool, slack_s: float
) -> FaultOutcome:
    """What became of one fault.

    Args:
        hit: what was done and when.
        hits: it and all others.
        lines: the whole journal.
        lean: whether problems that count are expected to be verified.
        slack_s: how far beyond its grant an answer still is in time.
    """
    id_ = hit.target.problem.id
    own = [line for line in lines if line.problem_id == id_]
    full = (_FULL if lean else _FULL_WITHOUT_LEAN).get(hit.fault.kind, ())
    kept = any(
        line.record["value"] == hit.target.expected and line.record["evidence"] in full
        for line in own
        if line.type == "AnswerGiven"
    )
    noticed = _noticed(hit, hits, lines)
    return FaultOutcome(
        hit.fault.name,
        id_,
        hit.did,
        "" if hit.did else hit.missed,
        any(line.type == "AccountClosed" for line in own),
        _late_s(own, slack_s + hit.fault.outside_s),
        kept,
        hit.fault.keeps,
        "" if noticed is None else _cause(hit, *lines[noticed - 1 : noticed + 1]),
        None if noticed is None else _recovered_s(hit, lines[noticed:]),
    )


def _noticed(hit: Hit, hits: Sequence[Hit], lines: Sequence[Line]) -> int | None:
    """Place of the first record that tells of this fault and of no other.

    It comes after the fault was done, and before the next of the same part was; it names no other problem;
    and where the clock is hit, it is the first after that.
    """
    later = [one.began_s for one in hits if one.did and one.fault.part == hit.fault.part]
    until_s = min((began_s for began_s in later if began_s > hit.began_s), default=math.inf)
    for place in range(1, len(lines)):
        before, line = lines[place - 1], lines[place]
        if not hit.did or not hit.began_s <= line.at_s < until_s:
            continue
        if line.problem_id not in ("", hit.target.problem.id):
            continue
        if hit.fault.part == "clock" and before.at_s > hit.ended_s + LOOK_S:
            continue
        if hit.fault.noticed(line.record, before.record):
            return place
    return None


def _cause(hit: Hit, before: Line, line: Line) -> str:
    if hit.fault.part != "clock":
        return _told(line)
    seconds = float(line.record["at_s"]) - float(before.record["at_s"])
    return f"{seconds:+.1f} s between two records"


def _recovered_s(hit: Hit, lines: Sequence[Line]) -> float | None:
    """From the fault's end to the first record, after the one that tells of it, of work by what was hit."""
    works = (line.at_s for line in lines if line.at_s >= hit.ended_s and hit.fault.works(line.record))
    return next((at_s - hit.ended_s for at_s in works), None)


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
