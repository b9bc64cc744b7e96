"""The mining stage."""

from __future__ import annotations

import asyncio
import math
import random
import time
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.domain import Sequence
from aimo_pipeline.formula import CFinite, Formula, Polynomial
from aimo_pipeline.mine import mine
from aimo_pipeline.mine.base import Miner, terms_of
from aimo_pipeline.mine.cfinite import CFiniteMiner
from aimo_pipeline.mine.mine import _best
from aimo_pipeline.mine.polynomial import PolynomialMiner
from aimo_pipeline.outcome import Found, MineOutcome, NothingFits

CONFIG = MineConfig()
SMALL = st.integers(-6, 6)


def far_deadline() -> Deadline:
    return Deadline.after(60.0, FakeClock())


def mined(terms: Any, first_index: int = 0) -> MineOutcome:
    return asyncio.run(mine(Sequence(first_index, tuple(terms)), deadline=far_deadline(), config=CONFIG))


def run(coefficients: tuple[int, ...], initial: tuple[int, ...], count: int) -> tuple[int, ...]:
    """Terms of a recurrence, straight from the definition."""
    terms = list(initial)
    for n in range(count - len(initial)):
        terms.append(sum(c * terms[n + i] for i, c in enumerate(coefficients)))
    return tuple(terms)


@st.composite
def recurrent_terms(draw: st.DrawFn, count: int = 70, highest: int = 8) -> tuple[int, ...]:
    order = draw(st.integers(1, highest))
    coefficients = draw(st.tuples(*[SMALL] * order))
    return run(coefficients, draw(st.tuples(*[SMALL] * order)), count)


@st.composite
def polynomial_terms(draw: st.DrawFn, count: int = 70) -> tuple[int, ...]:
    powers = draw(st.lists(SMALL, min_size=1, max_size=8))
    return tuple(sum(c * n**i for i, c in enumerate(powers)) for n in range(count))


TRUE_SEQUENCES = recurrent_terms() | polynomial_terms()


def predicted(formula: Formula, count: int) -> tuple[int, ...]:
    if isinstance(formula, CFinite):
        return run(formula.coefficients, formula.initial, count)
    return tuple(sum(d * math.comb(t, j) for j, d in enumerate(formula.differences)) for t in range(count))


class TestProperties:
    """Mining is sound on sequences that have a rule, and silent on corrupted ones."""

    @given(TRUE_SEQUENCES)
    def test_a_found_rule_predicts_what_the_true_rule_predicts(self, terms: tuple[int, ...]) -> None:
        outcome = mined(terms[:48])
        if isinstance(outcome, Found):
            assert predicted(outcome.formula, 70) == terms

    @given(st.lists(st.integers(2, 5), min_size=2, max_size=8), st.integers(1, 9))
    def test_a_growing_recurrence_up_to_order_eight_is_found(
        self, coefficients: list[int], start: int
    ) -> None:
        terms = run(tuple(coefficients), (start,) * len(coefficients), 70)
        outcome = mined(terms[:48])
        assert isinstance(outcome, Found) and predicted(outcome.formula, 70) == terms

    @given(st.lists(SMALL, max_size=6), st.integers(1, 9))
    def test_a_polynomial_of_degree_one_to_seven_is_found(self, lower: list[int], leading: int) -> None:
        terms = tuple(sum(c * n**i for i, c in enumerate([*lower, leading, leading])) for n in range(70))
        outcome = mined(terms[:48])
        assert isinstance(outcome, Found) and isinstance(outcome.formula, Polynomial)
        assert predicted(outcome.formula, 70) == terms

    @given(TRUE_SEQUENCES, st.integers(1, 69))
    def test_adding_true_terms_never_loses_a_rule(self, terms: tuple[int, ...], count: int) -> None:
        early = mined(terms[:count])
        if isinstance(early, Found):
            late = mined(terms)
            assert isinstance(late, Found)
            assert late.formula == early.formula and late.spare == early.spare + 70 - count

    @settings(max_examples=300)
    @given(TRUE_SEQUENCES, st.integers(0, 47), st.integers(-(10**6), 10**6).filter(bool))
    def test_a_corrupted_term_is_never_accepted(
        self, terms: tuple[int, ...], position: int, error: int
    ) -> None:
        corrupted = [*terms[:48]]
        corrupted[position] += error
        assert isinstance(mined(corrupted), NothingFits)

    @given(TRUE_SEQUENCES)
    def test_the_order_of_the_miners_changes_nothing(self, terms: tuple[int, ...]) -> None:
        sequence = Sequence(0, terms)
        orders: list[tuple[Miner, ...]] = [
            (PolynomialMiner(), CFiniteMiner()),
            (CFiniteMiner(), PolynomialMiner()),
        ]
        outcomes = [asyncio.run(_best(sequence, miners, far_deadline(), CONFIG)) for miners in orders]
        assert type(outcomes[0]) is type(outcomes[1])
        assert not isinstance(outcomes[0], Found) or outcomes[0] == outcomes[1]

    @given(st.lists(st.integers() | st.just(0), max_size=60), st.integers())
    def test_whatever_is_found_reproduces_the_terms(self, terms: list[int], first_index: int) -> None:
        outcome = mined(terms, first_index)
        if isinstance(outcome, Found):
            assert outcome.formula.first_index == first_index
            assert terms_of(outcome.formula, len(terms)) == tuple(terms)


def primes(count: int) -> list[int]:
    return [n for n in range(2, 400) if all(n % d for d in range(2, n))][:count]


def partitions(count: int) -> list[int]:
    ways = [1] + [0] * (count - 1)
    for part in range(1, count):
        for total in range(part, count):
            ways[total] += ways[total - part]
    return ways


PI_DIGITS = "31415926535897932384626433832795028841971693993751"
NO_RULE = {
    "primes": primes(48),
    "partitions": partitions(48),
    "factorials": [math.factorial(n) for n in range(48)],
    "central binomials": [math.comb(2 * n, n) for n in range(48)],
    "noise": random.Random(1).choices(range(10**6), k=48),
    "bits of noise": random.Random(2).choices(range(2), k=48),
    "digits of pi": [int(digit) for digit in PI_DIGITS],
    "floor(n sqrt 2)": [math.isqrt(2 * n * n) for n in range(48)],
    "floor(n pi)": [int(n * math.pi) for n in range(1, 49)],
    "steps of floor(n sqrt 39)": [
        math.isqrt(39 * n * n + 78 * n + 39) - math.isqrt(39 * n * n) for n in range(48)
    ],
    "floor(n pi), 100 terms": [int(n * math.pi) for n in range(1, 101)],
    "floor(n golden ratio)": [(n + math.isqrt(5 * n * n)) // 2 for n in range(48)],
    "number of ones in binary": [n.bit_count() for n in range(48)],
    "number of divisors": [sum(n % d == 0 for d in range(1, n + 1)) for n in range(1, 49)],
    "floor of the square root": [math.isqrt(n) for n in range(48)],
    "n to the n": [n**n for n in range(48)],
}


class TestNoRule:
    """Sequences without a rule of these families end in NothingFits, each family's reason named."""

    @pytest.mark.parametrize("name", NO_RULE)
    def test_it_abstains_on(self, name: str) -> None:
        outcome = mined(NO_RULE[name])
        assert isinstance(outcome, NothingFits)
        assert "polynomial: " in outcome.reason and "c-finite: " in outcome.reason


class TestRules:
    """Familiar sequences."""

    def test_tilings_of_a_strip(self) -> None:
        outcome = mined(run((1, 1), (1, 2), 24), first_index=1)
        assert outcome == Found(CFinite(1, (1, 1), (1, 2)), "c-finite", 20)

    def test_a_polynomial_goes_by_its_own_name_though_it_is_c_finite(self) -> None:
        outcome = mined([n**3 for n in range(20)])
        assert outcome == Found(Polynomial(0, (0, 1, 6, 6)), "polynomial", 16)

    def test_partitions_into_ones_twos_and_threes(self) -> None:
        terms = [(n * n + 6 * n + 12) // 12 for n in range(48)]
        outcome = mined(terms)
        assert (
            isinstance(outcome, Found)
            and predicted(outcome.formula, 200)[-1] == (199**2 + 6 * 199 + 12) // 12
        )


class TestOddInput:
    """Nothing that a trace can hold raises."""

    @pytest.mark.parametrize("terms", [(), (0,), (5, 5), (-1, 1, -1), (0,) * 30])
    def test_short_and_plain(self, terms: tuple[int, ...]) -> None:
        assert isinstance(mined(terms), NothingFits)

    @pytest.mark.parametrize("term", [Fraction(1, 2), True, 0.0])
    def test_terms_that_are_not_integers(self, term: object) -> None:
        assert mined([term] * 48) == NothingFits("a term is not an integer")

    def test_integers_of_a_hundred_thousand_digits(self) -> None:
        huge = 10**100_000
        assert isinstance(mined([huge * n * n - n for n in range(48)]), Found)
        assert isinstance(mined([huge // (n + 7) for n in range(48)]), NothingFits)

    def test_a_full_trace_of_two_thousand_digit_terms_takes_well_under_a_second(self) -> None:
        numbers = random.Random(3)
        noise = [numbers.randrange(10**2000) for _ in range(48)]
        began = time.process_time()
        outcomes = [mined(noise), mined(run((10**40,) * 16, tuple(noise[:16]), 48))]
        assert time.process_time() - began < 0.5
        assert [type(outcome) for outcome in outcomes] == [NothingFits, Found]


class TestDeadline:
    """The deadline is looked at before each miner."""

    def test_after_the_deadline_nothing_is_tried(self) -> None:
        clock = FakeClock()
        deadline = Deadline.after(1.0, clock)
        clock.advance(2.0)
        sequence = Sequence(0, tuple(n * n for n in range(48)))
        outcome = asyncio.run(mine(sequence, deadline=deadline, config=CONFIG))
        assert outcome == NothingFits("polynomial: no time left; c-finite: no time left")

    def test_a_cancelled_stage_stops(self) -> None:
        async def cancelled() -> bool:
            task = asyncio.create_task(mine(Sequence(0, ()), deadline=far_deadline(), config=CONFIG))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return task.cancelled()

        assert asyncio.run(cancelled())
