"""The miner for quasi-polynomials."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Interlaced, Polynomial, Prefixed
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.linear.quasi import QuasiPolynomialMiner, shortest_period
from aimo_pipeline.outcome import FitOutcome, Found, NothingFits

CONFIG = MineConfig()
parts = st.lists(
    st.lists(st.integers(-9, 9), min_size=1, max_size=4).map(lambda d: Polynomial(0, tuple(d))),
    min_size=1,
    max_size=4,
).map(tuple)


def find(terms: tuple[int, ...]) -> FitOutcome:
    return QuasiPolynomialMiner().find(terms, 5, CONFIG)


def collatz(count: int) -> tuple[int, ...]:
    return tuple(n // 2 if n % 2 == 0 else 3 * n + 1 for n in range(count))


class TestQuasiPolynomialMiner:
    """Each residue has a polynomial of its own."""

    def test_halving_and_tripling(self) -> None:
        outcome = find(collatz(24))
        assert isinstance(outcome, Found) and (outcome.unknowns, outcome.spare) == (4, 20)
        assert outcome.formula == Interlaced(5, (Polynomial(0, (0, 1)), Polynomial(0, (4, 6))))

    def test_one_term_less_is_too_little(self) -> None:
        assert isinstance(find(collatz(23)), NothingFits)

    def test_an_odd_first_term_is_a_prefix(self) -> None:
        outcome = find((99, *collatz(40)))
        assert isinstance(outcome, Found) and isinstance(outcome.formula, Prefixed)
        assert terms_of(outcome.formula, 60)[1:] == collatz(59)

    @given(parts, st.integers(20, 60))
    def test_what_is_found_predicts_the_rule(self, rule: tuple[Polynomial, ...], count: int) -> None:
        truth = terms_of(Interlaced(5, rule), 100)
        outcome = find(truth[:count])
        if isinstance(outcome, Found):
            assert terms_of(outcome.formula, 100) == truth
            assert isinstance(find(truth), Found)

    @given(parts, st.integers(1, 59), st.integers(1, 10**6))
    def test_a_corrupted_term_is_never_accepted(
        self, rule: tuple[Polynomial, ...], place: int, error: int
    ) -> None:
        terms = list(terms_of(Interlaced(5, rule), 60))
        terms[place] += error
        assert isinstance(find(tuple(terms)), NothingFits)

    @pytest.mark.parametrize(
        "terms",
        [
            tuple(math.isqrt(2 * n * n) for n in range(60)),
            tuple(int(n * math.pi) for n in range(100)),
            tuple(sum(map(int, str(n))) for n in range(99)),
            tuple(math.prod(map(int, str(n))) for n in range(10, 99)),
            tuple(n.bit_count() for n in range(60)),
            tuple(math.isqrt(n) for n in range(60)),
            (1, 2, 3, 4, 5, 6) * 10,
            (7,) * 60,
            (),
            (1, 2, 3),
        ],
    )
    def test_it_abstains(self, terms: tuple[int, ...]) -> None:
        assert isinstance(find(terms), NothingFits)


class TestShortestPeriod:
    """Residues modulo a prime are looked at first, exact terms decide."""

    def test_huge_terms_are_exact(self) -> None:
        huge = 10**100_000
        terms = tuple(huge * n if n % 2 else n * n for n in range(30))
        assert shortest_period(terms, CONFIG) == ((0, 4, 8), (huge, 2 * huge))

    def test_a_multiple_of_the_prime_is_not_overlooked(self) -> None:
        terms = list(collatz(40))
        terms[30] += 2**61 - 1
        assert shortest_period(tuple(terms), CONFIG) is None
