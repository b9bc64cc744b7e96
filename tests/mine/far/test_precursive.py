"""Far terms of P-recursive sequences, against independent code."""

from __future__ import annotations

import math
import random
from math import comb, factorial

import pytest
from flint import fmpz_poly
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aimo_pipeline.formula import PRecursive
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.far.linear_product import Valued, linear_product, valuation_of
from aimo_pipeline.mine.far.lucas import has_lucas_congruence
from aimo_pipeline.mine.far.matrix_product import exact_product, modular_product, periodic_product
from aimo_pipeline.mine.far.precursive import value

PRIME = 10**9 + 7
FACTORIAL = PRecursive(0, ((-1, -1), (1,)), (1,))
CATALAN = PRecursive(0, ((-2, -4), (2, 1)), (1,))
CENTRAL = PRecursive(0, ((-2, -4), (1, 1)), (1,))
MOTZKIN = PRecursive(0, ((-3, -3), (-5, -2), (4, 1)), (1, 1))
APERY = PRecursive(0, ((1, 3, 3, 1), (-117, -231, -153, -34), (8, 12, 6, 1)), (1, 5))
DERANGEMENTS = PRecursive(0, ((-1, -1), (-1, -1), (1,)), (1, 0))
TRINOMIAL = PRecursive(0, ((-3, -3), (-3, -2), (2, 1)), (1, 1))
N_FACTORIALS = PRecursive(0, ((-1, -2, -1), (0, 1)), (0, 1))


def stepped(formula: PRecursive, count: int) -> list[int]:
    """Terms one after another."""
    terms = list(formula.initial)
    for n in range(len(terms) - formula.order, count - formula.order):
        *lower, leading = [sum(c * n**j for j, c in enumerate(p)) for p in formula.polynomials]
        terms.append(-sum(a * b for a, b in zip(lower, terms[n:], strict=True)) // leading)
    return terms


ALL = (FACTORIAL, CATALAN, CENTRAL, MOTZKIN, APERY, DERANGEMENTS, TRINOMIAL, N_FACTORIALS)


def motzkin_modulo(index: int, prime: int) -> int:
    term, following = 1, 1
    for n in range(index):
        new = ((2 * n + 5) * following + 3 * (n + 1) * term) * pow(n + 4, -1, prime) % prime
        term, following = following, new
    return term


class TestNear:
    """While terms are small they are computed exactly."""

    @pytest.mark.parametrize("formula", ALL)
    @pytest.mark.parametrize("modulus", [None, 1, 2, 8, 97, 1000, 10**5, PRIME, 10**30])
    def test_terms_agree_with_stepping(self, formula: PRecursive, modulus: int | None) -> None:
        terms = stepped(formula, 400)
        for n in (0, 1, 2, 7, 100, 399):
            assert value(formula, n, modulus) == (terms[n] if modulus is None else terms[n] % modulus)

    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, 10**4), st.integers(2, 10**12))
    def test_catalan_numbers_modulo_anything(self, n: int, modulus: int) -> None:
        assert value(CATALAN, n, modulus) == comb(2 * n, n) // (n + 1) % modulus

    def test_an_exact_term_of_many_digits(self) -> None:
        assert value(FACTORIAL, 30_000, None) == factorial(30_000)


class TestFar:
    """Modulo m far beyond what can be computed exactly."""

    def test_factorials(self) -> None:
        prime = 10**7 + 19
        assert value(FACTORIAL, prime - 1, prime) == prime - 1  # Wilson
        assert value(FACTORIAL, (prime - 1) // 2, prime) in (1, prime - 1)  # p = 3 mod 4
        assert value(FACTORIAL, 10**18, PRIME) == 0

    def test_motzkin_numbers_modulo_a_prime(self) -> None:
        assert value(MOTZKIN, 200_000, PRIME) == motzkin_modulo(200_000, PRIME)

    @pytest.mark.parametrize("prime", [2, 3, 5, 101, 99_991])
    @pytest.mark.parametrize("n", [10**18, 10**18 + 12_345, 3**37 // 2])
    def test_central_binomials_by_lucas_theorem(self, prime: int, n: int) -> None:
        expected, top, bottom = 1, 2 * n, n
        while top:
            expected = expected * comb(top % prime, bottom % prime) % prime
            top, bottom = top // prime, bottom // prime
        assert value(CENTRAL, n, prime) == expected

    @pytest.mark.parametrize("exponent", [1, 2, 3])
    def test_central_binomials_modulo_powers_of_three_obey_ljunggren(self, exponent: int) -> None:
        # C(p a, p b) = C(a, b) modulo p^2, and modulo p^3 for p >= 5.
        n = 3**25 + 3**7 + 1
        assert value(CENTRAL, 3 * n, 9) == value(CENTRAL, n, 9)
        assert value(CENTRAL, 7 * n, 7**exponent) == value(CENTRAL, n, 7**exponent)

    def test_a_constant_leading_coefficient_makes_residues_periodic(self) -> None:
        modulus = 1000
        terms = stepped(DERANGEMENTS, 2 * modulus * 3)
        n = 10**18 + 123
        # Derangements are (-1)^n modulo n, and have period m or 2 m modulo m.
        assert value(DERANGEMENTS, n, modulus) == terms[n % (2 * modulus)] % modulus

    def test_apery_numbers_by_their_lucas_congruence(self) -> None:
        terms = stepped(APERY, 10_000)
        for n in (9_999, 4_321):
            assert value(APERY, n, 13) == terms[n] % 13
        assert value(APERY, 7**20 + 2 * 7**11, 7) == terms[1] * terms[2] % 7

    @pytest.mark.parametrize("modulus", [97, PRIME, 99_991 * 65_537])
    def test_beyond_a_root_of_the_leading_coefficient(self, modulus: int) -> None:
        n = 2 * 10**4
        assert value(TRINOMIAL, n, modulus) == stepped(TRINOMIAL, n + 1)[n] % modulus

    def test_a_rule_that_forgets_the_term_before_gives_zero(self) -> None:
        forgetful = PRecursive(0, ((), (1,)), (5,))
        assert [value(forgetful, n, 6) for n in (0, 1, 10**18)] == [5, 0, 0]


class TestRefusals:
    """What is not fixed, not an integer or too far is an outcome."""

    def test_a_root_of_the_leading_coefficient_on_the_way(self) -> None:
        formula = PRecursive(0, ((-1,), (-5, 1)), (3,))
        assert isinstance(value(formula, 6, 7), CannotEvaluate)

    @pytest.mark.parametrize("modulus", [None, 9, 10])
    def test_a_term_that_is_no_integer(self, modulus: int | None) -> None:
        thirds = PRecursive(0, ((-1,), (3,)), (3,))
        assert value(thirds, 1, modulus) == 1
        assert isinstance(value(thirds, 5, modulus), CannotEvaluate)
        assert isinstance(value(thirds, 10**9, 3), CannotEvaluate)

    @pytest.mark.parametrize("modulus", [None, 10**5, PRIME])
    def test_motzkin_numbers_beyond_the_prime_are_not_guessed(self, modulus: int | None) -> None:
        assert isinstance(value(MOTZKIN, 10**18, modulus), CannotEvaluate)

    @pytest.mark.parametrize(
        ("formula", "index", "modulus"),
        [
            (FACTORIAL, -1, 7),
            (FACTORIAL, 5, 0),
            (PRecursive(0, ((1,), (1,), (1,)), (1,)), 5, 7),
            (PRecursive(0, ((1,), ()), (1,)), 5, 7),
            (PRecursive(0, ((1,),), ()), 5, 7),
            (MOTZKIN, 10**7, 1 << 1000),
        ],
    )
    def test_bad_requests(self, formula: PRecursive, index: int, modulus: int) -> None:
        assert isinstance(value(formula, index, modulus), CannotEvaluate)


class TestProducts:
    """Exact, modular and periodic products are the same product."""

    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(st.lists(st.integers(-4, 4), min_size=1, max_size=3), min_size=2, max_size=4),
        st.integers(-20, 20),
        st.integers(0, 1500),
        st.sampled_from([2, 12, 97, PRIME, 10**25]),
    )
    def test_they_agree(self, rows: list[list[int]], start: int, steps: int, modulus: int) -> None:
        polynomials = [fmpz_poly(row) for row in rows]
        window = list(range(1, len(rows)))
        exact = exact_product(polynomials, window, start, start + steps)
        scaled = modular_product(polynomials, start, start + steps, modulus).applied(window, modulus)
        assert scaled.numerator == exact.numerator % modulus
        assert scaled.denominator == exact.denominator % modulus
        if modulus < 100:
            assert (
                periodic_product(polynomials, start, start + steps, modulus).applied(window, modulus)
                == scaled
            )

    @settings(max_examples=200, deadline=None)
    @given(
        st.integers(-30, 30).filter(bool),
        st.integers(-30, 30),
        st.integers(0, 300),
        st.sampled_from([2, 3, 5, 7]),
        st.integers(1, 4),
    )
    def test_linear_products(self, c: int, d: int, count: int, prime: int, exponent: int) -> None:
        product = math.prod(c * t + d for t in range(count))
        assume(product != 0)
        valuation = 0
        while product % prime == 0:
            product, valuation = product // prime, valuation + 1
        assert linear_product(c, d, count, prime, exponent) == Valued(valuation, product % prime**exponent)
        assert valuation_of(c, d, count, prime) == valuation


SUMS = {
    "Apery": lambda n, k: (comb(n, k) * comb(n + k, k)) ** 2,
    "Apery, zeta(2)": lambda n, k: comb(n, k) ** 2 * comb(n + k, k),
    "Franel": lambda n, k: comb(n, k) ** 3,
    "fourth powers": lambda n, k: comb(n, k) ** 4,
    "Domb": lambda n, k: comb(n, k) ** 2 * comb(2 * k, k) * comb(2 * n - 2 * k, n - k),
    "Zagier, hexagonal": lambda n, k: comb(n, k) ** 2 * comb(2 * k, k),
    "Zagier, E": lambda n, k: comb(n, k) * comb(2 * k, k) * comb(2 * n - 2 * k, n - k),
}


class TestLucas:
    """The listed recurrences are those of the listed sums, and the congruence holds."""

    def test_every_listed_recurrence_belongs_to_its_sum(self) -> None:
        from aimo_pipeline.mine.far.lucas import _SUMS

        assert len(_SUMS) == len(SUMS)
        for (polynomials, first), summand in zip(_SUMS, SUMS.values(), strict=True):
            terms = [sum(summand(n, k) for k in range(n + 1)) for n in range(80)]
            formula = PRecursive(0, polynomials, (1, first))
            assert has_lucas_congruence(formula) and stepped(formula, 80) == terms
            for prime in (2, 3, 5, 7):
                assert all(
                    terms[n] % prime == terms[n // prime] * terms[n % prime] % prime for n in range(80)
                )

    def test_the_middle_coefficients_of_powers_of_quadratics(self) -> None:
        numbers = random.Random(4)
        for _ in range(20):
            b, ac = numbers.randrange(1, 9), numbers.randrange(-5, 6)
            d = b * b - 4 * ac
            formula = PRecursive(0, ((d, d), (-3 * b, -2 * b), (2, 1)), (1, b))
            terms = [
                sum(comb(n, 2 * k) * comb(2 * k, k) * b ** (n - 2 * k) * ac**k for k in range(n // 2 + 1))
                for n in range(50)
            ]
            assert has_lucas_congruence(formula) and stepped(formula, 50) == terms

    def test_motzkin_numbers_have_none(self) -> None:
        assert not has_lucas_congruence(MOTZKIN)
        assert not has_lucas_congruence(PRecursive(0, APERY.polynomials, (1, 6)))
