"""The only file that knows the order of the stages.

    route → trace → mine → evaluate → translate → verify → answer
                 ↘ dead end, or nothing verified → tir ↗

Every stage edge has a boundary: a bug in one stage costs that stage's contribution, not the answer. A
best-so-far answer exists before the first await, and running out of time means choosing among what is there.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

from aimo_pipeline.answer.contract import Contract, Kept, OutOfContract, check, read_contract
from aimo_pipeline.answer.vote import choose
from aimo_pipeline.config import Config
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.domain import Answer, Candidate, Fits, Guessed, Problem, is_verified
from aimo_pipeline.errors import SandboxUnavailable, StageError, UserError, boundary
from aimo_pipeline.fresh import Held, hold_to_fresh_terms
from aimo_pipeline.llm.completer import Completer
from aimo_pipeline.llm.journaled import JournaledCompleter
from aimo_pipeline.llm.open import open_completer
from aimo_pipeline.mine import CannotEvaluate, evaluate, mine
from aimo_pipeline.observe.events import (
    AnswerGiven,
    AttemptFinished,
    Cancelled,
    CandidateStood,
    MineFinished,
    ProblemStarted,
    RouteFinished,
    SandboxReady,
    StageEnded,
    StageFailed,
    StageStarted,
    TraceFinished,
    VoteCounted,
)
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.outcome import (
    Attempted,
    AttemptOutcome,
    Chosen,
    Found,
    NoAnswer,
    Traced,
    TraceFailed,
    TraceOutcome,
)
from aimo_pipeline.proof import Fitted, Lean, Prover
from aimo_pipeline.route.classify import route
from aimo_pipeline.tir.attempts import reason
from aimo_pipeline.trace.generate import generate
from aimo_pipeline.trace.journaled import JournaledPrograms
from aimo_pipeline.trace.run import run_trace
from aimo_pipeline.trace.sandbox import Sandbox

_GUESS = 0
# Programs are stopped a little before the problem's own end, so that what they had printed still counts.
_LAST_WORD_S = 0.5
_LAST_WORD_SHARE = 0.1


@dataclass
class _Case:
    """What is known about one problem so far.

    Attributes:
        fitted: rules found, one for each distinct trace program.
        candidates: integers with their evidence, in the order of `fitted`.
        reached: values of traces that came as far as the asked-for index; each counts as a vote.
        attempts: outcomes of tool-integrated reasoning.
    """

    problem: Problem
    deadline: Deadline
    fitted: list[Fitted] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    reached: list[Attempted] = field(default_factory=list)
    attempts: list[AttemptOutcome] = field(default_factory=list)

    @cached_property
    def contract(self) -> Contract:
        """What the problem asks for."""
        return read_contract(self.problem.text)

    def may_win(self, value: int) -> bool:
        """Whether an integer can be the answer at all."""
        return isinstance(check(value, self.contract), Kept)

    def verified(self) -> bool:
        """Nothing stronger can be had by going on."""
        return any(is_verified(candidate.evidence) for candidate in self.candidates)

    def best(self) -> Answer:
        """The answer if it had to be given now."""
        outcome = choose(self.candidates, (*self.reached, *self.attempts), self.contract)
        if isinstance(outcome, Chosen):
            return Answer(outcome.candidate.value, outcome.candidate.evidence, outcome.candidate.path)
        return Answer(_GUESS, Guessed(), "guess")


class Solver:
    """Answers problems one after another; made by open_solver."""

    def __init__(
        self,
        config: Config,
        *,
        completer: Completer,
        lean: Lean,
        sandbox: Sandbox,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._config, self._sandbox, self._journal, self._clock = config, sandbox, journal, clock
        self._completer = JournaledCompleter(completer, journal)
        self._prover = Prover(config, lean=lean, sandbox=sandbox, journal=journal, clock=clock)

    async def solve(self, problem: Problem, *, deadline: Deadline) -> Answer:
        """Find an answer and its evidence.

        Args:
            problem: any text, also empty or malformed.
            deadline: when the answer must be there.

        Returns:
            An integer in 0..99999 in any case; Guessed when nothing supports it.

        Raises:
            CancelledError: only that.
        """
        began_s = self._clock.now_s()
        case = _Case(problem, deadline.earlier(self._config.budget.answer_reserve_s))
        size, grant_s = len(problem.text), deadline.remaining_s()
        self._journal.write(ProblemStarted(problem.id, problem.sha256, problem.text, size, round(grant_s, 3)))
        await self._work(case)
        answer = Answer(_GUESS, Guessed(), "guess")
        with self._stage(problem, "answer"):
            answer = case.best()
            for event in _vote_events(case, answer):
                self._journal.write(event)
        evidence = type(answer.evidence).__name__
        seconds = self._clock.now_s() - began_s
        self._journal.write(
            AnswerGiven(
                problem.id, answer.value, evidence, str(answer.evidence), answer.path, round(seconds, 3)
            )
        )
        return answer

    async def _work(self, case: _Case) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(loop.time() + case.deadline.remaining_s()):
                await self._stages(case)
        except TimeoutError:
            self._journal.write(Cancelled(case.problem.id, "deadline"))
        except asyncio.CancelledError:
            self._journal.write(Cancelled(case.problem.id, "outside"))
            raise

    async def _stages(self, case: _Case) -> None:
        traceable = True
        with self._stage(case.problem, "route"):
            routed = await route(case.problem, deadline=case.deadline)
            traceable = routed.traceable
            self._journal.write(RouteFinished(case.problem.id, routed.subject, traceable))
        if traceable:
            await self._trace_all(case)
            await self._prove_all(case)
        if not case.verified():
            await self._reason(case)

    async def _trace_all(self, case: _Case) -> None:
        seen: set[str] = set()
        for sample in range(self._config.trace.samples):
            with self._stage(case.problem, "trace"):
                code = await generate(
                    case.problem, sample=sample, completer=self._completer, deadline=case.deadline
                )
                if code is None:
                    return
                # The same text again is not an independent program.
                if code not in seen:
                    seen.add(code)
                    await self._trace(case, sample, code)

    async def _trace(self, case: _Case, sample: int, code: str) -> None:
        began_s = self._clock.now_s()
        deadline = _for_programs(case.deadline)
        outcome = await run_trace(
            code, sandbox=self._sandbox, deadline=deadline, config=self._config.trace, owner=case.problem.id
        )
        self._journal.write(_trace_event(case.problem.id, sample, outcome, self._clock.now_s() - began_s))
        if isinstance(outcome, Traced):
            case.reached += _reached(outcome)
            await self._mine(case, sample, outcome)

    async def _mine(self, case: _Case, sample: int, traced: Traced) -> None:
        began_s = self._clock.now_s()
        with self._stage(case.problem, "mine"):
            outcome = await mine(
                traced.sequence,
                deadline=case.deadline,
                config=self._config.mine,
                targets=(traced.target,),
            )
            result = await hold_to_fresh_terms(
                outcome,
                traced,
                sandbox=self._sandbox,
                deadline=_for_programs(case.deadline),
                config=self._config.trace,
                owner=case.problem.id,
            )
            seconds = self._clock.now_s() - began_s
            self._journal.write(_mine_event(case.problem.id, sample, result, seconds))
            if isinstance(result.outcome, Found):
                self._evaluate(case, sample, traced, result.outcome)

    def _evaluate(self, case: _Case, sample: int, traced: Traced, found: Found) -> None:
        value = evaluate(found.formula, traced.target.index, traced.target.modulus)
        if isinstance(value, CannotEvaluate):
            self._journal.write(StageFailed(case.problem.id, "evaluate", "CannotEvaluate", value.reason))
            return
        case.fitted.append(Fitted(sample, traced, found, value))
        case.candidates.append(Candidate(value, Fits(found.spare), f"trace>mine:{found.family}"))

    async def _prove_all(self, case: _Case) -> None:
        """Let Lean look at the rules; one verified program for each value is enough."""
        verified: set[int] = set()
        refuted: set[int] = set()
        for place, fitted in enumerate(case.fitted):
            if fitted.value in verified or not case.may_win(fitted.value):
                continue
            with self._stage(case.problem, "verify"):
                evidence = await self._prover.evidence(case.problem, fitted, deadline=case.deadline)
                if evidence is None:
                    refuted.add(place)
                elif is_verified(evidence):
                    verified.add(fitted.value)
                    path = case.candidates[place].path + ">lean"
                    case.candidates[place] = replace(case.candidates[place], evidence=evidence, path=path)
        case.candidates = [one for place, one in enumerate(case.candidates) if place not in refuted]

    async def _reason(self, case: _Case) -> None:
        with self._stage(case.problem, "tir"):
            outcomes = await reason(
                case.problem,
                completer=self._completer,
                sandbox=self._sandbox,
                deadline=_for_programs(case.deadline),
                config=self._config.tir,
                may_win=case.may_win,
                ended=case.attempts,
            )
            case.attempts[:] = outcomes  # in the order of the samples
            for number, outcome in enumerate(case.attempts):
                self._journal.write(_attempt_event(case.problem.id, number, outcome))

    @contextmanager
    def _stage(self, problem: Problem, name: str) -> Iterator[None]:
        """One stage edge: what breaks inside is journalled, and the pipeline goes on."""
        began_s = self._clock.now_s()
        self._journal.write(StageStarted(problem.id, name))
        try:
            with boundary(name):
                yield
        except StageError as error:
            self._journal.write(StageFailed(problem.id, error.stage, error.cause, str(error)))
        finally:
            self._journal.write(StageEnded(problem.id, name, round(self._clock.now_s() - began_s, 4)))


def _for_programs(deadline: Deadline) -> Deadline:
    return deadline.earlier(min(_LAST_WORD_S, _LAST_WORD_SHARE * deadline.remaining_s()))


def _reached(traced: Traced) -> list[Attempted]:
    """The asked-for term, where the program computed it outright: one program's word, so one vote."""
    place = traced.target.index - traced.sequence.first_index
    if place >= len(traced.sequence.terms):
        return []
    value = traced.sequence.terms[place]
    modulus = traced.target.modulus
    return [Attempted(value if modulus is None else value % modulus, "trace", 1)]


def _trace_event(problem_id: str, sample: int, outcome: TraceOutcome, seconds: float) -> TraceFinished:
    match outcome:
        case Traced(sequence=sequence):
            terms = tuple(hex(term) for term in sequence.terms)  # hex, because decimal is capped by Python
            return TraceFinished(problem_id, sample, "ok", "", sequence.first_index, terms, round(seconds, 3))
        case TraceFailed(cause=cause, message=message, line=line):
            where = f"line {line}: {message}" if line else message
            return TraceFinished(problem_id, sample, cause, where, None, (), round(seconds, 3))


def _mine_event(problem_id: str, sample: int, result: Held, seconds: float) -> MineFinished:
    outcome, asked = result.outcome, (result.wanted, result.agreed)
    if not isinstance(outcome, Found):
        none = (None, None, None, None)
        return MineFinished(problem_id, sample, *none, (), *asked, outcome.reason, round(seconds, 4))
    rivals = tuple(rival.family for rival in outcome.rivals)
    measures = (outcome.unknowns, outcome.spare, round(outcome.bits, 1))
    return MineFinished(problem_id, sample, outcome.family, *measures, rivals, *asked, "", round(seconds, 4))


def _vote_events(case: _Case, answer: Answer) -> Iterator[CandidateStood | VoteCounted]:
    """What there was to choose from."""
    for one in case.candidates:
        evidence = type(one.evidence).__name__
        yield CandidateStood(case.problem.id, hex(one.value), evidence, str(one.evidence), one.path)
    outcomes = (*case.reached, *case.attempts)
    counts = Counter(one.value for one in outcomes if isinstance(one, Attempted))
    values = [*counts, *(one.value for one in case.candidates)]
    checked = (check(value, case.contract) for value in dict.fromkeys(values))
    rejected = tuple(one.reason for one in checked if isinstance(one, OutOfContract))
    votes = {hex(value): str(count) for value, count in counts.items()}
    chosen = None if isinstance(answer.evidence, Guessed) else hex(answer.value)
    yield VoteCounted(case.problem.id, chosen, votes, len(outcomes), rejected)


def _attempt_event(problem_id: str, number: int, outcome: AttemptOutcome) -> AttemptFinished:
    match outcome:
        case Attempted(value=value, source=source, turns=turns):
            return AttemptFinished(problem_id, number, hex(value), source, turns, "")
        case NoAnswer(cause=cause, turns=turns, detail=detail):
            return AttemptFinished(problem_id, number, None, cause, turns, detail)


@asynccontextmanager
async def open_solver(config: Config, *, journal: Journal, clock: Clock) -> AsyncIterator[Solver]:
    """Everything that solving needs, for as long as the block lasts.

    Lean and the model's server start in the background; the first problem that needs one waits for it.

    Raises:
        UserError: the recordings cannot be read, or programs cannot be confined on this machine.
    """
    async with (
        open_completer(config.llm, journal=journal, clock=clock) as completer,
        Lean.opened(config.verify, journal=journal, clock=clock) as lean,
        _sandbox(config, journal=journal, clock=clock) as sandbox,
    ):
        yield Solver(config, completer=completer, lean=lean, sandbox=sandbox, journal=journal, clock=clock)


@asynccontextmanager
async def _sandbox(config: Config, *, journal: Journal, clock: Clock) -> AsyncIterator[Sandbox]:
    async with AsyncExitStack() as stack:
        began_s = clock.now_s()
        try:
            programs = JournaledPrograms(journal)
            opened = Sandbox.opened(config.sandbox, clock=clock, observer=programs)
            sandbox = await stack.enter_async_context(opened)
        except SandboxUnavailable as error:
            raise UserError(f"{error}; AIMO_SANDBOX=lenient runs programs with what there is") from error
        journal.write(SandboxReady(sandbox.protections.lines(), round(clock.now_s() - began_s, 2)))
        yield sandbox
