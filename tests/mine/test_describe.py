"""Rules in words."""

from __future__ import annotations

import pytest

from aimo_pipeline.formula import (
    Algebraic,
    Beatty,
    CFinite,
    CFiniteMod,
    Formula,
    Multiplicative,
    PartialSum,
    Periodic,
    Polynomial,
    Power,
    PRecursive,
    Prefixed,
    Reduced,
)
from aimo_pipeline.mine.describe import describe
from aimo_pipeline.mine.grid.describe import describe_grid
from aimo_pipeline.mine.grid.rules import NeighbourGrid, PolynomialGrid
from aimo_pipeline.mine.integers import decimal

LINE = Polynomial(0, (0, 1))
WORDS: list[tuple[Formula, str]] = [
    (CFinite(0, (1, 1), (0, 1)), "a(n+2) = a(n+1) + a(n); from n = 0: 0, 1"),
    (CFinite(1, (-2, 0, 3), (1, 2, 3)), "a(n+3) = 3 a(n+2) - 2 a(n); from n = 1: 1, 2, 3"),
    (CFinite(0, (), ()), "a(n) = 0"),
    (CFiniteMod(0, 10, (1, 1), (5, 8)), "a(n+2) = a(n+1) + a(n) mod 10; from n = 0: 5, 8"),
    (Polynomial(0, (1, -2, 3)), "a(n) = 1 - 2 n + 3 C(n, 2)"),
    (Polynomial(-2, (0, 1)), "a(n) = (n + 2)"),
    (Polynomial(0, (0,)), "a(n) = 0"),
    (Periodic(3, (7, 8)), "a(n) repeats 7, 8 from n = 3"),
    (Prefixed(0, (9,), LINE), "9 from n = 0, outside the rule, then a(n) = n"),
    (PRecursive(0, ((-2, -4), (2, 1)), (1,)), "(n + 2) a(n+1) + (-4 n - 2) a(n) = 0; from n = 0: 1"),
    (Algebraic(0, ((1,), (-1,), (0, 1)), (1,)), "the generating function y solves 1 + (-1) y + x y^2 = 0"),
    (Multiplicative(1, 3, "sigma", (2,)), "a(n) = 3 * multiplicative(sigma, 2)(n)"),
    (Beatty(0, 0, 1, 0, 1, 5, 2), "a(n) = floor((n + n sqrt(5)) / 2)"),
    (Beatty(0, 0, 0, 0, 1, 2, 1), "a(n) = floor(n sqrt(2))"),
    (PartialSum(0, 5, LINE), "a(0) = 5, a(n+1) - a(n) = d(n), d: a(n) = n"),
    (Power(0, 1, 2, -1, LINE), "a(n) = 2^e(n) - 1, e: a(n) = n"),
    (Reduced(0, 7, LINE), "a(n) = r(n) mod 7, r: a(n) = n"),
]


class TestDescribe:
    """One line says what a(n) is."""

    @pytest.mark.parametrize(("formula", "words"), WORDS)
    def test_it_says(self, formula: Formula, words: str) -> None:
        assert describe(formula).startswith(words)

    def test_a_long_integer_is_shortened(self) -> None:
        assert decimal(-(10**5_000)) == "-10000000000...00000000 (5001 digits)"
        assert decimal(10**30) == "1" + "0" * 30

    def test_a_grid(self) -> None:
        ones = CFinite(0, (1,), (1,))
        pascal = NeighbourGrid(0, 0, ((1,),), ((1,),), ((0,),), ones, ones)
        assert describe_grid(pascal).startswith("f(m, n) = f(m-1, n) + f(m, n-1), first row: ")
        assert describe_grid(PolynomialGrid(0, 0, ((0,), (0, 2)))) == "f(m, n) = 2 m n"
