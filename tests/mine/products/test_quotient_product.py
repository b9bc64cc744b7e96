"""Products whose ratios are no integers, and products of powers of several primes."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Polynomial, Product, QuotientProduct
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.families import MINERS
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.mine.products.quotient_product import QuotientProductMiner
from aimo_pipeline.outcome import Found, NothingFits

CONFIG = MineConfig()
MINER = QuotientProductMiner()
SMOOTH = next(miner for miner in MINERS if miner.name == "product of powers")


def sign_matrices(n: int) -> int:
    above = math.prod(math.factorial(3 * k + 1) for k in range(n))
    return above // math.prod(math.factorial(n + k) for k in range(n))


def gaussian_binomial(n: int) -> int:
    ratios = (Fraction(2 ** (n + i) - 1, 2**i - 1) for i in range(1, n + 1))
    return int(math.prod(ratios, start=Fraction(1)))


def fibonacci_powers(count: int) -> tuple[int, ...]:
    terms = [2, 3]
    while len(terms) < count:
        terms.append(terms[-1] * terms[-2])
    return tuple(terms)


RULED = {"alternating sign matrices": sign_matrices, "central Gaussian binomials": gaussian_binomial}


class TestFind:
    """The ratios, or their ratios, are one fraction in n or in q^n, with values to spare."""

    @pytest.mark.parametrize("name", RULED)
    @pytest.mark.parametrize("first", [0, 1])
    def test_it_is_found_and_continued(self, name: str, first: int) -> None:
        outcome = MINER.find(tuple(map(RULED[name], range(first, first + 20))), first, CONFIG)
        assert isinstance(outcome, Found), outcome
        assert terms_of(outcome.formula, 26) == tuple(map(RULED[name], range(first, first + 26)))

    @pytest.mark.parametrize("name", RULED)
    @pytest.mark.parametrize("place", range(0, 20, 3))
    def test_a_corrupted_term_is_never_accepted(self, name: str, place: int) -> None:
        terms = list(map(RULED[name], range(20)))
        terms[place] += 1
        assert isinstance(MINER.find(tuple(terms), 0, CONFIG), NothingFits)

    @pytest.mark.parametrize(
        "terms",
        [(), (0,) * 30, (3,) * 30, tuple(3**n for n in range(30)), tuple(n**n + 1 for n in range(30))],
    )
    def test_other_terms_are_refused(self, terms: tuple[int, ...]) -> None:
        assert isinstance(MINER.find(terms, 0, CONFIG), NothingFits)


class TestFarValue:
    """Numerators and denominators are multiplied up exactly before they are divided."""

    def test_it_is_exact_where_the_modulus_divides_denominators(self) -> None:
        outcome = MINER.find(tuple(map(sign_matrices, range(18))), 0, CONFIG)
        assert isinstance(outcome, Found)
        assert evaluate(outcome.formula, 30, 2**10 * 3**5) == sign_matrices(30) % (2**10 * 3**5)

    def test_what_is_too_far_is_refused(self) -> None:
        rule = QuotientProduct(0, 1, Polynomial(0, (2, 4)), Polynomial(0, (2, 1)))
        assert isinstance(evaluate(rule, 10**9, 7), CannotEvaluate)

    def test_products_that_do_not_divide_are_refused(self) -> None:
        rule = QuotientProduct(0, 1, Polynomial(0, (1,)), Polynomial(0, (2,)))
        assert isinstance(evaluate(rule, 3, 7), CannotEvaluate)


class TestProductsOfPowers:
    """Each prime's exponents have a rule of their own."""

    def test_exponents_like_fibonacci_numbers_are_found(self) -> None:
        outcome = SMOOTH.find(fibonacci_powers(16), 0, CONFIG)
        assert isinstance(outcome, Found), outcome
        assert terms_of(outcome.formula, 20) == fibonacci_powers(20)
        assert isinstance(outcome.formula, Product)

    @pytest.mark.parametrize("place", [0, 5, 15])
    @pytest.mark.parametrize("factor", [2, 5, 37])
    def test_a_corrupted_term_is_never_accepted(self, place: int, factor: int) -> None:
        terms = list(fibonacci_powers(16))
        terms[place] *= factor
        assert isinstance(SMOOTH.find(tuple(terms), 0, CONFIG), NothingFits)

    def test_a_product_far_out_is_the_product_of_residues(self) -> None:
        line = Polynomial(0, (1, 1))
        assert evaluate(Product(0, (line, line)), 10**18, 1000) == 1
