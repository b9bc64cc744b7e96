"""Formulas as recurrences, closed forms and residues."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.formula import CFinite, Polynomial
from aimo_pipeline.translate.formula import closed_form, newton_value, power_residue, series_of
from aimo_pipeline.translate.recurrence import as_recurrence

small = st.integers(-50, 50)
rules = st.integers(1, 5).flatmap(
    lambda k: st.builds(
        CFinite,
        st.just(0),
        st.lists(small, min_size=k, max_size=k).map(tuple),
        st.lists(small, min_size=k, max_size=k).map(tuple),
    )
)
polynomials = st.builds(
    Polynomial, st.integers(-5, 5), st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=7).map(tuple)
)


def terms(rule: CFinite, count: int) -> list[int]:
    """The first terms, by the definition."""
    values = list(rule.initial)
    while len(values) < count:
        recent = values[len(values) - rule.order :]
        values.append(sum(c * v for c, v in zip(rule.coefficients, recent, strict=True)))
    return values[:count]


class TestPowerResidue:
    """x^n modulo the characteristic polynomial, applied to the first terms, is the n-th term."""

    @given(rules, st.integers(0, 60), st.one_of(st.just(0), st.integers(1, 10**6)))
    def test_the_residue_gives_the_term_that_stepping_gives(
        self, rule: CFinite, index: int, modulus: int
    ) -> None:
        residue = power_residue(rule, index, modulus)
        value = sum(r * s for r, s in zip(residue, rule.initial, strict=False))
        wanted = terms(rule, index + 1)[index]
        assert len(residue) <= rule.order
        assert (value - wanted) % modulus == 0 if modulus else value == wanted

    def test_a_far_fibonacci_number_has_its_period(self) -> None:
        rule = CFinite(0, (1, 1), (0, 1))
        residue = power_residue(rule, 10**18, 10)
        value = sum(r * s for r, s in zip(residue, rule.initial, strict=True)) % 10
        assert value == terms(rule, 61)[10**18 % 60] % 10  # the last digits repeat after 60


class TestSeries:
    """The series holds the terms of the recurrence that begins with 0, ..., 0, 1, the last first."""

    @given(rules, st.integers(1, 10**6))
    def test_they_are_what_stepping_gives(self, rule: CFinite, modulus: int) -> None:
        impulse = CFinite(0, rule.coefficients, (*(0,) * (rule.order - 1), 1))
        wanted = terms(impulse, 2 * rule.order - 1)[rule.order - 1 :]
        assert series_of(rule, modulus) == [term % modulus for term in reversed(wanted)]


class TestPolynomials:
    """Newton's form, the recurrence and the closed form are one sequence."""

    @given(polynomials)
    def test_the_recurrence_reproduces_the_values(self, formula: Polynomial) -> None:
        rule = as_recurrence(formula)
        assert isinstance(rule, CFinite) and rule.first_index == formula.first_index
        assert terms(rule, 25) == [newton_value(formula, t) for t in range(25)]

    @given(polynomials, st.integers(0, 10**9))
    def test_the_closed_form_is_the_value_at_every_index(self, formula: Polynomial, t: int) -> None:
        form = closed_form(formula)
        assert form.scale > 0
        assert form.scale * newton_value(formula, t) == sum(c * t**i for i, c in enumerate(form.coefficients))

    def test_a_constant_is_a_recurrence_of_order_one(self) -> None:
        assert as_recurrence(Polynomial(3, (7,))) == CFinite(3, (1,), (7,))

    def test_a_c_finite_rule_is_its_own_recurrence(self) -> None:
        rule = CFinite(2, (1, 1), (0, 1))
        assert as_recurrence(rule) is rule
