"""How many of its first terms a trace program reaches within a number of bytecode instructions."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import LimitsConfig, TraceConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.trace import measure
from aimo_pipeline.trace.measure import affordable_terms

CONFIG = TraceConfig(wall_s=20.0, limits=LimitsConfig(memory_bytes=1 << 30))
HEAD = "FIRST = 1\nTARGET = 10**18\nMODULUS = 99991\n"
LINEAR = HEAD + "def a(n):\n    s = 0\n    for i in range(n):\n        s += i\n    return s\n"
DOUBLING = HEAD + "def a(n):\n    s = 0\n    for i in range(2 ** n):\n        s += i\n    return s\n"


def affordable(code: str, max_terms: int = 10, max_steps: int = 20_000, config: TraceConfig = CONFIG) -> int:
    """The number of terms for one program."""
    deadline = Deadline.after(60.0, MonotonicClock())
    work = affordable_terms(code, max_terms=max_terms, max_steps=max_steps, deadline=deadline, config=config)
    return asyncio.run(work)


class TestAffordableTerms:
    """0..max_terms: as many as the steps of all of them together allow."""

    def test_a_cheap_program_reaches_all_that_is_of_use(self) -> None:
        assert affordable(LINEAR, max_terms=7) == 7

    def test_a_program_whose_cost_doubles_stops_early(self) -> None:
        # About 2**n * 6 instructions for a(n): the sum passes 20,000 between n = 9 and n = 12.
        assert 9 <= affordable(DOUBLING, max_terms=16) <= 12

    def test_more_steps_reach_further_by_as_much_as_they_cost(self) -> None:
        fewer, more = (affordable(DOUBLING, max_terms=16, max_steps=steps) for steps in (2_000, 8_000))
        assert more == fewer + 2

    def test_the_work_of_helpers_counts(self) -> None:
        helped = HEAD + "def h(n):\n    for _ in range(3000): pass\n    return n\ndef a(n): return h(n)\n"
        assert affordable(helped) < 10

    def test_no_steps_give_no_terms(self) -> None:
        assert affordable(LINEAR, max_steps=0) == 0

    def test_what_runs_before_the_first_call_is_not_counted(self) -> None:
        assert affordable(HEAD + "for _ in range(100_000): pass\ndef a(n): return n\n") == 10

    def test_a_program_may_print(self) -> None:
        assert affordable(HEAD + "print('hello')\ndef a(n):\n    print(n)\n    return n\n") == 10


class TestPrograms:
    """A program that cannot be counted has no affordable terms; none holds the pipeline up."""

    @pytest.mark.parametrize(
        "code",
        [
            HEAD + "def a(n):\n    while True: pass\n",
            HEAD + "import os\ndef a(n): os._exit(0)\n",
            HEAD + "def a(n): return 1 // 0\n",
            HEAD + "import os\nos.write(1, b'nonsense')\ndef a(n): return n\n",
            HEAD,
            "def a(n): return n\n",
            "Sorry.",
            "",
        ],
    )
    def test_it_is_none(self, code: str) -> None:
        assert affordable(code) == 0

    @pytest.mark.parametrize(
        "body", ["time.sleep(300)", "\n    while True:\n        try: n += 1\n        except: pass"]
    )
    def test_one_that_no_count_of_steps_stops_is_stopped_by_the_wall_clock(self, body: str) -> None:
        code = HEAD + f"import time\ndef a(n): {body}\n"
        assert affordable(code, config=replace(CONFIG, wall_s=0.7)) == 0

    @given(st.binary(max_size=60))
    def test_whatever_the_child_writes_is_read_as_counts_or_as_none(self, data: bytes) -> None:
        counts = measure._counts(data)
        assert all(type(count) is int and count >= 0 for count in counts)

    @pytest.mark.parametrize("data", [b"5", b'{"a": 1}', b"[1, -2]", b"[1, true]", b"[1.0]", b'["1"]'])
    def test_what_is_no_list_of_counts_is_none(self, data: bytes) -> None:
        assert measure._counts(data) == []
