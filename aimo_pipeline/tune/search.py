"""Searching settings with Optuna, judged on problems that the search has not seen.

The trap is the same as in a comparison: whoever tries a hundred settings on fifty problems finds some that
are lucky there. So a part of the problems is held out, told by the hash of their ids, and what the search
liked best is played on them once, beside the settings as they are. Only that counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import optuna

from aimo_pipeline.errors import UserError

FloatArray = npt.NDArray[np.float64]
Settings = dict[str, str]


@dataclass(frozen=True)
class Range:
    """Values of one setting: from `low` to `high`, whole numbers or not, on a logarithmic scale or not."""

    low: float
    high: float
    whole: bool
    log: bool = False


# The parameters that can be judged without new tokens.
REPLAYED: Mapping[str, Range] = {
    "trace.samples": Range(1, 4, True),
    "mine.min_spare": Range(4, 24, True),
    "mine.decisive_bits": Range(12.0, 60.0, False),
    "verify.min_compared": Range(2, 8, True),
    "tir.lead": Range(2, 6, True),
    "tir.rounds": Range(1, 3, True),
}
SIMULATED: Mapping[str, Range] = {
    "budget.floor_s": Range(0.5, 120.0, False, log=True),
    "budget.ceiling_s": Range(300.0, 3_600.0, False, log=True),
    "budget.reserve_s": Range(60.0, 600.0, False, log=True),
    "budget.accept_votes": Range(2, 5, True),
}
# They need a live model: a replay cannot tell what other tokens would have come.
LIVE_ONLY = frozenset({"tir.temperature", "trace.temperature", "tir.top_p", "tir.reasoning"})

Score = Callable[[Settings, Sequence[str]], FloatArray]


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        best: the settings that it liked best.
        seen: their mean score on the problems of the search, and that of the settings as they are.
        held_out: (mean, low, high) of the gain on the problems held out, paired, 95 %.
        trials: settings that were tried.
        searched, held: numbers of problems.
    """

    best: Settings
    seen: tuple[float, float]
    held_out: tuple[float, float, float]
    trials: int
    searched: int
    held: int

    @property
    def verdict(self) -> str:
        """In plain words."""
        mean, low, high = self.held_out
        gain = f"{mean:+.4f} a problem ({low:+.4f} to {high:+.4f}) on {self.held} problems held out"
        seen = f"on the {self.searched} problems of the search {self.seen[0]:.4f} against {self.seen[1]:.4f}"
        if low > 0.0:
            return f"better: {gain}; {seen}"
        if high < 0.0:
            return f"worse where it counts: {gain}; {seen}"
        return f"keep the settings as they are, no gain can be seen: {gain}; {seen}"


def is_held_out(problem: str, share: float) -> bool:
    """Whether a problem is kept from the search; the same at every call and on every machine."""
    number = int.from_bytes(hashlib.sha256(problem.encode()).digest()[:4], "big")
    return number < share * 2**32


def check_space(names: Sequence[str], space: Mapping[str, Range]) -> dict[str, Range]:
    """The ranges of the named settings; all of the space where none is named.

    Raises:
        UserError: a setting is unknown, or cannot be judged without new tokens.
    """
    for name in names:
        if name in LIVE_ONLY:
            raise UserError(f"{name} changes what a model says: it needs live runs; use compare on those")
        if name not in space:
            raise UserError(f"{name} cannot be searched here; there are {', '.join(space)}")
    return {name: space[name] for name in (names or space)}


def search(
    problems: Sequence[str],
    score: Score,
    space: Mapping[str, Range],
    *,
    trials: int,
    seed: int,
    share_held: float,
) -> Found:
    """Search settings on some of the problems and judge the best on the others.

    Args:
        problems: ids.
        score: settings and problems -> one score for each problem, higher is better.
        space: the settings to search.
        trials: settings to try.
        seed: the same seed tries the same.
        share_held: share of the problems that are held out.

    Raises:
        UserError: fewer than two problems are left on a side.
    """
    held = [one for one in problems if is_held_out(one, share_held)]
    searched = [one for one in problems if one not in held]
    if min(len(held), len(searched)) < 2:
        raise UserError(
            f"{len(problems)} problems are too few to hold some out: {len(searched)} and {len(held)}"
        )
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(lambda trial: float(score(_suggested(trial, space), searched).mean()), n_trials=trials)
    best = {name: str(value) for name, value in study.best_params.items()}
    gains = score(best, held) - score({}, held)
    seen = float(study.best_value), float(score({}, searched).mean())
    return Found(best, seen, _interval(gains, seed), trials, len(searched), len(held))


def _suggested(trial: optuna.Trial, space: Mapping[str, Range]) -> Settings:
    return {name: str(_value(trial, name, of)) for name, of in space.items()}


def _value(trial: optuna.Trial, name: str, of: Range) -> float | int:
    if of.whole:
        return trial.suggest_int(name, int(of.low), int(of.high))
    return trial.suggest_float(name, of.low, of.high, log=of.log)


def _interval(gains: FloatArray, seed: int) -> tuple[float, float, float]:
    """Mean and 95 % interval by a bootstrap over problems."""
    count = len(gains)
    weights = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=4_000) / count
    low, high = np.quantile(weights @ gains, [0.025, 0.975])
    return float(gains.mean()), float(low), float(high)
