"""What each formula means, against sequences everybody knows."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.formula import (
    Algebraic,
    Beatty,
    CFinite,
    CFiniteMod,
    Difference,
    DivisorSum,
    Formula,
    Interlaced,
    KRegular,
    PartialProduct,
    PartialSum,
    Periodic,
    Polynomial,
    PolynomialMap,
    Power,
    PRecursive,
    Prefixed,
    Product,
    QuotientProduct,
    Reduced,
    Shifted,
    VariablePower,
)
from aimo_pipeline.mine.definition import divisors, terms_of

FIBONACCI = CFinite(0, (1, 1), (0, 1))
LINE = Polynomial(0, (0, 1))
ONE_FROM_ONE = Polynomial(1, (1,))
CATALAN = tuple(math.comb(2 * n, n) // (n + 1) for n in range(20))
KNOWN: dict[str, tuple[Formula, tuple[int, ...]]] = {
    "a recurrence uses the oldest coefficient first": (CFinite(0, (3, 1), (0, 1)), (0, 1, 1, 4, 7, 19)),
    "the recurrence of order zero is zero": (CFinite(0, (), ()), (0, 0, 0)),
    "a recurrence modulo ten": (CFiniteMod(0, 10, (1, 1), (5, 8)), (5, 8, 3, 1, 4, 5)),
    "a polynomial in Newton's form": (
        Polynomial(4, (2, -3, 5)),
        tuple(2 - 3 * t + 5 * math.comb(t, 2) for t in range(9)),
    ),
    "a cycle": (Periodic(3, (7, 8, 9)), (7, 8, 9, 7, 8)),
    "a prefix": (Prefixed(0, (9, 9), Polynomial(2, (1, 2))), (9, 9, 1, 3, 5)),
    "two parts by turns": (Interlaced(0, (LINE, Periodic(0, (5,)))), (0, 5, 1, 5, 2, 5)),
    "factorials": (PRecursive(0, ((-1, -1), (1,)), (1,)), tuple(math.factorial(n) for n in range(9))),
    "Catalan numbers by recurrence": (PRecursive(0, ((-2, -4), (2, 1)), (1,)), CATALAN),
    "Catalan numbers by y = 1 + x y^2": (Algebraic(0, ((1,), (-1,), (0, 1)), (1,)), CATALAN),
    "the Thue-Morse word": (
        KRegular(0, 2, (((1, 0), (0, 1)), ((0, 1), (1, 0))), (1, 0), (0, 1), 1),
        tuple(n.bit_count() % 2 for n in range(40)),
    ),
    "the golden ratio's floors": (
        Beatty(0, 0, 1, 0, 1, 5, 2),
        tuple(int((1 + 5**0.5) / 2 * n) for n in range(50)),
    ),
    "floors of a falling line": (
        Beatty(0, 0, 0, 0, -1, 2, 1),
        tuple(math.floor(-n * 2**0.5) for n in range(50)),
    ),
    "floors of a rational line": (Beatty(0, -2, 22, 0, 0, 0, 7), tuple((22 * n - 2) // 7 for n in range(50))),
    "numbers of divisors": (
        DivisorSum(1, ONE_FROM_ONE),
        tuple(sum(n % d == 0 for d in range(1, n + 1)) for n in range(1, 40)),
    ),
    "sums of divisors from 6 on": (DivisorSum(6, Polynomial(1, (1, 1))), (12, 8, 15, 13, 18)),
    "a product": (PartialProduct(1, 1, Polynomial(1, (1, 1))), (1, 1, 2, 6, 24)),
    "a sum": (PartialSum(0, 5, LINE), (5, 5, 6, 8, 11)),
    "a difference": (Difference(0, FIBONACCI), (1, 0, 1, 1, 2, 3)),
    "Fermat numbers": (Power(0, 1, 2, 1, Power(0, 1, 2, 0, LINE)), (3, 5, 17, 257, 65537)),
    "n^(n-2)": (
        VariablePower(1, Polynomial(1, (1, 1)), Polynomial(1, (-1, 1))),
        (1, 1, 3, 16, 125, 1296),
    ),
    "n^n": (VariablePower(0, LINE, LINE), (1, 1, 4, 27, 256)),
    "a product term by term": (Product(0, (LINE, Power(0, 1, 2, 0, LINE))), (0, 2, 8, 24, 64)),
    "Catalan numbers by ratios": (
        QuotientProduct(0, 1, Polynomial(0, (2, 4)), Polynomial(0, (2, 1))),
        (1, 1, 2, 5, 14, 42),
    ),
    "Sylvester's sequence": (PolynomialMap(0, 2, (1, -1, 1)), (2, 3, 7, 43, 1807)),
    "residues of a tower": (
        Reduced(0, 10, Power(0, 1, 3, 0, Power(0, 1, 3, 0, LINE))),
        tuple(pow(3, 3**n, 10) for n in range(30)),
    ),
    "negative terms have floored residues": (Reduced(0, 5, CFinite(0, (-2,), (1,))), (1, 3, 4, 2)),
    "a shift": (Shifted(0, 1, DivisorSum(1, ONE_FROM_ONE)), (1, 2, 2, 3)),
}
ENDING: dict[str, tuple[Formula, tuple[int, ...]]] = {
    "a division that leaves a rest": (PRecursive(0, ((-1,), (2,)), (4,)), (4, 2, 1)),
    "a leading coefficient that vanishes": (PRecursive(0, ((-1,), (2, -1)), (4,)), (4, 2, 2)),
    "a negative exponent": (Power(0, 1, 2, 0, Polynomial(0, (1, -1))), (2, 1)),
    "a base to a negative exponent": (VariablePower(0, Polynomial(0, (1, 1)), Polynomial(0, (0, -1))), (1,)),
    "products that do not divide": (
        QuotientProduct(0, 1, Polynomial(0, (1,)), Polynomial(0, (1, 1))),
        (1, 1),
    ),
    "a term of more than a million digits": (
        Power(0, 1, 2, 0, Power(0, 1, 10, 0, LINE)),
        tuple(1 << 10**n for n in range(7)),
    ),
    "a scale that does not divide": (KRegular(0, 2, (((1,),), ((3,),)), (1,), (1,), 2), ()),
    "initial terms that do not match the order": (CFinite(0, (1, 1), (1,)), ()),
    "a part that ends": (Interlaced(0, (LINE, CFinite(0, (1,), ()))), ()),
    "sums over divisors from zero on": (DivisorSum(0, ONE_FROM_ONE), ()),
    "an equation whose derivative vanishes": (Algebraic(0, ((1,), (2,), (1,)), (-1, 0, 0)), (-1, 0, 0)),
}


class TestTermsOf:
    """terms_of follows the docstrings of formula/."""

    @pytest.mark.parametrize("name", KNOWN)
    def test_it_gives(self, name: str) -> None:
        formula, terms = KNOWN[name]
        assert terms_of(formula, len(terms)) == terms

    @pytest.mark.parametrize("name", ENDING)
    def test_it_ends_with(self, name: str) -> None:
        formula, terms = ENDING[name]
        assert terms_of(formula, len(terms) + 5) == terms

    @pytest.mark.parametrize("name", KNOWN)
    def test_fewer_terms_are_the_first_ones(self, name: str) -> None:
        formula, terms = KNOWN[name]
        assert all(terms_of(formula, count) == terms[:count] for count in range(4))

    def test_a_series_whose_slope_vanishes_at_the_origin(self) -> None:
        # y^2 = x^2 (1 - 4 x): the square root needs two terms to be told from its negative.
        root = tuple(-2 * CATALAN[n - 2] if n > 1 else n for n in range(20))
        assert terms_of(Algebraic(0, ((0, 0, -1, 4), (), (1,)), (0, 1)), 20) == root

    @given(st.integers(1, 3000))
    def test_divisors_are_all_there_and_in_order(self, n: int) -> None:
        assert divisors(n) == [d for d in range(1, n + 1) if n % d == 0]

    @given(st.integers(-40, 40), st.integers(-40, 40), st.integers(2, 40), st.integers(1, 9))
    def test_floors_agree_with_interval_arithmetic(
        self, whole: int, factor: int, radicand: int, c: int
    ) -> None:
        if math.isqrt(radicand) ** 2 == radicand:
            return
        formula = Beatty(0, whole, 3, factor, -2, radicand, c)
        for n, term in enumerate(terms_of(formula, 12)):
            root = Fraction(math.isqrt(radicand * 10**60), 10**30)  # a little below the true one
            low = (whole + 3 * n + (factor - 2 * n) * root) / c
            high = (whole + 3 * n + (factor - 2 * n) * (root + Fraction(1, 10**30))) / c
            assert math.floor(min(low, high)) <= term <= math.floor(max(low, high))
