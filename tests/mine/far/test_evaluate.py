"""Far evaluation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.formula import CFinite, Formula, Polynomial
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.far.evaluate import MAX_BITS, evaluate

FIBONACCI = CFinite(0, (1, 1), (0, 1))
SMALL = st.integers(-30, 30)


@st.composite
def recurrences(draw: st.DrawFn) -> CFinite:
    order = draw(st.integers(0, 5))
    vectors = st.tuples(*[SMALL] * order)
    return CFinite(draw(SMALL), draw(vectors), draw(vectors))


@st.composite
def polynomials(draw: st.DrawFn) -> Polynomial:
    return Polynomial(draw(SMALL), tuple(draw(st.lists(SMALL, min_size=1, max_size=8))))


def by_definition(formula: Formula, steps: int) -> int:
    """The term `steps` after the first, as slowly as can be."""
    if isinstance(formula, Polynomial):
        column = list(formula.differences)
        for _ in range(steps):
            column = [a + b for a, b in zip(column, [*column[1:], 0], strict=True)]
        return column[0]
    terms = list(formula.initial)
    for n in range(steps + 1 - formula.order):
        terms.append(sum(c * terms[n + i] for i, c in enumerate(formula.coefficients)))
    return terms[steps]


def fast_doubling(n: int, modulus: int) -> tuple[int, int]:
    """F(n) and F(n + 1), by an algorithm that has nothing in common with far.py."""
    if n == 0:
        return 0, 1
    a, b = fast_doubling(n // 2, modulus)
    c, d = a * (2 * b - a) % modulus, (a * a + b * b) % modulus
    return (d, (c + d) % modulus) if n % 2 else (c, d)


class TestEvaluate:
    """evaluate agrees with plain iteration, for any modulus and for none."""

    @given(recurrences() | polynomials(), st.integers(0, 60), st.integers(1, 10**6))
    def test_it_agrees_with_iteration_modulo_anything(
        self, formula: Formula, steps: int, modulus: int
    ) -> None:
        wanted = by_definition(formula, steps) % modulus
        assert evaluate(formula, formula.first_index + steps, modulus) == wanted

    @given(recurrences() | polynomials(), st.integers(0, 60))
    def test_it_agrees_with_iteration_exactly(self, formula: Formula, steps: int) -> None:
        assert evaluate(formula, formula.first_index + steps, None) == by_definition(formula, steps)

    @pytest.mark.parametrize("modulus", [2, 10**5, 10**9 + 7, 2**64, 6**30])
    def test_fibonacci_at_ten_to_the_eighteen(self, modulus: int) -> None:
        assert evaluate(FIBONACCI, 10**18, modulus) == fast_doubling(10**18, modulus)[0]

    @pytest.mark.parametrize("modulus", [10**5, 2**20, 30030])
    def test_binomials_whose_denominators_share_factors_with_the_modulus(self, modulus: int) -> None:
        n = 10**18
        wanted = n * (n - 1) * (n - 2) * (n - 3) // 24 % modulus
        assert evaluate(Polynomial(0, (0, 0, 0, 0, 1)), n, modulus) == wanted

    def test_negative_terms_have_a_floored_remainder(self) -> None:
        assert evaluate(CFinite(0, (-2,), (1,)), 3, 5) == 2

    def test_everything_is_zero_modulo_one(self) -> None:
        assert evaluate(FIBONACCI, 10**18, 1) == 0

    def test_a_quasi_polynomial_is_exact_at_ten_to_the_eighteen(self) -> None:
        rule = CFinite(0, (1, -2, 1, 0, 0, 0, 0, -1, 2), tuple(n * n // 7 for n in range(9)))
        assert evaluate(rule, 10**18, None) == 10**36 // 7


class TestRefusals:
    """What has no value, or none that fits in memory, is refused with a reason."""

    @pytest.mark.parametrize("formula", [CFinite(3, (2,), (1,)), Polynomial(3, (1, 1))])
    def test_an_index_before_the_first(self, formula: Formula) -> None:
        assert isinstance(evaluate(formula, 2, 7), CannotEvaluate)

    @pytest.mark.parametrize("modulus", [0, -7])
    def test_a_modulus_below_one(self, modulus: int) -> None:
        assert isinstance(evaluate(FIBONACCI, 5, modulus), CannotEvaluate)

    @pytest.mark.parametrize("index", [4_800_000, 10**18])
    def test_an_exact_term_of_more_than_a_million_digits(self, index: int) -> None:
        assert isinstance(evaluate(FIBONACCI, index, None), CannotEvaluate)

    def test_a_term_of_just_under_a_million_digits_is_given(self) -> None:
        value = evaluate(CFinite(0, (2,), (1,)), MAX_BITS - 1, None)
        assert value == 1 << (MAX_BITS - 1)

    def test_an_index_beyond_any_honest_problem(self) -> None:
        assert isinstance(evaluate(FIBONACCI, 1 << 10_000, 7), CannotEvaluate)

    def test_initial_terms_that_do_not_match_the_order(self) -> None:
        assert isinstance(evaluate(CFinite(0, (1, 1), (1,)), 5, 7), CannotEvaluate)
