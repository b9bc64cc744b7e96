"""Sequences in which each term is a polynomial of the one before."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import PolynomialMap
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.mine.products.polynomial_map import PolynomialMapMiner
from aimo_pipeline.outcome import Found, NothingFits

CONFIG = MineConfig()
MINER = PolynomialMapMiner()
RULES = {
    "Sylvester": PolynomialMap(0, 2, (1, -1, 1)),
    "Lucas and Lehmer": PolynomialMap(0, 4, (-2, 0, 1)),
    "Fermat": PolynomialMap(0, 3, (2, -2, 1)),
    "cubic": PolynomialMap(0, 2, (1, 0, 0, 1)),
}


class TestFind:
    """A few terms are enough, because they double in length."""

    @pytest.mark.parametrize("name", RULES)
    def test_a_map_is_found(self, name: str) -> None:
        outcome = MINER.find(terms_of(RULES[name], 10), 0, CONFIG)
        assert isinstance(outcome, Found), outcome
        assert outcome.formula == RULES[name]

    @pytest.mark.parametrize("name", RULES)
    @pytest.mark.parametrize("place", range(10))
    def test_a_corrupted_term_is_never_accepted(self, name: str, place: int) -> None:
        terms = list(terms_of(RULES[name], 10))
        terms[place] += 1
        assert isinstance(MINER.find(tuple(terms), 0, CONFIG), NothingFits)

    def test_too_few_terms_are_refused(self) -> None:
        assert isinstance(MINER.find(terms_of(RULES["Sylvester"], 7), 0, CONFIG), NothingFits)

    def test_noise_that_doubles_in_length_is_refused(self) -> None:
        rng = random.Random(3)
        terms = tuple(rng.getrandbits(2**k) | 1 << 2**k - 1 for k in range(1, 13))
        assert isinstance(MINER.find(terms, 0, CONFIG), NothingFits)

    @pytest.mark.parametrize("terms", [(), (0,) * 20, (5,) * 20, tuple(range(20)), (2, 4) * 9])
    def test_terms_that_do_not_grow_are_refused(self, terms: tuple[int, ...]) -> None:
        assert isinstance(MINER.find(terms, 0, CONFIG), NothingFits)


class TestFarValue:
    """Modulo m the map runs into a cycle."""

    @given(st.integers(-9, 9), st.tuples(*[st.integers(-9, 9)] * 3), st.integers(0, 500), st.integers(1, 300))
    def test_it_agrees_with_stepping(
        self, start: int, coefficients: tuple[int, int, int], index: int, modulus: int
    ) -> None:
        residue = start % modulus
        for _ in range(index):
            residue = sum(c * residue**i for i, c in enumerate(coefficients)) % modulus
        assert evaluate(PolynomialMap(0, start, coefficients), index, modulus) == residue

    def test_far_out_it_goes_round_the_cycle(self) -> None:
        rule = PolynomialMap(0, 2, (1, -1, 1))  # modulo 5: 2, 3, 2, 3, ...
        assert evaluate(rule, 10**18, 5) == 2
        assert evaluate(rule, 10**18 + 1, 5) == 3

    def test_what_is_out_of_reach_is_refused(self) -> None:
        rule = PolynomialMap(0, 2, (1, 0, 1))
        assert isinstance(evaluate(rule, 10**18, None), CannotEvaluate)
        assert isinstance(evaluate(rule, 10**18, 2**89 - 1), CannotEvaluate)
