"""Mixes that nobody has looked at: drawn anew for each seed, of other families than the prior's."""

from __future__ import annotations

import math

import numpy as np

from aimo_pipeline.tune.mixes import LogLogistic, Lognormal, Mix, Never, SolveTime, Tier, Weibull

_MEDIANS_S = (20.0, 1_500.0)
_NEVER = (0.02, 0.35)


def random_mixes(count: int, seed: int) -> dict[str, Mix]:
    """So many mixes of two to four tiers and one that is never solved.

    Medians are log-uniform over 20-1500 s, each tier's time is lognormal, Weibull or log-logistic, and the
    longer a tier takes, the less often is its answer right and the worse are its signals, with noise.
    """
    chance = np.random.default_rng(seed)
    return {f"random {seed}.{number}": _mix(chance) for number in range(1, count + 1)}


def _mix(chance: np.random.Generator) -> Mix:
    tiers = int(chance.integers(2, 5))
    never = float(chance.uniform(*_NEVER))
    shares = chance.dirichlet(np.ones(tiers)) * (1.0 - never)
    low, high = map(math.log, _MEDIANS_S)
    medians_s = np.sort(np.exp(chance.uniform(low, high, tiers)))
    found = [
        _tier(float(share), float(median), chance) for share, median in zip(shares, medians_s, strict=True)
    ]
    traces = _traces(0.65 + chance.normal(0.0, 0.1), chance)
    guess = float(np.clip(0.05 + chance.normal(0.0, 0.02), 0.0, 0.2))
    differ = float(np.clip(0.6 + chance.normal(0.0, 0.1), 0.05, 0.95))
    return (*found, Tier(never, Never(), 0.0, guess, traces, differ))


def _tier(share: float, median_s: float, chance: np.random.Generator) -> Tier:
    low, high = map(math.log, _MEDIANS_S)
    hard = (math.log(median_s) - low) / (high - low)
    return Tier(
        share,
        _time(median_s, chance),
        float(np.clip(0.98 - 0.25 * hard + chance.normal(0.0, 0.04), 0.5, 1.0)),
        float(np.clip(0.30 - 0.20 * hard + chance.normal(0.0, 0.04), 0.01, 0.5)),
        _traces(0.35 + 0.3 * hard + chance.normal(0.0, 0.08), chance),
        float(np.clip(0.15 + 0.4 * hard + chance.normal(0.0, 0.08), 0.02, 0.9)),
    )


def _time(median_s: float, chance: np.random.Generator) -> SolveTime:
    match int(chance.integers(3)):
        case 0:
            return Lognormal(median_s, float(chance.uniform(0.35, 1.1)))
        case 1:
            return Weibull(median_s, float(chance.uniform(0.7, 2.5)))
        case _:
            return LogLogistic(median_s, float(chance.uniform(1.3, 3.5)))


def _traces(failed: float, chance: np.random.Generator) -> tuple[float, float, float]:
    failed = float(np.clip(failed, 0.05, 0.9))
    mined = (1.0 - failed) * float(chance.uniform(0.1, 0.45))
    return failed, 1.0 - failed - mined, mined
