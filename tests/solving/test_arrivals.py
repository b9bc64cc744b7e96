"""Results in the order of arrival, whatever order they are ready in."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.solving.arrivals import Arrivals


async def taken(arrivals: Arrivals[int]) -> list[int]:
    """Everything that is handed on."""
    return [one async for one in arrivals]


class TestArrivals:
    """A later result waits for an earlier place, and for no place that is given up."""

    @given(st.permutations(range(6)), st.sets(st.integers(0, 5)))
    def test_results_come_in_the_order_of_their_places(self, order: list[int], empty: set[int]) -> None:
        async def go() -> list[int]:
            arrivals: Arrivals[int] = Arrivals()
            ready = [asyncio.Event() for _ in range(6)]

            async def work(number: int) -> None:
                with arrivals.ticket() as ticket:
                    await ready[number].wait()
                    if number not in empty:
                        ticket.give(number)

            async with asyncio.TaskGroup() as group:
                taking = group.create_task(taken(arrivals))
                for number in range(6):
                    group.create_task(work(number))
                await asyncio.sleep(0)
                for number in order:
                    ready[number].set()
                    await asyncio.sleep(0)
                arrivals.close()
            return taking.result()

        assert asyncio.run(go()) == [number for number in range(6) if number not in empty]

    def test_a_result_is_handed_on_before_the_work_on_it_is_over(self) -> None:
        async def go() -> int:
            arrivals: Arrivals[int] = Arrivals()
            with arrivals.ticket() as ticket:
                ticket.give(5)
                async for one in arrivals:
                    return one
            return 0

        assert asyncio.run(go()) == 5

    def test_a_cancelled_place_blocks_nobody(self) -> None:
        async def go() -> list[int]:
            arrivals: Arrivals[int] = Arrivals()

            async def work() -> None:
                with arrivals.ticket():
                    await asyncio.Event().wait()

            hanging = asyncio.create_task(work())
            await asyncio.sleep(0)
            with arrivals.ticket() as ticket:
                ticket.give(7)
            hanging.cancel()
            arrivals.close()
            return await asyncio.wait_for(taken(arrivals), 5)

        assert asyncio.run(go()) == [7]
