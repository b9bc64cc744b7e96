"""What runs could be like: mixes of problems with known distributions, and draws from them.

Calibration. Public runs report 183-229 s a problem on average, 27-620 s in all, and 44 of 50 solved; attempts
of 1.9k-61k tokens at 86-90 tokens/s a stream take 21-710 s. In recordings of the same model the most
frequent answer is wrong for about a quarter of the hard problems and for few of the easy ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
import numpy.typing as npt

from aimo_pipeline.budget.curves import lognormal_cdf
from aimo_pipeline.budget.hazard import history_likelihood
from aimo_pipeline.budget.value import Classes, FloatArray

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


class SolveTime(Protocol):
    """Distribution of the time to an accepted answer."""

    def cdf(self, times_s: FloatArray) -> FloatArray:
        """Chance of being accepted by each time."""
        ...

    def at(self, chances: FloatArray) -> FloatArray:
        """The time by which that share is accepted; inf where it never is."""
        ...


@dataclass(frozen=True)
class Lognormal:
    """Most problems near the median, some far above it."""

    median_s: float
    spread: float

    def cdf(self, times_s: FloatArray) -> FloatArray:
        """See SolveTime."""
        return lognormal_cdf(times_s, self.median_s, self.spread)

    def at(self, chances: FloatArray) -> FloatArray:
        """See SolveTime."""
        return np.asarray(self.median_s * np.exp(self.spread * _normal_quantile(chances)))


@dataclass(frozen=True)
class Weibull:
    """Hazard falls (shape below 1) or rises (above) with time."""

    median_s: float
    shape: float

    def cdf(self, times_s: FloatArray) -> FloatArray:
        """See SolveTime."""
        return np.asarray(-np.expm1(-math.log(2.0) * (times_s / self.median_s) ** self.shape))

    def at(self, chances: FloatArray) -> FloatArray:
        """See SolveTime."""
        return np.asarray(self.median_s * (-np.log1p(-chances) / math.log(2.0)) ** (1.0 / self.shape))


@dataclass(frozen=True)
class LogLogistic:
    """A tail that falls like a power of time."""

    median_s: float
    shape: float

    def cdf(self, times_s: FloatArray) -> FloatArray:
        """See SolveTime."""
        powers = (times_s / self.median_s) ** self.shape
        return np.asarray(powers / (1.0 + powers))

    def at(self, chances: FloatArray) -> FloatArray:
        """See SolveTime."""
        return np.asarray(self.median_s * (chances / (1.0 - chances)) ** (1.0 / self.shape))


@dataclass(frozen=True)
class Never:
    """No time is enough."""

    def cdf(self, times_s: FloatArray) -> FloatArray:
        """See SolveTime."""
        return np.zeros_like(times_s)

    def at(self, chances: FloatArray) -> FloatArray:
        """See SolveTime."""
        return np.full_like(chances, np.inf)


@dataclass(frozen=True)
class Tier:
    """One kind of problem.

    Attributes:
        share: of all problems.
        time: until an answer is accepted.
        right: chance that the accepted answer is right.
        guess: chance that the answer is right when work stops before.
        traces: chances that the trace programs all fail, run without a rule, give a rule.
        differ: chance that no two answers agree when they are first compared.
    """

    share: float
    time: SolveTime
    right: float
    guess: float
    traces: tuple[float, float, float]
    differ: float


Mix = tuple[Tier, ...]


def _quick(share: float, time: SolveTime) -> Tier:
    return Tier(share, time, 0.97, 0.30, (0.30, 0.40, 0.30), 0.15)


def _medium(share: float, time: SolveTime) -> Tier:
    return Tier(share, time, 0.93, 0.25, (0.40, 0.40, 0.20), 0.25)


def _slow(share: float, time: SolveTime) -> Tier:
    return Tier(share, time, 0.80, 0.12, (0.60, 0.30, 0.10), 0.45)


def _hopeless(share: float) -> Tier:
    return Tier(share, Never(), 0.0, 0.04, (0.70, 0.25, 0.05), 0.70)


MIXES: Mapping[str, Mix] = MappingProxyType(
    {
        "published": (
            _quick(0.20, Lognormal(45, 0.6)),
            _medium(0.52, Lognormal(150, 0.5)),
            _slow(0.20, Lognormal(600, 0.8)),
            _hopeless(0.08),
        ),
        "easy": (
            _quick(0.60, Lognormal(30, 0.6)),
            _medium(0.32, Lognormal(180, 0.6)),
            _slow(0.06, Lognormal(800, 0.8)),
            _hopeless(0.02),
        ),
        "hard": (
            _quick(0.10, Lognormal(30, 0.6)),
            _medium(0.25, Lognormal(180, 0.6)),
            _slow(0.40, Lognormal(900, 0.8)),
            _hopeless(0.25),
        ),
        "bimodal": (
            _quick(0.50, Lognormal(30, 0.6)),
            _slow(0.30, Lognormal(1000, 0.5)),
            _hopeless(0.20),
        ),
        # Fitted to none: other families of distributions, other medians, signals that tell little.
        "foreign": (
            Tier(0.30, Weibull(75, 0.8), 0.95, 0.20, (0.50, 0.40, 0.10), 0.30),
            Tier(0.35, LogLogistic(420, 1.6), 0.85, 0.15, (0.50, 0.40, 0.10), 0.40),
            Tier(0.15, Weibull(1500, 2.5), 0.70, 0.10, (0.50, 0.40, 0.10), 0.50),
            Tier(0.20, Never(), 0.0, 0.05, (0.55, 0.40, 0.05), 0.50),
        ),
    }
)


@dataclass(frozen=True)
class Draw:
    """Everything that chance decides in many runs; every policy meets the same.

    Attributes:
        solve_s: (runs, problems), time to an accepted answer, inf where there is none.
        right: likewise, the accepted answer would be right.
        guess: likewise, the answer would be right if work stopped before.
        traces, differ: likewise, what the signals will tell.
        overshoot_s: likewise, how far a problem's end lies behind its grant or answer.
        cold_s: (runs,), cold start.
    """

    solve_s: FloatArray
    right: BoolArray
    guess: BoolArray
    traces: IntArray
    differ: IntArray
    overshoot_s: FloatArray
    cold_s: FloatArray


def draw(mix: Mix, *, runs: int, problems: int, seed: int) -> Draw:
    """Runs drawn from a mix.

    Cold starts: 9 of 10 within 300-600 s (376-522 s are published), the others up to 900 s. Overshoots: up
    to 2 s, and 3 s more for one problem in a hundred, as far as predict waits for a late answer.
    """
    chance = np.random.default_rng(seed)
    size = (runs, problems)
    tier = chance.choice(len(mix), size=size, p=[one.share for one in mix])
    uniform = chance.random(size)
    solve_s = np.choose(tier, [one.time.at(uniform) for one in mix])
    traces = np.cumsum([one.traces for one in mix], axis=1)[tier]
    late_s = np.where(chance.random(size) < 0.01, 3.0, 0.0)
    usual = chance.random(runs) < 0.9
    return Draw(
        solve_s=solve_s,
        right=chance.random(size) < np.array([one.right for one in mix])[tier],
        guess=chance.random(size) < np.array([one.guess for one in mix])[tier],
        traces=(chance.random(size)[..., None] > traces[..., :2]).sum(axis=2),
        differ=(chance.random(size) < np.array([one.differ for one in mix])[tier]).astype(np.int64),
        overshoot_s=chance.uniform(0.0, 2.0, size) + late_s,
        cold_s=np.where(usual, chance.uniform(300.0, 600.0, runs), chance.uniform(600.0, 900.0, runs)),
    )


def classes_of(mix: Mix, *, step_s: float, horizon_s: float) -> Classes:
    """The mix as a policy would see it that knows the mix, but not one problem's tier."""
    edges = np.arange(0.0, horizon_s + step_s / 2, step_s).astype(np.float64)
    share = np.array([one.share for one in mix])
    by_then = np.array([one.time.cdf(edges) for one in mix])
    return Classes(
        accepted=(share[:, None] * np.diff(by_then, axis=1))[None],
        never=(share * (1.0 - by_then[:, -1]))[None],
        likelihood=history_likelihood(
            np.array([one.traces for one in mix]), np.array([one.differ for one in mix])
        ),
        right=np.array([one.right for one in mix]),
        guess=np.array([one.guess for one in mix]),
    )


def _normal_quantile(chances: FloatArray) -> FloatArray:
    """Inverse of the normal distribution's cdf, by a table that is fine enough here (error below 1e-3)."""
    grid = np.linspace(-8.0, 8.0, 16_001)
    return np.interp(chances, lognormal_cdf(np.exp(grid), 1.0, 1.0), grid)
