"""The problems of a recorded run, and what became of them in its replay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aimo_pipeline.domain import Problem
from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.reading import Record

# (value, evidence with its numbers, path)
Told = tuple[int, str, str]


@dataclass(frozen=True)
class Recorded:
    """One problem of a recorded run.

    Attributes:
        problem: id and text.
        began_at_s, ended_at_s: on the journal's clock; the end is None when the recording ends before it.
        grant_s: what it was given.
        gave_up_s: after which time the budget's plan ended the work; None where it did not.
        answer: None when the recording ends before it.
        expected: the right answer, if the journal tells.
        ran_out: it ran into its deadline.
        cleaned: a completion lost a path or a secret on its way into the journal.
        completions: places of what models said, among the records.
    """

    problem: Problem
    began_at_s: float
    ended_at_s: float | None
    grant_s: float
    gave_up_s: float | None
    answer: Told | None
    expected: int | None
    ran_out: bool
    cleaned: bool
    completions: frozenset[int]


@dataclass(frozen=True)
class Replayed:
    """One problem, recorded and replayed.

    Attributes:
        answer: of the replay.
        wanting: completions that were asked for and that nobody has.
        unused: completions of the recording that were not asked for, or had not come when time was up.
        grant_s, spent_s: on the replay's clock, which goes at the recorded pace.
        cut: the grant or the budget's plan ended the work.
        seconds: that the replay took.
    """

    recorded: Recorded
    answer: Told
    wanting: int
    unused: int
    grant_s: float
    spent_s: float
    cut: bool
    seconds: float

    @property
    def same(self) -> bool:
        """Bit for bit: value, evidence with its numbers, and path."""
        return self.recorded.answer == self.answer


@dataclass(frozen=True)
class ReplayReport:
    """A whole replay.

    Attributes:
        problems: in the order of the recording.
        journal: of the replay, for reports and comparisons.
        regranted: the grants are those of other settings of the budget, not the recorded ones.
        programs, rerun: programs and cells taken from the journal, and run again.
        proofs, unasked: documents whose verdicts were in the journal, and those that were not.
        unrestored: recorded settings that could not be restored from text.
        without_effect: what was set to more than the presets of the effort ask for, a sentence each.
    """

    problems: tuple[Replayed, ...]
    journal: Path
    regranted: bool
    programs: int
    rerun: int
    proofs: int
    unasked: int
    unrestored: tuple[str, ...]
    without_effect: tuple[str, ...] = ()


def recorded_problems(records: tuple[Record, ...]) -> tuple[Recorded, ...]:
    """The problems of a run, in order.

    Raises:
        UserError: the journal is older than version 4 and does not tell the problems' texts.
    """
    of: dict[str, list[tuple[int, Record]]] = {}
    for place, one in enumerate(records):
        if one["type"] == "ProblemStarted" and "text" not in one:
            raise UserError("this journal is older than version 4: it does not tell the problems' texts")
        if one["type"] == "ProblemStarted" or one.get("problem_id") in of:
            of.setdefault(one["problem_id"], []).append((place, one))
    return tuple(_recorded(ones) for ones in of.values())


def _recorded(ones: list[tuple[int, Record]]) -> Recorded:
    last = {one["type"]: one for _, one in ones}
    started, given = last["ProblemStarted"], last.get("AnswerGiven")
    return Recorded(
        Problem(started["problem_id"], started["text"]),
        started["at_s"],
        given["at_s"] if given else None,
        started["grant_s"],
        _gave_up_s(one for _, one in ones),
        (given["value"], given["detail"], given["path"]) if given else None,
        last["AnswerExpected"]["value"] if "AnswerExpected" in last else None,
        any(one["type"] == "Cancelled" and one["where"] == "deadline" for _, one in ones),
        any(one["type"] == "CompletionFinished" and "cleaned" in one for _, one in ones),
        frozenset(place for place, one in ones if one["type"] == "CompletionFinished"),
    )


def _gave_up_s(records: Iterable[Record]) -> float | None:
    """Since the problem began; what was decided ends by itself."""
    began_s = 0.0
    for one in records:
        if one["type"] == "ProblemStarted":
            began_s = one["at_s"]
        if one["type"] == "SignalsLooked" and not one["going_on"] and not one["decided"]:
            return float(one["at_s"]) - began_s
    return None
