"""Closed forms are the recurrence's terms, also at indices that they were not made from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.formula import (
    Beatty,
    CFinite,
    Formula,
    Interlaced,
    PartialSum,
    Periodic,
    Polynomial,
    Power,
    Prefixed,
    Product,
)
from aimo_pipeline.translate.closed import closed_sum, irrational
from aimo_pipeline.translate.recurrence import as_recurrence, iterated

NUMBERS = st.integers(-9, 9)
POLYNOMIALS = st.lists(NUMBERS, min_size=1, max_size=4).map(lambda d: Polynomial(0, tuple(d)))
GEOMETRIC = st.builds(
    lambda base, slope: Power(0, 1, base, 0, Polynomial(0, (0, slope))), NUMBERS, st.integers(1, 2)
)
CYCLES = st.lists(NUMBERS, min_size=1, max_size=6).map(lambda c: Periodic(0, tuple(c)))
RULES = st.one_of(
    POLYNOMIALS,
    CYCLES,
    GEOMETRIC,
    st.lists(POLYNOMIALS, min_size=1, max_size=4).map(lambda parts: Interlaced(0, tuple(parts))),
    st.builds(lambda start, step: PartialSum(0, start, step), NUMBERS, CYCLES | POLYNOMIALS | GEOMETRIC),
    st.builds(lambda p, g: Product(0, (p, g)), POLYNOMIALS | CYCLES, GEOMETRIC),
    st.builds(lambda a, b, c: Beatty(0, a, b, 0, 0, 0, c), NUMBERS, NUMBERS, st.integers(1, 6)),
    st.builds(lambda before, rule: Prefixed(0, (before,), rule), NUMBERS, CYCLES | GEOMETRIC),
)


def recurrence_of(formula: Formula) -> CFinite:
    rule = as_recurrence(formula)
    assert isinstance(rule, CFinite)
    return rule


class TestClosedForms:
    """A sum of powers times (quasi-)polynomials, wherever the roots are integers times roots of unity."""

    @given(RULES)
    def test_each_such_rule_has_one_with_its_terms(self, formula: Formula) -> None:
        rule = recurrence_of(formula)
        form = closed_sum(rule)
        assert form is not None and form.scale > 0
        for n, term in enumerate(iterated(rule, 60)):
            if n >= form.begin:
                assert form.scale * term == sum(part.value(n) for part in form.terms)

    @pytest.mark.parametrize(
        ("coefficients", "begin"), [((0,), 1), ((0, 0, 0), 3), ((0, 1), 1), ((1,), 0), ((0, 0, 2), 2)]
    )
    def test_terms_before_it_are_as_many_as_the_recurrence_forgets(
        self, coefficients: tuple[int, ...], begin: int
    ) -> None:
        form = closed_sum(CFinite(0, coefficients, tuple(range(5, 5 + len(coefficients)))))
        assert form is not None and form.begin == begin

    @pytest.mark.parametrize(
        "rule",
        [
            CFinite(0, (1, 1), (0, 1)),  # (1 + sqrt 5) / 2
            CFinite(0, (-2, 2), (1, 1)),  # 1 + i, whose powers grow by the root of 2
            CFinite(0, (2, 0), (1, 1)),  # the root of 2
            CFinite(0, (2, 0, 0), (1, 1, 5)),
            CFinite(0, (10**2000, 1), (1, 1)),
            CFinite(0, (*([0] * 40), 1, *([0] * 58), 1), tuple(range(100))),
        ],
    )
    def test_other_roots_and_long_forms_have_none(self, rule: CFinite) -> None:
        assert closed_sum(rule) is None

    @pytest.mark.parametrize(
        ("coefficients", "expected"),
        [((1, 1), True), ((-2, 2), True), ((2, 0), True), ((-1, 2), False), ((6, 1), False), ((2,), False)],
    )
    def test_order_2_has_a_form_with_a_root_where_the_discriminant_is_no_square(
        self, coefficients: tuple[int, ...], expected: bool
    ) -> None:
        assert irrational(CFinite(0, coefficients, (1,) * len(coefficients))) is expected
