"""Time: a monotonic clock, absolute deadlines on it, and a clock that tests can turn by hand.

Wall-clock time is never used for a deadline: NTP and suspended machines make it jump.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class Alarm(Protocol):
    """Something that will happen at a moment."""

    def cancel(self) -> None:
        """It will not; nothing where it has happened."""
        ...


class Clock(Protocol):
    """Seconds on a clock that never goes back, and a way to wait on it."""

    def now_s(self) -> float:
        """Seconds since an arbitrary but fixed moment."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait on this clock; cancellable."""
        ...

    def alarm(self, at_s: float, ring: Callable[[], object]) -> Alarm:
        """Have the running loop call `ring` at that moment, soon where it has passed."""
        ...


def loop_alarm(clock: Clock, at_s: float, ring: Callable[[], object]) -> Alarm:
    """An alarm for clocks that go as fast as the loop's."""
    return asyncio.get_running_loop().call_later(max(0.0, at_s - clock.now_s()), ring)


class MonotonicClock:
    """The machine's monotonic clock, the one that asyncio's loop uses as well."""

    def now_s(self) -> float:
        """See Clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """See Clock."""
        await asyncio.sleep(max(0.0, seconds))

    def alarm(self, at_s: float, ring: Callable[[], object]) -> Alarm:
        """See Clock."""
        return loop_alarm(self, at_s, ring)


# Loading this package takes seconds; a machine that says more counts something else.
_LOADING_MOST_S = 60.0


def process_began_s() -> float:
    """When this process began, on MonotonicClock, so that loading it is counted; now where nothing tells."""
    now_s = time.monotonic()
    try:
        fields = (
            Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        )
        since_boot_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot_s
    except (OSError, ValueError, IndexError, AttributeError):
        return now_s
    return now_s - min(max(0.0, age_s), _LOADING_MOST_S)


@dataclass
class FakeClock:
    """A clock that moves only when `advance` is called or somebody sleeps on it.

    Its alarms take real time.
    """

    time_s: float = 1000.0
    slept_s: list[float] = field(default_factory=list)

    def now_s(self) -> float:
        """See Clock."""
        return self.time_s

    def advance(self, seconds: float) -> None:
        """Move forward.

        Raises:
            ValueError: on an attempt to go back.
        """
        if seconds < 0:
            raise ValueError("a monotonic clock does not go back")
        self.time_s += seconds

    async def sleep(self, seconds: float) -> None:
        """Advance at once instead of waiting, and let other tasks run."""
        self.slept_s.append(seconds)
        self.advance(max(0.0, seconds))
        await asyncio.sleep(0)

    def alarm(self, at_s: float, ring: Callable[[], object]) -> Alarm:
        """See Clock."""
        return loop_alarm(self, at_s, ring)


@dataclass(frozen=True)
class Deadline:
    """An absolute moment `at_s` on `clock`."""

    at_s: float
    clock: Clock

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> Deadline:
        """The moment `seconds` from now."""
        return cls(clock.now_s() + seconds, clock)

    def remaining_s(self) -> float:
        """Seconds left; never negative."""
        return max(0.0, self.at_s - self.clock.now_s())

    @property
    def passed(self) -> bool:
        """True from the moment on."""
        return self.remaining_s() == 0.0

    def capped(self, seconds: float) -> Deadline:
        """The earlier of this deadline and `seconds` from now."""
        return Deadline(min(self.at_s, self.clock.now_s() + seconds), self.clock)

    def earlier(self, seconds: float) -> Deadline:
        """This deadline moved forward by `seconds`: leaves a reserve for what comes after."""
        return Deadline(self.at_s - seconds, self.clock)


async def heard(event: asyncio.Event, deadline: Deadline) -> bool:
    """Wait for an event until a deadline, and clear it.

    Returns:
        False when the deadline came first.
    """
    in_time = True

    def ring() -> None:
        nonlocal in_time
        in_time = False
        event.set()

    alarm = deadline.clock.alarm(deadline.at_s, ring)
    try:
        await event.wait()
    finally:
        alarm.cancel()
    event.clear()
    return in_time
