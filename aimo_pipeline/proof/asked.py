"""Lean is asked: the document is in the journal before, every theorem's verdict after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.domain import Problem
from aimo_pipeline.observe.events import CheckStarted, StatementChecked, VerifyFinished
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.outcome import Compiled, Proved, Refuted, Rejected, Unknown, Verdict
from aimo_pipeline.proof.fitted import Fitted
from aimo_pipeline.translate import Statement
from aimo_pipeline.verify.document import Theorem, document_text
from aimo_pipeline.verify.engine import Engine


async def verdicts_on(
    problem: Problem,
    fitted: Fitted,
    statement: Statement,
    *,
    engine: Engine,
    deadline: Deadline,
    journal: Journal,
    clock: Clock,
) -> Mapping[str, Verdict]:
    """Lean's verdict on each theorem of a statement, by name."""
    document = journal.keep(document_text(statement.document))
    place = (problem.id, fitted.sample, engine.name)
    names = tuple(theorem.name for theorem in statement.document.theorems)
    journal.write(CheckStarted(*place, document, names))
    began_s = clock.now_s()
    verdicts = await engine.check(statement.document, deadline=deadline)
    seconds = round(clock.now_s() - began_s, 3)
    words = {name: _word(verdict) for name, verdict in verdicts.items()}
    journal.write(
        VerifyFinished(
            *place,
            {name: word for name, (word, _) in words.items()},
            {name: message for name, (_, message) in words.items() if message},
            seconds,
        )
    )
    journal.write(*(_checked((*place, document), one, verdicts) for one in statement.document.theorems))
    return verdicts


def _checked(
    place: tuple[str, int, str, str], theorem: Theorem, verdicts: Mapping[str, Verdict]
) -> StatementChecked:
    """A theorem that Lean saw, with its verdict and, where the engine can tell, its axioms."""
    verdict = verdicts.get(theorem.name, Unknown(""))
    word, message = _word(verdict)
    axioms = verdict.axioms if isinstance(verdict, Proved | Compiled) else None
    return StatementChecked(*place, theorem.name, theorem.statement, word, axioms, message)


def _word(verdict: Verdict) -> tuple[str, str]:
    """The verdict and its reason, as the journal has them."""
    match verdict:
        case Proved():
            return "proved", ""
        case Compiled():
            return "compiled", ""
        case Refuted(message=message):
            return "refuted", message
        case Unknown(reason=reason):
            return "unknown", reason
        case Rejected(reason=reason):
            return "rejected", reason
    assert_never(verdict)
