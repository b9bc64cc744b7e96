"""Searching settings with Optuna, judged on problems that the search has not seen.

The trap is the same as in a comparison: whoever tries a hundred settings on fifty problems finds some that
are lucky there. So a part of the problems is held out, told by the hash of their ids, and what the search
liked best is played on them once, beside the settings as they are. Only that counts.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import optuna

from aimo_pipeline.errors import UserError
from aimo_pipeline.tune.spaces import Range

FloatArray = npt.NDArray[np.float64]
Settings = dict[str, str]
Score = Callable[[Settings, Sequence[str]], FloatArray]

_LEAST_SIDE = 2
# On fewer a difference, even if all gain, is no rarer than one in sixteen by chance; as in compare.py.
_LEAST_TO_SAY = 6
# Quantiles of the normal distribution for an interval of 95 % and a power of 90 %.
_SURE, _POWER = 1.96, 1.28


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        best: the settings that it liked best; empty where none did better than those as they are.
        seen: mean score on the problems of the search: of the best, and of the settings as they are.
        unseen: the same on the problems held out.
        gains: of the best over the settings as they are, one for each problem held out.
        gain: (mean, low, high) of these, paired, 95 %.
        trials: settings that were tried.
        searched: number of problems of the search.
    """

    best: Settings
    seen: tuple[float, float]
    unseen: tuple[float, float]
    gains: tuple[float, ...]
    gain: tuple[float, float, float]
    trials: int
    searched: int

    @property
    def held(self) -> int:
        """Number of problems held out."""
        return len(self.gains)

    @property
    def better(self) -> bool:
        """Whether that can be said."""
        return self.gain[1] > 0.0 and self.held >= _LEAST_TO_SAY

    def needed(self) -> int | None:
        """Further held-out problems that would show a gain like this one; None where there is no gain."""
        if self.gain[0] <= 0.0 or self.held < 2:
            return None
        spread = float(np.std(self.gains, ddof=1))
        wanted = ((_SURE + _POWER) * spread / self.gain[0]) ** 2
        return max(1, math.ceil(wanted) - self.held, _LEAST_TO_SAY - self.held)

    @property
    def verdict(self) -> str:
        """In plain words."""
        keep = "keep the settings as they are"
        if not self.best:
            return f"{keep}: none of {self.trials} others did better on the {self.searched} problems searched"
        if not any(self.gains):
            return f"{keep}: on the {self.held} problems held out the found ones give the same"
        mean, low, high = self.gain
        gain = f"{mean:+.3f} a problem ({low:+.3f} to {high:+.3f}) on the {self.held} held out"
        if self.better:
            return f"better: {gain}"
        if high < 0.0:
            return f"{keep}: what was found is worse where it counts, {gain}"
        if (needed := self.needed()) is None:
            return f"{keep}: no gain can be seen, {gain}"
        return (
            f"{keep}: no gain can be seen, {gain}; {needed} more held out would be needed to see one like it"
        )


def split(problems: Sequence[str], share_held: float) -> tuple[list[str], list[str]]:
    """Problems to search on, and those that are held out: the same at every call and on every machine.

    Raises:
        UserError: fewer than two are left on a side.
    """
    by_hash = sorted(problems, key=lambda one: hashlib.sha256(one.encode()).digest())
    count = math.ceil(share_held * len(problems))
    held, searched = by_hash[:count], by_hash[count:]
    if min(len(held), len(searched)) < _LEAST_SIDE:
        raise UserError(
            f"{len(problems)} problems with known answers are too few to hold some out; a search needs "
            f"{2 * _LEAST_SIDE} at least, and {_LEAST_TO_SAY} held out before it can say anything"
        )
    return [one for one in problems if one in searched], [one for one in problems if one in held]


def search(
    problems: Sequence[str],
    score: Score,
    space: Mapping[str, Range],
    *,
    trials: int,
    seed: int,
    share_held: float,
    done: Callable[[float], None] = lambda _: None,
) -> Found:
    """Search settings on some of the problems and judge the best on the others.

    Args:
        problems: ids.
        score: settings and problems -> one score for each problem, higher is better.
        space: the settings to search.
        trials: settings to try.
        seed: the same seed tries the same.
        share_held: share of the problems that are held out.
        done: told after each trial of the best mean score so far.

    Raises:
        UserError: fewer than two problems are left on a side.
    """
    searched, held = split(problems, share_held)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    as_is = float(score({}, searched).mean())
    study.optimize(
        lambda trial: float(score(_suggested(trial, space), searched).mean()),
        n_trials=trials,
        callbacks=[lambda study, _: done(max(as_is, study.best_value))],
    )
    # What does as well as the settings as they are is no reason to change them.
    gained = study.best_value > as_is
    best = {name: str(value) for name, value in study.best_params.items()} if gained else {}
    before = score({}, held)
    after = score(best, held) if gained else before
    gains = after - before
    means = float(after.mean()), float(before.mean())
    seen = max(as_is, float(study.best_value)), as_is
    told = tuple(map(float, gains))
    return Found(best, seen, means, told, _interval(gains, seed), trials, len(searched))


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
