"""Where a run's time and tokens went: small pure functions over the records of its journal.

Beside figures.py, which has what problems ended as. Records of unknown kinds and cut journals are fine.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aimo_pipeline.observe.figures import by_problem, problem_rows
from aimo_pipeline.observe.reading import Record

# Stages that lie within others and would count twice; "pipeline" is all of them together.
_OUTER = frozenset({"pipeline"})


@dataclass(frozen=True)
class Latency:
    """One stage over all problems.

    Attributes:
        runs: how often it ran.
        median_s, p95_s: of one run.
        total_s: of all runs.
        critical_share: of the time that problems took, the share in which this stage was the youngest under
            way: what the problem waited for. The shares of all stages add up to 1 at most.
    """

    stage: str
    runs: int
    median_s: float
    p95_s: float
    total_s: float
    critical_share: float


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed; 0 of none."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    place = -(-len(ordered) * round(share * 1000) // 1000) - 1
    return ordered[max(0, min(len(ordered) - 1, place))]


def latencies(records: Sequence[Record]) -> list[Latency]:
    """Each stage, the one with the largest share first."""
    runs: defaultdict[str, list[float]] = defaultdict(list)
    for one in records:
        if one.get("type") == "StageEnded" and one["stage"] not in _OUTER:
            runs[one["stage"]].append(one["seconds"])
    critical = critical_seconds(records)
    whole_s = sum(row.seconds or 0.0 for row in problem_rows(records)) or 1.0
    found = [
        Latency(
            stage, len(of), statistics.median(of), percentile(of, 0.95), sum(of), critical[stage] / whole_s
        )
        for stage, of in runs.items()
    ]
    return sorted(found, key=lambda one: -one.critical_share)


def critical_seconds(records: Sequence[Record]) -> defaultdict[str, float]:
    """Stage -> seconds in which it was the youngest under way; stages overlap and lie within one another."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for of in by_problem(records).values():
        open_stages: list[str] = []
        before_s = of[0]["at_s"]
        for one in of:
            if one["type"] not in ("StageStarted", "StageEnded") or one["stage"] in _OUTER:
                continue
            if open_stages:
                seconds[open_stages[-1]] += one["at_s"] - before_s
            before_s = one["at_s"]
            if one["type"] == "StageStarted":
                open_stages.append(one["stage"])
            elif one["stage"] in open_stages:
                # The youngest of its name; equal ones cannot be told apart and need not be.
                del open_stages[len(open_stages) - 1 - open_stages[::-1].index(one["stage"])]
    return seconds


LANES = ("model", "programs", "mining", "Lean")


@dataclass(frozen=True)
class Span:
    """A piece of work on one problem: on the GPU (model) or on the CPU (the others)."""

    problem_id: str
    lane: str
    began_s: float
    ended_s: float
    what: str


def spans(records: Iterable[Record]) -> list[Span]:
    """All work with its time, in the order in which it ended."""
    return [span for one in records if (span := _span(one)) is not None]


def _span(record: Record) -> Span | None:
    match record.get("type"):
        case "CompletionFinished" | "CompletionMissing":
            lane, what = "model", f"{record['stage']} {record['sample']}.{record['turn']}"
        case "ProgramRan":
            lane, what = "programs", record["kind"]
        case "MineFinished":
            lane, what = "mining", record["family"] or "nothing fits"
        case "VerifyFinished":
            lane, what = "Lean", ", ".join(sorted(set(record["verdicts"].values())))
        case _:
            return None
    ended_s = record["at_s"]
    began_s = max(0.0, ended_s - record.get("seconds", 0.0))
    return Span(record["problem_id"], lane, began_s, ended_s, what)


@dataclass(frozen=True)
class BudgetPoint:
    """The ledger when a problem was granted time: seconds left and granted, and what it then used."""

    problem_id: str
    at_s: float
    left_s: float
    grant_s: float
    spent_s: float | None
    price: float


def budget_points(records: Iterable[Record]) -> list[BudgetPoint]:
    """One for each grant, in order."""
    records = list(records)
    closed = {one["problem_id"]: one["spent_s"] for one in records if one.get("type") == "AccountClosed"}
    return [
        BudgetPoint(
            *(one["problem_id"], one["at_s"], one["left_s"], one["grant_s"]),
            *(closed.get(one["problem_id"]), one["price"]),
        )
        for one in records
        if one.get("type") == "GrantGiven"
    ]


@dataclass(frozen=True)
class Purpose:
    """Completions of one stage: how many, tokens, and medians of TTFT and TPOT where they were measured.

    Attributes:
        dropped_tokens: generated, but part of no completion.
    """

    stage: str
    completions: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    dropped_tokens: int
    ttft_s: float | None
    tpot_s: float | None


def tokens_by_purpose(records: Iterable[Record]) -> list[Purpose]:
    """One for each stage that asked a model, most tokens first."""
    of: defaultdict[str, list[Record]] = defaultdict(list)
    dropped: defaultdict[str, int] = defaultdict(int)
    for one in records:
        if one.get("type") == "CompletionFinished":
            of[one["stage"]].append(one)
        elif one.get("type") == "CompletionDropped":
            dropped[one["stage"]] += one["tokens"]
    found = [_purpose(stage, of[stage], dropped[stage]) for stage in dict.fromkeys([*of, *dropped])]
    return sorted(found, key=lambda one: -one.completion_tokens)


def _purpose(stage: str, ended: Sequence[Record], dropped_tokens: int) -> Purpose:
    prompt, cached, completion = (
        sum(one[f"{kind}_tokens"] or 0 for one in ended) for kind in ("prompt", "cached", "completion")
    )
    ttft_s, tpot_s = (_median(one[name] for one in ended) for name in ("ttft_s", "tpot_s"))
    return Purpose(stage, len(ended), prompt, cached, completion, dropped_tokens, ttft_s, tpot_s)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
