"""Partial products far out, against multiplying out."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.formula import CFinite, Formula, PartialProduct, Periodic, Polynomial, PRecursive
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.far.evaluate import evaluate as evaluate_any
from aimo_pipeline.mine.far.partial_product import as_hypergeometric, value
from aimo_pipeline.mine.far.states import states_of

FIBONACCI = CFinite(1, (1, 1), (1, 1))
FACTORIAL = PartialProduct(0, 1, Polynomial(0, (1, 1)))
PRIME = 10**9 + 7


def evaluate(formula: Formula, index: int, modulus: int | None) -> int | CannotEvaluate:
    """The stage's evaluation, with products sent to the unit under test."""
    if isinstance(formula, PartialProduct):
        return value(formula, index, modulus, evaluate)
    return evaluate_any(formula, index, modulus)


small = st.integers(-4, 4)
ratios = st.one_of(
    st.builds(lambda c, a: CFinite(2, c, a), st.tuples(small, small), st.tuples(small, small)),
    st.builds(lambda c, a: CFinite(2, (c,), (a,)), small, small),
    st.builds(lambda d: Polynomial(2, tuple(d)), st.lists(small, min_size=1, max_size=4)),
    st.builds(lambda c: Periodic(2, tuple(c)), st.lists(small, min_size=1, max_size=4)),
)


class TestNear:
    """Every way to a term agrees with multiplying out."""

    @given(ratios, st.integers(-3, 3), st.integers(0, 20), st.integers(1, 200))
    def test_terms_agree_with_the_definition(
        self, ratio: Formula, start: int, steps: int, modulus: int
    ) -> None:
        rule = PartialProduct(2, start, PartialProduct(2, 3, ratio))
        for product in (rule, rule.ratio):
            assert isinstance(product, PartialProduct)
            term = terms_of(product, steps + 1)[steps]
            assert evaluate(product, steps + 2, None) == term
            assert evaluate(product, steps + 2, modulus) == term % modulus

    @given(ratios, st.integers(2, 60))
    def test_equal_states_are_followed_by_equal_terms(self, ratio: Formula, modulus: int) -> None:
        states = states_of(ratio, modulus)
        assert states is not None
        seen: dict[object, int] = {}
        last: object = None
        for (state, term), expected in zip(states, terms_of(ratio, 60), strict=False):
            assert term == expected % modulus
            assert seen.setdefault(last, term) == term
            last = state

    @given(st.lists(small, min_size=1, max_size=4), st.integers(-3, 3))
    def test_a_polynomial_ratio_is_a_hypergeometric_term(self, differences: list[int], first: int) -> None:
        rule = PartialProduct(first, 5, Polynomial(first, tuple(differences)))
        assert terms_of(as_hypergeometric(rule), 12) == terms_of(rule, 12)


class TestFar:
    """Cycles, zeros and closed forms reach any index; nothing else is guessed."""

    @settings(deadline=None, max_examples=8)
    @given(ratios, st.integers(2, 30))
    def test_a_cycle_of_ratios_reaches_any_index(self, ratio: Formula, modulus: int) -> None:
        rule = PartialProduct(2, 1, ratio)
        index = 70_000  # more factors than are multiplied out at once
        states = states_of(ratio, modulus)
        assert states is not None
        product = 1
        for _, term in zip(range(index - 2), (term for _, term in states), strict=False):
            product = product * term % modulus
        assert evaluate(rule, index, modulus) == product

    def test_geometric_ratios_have_a_closed_form(self) -> None:
        rule = PartialProduct(0, 1, CFinite(0, (4,), (2,)))  # 2^(n^2)
        assert evaluate(rule, 10**18, PRIME) == pow(2, 10**36, PRIME)

    @pytest.mark.parametrize("modulus", [10**6, PRIME, 2**40 * 97, (10**9 + 7) * (10**9 + 9)])
    def test_factorials_vanish_beyond_the_modulus(self, modulus: int) -> None:
        assert evaluate(FACTORIAL, 10**18, modulus) == 0

    def test_products_of_factorials_vanish_too(self) -> None:
        assert evaluate(PartialProduct(0, 1, FACTORIAL), 10**18, PRIME) == 0

    def test_products_of_fibonacci_numbers_vanish_beyond_the_rank_of_apparition(self) -> None:
        assert evaluate(PartialProduct(1, 1, FIBONACCI), 10**18, PRIME) == 0

    def test_odd_factors_never_vanish_modulo_a_power_of_two(self) -> None:
        rule = PartialProduct(0, 1, CFinite(0, (-2, 3), (1, 3)))  # products of 2^i - 1
        expected = math.prod(2**i - 1 for i in range(1, 6)) * pow(-1, 10**18 - 5, 32) % 32
        assert evaluate(rule, 10**18, 32) == expected

    def test_polynomial_ratios_are_handed_on_as_a_hypergeometric_term(self) -> None:
        asked: list[Formula] = []

        def inner(formula: Formula, index: int, modulus: int | None) -> int | CannotEvaluate:
            asked.append(formula)
            return 17 if isinstance(formula, PRecursive) else evaluate(formula, index, modulus)

        big_prime = 2**61 - 1
        assert value(FACTORIAL, 10**8, big_prime, inner) == 17
        assert isinstance(asked[-1], PRecursive)

    def test_what_needs_too_many_factors_is_refused(self) -> None:
        rule = PartialProduct(1, 1, FIBONACCI)
        assert isinstance(evaluate(rule, 10**9, 2**127 - 1), CannotEvaluate)

    def test_an_exact_term_of_too_many_digits_is_refused(self) -> None:
        assert evaluate(FACTORIAL, 3_000, None) == math.factorial(3_000)
        assert isinstance(evaluate(FACTORIAL, 300_000, None), CannotEvaluate)
        assert isinstance(evaluate(FACTORIAL, 10**18, None), CannotEvaluate)
