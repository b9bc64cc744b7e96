"""Powers and towers far out, against plain exponentiation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.formula import CFinite, Formula, Polynomial, Power
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.far.evaluate import evaluate as evaluate_any
from aimo_pipeline.mine.far.tower import tetration_mod, value

FIBONACCI = CFinite(0, (1, 1), (0, 1))
DOUBLING = CFinite(0, (2,), (1,))


def evaluate(formula: Formula, index: int, modulus: int | None) -> int | CannotEvaluate:
    """The stage's evaluation, with powers sent to the unit under test."""
    if isinstance(formula, Power):
        return value(formula, index, modulus, evaluate)
    return evaluate_any(formula, index, modulus)


class TestPowers:
    """factor * base ^ exponent(n) + shift, whatever base and modulus have in common."""

    @given(
        st.integers(-9, 9),
        st.integers(-12, 12),
        st.integers(-3, 3),
        st.sampled_from([FIBONACCI, DOUBLING, Polynomial(0, (0, 1, 2)), Polynomial(0, (3,))]),
        st.integers(0, 12),
        st.integers(1, 400),
    )
    def test_it_agrees_with_the_definition(
        self, factor: int, base: int, shift: int, exponent: Formula, index: int, modulus: int
    ) -> None:
        rule = Power(0, factor, base, shift, exponent)
        term = terms_of(rule, index + 1)[index]
        assert evaluate(rule, index, None) == term
        assert evaluate(rule, index, modulus) == term % modulus

    @given(st.integers(2, 30), st.integers(1, 5_000))
    def test_a_tower_of_three_storeys_agrees_with_the_definition(self, base: int, modulus: int) -> None:
        rule = Power(0, 1, base, 0, Power(0, 1, 3, 0, DOUBLING))
        for n in range(4):
            assert evaluate(rule, n, modulus) == pow(base, 3**2**n, modulus)

    def test_a_far_exponent_is_known_by_its_residue(self) -> None:
        fibonacci_mod_4 = (0, 1, 1, 2, 3, 1)[10**18 % 6]  # the period of F modulo 4 is 6
        assert evaluate(Power(0, 1, 2, 0, FIBONACCI), 10**18, 5) == pow(2, fibonacci_mod_4, 5)
        assert evaluate(Power(0, 1, 6, 1, FIBONACCI), 10**18, 2**5 * 3**4) == 1

    def test_a_tower_far_out_follows_eulers_theorem_storey_by_storey(self) -> None:
        rule = Power(0, 1, 7, 0, Power(0, 1, 2, 0, DOUBLING))  # 7^(2^(2^n)) modulo 1000: 7 has order 20
        inner = pow(2, pow(2, 10**18, 4), 5) % 5  # 2^(2^n) modulo 5
        exponent = next(e for e in range(0, 20, 4) if e % 5 == inner)
        assert evaluate(rule, 10**18, 1000) == pow(7, exponent, 1000)

    def test_an_exponent_that_may_turn_negative_is_refused(self) -> None:
        swings = CFinite(0, (-2, 2), (1, 1))  # (1 + i)^n: 1, 1, 0, -2, ...
        assert isinstance(evaluate(Power(0, 1, 3, 0, swings), 3, 100), CannotEvaluate)
        assert isinstance(evaluate(Power(0, 1, 3, 0, swings), 3, None), CannotEvaluate)
        assert isinstance(evaluate(Power(0, 1, 3, 0, swings), 10**18, 100), CannotEvaluate)
        assert evaluate(Power(0, 1, 3, 0, swings), 1, 100) == 3

    def test_a_falling_line_is_refused_from_where_it_is_negative(self) -> None:
        rule = Power(0, 1, 3, 0, Polynomial(0, (10, -1)))
        assert evaluate(rule, 10, 7) == 1
        assert isinstance(evaluate(rule, 11, 7), CannotEvaluate)

    def test_an_exact_term_of_too_many_digits_is_refused(self) -> None:
        rule = Power(0, 1, 10, 0, DOUBLING)
        assert evaluate(rule, 19, None) == 10**2**19
        assert isinstance(evaluate(rule, 22, None), CannotEvaluate)

    @pytest.mark.parametrize("base", [-1, 0, 1])
    def test_bases_below_two_have_exact_terms_of_any_exponent(self, base: int) -> None:
        assert evaluate(Power(0, 5, base, 2, Polynomial(0, (10**30 + 1,))), 0, None) == 5 * base + 2

    def test_a_modulus_too_long_to_factor_needs_a_known_exponent(self) -> None:
        modulus = (2**127 - 1) * (2**89 - 1)
        rule = Power(0, 1, 3, 0, DOUBLING)
        assert evaluate(rule, 2_000, modulus) == pow(3, 2**2_000, modulus)
        assert isinstance(evaluate(rule, 10**18, modulus), CannotEvaluate)


class TestTetration:
    """a^a^...^a modulo m."""

    @given(st.integers(0, 5), st.integers(0, 3), st.integers(1, 500))
    def test_low_towers_agree_with_plain_exponentiation(self, base: int, height: int, modulus: int) -> None:
        tower = 1
        for _ in range(min(height, 2)):
            tower = base**tower
        expected = tower % modulus if height < 3 else pow(base, tower, modulus)
        assert tetration_mod(base, height, modulus) == expected

    @given(st.integers(2, 20), st.integers(1, 3_000))
    def test_high_towers_settle(self, base: int, modulus: int) -> None:
        assert tetration_mod(base, 40, modulus) == tetration_mod(base, 10**18, modulus)

    def test_last_digits_of_well_known_towers(self) -> None:
        assert tetration_mod(2, 5, 10**4) == pow(2, 65_536, 10**4)
        assert tetration_mod(3, 4, 10**4) == pow(3, 3**27, 10**4)
        assert tetration_mod(3, 10**9, 10**10) == 2_464_195_387  # as Graham's number ends
