"""One digit changed anywhere, and Lean refutes it: a real run of Lean for each corruption."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.formula import CFinite
from aimo_pipeline.outcome import Proved, Refuted, Verdict
from aimo_pipeline.translate import CompiledProgram, Statement, compile_program, translate
from aimo_pipeline.translate.formula import power_residue

# Tilings of a 2 x n board by dominoes and squares, counted by the column.
RULE = CFinite(0, (-1, 1, 3), (1, 2, 7))
SOURCE = """
def a(n):
    state = [1, 0, 0, 0]
    for column in range(n):
        filled = [0, 0, 0, 0]
        for mask in range(4):
            ways = state[mask]
            if mask == 0:
                filled[0] += 2 * ways
                filled[1] += ways
                filled[2] += ways
                filled[3] += ways
            elif mask == 3:
                filled[0] += ways
            else:
                filled[0] += ways
                filled[3 - mask] += ways
        state = filled
    return state[0]
"""
TARGET = Target(10**18, 99991)


def python_terms(count: int) -> tuple[int, ...]:
    space: dict = {}
    exec(SOURCE, space)
    return tuple(space["a"](n) for n in range(count))


def far_value() -> int:
    assert TARGET.modulus is not None
    residue = power_residue(RULE, TARGET.index, TARGET.modulus)
    return sum(r * s for r, s in zip(residue, RULE.initial, strict=True)) % TARGET.modulus


def verdicts(real_lean, rule: CFinite, terms: tuple[int, ...], answer: int) -> Mapping[str, Verdict]:
    program = compile_program(SOURCE)
    assert isinstance(program, CompiledProgram)
    made = translate(rule, Sequence(0, terms), TARGET, answer, program=program, compared=4)
    assert isinstance(made, Statement)
    return real_lean.run(real_lean.engine.check(made.document, deadline=real_lean.deadline()))


@pytest.mark.lean
class TestCorruption:
    """With one number changed, the theorem about it is Refuted, and no other claim is harmed."""

    def test_a_changed_traced_value_is_refuted(self, real_lean) -> None:
        terms = python_terms(20)
        found = verdicts(real_lean, RULE, (*terms[:12], terms[12] + 1, *terms[13:]), far_value())
        assert isinstance(found["trace_values"], Refuted)
        assert not isinstance(found["trace"], Proved)

    def test_a_changed_coefficient_is_refuted(self, real_lean) -> None:
        rule = CFinite(0, (-1, 1, 4), RULE.initial)
        found = verdicts(real_lean, rule, python_terms(20), far_value())
        assert isinstance(found["trace_values"], Refuted)
        assert isinstance(found["program_rule"], Refuted)
        assert not isinstance(found["program"], Proved)

    def test_a_changed_digit_of_the_answer_is_refuted(self, real_lean) -> None:
        answer = far_value()
        wrong = answer - 10 if answer // 10 % 10 else answer + 10
        found = verdicts(real_lean, RULE, python_terms(20), wrong)
        assert isinstance(found["value_number"], Refuted)
        assert not isinstance(found["value"], Proved)
        assert isinstance(found["trace"], Proved)
        assert isinstance(found["program"], Proved)
