"""Numbers written one after another."""

from __future__ import annotations

from itertools import accumulate

import pytest

from aimo_pipeline.mine.trust.question import Question
from aimo_pipeline.mine.trust.written_out import breaks_with_digits
from aimo_pipeline.outcome import NothingFits


def written(first: int, count: int, step: int = 1) -> tuple[int, ...]:
    numbers = range(first, first + step * count, step)
    return tuple(accumulate(numbers, lambda text, number: int(f"{text}{number}")))


class TestBreaksWithDigits:
    """No rule is believed that would go on when the numbers have more digits."""

    @pytest.mark.parametrize("terms", [written(10, 60), written(100, 40), written(11, 30, step=2)])
    def test_they_are_known(self, terms: tuple[int, ...]) -> None:
        assert isinstance(breaks_with_digits(Question(terms, (0,))), NothingFits)

    def test_before_that_terms_may_be_foretold(self) -> None:
        assert breaks_with_digits(Question(written(10, 60), (0,), (60, 70))) is None
        assert isinstance(breaks_with_digits(Question(written(10, 60), (0,), (95,))), NothingFits)

    @pytest.mark.parametrize(
        "terms",
        [
            (),
            (1, 100, 10_000, 1_000_000),
            tuple(12 * (100**n - 1) // 99 for n in range(1, 20)),  # 12, 1212, 121212
            tuple(101**n for n in range(30)),
            tuple(n * n for n in range(30)),
            (0, 0, 0, 0, 0),
        ],
    )
    def test_others_are_left_alone(self, terms: tuple[int, ...]) -> None:
        assert breaks_with_digits(Question(terms, (0,))) is None
