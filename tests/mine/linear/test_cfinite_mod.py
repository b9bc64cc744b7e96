"""The miners for rules modulo m."""

from __future__ import annotations

import math
import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import CFiniteMod, Polynomial, Reduced
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.mine.linear.cfinite_mod import CFiniteModMiner, obeys_modulo, recurrence_modulo
from aimo_pipeline.mine.linear.modulus import polynomial_moduli, recurrence_moduli, weakness_of_wraps
from aimo_pipeline.mine.linear.polynomial_mod import PolynomialModMiner
from aimo_pipeline.mine.linear.reeds_sloane import prime_power_recurrence
from aimo_pipeline.outcome import FitOutcome, Found, NothingFits

CONFIG = MineConfig()
MODULI = [5, 7, 8, 9, 10, 12, 97, 100, 1024, 99_991, 10**6, 10**9 + 7, 2**32]


def run(coefficients: tuple[int, ...], initial: tuple[int, ...], modulus: int, count: int) -> tuple[int, ...]:
    return terms_of(CFiniteMod(0, modulus, coefficients, initial), count)


def find(terms: tuple[int, ...]) -> FitOutcome:
    return CFiniteModMiner().find(terms, 1, CONFIG)


@st.composite
def residues(draw: st.DrawFn, count: int) -> tuple[int, ...]:
    modulus, order = draw(st.sampled_from(MODULI)), draw(st.integers(1, 4))
    residue = st.integers(0, modulus - 1)
    return run(draw(st.tuples(*[residue] * order)), draw(st.tuples(*[residue] * order)), modulus, count)


def shortest(terms: tuple[int, ...], modulus: int, highest: int) -> int | None:
    """Order of the shortest recurrence, by trying all coefficients."""
    for order in range(highest + 1):
        for coefficients in product(range(modulus), repeat=order):
            if obeys_modulo(terms, coefficients, modulus):
                return order
    return None


class TestReedsSloane:
    """The recurrence modulo a prime power is the shortest that there is."""

    @settings(max_examples=150)
    @given(st.sampled_from([(2, 2), (2, 3), (3, 2)]), st.data())
    def test_it_agrees_with_trying_all(self, power: tuple[int, int], data: st.DataObject) -> None:
        prime, exponent = power
        modulus = prime**exponent
        numbers = st.integers(0, modulus - 1) | st.just(0) | st.just(prime)
        terms = tuple(data.draw(st.lists(numbers, min_size=1, max_size=6)))
        found = prime_power_recurrence(terms, prime, exponent, 2)
        assert (None if found is None else len(found)) == shortest(terms, modulus, 2)
        assert found is None or obeys_modulo(terms, found, modulus)

    def test_it_gives_up_past_the_highest_order(self) -> None:
        noise = tuple(random.Random(1).choices(range(16), k=40))
        assert prime_power_recurrence(noise, 2, 4, 8) is None


class TestRecurrenceModulo:
    """Prime powers are put together to any modulus."""

    @given(st.integers(2, 2000), st.data())
    def test_it_is_exact_and_no_longer_than_the_rule(self, modulus: int, data: st.DataObject) -> None:
        residue = st.integers(0, modulus - 1)
        vectors = st.tuples(residue, residue, residue)
        terms = run(data.draw(vectors), data.draw(vectors), modulus, 24)
        found = recurrence_modulo(terms, modulus, 8)
        assert found is not None and len(found) <= 3
        assert obeys_modulo(terms, found, modulus)

    def test_a_large_composite_modulus_is_refused_at_once(self) -> None:
        modulus = (2**89 - 1) * (2**107 - 1)
        assert recurrence_modulo(run((1, 1), (0, 1), modulus, 20), modulus, 4) is None

    def test_a_large_prime_is_not(self) -> None:
        modulus = 2**127 - 1
        terms = run((3, 5), (2**126, 2**125 + 1), modulus, 20)
        assert recurrence_modulo(terms, modulus, 4) == (3, 5)


class TestDetection:
    """The modulus is among the candidates."""

    @given(st.sampled_from(MODULI), st.integers(1, 9), st.integers(1, 9))
    def test_of_a_recurrence(self, modulus: int, a: int, b: int) -> None:
        terms = run((a, b), (1, 2), modulus, 60)
        few = len(set(terms)) < 4 or 2 * max(terms) + 2 < modulus
        assert few or modulus in recurrence_moduli(terms, 8, CONFIG.modular)

    @pytest.mark.parametrize("modulus", MODULI)
    def test_of_a_polynomial(self, modulus: int) -> None:
        terms = tuple((123457 * n**3 + 3 * n + 1) % modulus for n in range(60))
        assert modulus in polynomial_moduli(terms)

    def test_there_are_few_candidates_for_noise(self) -> None:
        for seed in range(20):
            noise = tuple(random.Random(seed).choices(range(100), k=40))
            assert len(recurrence_moduli(noise, 8, CONFIG.modular)) < 8


class TestCFiniteModMiner:
    """What is found predicts the rule; what is corrupted is never found."""

    def test_last_digits_of_fibonacci_numbers(self) -> None:
        outcome = find(run((1, 1), (0, 1), 10, 20))
        assert isinstance(outcome, Found)
        assert (outcome.formula, outcome.spare) == (CFiniteMod(1, 10, (1, 1), (0, 1)), 16)

    @given(residues(120), st.integers(20, 60))
    def test_what_is_found_predicts_the_rule(self, truth: tuple[int, ...], count: int) -> None:
        outcome = find(truth[:count])
        if isinstance(outcome, Found):
            assert terms_of(outcome.formula, 120) == truth

    @given(
        st.integers(1, 9), st.integers(1, 9), st.sampled_from(MODULI), st.integers(1, 47), st.integers(1, 9)
    )
    def test_a_corrupted_term_is_never_accepted(
        self, a: int, b: int, modulus: int, place: int, error: int
    ) -> None:
        # Where a shares a factor with m, powers of it vanish modulo m, and a wrong early term may be a
        # transient of a longer rule; then at least all that comes later is foretold as it is.
        truth = run((a, b), (1, 1), modulus, 120)
        terms = list(truth[:48])
        terms[place] = (terms[place] + error) % modulus
        if tuple(terms) == truth[:48]:
            return
        outcome = find(tuple(terms))
        if isinstance(outcome, Found):
            assert math.gcd(a, modulus) > 1
            assert terms_of(outcome.formula, 120)[48:] == truth[48:]

    def test_a_known_modulus_needs_no_detection(self) -> None:
        terms = run((1, 1), (0, 1), 10**9 + 7, 60)
        outcome = CFiniteModMiner(modulus=10**9 + 7).find(terms, 0, CONFIG)
        assert isinstance(outcome, Found) and outcome.unknowns == 4

    @pytest.mark.parametrize(
        "terms",
        [
            run((1, 1), (0, 1), 10**18, 40),  # nothing wraps round: Fibonacci over the integers
            tuple(n * n for n in range(40)),
            tuple(n * math.isqrt(39 * n * n) for n in range(40)),
            tuple(int(str(2**n)[0]) for n in range(45)),
            tuple(n.bit_count() % 2 for n in range(100)),
            tuple(int(n * math.pi) % 10 for n in range(100)),
            tuple(random.Random(3).choices(range(10), k=60)),
            (0,) * 40,
            (),
            (1,),
            (-1, 1) * 20,
        ],
    )
    def test_it_abstains(self, terms: tuple[int, ...]) -> None:
        assert isinstance(find(terms), NothingFits)

    @pytest.mark.parametrize(
        ("coefficients", "initial", "modulus"),
        [((1, 1), (0, 1), 10), ((7, 3), (1, 4), 2**32), ((2, 5, 1), (1, 1, 3), 10**6)],
    )
    def test_far_values_are_those_of_the_same_rule_squared_up(
        self, coefficients: tuple[int, ...], initial: tuple[int, ...], modulus: int
    ) -> None:
        outcome = find(run(coefficients, initial, modulus, 60))
        assert isinstance(outcome, Found)
        assert evaluate(outcome.formula, 10**18, None) == by_matrix(
            coefficients, initial, modulus, 10**18 - 1
        )


def by_matrix(coefficients: tuple[int, ...], initial: tuple[int, ...], modulus: int, steps: int) -> int:
    """a(steps) by repeated squaring of the companion matrix."""
    order = len(initial)
    power = [[int(i == j) for j in range(order)] for i in range(order)]
    square = [[int(j == i + 1) for j in range(order)] for i in range(order - 1)] + [list(coefficients)]
    while steps:
        if steps % 2:
            power = multiplied(power, square, modulus)
        square, steps = multiplied(square, square, modulus), steps // 2
    return sum(a * b for a, b in zip(power[0], initial, strict=True)) % modulus


def multiplied(left: list[list[int]], right: list[list[int]], modulus: int) -> list[list[int]]:
    columns = list(zip(*right, strict=True))
    return [
        [sum(a * b for a, b in zip(row, column, strict=True)) % modulus for column in columns] for row in left
    ]


class TestPolynomialModMiner:
    """Polynomials modulo m are found by their differences."""

    @given(
        st.sampled_from(MODULI),
        st.lists(st.integers(0, 10**9), min_size=3, max_size=5),
        st.integers(24, 60),
    )
    def test_what_is_found_predicts_the_rule(self, modulus: int, powers: list[int], count: int) -> None:
        truth = tuple(sum(c * n**i for i, c in enumerate(powers)) % modulus for n in range(120))
        outcome = PolynomialModMiner().find(truth[:count], 0, CONFIG)
        if isinstance(outcome, Found):
            assert terms_of(outcome.formula, 120) == truth

    def test_squares_modulo_a_thousand(self) -> None:
        outcome = PolynomialModMiner().find(tuple(37 * n * n % 1000 for n in range(30)), 0, CONFIG)
        assert isinstance(outcome, Found) and outcome.spare == 27
        assert outcome.formula == Reduced(0, 1000, Polynomial(0, (0, 37, 74)))

    @pytest.mark.parametrize(
        "terms",
        [
            tuple(n * n for n in range(40)),
            tuple(5 * n % 97 for n in range(33)),  # wraps round once
            tuple(int(str(n)[::-1]) for n in range(10, 90)),
            tuple(n // 2 + (n % 2) * n for n in range(44)),
            tuple(random.Random(4).choices(range(10), k=60)),
            (),
            (3,) * 40,
        ],
    )
    def test_it_abstains(self, terms: tuple[int, ...]) -> None:
        assert isinstance(PolynomialModMiner().find(terms, 0, CONFIG), NothingFits)


class TestWeaknessOfWraps:
    """A modulus shows in several terms that the rule over the integers does not give."""

    def test_fibonacci_numbers_that_wrap_three_times(self) -> None:
        terms = run((1, 1), (0, 1), 10**6, 34)
        assert weakness_of_wraps(terms, (1, 1), 10**6, CONFIG.modular) is None
        assert isinstance(find(terms), Found)

    @pytest.mark.parametrize("last", [1, 2])
    def test_one_wrong_term_is_no_wrap_and_neither_is_what_follows_from_it(self, last: int) -> None:
        plain = run((1, 2), (0, 1), 10**30, 24)
        terms = list(plain[:-last])
        for _ in range(last):
            terms.append(7 if len(terms) == len(plain) - last else 2 * terms[-1] + terms[-2])
        assert weakness_of_wraps(tuple(terms), (1, 2), plain[-last] - 7, CONFIG.modular) is not None

    def test_a_known_modulus_need_not_show(self) -> None:
        terms = run((1, 1), (0, 1), 10**6, 32)  # the last one has wrapped
        assert weakness_of_wraps(terms, (1, 1), 10**6, CONFIG.modular) is not None
        assert isinstance(find(terms), NothingFits)
        assert isinstance(CFiniteModMiner(modulus=10**6).find(terms, 1, CONFIG), Found)
