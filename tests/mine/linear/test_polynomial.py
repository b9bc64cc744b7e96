"""The polynomial miner."""

from __future__ import annotations

import pytest

from aimo_pipeline.config import MineConfig
from aimo_pipeline.config.mine_linear import PolynomialRules
from aimo_pipeline.formula import Polynomial, Prefixed
from aimo_pipeline.mine.integers import SIEVE_PRIME
from aimo_pipeline.mine.linear.polynomial import PolynomialMiner, leading_differences
from aimo_pipeline.outcome import FitOutcome, Found, NothingFits

CONFIG = MineConfig()


def find(terms: tuple[int, ...]) -> FitOutcome:
    return PolynomialMiner().find(terms, 3, CONFIG)


class TestLeadingDifferences:
    """Newton's differences stop at the degree."""

    def test_cubes_have_four(self) -> None:
        assert leading_differences(tuple(n**3 for n in range(8)), 6) == (0, 1, 6, 6)

    def test_a_constant_has_one_even_if_it_is_zero(self) -> None:
        assert leading_differences((0, 0, 0), 2) == (0,)

    def test_powers_of_two_have_no_degree(self) -> None:
        assert leading_differences(tuple(2**n for n in range(20)), 18) is None


class TestPolynomialMiner:
    """Degree d needs d + 1 terms and enough spare ones."""

    def test_it_finds_newtons_form_from_the_first_index(self) -> None:
        terms = tuple(n * n - 7 * n for n in range(3, 16))
        outcome = find(terms)
        assert isinstance(outcome, Found)
        assert (outcome.formula, outcome.spare) == (Polynomial(3, (-12, 0, 2)), 10)

    def test_nine_spare_terms_are_too_few(self) -> None:
        assert isinstance(find(tuple(n * n for n in range(12))), NothingFits)

    @pytest.mark.parametrize(("count", "found"), [(21, False), (22, True)])
    def test_a_line_needs_twenty_spare_terms(self, count: int, found: bool) -> None:
        assert isinstance(find(tuple(range(count))), Found) is found

    @pytest.mark.parametrize("constant", [0, 7, -3])
    def test_a_constant_needs_eighty_spare_terms(self, constant: int) -> None:
        assert isinstance(find((constant,) * 80), NothingFits)
        outcome = find((constant,) * 81)
        assert isinstance(outcome, Found)
        assert (outcome.formula, outcome.spare) == (Polynomial(3, (constant,)), 80)

    def test_terms_that_repeat_their_steps_too_often_are_refused(self) -> None:
        strict = MineConfig(polynomial=PolynomialRules(min_distinct_differences=14))
        outcome = PolynomialMiner().find(tuple(n**3 - 9 * n * n for n in range(14)), 0, strict)
        assert isinstance(outcome, NothingFits) and "distinct" in outcome.reason

    def test_an_odd_first_term_is_a_prefix_and_costs_a_quarter_more(self) -> None:
        terms = (99, *(n * n for n in range(15)))
        outcome = find(terms)
        assert isinstance(outcome, Found)
        assert outcome.formula == Prefixed(3, (99,), Polynomial(4, (0, 1, 2)))
        assert isinstance(find(terms[:-1]), NothingFits)

    def test_a_later_odd_term_is_not_accepted(self) -> None:
        assert isinstance(find((0, 99, *(n * n for n in range(2, 40)))), NothingFits)

    def test_huge_terms_that_only_the_sieve_takes_for_a_polynomial(self) -> None:
        terms = tuple(n * n + SIEVE_PRIME * (n == 20) for n in range(40))
        assert isinstance(find(terms), NothingFits)

    @pytest.mark.parametrize("terms", [(), (1,), (1, 2)])
    def test_hardly_any_terms_are_an_outcome(self, terms: tuple[int, ...]) -> None:
        assert isinstance(find(terms), NothingFits)
