"""Rounded lines of rational slope beside those of other slopes."""

from __future__ import annotations

import math
from itertools import accumulate

import pytest

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import CFinite, Interlaced, Polynomial, Prefixed
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.trust.line_doubt import doubted
from aimo_pipeline.mine.trust.question import Question
from aimo_pipeline.outcome import Ambiguous, Found

CONFIG = MineConfig()


def half_line(rise: int, first: int) -> Interlaced:
    """floor(rise n / 2) from n = first on."""
    parts = tuple(Polynomial(0, (rise * (first + r) // 2, rise)) for r in (0, 1))
    return Interlaced(first, parts)


def half_fives(count: int, first: int = 0) -> tuple[int, ...]:
    return tuple(5 * n // 2 for n in range(first, first + count))


def rule(formula: Interlaced | Prefixed | CFinite) -> Found:
    return Found(formula, "quasi-polynomial", spare=60, unknowns=4, bits=60.0)


class TestDoubted:
    """A line of rational slope stands only where the other lines that fit weigh next to nothing."""

    def test_a_line_that_small_irrational_slopes_imitate_is_ambiguous(self) -> None:
        outcome = doubted(rule(half_line(5, 0)), Question(half_fives(60), (0, 1)), CONFIG)
        assert isinstance(outcome, Ambiguous)
        assert outcome.differ_at >= 60 and outcome.differ_at in outcome.wants

    def test_the_known_one_is_doubted(self) -> None:
        terms = tuple((2 * n + math.isqrt(30 * n * n)) // 3 + 2 for n in range(1, 66))
        assert terms == tuple((5 * n + 3) // 2 for n in range(1, 66))
        fit = rule(Interlaced(1, (Polynomial(0, (4, 5)), Polynomial(0, (6, 5)))))
        assert isinstance(doubted(fit, Question(terms, (1,)), CONFIG), Ambiguous)

    def test_on_many_terms_it_stands(self) -> None:
        fit = rule(half_line(5, 0))
        assert doubted(fit, Question(half_fives(400), (0, 1)), CONFIG) == fit

    def test_it_stands_for_the_terms_that_nearly_all_lines_agree_on(self) -> None:
        fit = rule(half_line(5, 0))
        assert doubted(fit, Question(half_fives(60), (0,), (60, 61, 62)), CONFIG) == fit

    def test_an_odd_first_term_is_left_out(self) -> None:
        terms = (-7, *half_fives(60, first=1))
        fit = rule(Prefixed(0, (-7,), half_line(5, 1)))
        assert isinstance(doubted(fit, Question(terms, (0,)), CONFIG), Ambiguous)

    @pytest.mark.parametrize("moved", [10**9, -(10**30)])
    def test_large_numbers_are_weighed_as_if_they_were_small(self, moved: int) -> None:
        rises = Interlaced(0, tuple(Polynomial(0, (moved * r, 1 + 2 * moved)) for r in (0, 1)))
        many, few = (Question(terms_of(rises, count), (0,)) for count in (400, 20))
        assert doubted(rule(rises), many, CONFIG) == rule(rises)
        assert isinstance(doubted(rule(rises), few, CONFIG), Ambiguous)

    def test_other_rules_are_left_alone(self) -> None:
        fit = rule(CFinite(0, (1, 1), (0, 1)))
        assert doubted(fit, Question((0, 1, 1, 2, 3, 5, 8, 13), (0,)), CONFIG) == fit


def summed(line: tuple[int, ...], period: int) -> tuple[Found, tuple[int, ...]]:
    """The sums of a line's floors and their recurrence, (x^period - 1) (x - 1)^2."""
    terms = tuple(accumulate(line))
    return curve(terms, period), terms


def curve(terms: tuple[int, ...], period: int) -> Found:
    """The recurrence of a curve rounded down whose second steps have that period."""
    coefficients = [0] * (period + 2)
    for place, value in ((0, 1), (1, -2), (2, 1), (period, -1), (period + 1, 2)):
        coefficients[place] += value
    return rule(CFinite(0, tuple(coefficients), terms[: period + 2]))


class TestDoubtedSums:
    """The sums of a line's floors are doubted like the line itself; squares rounded down are not."""

    def test_sums_that_small_irrational_slopes_give_as_well(self) -> None:
        fit, terms = summed(tuple(9 * n // 7 for n in range(60)), 7)
        outcome = doubted(fit, Question(terms, (0,)), CONFIG)
        assert isinstance(outcome, Ambiguous) and outcome.differ_at >= 60

    def test_known_ones_are_doubted(self) -> None:
        fit, terms = summed(tuple(math.isqrt(43 * n * n) for n in range(60)), 9)
        assert terms_of(fit.formula, 60) == terms
        assert isinstance(doubted(fit, Question(terms, (0,)), CONFIG), Ambiguous)

    def test_sums_of_many_terms_stand(self) -> None:
        fit, terms = summed(tuple(5 * n // 2 for n in range(400)), 2)
        assert doubted(fit, Question(terms, (0,)), CONFIG) == fit

    @pytest.mark.parametrize("divisor", [3, 4, 5, 7])
    def test_rounded_squares_stand(self, divisor: int) -> None:
        terms = tuple((n * n + n) // divisor for n in range(60))
        fit = curve(terms, divisor)
        assert doubted(fit, Question(terms, (0,)), CONFIG) == fit
