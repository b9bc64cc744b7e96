"""Far values of rules, drawn at random, as Lean's kernel computes them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.formula import CFinite, Formula, PRecursive
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.outcome import Proved, Refuted
from aimo_pipeline.translate import Statement, translate
from aimo_pipeline.translate.functions import FunctionRule, as_function
from aimo_pipeline.verify.document import LeanDocument
from tests.lean import LONG_CHECK_S
from tests.translate.claims import together

CATALAN = PRecursive(0, ((2, 4), (-2, -1)), (1,))
MOTZKIN = PRecursive(0, ((3, 3), (5, 2), (-4, -1)), (1, 1))
# Two terms more at the start than the recurrence asks for, and it is used from n = 1 on.
HALVED = PRecursive(-1, ((2, 2), (0, -1)), (1, 4, 8))
SIGNS = PRecursive(0, ((1, 1), (1,)), (1,))  # (-1)^n n!
TURNS = PRecursive(0, ((70, -20), (-7, 2)), (1,))  # 10^n, times 2 n - 7 on both sides


def valued(formula: Formula, target: Target, off: int = 0) -> Statement:
    """What is claimed of the term, or of a number beside it."""
    modulus = target.modulus or 10**400
    answer = evaluate(formula, target.index, modulus)
    first = formula.first_index
    terms = tuple(evaluate(formula, n, 10**40) for n in range(first, first + 3))
    shown = tuple(t if t < 10**39 else t - 10**40 for t in terms if isinstance(t, int))
    assert isinstance(answer, int) and len(shown) == len(terms)
    said = (answer + off) % modulus
    made = translate(formula, Sequence(first, shown), target, said, program=None, compared=0)
    assert isinstance(made, Statement)
    return made


def drawn() -> Iterator[tuple[CFinite, Target]]:
    """Recurrences of many orders, with moduli and indices of many sizes."""
    rng = random.Random(5)
    for order, modulus, index in (
        (1, 1, 10**18),
        (1, 2, 0),
        (2, 10**18 + 9, 1),
        (3, 99_991, 10**30),
        (7, 100_000, 10**18 - 1),
        (20, 10**9 + 7, 10**18),
    ):
        coefficients, initial = (tuple(rng.randint(-9, 9) for _ in range(order)) for _ in "ab")
        yield CFinite(0, coefficients, initial), Target(index, modulus)


class TestNaturalSteps:
    """A P-recursive rule is computed on natural numbers where all its terms are, and one sign divides."""

    def test_the_sign_is_that_of_the_last_polynomial(self) -> None:
        found = [as_function(rule, 20) for rule in (CATALAN, MOTZKIN, HALVED)]
        runs = [rule.run for rule in found if isinstance(rule, FunctionRule)]
        assert runs == [
            "polynomials initial (-1) 0 20",
            "polynomials initial (-1) 0 20",
            "polynomials initial (-1) 1 20",
        ]

    @pytest.mark.parametrize(
        ("rule", "steps"),
        [(SIGNS, 1), (replace(SIGNS, initial=(-1,)), 0), (TURNS, 5), (replace(CATALAN, first_index=-1), 3)],
    )
    def test_negative_terms_changing_signs_and_negative_indices_are_left_to_integers(
        self, rule: PRecursive, steps: int
    ) -> None:
        found = as_function(rule, steps)
        assert isinstance(found, FunctionRule) and found.run is None

    def test_a_sign_that_changes_later_is_no_hindrance(self) -> None:
        found = as_function(TURNS, 4)
        assert isinstance(found, FunctionRule) and found.run == "polynomials initial (-1) 0 4"


@pytest.mark.lean
class TestFarValues:
    """The kernel proves the value and refutes the number beside it; nothing follows from a wrong hint."""

    def test_values_of_every_kind(self, real_lean) -> None:
        right = [valued(rule, target) for rule, target in drawn()]
        right += [valued(rule, Target(30, 1_000)) for rule in (CATALAN, MOTZKIN, HALVED, SIGNS)]
        right += [valued(CATALAN, Target(40, None))]
        wrong = [valued(CFinite(0, (1, 1, 2), (0, 1, 5)), Target(10**18, 1_000), off=1)]
        wrong += [valued(rule, Target(30, 1_000), off=1) for rule in (CATALAN, SIGNS)]
        far = valued(CFinite(0, (3, 1, 2), (0, 1, 5)), Target(10**18, 1_000))
        wrong += [replace(far, document=hinted(far.document))]
        document = together([*right, *wrong])
        check = real_lean.engine.check(document, deadline=real_lean.deadline(LONG_CHECK_S))
        found = real_lean.run(check)
        numbers = [found[f"d{place}_value_number"] for place in range(len(right) + len(wrong))]
        values = [found[f"d{place}_value"] for place in range(len(right) + len(wrong))]
        assert all(isinstance(verdict, Proved) for verdict in values[: len(right)])
        assert all(isinstance(verdict, Refuted) for verdict in numbers[len(right) :])
        assert not any(isinstance(verdict, Proved) for verdict in values[len(right) :])


def hinted(document: LeanDocument) -> LeanDocument:
    """The same document with another series in it."""
    definitions = document.definitions.replace("series : List Int := [", "series : List Int := [1, ")
    assert definitions != document.definitions
    return replace(document, definitions=definitions)
