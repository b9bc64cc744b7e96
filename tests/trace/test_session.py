"""Sessions: cells share their variables, and none of them can spoil the session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from aimo_pipeline.config import LimitsConfig, SandboxConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.outcome import Crashed, Killed, Ran, RunOutcome, TimedOut
from aimo_pipeline.trace.sandbox import Sandbox
from aimo_pipeline.trace.session import Session
from tests.sandboxed import LIMITS, Shared

CLOCK = MonotonicClock()
Outcomes = list[RunOutcome]
Played = Callable[..., Outcomes]


async def run(session: Session, cell: str, wall_s: float = 20.0) -> RunOutcome:
    """The outcome of one cell."""
    return await session.run(cell, deadline=Deadline.after(wall_s, MonotonicClock()))


@pytest.fixture
def played(shared_sandbox: Shared) -> Played:
    """The outcomes of cells in one session."""

    def play(*cells: str, wall_s: float = 20.0, limits: LimitsConfig = LIMITS) -> Outcomes:
        async def work(sandbox: Sandbox) -> Outcomes:
            async with sandbox.session(limits=limits) as session:
                return [await run(session, cell, wall_s) for cell in cells]

        return shared_sandbox.do(work)

    return play


class TestCells:
    """As in a notebook."""

    def test_variables_last_from_cell_to_cell(self, played: Played) -> None:
        assert played("x = 5", "def f(n): return n + x", "f(1)") == [Ran(""), Ran(""), Ran("", "6")]

    def test_what_a_cell_prints_is_its_own(self, played: Played) -> None:
        assert played("print(1)", "print(2)\n3", "") == [Ran("1\n"), Ran("2\n", "3"), Ran("")]

    def test_an_exception_keeps_what_was_done_before_it(self, played: Played) -> None:
        _, crashed, after = played("x = 1", "x = 2\n1 / 0", "x")
        assert isinstance(crashed, Crashed)
        assert (crashed.kind, crashed.line) == ("ZeroDivisionError", 2)
        assert '"<cell 2>", line 2' in crashed.traceback
        assert after == Ran("", "2")

    def test_memory_that_is_used_up_is_an_exception_like_any_other(self, played: Played) -> None:
        limits = replace(LIMITS, memory_bytes=600 << 20)
        full, after = played("x = []\nwhile True: x.append(bytearray(8 << 20))", "del x\n1", limits=limits)
        assert isinstance(full, Crashed)
        assert (full.kind, full.line) == ("MemoryError", 2)
        assert after == Ran("", "1")

    def test_libraries_and_their_objects_last(self, played: Played) -> None:
        cells = ["import sympy as sp", "x = sp.symbols('x')", "sp.factor(x**2 - 1)"]
        assert played(*cells)[-1] == Ran("", "(x - 1)*(x + 1)")

    def test_every_cell_has_the_whole_processor_time(self, played: Played) -> None:
        burn = "import time\nend = time.process_time() + 0.6\nwhile time.process_time() < end: pass"
        assert played(burn, burn, burn, limits=replace(LIMITS, cpu_s=1)) == [Ran("")] * 3


class TestUndo:
    """A cell that does not come to its end leaves the variables as they were before it."""

    @pytest.mark.parametrize(
        ("cell", "kind"),
        [
            ("x = 2\nwhile True: pass", TimedOut),
            ("x = 2\nimport time\ntime.sleep(99)", TimedOut),
            ("x = 2\nwhile True: print('y' * 99_999)", Killed),
            ("x = 2\nimport os\nos._exit(0)", Crashed),
            ("x = 2\nimport os\nos._exit(3)", Crashed),
            ("x = 2\nimport ctypes\nctypes.string_at(0)", Crashed),
            ("x = 2\nimport os\nos.closerange(0, 64)\nos._exit(1)", Crashed),
        ],
    )
    def test_the_session_goes_on_from_before_the_cell(
        self, played: Played, cell: str, kind: type[RunOutcome]
    ) -> None:
        before, spoilt, after, last = played("x = 1", cell, "x", "x + 1", wall_s=1.0)
        assert before == Ran("")
        assert isinstance(spoilt, kind)
        assert after == Ran("", "1")
        assert last == Ran("", "2")

    def test_the_outcome_says_so_and_keeps_what_was_printed(self, played: Played) -> None:
        [outcome] = played("print('so far')\nwhile True: pass", wall_s=0.5)
        assert isinstance(outcome, TimedOut)
        assert outcome.stdout == "so far\n"
        assert "as they were before this cell" in outcome.hint
        assert "its imports, functions, classes and new constants are kept" in outcome.hint

    def test_undoing_many_cells_in_a_row_is_no_trouble(self, played: Played) -> None:
        outcomes = played("x = 1", *["x = 2\nwhile True: pass"] * 4, "x", wall_s=0.3)
        assert outcomes[-1] == Ran("", "1")

    def test_it_is_the_same_process_that_goes_on(self, shared_sandbox: Shared) -> None:
        async def work(sandbox: Sandbox) -> tuple[RunOutcome, RunOutcome]:
            async with sandbox.session(limits=LIMITS) as session:
                await run(session, "import random\nx = random.random()")
                before = await run(session, "x")
                await run(session, "while True: pass", 0.3)
                return before, await run(session, "x")  # a replay would have drawn another number

        before, after = shared_sandbox.do(work)
        assert before == after


class TestFirstStatements:
    """A session starts with the names that models take for granted; any other is theirs to import."""

    def test_numpy_sympy_and_random_are_there_under_their_usual_names(self, played: Played) -> None:
        [outcome] = played("int(np.arange(4).sum()), sp.factorint(12), random.randint(3, 3)")
        assert outcome == Ran("", "(6, {2: 2, 3: 1}, 3)")

    def test_they_are_there_again_after_a_cell_that_was_stopped(self, played: Played) -> None:
        code = "np = print\nwhile True: pass"
        assert played(code, "int(np.gcd(4, 6))", wall_s=0.5)[-1] == Ran("", "2")

    def test_the_settings_say_which(self) -> None:
        config = SandboxConfig(
            slots=1, spares=0, session_imports=("import no_such_module", "import math as m")
        )

        async def work() -> list[RunOutcome]:
            async with Sandbox.opened(config, clock=CLOCK) as sandbox, sandbox.session(limits=LIMITS) as one:
                return [await run(one, "m.gcd(4, 6)"), await run(one, "np")]

        there, not_there = asyncio.run(work())
        assert there == Ran("", "2")
        assert isinstance(not_there, Crashed) and not_there.kind == "NameError"


class TestDefinitions:
    """What a stopped cell imported and defined is there in the next one, as in a notebook."""

    STOPPED = """
import math as m
from fractions import Fraction
MOD, SMALL = 10**9 + 7, [2, -3]
def f(n): return n % MOD
class Pair: pass
count = sum(SMALL)
print("so far")
while True: pass
def g(): return 1
"""

    def test_imports_functions_classes_and_constants_are_kept(self, played: Played) -> None:
        code = "m.gcd(4, 6), Fraction(1, 2) + f(MOD), Pair.__name__, SMALL"
        _, after = played(self.STOPPED, code, wall_s=0.7)
        assert after == Ran("", "(2, Fraction(1, 2), 'Pair', [2, -3])")

    def test_what_it_computed_or_printed_is_not(self, played: Played) -> None:
        _, quiet, after = played(self.STOPPED, "f(1)", "count", wall_s=0.7)
        assert quiet == Ran("", "1")
        assert isinstance(after, Crashed) and "count" in after.message

    def test_a_constant_never_takes_the_place_of_a_variable(self, played: Played) -> None:
        outcomes = played(
            "total = 9", "total, fresh = 0, 1\nother = 2\nwhile True: pass", "total", wall_s=0.7
        )
        assert outcomes[-1] == Ran("", "9")

    def test_a_cell_that_died_keeps_them_too(self, played: Played) -> None:
        code = "def f(): return 5\nimport os\nos._exit(3)"
        assert played(code, "f()", wall_s=5.0)[-1] == Ran("", "5")

    def test_definitions_that_hang_are_left_out(self, played: Played) -> None:
        code = "x = 2\nclass Endless:\n    while True: pass"
        outcomes = played("x = 1", code, "x", wall_s=5.0)
        assert isinstance(outcomes[1], TimedOut)
        assert outcomes[2] == Ran("", "1")

    def test_they_are_run_again_when_the_session_dies(self, shared_sandbox: Shared) -> None:
        async def work(sandbox: Sandbox) -> RunOutcome:
            async with TestReplay.broken(sandbox, self.STOPPED, "y = f(8)") as session:
                return await run(session, "f(3) + y")

        assert shared_sandbox.do(work) == Ran("", "11")


class TestReplay:
    """When the whole session dies, its earlier cells are run again."""

    @staticmethod
    @asynccontextmanager
    async def broken(sandbox: Sandbox, *cells: str) -> AsyncIterator[Session]:
        """A session whose processes have been killed after these cells."""
        async with sandbox.session(limits=LIMITS) as session:
            for cell in cells:
                await run(session, cell, 0.5)
            assert session._job is not None and session._zygote is not None
            session._zygote.kill(session._job)
            await session._zygote.ended(session._job)
            yield session

    def play(self, shared: Shared, cells: list[str], then: str) -> RunOutcome:
        """The outcome of a cell after the session broke."""

        async def work(sandbox: Sandbox) -> RunOutcome:
            async with self.broken(sandbox, *cells) as session:
                return await run(session, then)

        return shared.do(work)

    def test_the_variables_are_there_again_and_nothing_is_printed_twice(self, shared_sandbox: Shared) -> None:
        cells = ["x = 1\nprint('hello')", "x += 1\n1 / 0", "x += 100\nwhile True: pass"]
        assert self.play(shared_sandbox, cells, "x") == Ran("", "2")

    def test_cells_that_cannot_be_run_again_are_said_to_be_lost(self, shared_sandbox: Shared) -> None:
        # In the first process that runs it, this cell comes to its end; in any later one it ends the process.
        once = "import os, time\nif time.time() > LATE: os._exit(1)\nx = 1"
        cell = once.replace("LATE", repr(time.time() + 0.3))

        async def work(sandbox: Sandbox) -> tuple[RunOutcome, RunOutcome]:
            async with self.broken(sandbox, cell) as session:
                await asyncio.sleep(0.4)
                return await run(session, "print(5)"), await run(session, "x")

        first, second = shared_sandbox.do(work)
        assert isinstance(first, Ran)
        assert "variables are gone" in first.stdout and first.stdout.endswith("5\n")
        assert isinstance(second, Crashed)
        assert second.kind == "NameError"


class TestLease:
    """A session is clean when it is handed out, and thrown away at the end."""

    def test_it_attests_what_it_is(self, shared_sandbox: Shared) -> None:
        async def work(sandbox: Sandbox) -> None:
            async with sandbox.session(limits=LIMITS) as first, sandbox.session(limits=LIMITS) as second:
                assert first.attestation.names == second.attestation.names == ()
                assert first.attestation.pid != second.attestation.pid
                assert LIMITS.memory_bytes in first.attestation.limits.values()

        shared_sandbox.do(work)

    def test_two_sessions_share_nothing(self, shared_sandbox: Shared) -> None:
        async def work(sandbox: Sandbox) -> RunOutcome:
            async with sandbox.session(limits=LIMITS) as first, sandbox.session(limits=LIMITS) as second:
                await run(first, "x = 1\nimport math\nmath.pi = 3")
                return await run(second, "import math\n'x' in dir(), math.pi > 3.1")

        assert shared_sandbox.do(work) == Ran("", "(False, True)")

    def test_no_process_is_left_at_the_end(self, shared_sandbox: Shared, processes: Any) -> None:
        zygote = shared_sandbox.sandbox.zygote_pid

        async def work(sandbox: Sandbox) -> set[int]:
            async with sandbox.session(limits=LIMITS) as session:
                await run(session, "import threading\nthreading.Thread(target=input).start()", 0.2)
                assert processes.children_of(zygote)
            left: set[int] = processes.children_of(zygote)
            return left

        assert shared_sandbox.do(work) == set()

    def test_a_cancelled_cell_ends_with_its_session(self, shared_sandbox: Shared, processes: Any) -> None:
        zygote = shared_sandbox.sandbox.zygote_pid

        async def hang(sandbox: Sandbox) -> None:
            async with sandbox.session(limits=LIMITS) as session:
                await run(session, "while True: pass")

        async def work(sandbox: Sandbox) -> set[int]:
            task = asyncio.create_task(hang(sandbox))
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            left: set[int] = processes.children_of(zygote)
            return left

        assert shared_sandbox.do(work) == set()


class TestForks:
    """A cell cannot fork, though its session does before every cell."""

    @pytest.mark.parametrize("fork", ["os.fork()", "os.posix_spawn('/bin/true', ['true'], {})"])
    def test_a_fork_is_refused(self, shared_sandbox: Shared, played: Played, fork: str) -> None:
        if not shared_sandbox.sandbox.protections.fork_gate:
            pytest.skip("this kernel cannot ask before a fork")
        outcome, after = played(f"import os\n{fork}", "1")
        assert isinstance(outcome, Crashed)
        assert outcome.kind == "PermissionError"
        assert after == Ran("", "1")

    def test_a_thread_that_waits_for_the_next_cell_gains_one_fork_at_most(
        self, shared_sandbox: Shared, played: Played
    ) -> None:
        if not shared_sandbox.sandbox.protections.fork_gate:
            pytest.skip("this kernel cannot ask before a fork")
        thief = (
            "import os, threading, time\n"
            "def steal():\n"
            "    while True:\n"
            "        try:\n"
            "            if os.fork() == 0: time.sleep(99)\n"
            "        except OSError: pass\n"
            "threading.Thread(target=steal, daemon=True).start()"
        )
        outcomes = played(thief, *["1"] * 3, wall_s=0.5)
        assert all(isinstance(outcome, Ran | Crashed | Killed | TimedOut) for outcome in outcomes)
