"""What a run under stress came to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FaultOutcome:
    """One fault, and what became of the problem that it was done to.

    Attributes:
        did: what was done; "" when it could not be done, `missed` then says why.
        answered: the problem was answered, with an integer in range.
        late_s: how far beyond its grant; what the fault itself took is not counted.
        kept: the problem's full result came all the same.
        expected: whether that was to be expected.
        cause: the journal's line about it, in short; "" when there is none.
        recovered_s: from the fault, or the end of one that lasts, until the part worked again; None: never.
    """

    name: str
    problem_id: str
    did: str
    missed: str
    answered: bool
    late_s: float
    kept: bool
    expected: bool
    cause: str
    recovered_s: float | None

    @property
    def complaint(self) -> str:
        """What is wrong with it; "" when nothing is."""
        if self.missed:
            return self.missed
        if not self.answered:
            return "the problem was lost"
        if self.late_s > 0.0:
            return f"the answer came {self.late_s:.1f} s late"
        if self.expected and not self.kept:
            return "the work was not done again"
        if not self.cause:
            return "the journal does not tell"
        return "" if self.recovered_s is not None else "it did not recover"


@dataclass(frozen=True)
class Ended:
    """A run that was ended from outside.

    Attributes:
        name: how, such as "terminated".
        seconds: until its process was gone.
        status: of its process, minus the signal's number where one killed it.
        wanted: the status that was to be expected.
        left: command lines of its processes that lived on.
        readable: every whole line of its journal can be read, and the answers before the end are in it.
    """

    name: str
    seconds: float
    status: int | None
    wanted: int
    left: tuple[str, ...]
    readable: bool

    @property
    def complaint(self) -> str:
        """What is wrong with it; "" when nothing is."""
        if self.status is None:
            return "it did not end"
        if self.status != self.wanted:
            return f"it ended with {self.status}, not {self.wanted}"
        if self.left:
            return f"left behind: {self.left[0][:60]}"
        return "" if self.readable else "its journal cannot be read"


@dataclass(frozen=True)
class StressOutcome:
    """Everything.

    Attributes:
        problems: handed out.
        answered: rows of submission.parquet with an integer in range.
        right, known: right answers, of those that can be found.
        seconds, total_s: what the run took, and might have.
        whole_s: with the runs that were ended from outside.
        status: of its process.
        left: command lines of processes that outlived it.
        faults: one for each time that a fault was met.
        ends: the runs that were ended from outside.
    """

    problems: int
    answered: int
    right: int
    known: int
    seconds: float
    total_s: float
    status: int | None
    left: tuple[str, ...]
    faults: tuple[FaultOutcome, ...]
    ends: tuple[Ended, ...]
    whole_s: float

    @property
    def complaints(self) -> tuple[str, ...]:
        """Everything that is wrong, one line each; empty when the run stood."""
        found = [f"{one.name}: {one.complaint}" for one in self.faults if one.complaint]
        found += [f"{one.name}: {one.complaint}" for one in self.ends if one.complaint]
        if self.status != 0:
            found.append(f"the run ended with {self.status}")
        if self.answered != self.problems:
            found.append(f"{self.problems - self.answered} of {self.problems} problems have no answer")
        if self.seconds > self.total_s:
            found.append(f"the run took {self.seconds:.0f} s of {self.total_s:.0f} s")
        return (*found, *(f"left behind: {command[:60]}" for command in self.left))
