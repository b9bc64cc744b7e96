"""Rules carried back before their first index."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.formula import (
    Beatty,
    CFinite,
    CFiniteMod,
    DivisorSum,
    Formula,
    Interlaced,
    Periodic,
    Polynomial,
    PRecursive,
)
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.trust.backwards import extended_back

SMALL = st.integers(-9, 9)


def cut(formula: Formula, rest: Formula, count: int = 7) -> None:
    """`rest` is `formula` without its first terms; going back must give these again."""
    assert extended_back(rest, count) == terms_of(formula, count)


class TestExtendedBack:
    """Going back undoes going on."""

    @given(st.sampled_from([-1, 1]), st.lists(SMALL, max_size=4), st.data())
    def test_recurrences(self, oldest: int, others: list[int], data: st.DataObject) -> None:
        coefficients = (oldest, *others)
        rule = CFinite(0, coefficients, data.draw(st.tuples(*[SMALL] * len(coefficients))))
        cut(rule, CFinite(7, coefficients, terms_of(rule, 20)[7 : 7 + rule.order]))

    @given(st.integers(2, 50), st.lists(st.integers(0, 49), max_size=3), st.data())
    def test_recurrences_modulo_m(self, modulus: int, others: list[int], data: st.DataObject) -> None:
        coefficients = (1, *others)
        initial = data.draw(st.tuples(*[st.integers(0, modulus - 1)] * len(coefficients)))
        rule = CFiniteMod(0, modulus, coefficients, initial)
        cut(rule, CFiniteMod(7, modulus, coefficients, terms_of(rule, 20)[7 : 7 + rule.order]))

    @given(st.lists(SMALL, min_size=1, max_size=6))
    def test_polynomials(self, powers: list[int]) -> None:
        values = [sum(c * n**i for i, c in enumerate(powers)) for n in range(-4, 10)]
        row, differences = values[4:], []
        while row:
            differences.append(row[0])
            row = [b - a for a, b in zip(row, row[1:], strict=False)]
        assert extended_back(Polynomial(0, tuple(differences)), 4) == tuple(values[:4])

    def test_cycles_and_parts_by_turns(self) -> None:
        cut(Periodic(0, (1, 2, 3)), Periodic(7, (2, 3, 1)))
        parts = (Polynomial(0, (0, 1)), Periodic(0, (5,)))
        later = (Periodic(0, (5,)), Polynomial(0, (4, 1)))
        cut(Interlaced(0, parts), Interlaced(7, later))

    def test_families_that_know_their_index(self) -> None:
        weight = Polynomial(1, (1,))
        assert extended_back(DivisorSum(9, weight), 8) == (1, 2, 2, 3, 2, 4, 2, 4)
        assert extended_back(DivisorSum(9, weight), 9) is None
        assert extended_back(Beatty(3, 0, 0, 0, 1, 2, 1), 4) == (-2, 0, 1, 2)

    @pytest.mark.parametrize(
        "formula",
        [
            CFinite(0, (2,), (3,)),
            CFinite(0, (0, 1), (3, 3)),
            CFinite(0, (), ()),
            CFiniteMod(0, 10, (5,), (5,)),
            PRecursive(0, ((-1, -1), (1,)), (1,)),
            Interlaced(0, (CFinite(0, (2,), (3,)),)),
        ],
    )
    def test_where_there_is_no_way_back(self, formula: Formula) -> None:
        assert extended_back(formula, 1) is None
