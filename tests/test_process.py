"""Real children: how they end, what they may use, and that none of them stays."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.child_entry import NOT_STARTED, SOCKET_CALLS
from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.outcome import Exited, ProcessKilled, ProcessOutcome, ProcessTimedOut
from aimo_pipeline.process import Child, run_process, started

ROOT = Path(__file__).parent.parent
PYTHON = (sys.executable, "-I", "-S", "-c")
LIMITS = LimitsConfig(cpu_s=30, memory_bytes=1 << 30, output_bytes=1 << 16)
# A process that stays until it is killed, recognised by the marker behind its program.
SLEEP = "import time; time.sleep(300)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"


def run(
    code: str,
    *arguments: str,
    wall_s: float = 30.0,
    limits: LimitsConfig = LIMITS,
    argv: tuple[str, ...] | None = None,
    **options: Any,
) -> ProcessOutcome:
    """The outcome of one Python program, or of `argv`."""
    options = {"stdin": b"", "env": {}} | options
    deadline = Deadline.after(wall_s, MonotonicClock())
    command = argv or (*PYTHON, code, *arguments)
    return asyncio.run(run_process(command, limits=limits, deadline=deadline, **options))


def exited(code: str, *arguments: str, **options: Any) -> Exited:
    """The outcome of a program that is expected to end by itself."""
    outcome = run(code, *arguments, **options)
    assert isinstance(outcome, Exited), outcome
    return outcome


def with_grandchild(marker: str, *, own_session: bool = False) -> str:
    """Code that starts a process which inherits the pipes and outlives the code."""
    return (
        "import subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-I', '-S', '-c', {SLEEP!r}, {marker!r}], "
        f"start_new_session={own_session})\n"
    )


@pytest.fixture
def marker(processes: Any) -> Iterator[str]:
    """A word in the command line of what a test starts; whatever still carries it afterwards is killed."""
    word = f"marker-{uuid.uuid4().hex}"
    yield word
    for pid in processes.with_marker(word):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class TestEnds:
    """Exited, ProcessTimedOut or ProcessKilled, each with what was written until then."""

    def test_a_program_that_ends_gives_its_status_and_both_outputs(self) -> None:
        code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)"
        assert run(code) == Exited(7, b"out\n", b"err\n")

    def test_a_signal_is_minus_its_number(self) -> None:
        assert exited("import os; os.kill(os.getpid(), 11)").status == -signal.SIGSEGV

    def test_os_exit_loses_nothing_that_was_flushed(self) -> None:
        assert run("import os; print(5, flush=True); os._exit(3)") == Exited(3, b"5\n", b"")

    def test_standard_input_comes_whole_and_then_ends(self) -> None:
        data = bytes(range(256)) * 4096  # a megabyte, more than any pipe holds
        code = "import sys, hashlib; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())"
        assert exited(code, stdin=data).stdout.decode().strip() == hashlib.sha256(data).hexdigest()

    def test_standard_input_that_is_not_read_is_no_trouble(self) -> None:
        assert exited("print(1)", stdin=b"x" * (1 << 20)).status == 0

    def test_the_arguments_arrive_as_they_are(self) -> None:
        words = ("--", "-x", "", "a b", "$HOME", "ü", "'\"\n")
        out = exited("import sys, json; print(json.dumps(sys.argv[1:]))", *words, env={"LC_ALL": "C.UTF-8"})
        assert json.loads(out.stdout) == list(words)

    def test_an_unknown_program_is_an_exit_that_says_so(self, tmp_path: Path) -> None:
        outcome = run("", argv=(str(tmp_path / "nowhere"),))
        assert isinstance(outcome, Exited)
        assert outcome.status == NOT_STARTED == 126
        assert b"No such file" in outcome.stderr

    def test_a_file_that_is_no_program_is_one_too(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("x")
        assert run("", argv=(str(tmp_path / "data"),)).__class__ is Exited

    def test_a_time_out_keeps_the_output_until_then(self) -> None:
        began_s = time.monotonic()
        outcome = run(f"print('so far', flush=True); {SLEEP}", wall_s=0.7)
        assert outcome == ProcessTimedOut(b"so far\n", b"")
        assert time.monotonic() - began_s < 5.0

    def test_a_deadline_that_has_passed_is_a_time_out_at_once(self) -> None:
        began_s = time.monotonic()
        assert isinstance(run(SLEEP, wall_s=-5.0), ProcessTimedOut)
        assert time.monotonic() - began_s < 5.0

    def test_the_working_directory_is_the_one_given(self, tmp_path: Path) -> None:
        assert exited("import os; print(os.getcwd())", cwd=tmp_path).stdout.decode().strip() == str(tmp_path)


class TestOutputCap:
    """Each of stdout and stderr is kept up to output_bytes; one byte more ends the child."""

    @pytest.mark.parametrize("stream", ["stdout", "stderr"])
    def test_a_gigabyte_is_cut_at_the_cap(self, stream: str) -> None:
        began_s = time.monotonic()
        code = f"import sys\nfor _ in range(1024): sys.{stream}.write('x' * (1 << 20))"
        outcome = run(code)
        assert isinstance(outcome, ProcessKilled)
        assert outcome.limit == "output"
        assert getattr(outcome, stream) == b"x" * LIMITS.output_bytes
        assert time.monotonic() - began_s < 10.0

    def test_output_of_exactly_the_cap_is_whole(self) -> None:
        outcome = exited(f"import sys; sys.stdout.write('x' * {LIMITS.output_bytes})")
        assert (outcome.status, len(outcome.stdout)) == (0, LIMITS.output_bytes)

    def test_one_byte_more_is_too_much_even_when_the_child_has_ended(self) -> None:
        outcome = run(f"import sys; sys.stdout.write('x' * {LIMITS.output_bytes + 1})")
        assert isinstance(outcome, ProcessKilled)


class TestLimits:
    """A child cannot use more than its limits, and how it ends tells which it passed."""

    def test_used_up_processor_time_is_its_own_signal(self) -> None:
        outcome = run("while True: pass", limits=LimitsConfig(cpu_s=1))
        assert isinstance(outcome, Exited)
        assert outcome.status == -signal.SIGXCPU

    def test_fifty_gigabytes_cannot_be_had(self) -> None:
        outcome = exited("bytes(50 << 30)")
        assert outcome.status == 1
        assert b"MemoryError" in outcome.stderr

    def test_memory_within_the_limit_can(self) -> None:
        assert exited("len(bytes(64 << 20))").status == 0

    def test_a_file_cannot_grow_beyond_its_limit(self, tmp_path: Path) -> None:
        limits = LimitsConfig(file_bytes=1000)
        outcome = exited("with open('big', 'wb') as f: f.write(bytes(5000))", limits=limits, cwd=tmp_path)
        assert outcome.status == 1
        assert (tmp_path / "big").stat().st_size <= 1000

    def test_open_files_are_counted(self) -> None:
        code = "files = [open('/dev/null') for _ in range(100)]"
        outcome = exited(code, limits=LimitsConfig(open_files=32))
        assert b"Too many open files" in outcome.stderr

    def test_zero_means_no_limit(self) -> None:
        code = "from resource import *; print([*map(getrlimit, (RLIMIT_CPU, RLIMIT_AS, RLIMIT_FSIZE))])"
        names = (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_FSIZE)
        ours = [resource.getrlimit(name) for name in names]
        limits = LimitsConfig(cpu_s=0, memory_bytes=0, file_bytes=0)
        assert exited(
            code, argv=(sys.executable, "-I", "-c", code), limits=limits
        ).stdout.decode().strip() == str(ours)


class TestIsolation:
    """The child has what it was given and nothing else of the parent's."""

    def test_the_environment_is_exactly_what_was_given(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET_OF_THE_PARENT", "1")
        # /proc shows the block that exec handed over, before the program could add to it.
        code = "import sys; sys.stdout.write(open('/proc/self/environ').read())"
        outcome = exited(code, env={"GIVEN": "x=y", "EMPTY": ""})
        assert sorted(outcome.stdout.split(b"\0")[:-1]) == [b"EMPTY=", b"GIVEN=x=y"]

    def test_only_the_standard_descriptors_are_open(self, tmp_path: Path) -> None:
        code = (
            "import os\n"
            "def is_open(fd):\n    try: os.fstat(fd)\n    except OSError: return False\n    return True\n"
            "print([fd for fd in range(60) if is_open(fd)])"
        )
        with (tmp_path / "secret").open("w") as secret:
            os.set_inheritable(secret.fileno(), True)
            assert exited(code).stdout == b"[0, 1, 2]\n"

    def test_the_child_leads_a_session_and_group_of_its_own(self) -> None:
        out = exited("import os; print(os.getpid() == os.getpgid(0) == os.getsid(0))").stdout
        assert out == b"True\n"

    def test_no_new_privileges_can_be_had(self) -> None:
        out = exited("print([l for l in open('/proc/self/status') if l.startswith('NoNewPrivs')])").stdout
        assert rb"\t1" in out


class TestNothingStays:
    """However a run ends, its whole process group is gone and reaped."""

    def test_nothing_of_ours_is_left_after_any_kind_of_end(self, processes: Any) -> None:
        before = processes.children()
        run("print(1)")
        run(SLEEP, wall_s=0.2)
        run("while True: print('x' * 1000)")
        assert processes.children() <= before

    def test_a_grandchild_that_holds_the_pipes_is_killed_and_holds_nothing_up(
        self, processes: Any, marker: str
    ) -> None:
        began_s = time.monotonic()
        assert exited(with_grandchild(marker) + "print('done')").stdout == b"done\n"
        assert time.monotonic() - began_s < 10.0
        assert processes.gone(marker)

    def test_a_grandchild_that_left_the_group_does_not_hang_the_run(
        self, processes: Any, marker: str
    ) -> None:
        began_s = time.monotonic()
        outcome = exited(with_grandchild(marker, own_session=True) + "print('done')")
        assert outcome.stdout == b"done\n"
        assert time.monotonic() - began_s < 10.0
        assert processes.with_marker(marker), "it left the group, so the run was held by nothing"

    def test_cancelling_midway_kills_the_group_with_its_grandchild(self, processes: Any, marker: str) -> None:
        async def cancel_midway() -> None:
            work = run_process(
                (*PYTHON, with_grandchild(marker) + SLEEP, marker),
                stdin=b"",
                limits=LIMITS,
                deadline=Deadline.after(60.0, MonotonicClock()),
                env={},
            )
            task = asyncio.create_task(work)
            started_both = await asyncio.to_thread(processes.appeared, marker, 2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert started_both

        before = processes.children()
        asyncio.run(cancel_midway())
        assert processes.gone(marker)
        assert processes.children() <= before

    def test_a_parent_killed_at_once_takes_its_child_with_it(
        self, processes: Any, marker: str, tmp_path: Path
    ) -> None:
        # The child says that its own program runs: before that, it would notice the orphaning by itself.
        child_code = f"import sys; open(sys.argv[2], 'w').close(); {SLEEP}"
        parent_code = (
            "import asyncio, sys\n"
            "from aimo_pipeline.config import LimitsConfig\n"
            "from aimo_pipeline.deadline import Deadline, MonotonicClock\n"
            "from aimo_pipeline.process import run_process\n"
            f"argv = [*{PYTHON!r}, {child_code!r}, 'child-' + sys.argv[1], sys.argv[2]]\n"
            "work = run_process(argv, stdin=b'', env={},\n"
            "    limits=LimitsConfig(), deadline=Deadline.after(300.0, MonotonicClock()))\n"
            "asyncio.run(work)\n"
        )
        runs = tmp_path / "runs"
        parent = subprocess.Popen([sys.executable, "-c", parent_code, marker, str(runs)], cwd=ROOT)
        try:
            assert processes.until(runs.exists)
            assert processes.with_marker(f"child-{marker}")
        finally:
            parent.kill()
            parent.wait()
        assert processes.gone(f"child-{marker}")


class TestStarted:
    """A child for the length of a block: fed line by line, then TERM, bounded grace, KILL."""

    ECHO = "import sys\nfor line in sys.stdin: print(line.strip()[::-1], flush=True)"

    def block(self, code: str, body: Any, *, grace_s: float = 0.0) -> tuple[int, bytes]:
        """Run `body` with the child; its exit status and output after the block."""

        async def inside() -> tuple[int, bytes]:
            child: Child
            async with started(
                (*PYTHON, code), stdin=None, limits=LIMITS, env={}, cwd=None, grace_s=grace_s
            ) as child:
                await body(child)
            return child.exited.result(), bytes(child.stdout.data)

        return asyncio.run(inside())

    def test_it_answers_what_is_written_to_it(self) -> None:
        async def ask(child: Child) -> None:
            for number, word in enumerate((b"abc\n", b"xyz\n"), start=1):
                child.write(word)
                lines = number
                assert await child.until(lambda n=lines: child.stdout.data.count(b"\n") == n, timeout_s=20.0)

        assert self.block(self.ECHO, ask) == (-signal.SIGKILL, b"cba\nzyx\n")

    def test_waiting_ends_when_time_is_up(self) -> None:
        async def wait(child: Child) -> None:
            assert not await child.until(lambda: False, timeout_s=0.1)

        self.block(SLEEP, wait)

    def test_waiting_ends_when_the_child_ends(self) -> None:
        async def wait(child: Child) -> None:
            assert not await child.until(lambda: False, timeout_s=60.0)
            assert child.exited.result() == 0

        began_s = time.monotonic()
        self.block("pass", wait)
        assert time.monotonic() - began_s < 20.0

    def test_writing_to_a_dead_child_is_no_error(self) -> None:
        async def write_late(child: Child) -> None:
            await child.until(lambda: False, timeout_s=20.0)
            child.write(b"x" * (1 << 20))

        assert self.block("pass", write_late) == (0, b"")

    def test_a_child_that_minds_the_term_signal_may_say_goodbye(self) -> None:
        code = (
            "import os, signal\n"
            "def bye(*_): os._exit(4)\n"
            "signal.signal(signal.SIGTERM, bye)\n"
            f"print('ready', flush=True)\n{SLEEP}"
        )

        async def until_ready(child: Child) -> None:
            assert await child.until(lambda: b"ready" in child.stdout.data, timeout_s=20.0)

        assert self.block(code, until_ready, grace_s=20.0)[0] == 4

    def test_a_child_that_ignores_it_is_killed_after_the_grace(self) -> None:
        code = f"{DEAF}; print('ready', flush=True); {SLEEP}"

        async def until_ready(child: Child) -> None:
            assert await child.until(lambda: b"ready" in child.stdout.data, timeout_s=20.0)

        began_s = time.monotonic()
        assert self.block(code, until_ready, grace_s=0.3)[0] == -signal.SIGKILL
        assert 0.3 <= time.monotonic() - began_s < 10.0

    def test_cancelling_again_and_again_during_the_grace_still_leaves_nothing(
        self, processes: Any, marker: str
    ) -> None:
        code = f"{DEAF}; print('deaf', flush=True); {SLEEP}"

        async def hold(deaf: asyncio.Event) -> None:
            argv = (*PYTHON, code, marker)
            async with started(argv, stdin=None, limits=LIMITS, env={}, cwd=None, grace_s=0.5) as child:
                await child.until(lambda: bool(child.stdout.data), timeout_s=20.0)
                deaf.set()
                await asyncio.Event().wait()

        async def cancel_often() -> None:
            deaf = asyncio.Event()
            task = asyncio.create_task(hold(deaf))
            await deaf.wait()
            assert processes.with_marker(marker)
            for _ in range(5):
                task.cancel()
                await asyncio.sleep(0.05)
            with pytest.raises(asyncio.CancelledError):
                await task
            assert processes.with_marker(marker) == []

        asyncio.run(cancel_often())


class TestFeed:
    """Feeding a child never blocks the loop, however slowly it reads."""

    def feed(self, code: str, size: int, seconds: float) -> tuple[bool, int, bytes]:
        """Whether all went, how often another task ran meanwhile, and what the child wrote."""

        async def work() -> tuple[bool, int, bytes]:
            async with started(
                (*PYTHON, code), stdin=None, limits=LIMITS, env={}, cwd=None, grace_s=0.0
            ) as child:
                turns = 0

                async def other() -> None:
                    nonlocal turns
                    while True:
                        turns += 1
                        await asyncio.sleep(0.01)

                task = asyncio.create_task(other())
                went = await child.feed(b"x" * size, timeout_s=seconds)
                await child.until(lambda: bool(child.stdout.data), timeout_s=seconds)
                task.cancel()
                return went, turns, bytes(child.stdout.data)

        return asyncio.run(work())

    def test_more_than_a_pipe_holds_goes_to_a_slow_reader(self) -> None:
        code = "import os, time; time.sleep(0.2); n = 0\nwhile n < 10**6: n += len(os.read(0, 4096))"
        went, turns, said = self.feed(f"{code}\nprint(n)", 10**6, 20.0)
        assert (went, said) == (True, b"1000000\n")
        assert turns > 3

    def test_a_child_that_does_not_read_is_given_up_in_time(self) -> None:
        went, turns, _ = self.feed(SLEEP, 10**6, 0.3)
        assert not went
        assert turns > 3

    def test_a_child_that_is_gone_takes_nothing(self) -> None:
        assert self.feed("pass", 10**7, 20.0)[0] is False


class TestOffline:
    """An offline child opens no socket; others do."""

    CODE = (
        "import socket\n"
        "def tried(f):\n"
        "    try: f(); return 'open'\n"
        "    except OSError as error: return error.errno\n"
        "kinds = (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX)\n"
        "print([tried(lambda k=k: socket.socket(k, socket.SOCK_DGRAM)) for k in kinds],\n"
        "      tried(socket.socketpair), flush=True)"
    )

    def said(self, *, offline: bool) -> bytes:
        argv = (sys.executable, "-I", "-c", self.CODE)

        async def work() -> bytes:
            async with started(
                argv, stdin=b"", limits=LIMITS, env={}, cwd=None, grace_s=0.0, offline=offline
            ) as child:
                await asyncio.wait({child.exited}, timeout=20.0)
                await child.drained()
                return bytes(child.stdout.data)

        return asyncio.run(work())

    @pytest.mark.skipif(os.uname().machine not in SOCKET_CALLS, reason="no filter for this machine")
    def test_no_socket_but_a_pair_between_its_own_processes(self) -> None:
        assert self.said(offline=True) == b"[13, 13, 13] open\n"

    def test_without_it_sockets_open(self) -> None:
        assert b"open" in self.said(offline=False)
