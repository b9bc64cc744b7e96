"""Floors of lines: mining them and evaluating them."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Beatty
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.floors.beatty import BeattyMiner
from aimo_pipeline.mine.floors.interval import may_be_beatty, rarer_step, slope_interval
from aimo_pipeline.mine.floors.line import gives, sum_of, value
from aimo_pipeline.mine.floors.lines import Lines
from aimo_pipeline.outcome import Found, NothingFits

CONFIG = MineConfig()
ROOT_TWO = Beatty(0, 0, 0, 0, 1, 2, 1)
LOWER_WYTHOFF = Beatty(0, 0, 1, 0, 1, 5, 2)
# Slopes (a + b sqrt(d)) / c that people write, as (a, b, d, c).
FAMILIAR = [(0, 1, 2, 1), (0, 1, 3, 1), (1, 1, 5, 2), (3, 1, 5, 2), (0, 1, 5, 1), (1, 1, 2, 1), (2, 1, 2, 1)]


def find(terms: tuple[int, ...], first_index: int = 0) -> Found | NothingFits:
    return BeattyMiner().find(terms, first_index, CONFIG)


def floors(slope: tuple[int, int, int, int], indices: range) -> tuple[int, ...]:
    a, b, d, c = slope
    return tuple((a * n + math.isqrt(b * b * d * n * n)) // c for n in indices)


@st.composite
def rules(draw: st.DrawFn) -> Beatty:
    numbers = st.integers(-50, 50)
    radicand = draw(st.sampled_from([0, 2, 3, 5, 6, 7]))
    parts = [draw(numbers) for _ in range(4)]
    return Beatty(draw(st.integers(-9, 9)), *parts, radicand, draw(st.integers(1, 20)))


class TestSlopeInterval:
    """The interval holds exactly the slopes whose floors, with some offset, are the terms."""

    @given(
        st.fractions(-9, 9, max_denominator=40), st.fractions(-9, 9, max_denominator=40), st.integers(2, 60)
    )
    def test_the_true_slope_lies_inside(self, slope: Fraction, offset: Fraction, count: int) -> None:
        terms = tuple(math.floor(slope * n + offset) for n in range(count))
        interval = slope_interval(terms)
        assert (interval is None and len({b - a for a, b in zip(terms, terms[1:], strict=False)}) == 1) or (
            interval is not None and interval[0] < slope < interval[1]
        )

    @given(st.lists(st.integers(0, 1), min_size=3, max_size=12))
    def test_it_is_what_comparing_all_pairs_gives(self, steps: list[int]) -> None:
        terms = tuple(accumulate(steps, initial=5))
        pairs = [(i, j) for j in range(len(terms)) for i in range(j)]
        low = max(Fraction(terms[j] - terms[i] - 1, j - i) for i, j in pairs)
        high = min(Fraction(terms[j] - terms[i] + 1, j - i) for i, j in pairs)
        wanted = (low, high) if low < high and len(set(steps)) == 2 else None
        assert slope_interval(terms) == wanted

    def test_digit_sums_and_squares_are_no_lines(self) -> None:
        assert not may_be_beatty(tuple(n.bit_count() for n in range(40)))
        assert not may_be_beatty(tuple(n * n for n in range(40)))
        assert may_be_beatty(tuple(int(n * math.pi) for n in range(40)))


class TestBeattyMiner:
    """A simple slope is found if it leaves all others in its interval behind."""

    @pytest.mark.parametrize("slope", FAMILIAR)
    @pytest.mark.parametrize("first_index", [0, 1])
    def test_a_familiar_slope_is_found_in_sixty_terms(
        self, slope: tuple[int, int, int, int], first_index: int
    ) -> None:
        outcome = find(floors(slope, range(first_index, first_index + 60)), first_index)
        assert isinstance(outcome, Found) and isinstance(outcome.formula, Beatty)
        ahead = [value(outcome.formula, n, None) for n in range(first_index, 2000)]
        assert ahead == list(floors(slope, range(first_index, 2000)))

    @pytest.mark.parametrize(
        ("terms", "formula"),
        [
            (tuple(3 * n // 2 for n in range(60)), Beatty(0, 0, 3, 0, 0, 0, 2)),
            (tuple((7 * n + 2) // 3 for n in range(60)), Beatty(0, 2, 7, 0, 0, 0, 3)),
            (tuple(n + math.isqrt(2 * n * n) for n in range(60)), Beatty(0, 0, 1, 0, 1, 2, 1)),
            (tuple(math.isqrt(2 * n * n) for n in range(1, 61)), Beatty(0, 0, 0, 1, 1, 2, 1)),
        ],
    )
    def test_fractions_added_lines_and_shifted_indices(self, terms: tuple[int, ...], formula: Beatty) -> None:
        outcome = find(terms)
        assert isinstance(outcome, Found) and outcome.formula == formula

    @pytest.mark.parametrize("constant", [math.pi, math.e, 2 ** (1 / 3), math.log(2), math.e**2, 1.839286755])
    @pytest.mark.parametrize("count", [20, 48, 120])
    def test_it_abstains_on_slopes_that_it_cannot_name(self, constant: float, count: int) -> None:
        assert isinstance(find(tuple(int(n * constant) for n in range(count))), NothingFits)

    def test_of_slopes_drawn_evenly_hardly_any_is_mistaken_for_a_simple_one(self) -> None:
        numbers = random.Random(11)
        mistaken = 0
        for _ in range(100):
            d, b, c, a = numbers.choice([2, 3, 5, 6, 7, 11, 13]), *(numbers.randint(1, 5) for _ in range(3))
            outcome = find(floors((a, b, d, c), range(60)))
            ahead = floors((a, b, d, c), range(500))
            mistaken += isinstance(outcome, Found) and terms_of(outcome.formula, 500) != ahead
        assert mistaken <= 2

    @settings(max_examples=60)
    @given(st.sampled_from(FAMILIAR), st.integers(0, 59), st.sampled_from([-2, -1, 1, 2]))
    def test_a_corrupted_term_is_never_accepted(
        self, slope: tuple[int, int, int, int], position: int, error: int
    ) -> None:
        terms = list(floors(slope, range(60)))
        terms[position] += error
        assert isinstance(find(tuple(terms)), NothingFits)

    @pytest.mark.parametrize(("slope", "position"), [((3, 1, 5, 2), 55), ((1, 1, 2, 1), 41)])
    def test_nor_where_the_wrong_term_leaves_a_line(
        self, slope: tuple[int, int, int, int], position: int
    ) -> None:
        terms = list(floors(slope, range(60)))
        terms[position] += 1
        assert may_be_beatty(tuple(terms))
        assert isinstance(find(tuple(terms)), NothingFits)

    @pytest.mark.parametrize("slope", FAMILIAR)
    def test_adding_true_terms_never_loses_a_rule(self, slope: tuple[int, int, int, int]) -> None:
        seen = [isinstance(find(floors(slope, range(count))), Found) for count in range(12, 90, 6)]
        assert seen == sorted(seen) and seen[-1]

    @pytest.mark.parametrize("terms", [(), (3,), (0,) * 40, tuple(range(40)), (10**5000, 1) * 20])
    def test_nothing_raises(self, terms: tuple[int, ...]) -> None:
        assert isinstance(find(terms, -3), NothingFits)

    def test_huge_slopes_offsets_and_indices_are_turned_away(self) -> None:
        assert isinstance(find(tuple(10**400 * n + math.isqrt(2 * n * n) for n in range(60))), NothingFits)
        assert isinstance(find(tuple(10**400 + math.isqrt(2 * n * n) for n in range(60))), NothingFits)
        assert isinstance(find(tuple(math.isqrt(2 * n * n) for n in range(60)), 10**9), NothingFits)


class TestValue:
    """Far values are exact floors."""

    @given(rules(), st.integers(0, 100))
    def test_it_agrees_with_the_definition(self, rule: Beatty, steps: int) -> None:
        wanted = terms_of(rule, steps + 1)[steps]
        assert value(rule, rule.first_index + steps, None) == wanted
        assert value(rule, rule.first_index + steps, 10) == wanted % 10

    def test_wythoffs_pairs_at_ten_to_the_eighteen_fill_the_gap_between_them(self) -> None:
        n = 10**18
        lower, upper = value(LOWER_WYTHOFF, n, None), value(Beatty(0, 0, 3, 0, 1, 5, 2), n, None)
        assert lower == (n + math.isqrt(5 * n * n)) // 2 and isinstance(lower, int) and upper == lower + n

    @pytest.mark.parametrize(("index", "modulus"), [(-1, None), (5, 0), (5, -3)])
    def test_refusals(self, index: int, modulus: int | None) -> None:
        assert isinstance(value(ROOT_TWO, index, modulus), CannotEvaluate)

    def test_a_term_of_more_than_a_million_digits_is_refused_but_not_its_residue(self) -> None:
        rule = Beatty(0, 0, 10 ** (10**6 + 1), 0, 0, 0, 2)
        assert isinstance(value(rule, 1, None), CannotEvaluate) and value(rule, 1, 7) == 5 * 10 ** (10**6) % 7


class TestSumOf:
    """Partial sums, both ends included."""

    @given(rules(), st.integers(-2, 60), st.none() | st.integers(1, 100))
    def test_it_agrees_with_adding_up(self, rule: Beatty, steps: int, modulus: int | None) -> None:
        total = sum(terms_of(rule, max(0, steps + 1)))
        wanted = total if modulus is None else total % modulus
        assert sum_of(rule, rule.first_index + steps, modulus) == wanted


NEXT_THREE = BeattyMiner(positions=(50, 51, 52))
UNSETTLED = (4, 1, 31, 5)


class TestPositions:
    """Where terms are asked for at some places only, lines that agree so far are one."""

    def test_nearby_terms_are_foretold_though_the_slope_is_not_settled(self) -> None:
        terms = floors(UNSETTLED, range(50))
        assert isinstance(find(terms), NothingFits)
        near = NEXT_THREE.find(terms, 0, CONFIG)
        assert isinstance(near, Found)
        assert terms_of(near.formula, 53) == floors(UNSETTLED, range(53))

    def test_far_ones_are_not(self) -> None:
        terms = floors(UNSETTLED, range(50))
        assert isinstance(BeattyMiner(positions=(5_000,)).find(terms, 0, CONFIG), NothingFits)

    def test_the_other_lines_are_named_with_the_place_where_they_part(self) -> None:
        near = NEXT_THREE.find(floors(UNSETTLED, range(50)), 0, CONFIG)
        assert isinstance(near, Found) and near.rivals
        for rival in near.rivals:
            assert rival.differs_at is not None and rival.differs_at >= 50
            assert value(rival.formula, rival.differs_at, None) != value(near.formula, rival.differs_at, None)

    @settings(max_examples=40)
    @given(st.fractions(0, 5, max_denominator=10**6), st.fractions(0, 1), st.integers(40, 80))
    def test_what_all_lines_agree_on_is_foretold_whatever_the_slope(
        self, slope: Fraction, offset: Fraction, count: int
    ) -> None:
        terms = tuple(math.floor(slope * n + offset) for n in range(count + 10))
        interval = slope_interval(terms[:count])
        if interval is None or rarer_step(terms[:count]) < 3:
            return
        lines = Lines(terms[:count], interval, CONFIG.beatty)
        settled = tuple(place for place in range(count, count + 10) if lines.settle(place))
        outcome = BeattyMiner(positions=settled or (count,)).find(terms[:count], 0, CONFIG)
        if settled and isinstance(outcome, Found):
            known = terms_of(outcome.formula, count + 10)
            assert all(known[place] == terms[place] for place in settled)
            assert outcome.rivals

    def test_so_are_terms_of_a_slope_that_nobody_names(self) -> None:
        terms = tuple(math.floor(n * Fraction(2731, 3137)) for n in range(64))
        lines = Lines(terms[:60], slope_interval(terms[:60]) or (Fraction(0), Fraction(1)), CONFIG.beatty)
        assert all(map(lines.settle, range(60, 64)))
        outcome = BeattyMiner(positions=(60, 61, 62, 63)).find(terms[:60], 0, CONFIG)
        assert isinstance(outcome, Found) and terms_of(outcome.formula, 64) == terms


class TestLines:
    """All lines whose floors are the terms."""

    @given(
        st.fractions(0, 5, max_denominator=60),
        st.fractions(0, 1, max_denominator=60),
        st.integers(4, 20),
        st.integers(0, 9),
    )
    def test_a_place_is_settled_exactly_if_no_two_of_them_differ_there(
        self, slope: Fraction, offset: Fraction, count: int, ahead: int
    ) -> None:
        terms = tuple(math.floor(slope * n + offset) for n in range(count))
        interval = slope_interval(terms)
        if interval is None:
            return
        lines, place = Lines(terms, interval, CONFIG.beatty), count + ahead
        low, high = interval
        seen = set()
        for slope_tried in (low + (high - low) * Fraction(k, 10**4) for k in (1, 10**4 - 1)):
            bottom = max(term - slope_tried * n for n, term in enumerate(terms))
            top = min(term + 1 - slope_tried * n for n, term in enumerate(terms))
            for share in (Fraction(0), Fraction(10**4 - 1, 10**4)):
                seen.add(math.floor(slope_tried * place + bottom + (top - bottom) * share))
        assert not lines.settle(place) or len(seen) == 1
        assert lines.settle(place) or len(seen) > 1

    @given(st.fractions(0, 5, max_denominator=60), st.fractions(0, 1), st.integers(4, 40))
    def test_the_simplest_of_them_and_another_one_give_the_terms(
        self, slope: Fraction, offset: Fraction, count: int
    ) -> None:
        terms = tuple(math.floor(slope * n + offset) for n in range(count))
        interval = slope_interval(terms)
        if interval is None:
            return
        lines = Lines(terms, interval, CONFIG.beatty)
        simplest = lines.simplest(0)
        other = lines.other(simplest)
        assert gives(simplest, terms) and gives(other, terms)
        assert Fraction(other.a1, other.c) != Fraction(simplest.a1, simplest.c)
        assert simplest.c <= slope.denominator


class TestHardlyAnyStep:
    """A constant that changed once or twice is no line's floors, whatever slope is the simplest there."""

    @pytest.mark.parametrize("changes", [[85], [40], [30, 60]])
    def test_it_is_refused(self, changes: list[int]) -> None:
        terms = tuple(84 + sum(n >= at for at in changes) for n in range(86))
        outcome = BeattyMiner().find(terms, 0, CONFIG)
        assert isinstance(outcome, NothingFits) and "hardly occurs" in outcome.reason


class TestNumerals:
    """Fractions that digits imitate need so many terms that the digits would have shown."""

    @pytest.mark.parametrize(
        ("imitated", "count"),
        [
            ([n for n in range(200) if "9" not in str(n)], 78),  # floor(10 n / 9)
            ([int(str(n)[0]) for n in range(10, 120)], 90),  # floor(n / 10), from 10 on
            ([n for n in range(60) if n % 7 != 6 and n // 7 != 6], 35),  # without the digit 6 in base 7
        ],
    )
    def test_they_are_refused_on_few(self, imitated: list[int], count: int) -> None:
        assert isinstance(find(tuple(imitated[:count])), NothingFits)

    def test_and_found_on_many(self) -> None:
        terms = tuple(7 * n // 6 for n in range(400))
        assert isinstance(find(terms), Found)
