"""Far sums, over a range and over divisors."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.formula import (
    Beatty,
    CFinite,
    DivisorSum,
    Formula,
    Interlaced,
    KRegular,
    PartialSum,
    Periodic,
    Polynomial,
    Power,
    Prefixed,
    Shifted,
)
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.far.evaluate import evaluate

SMALL = st.integers(-9, 9)
LINE = Polynomial(0, (0, 1))
BITS = KRegular(0, 2, (((1, 0), (0, 1)), ((1, 1), (0, 1))), (1, 0), (0, 1), 1)


@st.composite
def steps(draw: st.DrawFn) -> Formula:
    order = draw(st.integers(0, 3))
    vectors = st.tuples(*[SMALL] * order)
    rules: list[Formula] = [
        Polynomial(0, tuple(draw(st.lists(SMALL, min_size=1, max_size=4)))),
        CFinite(0, draw(vectors), draw(vectors)),
        Periodic(0, tuple(draw(st.lists(SMALL, min_size=1, max_size=5)))),
        Interlaced(0, (LINE, Periodic(0, (draw(SMALL), 2)), Polynomial(0, (1, 1, 1)))),
        Prefixed(0, (draw(SMALL), 4), Polynomial(2, (draw(SMALL), 1))),
        BITS,
    ]
    return draw(st.sampled_from(rules))


class TestPartialSum:
    """The sum at n is the start and all steps before n."""

    @given(steps(), SMALL, st.integers(0, 40), st.none() | st.integers(1, 1000))
    def test_it_agrees_with_adding_up(self, step: Formula, start: int, n: int, modulus: int | None) -> None:
        wanted = start + sum(terms_of(step, n))
        value = evaluate(PartialSum(0, start, step), n, modulus)
        assert value == (wanted if modulus is None else wanted % modulus)

    def test_sums_of_powers_far_out(self) -> None:
        n = 10**18
        assert evaluate(PartialSum(0, 0, LINE), n, 97) == n * (n - 1) // 2 % 97
        assert evaluate(PartialSum(0, 0, CFinite(0, (2,), (1,))), n, 97) == (pow(2, n, 97) - 1) % 97

    def test_a_step_without_a_closed_sum_is_refused_far_out(self) -> None:
        assert isinstance(evaluate(PartialSum(0, 0, BITS), 10**18, 97), CannotEvaluate)

    def test_steps_that_outgrow_the_memory_are_refused(self) -> None:
        tower = Power(0, 1, 2, 0, CFinite(0, (2,), (1,)))
        assert isinstance(evaluate(PartialSum(0, 0, tower), 60, None), CannotEvaluate)

    def test_a_step_that_begins_elsewhere_is_refused(self) -> None:
        assert isinstance(evaluate(PartialSum(1, 0, LINE), 5, None), CannotEvaluate)

    def test_a_shift_moves_the_index(self) -> None:
        assert evaluate(Shifted(0, 3, Polynomial(3, (10, 1))), 2, None) == 12


class TestDivisorSum:
    """The sum over all divisors, by factoring."""

    @given(st.integers(1, 2000))
    def test_it_agrees_with_trial_division(self, n: int) -> None:
        wanted = sum(d * d for d in range(1, n + 1) if n % d == 0)
        assert evaluate(DivisorSum(1, Polynomial(1, (1, 3, 2))), n, None) == wanted

    def test_a_large_index(self) -> None:
        n = (10**9 + 7) * (10**9 + 9)
        wanted = 1 + n + (10**9 + 7) + (10**9 + 9)
        assert evaluate(DivisorSum(1, Polynomial(1, (1, 1))), n, None) == wanted

    def test_a_highly_composite_index(self) -> None:
        assert evaluate(DivisorSum(1, Polynomial(1, (1,))), math.factorial(20), None) == 41_040

    @pytest.mark.parametrize("index", [2**200 + 1, 0])
    def test_an_index_that_is_not_factored_is_refused(self, index: int) -> None:
        assert isinstance(evaluate(DivisorSum(0, Polynomial(1, (1,))), index, 7), CannotEvaluate)

    def test_a_weight_that_does_not_begin_at_one_is_refused(self) -> None:
        assert isinstance(evaluate(DivisorSum(1, LINE), 6, 7), CannotEvaluate)

    def test_a_sum_of_a_rounded_line_far_out(self) -> None:
        value = evaluate(PartialSum(0, 0, Beatty(0, 0, 3, 0, 0, 0, 7)), 10**18, 10**9 + 7)
        cycles, rest = divmod(10**18, 7)  # floor(3 (7 q + r) / 7) = 3 q + floor(3 r / 7)
        wanted = 7 * 3 * cycles * (cycles - 1) // 2 + cycles * sum(3 * r // 7 for r in range(7))
        wanted += sum(3 * cycles + 3 * r // 7 for r in range(rest))
        assert value == wanted % (10**9 + 7)
