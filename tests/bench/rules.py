"""Ways to choose among attempts, as pure functions: the plain majority, what public notebooks do, and others.

The project's own is answer/vote.py; everything here is what it is measured against.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import fmean

from aimo_pipeline.answer.contract import Contract
from aimo_pipeline.answer.vote import choose
from aimo_pipeline.outcome import Attempted, AttemptOutcome, Chosen

Rule = Callable[[Sequence[AttemptOutcome], Contract], int | None]
Weight = Callable[[Attempted], float]
NOTEBOOK_MODULUS = 10**5
_LEAST_ENTROPY = 1e-9


def given(attempts: Sequence[AttemptOutcome]) -> list[Attempted]:
    """Those with an integer."""
    return [one for one in attempts if isinstance(one, Attempted)]


def weighed(attempts: Sequence[AttemptOutcome], weight: Weight) -> dict[int, float]:
    """Total weight of each integer, in the order in which they were first named."""
    totals: dict[int, float] = defaultdict(float)
    for one in given(attempts):
        totals[one.value] += weight(one)
    return dict(totals)


def heaviest(totals: dict[int, float]) -> int | None:
    """The first of the heaviest integers."""
    return max(totals, key=lambda value: totals[value], default=None)


def ours(attempts: Sequence[AttemptOutcome], contract: Contract) -> int | None:
    """The project's rule."""
    outcome = choose([], attempts, contract)
    return outcome.candidate.value if isinstance(outcome, Chosen) else None


def majority(attempts: Sequence[AttemptOutcome], contract: Contract) -> int | None:
    """Most votes; among equals the first."""
    return heaviest(weighed(attempts, lambda _: 1.0))


def notebook(attempts: Sequence[AttemptOutcome], contract: Contract) -> int | None:
    """Public notebooks: votes weighed by 1 / entropy, ties to the larger integer, reduced mod 10^5 at last.

    Without entropies all weigh the same.
    """

    def weight(one: Attempted) -> float:
        return 1.0 if one.entropy is None else 1.0 / max(one.entropy, _LEAST_ENTROPY)

    totals = weighed(attempts, weight)
    if not totals:
        return None
    return max(totals, key=lambda value: (totals[value], value)) % NOTEBOOK_MODULUS


def shortest(attempts: Sequence[AttemptOutcome], contract: Contract) -> int | None:
    """The attempt with fewest tokens alone."""
    return min(given(attempts), key=tokens).value if given(attempts) else None


def by_brevity(attempts: Sequence[AttemptOutcome], contract: Contract) -> int | None:
    """Votes weighed by 1 / tokens."""
    return heaviest(weighed(attempts, lambda one: 1.0 / tokens(one)))


def majority_then_brevity(attempts: Sequence[AttemptOutcome], contract: Contract) -> int | None:
    """Most votes; among equals fewest tokens on average."""
    return _majority_then(attempts, lambda voters: -fmean(tokens(one) for one in voters))


def majority_then_length(attempts: Sequence[AttemptOutcome], contract: Contract) -> int | None:
    """Most votes; among equals most tokens on average."""
    return _majority_then(attempts, lambda voters: fmean(tokens(one) for one in voters))


def majority_then_settled(attempts: Sequence[AttemptOutcome], contract: Contract) -> int | None:
    """Most votes; among equals most that stood in the final channel."""
    return _majority_then(attempts, lambda voters: sum(one.source == "boxed" for one in voters))


def _majority_then(
    attempts: Sequence[AttemptOutcome], better: Callable[[list[Attempted]], float]
) -> int | None:
    voters: dict[int, list[Attempted]] = defaultdict(list)
    for one in given(attempts):
        voters[one.value].append(one)
    return max(voters, key=lambda value: (len(voters[value]), better(voters[value])), default=None)


def tokens(one: Attempted) -> float:
    """Tokens of an attempt; unknown is more than any."""
    return math.inf if one.tokens is None else float(one.tokens)


RULES: dict[str, Rule] = {
    "ours": ours,
    "majority": majority,
    "public notebooks": notebook,
    "majority, ties to final channel": majority_then_settled,
    "majority, ties to fewer tokens": majority_then_brevity,
    "majority, ties to more tokens": majority_then_length,
    "votes weighed by 1 / tokens": by_brevity,
    "shortest attempt": shortest,
}
