"""Floors of quadratic numbers and their sums."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.mine.floors.floor_sum import Surd, floor_sum

RADICANDS = st.sampled_from([0, 2, 3, 5, 6, 7, 10, 13])


@st.composite
def lines(draw: st.DrawFn) -> tuple[Surd, Surd]:
    radicand = draw(RADICANDS)
    factors = st.integers(-5, 5) if radicand else st.just(0)
    surds = st.builds(Surd, st.integers(-20, 20), factors, st.integers(1, 9), st.just(radicand))
    return draw(surds), draw(surds)


def rational_floor_sum(count: int, p: int, r: int, q: int) -> int:
    """Sum of (p n + r) // q, 0 <= n < count, by the textbook algorithm for fractions."""
    if count == 0 or q == 0:
        return 0
    total = (count * (count - 1) // 2) * (p // q) + count * (r // q)
    p, r = p % q, r % q
    rows, rest = divmod(p * count + r, q)
    return total + rational_floor_sum(rows, q, rest, p) if p else total


class TestSurd:
    """floor() is the integer part, exactly, also of negative numbers and close to integers."""

    @given(lines())
    def test_the_floor_lies_below_and_less_than_one_below(self, pair: tuple[Surd, Surd]) -> None:
        surd, _ = pair
        low = surd.floor()
        assert (surd.plus(-low).floor(), surd.plus(-low - 1).floor()) == (0, -1)
        exact = (surd.whole + surd.factor * surd.radicand**0.5) / surd.divisor
        assert low - 1e-9 <= exact <= low + 1 + 1e-9

    def test_a_convergent_of_the_square_root_of_two_is_told_from_an_integer(self) -> None:
        p, q = 1, 1
        for _ in range(200):  # p^2 - 2 q^2 alternates between -1 and 1
            p, q = p + 2 * q, p + q
        assert Surd(0, q, 1, 2).floor() == (p if p * p < 2 * q * q else p - 1)

    @given(lines())
    def test_a_number_times_its_inverse_is_one(self, pair: tuple[Surd, Surd]) -> None:
        surd, _ = pair
        if surd.whole or surd.factor:
            assert surd.times(surd.inverse()) == Surd(1, 0, 1, surd.radicand)


class TestFloorSum:
    """The sum is that of the floors one by one."""

    @given(lines(), st.integers(-2, 40))
    def test_it_agrees_with_adding_up(self, pair: tuple[Surd, Surd], count: int) -> None:
        slope, offset = pair
        wanted = sum(slope.line_at(n, offset).floor() for n in range(count))
        assert floor_sum(count, slope, offset) == wanted

    @given(st.integers(0, 10**40), st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 10**9))
    def test_it_agrees_with_the_algorithm_for_fractions_far_out(
        self, count: int, p: int, r: int, q: int
    ) -> None:
        assert floor_sum(count, Surd(p, 0, q, 0), Surd(r, 0, q, 0)) == rational_floor_sum(count, p, r, q)

    def test_an_irrational_slope_far_out_agrees_with_a_close_fraction(self) -> None:
        p, q = 1, 1
        while q < 10**40:
            p, q = p + 2 * q, p + q
        count, low = 10**18, Fraction(p, q) ** 2 < 2
        if not low:
            p, q = p + 2 * q, p + q
        # No fraction with a denominator up to 10^18 lies between p / q and the root, so no floor changes.
        assert floor_sum(count, Surd(0, 1, 1, 2), Surd(0, 0, 1, 2)) == rational_floor_sum(count, p, 0, q)
