"""Whole runs on virtual time, solving nothing: which policy solves most, and does any come late?

Every problem has a time at which its answer would be accepted, chances that this answer, or one given
earlier, is right, and signals; a policy only decides when to give up. All policies meet the same problems and
cold starts. A problem that ends after the wall clock counts as unsolved; in the competition the whole run
would be lost, so this favours policies that overrun.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aimo_pipeline.budget.endings import Ending, Endings
from aimo_pipeline.budget.hazard import Worlds, build_worlds
from aimo_pipeline.budget.policy import Beliefs, Clamp, Dynamic, Policy, State, Static, TimeBank
from aimo_pipeline.budget.signals import (
    AFTER_AGREEMENT,
    AFTER_TRACES,
    AGREEMENT_AT_S,
    BEGUN,
    TRACES_AT_S,
    Agreement,
)
from aimo_pipeline.budget.value import FloatArray
from aimo_pipeline.config import BudgetConfig
from aimo_pipeline.tune.bound import Truth, clairvoyant_solved, most_solved, truth_of
from aimo_pipeline.tune.mixes import Draw, IntArray, Mix, draw
from aimo_pipeline.tune.variance import Interval, adjusted, interval, luck_of

OURS = "ours"
REFERENCE = "(a) static 360 s"
RIVALS = (REFERENCE, "(b) public clamp", "(c) time bank", "(c) bank, opened")
_BOUND_HORIZON_S = 3_600.0


@dataclass(frozen=True)
class Played:
    """What one policy did in many runs.

    Attributes:
        solved: (runs,), problems answered right within the wall clock.
        unused_s: (runs,), wall clock left at the end; negative after an overrun.
        longest_s: (runs,), the longest problem.
    """

    solved: FloatArray
    unused_s: FloatArray
    longest_s: FloatArray

    @property
    def overruns(self) -> int:
        """Runs that ended after the wall clock."""
        return int((self.unused_s < 0.0).sum())


@dataclass(frozen=True)
class MixReport:
    """All policies on one mix.

    Attributes:
        name: of the mix.
        played: by policy; the last one knows the mix.
        solved: by policy, the mean with the luck of the draw taken out, see variance.py.
        clairvoyant: problems solved by one who knows everything.
        most: what no policy without that knowledge can exceed.
    """

    name: str
    played: Mapping[str, Played]
    solved: Mapping[str, Interval]
    clairvoyant: Interval
    most: float

    def lead(self, policy: str) -> Interval:
        """How many more problems ours solves than `policy`, run by run."""
        return interval(self.played[OURS].solved - self.played[policy].solved)

    def share_of_gap(self, policy: str) -> Interval:
        """How far a policy gets from the static one (0) to the bound (1)."""
        return self.solved[policy].scaled(self.solved[REFERENCE].mean, self.most)


def simulate(
    mixes: Mapping[str, Mix],
    *,
    runs: int,
    seed: int,
    config: BudgetConfig,
    recorded: Sequence[FloatArray] = (),
    bound_step_s: float = 1.0,
) -> Iterator[MixReport]:
    """Play every policy on every mix.

    Args:
        mixes: by name.
        runs: of config.problems problems, for each policy and mix.
        seed: the same seed gives the same figures.
        config: as the submission has it.
        recorded: curves fitted from journals, known to ours beforehand.
        bound_step_s: grain of the bound, see most_solved.

    Returns:
        One report a mix, as soon as it is done.
    """
    worlds = build_worlds(config, recorded)
    for name, mix in mixes.items():
        drawn = draw(mix, runs=runs, problems=config.problems, seed=seed)
        truth = truth_of(mix, config)
        played = {
            label: play(drawn, policy, beliefs, config)
            for label, policy, beliefs in _policies(worlds, truth, config)
        }
        most = most_solved(mix, drawn, config, step_s=bound_step_s, horizon_s=_BOUND_HORIZON_S)
        luck = luck_of(mix, drawn)
        solved = {label: adjusted(one.solved, luck) for label, one in played.items()}
        yield MixReport(name, played, solved, interval(clairvoyant_solved(drawn, config)), most)


def _policies(worlds: Worlds, truth: Truth, config: BudgetConfig) -> Iterator[tuple[str, Policy, Beliefs]]:
    bank, opened = TimeBank(opening=False, config=config), TimeBank(opening=True, config=config)
    rivals: tuple[Policy, ...] = (Static(), Clamp(), bank, opened)
    for name, policy in zip(RIVALS, rivals, strict=True):
        yield name, policy, truth
    yield OURS, Dynamic(worlds, config), worlds
    yield "knows the mix", Dynamic(truth, config), truth


def play(drawn: Draw, policy: Policy, beliefs: Beliefs, config: BudgetConfig) -> Played:
    """Let one policy through all runs, problem by problem."""
    runs, problems = drawn.solve_s.shape
    now_s, longest_s, solved = drawn.cold_s.copy(), np.zeros(runs), np.zeros(runs)
    prior = beliefs.prior if isinstance(beliefs, Worlds) else np.ones(1)
    belief = np.repeat(prior[None], runs, axis=0)
    for problem in range(problems):
        state = State(config.total_s - now_s, now_s - drawn.cold_s, problems - problem, problem, belief)
        stop_s = _stops(drawn, problem, policy.plan_s(state))
        ended = _ended(drawn, problem, stop_s)
        spent_s = ended.seconds + drawn.overshoot_s[:, problem]
        now_s, longest_s = now_s + spent_s, np.maximum(longest_s, spent_s)
        right = np.where(ended.ending == Ending.ACCEPTED, drawn.right[:, problem], drawn.guess[:, problem])
        solved += right & (now_s <= config.total_s)
        belief = beliefs.updated(belief, ended)
    return Played(solved, config.total_s - now_s, longest_s)


def _histories(drawn: Draw, problem: int) -> tuple[IntArray, IntArray]:
    """What each run's problem shows at the first and at the second look."""
    traces = drawn.traces[:, problem]
    first = AFTER_TRACES.start + traces
    return first, AFTER_AGREEMENT.start + len(Agreement) * traces + drawn.differ[:, problem]


def _stops(drawn: Draw, problem: int, plan_s: FloatArray) -> FloatArray:
    """When the plan gives up, if nothing is accepted before: a plan that lives to a signal follows it."""
    run = np.arange(len(plan_s))
    stop_s = plan_s[:, BEGUN]
    looks = zip((TRACES_AT_S, AGREEMENT_AT_S), _histories(drawn, problem), strict=True)
    for look_s, history in looks:
        stop_s = np.where(stop_s >= look_s, np.maximum(plan_s[run, history], look_s), stop_s)
    return stop_s


def _ended(drawn: Draw, problem: int, stop_s: FloatArray) -> Endings:
    solve_s = drawn.solve_s[:, problem]
    seconds = np.minimum(solve_s, stop_s)
    first, second = _histories(drawn, problem)
    history = np.where(seconds > AGREEMENT_AT_S, second, np.where(seconds > TRACES_AT_S, first, BEGUN))
    return Endings(seconds, np.where(solve_s <= stop_s, Ending.ACCEPTED, Ending.STOPPED), history)
