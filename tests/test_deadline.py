"""Clocks and deadlines."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.deadline import Deadline, FakeClock, MonotonicClock, heard, process_began_s

SECONDS = st.floats(min_value=-1e6, max_value=1e6)


class TestFakeClock:
    """Time passes only when somebody says so."""

    def test_it_stands_still_by_itself(self) -> None:
        clock = FakeClock(5.0)
        assert (clock.now_s(), clock.now_s()) == (5.0, 5.0)

    def test_it_advances_and_never_goes_back(self) -> None:
        clock = FakeClock(5.0)
        clock.advance(2.5)
        assert clock.now_s() == 7.5
        with pytest.raises(ValueError, match="does not go back"):
            clock.advance(-1.0)
        assert clock.now_s() == 7.5

    def test_sleeping_on_it_takes_its_time_and_none_of_ours(self) -> None:
        clock = FakeClock(0.0)
        began_s = time.monotonic()
        asyncio.run(clock.sleep(3600.0))
        assert time.monotonic() - began_s < 5.0
        assert (clock.now_s(), clock.slept_s) == (3600.0, [3600.0])

    def test_sleeping_on_it_lets_other_tasks_run(self) -> None:
        seen: list[str] = []

        async def other() -> None:
            seen.append("other")

        async def both() -> None:
            task = asyncio.create_task(other())
            await FakeClock().sleep(1.0)
            seen.append("sleeper")
            await task

        asyncio.run(both())
        assert seen == ["other", "sleeper"]

    def test_sleeping_for_less_than_nothing_does_not_go_back(self) -> None:
        clock = FakeClock(5.0)
        asyncio.run(clock.sleep(-1.0))
        assert clock.now_s() == 5.0


class TestMonotonicClock:
    """The machine's clock, and the one that the event loop's timers use."""

    def test_it_is_the_event_loops_clock(self) -> None:
        async def difference_s() -> float:
            return abs(asyncio.get_running_loop().time() - MonotonicClock().now_s())

        assert asyncio.run(difference_s()) < 1.0

    def test_sleeping_lasts_at_least_as_long_as_asked(self) -> None:
        clock = MonotonicClock()
        began_s = clock.now_s()
        asyncio.run(clock.sleep(0.02))
        assert clock.now_s() - began_s >= 0.019

    def test_sleeping_for_less_than_nothing_returns(self) -> None:
        asyncio.run(MonotonicClock().sleep(-5.0))


class TestDeadline:
    """An absolute moment: it does not move when time passes, and what is left is never negative."""

    def test_what_is_left_shrinks_as_time_passes_and_stops_at_zero(self) -> None:
        clock = FakeClock()
        deadline = Deadline.after(10.0, clock)
        assert deadline.remaining_s() == 10.0
        clock.advance(4.0)
        assert (deadline.remaining_s(), deadline.passed) == (6.0, False)
        clock.advance(100.0)
        assert (deadline.remaining_s(), deadline.passed) == (0.0, True)

    def test_it_has_passed_from_the_very_moment_on(self) -> None:
        clock = FakeClock()
        deadline = Deadline.after(10.0, clock)
        clock.advance(10.0)
        assert deadline.passed

    def test_a_capped_deadline_stays_where_it_was_made(self) -> None:
        clock = FakeClock()
        capped = Deadline.after(10.0, clock).capped(3.0)
        clock.advance(2.0)
        assert capped.remaining_s() == 1.0

    @given(SECONDS, SECONDS)
    def test_a_capped_deadline_is_the_earlier_of_the_two(self, total_s: float, cap_s: float) -> None:
        clock = FakeClock()
        capped = Deadline.after(total_s, clock).capped(cap_s)
        assert capped.at_s == min(clock.now_s() + total_s, clock.now_s() + cap_s)

    def test_an_earlier_deadline_leaves_its_reserve(self) -> None:
        clock = FakeClock()
        deadline = Deadline.after(10.0, clock)
        clock.advance(8.0)
        assert deadline.earlier(2.0).passed
        assert deadline.remaining_s() == 2.0

    @given(SECONDS, st.floats(min_value=0, max_value=1e6))
    def test_remaining_time_is_never_negative(self, total_s: float, passed_s: float) -> None:
        clock = FakeClock()
        deadline = Deadline.after(total_s, clock)
        clock.advance(passed_s)
        assert deadline.remaining_s() >= 0.0
        assert deadline.passed == (deadline.remaining_s() == 0.0)


class TestProcessBegan:
    """A process knows when it began, on the clock of its deadlines."""

    def test_what_loading_takes_is_counted(self) -> None:
        code = (
            "import time; time.sleep(0.3)\n"
            "from aimo_pipeline.deadline import process_began_s\n"
            "print(process_began_s())"
        )
        before_s = time.monotonic()
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        began_s = float(told.stdout)
        assert before_s - 0.1 <= began_s <= time.monotonic() - 0.3

    def test_it_is_never_later_than_now(self) -> None:
        assert process_began_s() <= time.monotonic()


class TestHeard:
    """An event or a deadline, whichever comes first; the event is clear afterwards, and the alarm is off."""

    @staticmethod
    async def _heard(at_s: float, *, set_first: bool) -> tuple[bool, bool]:
        event, clock = asyncio.Event(), MonotonicClock()
        if set_first:
            event.set()
        in_time = await heard(event, Deadline.after(at_s, clock))
        await asyncio.sleep(0.02)
        return in_time, event.is_set()

    def test_an_event_in_time(self) -> None:
        assert asyncio.run(self._heard(0.01, set_first=True)) == (True, False)

    def test_a_deadline_without_an_event(self) -> None:
        assert asyncio.run(self._heard(0.01, set_first=False)) == (False, False)
