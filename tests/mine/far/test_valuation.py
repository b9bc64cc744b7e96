"""The exponent of a small prime in a long product of a polynomial's values, without the product."""

from __future__ import annotations

import math
import time

import pytest
from flint import fmpz_poly
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aimo_pipeline.formula import PRecursive
from aimo_pipeline.mine.base import NotAnInteger
from aimo_pipeline.mine.far.precursive import value
from aimo_pipeline.mine.far.valuation import SMALL_PRIMES, is_surely_fraction, product_valuation

COEFFICIENTS = st.lists(st.integers(-40, 40), min_size=1, max_size=4)


def exponent(number: int, prime: int) -> int:
    count = 0
    while number % prime == 0:
        number, count = number // prime, count + 1
    return count


class TestProductValuation:
    """It is what the product itself shows."""

    @given(COEFFICIENTS, st.integers(-60, 60), st.integers(0, 200), st.sampled_from(SMALL_PRIMES))
    @settings(max_examples=150, deadline=None)
    def test_it_is_that_of_the_product(
        self, coefficients: list[int], start: int, count: int, prime: int
    ) -> None:
        polynomial = fmpz_poly(coefficients)
        product = math.prod(int(polynomial(n)) for n in range(start, start + count))
        assume(product != 0)
        assert product_valuation(polynomial, start, start + count, prime) == exponent(product, prime)

    def test_a_factorial_of_any_size(self) -> None:
        twos = product_valuation(fmpz_poly([1, 1]), 0, 10**18, 2)
        assert twos == 10**18 - (10**18).bit_count()  # Legendre


class TestIsSurelyFraction:
    """A first-order rule whose term is a fraction is refused at once, one whose term is none never."""

    @given(COEFFICIENTS, COEFFICIENTS, st.integers(1, 30), st.integers(1, 60))
    @settings(max_examples=150, deadline=None)
    def test_it_never_says_so_of_an_integer(
        self, upper: list[int], lower: list[int], term: int, count: int
    ) -> None:
        rule = fmpz_poly(upper), fmpz_poly(lower)
        above = term * math.prod(int(rule[0](n)) for n in range(count))
        below = math.prod(int(rule[1](n)) for n in range(count))
        assume(above and below)
        if is_surely_fraction(rule, term, 0, count):
            assert above % below

    @pytest.mark.parametrize(
        ("lowest", "leading"),
        [((-1,), (2, 1)), ((-3, -1), (5, 2)), ((-5, 2, -3), (4, 9, 9, 3)), ((3, 0, 2, 2), (1, 1))],
    )
    @pytest.mark.parametrize("modulus", [1_000, 10_007, 2**20, None])
    def test_the_evaluation_refuses_it_without_the_product(
        self, lowest: tuple[int, ...], leading: tuple[int, ...], modulus: int | None
    ) -> None:
        began = time.process_time()
        said = value(PRecursive(0, (lowest, leading), (1,)), 10**6, modulus)
        assert said == NotAnInteger()
        assert time.process_time() - began < 1.0  # it took 5 to 11 s; now some ms

    def test_so_it_does_where_a_rule_of_higher_order_soon_breaks_off(self) -> None:
        began = time.process_time()
        assert value(PRecursive(0, ((1,), (1,), (4,)), (1, 2)), 10**6, 10**6) == NotAnInteger()
        assert time.process_time() - began < 1.0
