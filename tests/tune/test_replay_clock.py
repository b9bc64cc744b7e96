"""The clock of a replay goes on to what comes back, and what is due before that happens before it."""

from __future__ import annotations

import asyncio

from aimo_pipeline.deadline import Deadline
from aimo_pipeline.tune.replay_clock import RecordedClock


class TestRecordedClock:
    """It stands still but for going on to the recorded time of what comes back."""

    def test_it_goes_on_and_never_back(self) -> None:
        async def passed() -> list[float]:
            clock = RecordedClock()
            clock.begin(40.0)
            seen = [clock.now_s()]
            for at_s in (45.0, 42.0, 50.5):
                await clock.came(at_s)
                seen.append(clock.now_s())
            return seen

        assert asyncio.run(passed()) == [0.0, 5.0, 5.0, 10.5]

    def test_an_alarm_rings_at_its_own_time_before_what_comes_later(self) -> None:
        async def told() -> list[str]:
            clock, said = RecordedClock(), []
            for at_s in (7.0, 3.0, 20.0):
                clock.alarm(at_s, lambda: said.append(f"alarm {clock.now_s()}"))
            clock.alarm(4.0, lambda: said.append("never")).cancel()
            await clock.came(10.0)
            return [*said, f"came {clock.now_s()}"]

        assert asyncio.run(told()) == ["alarm 3.0", "alarm 7.0", "came 10.0"]

    def test_an_alarm_whose_time_has_passed_rings_at_once(self) -> None:
        async def rings() -> bool:
            clock, rung = RecordedClock(), asyncio.Event()
            await clock.came(5.0)
            clock.alarm(5.0, rung.set)
            await asyncio.sleep(0)
            return rung.is_set()

        assert asyncio.run(rings())

    def test_who_is_cut_off_by_an_alarm_never_gets_what_came_after_it(self) -> None:
        async def outcome() -> tuple[str, float]:
            clock = RecordedClock()

            async def waits() -> str:
                await clock.came(60.0)
                return "it came"

            waiting = asyncio.create_task(waits())
            clock.alarm(30.0, waiting.cancel)
            await asyncio.wait({waiting})
            return ("cut off" if waiting.cancelled() else waiting.result()), clock.now_s()

        assert asyncio.run(outcome()) == ("cut off", 30.0)

    def test_what_came_together_is_not_held_up_by_what_an_alarm_sets_off(self) -> None:
        async def order() -> list[str]:
            clock, said = RecordedClock(), []

            async def comes(name: str, at_s: float) -> None:
                await clock.came(at_s)
                said.append(name)

            clock.alarm(2.5, lambda: said.append("alarm"))
            await clock.came(2.0)
            await asyncio.gather(comes("third", 3.0), comes("first", 1.0), comes("fourth", 4.0))
            return said

        assert asyncio.run(order()) == ["first", "alarm", "third", "fourth"]

    def test_deadlines_on_it_pass_at_the_recorded_pace(self) -> None:
        async def left() -> list[float]:
            clock = RecordedClock()
            deadline = Deadline.after(30.0, clock)
            await clock.sleep(1_000.0)  # takes no time
            before = deadline.remaining_s()
            await clock.came(29.0)
            return [before, deadline.remaining_s()]

        assert asyncio.run(left()) == [30.0, 1.0]
