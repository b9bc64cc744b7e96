"""The events of one problem, made from what the stages hand over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from aimo_pipeline.answer.contract import check
from aimo_pipeline.answer.vote import admitted
from aimo_pipeline.budget.watch import Watch
from aimo_pipeline.config import Effort
from aimo_pipeline.domain import Answer, Guessed, Problem
from aimo_pipeline.fresh import Held
from aimo_pipeline.mine.describe import describe
from aimo_pipeline.mine.parameters import to_json
from aimo_pipeline.observe.events import (
    AnswerGiven,
    AttemptFinished,
    CandidateMined,
    CandidateStood,
    EffortChosen,
    MineFinished,
    ProblemStarted,
    RouteFinished,
    SignalsLooked,
    TraceFinished,
    VoteCounted,
)
from aimo_pipeline.outcome import (
    Ambiguous,
    Attempted,
    AttemptOutcome,
    Found,
    MineOutcome,
    NoAnswer,
    OutlierSuspected,
    OutOfContract,
    Traced,
    TraceFailed,
    TraceOutcome,
)
from aimo_pipeline.solving.case import Case
from aimo_pipeline.trace.generate import Program


def started(problem: Problem, grant_s: float) -> ProblemStarted:
    """A problem came in."""
    size = len(problem.text)
    return ProblemStarted(problem.id, problem.sha256, problem.text, size, round(grant_s, 3))


def routed(case: Case, source: str, seconds: float) -> RouteFinished:
    """A problem was classified; what is asked comes from the contract, which reads the text."""
    route, contract = case.route, case.contract
    asked = (contract.asked.value, contract.modulus)
    subject = (route.subject.value, route.traceable, route.tier)
    return RouteFinished(case.problem.id, *subject, *asked, source, round(seconds, 3))


def effort_chosen(problem_id: str, stage: str, effort: Effort, left_s: float) -> EffortChosen:
    """How much is tried from now on."""
    return EffortChosen(
        problem_id,
        stage,
        effort.name,
        round(left_s, 3),
        effort.trace_samples,
        effort.attempts,
        effort.turns,
        effort.reasoning,
        effort.lean_compared,
        effort.all_n,
        effort.alongside,
    )


def trace_finished(problem_id: str, program: Program, outcome: TraceOutcome, seconds: float) -> TraceFinished:
    """A trace program ended."""
    place = (problem_id, program.sample)
    match outcome:
        case Traced(sequence=sequence):
            terms = tuple(hex(term) for term in sequence.terms)  # hex, because decimal is capped by Python
            return TraceFinished(
                *place, "ok", "", sequence.first_index, terms, round(seconds, 3), program.turn
            )
        case TraceFailed(cause=cause, message=message, line=line):
            where = f"line {line}: {message}" if line else message
            return TraceFinished(*place, cause, where, None, (), round(seconds, 3), program.turn)


def candidates_mined(
    problem_id: str, sample: int, mined: MineOutcome, held: Held
) -> Iterator[CandidateMined]:
    """Every rule that reproduced the terms, and what became of it when fresh terms came."""

    def candidate(rule: Found, standing: str) -> CandidateMined:
        said = (standing, rule.family, describe(rule.formula), to_json(rule.formula))
        return CandidateMined(problem_id, sample, *said, rule.unknowns, rule.spare, round(rule.bits, 1), None)

    match mined:
        case Found(rivals=rivals):
            yield candidate(mined, "found" if isinstance(held.outcome, Found) else "contradicted")
            for rival in rivals:
                said = ("rival", rival.family, describe(rival.formula), to_json(rival.formula))
                measures = (None, None, round(rival.bits, 1), rival.differs_at)
                yield CandidateMined(problem_id, sample, *said, *measures)
        case Ambiguous(rivals=rules):
            for rule in rules:
                yield candidate(rule, "found" if rule == held.outcome else "one of several")
        case OutlierSuspected(without_it=rule):
            yield candidate(rule, "but for one term")


def mine_finished(problem_id: str, sample: int, result: Held, seconds: float) -> MineFinished:
    """A sequence was mined, and its rule held to fresh terms."""
    outcome, asked = result.outcome, (result.wanted, result.agreed)
    if not isinstance(outcome, Found):
        none = (None, None, None, None)
        return MineFinished(problem_id, sample, *none, (), *asked, outcome.reason, round(seconds, 4))
    rivals = tuple(rival.family for rival in outcome.rivals)
    measures = (outcome.unknowns, outcome.spare, round(outcome.bits, 1))
    odd = "" if outcome.odd_first is None else f"the first term is odd: the rule says {outcome.odd_first:#x}"
    return MineFinished(problem_id, sample, outcome.family, *measures, rivals, *asked, odd, round(seconds, 4))


def attempt_finished(problem_id: str, sample: int, outcome: AttemptOutcome) -> AttemptFinished:
    """An attempt ended."""
    match outcome:
        case Attempted(value=value, source=source, turns=turns):
            measures = (outcome.entropy, outcome.tokens)
            return AttemptFinished(problem_id, sample, hex(value), source, turns, "", *measures)
        case NoAnswer(cause=cause, turns=turns, detail=detail):
            return AttemptFinished(problem_id, sample, None, cause, turns, detail, None, None)


def looked(problem_id: str, watch: Watch, lead_s: float) -> SignalsLooked:
    """The budget looked at what a problem has shown."""
    traces, agreement = watch.signals.told()
    return SignalsLooked(
        problem_id,
        round(watch.elapsed_s, 3),
        traces,
        agreement,
        watch.signals.decided,
        watch.signals.checking,
        round(watch.stop_s(lead_s), 3),
        watch.going_on(lead_s),
    )


def stood(case: Case, answer: Answer) -> Iterator[CandidateStood | VoteCounted]:
    """What there was to choose from; votes as they count, so reduced where the problem asks for that."""
    for one in case.candidates():
        evidence = type(one.evidence).__name__
        yield CandidateStood(case.problem.id, hex(one.value), evidence, str(one.evidence), one.path)
    given, refused = admitted(case.votes(), case.contract)
    checked = [check(one.value, case.contract) for one in case.candidates()]
    rejected = dict.fromkeys([*(one.reason for one in checked if isinstance(one, OutOfContract)), *refused])
    votes = {hex(value): str(count) for value, count in Counter(one.value for one in given).items()}
    chosen = None if isinstance(answer.evidence, Guessed) else hex(answer.value)
    yield VoteCounted(case.problem.id, chosen, votes, len(case.votes()), tuple(rejected))


def answered(problem: Problem, answer: Answer, seconds: float) -> AnswerGiven:
    """The integer that goes back."""
    evidence = type(answer.evidence).__name__
    return AnswerGiven(
        problem.id, answer.value, evidence, str(answer.evidence), answer.path, round(seconds, 3)
    )
