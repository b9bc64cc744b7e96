"""The miner for recurrences with polynomial coefficients."""

from __future__ import annotations

import math
import random
from math import comb, factorial

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import PRecursive
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.holonomic.precursive import PRecursiveMiner
from aimo_pipeline.outcome import FitOutcome, Found, NothingFits

CONFIG = MineConfig()
RANGE = range(70)

HYPERGEOMETRIC = {
    "factorials": [factorial(n) for n in RANGE],
    "Catalan": [comb(2 * n, n) // (n + 1) for n in RANGE],
    "central binomials": [comb(2 * n, n) for n in RANGE],
    "ternary trees": [comb(3 * n, n) // (2 * n + 1) for n in RANGE],
    "n n!": [n * factorial(n) for n in RANGE],
    "(n^2 + n + 1) n!": [(n * n + n + 1) * factorial(n) for n in RANGE],
    "(3n)! / n!^3": [factorial(3 * n) // factorial(n) ** 3 for n in RANGE],
}
SUMS = {
    "Apery": [sum((comb(n, k) * comb(n + k, k)) ** 2 for k in range(n + 1)) for n in RANGE],
    "Franel": [sum(comb(n, k) ** 3 for k in range(n + 1)) for n in RANGE],
    "fourth powers": [sum(comb(n, k) ** 4 for k in range(n + 1)) for n in RANGE],
    "Delannoy": [sum(comb(n, k) * comb(n + k, k) for k in range(n + 1)) for n in RANGE],
    "Motzkin": [sum(comb(n, 2 * k) * comb(2 * k, k) // (k + 1) for k in range(n // 2 + 1)) for n in RANGE],
    "trinomials": [sum(comb(n, 2 * k) * comb(2 * k, k) for k in range(n // 2 + 1)) for n in RANGE],
    "involutions": [
        sum(factorial(n) // (2**k * factorial(k) * factorial(n - 2 * k)) for k in range(n // 2 + 1))
        for n in RANGE
    ],
    "derangements": [sum((-1) ** k * factorial(n) // factorial(k) for k in range(n + 1)) for n in RANGE],
    "Laguerre": [sum(comb(n, k) ** 2 * factorial(n - k) for k in range(n + 1)) for n in RANGE],
    "left factorials": [sum(factorial(k) for k in range(n)) for n in RANGE],
    "n! + 2^n": [factorial(n) + 2**n for n in RANGE],
    "Catalan at even places": [0 if n % 2 else comb(n, n // 2) // (n // 2 + 1) for n in RANGE],
    "sets of lists": [
        sum(comb(n - 1, k - 1) * factorial(n) // factorial(k) for k in range(1, n + 1)) or 1 for n in RANGE
    ],
}
KNOWN = HYPERGEOMETRIC | SUMS


def find(terms: list[int], first_index: int = 0) -> FitOutcome:
    return PRecursiveMiner().find(tuple(terms), first_index, CONFIG)


class TestKnownSequences:
    """From 40 terms the rule is found, and it predicts the next 30."""

    @pytest.mark.parametrize("name", KNOWN)
    @pytest.mark.parametrize("first_index", [0, -3, 10**18])
    def test_it_predicts(self, name: str, first_index: int) -> None:
        outcome = find(KNOWN[name][:40], first_index)
        assert isinstance(outcome, Found) and outcome.formula.first_index == first_index
        assert terms_of(outcome.formula, 70) == tuple(KNOWN[name])

    @pytest.mark.parametrize("name", HYPERGEOMETRIC)
    def test_a_hypergeometric_term_has_order_one(self, name: str) -> None:
        outcome = find(KNOWN[name][:40])
        assert isinstance(outcome, Found) and isinstance(outcome.formula, PRecursive)
        assert outcome.formula.order == 1

    def test_catalans_rule_is_the_textbooks(self) -> None:
        outcome = find(KNOWN["Catalan"][:20])
        assert isinstance(outcome, Found)
        assert outcome.formula == PRecursive(0, ((-2, -4), (2, 1)), (1,))
        assert (outcome.unknowns, outcome.spare) == (4, 16)

    def test_where_the_leading_coefficient_vanishes_the_term_is_initial(self) -> None:
        outcome = find(KNOWN["n n!"][:20])
        assert isinstance(outcome, Found)
        assert outcome.formula == PRecursive(0, ((-1, -2, -1), (0, 1)), (0, 1))


@st.composite
def recurrent(draw: st.DrawFn) -> list[int]:
    """a(n + k) = sum of polynomials in n times the terms before it, not C-finite."""
    order = draw(st.integers(1, 3))
    polynomials = draw(
        st.lists(st.lists(st.integers(-3, 3), min_size=2, max_size=3), min_size=order, max_size=order)
    )
    assume(polynomials[0][-1] != 0)
    terms = draw(st.lists(st.integers(1, 5), min_size=order, max_size=order))
    for n in range(60):
        terms.append(
            sum(
                sum(c * n**j for j, c in enumerate(p)) * a
                for p, a in zip(polynomials, terms[n:], strict=True)
            )
        )
    return terms


class TestProperties:
    """What is found is true, and stays found."""

    @settings(max_examples=60, deadline=None)
    @given(recurrent(), st.integers(8, 45))
    def test_a_found_rule_predicts_and_more_terms_keep_it(self, terms: list[int], count: int) -> None:
        early, late = find(terms[:count]), find(terms[:50])
        if isinstance(early, Found):
            assert terms_of(early.formula, 60) == tuple(terms[:60])
            assert isinstance(late, Found) and terms_of(late.formula, 60) == tuple(terms[:60])

    @settings(max_examples=120, deadline=None)
    @given(st.sampled_from(sorted(KNOWN)), st.integers(12, 45), st.data())
    def test_a_corrupted_term_is_not_accepted(self, name: str, count: int, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, count - 1))
        error = data.draw(st.integers(-50, 50).filter(bool))
        corrupted = KNOWN[name][:count]
        corrupted[place] += error
        outcome = find(corrupted)
        # The first number of sets of lists, 1, is a convention that no equation sees; 0 would do as well.
        assert isinstance(outcome, NothingFits) or (name == "sets of lists" and place == 0)

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.integers(), max_size=40), st.integers())
    def test_nothing_raises(self, terms: list[int], first_index: int) -> None:
        outcome = find(terms, first_index)
        if isinstance(outcome, Found):
            assert terms_of(outcome.formula, len(terms)) == tuple(terms)


def bell_numbers(count: int) -> list[int]:
    row, numbers = [1], [1]
    while len(numbers) < count:
        new = [row[-1]]
        for entry in row:
            new.append(new[-1] + entry)
        row = new
        numbers.append(row[0])
    return numbers


NO_RULE = {
    "primes": [n for n in range(2, 400) if all(n % d for d in range(2, n))][:60],
    "Bell numbers": bell_numbers(60),
    "n^n": [n**n for n in range(60)],
    "2^(n^2)": [2 ** (n * n) for n in range(60)],
    "noise": [random.Random(1).randrange(10**6) for _ in range(60)],
    "floor(n sqrt 2)": [math.isqrt(2 * n * n) for n in range(60)],
    "floor(n e) + 2^n": [int(n * math.e) + 2**n for n in range(32)],
    "n floor(n sqrt 39)": [n * math.isqrt(39 * n * n) for n in range(40)],
    "digits of 2^500": [int(digit) for digit in str(2**500)][:60],
    "Catalan modulo 7": [comb(2 * n, n) // (n + 1) % 7 for n in range(60)],
    "Fibonacci": [round(((1 + 5**0.5) / 2) ** n / 5**0.5) for n in range(50)],
    "zeros": [0] * 40,
}


class TestNoRule:
    """Sequences without a rule of this family are turned away, and so are those of other families."""

    @pytest.mark.parametrize("name", NO_RULE)
    @pytest.mark.parametrize("count", [0, 1, 3, 8, 15, 24, 60])
    def test_it_abstains_on(self, name: str, count: int) -> None:
        assert isinstance(find(NO_RULE[name][:count]), NothingFits)

    def test_few_terms_are_too_few(self) -> None:
        assert isinstance(find(KNOWN["Apery"][:16]), NothingFits)
        assert isinstance(find(KNOWN["Apery"][:17]), Found)

    def test_zeros_are_not_counted_as_evidence(self) -> None:
        aerated = KNOWN["Catalan at even places"]
        assert isinstance(find(aerated[:20]), NothingFits) and isinstance(find(aerated[:22]), Found)

    def test_terms_of_a_hundred_thousand_digits_are_answered(self) -> None:
        huge = 10**100_000
        assert isinstance(find([huge // (n + 7) for n in range(48)]), NothingFits)
        assert isinstance(find([huge * factorial(n) for n in range(30)]), Found)
