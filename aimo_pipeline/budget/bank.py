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
        at_s: when, since the process began.
        spent_s: since its grant.
        how: "accepted", "exhausted" or "stopped".
    """

    at_s: float
    spent_s: float
    how: str


class Bank:
    """The run's time, from the start of the process to its wall clock.

    Args:
        config: the wall clock and the number of problems.
    """

    def __init__(self, config: BudgetConfig) -> None:
        self._config = config
        self._now_s = 0.0
        self._entries: list[Entry] = []
        self._closings: list[Closing] = []

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All grants, in order."""
        return tuple(self._entries)

    @property
    def closings(self) -> tuple[Closing, ...]:
        """How the accounts were closed, in the same order; one fewer while a problem is in work."""
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
    def granted_s(self) -> float:
        """Granted to closed problems and not returned, plus the open grant; at most the wall clock."""
        kept = [min(entry.granted_s, closing.spent_s) for entry, closing in self._pairs()]
        still_open = self._entries[len(self._closings) :]
        return sum(kept) + sum(entry.granted_s for entry in still_open)

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

    def worked_s(self, since_start_s: float) -> float:
        """Since the first grant."""
        return max(0.0, since_start_s - self._entries[0].at_s) if self._entries else 0.0

    def grant(self, problem_id: str, since_start_s: float, granted_s: float, why: str) -> Entry:
        """Open an account.

        Raises:
            ValueError: the grant is not above zero, or the account before is still open.
        """
        if granted_s <= 0.0:
            raise ValueError(f"a grant of {granted_s} s for {problem_id}")
        if len(self._entries) > len(self._closings):
            raise ValueError(f"{self._entries[-1].problem_id} is still in work")
        self._now_s = max(self._now_s, since_start_s)
        self._entries.append(Entry(problem_id, self._now_s, granted_s, why))
        return self._entries[-1]

    def close(self, since_start_s: float, how: str) -> Closing:
        """Close the open account.

        Raises:
            ValueError: none is open.
        """
        if len(self._entries) == len(self._closings):
            raise ValueError("no problem is in work")
        self._now_s = max(self._now_s, since_start_s)
        self._closings.append(Closing(self._now_s, self._now_s - self._entries[-1].at_s, how))
        return self._closings[-1]

    def explain(self, problem_id: str) -> str:
        """Why a problem got what it got, and what it did with it, in one line.

        Raises:
            KeyError: no such problem; of several with one id the last is told of.
        """
        for place in range(len(self._entries) - 1, -1, -1):
            entry = self._entries[place]
            if entry.problem_id == problem_id:
                closing = self._closings[place] if place < len(self._closings) else None
                ended = f"{closing.how} after {closing.spent_s:.1f} s" if closing else "in work"
                return f"{entry.problem_id}: {entry.granted_s:.1f} s ({entry.why}); {ended}"
        raise KeyError(problem_id)

    def _pairs(self) -> list[tuple[Entry, Closing]]:
        return list(zip(self._entries, self._closings, strict=False))
