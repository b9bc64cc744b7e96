"""Running trace programs, good, broken and hostile."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import LimitsConfig, TraceConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.outcome import Exited, TimedOut, Traced, TraceFailed, TraceOutcome
from aimo_pipeline.trace import run as run_module
from aimo_pipeline.trace.run import run_trace

CONFIG = TraceConfig(wall_s=15.0, max_terms=6, limits=LimitsConfig(memory_bytes=1 << 30))
QUICK = replace(CONFIG, wall_s=1.5)
HEAD = "FIRST = 1\nTARGET = 10**18\nMODULUS = 99991\n"


def traced(code: str, config: TraceConfig = CONFIG) -> TraceOutcome:
    """The outcome of one program."""
    deadline = Deadline.after(60.0, MonotonicClock())
    return asyncio.run(run_trace(code, deadline=deadline, config=config))


def terms(code: str, config: TraceConfig = CONFIG) -> tuple[int, ...]:
    """The terms of a program that is expected to give some."""
    outcome = traced(code, config)
    assert isinstance(outcome, Traced), outcome
    return outcome.sequence.terms


def failure(code: str, config: TraceConfig = CONFIG) -> TraceFailed:
    """The failure of a program that is expected to fail."""
    outcome = traced(code, config)
    assert isinstance(outcome, TraceFailed), outcome
    return outcome


def processes_with(marker: str) -> list[int]:
    """Ids of the processes that carry `marker` in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and marker.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue  # it ended while we looked
    return found


def children() -> set[int]:
    """Ids of the direct children of this process, zombies included."""
    tasks = Path(f"/proc/{os.getpid()}/task").iterdir()
    return {int(pid) for task in tasks for pid in (task / "children").read_text().split()}


class TestTerms:
    """a(FIRST), a(FIRST + 1), ... in order, as far as the bounds go."""

    def test_a_program_gives_its_terms_and_its_target(self) -> None:
        code = HEAD + "def a(n):\n    return n * n\n"
        expected = Traced(Sequence(1, (1, 4, 9, 16, 25, 36)), Target(10**18, 99991), code)
        assert traced(code) == expected

    def test_a_program_without_modulus_asks_for_the_term_itself(self) -> None:
        outcome = traced("FIRST = 0\nTARGET = 50\ndef a(n): return -n")
        assert isinstance(outcome, Traced)
        assert outcome.target == Target(50, None)
        assert outcome.sequence.terms[:3] == (0, -1, -2)

    def test_terms_in_time_are_kept_when_a_later_one_takes_for_ever(self) -> None:
        assert terms(HEAD + "def a(n):\n    while n > 3: pass\n    return n\n", QUICK) == (1, 2, 3)

    def test_terms_are_kept_when_a_later_one_crashes(self) -> None:
        assert terms(HEAD + "def a(n):\n    return [7, 8, 9][n - 1]\n") == (7, 8, 9)

    def test_terms_are_kept_when_a_later_one_needs_too_much_memory(self) -> None:
        assert terms(HEAD + "def a(n):\n    return len(bytes(1 << (10 * n)))\n") == (1 << 10, 1 << 20)

    def test_terms_are_kept_when_a_later_one_ends_the_process(self) -> None:
        assert terms(HEAD + "import os\ndef a(n):\n    return n if n < 3 else os._exit(0)\n") == (1, 2)

    def test_what_the_program_prints_is_not_taken_for_a_term(self) -> None:
        code = (
            HEAD
            + 'import os\ndef a(n):\n    print(\'{"term": "0x7"}\')\n    os.system("echo 5")\n    return n\n'
        )
        assert terms(code) == (1, 2, 3, 4, 5, 6)

    def test_integers_of_sympy_and_numpy_are_integers(self) -> None:
        pytest.importorskip("sympy")
        pytest.importorskip("numpy")
        code = (
            HEAD
            + "import numpy, sympy\ndef a(n):\n    return sympy.Integer(n) if n % 2 else numpy.int64(n)\n"
        )
        assert terms(code) == (1, 2, 3, 4, 5, 6)

    def test_huge_integers_come_whole_up_to_the_bound_on_digits(self) -> None:
        code = HEAD + "def a(n): return 10 ** (999 * n)\n"
        assert terms(code) == (10**999, 10**1998)

    def test_a_program_may_write_out_integers_of_any_length(self) -> None:
        assert terms(HEAD + "def a(n): return len(str(10 ** 5000)) + n\n")[0] == 5002

    def test_the_main_part_of_a_script_does_not_run(self) -> None:
        assert terms(HEAD + "def a(n): return n\nif __name__ == '__main__':\n    raise SystemExit(1)\n")

    def test_a_dataclass_and_a_cache_work(self) -> None:
        code = (
            HEAD
            + "from dataclasses import dataclass\nfrom functools import cache\n"
            + "@dataclass\nclass P:\n    x: 'int'\n"
            + "@cache\ndef a(n): return P(n).x if n < 3 else a(n - 1) + a(n - 2)\n"
        )
        assert terms(code) == (1, 2, 3, 5, 8, 13)

    def test_an_order_that_hangs_on_hashes_is_the_same_every_time(self) -> None:
        code = HEAD + "def a(n): return hash('abc') % 1000003 + n\n"
        assert terms(code) == terms(code)


class TestFailures:
    """Each way to give nothing has its own cause."""

    @pytest.mark.parametrize(
        ("code", "cause", "line"),
        [
            ("", "no_code", None),
            (" \n ", "no_code", None),
            ("I cannot do this.", "syntax", 1),
            ("x = 1\ndef a(n)\n", "syntax", 2),
            ("x = '\0'", "syntax", None),
            ("(" * 5000 + ")" * 5000, "syntax", 1),
            (HEAD + "1 / 0", "crashed", 4),
            (HEAD + "def a(n):\n    return undefined\n", "crashed", 5),
            (HEAD + "def a(n): return a(n)\n", "crashed", 4),
            (HEAD + "raise KeyboardInterrupt\n", "crashed", 4),
            (HEAD + "def a(n): return bytes(50 << 30)\n", "memory", None),
            (HEAD + "x = [0] * (50 << 27)\n", "memory", None),
            (HEAD + "import os\ndef a(n): os._exit(0)\n", "exited", None),
            (HEAD + "import os\ndef a(n): os._exit(3)\n", "exited", None),
            (HEAD + "import sys\nsys.exit(0)\n", "exited", 5),
            (HEAD + "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", "crashed", None),
            (HEAD, "no_terms", None),
            (HEAD + "a = 5\n", "no_terms", None),
            (HEAD + "def a(n): return 10 ** 2000\n", "no_terms", None),
            ("def a(n): return n\n", "no_target", None),
            ("FIRST = 1\nTARGET = 1e18\nMODULUS = 7\ndef a(n): return n\n", "no_target", None),
            ("FIRST = True\nTARGET = 9\nMODULUS = 7\ndef a(n): return n\n", "no_target", None),
            ("FIRST = 1\nTARGET = 9\nMODULUS = 0\ndef a(n): return n\n", "no_target", None),
            ("FIRST = 1\nTARGET = 0\nMODULUS = None\ndef a(n): return n\n", "no_target", None),
            (HEAD + "def a(n): return float(n)\n", "not_an_integer", None),
            (HEAD + "def a(n): return n > 0\n", "not_an_integer", None),
            (HEAD + "def a(n): return str(n)\n", "not_an_integer", None),
            (HEAD + "def a(n): pass\n", "not_an_integer", None),
        ],
    )
    def test_the_cause_and_the_line_are_named(self, code: str, cause: str, line: int | None) -> None:
        failed = failure(code)
        assert (failed.cause, failed.line) == (cause, line)

    def test_a_later_term_that_is_no_integer_spoils_the_earlier_ones(self) -> None:
        assert failure(HEAD + "def a(n): return n if n < 4 else n / 2\n").cause == "not_an_integer"

    def test_an_endless_program_is_stopped_in_time(self) -> None:
        start = time.monotonic()
        assert failure(HEAD + "while True: pass\n", QUICK).cause == "timed_out"
        assert time.monotonic() - start < QUICK.wall_s + 5.0

    def test_the_deadline_holds_when_it_is_earlier_than_the_wall_clock_limit(self) -> None:
        deadline = Deadline.after(1.0, MonotonicClock())
        outcome = asyncio.run(run_trace(HEAD + "while True: pass\n", deadline=deadline, config=CONFIG))
        assert isinstance(outcome, TraceFailed)
        assert outcome.cause == "timed_out"

    def test_used_up_processor_time_is_a_time_out(self) -> None:
        config = replace(CONFIG, limits=replace(CONFIG.limits, cpu_s=1))
        assert failure(HEAD + "while True: pass\n", config).cause == "timed_out"

    def test_a_gigabyte_of_output_is_stopped_at_the_limit(self) -> None:
        code = HEAD + "for _ in range(1024): print('x' * (1 << 20))\ndef a(n): return n\n"
        assert failure(code).cause == "output"

    def test_an_error_whose_text_cannot_be_made_is_still_an_outcome(self) -> None:
        code = HEAD + "class E(Exception):\n    def __str__(self): raise ValueError('no text')\nraise E\n"
        assert failure(code).cause == "exited"

    def test_no_environment_reaches_the_program(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET_OF_THE_PARENT", "1")
        code = HEAD + "import os\ndef a(n): return int('SECRET_OF_THE_PARENT' in os.environ)\n"
        assert set(terms(code)) == {0}

    def test_the_scratch_folder_is_gone_afterwards(self) -> None:
        code = HEAD + "import os\nopen('left', 'w').write('x')\nraise RuntimeError(os.getcwd())\n"
        scratch = Path(failure(code).message.partition(": ")[2])
        assert scratch.is_absolute()
        assert not scratch.exists()


class TestForgery:
    """What a program writes to the results itself are its own claims, held to the same form and bounds."""

    FORGE = HEAD + "import os\ndef write(s):\n    for fd in range(3, 10):\n        try: os.write(fd, s)\n"
    FORGE += "        except OSError: pass\n"

    def test_a_forged_term_stands_only_in_that_programs_sequence(self) -> None:
        code = self.FORGE + 'def a(n):\n    write(b\'{"term": "0x63"}\\n\')\n    return n\n'
        outcome = traced(code, replace(CONFIG, max_terms=4))
        assert isinstance(outcome, Traced)
        assert outcome.sequence == Sequence(1, (99, 1, 99, 2))
        assert outcome.source == code

    def test_malformed_lines_are_ignored(self) -> None:
        lines = b'{"term": 5}\n{"term": "0xZZ"}\n[1]\n\xff\xfe\n{"term": true}\n{"target": ["0x0"]}\n'
        code = self.FORGE + f"write({lines!r})\ndef a(n): return n\n"
        assert terms(code) == (1, 2, 3, 4, 5, 6)

    def test_a_forged_second_target_changes_nothing(self) -> None:
        forged = 'write(b\'{"target": ["0x0", "0x5", null]}\\n\')'
        outcome = traced(self.FORGE + f"def a(n):\n    {forged}\n    return n\n")
        assert isinstance(outcome, Traced)
        assert outcome.target == Target(10**18, 99991)

    def test_a_forged_cause_outside_the_list_is_ignored(self) -> None:
        forged = 'write(b\'{"error": {"cause": "proved", "message": "", "line": 1}}\\n\')'
        assert failure(self.FORGE + forged + "\nos._exit(0)\n").cause == "exited"

    def test_a_forged_integer_beyond_the_bound_is_ignored(self) -> None:
        forged = "write(b'{\"term\": \"0x' + b'f' * 9000 + b'\"}\\n')"
        assert terms(self.FORGE + f"{forged}\ndef a(n): return n\n") == (1, 2, 3, 4, 5, 6)

    @given(st.binary(max_size=300), st.booleans())
    def test_any_bytes_from_a_child_are_an_outcome(self, data: bytes, in_time: bool) -> None:
        ended = Exited(0, data, b"") if in_time else TimedOut(data, b"")
        outcome = run_module._outcome("code", ended, CONFIG)
        assert isinstance(outcome, Traced | TraceFailed)


class TestCancel:
    """A cancelled trace leaves no process behind, not even one that the program started."""

    def test_cancelling_midway_kills_the_program_and_its_children(self) -> None:
        marker = uuid.uuid4().hex
        code = (
            HEAD + "import subprocess, sys\n"
            f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)', {marker!r}])\n"
            "while True: pass\n"
        )

        async def cancel_once_it_runs() -> None:
            deadline = Deadline.after(60.0, MonotonicClock())
            config = replace(CONFIG, wall_s=60.0, limits=replace(CONFIG.limits, cpu_s=60))
            task = asyncio.create_task(run_trace(code, deadline=deadline, config=config))
            for _ in range(400):
                if processes_with(marker):
                    break
                await asyncio.sleep(0.05)
            assert processes_with(marker), "the program's child never started"
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        before = children()
        asyncio.run(cancel_once_it_runs())
        end = time.monotonic() + 10.0
        while processes_with(marker) and time.monotonic() < end:
            time.sleep(0.05)  # the grandchild is reaped by init, not by us
        assert processes_with(marker) == []
        assert children() <= before

    def test_a_time_out_kills_what_the_program_started(self) -> None:
        marker = uuid.uuid4().hex
        code = HEAD + (
            "import subprocess, sys\n"
            f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)', {marker!r}])\n"
            "while True: pass\n"
        )
        assert failure(code, QUICK).cause == "timed_out"
        end = time.monotonic() + 10.0
        while processes_with(marker) and time.monotonic() < end:
            time.sleep(0.05)
        assert processes_with(marker) == []
