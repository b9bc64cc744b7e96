"""What the document about a mined rule claims, and that the real Lean proves it."""

from __future__ import annotations

import pytest

from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.formula import (
    CFinite,
    CFiniteMod,
    Formula,
    Interlaced,
    PartialSum,
    Periodic,
    Polynomial,
    Prefixed,
)
from aimo_pipeline.mine import evaluate
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.outcome import Proved, Rejected, Unsupported
from aimo_pipeline.translate import CompiledProgram, Statement, compile_program, translate
from aimo_pipeline.translate.formula import newton_value
from aimo_pipeline.verify.audit import audit_text

FIBONACCI = CFinite(0, (1, 1), (0, 1))
TERMS = Sequence(0, (0, 1, 1, 2, 3, 5, 8, 13))
FAR = Target(10**18, 99991)
# 1 + 4 + 9 + ... + n^2 in Newton's form at first index 1.
SQUARES = Polynomial(1, (1, 4, 5, 2))
SQUARES_SOURCE = """
def a(n):
    total = 0
    for i in range(1, n + 1):
        total += i * i
    return total
"""


# floor(n^2 / 4), a cycle after an odd first term, and sums of last digits.
COMPOSED = (
    Interlaced(0, (Polynomial(0, (0, 1, 2)), Polynomial(0, (0, 2, 2)))),
    Prefixed(2, (7,), Periodic(3, (3, 1, -4))),
    PartialSum(0, 5, Periodic(0, (1, 3, 9, 7))),
)


def composed_statement(formula: Formula) -> Statement:
    sequence = Sequence(formula.first_index, terms_of(formula, 24))
    answer = evaluate(formula, 10**18, 99991)
    assert isinstance(answer, int)
    made = translate(formula, sequence, FAR, answer, program=None, compared=0)
    assert isinstance(made, Statement)
    return made


def squares_statement() -> Statement:
    terms = tuple(newton_value(SQUARES, t) for t in range(16))
    answer = newton_value(SQUARES, 10**18 - 1) % 99991
    program = compile_program(SQUARES_SOURCE)
    assert isinstance(program, CompiledProgram)
    made = translate(SQUARES, Sequence(1, terms), FAR, answer, program=program, compared=6)
    assert isinstance(made, Statement)
    return made


class TestRefusals:
    """What one document cannot hold is Unsupported, never cut short."""

    @pytest.mark.parametrize(
        ("formula", "sequence", "target"),
        [
            (FIBONACCI, TERMS, Target(1 << 300, 7)),
            (FIBONACCI, TERMS, Target(5_001, None)),
            (FIBONACCI, TERMS, Target(-1, 7)),
            (CFinite(0, (), ()), TERMS, FAR),
            (CFiniteMod(0, 10, (1, 1), (0, 1)), TERMS, FAR),
            (CFinite(0, (1 << 200_000,), (1,)), TERMS, FAR),
            (FIBONACCI, Sequence(0, (0, 1, 1 << 200_000)), FAR),
        ],
    )
    def test_too_large_or_senseless_input_is_unsupported(self, formula, sequence, target) -> None:
        assert isinstance(translate(formula, sequence, target, 1, program=None, compared=0), Unsupported)


class TestClaims:
    """The claims are those that can be made, in a fixed order."""

    def test_a_rule_without_a_program_claims_trace_and_value(self) -> None:
        made = translate(FIBONACCI, TERMS, FAR, 1, program=None, compared=6)
        assert isinstance(made, Statement)
        assert (made.claims, made.compared, made.checked_index) == (("trace", "value"), 0, None)

    @pytest.mark.parametrize("formula", COMPOSED)
    def test_composed_rules_claim_trace_and_value(self, formula: Formula) -> None:
        made = composed_statement(formula)
        assert made.claims == ("trace", "value")
        assert not isinstance(audit_text(made.document), Rejected)

    def test_a_polynomial_with_a_program_claims_everything(self) -> None:
        made = squares_statement()
        assert made.claims == ("trace", "program", "closed_form", "value")
        assert (made.compared, made.checked_index) == (6, 6)

    def test_every_claim_is_a_theorem_and_passes_the_audit(self) -> None:
        made = squares_statement()
        assert set(made.claims) <= {theorem.name for theorem in made.document.theorems}
        assert not isinstance(audit_text(made.document), Rejected)

    def test_no_more_is_compared_than_was_traced(self) -> None:
        program = compile_program("def a(n):\n    return n")
        assert isinstance(program, CompiledProgram)
        made = translate(FIBONACCI, TERMS, FAR, 1, program=program, compared=99)
        assert isinstance(made, Statement) and made.compared == len(TERMS.terms)


@pytest.mark.lean
class TestProofs:
    """A true statement of every kind is proved, claim by claim."""

    def test_every_theorem_about_a_polynomial_is_proved(self, real_lean) -> None:
        check = real_lean.engine.check(squares_statement().document, deadline=real_lean.deadline())
        verdicts = real_lean.run(check)
        assert {name: v for name, v in verdicts.items() if not isinstance(v, Proved)} == {}

    @pytest.mark.parametrize("formula", COMPOSED[:2])
    def test_every_theorem_about_a_composed_rule_is_proved(self, real_lean, formula) -> None:
        check = real_lean.engine.check(composed_statement(formula).document, deadline=real_lean.deadline())
        verdicts = real_lean.run(check)
        assert {name: v for name, v in verdicts.items() if not isinstance(v, Proved)} == {}
