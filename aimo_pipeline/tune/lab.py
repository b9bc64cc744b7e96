"""A lab for selection: which rule for choosing among attempts is right most often, and where it is not.

Of each problem's recorded attempts k are drawn again and again, in random order; a rule's score on a problem
is the share of draws in which it gives the right answer. All rules see the same draws, and are compared with
the plain majority by a paired bootstrap over families of problems.

Not covered: what more attempts than were recorded would bring; attempts that a rule would have stopped early.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aimo_pipeline.answer.vote import choose
from aimo_pipeline.errors import UserError
from aimo_pipeline.outcome import Attempted, Chosen
from aimo_pipeline.tune.attempts import Recorded, Tried

Rule = Callable[[Sequence[Tried], Recorded], int | None]
Weight = Callable[[Tried], float]
REFERENCE = "majority"
_LEAST_ENTROPY = 1e-3
_ABSTAIN_BELOW = 0.5


def _value(one: Tried) -> int | None:
    return one.outcome.value if isinstance(one.outcome, Attempted) else None


def _heaviest(tries: Sequence[Tried], weight: Weight) -> int | None:
    totals: defaultdict[int, float] = defaultdict(float)
    for one in tries:
        value = _value(one)
        if value is not None:
            totals[value] += weight(one)
    return max(totals, key=lambda value: totals[value], default=None)


def majority(tries: Sequence[Tried], problem: Recorded) -> int | None:
    """Most votes; among equals the first."""
    return _heaviest(tries, lambda _: 1.0)


def by_entropy(tries: Sequence[Tried], problem: Recorded) -> int | None:
    """Votes weighed by 1 / tail entropy; without entropies the majority."""

    def weight(one: Tried) -> float:
        entropy = one.outcome.entropy if isinstance(one.outcome, Attempted) else None
        return 1.0 if entropy is None else 1.0 / max(entropy, _LEAST_ENTROPY)

    return _heaviest(tries, weight)


def by_tool_calls(tries: Sequence[Tried], problem: Recorded) -> int | None:
    """Votes of attempts that ran programs count double."""
    return _heaviest(tries, lambda one: 2.0 if one.tool_calls else 1.0)


def ladder(tries: Sequence[Tried], problem: Recorded) -> int | None:
    """The project's: the contract, then evidence, then votes, then certainty (answer/vote.py)."""
    outcome = choose(problem.candidates, [one.outcome for one in tries], problem.contract)
    return outcome.candidate.value if isinstance(outcome, Chosen) else None


def recomputed(tries: Sequence[Tried], problem: Recorded) -> int | None:
    """An integer that both a program and a talk without one gave; without such a one the majority."""
    kinds: defaultdict[int, set[bool]] = defaultdict(set)
    for one in tries:
        value = _value(one)
        if value is not None and one.tool_calls is not None:
            kinds[value].add(bool(one.tool_calls))
    both = {value for value, seen in kinds.items() if len(seen) == 2}
    return majority([one for one in tries if _value(one) in both] if both else tries, problem)


def abstaining(tries: Sequence[Tried], problem: Recorded) -> int | None:
    """The majority if it has more than half of all attempts, else no answer."""
    votes = Counter(value for one in tries if (value := _value(one)) is not None)
    value, count = votes.most_common(1)[0] if votes else (None, 0)
    return value if count > _ABSTAIN_BELOW * len(tries) else None


RULES: Mapping[str, Rule] = {
    REFERENCE: majority,
    "entropy-weighted": by_entropy,
    "tool-call-weighted": by_tool_calls,
    "evidence ladder (ours)": ladder,
    "independent recomputation": recomputed,
    "abstain below half": abstaining,
}


@dataclass(frozen=True)
class RuleReport:
    """One rule at one number of attempts.

    Attributes:
        score: share of right answers, the mean over families; low, high: its 95 % interval.
        lead: over the majority, paired, with its interval (mean, low, high).
        answered: share of draws with an answer, the mean over families.
        fails: problems on which the majority of draws is wrong, worst first, with the rule's score there.
    """

    rule: str
    score: float
    low: float
    high: float
    lead: tuple[float, float, float]
    answered: float
    fails: tuple[tuple[str, float], ...]

    @property
    def wrong(self) -> float:
        """Share of draws with a wrong answer, the mean over families."""
        return self.answered - self.score


@dataclass(frozen=True)
class LabReport:
    """All rules at one number of attempts.

    Attributes:
        k: attempts drawn.
        problems, families: that have so many.
        tokens: mean cost of k attempts.
        reach: pass@k: share of draws in which any attempt is right; no rule can exceed it.
    """

    k: int
    problems: int
    families: int
    tokens: float
    reach: float
    rules: tuple[RuleReport, ...]


def experiment(problems: Sequence[Recorded], *, k: int, draws: int, seed: int) -> LabReport:
    """Play all rules on the same draws of k attempts.

    Args:
        problems: with their attempts; those with fewer than k are left out.
        k: attempts for each answer.
        draws: for each problem.
        seed: the same seed gives the same figures.

    Raises:
        UserError: no problem has k attempts.
    """
    having = [one for one in problems if len(one.tries) >= k]
    if not having:
        raise UserError(f"no problem has {k} recorded attempts")
    chance = random.Random(seed)
    right = np.zeros((len(RULES), len(having)))
    answered = np.zeros_like(right)
    reach, tokens = np.zeros(len(having)), np.zeros(len(having))
    for place, problem in enumerate(having):
        for _ in range(draws):
            drawn = chance.sample(problem.tries, k)
            given = [rule(drawn, problem) for rule in RULES.values()]
            right[:, place] += [value == problem.expected for value in given]
            answered[:, place] += [value is not None for value in given]
            reach[place] += any(_value(one) == problem.expected for one in drawn)
            tokens[place] += sum(one.tokens for one in drawn)
    families = _families(having)
    shares = right / draws
    reports = _reports(shares, answered / draws, families, having, np.random.default_rng(seed))
    of_family = _by_family(reach[None] / draws, families)
    return LabReport(
        k, len(having), of_family.shape[1], float(tokens.mean() / draws), float(of_family.mean()), reports
    )


def _families(problems: Sequence[Recorded]) -> list[list[int]]:
    of: defaultdict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(problems):
        of[one.family].append(place)
    return list(of.values())


def _by_family(scores: np.ndarray, families: list[list[int]]) -> np.ndarray:
    return np.stack([scores[:, places].mean(axis=1) for places in families], axis=1)


def _reports(
    shares: np.ndarray,
    answered: np.ndarray,
    families: list[list[int]],
    problems: Sequence[Recorded],
    generator: np.random.Generator,
) -> tuple[RuleReport, ...]:
    scores, given = _by_family(shares, families), _by_family(answered, families)
    count = scores.shape[1]
    weights = generator.multinomial(count, np.full(count, 1 / count), size=4_000) / count
    reference = list(RULES).index(REFERENCE)
    found = []
    for place, rule in enumerate(RULES):
        low, high = np.quantile(weights @ scores[place], [0.025, 0.975])
        lead = scores[place] - scores[reference]
        ends = np.quantile(weights @ lead, [0.025, 0.975])
        wrong = [(one.id, float(share)) for one, share in zip(problems, shares[place], strict=True)]
        fails = tuple(sorted((one for one in wrong if one[1] < 0.5), key=lambda one: one[1]))
        score = float(scores[place].mean())
        gained = float(lead.mean()), float(ends[0]), float(ends[1])
        share = float(given[place].mean())
        found.append(RuleReport(rule, score, float(low), float(high), gained, share, fails))
    return tuple(found)
