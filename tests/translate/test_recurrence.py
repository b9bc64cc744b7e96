"""Rules of every type as C-finite rules."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.formula import (
    Beatty,
    CFinite,
    CFiniteMod,
    Difference,
    Formula,
    Interlaced,
    KRegular,
    Multiplicative,
    PartialSum,
    Periodic,
    Polynomial,
    Power,
    PRecursive,
    Prefixed,
    Product,
    Reduced,
)
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.outcome import Unsupported
from aimo_pipeline.translate.recurrence import MAX_ORDER, as_recurrence

small = st.integers(-9, 9)
few = st.lists(small, min_size=1, max_size=4).map(tuple)


def c_finite(draw: st.DrawFn) -> CFinite:
    order = draw(st.integers(1, 3))
    vectors = st.tuples(*[small] * order)
    return CFinite(0, draw(vectors), draw(vectors))


@st.composite
def rules(draw: st.DrawFn, depth: int = 2) -> Formula:
    """Nested rules that begin at 0, as all parts of an Interlaced do."""
    kinds = ["c-finite", "polynomial", "periodic", "power", "floors"]
    outer = ["prefixed", "interlaced", "sum", "difference", "product"]
    kind = draw(st.sampled_from(kinds + (outer if depth else [])))
    match kind:
        case "c-finite":
            return c_finite(draw)
        case "polynomial":
            return Polynomial(0, draw(few))
        case "periodic":
            return Periodic(0, draw(few))
        case "power":
            exponent = Polynomial(0, (draw(st.integers(0, 3)), draw(st.integers(0, 3))))
            return Power(0, draw(small), draw(small), draw(small), exponent)
        case "floors":
            return Beatty(0, draw(small), draw(small), 0, 0, 0, draw(st.integers(1, 9)))
        case "product":
            return Product(0, tuple(draw(st.lists(rules(depth=depth - 1), min_size=1, max_size=2))))
        case "prefixed":
            return Prefixed(0, draw(few), draw(rules(depth=depth - 1)))
        case "interlaced":
            return Interlaced(0, tuple(draw(st.lists(rules(depth=depth - 1), min_size=1, max_size=3))))
        case "sum":
            return PartialSum(0, draw(small), draw(rules(depth=depth - 1)))
    return Difference(0, draw(rules(depth=depth - 1)))


class TestAsRecurrence:
    """The recurrence gives what the formula's definition gives, from the same first index."""

    @given(rules())
    def test_the_recurrence_reproduces_the_definition(self, formula: Formula) -> None:
        rule = as_recurrence(formula)
        if isinstance(rule, Unsupported):
            assert "too long" in rule.reason
            return
        assert rule.first_index == formula.first_index
        assert 0 < rule.order == len(rule.initial)
        assert terms_of(rule, rule.order + 60) == terms_of(formula, rule.order + 60)

    @pytest.mark.parametrize(
        ("formula", "order"),
        [
            (Interlaced(0, (Polynomial(0, (0, 1, 2)), Polynomial(0, (0, 2, 2)))), 4),  # n^2 // 4
            (Periodic(3, (1, 2, 3, 1, 2, 3)), 3),
            (Periodic(0, (1, -1)), 1),
            (Prefixed(0, (5,), CFinite(1, (1, 1), (0, 1))), 3),
            (PartialSum(0, 0, CFinite(0, (1, 1), (0, 1))), 3),
            (Difference(0, Polynomial(0, (0, 0, 1))), 2),
            (Power(0, 3, 2, 1, Polynomial(0, (0, 1))), 2),
            (Periodic(0, (0, 0)), 1),
            (Beatty(2, 3, 5, 0, 0, 0, 7), 8),
            (Product(0, (CFinite(0, (1, 1), (0, 1)), CFinite(0, (1, 1), (2, 1)))), 2),  # F(n) L(n) = F(2n)
            (Product(0, (Polynomial(0, (0, 1)), Power(0, 1, 2, 0, Polynomial(0, (0, 1))))), 2),  # n 2^n
        ],
    )
    def test_it_is_the_shortest(self, formula: Formula, order: int) -> None:
        rule = as_recurrence(formula)
        assert isinstance(rule, CFinite) and rule.order == order
        assert terms_of(rule, 40) == terms_of(formula, 40)

    def test_the_first_index_stays(self) -> None:
        rule = as_recurrence(Periodic(3, (1, 2)))
        assert rule == CFinite(3, (1, 0), (1, 2))


class TestRefusals:
    """What is not C-finite over the integers, or too long, is Unsupported and named."""

    @pytest.mark.parametrize(
        "formula",
        [
            CFiniteMod(0, 10, (1, 1), (0, 1)),
            Reduced(0, 7, Polynomial(0, (0, 1))),
            PRecursive(0, ((-1, -1), (1,)), (1,)),
            Multiplicative(1, 1, "sigma", (1,)),
            KRegular(0, 2, (((1,),), ((1,),)), (1,), (1,), 1),
            Beatty(0, 0, 0, 0, 1, 2, 1),
            Power(0, 1, 2, 0, Polynomial(0, (0, 1, 2))),
        ],
    )
    def test_other_families_are_refused_also_inside(self, formula: Formula) -> None:
        for outer in (formula, Prefixed(formula.first_index, (), formula)):
            refusal = as_recurrence(outer)
            assert isinstance(refusal, Unsupported)
            assert type(formula).__name__ in refusal.reason

    def test_a_long_cycle_is_refused(self) -> None:
        cycle = tuple(math.isqrt(n) for n in range(MAX_ORDER + 1))
        assert isinstance(as_recurrence(Periodic(0, cycle)), Unsupported)
        assert isinstance(as_recurrence(Periodic(0, cycle * 40)), Unsupported)
