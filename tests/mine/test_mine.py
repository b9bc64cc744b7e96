"""The mining stage."""

from __future__ import annotations

import asyncio
import math
import random
import time
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.domain import Sequence
from aimo_pipeline.formula import (
    Algebraic,
    Beatty,
    CFinite,
    CFiniteMod,
    DivisorSum,
    Formula,
    Interlaced,
    KRegular,
    Multiplicative,
    PartialProduct,
    Periodic,
    Polynomial,
    Power,
    PRecursive,
)
from aimo_pipeline.mine import evaluate, mine
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.families import MINERS
from aimo_pipeline.mine.floors.beatty import BeattyMiner
from aimo_pipeline.mine.linear.cfinite import CFiniteMiner
from aimo_pipeline.mine.linear.periodic import PeriodicMiner
from aimo_pipeline.mine.mine import find_rule
from aimo_pipeline.mine.trust.question import Question
from aimo_pipeline.outcome import (
    Ambiguous,
    BadTerms,
    Constant,
    FitOutcome,
    Found,
    MineOutcome,
    NothingFits,
    TooFewTerms,
)

CONFIG = MineConfig()
SMALL = st.integers(-6, 6)
few = settings(max_examples=25, deadline=None)  # where no family has a rule, all are asked several times over


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
def recurrences(draw: st.DrawFn) -> Formula:
    order = draw(st.integers(1, 8))
    oldest, others = draw(SMALL.filter(bool)), draw(st.tuples(*[SMALL] * (order - 1)))
    return CFinite(draw(st.integers(-3, 3)), (oldest, *others), draw(st.tuples(*[SMALL] * order)))


@st.composite
def recurrences_modulo(draw: st.DrawFn) -> Formula:
    modulus, order = draw(st.integers(2, 10**4)), draw(st.integers(1, 4))
    vectors = st.tuples(*[st.integers(0, modulus - 1)] * order)
    return CFiniteMod(0, modulus, draw(vectors), draw(vectors))


VALUES = st.lists(SMALL, min_size=1, max_size=6).map(tuple)
POLYNOMIALS = st.builds(Polynomial, st.just(0), VALUES)
HYPERGEOMETRIC = st.builds(
    lambda top, bottom, start: PRecursive(1, (tuple(-c for c in top), bottom), (start,)),
    st.tuples(st.integers(1, 9), st.integers(1, 4)),
    st.sampled_from([(1,), (2,), (1, 1)]),
    st.integers(1, 10**6),
)
ANY_RULE = st.one_of(
    recurrences(),
    recurrences_modulo(),
    POLYNOMIALS,
    st.builds(Periodic, st.just(0), VALUES),
    st.builds(lambda parts: Interlaced(0, tuple(parts)), st.lists(POLYNOMIALS, min_size=2, max_size=4)),
    HYPERGEOMETRIC,
    st.sampled_from(
        [Algebraic(0, ((1,), (-1,), (0, 1)), (1,)), Algebraic(0, ((1,), (-1, 1), (0, 0, 1)), (1,))]
    ),
    st.builds(lambda k: Multiplicative(1, 1, "sigma", (k,)), st.integers(0, 3)),
    st.builds(lambda weight: DivisorSum(1, Polynomial(1, weight)), VALUES),
    st.builds(
        lambda zero, one: KRegular(0, 2, ((zero, (0, 1)), ((1, one), (0, 1))), (1, 0), (0, 1), 1),
        st.sampled_from([(1, 0), (2, 0), (1, 1)]),
        st.integers(1, 2),
    ),
    st.builds(  # a(2 n) = p a(n) + q, a(2 n + 1) = r a(n) + s n + t, p not 0: else little depends on a(1)
        lambda p, q, r, s, t: KRegular(
            0,
            2,
            (((p, 0, 0), (q, 1, 0), (0, 0, 2)), ((r, 0, 0), (t, 1, 1), (s, 0, 2))),
            (1, 1, 0),
            (1, 0, 0),
            1,
        ),
        st.sampled_from([-1, 1, 2, 3]),
        *[st.integers(-1, 3)] * 4,
    ),
    st.builds(
        lambda a, d, c: Beatty(0, 0, a, 0, 1, d, c), SMALL, st.sampled_from([2, 3, 5, 7]), st.integers(1, 3)
    ),
    st.builds(lambda ratio: PartialProduct(0, 1, ratio), st.builds(Polynomial, st.just(0), st.just((1, 1)))),
    st.builds(
        lambda base, rule: Power(0, 1, base, 0, rule), st.integers(2, 3), st.just(Polynomial(0, (0, 0, 1)))
    ),
)


def predicted(found: Found, count: int) -> tuple[object, ...]:
    first = found.formula.first_index
    return tuple(evaluate(found.formula, first + place, None) for place in range(count))


class TestProperties:
    """Mining is sound on sequences that have a rule, and silent on corrupted ones."""

    @few
    @given(ANY_RULE)
    def test_a_found_rule_predicts_what_the_true_rule_predicts(self, formula: Formula) -> None:
        terms = terms_of(formula, 70)
        outcome = mined(terms[:48], formula.first_index)
        if isinstance(outcome, Found):
            assert terms_of(outcome.formula, len(terms)) == terms

    @few
    @given(st.lists(st.integers(2, 5), min_size=2, max_size=8), st.integers(1, 9))
    def test_a_growing_recurrence_up_to_order_eight_is_found(
        self, coefficients: list[int], start: int
    ) -> None:
        terms = run(tuple(coefficients), (start,) * len(coefficients), 70)
        outcome = mined(terms[:48])
        assert isinstance(outcome, Found) and predicted(outcome, 70) == terms

    @few
    @given(st.lists(SMALL, max_size=6), st.integers(1, 9))
    def test_a_polynomial_of_degree_one_to_seven_is_found(self, lower: list[int], leading: int) -> None:
        terms = tuple(sum(c * n**i for i, c in enumerate([*lower, leading, leading])) for n in range(70))
        outcome = mined(terms[:48])
        assert isinstance(outcome, Found) and isinstance(outcome.formula, Polynomial)
        assert predicted(outcome, 70) == terms

    @few
    @given(ANY_RULE, st.integers(1, 69))
    def test_adding_true_terms_never_loses_a_rule(self, formula: Formula, count: int) -> None:
        terms = terms_of(formula, 70)
        early = mined(terms[:count], formula.first_index)
        if isinstance(early, Found):
            late = mined(terms, formula.first_index)
            assert isinstance(late, Found)
            assert terms_of(late.formula, len(terms)) == terms

    @pytest.mark.parametrize(("base", "modulus"), [(175, 265), (27, 96)])
    @pytest.mark.parametrize("count", [30, 48, 70, 100])
    def test_a_power_modulo_m_that_repeats_only_later_has_no_wrong_first_term(
        self, count: int, base: int, modulus: int
    ) -> None:
        terms = tuple(pow(base, n, modulus) for n in range(140))
        outcome = mined(terms[:count])
        assert isinstance(outcome, Found) and predicted(outcome, 140) == terms

    @few
    @given(ANY_RULE, st.integers(0, 47), st.integers(-(10**6), 10**6).filter(bool))
    def test_a_corrupted_term_is_never_accepted(self, formula: Formula, position: int, error: int) -> None:
        # With another first term these are of the same family still, and go on as before.
        may_differ_at_first = isinstance(formula, PRecursive | Algebraic | KRegular)
        corrupted = list(terms_of(formula, 48))
        if len(corrupted) < 48 or position == 0 and may_differ_at_first:
            return
        corrupted[position] += error
        outcome = mined(corrupted, formula.first_index)
        if position == 0 and isinstance(outcome, Found):  # all that comes later is as it was
            assert outcome.odd_first == corrupted[0] - error
            assert predicted(outcome, 70)[1:] == terms_of(formula, 70)[1:]
        else:
            assert not isinstance(outcome, Found | Ambiguous)

    @few
    @given(ANY_RULE, st.randoms(use_true_random=False))
    def test_the_order_of_the_miners_changes_nothing(self, formula: Formula, rng: random.Random) -> None:
        question = Question(terms_of(formula, 40), (formula.first_index,))
        shuffled = rng.sample(MINERS, len(MINERS))
        first, second = (
            asyncio.run(find_rule(question, miners=miners, deadline=far_deadline(), config=CONFIG))
            for miners in (MINERS, tuple(shuffled))
        )
        assert first == second or isinstance(first, NothingFits) and isinstance(second, NothingFits)

    @few
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


def collatz_steps(n: int) -> int:
    steps = 0
    while n != 1:
        n, steps = n // 2 if n % 2 == 0 else 3 * n + 1, steps + 1
    return steps


def bell(count: int) -> list[int]:
    row, numbers = [1], [1]
    for _ in range(count - 1):
        row = list(accumulate(row, initial=row[-1]))
        numbers.append(row[0])
    return numbers


NO_RULE = {
    "primes": primes(48),
    "partitions": partitions(48),
    "noise": random.Random(1).choices(range(10**6), k=48),
    "bits of noise": random.Random(2).choices(range(2), k=48),
    "digits of pi": [int(digit) for digit in PI_DIGITS],
    "floor(n pi)": [int(n * math.pi) for n in range(1, 49)],
    "floor(n pi), 100 terms": [int(n * math.pi) for n in range(1, 101)],
    "Bell numbers": bell(40),
    "lengths of the squares": [len(str(n * n)) for n in range(64)],
    "leading digits of 2^n": [int(str(2**n)[0]) for n in range(46)],
    "Collatz steps": [collatz_steps(n) for n in range(1, 50)],
    "floor of n to 3/2": [math.isqrt(n**3) for n in range(40)],
    "gaps of primes": [b - a for a, b in pairwise(primes(49))],
    "products of primes": [math.prod(primes(n)) for n in range(20)],
}


class TestNoRule:
    """Sequences without a rule of these families end in NothingFits, each family's reason named."""

    @pytest.mark.parametrize("name", NO_RULE)
    def test_it_abstains_on(self, name: str) -> None:
        outcome = mined(NO_RULE[name])
        assert isinstance(outcome, NothingFits)
        assert all(f"{miner.name}: " in outcome.reason for miner in MINERS)


FAMILIAR = {
    "factorials": [math.factorial(n) for n in range(1, 31)],
    "central binomials": [math.comb(2 * n, n) for n in range(1, 40)],
    "Catalan numbers": [math.comb(2 * n, n) // (n + 1) for n in range(1, 40)],
    "Fibonacci numbers modulo ten": [term % 10 for term in run((1, 1), (1, 1), 50)],
    "numbers of divisors": [sum(n % d == 0 for d in range(1, n + 1)) for n in range(1, 60)],
    "sums of totients": [
        sum(math.gcd(i, k) == 1 for k in range(1, n + 1) for i in range(1, k + 1)) for n in range(1, 56)
    ],
    "ones in binary": [n.bit_count() for n in range(1, 60)],
    "floors of n sqrt 2": [math.isqrt(2 * n * n) for n in range(1, 60)],
    "floors of n golden ratio": [(n + math.isqrt(5 * n * n)) // 2 for n in range(1, 60)],
    "steps of floor(n sqrt 2)": [math.isqrt(2 * (n + 1) ** 2) - math.isqrt(2 * n * n) for n in range(1, 90)],
    "factorials by turns with squares": [
        math.factorial(n // 2) if n % 2 else (n // 2) ** 2 for n in range(1, 61)
    ],
}


class TestRules:
    """Familiar sequences."""

    def test_tilings_of_a_strip(self) -> None:
        outcome = mined(run((1, 1), (1, 2), 24), first_index=1)
        assert isinstance(outcome, Found)
        assert (outcome.formula, outcome.spare) == (CFinite(1, (1, 1), (1, 2)), 20)

    def test_a_polynomial_goes_by_its_own_name_though_it_is_c_finite(self) -> None:
        outcome = mined([n**3 for n in range(20)])
        assert isinstance(outcome, Found)
        assert (outcome.formula, outcome.spare) == (Polynomial(0, (0, 1, 6, 6)), 16)

    def test_partitions_into_ones_twos_and_threes(self) -> None:
        terms = [(n * n + 6 * n + 12) // 12 for n in range(48)]
        outcome = mined(terms)
        assert isinstance(outcome, Found)
        assert predicted(outcome, 200)[-1] == (199**2 + 6 * 199 + 12) // 12

    @pytest.mark.parametrize("name", FAMILIAR)
    def test_it_finds(self, name: str) -> None:
        terms = FAMILIAR[name]
        outcome = mined(terms[:-8], first_index=1)
        assert isinstance(outcome, Found)
        assert predicted(outcome, len(terms)) == tuple(terms)


class TestOddInput:
    """Nothing that a trace can hold raises."""

    @pytest.mark.parametrize("terms", [(), (0,), (5, 5), (-1, 1, -1)])
    def test_too_few(self, terms: tuple[int, ...]) -> None:
        outcome = mined(terms, 3)
        assert isinstance(outcome, TooFewTerms) and outcome.wants[0] == 3 + len(terms)

    def test_a_constant(self) -> None:
        outcome = mined((7,) * 30)
        assert isinstance(outcome, Constant) and outcome.value == 7 and outcome.wants[0] == 30

    @pytest.mark.parametrize("term", [Fraction(1, 2), True, 0.0])
    def test_terms_that_are_not_integers(self, term: object) -> None:
        assert mined([term] * 48) == BadTerms("a term is not an integer")

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
        assert isinstance(outcome, NothingFits)
        assert outcome.reason.count("no time left") == len(MINERS)

    def test_what_was_found_in_time_counts(self) -> None:
        clock = FakeClock()

        class Slow:
            name = "slow"

            def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
                clock.advance(config.wall_s)
                return NothingFits("slow")

        floors = Question(tuple(math.isqrt(2 * n * n) for n in range(60)), (0,))
        for miners, kind in (
            ((BeattyMiner(), Slow()), Found),
            ((Slow(), BeattyMiner()), NothingFits),
        ):
            deadline = Deadline.after(60.0, clock)
            outcome = asyncio.run(find_rule(floors, miners=miners, deadline=deadline, config=CONFIG))
            assert isinstance(outcome, kind)

    def test_a_growing_recurrence_beyond_doubt_is_not_weighed_against_others(self) -> None:
        class Unreached:
            name = "unreached"

            def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
                raise AssertionError("asked although the rule is beyond doubt")

        fibonacci = [0, 1]
        while len(fibonacci) < 60:
            fibonacci.append(fibonacci[-1] + fibonacci[-2])
        question = Question(tuple(fibonacci), (0,))
        miners = (Unreached(), CFiniteMiner())
        outcome = asyncio.run(find_rule(question, miners=miners, deadline=far_deadline(), config=CONFIG))
        assert isinstance(outcome, Found)

    def test_a_cycle_is_always_weighed_against_others(self) -> None:
        class Asked:
            name = "beatty"
            times = 0

            def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
                Asked.times += 1
                return NothingFits("asked")

        question = Question((3, 1, 4, 1, 5, 9, 2) * 12, (0,))
        miners = (Asked(), PeriodicMiner())
        asyncio.run(find_rule(question, miners=miners, deadline=far_deadline(), config=CONFIG))
        assert Asked.times

    def test_a_cancelled_stage_stops(self) -> None:
        async def cancelled() -> bool:
            task = asyncio.create_task(mine(Sequence(0, ()), deadline=far_deadline(), config=CONFIG))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return task.cancelled()

        assert asyncio.run(cancelled())


class TestNearby:
    """Lines that cannot be told apart foretell what they agree on, and nothing else."""

    @pytest.mark.parametrize(("positions", "kind"), [((50, 51), Found), ((50, 10**6), NothingFits)])
    def test_only_terms_that_all_agree_on(self, positions: tuple[int, ...], kind: type) -> None:
        terms = tuple((4 * n + math.isqrt(31 * n * n)) // 5 for n in range(52))
        question = Question(terms[:50], (0,), positions)
        outcome = asyncio.run(find_rule(question, miners=MINERS, deadline=far_deadline(), config=CONFIG))
        assert isinstance(outcome, kind)
        if isinstance(outcome, Found):
            assert predicted(outcome, 52) == terms
