"""Products whose ratios are no integers, and products of powers of several primes."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.formula import Polynomial, Product, QuotientProduct
from aimo_pipeline.mine.base import CannotEvaluate, Miner
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.families import MINERS
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.mine.mine import find_rule
from aimo_pipeline.mine.products.quotient_product import QuotientProductMiner
from aimo_pipeline.mine.trust.question import Question
from aimo_pipeline.outcome import Ambiguous, Found, MineOutcome, NothingFits

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


def plane_partitions(n: int) -> int:
    """Of an n x n x n box: MacMahon's product."""
    cells = [(i, j, k) for i in range(n) for j in range(n) for k in range(n)]
    return math.prod(i + j + k + 2 for i, j, k in cells) // math.prod(i + j + k + 1 for i, j, k in cells)


def gaussian(q: int, factor: int) -> Callable[[int], int]:
    """The q-binomial of factor * n over n."""

    def term(n: int) -> int:
        ratios = (Fraction(q ** ((factor - 1) * n + i) - 1, q**i - 1) for i in range(1, n + 1))
        return int(math.prod(ratios, start=Fraction(1)))

    return term


QUOTIENTS = [plane_partitions, sign_matrices, *(gaussian(q, 2) for q in (2, 3, 5)), gaussian(2, 3)]
TERMS = [tuple(map(term, range(20))) for term in QUOTIENTS]


def mined(terms: tuple[int, ...], miners: tuple[Miner, ...] = MINERS) -> MineOutcome:
    deadline = Deadline.after(60.0, FakeClock())
    return asyncio.run(find_rule(Question(terms, (0,)), miners=miners, deadline=deadline, config=CONFIG))


class TestProperties:
    """Among all miners, too: what is found is true and stays, in any order; a wrong term is not accepted."""

    @settings(max_examples=20, deadline=None)
    @given(st.sampled_from(TERMS), st.integers(8, 17), st.randoms(use_true_random=False))
    def test_a_found_rule_predicts_and_more_terms_do_not_lose_it(
        self, terms: tuple[int, ...], count: int, rng: random.Random
    ) -> None:
        early = mined(terms[:count])
        if isinstance(early, Found):
            assert terms_of(early.formula, 20) == terms
            assert isinstance(mined(terms), Found)
            assert mined(terms[:count], tuple(rng.sample(MINERS, len(MINERS)))) == early

    @settings(max_examples=20, deadline=None)
    @given(st.sampled_from(TERMS), st.integers(0, 15), st.integers(-9, 9).filter(bool))
    def test_a_corrupted_term_is_never_accepted(self, terms: tuple[int, ...], place: int, error: int) -> None:
        wrong = (*terms[:place], terms[place] + error, *terms[place + 1 : 16])
        assert not isinstance(mined(wrong), Found | Ambiguous)


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

    @pytest.mark.parametrize("values", [(2, 3), (6, 10)])
    def test_a_cycle_is_left_to_the_miner_of_cycles(self, values: tuple[int, int]) -> None:
        assert isinstance(SMOOTH.find(tuple(values[n % 4 == 2] for n in range(75)), 0, CONFIG), NothingFits)

    def test_a_product_far_out_is_the_product_of_residues(self) -> None:
        line = Polynomial(0, (1, 1))
        assert evaluate(Product(0, (line, line)), 10**18, 1000) == 1
