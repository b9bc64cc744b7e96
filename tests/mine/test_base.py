"""When a fit counts as evidence."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import CFinite, Polynomial
from aimo_pipeline.mine.base import (
    bits_per_term,
    holds_out,
    is_slope,
    weakness_of_recurrence,
    weakness_of_unit_roots,
)
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.linear.cfinite import integer_recurrence
from aimo_pipeline.mine.linear.polynomial import leading_differences

CONFIG = MineConfig()
SMALL = st.integers(-5, 5)


class TestHoldout:
    """A rule with h spare terms is the rule that one finds without the last h terms."""

    @given(st.lists(SMALL, min_size=1, max_size=4), st.data())
    def test_a_recurrence_is_fixed_by_twice_its_order_terms(
        self, coefficients: list[int], data: st.DataObject
    ) -> None:
        order = len(coefficients)
        initial = data.draw(st.tuples(*[SMALL] * order))
        terms = terms_of(CFinite(0, tuple(coefficients), initial), 30)
        found = integer_recurrence(terms, 10)
        assert found is not None
        spare = 30 - 2 * len(found)
        assert holds_out(2 * len(found), 30, spare) and not holds_out(2 * len(found), 30, spare + 1)
        assert integer_recurrence(terms[: 30 - spare], 10) == found

    @given(st.lists(SMALL, min_size=1, max_size=6))
    def test_a_polynomial_is_fixed_by_degree_plus_one_terms(self, differences: list[int]) -> None:
        terms = terms_of(Polynomial(0, tuple(differences)), 30)
        found = leading_differences(terms, 20)
        assert found is not None
        assert terms_of(Polynomial(0, found), 30) == terms
        assert terms_of(Polynomial(0, terms_to_differences(terms[: len(found)])), 30) == terms


def terms_to_differences(terms: tuple[int, ...]) -> tuple[int, ...]:
    """All leading differences, by the alternating sum that defines them."""
    return tuple(
        sum((-1) ** (j - i) * math.comb(j, i) * terms[i] for i in range(j + 1)) for j in range(len(terms))
    )


class TestWeakness:
    """Spare terms must reach the configured minimum and the order; unit roots need more."""

    def test_ten_spare_terms_are_enough_for_a_low_order(self) -> None:
        assert weakness_of_recurrence(2, 14, CONFIG) is None

    def test_nine_spare_terms_are_not(self) -> None:
        assert weakness_of_recurrence(2, 13, CONFIG) == "order 2 has 9 spare terms, needs 10"

    def test_a_high_order_needs_as_many_spare_terms_as_its_order(self) -> None:
        assert weakness_of_recurrence(14, 41, CONFIG) is not None
        assert weakness_of_recurrence(14, 42, CONFIG) is None

    def test_unit_roots_need_the_larger_minimum(self) -> None:
        squares_by_parity = tuple(n * n // 4 for n in range(28))
        assert weakness_of_unit_roots(4, squares_by_parity, CONFIG) is None
        assert weakness_of_unit_roots(4, squares_by_parity[:-1], CONFIG) is not None

    def test_two_valued_terms_carry_one_bit_each(self) -> None:
        assert bits_per_term((0, 1) * 10) == 1.0

    def test_few_distinct_values_need_more_terms(self) -> None:
        assert weakness_of_unit_roots(4, (0, 0, 2, 2) * 12, CONFIG) is None
        assert weakness_of_unit_roots(4, ((0, 0, 2, 2) * 12)[:-1], CONFIG) is not None

    def test_a_slope_with_a_long_period_could_be_irrational(self) -> None:
        floors = tuple(22 * n // 7 for n in range(100))
        steps = tuple(b - a for a, b in pairwise(floors))
        for weakness in (weakness_of_unit_roots(8, floors, CONFIG), weakness_of_unit_roots(7, steps, CONFIG)):
            assert weakness is not None and "irrational" in weakness

    def test_halves_are_believed_after_twenty_four_periods(self) -> None:
        assert weakness_of_unit_roots(3, tuple(n // 2 for n in range(48)), CONFIG) is None
        assert weakness_of_unit_roots(3, tuple(n // 2 for n in range(47)), CONFIG) is not None


class TestIsSlope:
    """Balanced words, and no others, are the steps of a line rounded down."""

    @given(st.integers(-50, 50), st.integers(2, 12), st.integers(-20, 20))
    def test_a_rational_line_has_balanced_steps(self, rise: int, period: int, shift: int) -> None:
        floors = [(rise * n + shift) // period for n in range(60)]
        steps = tuple(b - a for a, b in pairwise(floors))
        assert is_slope(steps, period) is (rise % period != 0)

    @pytest.mark.parametrize("word", [(0, 0, 1, 1), (0, 2), (1, 1, 0, 0, 0), (3, 3)])
    def test_other_words_are_no_slopes(self, word: tuple[int, ...]) -> None:
        assert not is_slope(word * 12, len(word))
