"""Who may run next."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.trace.admission import Admission


class Runs:
    """Programs that hold their slot until they are told to end, and what they did in which order."""

    def __init__(self, slots: int, memory_bytes: int = 100) -> None:
        self.admission = Admission(slots, memory_bytes)
        self.began: list[str] = []
        self.running: dict[str, int] = {}
        self._ends: dict[str, asyncio.Event] = {}

    async def run(self, name: str, owner: str, memory_bytes: int = 1, timeout_s: float = 60.0) -> bool:
        """Hold a slot until `end(name)`; tells whether there was one."""
        self._ends[name] = asyncio.Event()
        async with self.admission.admitted(owner, memory_bytes, timeout_s=timeout_s) as admitted:
            if admitted:
                self.began.append(name)
                self.running[name] = memory_bytes
                await self._ends[name].wait()
                del self.running[name]
        return admitted

    async def end(self, name: str) -> None:
        """Let a program end, and the next begin."""
        self._ends[name].set()
        await settle()


async def settle() -> None:
    """Let every task go on as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


def done(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end."""
    asyncio.run(asyncio.wait_for(work, 20.0))


class TestSlots:
    """As many as there are slots; the others wait."""

    def test_the_rest_wait_in_their_order(self) -> None:
        async def check() -> None:
            runs = Runs(slots=2)
            tasks = [asyncio.create_task(runs.run(name, "one")) for name in "abcd"]
            await settle()
            assert runs.began == ["a", "b"]
            assert (runs.admission.running, runs.admission.waiting) == (2, 2)
            await runs.end("b")
            assert runs.began == ["a", "b", "c"]
            for name in "acd":
                await runs.end(name)
            assert await asyncio.gather(*tasks) == [True] * 4
            assert (runs.admission.running, runs.admission.waiting) == (0, 0)

        done(check())

    def test_who_waits_too_long_is_not_admitted_and_takes_no_slot(self) -> None:
        async def check() -> None:
            runs = Runs(slots=1)
            first = asyncio.create_task(runs.run("a", "one"))
            await settle()
            assert not await runs.run("b", "one", timeout_s=0.01)
            await runs.end("a")
            assert await first
            last = asyncio.create_task(runs.run("c", "one"))
            await settle()
            assert runs.began == ["a", "c"]
            await runs.end("c")
            assert await last

        done(check())

    def test_who_is_cancelled_takes_no_slot(self) -> None:
        async def check() -> None:
            runs = Runs(slots=1)
            tasks = [asyncio.create_task(runs.run(name, "one")) for name in "abc"]
            await settle()
            for number in (0, 1):  # one that runs and one that waits
                tasks[number].cancel()
            await settle()
            assert runs.began == ["a", "c"]
            await runs.end("c")
            assert await tasks[2]

        done(check())


class TestFairness:
    """Owners take turns, however many programs one of them has."""

    def test_a_single_program_does_not_wait_for_a_hundred(self) -> None:
        async def check() -> None:
            runs = Runs(slots=1)
            many = [asyncio.create_task(runs.run(f"m{number}", "many")) for number in range(100)]
            await settle()
            few = [asyncio.create_task(runs.run(f"f{number}", "few")) for number in range(2)]
            await settle()
            for name in ("m0", "m1", "f0", "m2"):
                await runs.end(name)
            assert runs.began == ["m0", "m1", "f0", "m2", "f1"]
            for task in (*many, *few):
                task.cancel()
            await asyncio.gather(*many, *few, return_exceptions=True)

        done(check())


class TestMemory:
    """What is granted together stays within what there is."""

    def test_a_large_one_waits_for_room_and_is_not_overtaken(self) -> None:
        async def check() -> None:
            runs = Runs(slots=4, memory_bytes=100)
            tasks = [
                asyncio.create_task(runs.run(name, name, memory))
                for name, memory in [("a", 60), ("b", 60), ("c", 10)]
            ]
            await settle()
            assert runs.began == ["a"]
            await runs.end("a")
            assert runs.began == ["a", "b", "c"]
            await runs.end("b")
            await runs.end("c")
            await asyncio.gather(*tasks)

        done(check())

    def test_one_that_is_granted_more_than_there_is_runs_alone(self) -> None:
        async def check() -> None:
            runs = Runs(slots=4, memory_bytes=100)
            tasks = [asyncio.create_task(runs.run(name, name, 1000)) for name in "ab"]
            await settle()
            assert runs.began == ["a"]
            await runs.end("a")
            await runs.end("b")
            await asyncio.gather(*tasks)

        done(check())

    @given(
        st.lists(
            st.tuples(st.sampled_from("xyz"), st.integers(1, 120)), max_size=12
        ),  # nobody is granted nothing
        st.lists(st.integers(0, 11), max_size=12),
        st.integers(1, 3),
    )
    def test_whatever_comes_and_goes_all_get_their_turn_within_the_bounds(
        self, wanted: list[tuple[str, int]], order: list[int], slots: int
    ) -> None:
        async def check() -> None:
            runs = Runs(slots, memory_bytes=100)
            tasks = [
                asyncio.create_task(runs.run(str(number), owner, memory))
                for number, (owner, memory) in enumerate(wanted)
            ]
            await settle()
            for number in order:
                if str(number) in runs.running:
                    await runs.end(str(number))
                assert len(runs.running) <= slots
                assert len(runs.running) <= 1 or sum(runs.running.values()) <= 100
            while runs.running:
                await runs.end(next(iter(runs.running)))
            assert all(await asyncio.gather(*tasks))

        done(check())
