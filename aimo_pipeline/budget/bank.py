"""The ledger: what was granted, spent and returned, and why; entries are added, never changed.

Time is read off the clock once for each entry, so a clock that jumps cannot hide: what passed is spent,
whoever caused it. Counting starts with the process, so the cold start is the first expense.
"""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.config import BudgetConfig


@dataclass(frozen=True)
class Entry:
    """One problem's account, opened with its grant.

    Attributes:
        problem_id: as the gateway named it.
        at_s: when it was granted, since the process began.
        granted_s: how long it may take.
        why: in one line.
    """

    problem_id: str
    at_s: float
    granted_s: float
    why: str


@dataclass(frozen=True)
class Closing:
    """How an account was closed.

    Attributes:
        entry: place of its grant among the entries.
        at_s: when, since the process began.
        spent_s: since its grant.
        how: "accepted", "exhausted" or "stopped".
    """

    entry: int
    at_s: float
    spent_s: float
    how: str


class Bank:
    """The run's time, from the start of the process to its wall clock.

    Args:
        config: the wall clock and the number of problems.
        lanes: problems that may be in work at the same time; each lane has the whole wall clock to give.
    """

    def __init__(self, config: BudgetConfig, lanes: int = 1) -> None:
        self._config, self.lanes = config, lanes
        self._now_s = 0.0
        self._entries: list[Entry] = []
        self._closings: list[Closing] = []

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All grants, in order."""
        return tuple(self._entries)

    @property
    def closings(self) -> tuple[Closing, ...]:
        """How the accounts were closed, in the order in which they were."""
        return tuple(self._closings)

    @property
    def problems_done(self) -> int:
        """Closed accounts."""
        return len(self._closings)

    @property
    def problems_left(self) -> int:
        """Announced problems that are not closed; below zero when more came."""
        return self._config.problems - len(self._closings)

    @property
    def problems_to_come(self) -> int:
        """Announced problems that have no account yet; below zero when more came."""
        return self._config.problems - len(self._entries)

    @property
    def granted_s(self) -> float:
        """Granted to closed problems and not returned, plus open grants; at most lanes x the wall clock."""
        kept = [min(entry.granted_s, closing.spent_s) for entry, closing in self._pairs()]
        return sum(kept) + sum(entry.granted_s for entry in self._open())

    @property
    def returned_s(self) -> float:
        """Granted and not used."""
        return sum(max(0.0, entry.granted_s - closing.spent_s) for entry, closing in self._pairs())

    @property
    def overdraft_s(self) -> float:
        """Used beyond the grants."""
        return sum(max(0.0, closing.spent_s - entry.granted_s) for entry, closing in self._pairs())

    @property
    def cold_start_s(self) -> float:
        """From the process's start to the first grant; zero before it."""
        return self._entries[0].at_s if self._entries else 0.0

    def left_s(self, since_start_s: float) -> float:
        """Wall clock left; never negative, and never more than it once was, should the clock go back."""
        self._now_s = max(self._now_s, since_start_s)
        return max(0.0, self._config.total_s - self._now_s)

    def free_s(self, since_start_s: float) -> float:
        """What all lanes together still have to grant: without what is granted and not yet over."""
        left_s = self.left_s(since_start_s)
        bound_s = sum(min(left_s, max(0.0, one.at_s + one.granted_s - self._now_s)) for one in self._open())
        return max(0.0, self.lanes * left_s - bound_s)

    def worked_s(self, since_start_s: float) -> float:
        """Since the first grant."""
        return max(0.0, since_start_s - self._entries[0].at_s) if self._entries else 0.0

    def grant(self, problem_id: str, since_start_s: float, granted_s: float, why: str) -> Entry:
        """Open an account.

        Raises:
            ValueError: the grant is not above zero, or every lane is taken.
        """
        if granted_s <= 0.0:
            raise ValueError(f"a grant of {granted_s} s for {problem_id}")
        if len(self._entries) - len(self._closings) >= self.lanes:
            raise ValueError(f"{self._open()[0].problem_id} is still in work")
        self._now_s = max(self._now_s, since_start_s)
        self._entries.append(Entry(problem_id, self._now_s, granted_s, why))
        return self._entries[-1]

    def close(self, since_start_s: float, how: str, problem_id: str | None = None) -> Closing:
        """Close an open account: that of `problem_id`, or the oldest.

        Raises:
            ValueError: there is none.
        """
        entry = next((one for one in self._open() if problem_id in (None, one.problem_id)), None)
        if entry is None:
            raise ValueError(f"{problem_id} is not in work" if problem_id else "no problem is in work")
        self._now_s = max(self._now_s, since_start_s)
        place = self._entries.index(entry)
        self._closings.append(Closing(place, self._now_s, self._now_s - entry.at_s, how))
        return self._closings[-1]

    def explain(self, problem_id: str) -> str:
        """Why a problem got what it got, and what it did with it, in one line.

        Raises:
            KeyError: no such problem; of several with one id the last is told of.
        """
        for place in range(len(self._entries) - 1, -1, -1):
            entry = self._entries[place]
            if entry.problem_id == problem_id:
                closing = next((one for one in self._closings if one.entry == place), None)
                ended = f"{closing.how} after {closing.spent_s:.1f} s" if closing else "in work"
                return f"{entry.problem_id}: {entry.granted_s:.1f} s ({entry.why}); {ended}"
        raise KeyError(problem_id)

    def _pairs(self) -> list[tuple[Entry, Closing]]:
        return [(self._entries[closing.entry], closing) for closing in self._closings]

    def _open(self) -> list[Entry]:
        if len(self._entries) == len(self._closings):
            return []
        closed = {closing.entry for closing in self._closings}
        return [entry for place, entry in enumerate(self._entries) if place not in closed]
