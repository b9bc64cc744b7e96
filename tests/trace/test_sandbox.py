"""Stateless programs: how they end, what they leave, and what happens when the fork server dies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.config import SandboxConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.errors import SandboxUnavailable
from aimo_pipeline.outcome import Crashed, Killed, Ran, RunOutcome, TimedOut
from aimo_pipeline.trace import zygote as zygote_module
from aimo_pipeline.trace.sandbox import Sandbox
from tests.sandboxed import LIMITS, Shared

ROOT = Path(__file__).parents[2]
CLOCK = MonotonicClock()


def done(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of work that has a loop of its own."""
    return asyncio.run(asyncio.wait_for(work, 100.0))


def descriptors() -> int:
    """How many descriptors this process holds."""
    return len(os.listdir("/proc/self/fd"))


async def ran(sandbox: Sandbox, code: str, wall_s: float = 30.0) -> RunOutcome:
    """The outcome of one program."""
    return await sandbox.run(code, deadline=Deadline.after(wall_s, CLOCK), limits=LIMITS)


class TestOutcomes:
    """Ran, Crashed, TimedOut or Killed, each with what was printed until then."""

    @pytest.mark.parametrize(
        ("code", "outcome"),
        [
            ("print(6 * 7)", Ran("42\n")),
            ("print('a')\n6 * 7", Ran("a\n", "42")),
            ("", Ran("")),
            ("import sys\nprint(repr(sys.stdin.read()))", Ran("''\n")),
            ("import sys\nprint('x', file=sys.stderr)", Ran("x\n")),
            ("import sys\nsys.stdout.buffer.write(b'\\xff7\\n')", Ran("\ufffd7\n", "3")),
            ("print(1)\nimport os\nos._exit(0)", Ran("")),
            ("print(1, flush=True)\nimport os\nos._exit(3)", Crashed("exit", "exit status 3", None, "1\n")),
            ("import sys\nsys.exit(3)", Crashed("SystemExit", "exit status 3", 2, "")),
            ("__name__", Ran("", "'__main__'")),
            ("import os\ndict(os.environ)", Ran("", "{}")),
            ("import sys\nsys.argv", Ran("", "['']")),
            ("open('/dev/null', 'w').write('x')", Ran("", "1")),
        ],
    )
    def test_a_program_ends_as_it_would_on_its_own(
        self, shared_sandbox: Shared, code: str, outcome: RunOutcome
    ) -> None:
        if "os._exit(0)" in code:
            outcome = Ran("1\n")  # written at the end of the line, not lost in a buffer
        assert shared_sandbox.ran(code) == outcome

    @pytest.mark.parametrize(
        ("code", "kind", "line", "message"),
        [
            ("x = 1\n1 / 0", "ZeroDivisionError", 2, "division by zero"),
            ("Sorry, no.", "SyntaxError", 1, "invalid syntax"),
            ("import scipy_of_tomorrow", "ModuleNotFoundError", 1, "numpy, sympy, mpmath and networkx"),
            ("open('x', 'w')", "PermissionError", 1, "no files to write"),
            ("import subprocess\nsubprocess.run(['true'])", "PermissionError", 2, "no other processes"),
            ("bytes(50 << 30)", "MemoryError", 1, "more memory"),
            ("import ctypes\nctypes.string_at(0)", "SIGSEGV", None, "crashed"),
        ],
    )
    def test_a_crash_says_what_and_where(
        self, shared_sandbox: Shared, code: str, kind: str, line: int | None, message: str
    ) -> None:
        outcome = shared_sandbox.ran(code)
        assert isinstance(outcome, Crashed)
        assert (outcome.kind, outcome.line) == (kind, line)
        assert message in outcome.message

    def test_a_time_out_keeps_what_was_printed_and_gives_a_hint(self, shared_sandbox: Shared) -> None:
        outcome = shared_sandbox.ran("print('so far')\nwhile True: pass", wall_s=0.5)
        assert isinstance(outcome, TimedOut)
        assert outcome.stdout == "so far\n"
        assert "0.5 s" in outcome.hint

    def test_used_up_processor_time_is_a_time_out_even_when_its_signal_is_ignored(
        self, shared_sandbox: Shared
    ) -> None:
        code = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"
        outcome = shared_sandbox.ran(code, limits=replace(LIMITS, cpu_s=1))
        assert isinstance(outcome, TimedOut)
        assert "processor time" in outcome.hint

    def test_output_is_cut_at_the_limit(self, shared_sandbox: Shared) -> None:
        limits = replace(LIMITS, output_bytes=5_000)
        outcome = shared_sandbox.ran("while True: print('x' * 999)", limits=limits)
        assert isinstance(outcome, Killed)
        assert (outcome.limit, len(outcome.stdout)) == ("output", 5_000)

    def test_memory_that_fills_slowly_is_the_limit_on_memory(self, shared_sandbox: Shared) -> None:
        code = "x = []\nwhile True: x.append(bytearray(8 << 20))"
        limits = replace(LIMITS, memory_bytes=600 << 20)
        outcome = shared_sandbox.ran(code, limits=limits)
        assert isinstance(outcome, Killed)
        assert outcome.limit == "memory"

    def test_integers_have_more_digits_than_pythons_own_limit_but_not_any_number(
        self, shared_sandbox: Shared
    ) -> None:
        assert shared_sandbox.ran("len(str(10 ** 50_000))") == Ran("", "50001")
        outcome = shared_sandbox.ran("str(10 ** 200_000)")
        assert isinstance(outcome, Crashed)
        assert outcome.kind == "ValueError"

    def test_a_deadline_that_has_passed_is_a_time_out(self, shared_sandbox: Shared) -> None:
        assert isinstance(shared_sandbox.ran("print(1)", wall_s=-1.0), TimedOut)

    def test_a_program_longer_than_any_socket_buffer_runs(self, shared_sandbox: Shared) -> None:
        code = "x = 0\n" + "x += 1  # and a comment\n" * 50_000 + "x"
        assert shared_sandbox.ran(code) == Ran("", "50000")


class TestApart:
    """Nothing of a program reaches the next one, or this process."""

    def test_a_tampered_library_is_whole_in_the_next_program(self, shared_sandbox: Shared) -> None:
        shared_sandbox.ran("import math, builtins\nmath.pi = 3\nbuiltins.len = None")
        assert shared_sandbox.ran("import math\nmath.pi > 3.1 and len('x')") == Ran("", "1")

    def test_the_project_cannot_be_imported(self, shared_sandbox: Shared) -> None:
        outcome = shared_sandbox.ran("import aimo_pipeline")
        assert isinstance(outcome, Crashed)
        assert outcome.kind == "ModuleNotFoundError"

    def test_libraries_are_there_without_an_import_from_disk(self, shared_sandbox: Shared) -> None:
        code = "import sys\nall(name in sys.modules for name in ('numpy', 'sympy', 'mpmath', 'networkx'))"
        assert shared_sandbox.ran(code) == Ran("", "True")

    def test_hashes_are_the_same_in_every_program(self, shared_sandbox: Shared) -> None:
        assert shared_sandbox.ran("hash('abc')") == shared_sandbox.ran("hash('abc')")

    def test_after_many_programs_nothing_is_left(self, shared_sandbox: Shared, processes: Any) -> None:
        shared_sandbox.ran("print(1)")
        zygote = shared_sandbox.sandbox.zygote_pid

        def held() -> tuple[int, int, set[int]]:
            theirs = len(os.listdir(f"/proc/{zygote}/fd"))
            return descriptors(), theirs, processes.children_of(zygote)

        before = held()
        for code in ("print(1)", "1 / 0", "while True: print('x' * 9999)", "import os\nos._exit(1)") * 5:
            shared_sandbox.ran(code, limits=replace(LIMITS, output_bytes=9_999))
        assert held() == before

    def test_programs_run_side_by_side(self, shared_sandbox: Shared) -> None:
        async def together(sandbox: Sandbox) -> list[RunOutcome]:
            return await asyncio.gather(*(ran(sandbox, f"print({n})") for n in range(20)))

        assert shared_sandbox.do(together) == [Ran(f"{n}\n") for n in range(20)]

    def test_a_program_that_never_came_to_its_turn_is_a_time_out(self, shared_sandbox: Shared) -> None:
        async def crowded(sandbox: Sandbox) -> RunOutcome:
            sleepers = [asyncio.create_task(ran(sandbox, "import time; time.sleep(9)")) for _ in range(4)]
            await asyncio.sleep(0)
            late = await ran(sandbox, "print(1)", wall_s=0.1)
            for task in sleepers:
                task.cancel()
            await asyncio.gather(*sleepers, return_exceptions=True)
            return late

        outcome = shared_sandbox.do(crowded)
        assert isinstance(outcome, TimedOut)
        assert "never began" in outcome.hint


class TestCancel:
    """A cancelled run is gone when the cancellation comes through."""

    def test_nothing_of_it_is_left(self, shared_sandbox: Shared, processes: Any) -> None:
        zygote = shared_sandbox.sandbox.zygote_pid

        async def cancel(sandbox: Sandbox) -> set[int]:
            task = asyncio.create_task(ran(sandbox, "while True: pass"))
            while not processes.children_of(zygote):
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            left: set[int] = processes.children_of(zygote)
            return left

        assert shared_sandbox.do(cancel) == set()


class TestForkServer:
    """It is started again when it dies, and nothing outlives anything."""

    def test_what_ran_when_it_died_is_run_again(self, processes: Any) -> None:
        async def kill_midway() -> tuple[RunOutcome, bool]:
            async with Sandbox.opened(SandboxConfig(), clock=CLOCK) as sandbox:
                first = sandbox.zygote_pid
                task = asyncio.create_task(ran(sandbox, "import time; time.sleep(0.3); print(1)"))
                while not processes.children_of(first):
                    await asyncio.sleep(0.01)
                children = processes.children_of(first)
                os.kill(first, signal.SIGKILL)
                outcome = await task
                gone = processes.until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))
                assert sandbox.zygote_pid != first
                return outcome, gone

        assert done(kill_midway()) == (Ran("1\n"), True)

    def test_a_session_is_rebuilt_when_it_dies(self) -> None:
        async def kill_between() -> RunOutcome:
            async with (
                Sandbox.opened(SandboxConfig(namespaces=False), clock=CLOCK) as sandbox,
                sandbox.session(limits=LIMITS) as session,
            ):
                await session.run("x = 5", deadline=Deadline.after(30.0, CLOCK))
                os.kill(sandbox.zygote_pid, signal.SIGKILL)
                return await session.run("x + 1", deadline=Deadline.after(60.0, CLOCK))

        assert done(kill_between()) == Ran("", "6")

    def test_it_and_its_children_die_with_the_controller(self, processes: Any, tmp_path: Path) -> None:
        code = (
            "import asyncio, sys\n"
            "from aimo_pipeline.config import LimitsConfig, SandboxConfig\n"
            "from aimo_pipeline.deadline import Deadline, MonotonicClock\n"
            "from aimo_pipeline.trace.sandbox import Sandbox\n"
            "async def main():\n"
            "    async with Sandbox.opened(SandboxConfig(), clock=MonotonicClock()) as sandbox:\n"
            "        print(sandbox.zygote_pid, flush=True)\n"
            "        deadline = Deadline.after(300, MonotonicClock())\n"
            "        await sandbox.run('while True: pass', deadline=deadline, limits=LimitsConfig())\n"
            "asyncio.run(main())\n"
        )
        controller = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
        assert controller.stdout is not None
        zygote = int(controller.stdout.readline())
        assert processes.until(lambda: processes.children_of(zygote))
        family = {zygote, *processes.children_of(zygote)}
        controller.kill()
        controller.wait()
        controller.stdout.close()
        assert processes.until(lambda: not any(_lives(pid) for pid in family))

    def test_one_that_does_not_start_says_why(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(zygote_module, "_MODULE", "no_such_module")

        async def start() -> None:
            async with Sandbox.opened(SandboxConfig(), clock=CLOCK):
                pass

        with pytest.raises(SandboxUnavailable, match="no_such_module"):
            done(start())

    def test_one_that_hangs_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def start() -> None:
            async with Sandbox.opened(SandboxConfig(start_s=0.05), clock=CLOCK):
                pass

        began_s = time.monotonic()
        with pytest.raises(SandboxUnavailable, match="out of time"):
            done(start())
        assert time.monotonic() - began_s < 10.0


def _lives(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
