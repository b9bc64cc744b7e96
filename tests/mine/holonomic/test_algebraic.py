"""The miner for algebraic generating functions, and their far terms."""

from __future__ import annotations

import math
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Algebraic
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.far.algebraic import proved_recurrence, value
from aimo_pipeline.mine.holonomic.algebraic import AlgebraicMiner
from aimo_pipeline.mine.holonomic.newton import continued
from aimo_pipeline.mine.linear.cfinite import CFiniteMiner
from aimo_pipeline.outcome import FitOutcome, Found, NothingFits

CONFIG = MineConfig()
RANGE = range(300)


def find(terms: list[int], first_index: int = 0) -> FitOutcome:
    return AlgebraicMiner().find(tuple(terms), first_index, CONFIG)


def tree_numbers(kinds: list[tuple[int, int, int]], count: int) -> list[int]:
    """y = 1 + sum of c x^j y^i over the (c, j, i), j >= 1, coefficient by coefficient."""
    y = [1]
    powers = [[1]] + [[1] for _ in range(max(i for _, _, i in kinds))]
    for n in range(1, count):
        y.append(sum(c * powers[i][n - j] for c, j, i in kinds if 0 <= n - j < len(powers[i])))
        powers[0].append(0)
        for i in range(1, len(powers)):
            powers[i].append(sum(a * b for a, b in zip(y, reversed([*powers[i - 1][: n + 1]]), strict=True)))
    return y


def quadratic(a: int, b: int, c: int, d: int, count: int) -> list[int]:
    """y = a + b x + x (c y + d y^2), coefficient by coefficient."""
    y = [a]
    for n in range(count - 1):
        square = sum(y[k] * y[n - k] for k in range(n + 1))
        y.append(c * y[n] + d * square + (b if n == 0 else 0))
    return y


KNOWN = {
    "Catalan": [comb(2 * n, n) // (n + 1) for n in RANGE],
    "Motzkin": tree_numbers([(1, 1, 1), (1, 2, 2)], 300),
    "Schroeder": tree_numbers([(1, 1, 1), (1, 1, 2)], 300),
    "ternary trees": [comb(3 * n, n) // (2 * n + 1) for n in RANGE],
    "Catalan's convolution": [2 * comb(2 * n + 1, n) // (n + 2) for n in RANGE],
    "central binomials": [comb(2 * n, n) for n in RANGE],
    "C(3n, n)": [comb(3 * n, n) for n in RANGE],
    "two kinds of nodes": tree_numbers([(1, 1, 2), (1, 2, 3)], 300),
    "three kinds of nodes": tree_numbers([(2, 1, 1), (1, 1, 2), (1, 2, 3)], 300),
}


class TestKnownSequences:
    """From 30 terms the equation is found, and it predicts the next ones."""

    @pytest.mark.parametrize("name", KNOWN)
    def test_it_predicts(self, name: str) -> None:
        outcome = find(KNOWN[name][:30], 5)
        assert isinstance(outcome, Found) and outcome.formula.first_index == 5
        assert terms_of(outcome.formula, 45) == tuple(KNOWN[name][:45])

    def test_catalans_equation_is_the_textbooks(self) -> None:
        outcome = find(KNOWN["Catalan"][:12])
        assert isinstance(outcome, Found)
        assert outcome.formula == Algebraic(0, ((1,), (-1,), (0, 1)), (1,))

    def test_the_initial_terms_single_out_one_of_two_solutions(self) -> None:
        shifted = [0, *KNOWN["Catalan"][:30]]  # y = x + y^2 has the solution 1 - y as well
        outcome = find(shifted)
        assert isinstance(outcome, Found) and isinstance(outcome.formula, Algebraic)
        assert outcome.formula.initial == (0,)


class TestProperties:
    """What is found is true; a corrupted term is never accepted."""

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(st.tuples(st.integers(1, 4), st.integers(1, 2), st.integers(0, 3)), min_size=1, max_size=3),
        st.integers(10, 40),
    )
    def test_a_found_equation_predicts(self, kinds: list[tuple[int, int, int]], count: int) -> None:
        terms = tree_numbers(kinds, 60)
        early, late = find(terms[:count]), find(terms[:40])
        if isinstance(early, Found):
            assert terms_of(early.formula, 60) == tuple(terms)
            assert isinstance(late, Found)

    @settings(max_examples=30, deadline=None)
    @given(st.integers(1, 5), st.integers(-2, 2), st.integers(-3, 3), st.sampled_from([-2, -1, 1, 2, 3]))
    def test_a_quadratic_one_predicts_or_says_why_not(self, a: int, b: int, c: int, d: int) -> None:
        terms = quadratic(a, b, c, d, 60)
        outcome = find(terms[:40])
        if isinstance(outcome, Found):
            assert terms_of(outcome.formula, 60) == tuple(terms)
        elif isinstance(CFiniteMiner().find(tuple(terms[:40]), 0, CONFIG), NothingFits) and any(terms[20:40]):
            assert isinstance(outcome, NothingFits) and "with another term at 0" in outcome.reason

    @pytest.mark.parametrize("a, b, c, d", [(2, -1, 2, 1), (3, -2, 2, 1), (3, 2, -2, 1), (2, 2, -2, -1)])
    def test_another_first_term_that_shortens_the_equation_a_little_is_no_doubt(
        self, a: int, b: int, c: int, d: int
    ) -> None:
        terms = quadratic(a, b, c, d, 60)
        outcome = find(terms[:40])
        assert isinstance(outcome, Found) and terms_of(outcome.formula, 60) == tuple(terms)

    @settings(max_examples=120, deadline=None)
    @given(st.sampled_from(sorted(KNOWN)), st.integers(12, 40), st.data())
    def test_a_corrupted_term_is_not_accepted(self, name: str, count: int, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, count - 1))
        corrupted = KNOWN[name][:count]
        corrupted[place] += data.draw(st.integers(-50, 50).filter(bool))
        # Whether a(0) is 0 or 1 is a convention: both are accepted, and no later term depends on it.
        # Schroeder's numbers with a(0) = 2 are twice the little ones, a rule of their own.
        conventions = [0, 2] if name == "Schroeder" else [0]
        assert isinstance(find(corrupted), NothingFits) or (place == 0 and corrupted[0] in conventions)

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.integers(), max_size=40), st.integers())
    def test_nothing_raises(self, terms: list[int], first_index: int) -> None:
        outcome = find(terms, first_index)
        if isinstance(outcome, Found):
            assert terms_of(outcome.formula, len(terms)) == tuple(terms)


class TestNoRule:
    """Rational functions belong to another family; the rest has no equation."""

    @pytest.mark.parametrize("count", [0, 1, 5, 12, 20, 40, 60])
    def test_it_abstains(self, count: int) -> None:
        for terms in (
            [2**n + n for n in range(count)],
            [math.isqrt(3 * n * n) for n in range(count)],
            [math.factorial(n) for n in range(count)],
            [n.bit_count() for n in range(count)],
            [sum(comb(n, k) ** 3 for k in range(n + 1)) for n in range(count)],
            [0] * count,
        ):
            assert isinstance(find(terms), NothingFits)


class TestContinued:
    """Newton's iteration gives the same terms as the definition, and stops where that stops."""

    @pytest.mark.parametrize("name", KNOWN)
    def test_it_agrees_with_the_known_terms(self, name: str) -> None:
        outcome = find(KNOWN[name][:30])
        assert isinstance(outcome, Found) and isinstance(outcome.formula, Algebraic)
        assert continued(outcome.formula, outcome.formula.initial, 300) == tuple(KNOWN[name])

    def test_a_fraction_ends_the_terms(self) -> None:
        square_root = Algebraic(0, ((-1, -1), (), (1,)), (1,))  # sqrt(1 + x) = 1 + x/2 - ...
        assert continued(square_root, (1,), 5) == terms_of(square_root, 5) == (1,)


class TestFar:
    """Far terms come from a recurrence that is proved, not guessed."""

    @pytest.mark.parametrize("name", KNOWN)
    @pytest.mark.parametrize("modulus", [None, 97, 1000, 10**9 + 7])
    def test_terms_agree_with_the_known_ones(self, name: str, modulus: int | None) -> None:
        outcome = find(KNOWN[name][:30], 3)
        assert isinstance(outcome, Found) and isinstance(outcome.formula, Algebraic)
        for n in (0, 29, 250, 299):
            expected = KNOWN[name][n] if modulus is None else KNOWN[name][n] % modulus
            assert value(outcome.formula, n + 3, modulus) == expected

    def test_catalan_numbers_at_ten_to_the_eighteenth(self) -> None:
        catalan = Algebraic(0, ((1,), (-1,), (0, 1)), (1,))
        # The Catalan number of n is odd exactly if n + 1 is a power of two.
        assert [value(catalan, n, 2) for n in (2**60 - 1, 2**60)] == [1, 0]

    def test_without_a_short_recurrence_nothing_is_proved(self) -> None:
        motzkin = Algebraic(0, ((1,), (-1, 1), (0, 0, 1)), (1,))
        bits = tuple(n.bit_count() for n in range(200))
        assert isinstance(proved_recurrence(motzkin, bits), CannotEvaluate)

    @pytest.mark.parametrize(("index", "modulus"), [(-1, 7), (5, 0)])
    def test_bad_requests_are_refused(self, index: int, modulus: int) -> None:
        assert isinstance(value(Algebraic(0, ((1,), (-1,), (0, 1)), (1,)), index, modulus), CannotEvaluate)
