"""Running one model-written program."""

from __future__ import annotations

import asyncio

import pytest

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.outcome import Failed, Ran, RunOutcome
from aimo_pipeline.tir.cells import run_cell

LIMITS = LimitsConfig(memory_bytes=1 << 30)


def ran(code: str, wall_s: float = 20.0) -> RunOutcome:
    """The outcome of one program."""
    return asyncio.run(run_cell(code, deadline=Deadline.after(wall_s, MonotonicClock()), limits=LIMITS))


class TestRunCell:
    """Ran with what was printed, or Failed with the cause and what was printed until then."""

    def test_what_a_program_prints_comes_back(self) -> None:
        assert ran("print(6 * 7)") == Ran("42\n")

    def test_input_is_at_its_end(self) -> None:
        assert ran("import sys\nprint(repr(sys.stdin.read()))") == Ran("''\n")

    @pytest.mark.parametrize(
        ("code", "cause", "message"),
        [
            ("print(1)\n1 / 0", "crashed", "ZeroDivisionError: division by zero"),
            ("Sorry, no.", "syntax", "SyntaxError: invalid syntax"),
            ("  x = 1\n", "syntax", "IndentationError: unexpected indent"),
            ("x = [0] * (50 << 27)", "memory", "MemoryError"),
            ("import os\nos._exit(3)", "exited", "exit status 3"),
            ("import sys\nsys.exit(1)", "exited", "exit status 1"),
            ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "crashed", "exit status -11"),
        ],
    )
    def test_the_cause_is_named_with_the_last_line_of_the_traceback(
        self, code: str, cause: str, message: str
    ) -> None:
        outcome = ran(code)
        assert isinstance(outcome, Failed)
        assert (outcome.cause, outcome.message) == (cause, message)

    def test_output_before_a_time_out_is_kept(self) -> None:
        outcome = ran("print('so far', flush=True)\nwhile True: pass", wall_s=1.5)
        assert isinstance(outcome, Failed)
        assert (outcome.cause, outcome.stdout) == ("timed_out", "so far\n")

    def test_a_gigabyte_of_output_is_cut_at_the_limit(self) -> None:
        outcome = ran("for _ in range(1024): print('x' * (1 << 20))")
        assert isinstance(outcome, Failed)
        assert outcome.cause == "output"
        assert len(outcome.stdout) == LIMITS.output_bytes

    def test_output_that_is_no_text_is_still_text(self) -> None:
        assert ran("import sys\nsys.stdout.buffer.write(b'\\xff7\\n')") == Ran("\ufffd7\n")

    def test_a_program_does_not_see_the_one_before(self) -> None:
        assert ran("open('kept.txt', 'w').write('1')\nx = 1") == Ran("")
        assert ran("import os\nprint(os.path.exists('kept.txt'))") == Ran("False\n")
