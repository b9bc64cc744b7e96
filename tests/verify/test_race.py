"""The race of any coroutines."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.verify.race import NoneWon, Won, first


class TestFirst:
    """All run at once; the first acceptable result cancels the rest, also when it is cancelled itself."""

    @given(st.lists(st.booleans(), max_size=6))
    def test_the_first_that_wins_is_given(self, wins: list[bool]) -> None:
        async def result(number: int) -> int:
            return number

        outcome = asyncio.run(first([result(n) for n in range(len(wins))], wins.__getitem__))
        if any(wins):
            assert outcome == Won(wins.index(True), wins.index(True))
        else:
            assert outcome == NoneWon(tuple(range(len(wins))))

    def test_the_losers_are_over_before_it_returns(self) -> None:
        ended = []

        async def loser() -> int:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("loser")
            return 0

        async def winner() -> int:
            await asyncio.sleep(0)
            return 1

        async def work() -> Any:
            return await first([loser(), winner(), loser()], lambda result: result == 1)

        assert asyncio.run(work()) == Won(1, 1)
        assert ended == ["loser", "loser"]

    def test_one_that_breaks_breaks_the_race_and_leaves_none_running(self) -> None:
        ended = []

        async def broken() -> int:
            raise OSError("no more processes")

        async def loser() -> int:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("loser")
            return 0

        with pytest.raises(OSError, match="no more processes"):
            asyncio.run(first([loser(), broken()], bool))
        assert ended == ["loser"]
