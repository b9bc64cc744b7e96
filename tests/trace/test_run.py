"""Running trace programs, good, broken and hostile."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import LimitsConfig, TraceConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.domain import Sequence, Target
from aimo_pipeline.outcome import Traced, TraceFailed, TraceOutcome
from aimo_pipeline.trace import run as run_module
from aimo_pipeline.trace.cut import Cut
from aimo_pipeline.trace.inside.frames import Frame
from aimo_pipeline.trace.job import Ended
from aimo_pipeline.trace.report import Report
from aimo_pipeline.trace.run import run_terms, run_trace
from tests.sandboxed import Shared

CONFIG = TraceConfig(wall_s=15.0, max_terms=6, limits=LimitsConfig(memory_bytes=1 << 30))
QUICK = replace(CONFIG, wall_s=1.5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.integers().map(hex),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FRAMES = st.dictionaries(st.sampled_from(["target", "term", "error", "x"]), JSON)
HEAD = "FIRST = 1\nTARGET = 10**18\nMODULUS = 99991\n"


class Traces:
    """Runs trace programs in the shared sandbox."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def outcome(self, code: str, config: TraceConfig = CONFIG, within_s: float = 60.0) -> TraceOutcome:
        """The outcome of one program."""
        deadline = Deadline.after(within_s, MonotonicClock())
        return self._shared.do(
            lambda sandbox: run_trace(code, sandbox=sandbox, deadline=deadline, config=config)
        )

    def terms(self, code: str, config: TraceConfig = CONFIG) -> tuple[int, ...]:
        """The terms of a program that is expected to give some."""
        outcome = self.outcome(code, config)
        assert isinstance(outcome, Traced), outcome
        return outcome.sequence.terms

    def failure(self, code: str, config: TraceConfig = CONFIG) -> TraceFailed:
        """The failure of a program that is expected to fail."""
        outcome = self.outcome(code, config)
        assert isinstance(outcome, TraceFailed), outcome
        return outcome

    def at(self, code: str, indices: list[int], config: TraceConfig = CONFIG) -> Mapping[int, int]:
        """The values at certain indices."""
        deadline = Deadline.after(60.0, MonotonicClock())
        return self._shared.do(
            lambda sandbox: run_terms(code, indices, sandbox=sandbox, deadline=deadline, config=config)
        )


@pytest.fixture
def traces(shared_sandbox: Shared) -> Traces:
    return Traces(shared_sandbox)


class TestTerms:
    """a(FIRST), a(FIRST + 1), ... in order, as far as the bounds go."""

    def test_a_program_gives_its_terms_and_its_target(self, traces: Traces) -> None:
        code = HEAD + "def a(n):\n    return n * n\n"
        expected = Traced(Sequence(1, (1, 4, 9, 16, 25, 36)), Target(10**18, 99991), code)
        assert traces.outcome(code) == expected

    def test_a_program_without_modulus_asks_for_the_term_itself(self, traces: Traces) -> None:
        outcome = traces.outcome("FIRST = 0\nTARGET = 50\ndef a(n): return -n")
        assert isinstance(outcome, Traced)
        assert outcome.target == Target(50, None)
        assert outcome.sequence.terms[:3] == (0, -1, -2)

    def test_terms_in_time_are_kept_when_a_later_one_takes_for_ever(self, traces: Traces) -> None:
        assert traces.terms(HEAD + "def a(n):\n    while n > 3: pass\n    return n\n", QUICK) == (1, 2, 3)

    def test_terms_are_kept_when_a_later_one_crashes(self, traces: Traces) -> None:
        assert traces.terms(HEAD + "def a(n):\n    return [7, 8, 9][n - 1]\n") == (7, 8, 9)

    def test_terms_are_kept_when_a_later_one_needs_too_much_memory(self, traces: Traces) -> None:
        assert traces.terms(HEAD + "def a(n):\n    return len(bytes(1 << (10 * n)))\n") == (1 << 10, 1 << 20)

    def test_terms_are_kept_when_a_later_one_ends_the_process(self, traces: Traces) -> None:
        assert traces.terms(HEAD + "import os\ndef a(n):\n    return n if n < 3 else os._exit(0)\n") == (1, 2)

    def test_what_the_program_prints_is_not_taken_for_a_term(self, traces: Traces) -> None:
        code = (
            HEAD
            + 'import os\ndef a(n):\n    print(\'{"term": "0x7"}\')\n    os.write(1, b"5")\n    return n\n'
        )
        assert traces.terms(code) == (1, 2, 3, 4, 5, 6)

    def test_integers_of_sympy_and_numpy_are_integers(self, traces: Traces) -> None:
        pytest.importorskip("sympy")
        pytest.importorskip("numpy")
        code = (
            HEAD
            + "import numpy, sympy\ndef a(n):\n    return sympy.Integer(n) if n % 2 else numpy.int64(n)\n"
        )
        assert traces.terms(code) == (1, 2, 3, 4, 5, 6)

    def test_huge_integers_come_whole_up_to_the_bound_on_digits(self, traces: Traces) -> None:
        code = HEAD + "def a(n): return 10 ** (999 * n)\n"
        assert traces.terms(code) == (10**999, 10**1998)

    def test_a_program_may_write_out_integers_of_any_length(self, traces: Traces) -> None:
        assert traces.terms(HEAD + "def a(n): return len(str(10 ** 5000)) + n\n")[0] == 5002

    def test_the_main_part_of_a_script_does_not_run(self, traces: Traces) -> None:
        assert traces.terms(
            HEAD + "def a(n): return n\nif __name__ == '__main__':\n    raise SystemExit(1)\n"
        )

    def test_a_dataclass_and_a_cache_work(self, traces: Traces) -> None:
        code = (
            HEAD
            + "from dataclasses import dataclass\nfrom functools import cache\n"
            + "@dataclass\nclass P:\n    x: 'int'\n"
            + "@cache\ndef a(n): return P(n).x if n < 3 else a(n - 1) + a(n - 2)\n"
        )
        assert traces.terms(code) == (1, 2, 3, 5, 8, 13)

    def test_an_order_that_hangs_on_hashes_is_the_same_every_time(self, traces: Traces) -> None:
        code = HEAD + "def a(n): return hash('abc') % 1000003 + n\n"
        assert traces.terms(code) == traces.terms(code)


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
            (HEAD + "import ctypes\nctypes.string_at(0)\n", "crashed", None),
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
    def test_the_cause_and_the_line_are_named(
        self, traces: Traces, code: str, cause: str, line: int | None
    ) -> None:
        failed = traces.failure(code)
        assert (failed.cause, failed.line) == (cause, line)

    def test_a_later_term_that_is_no_integer_spoils_the_earlier_ones(self, traces: Traces) -> None:
        assert traces.failure(HEAD + "def a(n): return n if n < 4 else n / 2\n").cause == "not_an_integer"

    def test_an_endless_program_is_stopped_in_time(self, traces: Traces) -> None:
        start = time.monotonic()
        assert traces.failure(HEAD + "while True: pass\n", QUICK).cause == "timed_out"
        assert time.monotonic() - start < QUICK.wall_s + 5.0

    def test_the_deadline_holds_when_it_is_earlier_than_the_wall_clock_limit(self, traces: Traces) -> None:
        outcome = traces.outcome(HEAD + "while True: pass\n", within_s=0.5)
        assert isinstance(outcome, TraceFailed)
        assert outcome.cause == "timed_out"

    def test_used_up_processor_time_is_a_time_out(self, traces: Traces) -> None:
        config = replace(CONFIG, limits=replace(CONFIG.limits, cpu_s=1))
        assert traces.failure(HEAD + "while True: pass\n", config).cause == "timed_out"

    def test_a_gigabyte_of_output_is_stopped_at_the_limit(self, traces: Traces) -> None:
        code = HEAD + "for _ in range(1024): print('x' * (1 << 20))\ndef a(n): return n\n"
        assert traces.failure(code).cause == "output"

    def test_an_error_whose_text_cannot_be_made_is_still_an_outcome(self, traces: Traces) -> None:
        code = HEAD + "class E(Exception):\n    def __str__(self): raise ValueError('no text')\nraise E\n"
        failed = traces.failure(code)
        assert (failed.cause, failed.message, failed.line) == ("crashed", "E", 6)

    def test_no_environment_reaches_the_program(
        self, traces: Traces, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SECRET_OF_THE_PARENT", "1")
        code = HEAD + "import os\ndef a(n): return int('SECRET_OF_THE_PARENT' in os.environ)\n"
        assert set(traces.terms(code)) == {0}

    def test_a_program_has_no_folder_to_write_to(self, traces: Traces) -> None:
        failed = traces.failure(HEAD + "open('left', 'w').write('x')\n")
        assert (failed.cause, failed.line) == ("crashed", 4)
        assert failed.message.startswith("PermissionError")


class TestTermsAtIndices:
    """Just the indices that were asked for, those that came in time."""

    SQUARES = HEAD + "def a(n):\n    return n * n\n"

    def test_the_values_come_by_index(self, traces: Traces) -> None:
        assert traces.at(self.SQUARES, [40, 3, 10**20]) == {40: 1600, 3: 9, 10**20: 10**40}

    def test_more_indices_than_terms_are_no_trouble(self, traces: Traces) -> None:
        assert len(traces.at(self.SQUARES, list(range(100)))) == 100

    def test_values_in_time_are_kept_when_a_later_one_takes_for_ever(self, traces: Traces) -> None:
        code = HEAD + "def a(n):\n    while n == 9: pass\n    return n\n"
        assert traces.at(code, [7, 8, 9, 10], QUICK) == {7: 7, 8: 8}

    def test_a_value_that_is_no_integer_spoils_all(self, traces: Traces) -> None:
        assert traces.at(HEAD + "def a(n): return n / 2\n", [2]) == {}

    def test_a_forged_index_that_was_not_asked_for_is_left_out(self, traces: Traces) -> None:
        code = TestForgery.FORGE + "def a(n):\n    send({'term': ['0x63', '0x1']})\n    return n\n"
        assert traces.at(code, [5]) == {5: 5}

    def test_no_indices_need_no_run(self, traces: Traces) -> None:
        assert traces.at("not a program", []) == {}


class TestForgery:
    """What a program writes to the results itself are its own claims, held to the same form and bounds."""

    FORGE = HEAD + (
        "import json, os, struct\n"
        "def write(data):\n"
        "    for fd in range(3, 10):\n"
        "        try: os.write(fd, data)\n"
        "        except OSError: pass\n"
        "def send(frame):\n"
        "    body = json.dumps(frame).encode()\n"
        "    write(struct.pack('!I', len(body)) + body)\n"
    )

    def test_a_forged_term_stands_only_in_that_programs_sequence(self, traces: Traces) -> None:
        code = self.FORGE + "def a(n):\n    send({'term': ['0x1', '0x63']})\n    return n\n"
        outcome = traces.outcome(code, replace(CONFIG, max_terms=4))
        assert isinstance(outcome, Traced)
        assert outcome.sequence == Sequence(1, (99, 2, 3, 4))
        assert outcome.source == code

    def test_malformed_frames_are_ignored(self, traces: Traces) -> None:
        bad = ["{'term': 5}", "{'term': ['0x1', '0xZZ']}", "{'term': ['0x1']}", "{'term': [True, True]}"]
        code = self.FORGE + "".join(f"send({frame})\n" for frame in [*bad, "{'target': ['0x0']}"])
        assert traces.terms(code + "def a(n): return n\n") == (1, 2, 3, 4, 5, 6)

    def test_terms_before_what_is_no_frame_at_all_are_kept(self, traces: Traces) -> None:
        code = self.FORGE + "def a(n):\n    n == 3 and write(b'\\xff' * 99)\n    return n\n"
        assert traces.terms(code) == (1, 2)

    def test_a_forged_second_target_changes_nothing(self, traces: Traces) -> None:
        forged = "send({'target': ['0x0', '0x5', None]})"
        outcome = traces.outcome(self.FORGE + f"def a(n):\n    {forged}\n    return n\n")
        assert isinstance(outcome, Traced)
        assert outcome.target == Target(10**18, 99991)

    def test_a_forged_cause_outside_the_list_is_ignored(self, traces: Traces) -> None:
        forged = "send({'error': {'cause': 'proved', 'message': '', 'line': 1}})"
        assert traces.failure(self.FORGE + forged + "\nos._exit(0)\n").cause == "exited"

    def test_a_forged_integer_beyond_the_bound_is_ignored(self, traces: Traces) -> None:
        forged = "send({'term': ['0x1', '0x' + 'f' * 9000]})"
        assert traces.terms(self.FORGE + f"{forged}\ndef a(n): return n\n") == (1, 2, 3, 4, 5, 6)

    @given(st.lists(FRAMES), st.booleans())
    def test_any_frames_from_a_child_are_an_outcome(self, frames: list[Frame], in_time: bool) -> None:
        report = Report(tuple(frames), "", "" if in_time else "deadline", Ended(0, 0.1, 0), 0.1)
        assert isinstance(run_module._outcome("code", report, CONFIG), Traced | TraceFailed)


class TestCut:
    """A cut ends a program as its deadline would: what it gave until then counts."""

    CODE = HEAD + "def a(n):\n    while n > 3:\n        pass\n    return n * n\n"

    def cut_after(self, shared: Shared, seconds: float) -> TraceOutcome:
        cut, config = Cut(), replace(CONFIG, wall_s=60.0)
        deadline = Deadline.after(60.0, MonotonicClock())
        alarm = threading.Timer(seconds, cut.make)
        alarm.start()
        try:
            return shared.do(
                lambda sandbox: run_trace(
                    self.CODE, sandbox=sandbox, deadline=deadline, config=config, cut=cut
                )
            )
        finally:
            alarm.cancel()

    def test_the_terms_until_then_count(self, shared_sandbox: Shared) -> None:
        began_s, after_s = time.monotonic(), 0.1
        while isinstance(outcome := self.cut_after(shared_sandbox, after_s), TraceFailed):
            after_s *= 2  # a busy machine begins late
        assert isinstance(outcome, Traced) and outcome.sequence.terms == (1, 4, 9)
        assert time.monotonic() - began_s < 50.0
