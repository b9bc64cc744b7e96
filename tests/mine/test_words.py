"""Where a word begins to repeat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.mine.words import shortest_cycle

cycles = st.lists(st.integers(-9, 9), min_size=1, max_size=12).map(tuple)


class TestShortestCycle:
    """The least transient, and then the least period."""

    @given(st.lists(st.integers(0, 2), max_size=4), cycles, st.integers(3, 5))
    def test_it_agrees_with_trying_all(self, prefix: list[int], cycle: tuple[int, ...], times: int) -> None:
        terms = (*prefix, *cycle * times)
        found = next(
            (start, period)
            for start in range(5)
            for period in range(1, len(terms))
            if len(terms) - start >= 3 * period
            and all(terms[i] == terms[i + period] for i in range(start, len(terms) - period))
        )
        assert shortest_cycle(terms, 4, 3.0) == found

    @pytest.mark.parametrize("terms", [(), (1,), (1, 2), (1, 2, 1), tuple(range(20))])
    def test_what_does_not_repeat_has_none(self, terms: tuple[int, ...]) -> None:
        assert shortest_cycle(terms, 1, 3.0) == (0, 0)
