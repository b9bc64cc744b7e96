"""The miner for cycles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Periodic, Prefixed
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.linear.periodic import PeriodicMiner
from aimo_pipeline.outcome import FitOutcome, Found, NothingFits

CONFIG = MineConfig()
cycles = st.lists(st.integers(-9, 9), min_size=1, max_size=12).map(tuple)


def find(terms: tuple[int, ...]) -> FitOutcome:
    return PeriodicMiner().find(terms, 2, CONFIG)


class TestPeriodicMiner:
    """A cycle is believed when it is seen often, and its terms say enough."""

    def test_the_first_index_and_the_cycle_come_back(self) -> None:
        outcome = find((3, 1, 4, 1, 5, 9) * 4)
        assert isinstance(outcome, Found)
        assert (outcome.formula, outcome.spare) == (Periodic(2, (3, 1, 4, 1, 5, 9)), 18)

    def test_an_odd_first_term_is_a_prefix(self) -> None:
        outcome = find((7, *(3, 1, 4, 1, 5, 9) * 7))
        assert isinstance(outcome, Found)
        assert outcome.formula == Prefixed(2, (7,), Periodic(3, (3, 1, 4, 1, 5, 9)))

    @pytest.mark.parametrize("count", [60, 61, 80])
    def test_a_longer_preperiod_needs_a_cycle_beyond_doubt(self, count: int) -> None:
        start, cycle = (8, 0, 5, 7, 2, 2, 6), (3, 1, 4, 1, 5, 9)
        truth = (*start, *cycle * 20)
        outcome = find(truth[:count])
        assert isinstance(outcome, Found) and terms_of(outcome.formula, 100) == truth[:100]
        assert isinstance(find(truth[:30]), NothingFits)
        assert isinstance(find((*range(20), *cycle * 7)), NothingFits)  # more than a share of the terms

    @given(cycles, st.integers(20, 60))
    def test_what_is_found_predicts_the_cycle(self, cycle: tuple[int, ...], count: int) -> None:
        truth = (cycle * 80)[:80]
        outcome = find(truth[:count])
        if isinstance(outcome, Found):
            assert terms_of(outcome.formula, 80) == truth
            assert isinstance(find(truth), Found)

    @given(cycles, st.integers(1, 59), st.integers(1, 9))
    def test_a_corrupted_term_is_never_accepted(self, cycle: tuple[int, ...], place: int, error: int) -> None:
        terms = list((cycle * 60)[:60])
        terms[place] += error
        assert isinstance(find(tuple(terms)), NothingFits)

    def test_two_odd_terms_are_passed_over_where_the_cycle_is_beyond_doubt(self) -> None:
        found = find((7, 8, *(3, 1, 4, 1, 5, 9) * 9))
        assert isinstance(found, Found) and isinstance(found.formula, Prefixed)
        assert found.formula.prefix == (7, 8)

    @pytest.mark.parametrize("prefix", [(5, 7), (1, 7, 9)])
    def test_a_single_wrong_term_is_not_passed_over(self, prefix: tuple[int, ...]) -> None:
        assert isinstance(find((*prefix, *(3, 1, 4, 1, 5, 9) * 9)), NothingFits)

    def test_two_odd_terms_need_four_periods_and_many_bits(self) -> None:
        assert isinstance(find((7, 8, *(3, 1, 4, 1, 5, 9) * 3, 3)), NothingFits)
        assert isinstance(find((7, 8, *(0, 0, 0, 1) * 10)), NothingFits)

    def test_four_odd_terms_are_too_many_for_few_periods(self) -> None:
        assert isinstance(find((7, 8, 8, 8, *(3, 1, 4, 1, 5, 9) * 3)), NothingFits)

    def test_a_constant_is_left_to_polynomials(self) -> None:
        assert find((5,) * 60) == NothingFits("it is a constant")

    @pytest.mark.parametrize("terms", [(), (1,), (1, 2), (0,) * 3, (1, 2, 3) * 3])
    def test_few_terms_are_not_enough(self, terms: tuple[int, ...]) -> None:
        assert isinstance(find(terms), NothingFits)
