"""Proofs that a rule never gives a negative term."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.formula import CFinite, Formula, PartialProduct, Periodic, Polynomial, Power, PRecursive
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.far.sign import is_never_negative

small = st.integers(-6, 6)


class TestIsNeverNegative:
    """True is a proof; the usual exponents are proved."""

    @pytest.mark.parametrize(
        "formula",
        [
            CFinite(0, (1, 1), (0, 1)),
            CFinite(0, (-2, 3), (0, 1)),  # 2^n - 1
            CFinite(0, (2, -5, 4), (1, 3, 6)),  # 2^n + n
            CFinite(0, (-6, 5), (0, 1)),  # 3^n - 2^n
            CFinite(0, (-1, 3), (0, 1)),  # Fibonacci numbers of even index
            CFinite(0, (), ()),
            Polynomial(0, (0, 1, 2)),
            Polynomial(-3, (9, -5, 2)),  # n^2
            Periodic(0, (0, 2)),
            Power(0, 1, 2, -1, CFinite(0, (1, 1), (0, 1))),
            PartialProduct(0, 1, Polynomial(0, (1, 1))),
            PRecursive(0, ((-2, -4), (2, 1)), (1,)),  # Catalan numbers
        ],
    )
    def test_the_usual_exponents_are_proved(self, formula: Formula) -> None:
        assert min(terms_of(formula, 12)) >= 0
        assert is_never_negative(formula)

    @given(st.integers(0, 4), st.data())
    def test_no_recurrence_with_a_negative_term_is_proved(self, order: int, data: st.DataObject) -> None:
        coefficients = data.draw(st.tuples(*[small] * order))
        rule = CFinite(0, coefficients, data.draw(st.tuples(*[st.integers(0, 9)] * order)))
        if min(terms_of(rule, 200)) < 0:
            assert not is_never_negative(rule)

    @given(st.lists(small, min_size=1, max_size=4))
    def test_no_polynomial_with_a_negative_value_is_proved(self, differences: list[int]) -> None:
        rule = Polynomial(0, tuple(differences))
        if min(terms_of(rule, 200)) < 0:
            assert not is_never_negative(rule)

    def test_a_negative_factor_or_base_is_not_proved(self) -> None:
        assert not is_never_negative(Power(0, -1, 2, 9, Periodic(0, (1,))))
        assert not is_never_negative(Power(0, 1, -2, 9, Periodic(0, (1,))))
        assert not is_never_negative(PartialProduct(0, 1, Periodic(0, (1, -1))))
