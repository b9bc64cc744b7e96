"""The pool over a real native Lean."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aimo_pipeline.config import LeanPoolConfig
from aimo_pipeline.outcome import Rejected
from aimo_pipeline.verify.document import MAX_BYTES
from aimo_pipeline.verify.lsp import LeanCommand, NotStarted, OutOfTime, WorkerLost
from aimo_pipeline.verify.pool import LeanPool
from aimo_pipeline.verify.race import NoneWon, Won
from aimo_pipeline.verify.staff import _FRONT
from aimo_pipeline.verify.workers import WorkerCounts
from tests.lean_native import END, FALSE, GOOD, HEADER, NativeLean, errors, leaves, numbered, proved

LIMITS = LeanPoolConfig()
FOREVER = leaves(40)
BROKEN = f"theorem t : True :=\n{END}"
HEADERS = ("import Init\n", HEADER, "prelude\nimport Init\n")


def run(native: NativeLean, work: Callable[[LeanPool], Awaitable[Any]], **settings: Any) -> Any:
    """Do it with a fresh pool."""

    async def opened() -> Any:
        async with native.pool(**settings) as pool:
            return await work(pool)

    return asyncio.run(opened())


async def appears(holds: Callable[[], Any]) -> None:
    """Wait until something holds; ten seconds at most."""
    for _ in range(500):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")


async def busy_pid(pool: LeanPool) -> int:
    """The process that is checking, once it is: it has loaded and has had time to read its document."""
    await appears(pool.pids)
    await asyncio.sleep(0.2)
    return pool.pids()[0]


def gone(pid: int) -> bool:
    return not os.path.exists(f"/proc/{pid}")


@pytest.mark.lean
class TestChecks:
    """Each document gets its own result, whatever its neighbours do."""

    def test_a_batch_is_told_apart_item_by_item(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> list[Any]:
            bodies = [GOOD, FALSE, BROKEN, "\0", *map(numbered, range(6))]
            checks = [pool.check(HEADER, body, deadline=native_lean.deadline()) for body in bodies]
            late = pool.check(HEADER, FOREVER, deadline=native_lean.deadline(2.0))
            return await asyncio.gather(*checks, late)

        good, wrong, broken, rejected, *others, late = run(native_lean, work, workers=3)
        assert proved(good)
        assert "is false" in errors(wrong)[0].text
        assert "unexpected token" in errors(broken)[0].text
        assert isinstance(rejected, Rejected)
        assert all(proved(outcome) for outcome in others)
        assert isinstance(late, OutOfTime)

    def test_the_same_text_is_checked_once(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> tuple[Any, Any, int, int]:
            one = await pool.check(HEADER, GOOD, deadline=native_lean.deadline())
            two = await pool.check(HEADER, GOOD, deadline=native_lean.deadline(0.0))
            other = await pool.check("prelude\n" + HEADER, GOOD, deadline=native_lean.deadline(0.0))
            assert isinstance(other, OutOfTime)
            return one, two, pool.counts.checked, pool.counts.cached

        one, two, checked, cached = run(native_lean, work)
        assert proved(one)
        assert one == two
        assert (checked, cached) == (1, 1)

    def test_it_tells_of_its_workers(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> list[Any]:
            told = [pool.workers()]
            for _ in range(2):
                await pool.check(HEADER, GOOD, deadline=native_lean.deadline())
            told.append(pool.workers())
            late = asyncio.create_task(pool.check(HEADER, FOREVER, deadline=native_lean.deadline(1.0)))
            await asyncio.sleep(0.2)
            told.append(pool.workers())
            await late
            return [*told, pool.workers()]

        fresh, idle, busy, after = run(native_lean, work)
        assert fresh == WorkerCounts(0, 0, 0, 0, 0)
        assert idle == WorkerCounts(1, 0, 0, 1, 1)
        assert busy == WorkerCounts(1, 1, 0, 1, 1)
        assert (after.busy, after.ended, after.checks) == (0, 1, 1)

    def test_what_has_no_result_is_not_kept(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> list[Any]:
            slow = leaves(13)
            return [await pool.check(HEADER, slow, deadline=native_lean.deadline(s)) for s in (0.1, 60.0)]

        late, right = run(native_lean, work)
        assert isinstance(late, OutOfTime)
        assert proved(right)

    def test_a_lean_without_workers_is_told(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> Any:
            pool._staff._command = LeanCommand(("/bin/false",), {}, "none")
            return await pool.check(HEADER, GOOD, deadline=native_lean.deadline())

        assert isinstance(run(native_lean, work), NotStarted)


@pytest.mark.lean
class TestWorkers:
    """What a time-out, a cancel or a crash has touched is killed and replaced; no process is left."""

    def test_a_time_out_ends_the_worker_and_the_next_check_is_right(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> tuple[Any, Any, int, tuple[int, ...]]:
            await pool.check(HEADER, GOOD, deadline=native_lean.deadline())
            (pid,) = pool.pids()
            late = await pool.check(HEADER, FOREVER, deadline=native_lean.deadline(0.3))
            assert gone(pid)
            await appears(pool.pids)  # the replacement comes without being asked for
            return late, await pool.check(HEADER, FALSE, deadline=native_lean.deadline()), pid, pool.pids()

        late, right, pid, pids = run(native_lean, work)
        assert late == OutOfTime("Lean ran out of time")
        assert "is false" in errors(right)[0].text
        assert len(pids) == 1 and pid not in pids

    def test_a_cancel_midway_leaves_no_process(self, native_lean: NativeLean, processes: Any) -> None:
        before = processes.children()

        async def work(pool: LeanPool) -> int:
            check = asyncio.create_task(pool.check(HEADER, FOREVER, deadline=native_lean.deadline()))
            pid = await busy_pid(pool)
            check.cancel()
            await asyncio.wait({check})
            assert check.cancelled()
            assert gone(pid)
            return pid

        run(native_lean, work)
        assert processes.children() == before

    def test_a_cancel_while_lean_loads_keeps_the_worker(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> int:
            check = asyncio.create_task(pool.check(HEADER, GOOD, deadline=native_lean.deadline()))
            await asyncio.sleep(0.01)
            check.cancel()
            await asyncio.wait({check})
            assert proved(await pool.check(HEADER, GOOD, deadline=native_lean.deadline()))
            return pool.counts.started

        assert run(native_lean, work) == 1

    def test_kill_9_during_a_check_loses_nothing_and_is_told(self, native_lean: NativeLean) -> None:
        native_lean.lost.clear()

        async def work(pool: LeanPool) -> tuple[Any, int]:
            check = asyncio.create_task(pool.check(HEADER, leaves(14), deadline=native_lean.deadline()))
            os.kill(await busy_pid(pool), signal.SIGKILL)
            return await check, pool.counts.redone

        outcome, redone = run(native_lean, work)
        assert proved(outcome)
        assert redone == 1
        [reason] = native_lean.lost
        assert reason.startswith("exit status -9")

    def test_kill_9_again_and_again_loses_nothing_before_the_deadline(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> tuple[Any, int]:
            check = asyncio.create_task(pool.check(HEADER, leaves(14), deadline=native_lean.deadline()))
            for _ in range(5):
                pid = await busy_pid(pool)
                os.kill(pid, signal.SIGKILL)
                await appears(lambda pid=pid: pid not in pool.pids())
            return await check, pool.counts.redone

        outcome, redone = run(native_lean, work)
        assert proved(outcome)
        assert redone == 5

    def test_kill_9_while_lean_loads_again_loses_nothing(
        self, native_lean: NativeLean, processes: Any
    ) -> None:
        async def work(pool: LeanPool) -> Any:
            await pool.check(HEADER, GOOD, deadline=native_lean.deadline())
            before = processes.children()
            (pid,) = pool.pids()
            os.kill(pid, signal.SIGKILL)
            await appears(lambda: gone(pid))
            check = asyncio.create_task(pool.check(HEADER, FALSE, deadline=native_lean.deadline()))
            await appears(lambda: processes.children() - before)
            for loading in processes.children() - before:
                os.kill(loading, signal.SIGKILL)
            return await check

        assert errors(run(native_lean, work))

    def test_kill_9_between_checks_is_not_noticed(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> tuple[Any, int]:
            await pool.check(HEADER, GOOD, deadline=native_lean.deadline())
            (pid,) = pool.pids()
            os.kill(pid, signal.SIGKILL)
            await appears(lambda: gone(pid))
            return await pool.check(HEADER, FALSE, deadline=native_lean.deadline()), pool.counts.redone

        outcome, redone = run(native_lean, work)
        assert errors(outcome)
        assert redone == 0

    def test_kill_9_of_the_first_worker_while_it_loads_loses_nothing(
        self, native_lean: NativeLean, processes: Any
    ) -> None:
        before = processes.children()

        async def work(pool: LeanPool) -> tuple[Any, int]:
            check = asyncio.create_task(pool.check(HEADER, GOOD, deadline=native_lean.deadline()))
            await appears(lambda: processes.children() - before)
            for loading in processes.children() - before:
                os.kill(loading, signal.SIGKILL)
            return await check, pool.counts.redone

        outcome, redone = run(native_lean, work)
        assert proved(outcome)
        assert redone == 1

    def test_a_worker_whose_death_nobody_has_told_of_yet_loses_nothing(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> tuple[Any, int]:
            await pool.check(HEADER, GOOD, deadline=native_lean.deadline())
            (pid,) = pool.pids()
            os.kill(pid, signal.SIGKILL)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # gone, and the loop has not run since
            return await pool.check(HEADER, numbered(1), deadline=native_lean.deadline()), pool.counts.redone

        outcome, redone = run(native_lean, work)
        assert proved(outcome)
        assert redone == 1

    def test_a_check_whose_worker_crashes_each_time_is_told_and_the_next_is_right(
        self, native_lean: NativeLean
    ) -> None:
        async def work(pool: LeanPool) -> tuple[Any, Any]:
            check = asyncio.create_task(pool.check(HEADER, FOREVER, deadline=native_lean.deadline()))
            for _ in range(3):
                pid = await busy_pid(pool)
                os.kill(pid, signal.SIGABRT)
                await appears(lambda pid=pid: pid not in pool.pids())
            return await check, await pool.check(HEADER, GOOD, deadline=native_lean.deadline())

        lost, good = run(native_lean, work, reruns=2)
        assert isinstance(lost, WorkerLost)
        assert "exit status -6" in lost.reason
        assert proved(good)

    def test_a_worker_is_replaced_after_its_share_of_checks(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> set[int]:
            pids: set[int] = set()
            for number in range(6):
                assert proved(await pool.check(HEADER, numbered(number), deadline=native_lean.deadline()))
                await appears(pool.pids)
                pids |= set(pool.pids())
            return pids

        assert len(run(native_lean, work, checks=2)) == 4

    def test_the_end_of_the_pool_is_the_end_of_its_processes(
        self, native_lean: NativeLean, processes: Any
    ) -> None:
        before = processes.children()

        async def work(pool: LeanPool) -> tuple[Any, int]:
            running = asyncio.create_task(pool.check(HEADER, FOREVER, deadline=native_lean.deadline()))
            await busy_pid(pool)
            await pool.aclose()
            later = await pool.check(HEADER, GOOD, deadline=native_lean.deadline())
            assert isinstance(later, OutOfTime)
            return await running, 0

        outcome, _ = run(native_lean, work)
        assert isinstance(outcome, OutOfTime)
        assert processes.children() == before


@pytest.mark.lean
class TestAdmission:
    """There are as many workers as memory holds; the one that was used least recently makes room."""

    def test_the_least_recently_used_worker_makes_room(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> list[tuple[int, ...]]:
            seen = []
            for header in (HEADERS[0], HEADERS[1], HEADERS[0], HEADERS[2]):
                number = len(seen)  # a text of its own, or the cache would answer
                assert proved(await pool.check(header, numbered(number), deadline=native_lean.deadline()))
                seen.append(pool.pids())
            return seen

        (one,), (_, two), again, last = run(native_lean, work, workers=2)
        assert set(again) == {one, two}
        assert one in last and two not in last and len(last) == 2

    def test_where_one_fits_the_others_wait_for_it(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> int:
            checks = [pool.check(HEADER, numbered(n), deadline=native_lean.deadline()) for n in range(5)]
            assert all(proved(outcome) for outcome in await asyncio.gather(*checks))
            return pool.counts.started

        assert run(native_lean, work, free_bytes=0) == 1

    def test_however_many_wait_they_are_served_in_the_order_of_their_coming(
        self, native_lean: NativeLean
    ) -> None:
        async def work(pool: LeanPool) -> list[int]:
            served: list[int] = []

            async def check(number: int) -> None:
                assert proved(await pool.check(HEADER, numbered(number), deadline=native_lean.deadline()))
                served.append(number)

            await asyncio.gather(*map(check, range(_FRONT + 20)))
            return served

        assert run(native_lean, work, workers=1) == list(range(_FRONT + 20))

    def test_memory_admits_by_what_a_worker_was_measured_to_need(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> tuple[int, int]:
            # The guess is more than there is; what is measured is a tenth of it.
            await pool.check(HEADER, GOOD, deadline=native_lean.deadline())
            checks = [pool.check(HEADER, numbered(n), deadline=native_lean.deadline()) for n in range(3)]
            await asyncio.gather(*checks)
            return pool.counts.started, pool._staff.need_bytes(HEADER)

        started, need_bytes = run(native_lean, work, free_bytes=3 << 30, guess_bytes=3 << 30)
        assert started == 3
        assert 10 << 20 < need_bytes < 1 << 30

    def test_who_waits_too_long_is_told(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> Any:
            slow = asyncio.create_task(pool.check(HEADER, FOREVER, deadline=native_lean.deadline()))
            await busy_pid(pool)
            late = await pool.check(HEADER, GOOD, deadline=native_lean.deadline(0.2))
            slow.cancel()
            await asyncio.wait({slow})
            return late

        assert run(native_lean, work, workers=1) == OutOfTime("no Lean worker came free in time")


@pytest.mark.lean
class TestRaceOfDocuments:
    """The first proof ends the other checks, and their processes."""

    def test_the_first_proof_wins_and_the_losers_are_cancelled(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> tuple[Any, int]:
            candidates = [(HEADER, FOREVER), (HEADER, FALSE), (HEADER, GOOD)]
            won = await pool.race(candidates, proved, deadline=native_lean.deadline())
            return won, sum(member.leased for member in pool._staff.members)

        won, leased = run(native_lean, work)
        assert isinstance(won, Won)
        assert won.index == 2
        assert leased == 0

    def test_without_a_proof_all_results_are_told(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> Any:
            candidates = [(HEADER, FALSE), (HEADER, "\0")]
            return await pool.race(candidates, proved, deadline=native_lean.deadline())

        none = run(native_lean, work)
        assert isinstance(none, NoneWon)
        assert errors(none.results[0])
        assert isinstance(none.results[1], Rejected)


@pytest.mark.lean
class TestBadInput:
    """What would cost a worker is refused before one is started; what passes costs none."""

    def test_the_pool_rejects_and_starts_nothing(self, native_lean: NativeLean) -> None:
        async def work(pool: LeanPool) -> tuple[Any, int]:
            return await pool.check(HEADER, "\0", deadline=native_lean.deadline()), pool.counts.started

        outcome, started = run(native_lean, work)
        assert outcome == Rejected("a NUL or a carriage return in the text")
        assert started == 0

    def test_what_is_just_within_the_limits_does_lean_no_harm(self, native_lean: NativeLean) -> None:
        digits = f"(Nat.succ {'7' * LIMITS.literal_digits})"
        brackets = f"{'(' * LIMITS.nesting}True{')' * LIMITS.nesting}"
        bodies = [
            f"theorem t : Eq {digits} {digits} := Eq.refl {digits}\n{END}",
            f"theorem t : {brackets} := by decide\n{END}",
            f"-- {'x' * (MAX_BYTES - 500)}\n{GOOD}",
        ]

        async def work(pool: LeanPool) -> tuple[list[Any], int]:
            outcomes = [await pool.check(HEADER, body, deadline=native_lean.deadline()) for body in bodies]
            return outcomes, pool.counts.started

        outcomes, started = run(native_lean, work)
        assert [proved(outcome) for outcome in outcomes] == [True, True, True]
        assert started == 1
