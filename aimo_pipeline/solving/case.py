"""What is known about one problem so far, and the answer if it had to be given now."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial

from aimo_pipeline.answer.contract import Contract, read_contract, reduced
from aimo_pipeline.answer.vote import choose
from aimo_pipeline.budget.signals import Agreement, Signals, Traces
from aimo_pipeline.config import Effort
from aimo_pipeline.deadline import Deadline
from aimo_pipeline.domain import (
    Agreed,
    Answer,
    Candidate,
    CompiledTo,
    Evidence,
    Fits,
    Guessed,
    Problem,
    Route,
    is_verified,
)
from aimo_pipeline.outcome import Attempted, AttemptOutcome, Chosen, ContractOutcome, Kept, Traced
from aimo_pipeline.proof import Fitted
from aimo_pipeline.trace.cut import Cut

GUESS = Answer(0, Guessed(), "guess")


@dataclass(frozen=True)
class Standing:
    """A rule that was mined from one program, and what stands behind its value; None: Lean refuted it."""

    fitted: Fitted
    evidence: Evidence | None
    path: str


@dataclass
class Case:
    """One problem in work; everything is kept by sample, so that no order of arrival changes the answer.

    Attributes:
        problem: what is asked.
        deadline: the latest moment for choosing among what is there.
        route: where it goes.
        effort: how much is tried on it.
        rules: by sample of the trace program.
        reached: asked-for terms that trace programs computed outright, by sample; each is a vote.
        attempts: outcomes of tool-integrated reasoning, by sample.
        sources: of the trace programs, so that the same text again is not an independent program.
        traces: best outcome of the trace programs so far; None: none has ended.
        traced: no trace program is in work any more.
        settled: the attempts' vote was decided before they had all ended.
        checks: documents that Lean is at work on.
        cut: ends the trace programs that are still running.
        asked: samples whose rules Lean has been asked about.
        stop: set when unfinished attempts should say their last word, since the problem is given up.
        changed: set when the signals may have changed.
    """

    problem: Problem
    deadline: Deadline
    route: Route
    effort: Effort
    rules: dict[int, Standing] = field(default_factory=dict)
    reached: dict[int, Attempted] = field(default_factory=dict)
    attempts: dict[int, AttemptOutcome] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)
    traces: Traces | None = None
    traced: bool = False
    settled: bool = False
    checks: int = 0
    cut: Cut = field(default_factory=Cut)
    asked: set[int] = field(default_factory=set)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @cached_property
    def contract(self) -> Contract:
        """What the problem asks for."""
        return read_contract(self.problem.text)

    @cached_property
    def admit(self) -> Callable[[int], ContractOutcome]:
        """An integer as an answer to the problem, or why it can't be one; the same few are asked about again
        whenever anything has changed."""
        return cache(partial(reduced, contract=self.contract))

    def may_win(self, value: int) -> bool:
        """Whether an integer can be the answer at all."""
        return isinstance(self.admit(value), Kept)

    def told(self, traces: Traces) -> None:
        """Note how a trace program ended."""
        self.traces = traces if self.traces is None else max(self.traces, traces)
        self.changed.set()

    def reach(self, sample: int, traced: Traced) -> None:
        """Note the asked-for term, where a program computed it outright: its word is one vote."""
        place = traced.target.index - traced.sequence.first_index
        if place < len(traced.sequence.terms):
            value, modulus = traced.sequence.terms[place], traced.target.modulus
            self.reached[sample] = Attempted(value if modulus is None else value % modulus, "trace", 1)

    def fit(self, fitted: Fitted) -> None:
        """Note a rule."""
        path = f"trace>mine:{fitted.found.family}"
        self.rules[fitted.sample] = Standing(fitted, Fits(fitted.found.spare), path)

    def led(self) -> bool:
        """Whether a rule is at hand whose value may win."""
        return any(self.may_win(one.fitted.value) for one in self.rules.values())

    def weigh(self, sample: int, evidence: Evidence | None) -> None:
        """Note what Lean made of a rule."""
        standing = self.rules[sample]
        path = standing.path
        if isinstance(evidence, CompiledTo):
            path += ">lean-compiled"
        elif evidence is not None and is_verified(evidence):
            path += ">lean"
        self.rules[sample] = replace(standing, evidence=evidence, path=path)

    @contextmanager
    def checking(self) -> Iterator[None]:
        """Lean is at work for the length of the block."""
        self.checks += 1
        self.changed.set()
        try:
            yield
        finally:
            self.checks -= 1
            self.changed.set()

    def due(self) -> list[Fitted]:
        """Rules that Lean should still look at: their values may win and are not verified yet."""
        verified = set(self._verified_values())
        fitted = [self.rules[sample].fitted for sample in sorted(self.rules) if sample not in self.asked]
        return [one for one in fitted if one.value not in verified and self.may_win(one.value)]

    def verified(self) -> bool:
        """Lean stands behind the answer, and no more programs speak against it than for it."""
        return any(True for _ in self._verified_values()) and is_verified(self.best().evidence)

    def _verified_values(self) -> Iterator[int]:
        for one in self.rules.values():
            if one.evidence is not None and is_verified(one.evidence):
                yield one.fitted.value

    def votes(self) -> tuple[AttemptOutcome, ...]:
        """Of traces and attempts, in the order of their samples."""
        traced = [self.reached[sample] for sample in sorted(self.reached)]
        return (*traced, *(self.attempts[sample] for sample in sorted(self.attempts)))

    def values(self) -> list[int]:
        """Every integer that anything gave and that may win, with repetitions."""
        given = [one.value for one in self.votes() if isinstance(one, Attempted)]
        given += [
            one.fitted.value
            for sample, one in self.rules.items()
            if one.evidence is not None and sample not in self.reached  # else it is the same program's word
        ]
        checked = [self.admit(value) for value in given]
        return [one.value for one in checked if isinstance(one, Kept)]

    def signals(self) -> Signals:
        """What the budget is told."""
        values = self.values()
        agreement: Agreement | None = None
        if len(values) > 1:
            agreement = Agreement.SOME if len(set(values)) < len(values) else Agreement.NONE
        return Signals(
            self.traces if self._traces_told() else None, agreement, self.decided(), self.checks > 0
        )

    def decided(self) -> bool:
        """No further attempt can change the answer."""
        return self.verified() or (self.traced and self.settled)

    def why_over(self) -> str:
        """The reason that WorkEnded gives when the stages came to an end by themselves."""
        if self.verified():
            return "verified"
        if self.stop.is_set() and not self.decided():
            return "stopped"
        return "decided" if self.settled else "exhausted"

    def _traces_told(self) -> bool:
        """While programs are in work only the best outcome is final."""
        return self.traced or self.traces is Traces.MINED

    def candidates(self) -> list[Candidate]:
        """Values of rules that Lean has not refuted, in the order of their samples; then those that several
        programs led to, of which one at least computed the asked-for term outright.

        One such program alone is a vote like others, see `votes`.
        """
        ruled = {sample: one for sample, one in sorted(self.rules.items()) if one.evidence is not None}
        found = [
            Candidate(one.fitted.value, one.evidence, one.path) for one in ruled.values() if one.evidence
        ]
        fitted = Counter(one.fitted.value for one in ruled.values())
        outright = Counter(
            one.value
            for sample, one in self.reached.items()
            if sample not in ruled or ruled[sample].fitted.value != one.value
        )
        for value, programs in outright.items():
            if programs + fitted[value] > 1:  # vote.choose adds what the rules contribute
                found.append(Candidate(value, Agreed(programs), "trace"))
        return found

    def best(self) -> Answer:
        """The answer if it had to be given now."""
        outcome = choose(self.candidates(), self.votes(), self.contract)
        if isinstance(outcome, Chosen):
            return Answer(outcome.candidate.value, outcome.candidate.evidence, outcome.candidate.path)
        return GUESS
