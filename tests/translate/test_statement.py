"""What the document about a mined rule claims, and that the real Lean proves it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.formula import (
    CFinite,
    CFiniteMod,
    Formula,
    Interlaced,
    KRegular,
    PartialSum,
    Periodic,
    Polynomial,
    PRecursive,
    Prefixed,
)
from aimo_pipeline.mine import evaluate
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.outcome import Proved, Refuted, Rejected, Unknown, Unsupported
from aimo_pipeline.translate import CompiledProgram, Statement, compile_program, translate
from aimo_pipeline.translate.closed import closed_sum
from aimo_pipeline.translate.formula import newton_value
from aimo_pipeline.translate.recurrence import as_recurrence
from aimo_pipeline.translate.theorems import closed_terms
from aimo_pipeline.verify.audit import audit_text
from tests.lean import LONG_CHECK_S
from tests.translate.claims import together

FIBONACCI = CFinite(0, (1, 1), (0, 1))
TRIBONACCI = CFinite(0, (1, 1, 1), (0, 1, 1))
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


# floor(n^2 / 4), a cycle after an odd first term, n 3^n + (-3)^n, and sums of last digits.
COMPOSED = (
    Interlaced(0, (Polynomial(0, (0, 1, 2)), Polynomial(0, (0, 2, 2)))),
    Prefixed(2, (7,), Periodic(3, (3, 1, -4))),
    CFinite(0, (27, 9, -3), (1, 0, 27)),
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
            (PRecursive(0, ((2, 4), (-2, -1)), (1,)), TERMS, FAR),
            (KRegular(0, 2, (((1,),), ((1,),)), (1,), (1,), 1), TERMS, Target(-1, 7)),
            (KRegular(0, 2, (((1,),), ((1,),)), (1,) * 20, (1,) * 20, 1), TERMS, FAR),
            (CFinite(0, (1 << 200_000,), (1,)), TERMS, FAR),
            (FIBONACCI, Sequence(0, (0, 1, 1 << 200_000)), FAR),
        ],
    )
    def test_too_large_or_senseless_input_is_unsupported(self, formula, sequence, target) -> None:
        assert isinstance(translate(formula, sequence, target, 1, program=None, compared=0), Unsupported)

    @pytest.mark.parametrize(
        ("formula", "where"),
        [
            (PRecursive(0, ((0,), (-3, 1)), (1,)), " at n = 3"),
            (PRecursive(-9, ((0,), (0,)), (0, 0)), " at n = -8"),
            (KRegular(0, 2, (((1,),), ((1,),)), (1,), (1,), 0), ""),
        ],
    )
    def test_a_rule_that_divides_by_zero_is_told_with_the_place(self, formula: Formula, where: str) -> None:
        made = translate(formula, TERMS, Target(5, 7), 0, program=None, compared=0)
        assert made == Unsupported(f"the rule divides by zero{where}", None)

    def test_a_zero_that_the_target_does_not_need_is_no_hindrance(self) -> None:
        rule = PRecursive(0, ((0,), (-3, 1)), (1,))
        made = translate(rule, TERMS, Target(3, 7), 0, program=None, compared=0)
        assert isinstance(made, Statement)


class TestClaims:
    """The claims are those that can be made, in a fixed order."""

    def test_a_rule_without_a_program_claims_trace_and_value(self) -> None:
        made = translate(TRIBONACCI, TERMS, FAR, 1, program=None, compared=6)
        assert isinstance(made, Statement)
        assert (made.claims, made.compared, made.checked_index) == (("trace", "value"), 0, None)

    def test_irrational_roots_of_order_2_have_a_closed_form(self) -> None:
        made = translate(FIBONACCI, TERMS, FAR, 1, program=None, compared=6)
        assert isinstance(made, Statement) and made.claims == ("trace", "closed_form", "value")
        closed = next(t for t in made.document.theorems if t.name == "closed_form")
        assert closed.statement == (
            "∀ n : Nat, 2 ^ n * rule coefficients initial n = "
            "(rootPow 5 (1, 1) n).1 * 0 + (rootPow 5 (1, 1) n).2 * 2"
        )

    @pytest.mark.parametrize("formula", COMPOSED)
    def test_composed_rules_claim_a_closed_form(self, formula: Formula) -> None:
        made = composed_statement(formula)
        assert made.claims == ("trace", "closed_form", "value")
        assert not isinstance(audit_text(made.document), Rejected)

    def test_a_polynomial_with_a_program_claims_everything(self) -> None:
        made = squares_statement()
        assert made.claims == ("trace", "program", "program_all", "closed_form", "value")
        assert (made.compared, made.checked_index) == (6, 6)

    def test_every_claim_is_a_theorem_and_passes_the_audit(self) -> None:
        made = squares_statement()
        assert set(made.claims) <= {theorem.name for theorem in made.document.theorems}
        assert not isinstance(audit_text(made.document), Rejected)

    def test_beyond_the_traced_terms_the_program_is_held_to_the_rule(self) -> None:
        program = compile_program("def a(n):\n    return n")
        assert isinstance(program, CompiledProgram)
        made = translate(FIBONACCI, TERMS, FAR, 1, program=program, compared=11)
        assert isinstance(made, Statement)
        assert (made.compared, made.checked_index) == (11, 10)
        assert "compared : List Int := [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55]" in made.document.definitions

    def test_a_loop_with_other_terms_than_the_rule_is_not_claimed_for_every_index(self) -> None:
        program = compile_program("def a(n):\n    return n")
        assert isinstance(program, CompiledProgram) and program.loop is not None
        made = translate(FIBONACCI, TERMS, FAR, 1, program=program, compared=6)
        assert isinstance(made, Statement) and made.claims == ("trace", "program", "closed_form", "value")

    def test_an_answer_that_is_no_residue_is_unsupported(self) -> None:
        assert isinstance(translate(FIBONACCI, TERMS, FAR, 99991, program=None, compared=0), Unsupported)


FIBONACCI_LOOP = """
def a(n):
    if n < 2:
        return n
    x, y = 0, 1
    for i in range(2, n + 1):
        x, y = y, x + y
    return y
"""
TRIANGLES = "def a(n):\n    k = n + 1\n    return n * k // 2\n"
FOUR_NAMES = """
SHIFT = 3
def a(n):
    p, q, r = 1, 0, 0
    for k in range(n):
        q = q + p * SHIFT
        p, r = 2 * p - r, q + k
    total = p + 2 * q
    return total - r
"""


def loop_statement(source: str) -> Statement:
    """The program and the recurrence that it is."""
    program = compile_program(source)
    assert isinstance(program, CompiledProgram) and program.loop is not None
    space: dict = {}
    exec(source, space)
    terms = tuple(space["a"](n) for n in range(12))
    rule = CFinite(0, program.loop.coefficients, terms[: len(program.loop.coefficients)])
    answer = evaluate(rule, 10**18, 99991)
    assert isinstance(answer, int)
    made = translate(rule, Sequence(0, terms), FAR, answer, program=program, compared=8)
    assert isinstance(made, Statement) and "program_all" in made.claims
    return made


# The binary digits of n, counted: (1, 0) times a matrix for each digit.
BIT_SUM = KRegular(0, 2, (((1, 0), (0, 1)), ((1, 1), (0, 1))), (1, 0), (0, 1), 1)
BIT_SUM_SOURCE = """
def a(n):
    total = 0
    while n > 0:
        total += n % 2
        n //= 2
    return total
"""
# (n + 2) C(n + 1) = (4 n + 2) C(n).
CATALAN = PRecursive(0, ((2, 4), (-2, -1)), (1,))
CATALAN_SOURCE = """
def a(n):
    c = [1]
    for m in range(1, n + 1):
        c.append(sum(c[k] * c[m - 1 - k] for k in range(m)))
    return c[n]
"""


def function_statement(formula: Formula, source: str, target: Target) -> Statement:
    space: dict = {}
    exec(source, space)
    program = compile_program(source)
    assert isinstance(program, CompiledProgram)
    terms = tuple(space["a"](n) for n in range(20))
    answer = space["a"](target.index) % target.modulus
    made = translate(formula, Sequence(0, terms), target, answer, program=program, compared=6)
    assert isinstance(made, Statement) and made.claims == ("trace", "program", "exact", "value")
    return made


class TestFunctions:
    """k-regular and P-recursive rules make the same claims, and that nothing was rounded."""

    @pytest.mark.parametrize(
        ("formula", "source", "target"),
        [(BIT_SUM, BIT_SUM_SOURCE, FAR), (CATALAN, CATALAN_SOURCE, Target(60, 99991))],
    )
    def test_their_documents_pass_the_audit(self, formula: Formula, source: str, target: Target) -> None:
        made = function_statement(formula, source, target)
        assert not isinstance(audit_text(made.document), Rejected)
        assert set(made.claims) <= {theorem.name for theorem in made.document.theorems}


def wrongly_closed() -> list[Statement]:
    """Three closed forms with a number changed: no solution, another one, and no Fibonacci numbers."""
    whole = composed_statement(COMPOSED[0])
    form = closed_sum(as_rule(COMPOSED[0]))
    assert form is not None and form.terms[0].parts == ((0, 0, 1), (-1, 0, 1)) and form.scale == 4
    changed = []
    for parts in (((0, 0, 1), (-1, 1, 1)), ((1, 0, 1), (0, 0, 1))):
        other = replace(form, terms=(replace(form.terms[0], parts=parts),))
        definitions = whole.document.definitions.replace(closed_terms(form), closed_terms(other))
        assert definitions != whole.document.definitions
        changed.append(replace(whole, document=replace(whole.document, definitions=definitions)))
    fibonacci = translate(FIBONACCI, TERMS, FAR, fibonacci_far(), program=None, compared=0)
    assert isinstance(fibonacci, Statement)
    theorems = tuple(
        replace(t, statement=t.statement.replace("* 2", "* 3"), proof=t.proof.replace(" 5 2 ", " 5 3 "))
        for t in fibonacci.document.theorems
    )
    return [*changed, replace(fibonacci, document=replace(fibonacci.document, theorems=theorems))]


def as_rule(formula: Formula) -> CFinite:
    rule = as_recurrence(formula)
    assert isinstance(rule, CFinite)
    return rule


def fibonacci_far() -> int:
    answer = evaluate(FIBONACCI, FAR.index, 99991)
    assert isinstance(answer, int)
    return answer


@pytest.mark.lean
class TestProofs:
    """A true statement of every kind is proved, claim by claim."""

    def test_every_theorem_about_every_kind_is_proved(self, real_lean) -> None:
        loops = [loop_statement(source) for source in (FIBONACCI_LOOP, TRIANGLES, FOUR_NAMES)]
        composed = [composed_statement(formula) for formula in COMPOSED[:3]]
        functions = [
            function_statement(BIT_SUM, BIT_SUM_SOURCE, FAR),
            function_statement(CATALAN, CATALAN_SOURCE, Target(60, 99991)),
        ]
        statements = [squares_statement(), *loops, *composed, *functions]
        document = together([*statements, *wrongly_closed()])
        check = real_lean.engine.check(document, deadline=real_lean.deadline(LONG_CHECK_S))
        verdicts = real_lean.run(check)
        failed = {name: type(v) for name, v in verdicts.items() if not isinstance(v, Proved)}
        first = len(statements)
        assert failed == {
            f"d{first}_closed_recurs": Refuted,
            f"d{first}_closed_starts": Refuted,
            f"d{first}_closed_form": Unknown,
            f"d{first + 1}_closed_starts": Refuted,
            f"d{first + 1}_closed_form": Unknown,
            f"d{first + 2}_closed_form": Refuted,
        }
