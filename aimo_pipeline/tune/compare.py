"""Which configuration is better, if that can be said: paired by problem, with the noise between runs counted.

The trap is noise: one unchanged notebook scored 34 to 42 of 50 over its reruns. So a verdict needs two runs
of each side at least, and its interval must hold for other problems and for other runs of the same
configurations, whole ones, since a slow machine or a bad seed can spoil a whole run; see interval.py. Give
both sides as many runs.

With more than two configurations each pair is held to 0.05 divided by the number of pairs (Bonferroni).

Not covered: problems that are kin; each counts as independent. Give one problem of each family then.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from aimo_pipeline.errors import UserError
from aimo_pipeline.tune.interval import Interval, interval_of
from aimo_pipeline.tune.outcomes import Config

_LEVEL = 0.05
_POWER = 0.9
_LEAST_RUNS = 2
# With five, even if all differ in one direction, that is no rarer than one in sixteen by chance.
_LEAST_PROBLEMS = 6


@dataclass(frozen=True)
class Needed:
    """What would show a difference with a chance of 90 %, beyond what there is.

    Attributes:
        problems: further ones.
        runs: further ones of each side; more than 0 where whole runs differ so much that problems alone,
            however many, would not do.
    """

    problems: int
    runs: int


@dataclass(frozen=True)
class Difference:
    """How much more often the second configuration is right.

    Attributes:
        problems, runs: sizes; runs of the first and of the second.
        right: in shares of 1.
        seconds: how much longer the second takes on a problem.
    """

    first: str
    second: str
    problems: int
    runs: tuple[int, int]
    right: Interval
    seconds: Interval

    @property
    def winner(self) -> str | None:
        """The better one, None where that cannot be said."""
        enough = min(self.runs) >= _LEAST_RUNS and self.problems >= _LEAST_PROBLEMS
        if not enough or self.right.low <= 0.0 <= self.right.high:
            return None
        return self.second if self.right.mean > 0 else self.first

    def needed(self, wanted: float) -> Needed:
        """What it would take to see a difference of `wanted`, in shares of 1, with a chance of 90 %."""
        one = self.right
        beyond = NormalDist().inv_cdf(_POWER)
        if not one.run_variance:  # then everything falls with the number of problems
            factor = (one.reach + beyond * math.sqrt(one.problem_variance)) / wanted
            return Needed(self._more(self.problems, factor**2), 0)
        # Half of what may be uncertain is left to the runs, half to the problems.
        allowed = (wanted / (NormalDist().inv_cdf(1 - _LEVEL / 2) + beyond)) ** 2 / 2
        runs = self._more(min(self.runs), one.run_variance / allowed)
        return Needed(self._more(self.problems, one.problem_variance / allowed), runs)

    @staticmethod
    def _more(there: int, factor: float) -> int:
        return max(0, math.ceil(there * (factor - 1)))

    def verdict(self, worth: float) -> str:
        """In plain words.

        Args:
            worth: the smallest difference that matters, in shares of 1.
        """
        sizes = f"{self.problems} problems, {self.runs[0]} and {self.runs[1]} runs"
        found = f"{self.second} {100 * self.right.mean:+.1f} points against {self.first}"
        ends = f"95 % interval {100 * self.right.low:+.1f} to {100 * self.right.high:+.1f}"
        if min(self.runs) < _LEAST_RUNS:
            return (
                f"can't say: {found} ({sizes}). A single run never yields a winner, since reruns of one "
                f"configuration differ by several points; run each at least {_LEAST_RUNS} times, better five."
            )
        if self.winner:
            return f"{self.winner} is better: {found}, {ends} ({sizes})."
        more = self._needed_words(worth)
        return f"no difference can be seen at this size: {found}, {ends} ({sizes}); {more}."

    def _needed_words(self, worth: float) -> str:
        needed, points = self.needed(worth), f"{100 * worth:.0f} points"
        if needed.runs:
            of_runs = f"{needed.runs} more runs of each"
            problems = f" and {needed.problems} more problems" if needed.problems else ""
            return f"whole runs differ: {of_runs}{problems} would be needed to see {points}"
        if needed.problems:
            return f"{needed.problems} more problems would be needed to see {points}"
        return f"a difference of {points} would most likely have shown"


def compare(configs: Sequence[Config], *, draws: int, seed: int) -> list[Difference]:
    """Every pair of configurations, on the problems that all of them have.

    Args:
        configs: two at least.
        draws: from the distributions that the intervals come from.
        seed: the same seed gives the same figures.

    Raises:
        UserError: fewer than two configurations, or no shared problem.
    """
    if len(configs) < 2:
        raise UserError("a comparison needs two configurations at least")
    shared = [one for one in configs[0].problems if all(one in other.problems for other in configs)]
    if len(shared) < 2:
        raise UserError("these configurations share fewer than two problems with known answers")
    pairs = list(itertools.combinations([one.only(shared) for one in configs], 2))
    level = _LEVEL / len(pairs)
    generator = np.random.default_rng(seed)
    return [_difference(first, second, level, draws, generator) for first, second in pairs]


def _difference(
    first: Config, second: Config, level: float, draws: int, generator: np.random.Generator
) -> Difference:
    right = interval_of(first.right, second.right, level, draws, generator)
    seconds = interval_of(first.seconds, second.seconds, level, draws, generator)
    runs = (first.runs, second.runs)
    return Difference(first.name, second.name, len(first.problems), runs, right, seconds)
