"""One wrong term is named and nothing is accepted."""

from __future__ import annotations

import asyncio
import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.domain import Sequence
from aimo_pipeline.mine import mine
from aimo_pipeline.outcome import Found, MineOutcome, NothingFits, OutlierSuspected


def mined(terms: list[int], first_index: int = 0) -> MineOutcome:
    deadline = Deadline.after(60.0, FakeClock())
    return asyncio.run(mine(Sequence(first_index, tuple(terms)), deadline=deadline, config=MineConfig()))


def fibonacci(count: int) -> list[int]:
    terms = [0, 1]
    while len(terms) < count:
        terms.append(terms[-1] + terms[-2])
    return terms


TRUE = {
    "squares": [n * n for n in range(40)],
    "Fibonacci numbers": fibonacci(40),
    "Fibonacci numbers modulo ten": [term % 10 for term in fibonacci(60)],
    "a cycle": [(3, 1, 4, 1, 5)[n % 5] for n in range(60)],
    "floors of n sqrt 2": [math.isqrt(2 * n * n) for n in range(60)],
    "quarter squares": [n * n // 4 for n in range(80)],
}


class TestSuspect:
    """Where all terms but one obey a strong rule, that one and what it should be are named."""

    @pytest.mark.parametrize("name", TRUE)
    @pytest.mark.parametrize("share", [0.0, 0.1, 0.45, 0.6, 0.97])
    @pytest.mark.parametrize("error", [-1, 1000])
    def test_it_names_a_corrupted_term(self, name: str, share: float, error: int) -> None:
        place = int(share * len(TRUE[name]))
        terms = list(TRUE[name])
        terms[place] += error
        outcome = mined(terms, first_index=5)
        assert isinstance(outcome, OutlierSuspected | NothingFits) or place == 0
        if isinstance(outcome, OutlierSuspected):
            assert (outcome.index, outcome.expected) == (5 + place, TRUE[name][place])

    @pytest.mark.parametrize("name", ["squares", "Fibonacci numbers"])
    @pytest.mark.parametrize("place", range(0, 40, 3))
    def test_it_misses_none_in_a_long_plain_sequence(self, name: str, place: int) -> None:
        terms = list(TRUE[name])
        terms[place] += 7
        outcome = mined(terms)
        assert isinstance(outcome, OutlierSuspected) or isinstance(outcome, Found) and place == 0

    def test_the_rule_without_the_term_is_kept(self) -> None:
        outcome = mined([*TRUE["squares"][:30], 7, *TRUE["squares"][31:]])
        assert isinstance(outcome, OutlierSuspected)
        assert outcome.without_it.family == "polynomial" and outcome.without_it.spare >= 10

    def test_two_wrong_terms_are_no_outlier(self) -> None:
        terms = list(TRUE["squares"])
        terms[10], terms[30] = 7, 7
        assert isinstance(mined(terms), NothingFits)

    def test_a_sequence_without_a_rule_has_no_outlier(self) -> None:
        assert isinstance(mined([int(n * math.pi) for n in range(48)]), NothingFits)


class TestHiddenIn:
    """A rule that could have taken a wrong term in is not accepted if changing that one mends it."""

    def test_a_prefix_of_one_that_could_be_a_wrong_first_term(self) -> None:
        outcome = mined([9, *fibonacci(20)[1:]])
        assert isinstance(outcome, OutlierSuspected) and (outcome.index, outcome.expected) == (0, 0)

    def test_a_prefix_that_no_single_term_explains(self) -> None:
        outcome = mined([7, -3, *fibonacci(40)[3:]])
        assert isinstance(outcome, Found)

    def test_a_prefix_without_a_way_back(self) -> None:
        assert isinstance(mined([1, *(3 * 2**n for n in range(40))]), Found)  # 1, 3, 6, 12, ...: no 3/2

    @pytest.mark.parametrize("place", range(1, 8))
    def test_rules_on_digits_hide_nothing(self, place: int) -> None:
        terms = list(range(48))
        terms[place] += 1
        outcome = mined(terms)
        assert isinstance(outcome, OutlierSuspected) and outcome.index == place

    @pytest.mark.parametrize("base", [2, 3, 4, 5])
    @pytest.mark.parametrize("count", [32, 48, 64])
    def test_a_larger_rule_on_digits_takes_no_wrong_last_term_in(self, base: int, count: int) -> None:
        def digit_sum(n: int) -> int:
            return n % base + digit_sum(n // base) if n else 0

        terms = [digit_sum(n) for n in range(count)]
        for last in {0, terms[-1] + 1, max(0, terms[-1] - 1)} - {terms[-1]}:
            assert not isinstance(mined([*terms[:-1], last]), Found)


class TestWrongLastTerm:
    """What is left of the true last term, if anything, is no modulus."""

    @given(
        st.sampled_from(["Fibonacci numbers", "squares", "2^n + n", "quarter squares", "cake numbers"]),
        st.integers(18, 40),
        st.fractions(0, 1),
    )
    @settings(max_examples=80, deadline=None)
    def test_no_rule_is_accepted(self, name: str, count: int, share: Fraction) -> None:
        growing = {
            "Fibonacci numbers": fibonacci(count),
            "squares": [n * n for n in range(count)],
            "2^n + n": [2**n + n for n in range(count)],
            "quarter squares": [n * n // 4 for n in range(count)],
            "cake numbers": [math.comb(n, 3) + n + 1 for n in range(count)],
        }
        *others, last = growing[name]
        assert not isinstance(mined([*others, min(last - 1, int(share * last))]), Found)
