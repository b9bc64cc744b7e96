"""Chooses one candidate: evidence first, then votes, and never a verified one against another.

Equal votes are told apart by how sure the model was: the tail entropy of the attempts that gave the integer,
then how many of them gave it of their own accord and not when they were cut off. Pure: no time, no chance;
among equals the first that was named wins, never the smaller or larger integer, nor the shorter attempt,
which on recorded attempts is right less often than chance (tests/bench/selection.py).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import assert_never

from aimo_pipeline.answer.contract import Contract, check, reduced
from aimo_pipeline.domain import (
    Agreed,
    Candidate,
    CheckedTo,
    CompiledTo,
    Evidence,
    Fits,
    Guessed,
    ProvedForAll,
    Voted,
    is_verified,
    rung,
)
from aimo_pipeline.outcome import (
    Attempted,
    AttemptOutcome,
    Chosen,
    Kept,
    NothingToChoose,
    OutOfContract,
    Source,
    VoteOutcome,
)

_CONTRADICTED = ">contradicted"
_AGREED = ">agreed"
_OF_THEIR_OWN_ACCORD: tuple[Source, ...] = ("boxed", "remark", "trace")


@dataclass(frozen=True)
class _Standing:
    """The best candidate for one integer, and the attempts that gave the integer."""

    candidate: Candidate
    voters: tuple[Attempted, ...]

    def height(self) -> tuple[int, int, float, int, int]:
        """Rung, votes, certainty, votes of their own accord, detail: what is compared, in this order."""
        evidence = self.candidate.evidence
        own = sum(one.source in _OF_THEIR_OWN_ACCORD for one in self.voters)
        return rung(evidence), len(self.voters), certainty(self.voters), own, _detail(evidence)


def certainty(voters: Sequence[Attempted]) -> float:
    """How sure the attempts behind one integer were: higher is better, unknown is worst."""
    entropies = [one.entropy for one in voters if one.entropy is not None]
    return -fmean(entropies) if entropies else -math.inf


def _detail(evidence: Evidence) -> int:
    """How much there is of the evidence, comparable within one rung."""
    match evidence:
        case Guessed() | ProvedForAll():
            return 0
        case Voted(votes=votes):
            return votes
        case Fits(spare=spare):
            return spare
        case Agreed(traces=traces):
            return traces
        case CompiledTo(index=index) | CheckedTo(index=index):
            return index
    assert_never(evidence)


def _kept(candidates: Sequence[Candidate], contract: Contract) -> tuple[list[Candidate], list[str]]:
    """Those that keep the contract, and the reasons against the others."""
    kept, rejected = [], []
    for candidate in candidates:
        match check(candidate.value, contract):
            case Kept():
                kept.append(candidate)
            case OutOfContract(reason=reason):
                rejected.append(f"{candidate.path}: {reason}")
    return kept, rejected


def admitted(attempts: Sequence[AttemptOutcome], contract: Contract) -> tuple[list[Attempted], list[str]]:
    """The attempts whose integers keep the contract, reduced where it says so, and why others do not."""
    kept, rejected = [], []
    for outcome in attempts:
        if isinstance(outcome, Attempted):
            match reduced(outcome.value, contract):
                case Kept(value=value):
                    kept.append(replace(outcome, value=value))
                case OutOfContract(reason=reason):
                    rejected.append(f"{_voters([outcome])}: {reason}")
    return kept, list(dict.fromkeys(rejected))


def _voted(given: Sequence[Attempted], attempts: int) -> list[Candidate]:
    """One candidate for each integer that attempts gave, in order of first appearance."""
    votes = Counter(outcome.value for outcome in given)
    return [
        Candidate(value, Voted(count, attempts), _voters([one for one in given if one.value == value]))
        for value, count in votes.items()
    ]


def _voters(given: Sequence[Attempted]) -> str:
    """Where votes come from: "tir>vote", "trace>vote" or both."""
    stages = {"trace" if one.source == "trace" else "tir" for one in given}
    return "+".join(sorted(stages)) + ">vote"


def _has_lean(evidence: Evidence) -> bool:
    """Whether Lean stands behind it, by its kernel or, for some of it, by what it compiled."""
    return is_verified(evidence) or isinstance(evidence, CompiledTo)


def _without_contradiction(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Take Lean's evidence from every candidate where programs contradict it.

    Lean says what a program computes, not that it states the problem. Where two that it stands behind differ,
    they state different problems, and nothing tells which states the right one; where more programs lead to
    some other integer, most likely they do. What is left is that a rule fitted a trace; how many spare terms
    it had is no longer known, so none are claimed.
    """
    behind = {candidate.value for candidate in candidates if _has_lean(candidate.evidence)}
    programs = Counter({value: 0 for value in behind})
    for candidate in candidates:
        programs[candidate.value] += _programs(candidate.evidence)
    if len(behind) == 1 and max(programs.values()) == programs[min(behind)]:
        return list(candidates)
    return [
        replace(candidate, evidence=Fits(0), path=candidate.path + _CONTRADICTED)
        if _has_lean(candidate.evidence)
        else candidate
        for candidate in candidates
    ]


def _programs(evidence: Evidence) -> int:
    """How many independently written programs led to the integer by a rule, as the evidence says."""
    return int(_has_lean(evidence)) or _traces(evidence)


def _traces(evidence: Evidence) -> int:
    """How many independent traces led to the integer, as the evidence says."""
    if isinstance(evidence, Agreed):
        return evidence.traces
    return int(isinstance(evidence, Fits))


def _best(candidates: Sequence[Candidate]) -> Candidate:
    """The strongest of candidates with the same integer; Fits from two traces or more become Agreed."""
    best = max(candidates, key=lambda candidate: (rung(candidate.evidence), _detail(candidate.evidence)))
    traces = sum(_traces(candidate.evidence) for candidate in candidates)
    if traces < 2 or _has_lean(best.evidence):
        return best
    return replace(best, evidence=Agreed(traces), path=best.path + _AGREED)


def _standings(candidates: Sequence[Candidate], given: Sequence[Attempted]) -> list[_Standing]:
    by_value: dict[int, list[Candidate]] = {}
    for candidate in candidates:
        by_value.setdefault(candidate.value, []).append(candidate)
    return [
        _Standing(_best(group), tuple(one for one in given if one.value == value))
        for value, group in by_value.items()
    ]


def choose(
    candidates: Sequence[Candidate], attempts: Sequence[AttemptOutcome], contract: Contract
) -> VoteOutcome:
    """Choose among all candidates and the attempts' votes.

    Args:
        candidates: at most one for each independently written trace program, in any order; two samples
            with the same source are one program, which the caller sees to.
        attempts: outcomes of tool-integrated reasoning, at most one vote each; those without an integer
            count in the denominator.
        contract: what the problem asks for. Candidates and votes that break it are out before anything
            else, so they contradict nothing; a vote for an integer that the problem wants reduced counts for
            the remainder, a candidate, whose rule and program state what they are about, does not.

    Returns:
        Chosen with the candidate of the highest rung; among equal rungs the one with more votes, then the
        lower tail entropy, then more votes that were no last word, then more evidence (spare terms, traces,
        indices), then the first. NothingToChoose with the reasons when none keeps the contract.
    """
    kept, rejected = _kept(candidates, contract)
    given, refused = admitted(attempts, contract)
    kept += _voted(given, len(attempts))
    standings = _standings(_without_contradiction(kept), given)
    if not standings:
        return NothingToChoose((*rejected, *refused))
    return Chosen(max(standings, key=_Standing.height).candidate)
