"""Powers whose base changes with n."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Polynomial, Power, VariablePower
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.families import MINERS
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.outcome import Found, NothingFits

CONFIG = MineConfig()
MINER = next(miner for miner in MINERS if miner.name == "variable power")
PRODUCT = next(miner for miner in MINERS if miner.name == "product")

RULED: dict[str, tuple[Callable[[int], int], int]] = {
    "n^n from 0 on": (lambda n: n**n, 0),
    "n^n": (lambda n: n**n, 1),
    "labelled trees": (lambda n: n ** (n - 2), 2),
    "parking functions": (lambda n: (n + 1) ** (n - 1) if n else 1, 0),
    "n^(2n)": (lambda n: n ** (2 * n), 1),
    "odd bases": (lambda n: (2 * n + 1) ** (3 * n + 2), 0),
    "three times": (lambda n: 3 * n**n, 1),
    "trees without an edge": (lambda n: (n - 2) * n ** (n - 3), 3),
    "with a marked pair": (lambda n: n ** (n - 1) * (n - 1) // 2, 2),
    "with a power": (lambda n: 2**n * n**n, 1),
    "with a factorial": (lambda n: math.factorial(n) * n**n, 1),
}


class TestFind:
    """Base, exponent and cofactor come from the exponents of primes, and every term is checked."""

    @pytest.mark.parametrize("name", RULED)
    def test_a_power_is_found_and_continued(self, name: str) -> None:
        rule, first = RULED[name]
        outcome = MINER.find(tuple(map(rule, range(first, first + 20))), first, CONFIG)
        assert isinstance(outcome, Found), outcome
        assert terms_of(outcome.formula, 30) == tuple(map(rule, range(first, first + 30)))

    @pytest.mark.parametrize("name", RULED)
    @pytest.mark.parametrize("place", [0, 1, 2, 9, 18, 19])
    def test_a_corrupted_term_is_never_accepted(self, name: str, place: int) -> None:
        rule, first = RULED[name]
        terms = list(map(rule, range(first, first + 20)))
        terms[place] += 1
        assert isinstance(MINER.find(tuple(terms), first, CONFIG), NothingFits)

    @pytest.mark.parametrize(
        "terms",
        [
            (),
            (1,) * 30,
            (0,) * 30,
            tuple(range(30)),
            tuple(math.factorial(n) for n in range(30)),
            (7**9000,) * 12,
        ],
    )
    def test_other_terms_are_refused(self, terms: tuple[int, ...]) -> None:
        assert isinstance(MINER.find(terms, 0, CONFIG), NothingFits)

    def test_a_product_of_powers_has_them_as_its_ratios(self) -> None:
        hyperfactorials = tuple(math.prod(k**k for k in range(1, n + 1)) for n in range(1, 40))
        outcome = PRODUCT.find(hyperfactorials[:20], 1, CONFIG)
        assert isinstance(outcome, Found), outcome
        assert terms_of(outcome.formula, 39) == hyperfactorials
        assert evaluate(outcome.formula, 30, 10**9) == hyperfactorials[29] % 10**9


class TestFarValue:
    """base(n)^exponent(n) modulo any m, as exactly as plain exponentiation."""

    @given(st.integers(0, 10**18), st.integers(1, 10**6))
    def test_n_to_the_n_agrees_with_pow(self, n: int, modulus: int) -> None:
        line = Polynomial(0, (0, 1))
        assert evaluate(VariablePower(0, line, line), n, modulus) == pow(n, n, modulus)

    @given(st.integers(0, 12), st.integers(1, 5000))
    def test_an_exponent_may_be_a_power_itself(self, n: int, modulus: int) -> None:
        rule = VariablePower(0, Polynomial(0, (2, 1)), Power(0, 1, 3, 0, Polynomial(0, (0, 1))))
        assert evaluate(rule, n, modulus) == pow(n + 2, 3**n, modulus)

    def test_a_negative_exponent_is_refused_unless_the_base_is_one(self) -> None:
        rule = VariablePower(1, Polynomial(1, (1, 1)), Polynomial(1, (-1, 0)))
        assert evaluate(rule, 1, None) == 1
        assert evaluate(rule, 1, 10) == 1
        assert isinstance(evaluate(rule, 2, 10), CannotEvaluate)
        assert isinstance(evaluate(rule, 2, None), CannotEvaluate)

    def test_a_term_of_more_than_a_million_digits_is_refused(self) -> None:
        line = Polynomial(0, (0, 1))
        assert isinstance(evaluate(VariablePower(0, line, line), 10**7, None), CannotEvaluate)
