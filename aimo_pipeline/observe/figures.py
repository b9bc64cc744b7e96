"""The figures of a run: small pure functions over the records of its journal.

What problems ended as and why, and what that took; work.py has where the time and the tokens went. Every
reader (report, metrics, comparisons) takes its numbers from here; a test computes them independently.
Records of unknown kinds and cut journals are fine: what is not there does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aimo_pipeline.observe.reading import Record

RUNGS = ("Guessed", "Voted", "Fits", "Agreed", "CompiledTo", "CheckedTo", "ProvedForAll")
VERIFIED = frozenset({"CheckedTo", "ProvedForAll"})


@dataclass(frozen=True)
class ProblemRow:
    """One problem and how it ended; what the journal does not tell is None.

    Attributes:
        began_s, ended_s: on the journal's clock.
        grant_s: what it was given.
        value, evidence, path: of the answer.
        expected: the right answer.
        causes: what went wrong on the way, see `causes_of`.
        tokens: generated.
    """

    id: str
    began_s: float
    ended_s: float | None
    grant_s: float
    value: int | None
    evidence: str | None
    path: str
    expected: int | None
    causes: tuple[str, ...]
    tokens: int

    @property
    def seconds(self) -> float | None:
        """From its beginning to its answer."""
        return None if self.ended_s is None else self.ended_s - self.began_s

    @property
    def right(self) -> bool | None:
        """Whether the answer is right; None where nobody knows."""
        return None if self.expected is None or self.value is None else self.value == self.expected


def by_problem(records: Iterable[Record]) -> dict[str, list[Record]]:
    """The records of each problem, in the order in which the problems began."""
    found: dict[str, list[Record]] = {}
    for one in records:
        if one.get("type") == "ProblemStarted":
            found.setdefault(one["problem_id"], [])
        if one.get("problem_id") in found:
            found[one["problem_id"]].append(one)
    return found


def problem_rows(records: Sequence[Record]) -> list[ProblemRow]:
    """One row a problem that began."""
    return [_row(id_, of) for id_, of in by_problem(records).items()]


def _row(id_: str, records: list[Record]) -> ProblemRow:
    last = {one["type"]: one for one in records}
    begun, given = last["ProblemStarted"], last.get("AnswerGiven", {})
    return ProblemRow(
        id=id_,
        began_s=begun["at_s"],
        ended_s=given.get("at_s"),
        grant_s=last.get("GrantGiven", begun)["grant_s"],
        value=given.get("value"),
        evidence=given.get("evidence"),
        path=given.get("path", ""),
        expected=last.get("AnswerExpected", {}).get("value"),
        causes=causes_of(records),
        tokens=sum(tokens_of(one) for one in records),
    )


def tokens_of(record: Record) -> int:
    """Tokens that a completion generated; 0 for other records and where nobody counted."""
    return int(record.get("completion_tokens") or 0) if record.get("type") == "CompletionFinished" else 0


# --- what went wrong ---------------------------------------------------------------------------

CAUSES = (
    "no code",
    "syntax",
    "time-out",
    "wrong trace",
    "nothing fits",
    "Lean refuted",
    "Lean unknown",
    "votes split",
    "contract broken",
    "engine fault",
    "stage broken",
    "out of time",
)
_TRACE_CAUSES = {"no_code": "no code", "syntax": "syntax", "timed_out": "time-out"}
_ENGINE_FAULTS = frozenset({"engine_died", "bad_header", "refused", "empty", "context"})


def causes_of(records: Iterable[Record]) -> tuple[str, ...]:
    """What went wrong with one problem, each kind once, in the order of CAUSES.

    A trace that ends in any other way than for want of code, by syntax or by time is a "wrong trace"; so is a
    rule that fresh terms contradict. "votes split": two or more integers got votes and none more than half.
    """
    found = {cause for one in records for cause in _causes(one)}
    return tuple(cause for cause in CAUSES if cause in found)


def _causes(record: Record) -> Iterable[str]:
    match record.get("type"):
        case "TraceFinished" if record["cause"] != "ok":
            yield _TRACE_CAUSES.get(record["cause"], "wrong trace")
        case "MineFinished" if record["family"] is None:
            yield "wrong trace" if "contradicts" in record["reason"] else "nothing fits"
        case "VerifyFinished":
            verdicts = set(record["verdicts"].values())
            if "refuted" in verdicts:
                yield "Lean refuted"
            elif verdicts - {"proved", "compiled"}:
                yield "Lean unknown"
        case "VoteCounted":
            votes = [int(count) for count in record["votes"].values()]
            if len(votes) > 1 and 2 * max(votes) <= sum(votes):
                yield "votes split"
            if record["rejected"]:
                yield "contract broken"
        case "CompletionMissing" if record["cause"] in _ENGINE_FAULTS:
            yield "engine fault"
        case "StageFailed" | "PredictFailed":
            yield "stage broken"
        case "Cancelled" if record["where"] == "deadline":
            yield "out of time"


def taxonomy(rows: Iterable[ProblemRow]) -> dict[str, tuple[int, int]]:
    """Cause -> (problems with it, those of them whose answer is not verified)."""
    rows = list(rows)
    found = {}
    for cause in CAUSES:
        having = [row for row in rows if cause in row.causes]
        found[cause] = len(having), sum(row.evidence not in VERIFIED for row in having)
    return found


@dataclass(frozen=True)
class Bought:
    """What the seconds of one kind of ending bought.

    Attributes:
        evidence: the rung that problems ended on.
        problems, right: how many, and those known to be right (None where nothing is known).
        seconds, tokens: that they took.
    """

    evidence: str
    problems: int
    right: int | None
    seconds: float
    tokens: int


def what_seconds_bought(rows: Iterable[ProblemRow]) -> list[Bought]:
    """By rung, highest first; problems without an answer are left out."""
    rows = list(rows)
    found = []
    for rung in reversed(RUNGS):
        on = [row for row in rows if row.evidence == rung]
        known = [row.right for row in on if row.right is not None]
        if on:
            right = sum(known) if known else None
            seconds = sum(row.seconds or 0.0 for row in on)
            found.append(Bought(rung, len(on), right, seconds, sum(row.tokens for row in on)))
    return found


def answered_by_second(rows: Iterable[ProblemRow]) -> list[tuple[float, int]]:
    """(seconds into their problems, answers that had come by then) for all answers above a guess.

    Answers that took equally long are one point.
    """
    times = sorted(row.seconds for row in rows if row.seconds is not None and row.evidence != "Guessed")
    return list({seconds: count for count, seconds in enumerate(times, start=1)}.items())


@dataclass(frozen=True)
class Totals:
    """The run in one line; `right` is of those whose answer is `known`."""

    problems: int
    answered: int
    known: int
    right: int
    verified: int
    guessed: int
    seconds: float
    tokens: int
    faults: int
    whole: bool


def totals(records: Sequence[Record]) -> Totals:
    """Of a whole or cut journal."""
    rows = problem_rows(records)
    counts = Counter(one.get("type") for one in records)
    known = [row for row in rows if row.right is not None]
    return Totals(
        problems=len(rows),
        answered=sum(row.value is not None for row in rows),
        known=len(known),
        right=sum(bool(row.right) for row in known),
        verified=sum(row.evidence in VERIFIED for row in rows),
        guessed=sum(row.evidence == "Guessed" for row in rows),
        seconds=max((one["at_s"] for one in records), default=0.0),
        tokens=sum(row.tokens for row in rows),
        faults=counts["StageFailed"] + counts["PredictFailed"],
        whole=bool(counts["RunFinished"]),
    )
