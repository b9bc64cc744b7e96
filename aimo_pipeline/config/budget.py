"""How the five hours are spent, and how much is tried on one problem."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Reasoning = Literal["low", "medium", "high"]
LognormalTier = tuple[float, float, float]


@dataclass(frozen=True)
class HazardConfig:
    """The shipped prior over how long problems take.

    A tier is (share, median_s, spread): that share of the problems takes a lognormal time, `spread` being the
    standard deviation of its logarithm; what the shares lack to 1 is never solved.

    Attributes:
        contests: kinds of contest that are expected: like the published runs, easy, hard, two-peaked.
        time_scales: each of them comes at each of these paces, since the machine's is not known.
        contest_weights: of the contests at each pace, where a world of the even spread has 1. The hard one
            weighs most: time spent in vain is gone, while time that was saved can still be spent.
        spread_worlds: worlds of all other kinds, of three tiers each, spread evenly over shares, medians and
            spreads.
        spread_never: smallest and largest share of problems in them that are never solved.
        spread_medians_s: smallest and largest median; evenly on a logarithmic scale.
        spread_range: smallest and largest spread.
        least_share: of the problems, spread over all steps of every world; what no world foresaw.
        traces_if_accepted, traces_if_never: chance that the trace programs of a problem which will, or never
            will, be accepted all fail, run without a rule, or give a rule.
        differ_if_accepted, differ_if_never: chance that no two answers agree when they are first compared.
        prior_problems: what the first contest counts for, in problems, when journals are fitted.
        recorded_weight: weight of the world that was fitted from journals.
        recorded: problems of earlier runs, each with its seconds of work and how it ended ("accepted",
            "exhausted", "stopped"); together they make one more world.
    """

    contests: tuple[tuple[LognormalTier, ...], ...] = (
        ((0.2, 40.0, 0.6), (0.52, 160.0, 0.55), (0.2, 600.0, 0.8)),
        ((0.6, 30.0, 0.6), (0.32, 180.0, 0.6), (0.06, 800.0, 0.8)),
        ((0.1, 30.0, 0.6), (0.25, 180.0, 0.6), (0.4, 900.0, 0.8)),
        ((0.5, 30.0, 0.6), (0.3, 1000.0, 0.6)),
    )
    time_scales: tuple[float, ...] = (0.7, 1.0, 1.4)
    contest_weights: tuple[float, ...] = (12.0, 4.0, 100.0, 24.0)
    spread_worlds: int = 36
    spread_never: tuple[float, float] = (0.02, 0.4)
    spread_medians_s: tuple[float, float] = (20.0, 1_800.0)
    spread_range: tuple[float, float] = (0.4, 1.2)
    least_share: float = 0.002
    traces_if_accepted: tuple[float, float, float] = (0.54, 0.33, 0.13)
    traces_if_never: tuple[float, float, float] = (0.64, 0.28, 0.08)
    differ_if_accepted: float = 0.41
    differ_if_never: float = 0.59
    prior_problems: float = 5.0
    recorded_weight: float = 400.0
    recorded: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True)
class BudgetConfig:
    """Five hours for fifty problems, counted from the start of the notebook's process.

    Attributes:
        total_s: wall clock of the whole run.
        reserve_s: kept back for writing the submission.
        base_s: what a problem gets that comes alone, outside a run.
        horizon_s: beyond it nothing is expected of a problem; a multiple of cell_s.
        ceiling_s: the most that one problem is granted, however much time is left.
        floor_s: what every problem still to come is sure of; also the grant when the clock has run out.
        overhead_s: of wall clock between the end of one grant and the next problem.
        step_s: grain of the plan; the times at which signals are looked at are its multiples.
        cell_s: grain of the value tables; likewise, and a multiple of step_s.
        problems: how many the competition hands out.
        answer_reserve_s: the end of each grant, kept for choosing and returning the answer.
        accept_votes: equal answers from which on an answer without other evidence counts as accepted.
        bank_base_s, bank_alpha: of the time bank, a policy that ours is compared with: what each problem may
            take, and the share of the bank that a hard one may draw.
        hazard: what is expected of the problems.
    """

    total_s: float = 5 * 3600.0
    reserve_s: float = 120.0
    base_s: float = 330.0
    horizon_s: float = 2_700.0
    ceiling_s: float = 2_700.0
    floor_s: float = 0.5
    overhead_s: float = 1.0
    step_s: float = 30.0
    cell_s: float = 60.0
    problems: int = 50
    answer_reserve_s: float = 2.0
    accept_votes: int = 3
    bank_base_s: float = 120.0
    bank_alpha: float = 0.5
    hazard: HazardConfig = field(default_factory=HazardConfig)


@dataclass(frozen=True)
class Effort:
    """How much is tried on one problem.

    Attributes:
        name: of the preset.
        trace_samples: trace programs; 0 leaves tracing and mining out.
        trace_wall_s: wall clock for one of them.
        attempts: of tool-integrated reasoning.
        turns: in each attempt.
        reasoning: the model's reasoning effort.
        lean_compared: most indices at which Lean compares program and rule; 0 leaves Lean out.
        all_n: ask Lean for a proof for all n as well.
        alongside: attempts begin with the traces, rather than when no trace led anywhere: sooner at an
            answer, but the model writes more slowly for each, and a verified rule makes them needless.
    """

    name: str
    trace_samples: int
    trace_wall_s: float
    attempts: int
    turns: int
    reasoning: Reasoning
    lean_compared: int
    all_n: bool
    alongside: bool


@dataclass(frozen=True)
class EffortConfig:
    """Presets from most to least, and the time that each needs.

    Attributes:
        presets: (seconds, effort); the first whose seconds are left is taken, the last one needs none.
        long_trace_factor: trace programs of combinatorics and number theory run so much longer.
        quick_trace_samples: most trace programs in algebra, where a few attempts usually settle it.
        hard_tier: from this tier on attempts begin with the traces.
    """

    presets: tuple[tuple[float, Effort], ...] = (
        (240.0, Effort("full", 4, 5.0, 8, 64, "high", 16, True, alongside=False)),
        (120.0, Effort("brisk", 3, 5.0, 6, 32, "high", 8, False, alongside=True)),
        (45.0, Effort("short", 2, 3.0, 4, 16, "medium", 4, False, alongside=True)),
        (0.0, Effort("last", 0, 0.0, 2, 4, "low", 0, False, alongside=True)),
    )
    long_trace_factor: float = 2.0
    quick_trace_samples: int = 2
    hard_tier: int = 3
