"""What is stated: the program, compiled to Lean, and a document on it and the rule.

Each step that a program or a rule does not pass is in the journal, with the reason.
"""

from __future__ import annotations

from dataclasses import replace

from aimo_pipeline.domain import Problem
from aimo_pipeline.observe.events import TranslateFinished
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.outcome import Unsupported
from aimo_pipeline.proof.fitted import Fitted
from aimo_pipeline.translate import (
    CompiledProgram,
    Statement,
    compile_general,
    compile_program,
    translate,
)
from aimo_pipeline.verify.document import natively


def compiled(problem: Problem, fitted: Fitted, *, all_n: bool, journal: Journal) -> CompiledProgram | None:
    """The trace program in Lean; None where it is outside the subset.

    Args:
        problem, fitted: whose program.
        all_n: state program = rule for every index where the program allows it.
        journal: told of it.
    """
    made = compile_program(fitted.traced.source)
    if isinstance(made, Unsupported):
        journal.write(TranslateFinished(problem.id, fitted.sample, False, made.reason, made.line))
        return None
    journal.write(TranslateFinished(problem.id, fitted.sample, True, "", None))
    # Its loop is what the statement for all n is made from.
    return made if all_n else replace(made, loop=None)


def stated(
    problem: Problem, fitted: Fitted, program: CompiledProgram | None, compared: int, journal: Journal
) -> Statement | None:
    """The document that claims the value, with program and rule compared at so many indices.

    Returns:
        None where the rule has no form in Lean; the journal is told why.
    """
    traced = fitted.traced
    rendered = translate(
        fitted.found.formula,
        traced.sequence,
        traced.target,
        fitted.value,
        program=program,
        compared=compared,
    )
    if isinstance(rendered, Unsupported):
        journal.write(TranslateFinished(problem.id, fitted.sample, False, rendered.reason, None))
        return None
    return rendered


def stated_for_code(
    problem: Problem, fitted: Fitted, program: CompiledProgram | None, compared: int, journal: Journal
) -> Statement | None:
    """The same claims; what the program gives is computed by code that Lean compiles.

    Of the program's general form, where it has one: the form on natural numbers hands each call what comes
    after it, which the kernel never sees the end of, but in code is a frame more on the stack.
    """
    if program is not None and program.natural:
        general = compile_general(fitted.traced.source)
        program = program if isinstance(general, Unsupported) else general
    statement = stated(problem, fitted, program, compared, journal)
    return statement and replace(statement, document=natively(statement.document, "program_values"))
