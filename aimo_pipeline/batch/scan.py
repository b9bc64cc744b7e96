"""A first look at all problems: which are likely to be easy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aimo_pipeline.domain import Problem, Route, Subject
from aimo_pipeline.route.classify import route_by_words

# Of the published attempts, algebra is settled soonest and geometry last.
_ORDER = (Subject.ALGEBRA, Subject.NUMBER_THEORY, Subject.COMBINATORICS, Subject.OTHER, Subject.GEOMETRY)


@dataclass(frozen=True)
class Scanned:
    """A problem and what its text promises."""

    problem: Problem
    route: Route

    @property
    def hardness(self) -> tuple[bool, int, int]:
        """Smaller is easier: what can be traced first, then by subject, then the shorter text.

        Not covered: how hard the mathematics is; the budget learns that from those that end.
        """
        return (not self.route.traceable, _ORDER.index(self.route.subject), len(self.problem.text))


def scan(problems: Sequence[Problem]) -> list[Scanned]:
    """All problems, the easiest first; equals stay in the file's order."""
    looked = [Scanned(problem, route_by_words(problem)) for problem in problems]
    return sorted(looked, key=lambda one: one.hardness)
