"""Children that wait for a program: quicker, but never another child's leftovers."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from aimo_pipeline.config import LimitsConfig, SandboxConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.outcome import Ran
from aimo_pipeline.trace.sandbox import Sandbox
from tests.sandboxed import Shared

T = TypeVar("T")
Work = Callable[[Sandbox], Coroutine[Any, Any, Any]]
On = Callable[[Work], Any]
CLOCK = MonotonicClock()
LIMITS = LimitsConfig(memory_bytes=1 << 30)
SETTINGS = SandboxConfig(slots=2, namespaces=False)  # so that a program sees the pid that we see
PID = "import os\nprint(os.getpid())"


def within(work: Callable[[Sandbox], Awaitable[T]], settings: SandboxConfig) -> T:
    """The result of work on a sandbox of its own."""

    async def opened() -> T:
        async with Sandbox.opened(settings, clock=CLOCK) as sandbox:
            return await work(sandbox)

    return asyncio.run(opened())


@pytest.fixture(scope="module")
def with_spares() -> Iterator[Shared]:
    """One sandbox that keeps children waiting, for the tests that leave it whole."""
    shared = Shared(SETTINGS)
    yield shared
    shared.close()


@pytest.fixture
def on(with_spares: Shared) -> On:
    """The result of work on it while none waits yet."""

    async def none_first(sandbox: Sandbox, work: Work) -> Any:
        await sandbox._spares.aclose()
        return await work(sandbox)

    return lambda work: with_spares.do(lambda sandbox: none_first(sandbox, work))


async def printed(sandbox: Sandbox, code: str, limits: LimitsConfig = LIMITS) -> int:
    """The integer that a program prints."""
    outcome = await sandbox.run(code, deadline=Deadline.after(30.0, CLOCK), limits=limits)
    assert isinstance(outcome, Ran), outcome
    return int(outcome.stdout)


class TestSpares:
    """A program gets a child that was started ahead where one with its limits waits, and no program gets a
    child that another has had."""

    def test_the_next_program_gets_the_child_that_waits(self, on: On, processes: Any) -> None:
        async def twice(sandbox: Sandbox) -> tuple[set[int], int]:
            await printed(sandbox, "print(1)")
            waiting: set[int] = processes.children_of(sandbox.zygote_pid)
            return waiting, await printed(sandbox, PID)

        waiting, used = on(twice)
        assert waiting == {used}

    def test_no_two_programs_share_a_child(self, on: On) -> None:
        async def many(sandbox: Sandbox) -> list[int]:
            return await asyncio.gather(*(printed(sandbox, PID) for _ in range(12)))

        assert len(set(on(many))) == 12

    def test_a_program_with_other_limits_gets_a_child_with_those(self, on: On) -> None:
        code = "import resource\nprint(resource.getrlimit(resource.RLIMIT_AS)[0])"
        other = replace(LIMITS, memory_bytes=2 << 30)

        async def alternating(sandbox: Sandbox) -> list[int]:
            return [await printed(sandbox, code, limits) for limits in (LIMITS, other, LIMITS, other)]

        assert on(alternating) == [1 << 30, 2 << 30, 1 << 30, 2 << 30]

    def test_no_more_wait_than_programs_may_run(self, on: On, processes: Any) -> None:
        async def waiting_after_many(sandbox: Sandbox) -> int:
            limits = [replace(LIMITS, memory_bytes=(1 << 30) + size) for size in range(6)]
            await asyncio.gather(*(printed(sandbox, "print(1)", one) for one in limits))
            return len(processes.children_of(sandbox.zygote_pid))

        assert on(waiting_after_many) <= 2

    def test_one_that_was_killed_while_it_waited_is_passed_over(self, on: On, processes: Any) -> None:
        async def kill_it(sandbox: Sandbox) -> int:
            await printed(sandbox, "print(1)")
            for pid in processes.children_of(sandbox.zygote_pid):
                os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(0.5)  # for the news to come
            return await printed(sandbox, "print(7)")

        assert on(kill_it) == 7

    def test_none_are_kept_where_none_are_wanted(self, processes: Any) -> None:
        async def after_one(sandbox: Sandbox) -> set[int]:
            await printed(sandbox, "print(1)")
            left: set[int] = processes.children_of(sandbox.zygote_pid)
            return left

        assert within(after_one, replace(SETTINGS, spares=0)) == set()

    def test_they_end_with_the_sandbox(self, processes: Any) -> None:
        async def waiting(sandbox: Sandbox) -> set[int]:
            await asyncio.gather(*(printed(sandbox, "print(1)") for _ in range(4)))
            left: set[int] = processes.children_of(sandbox.zygote_pid)
            return left

        left = within(waiting, SETTINGS)
        assert left
        assert processes.until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in left))
