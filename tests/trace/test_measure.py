"""How many of its first terms a trace program reaches within a number of bytecode instructions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import LimitsConfig, TraceConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.trace import measure
from aimo_pipeline.trace.measure import Reached, affordable_terms
from tests.sandboxed import Shared

CONFIG = TraceConfig(wall_s=20.0, limits=LimitsConfig(memory_bytes=1 << 30))
STEPS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
HEX = st.integers().map(hex)
HEAD = "FIRST = 1\nTARGET = 10**18\nMODULUS = 99991\n"
LINEAR = HEAD + "def a(n):\n    s = 0\n    for i in range(n):\n        s += i\n    return s\n"
DOUBLING = HEAD + "def a(n):\n    s = 0\n    for i in range(2 ** n):\n        s += i\n    return s\n"


Terms = Callable[..., tuple[Reached, ...]]
Affordable = Callable[..., int]


@pytest.fixture
def terms(shared_sandbox: Shared) -> Terms:
    """The terms of one program."""

    def reached(
        code: str, max_terms: int = 10, max_steps: int = 20_000, config: TraceConfig = CONFIG
    ) -> tuple[Reached, ...]:
        deadline = Deadline.after(60.0, MonotonicClock())
        return shared_sandbox.do(
            lambda sandbox: affordable_terms(
                code,
                max_terms=max_terms,
                max_steps=max_steps,
                sandbox=sandbox,
                deadline=deadline,
                config=config,
            )
        )

    return reached


@pytest.fixture
def affordable(terms: Terms) -> Affordable:
    """How many they are."""
    return lambda *arguments, **words: len(terms(*arguments, **words))


class TestAffordableTerms:
    """0..max_terms: as many as the steps of all of them together allow."""

    def test_a_cheap_program_reaches_all_that_is_of_use(self, affordable: Affordable) -> None:
        assert affordable(LINEAR, max_terms=7) == 7

    def test_a_program_whose_cost_doubles_stops_early(self, affordable: Affordable) -> None:
        # About 2**n * 6 instructions for a(n): the sum passes 20,000 between n = 9 and n = 12.
        assert 9 <= affordable(DOUBLING, max_terms=16) <= 12

    def test_more_steps_reach_further_by_as_much_as_they_cost(self, affordable: Affordable) -> None:
        fewer, more = (affordable(DOUBLING, max_terms=16, max_steps=steps) for steps in (2_000, 8_000))
        assert more == fewer + 2

    def test_the_work_of_helpers_counts(self, affordable: Affordable) -> None:
        helped = HEAD + "def h(n):\n    for _ in range(3000): pass\n    return n\ndef a(n): return h(n)\n"
        assert affordable(helped) < 10

    def test_a_recursion_that_is_too_deep_for_python_ends_the_count(self, affordable: Affordable) -> None:
        # Lean's compiled program would go on: what is compared is what Python itself ran, so not these.
        deep = HEAD + "def f(k): return 0 if k < 1 else 1 + f(k - 1)\ndef a(n): return f(300 * n)\n"
        assert 2 <= affordable(deep, max_steps=1_000_000) <= 3

    def test_their_values_are_told(self, terms: Terms) -> None:
        found = terms(HEAD + "def a(n):\n    return (-3) ** n * 10 ** 50\n", max_terms=4)
        assert [one.value for one in found] == [(-3) ** n * 10**50 for n in range(1, 5)]

    @pytest.mark.parametrize("value", ["n > 2", "n / 2", "None", "1 << (n << 20)"])
    def test_what_is_no_integer_or_too_long_ends_them(self, terms: Terms, value: str) -> None:
        assert terms(HEAD + f"def a(n):\n    return n if n < 3 else {value}\n", max_steps=10**6)[2:] == ()

    def test_no_steps_give_no_terms(self, affordable: Affordable) -> None:
        assert affordable(LINEAR, max_steps=0) == 0

    def test_what_runs_before_the_first_call_is_not_counted(self, affordable: Affordable) -> None:
        assert affordable(HEAD + "for _ in range(100_000): pass\ndef a(n): return n\n") == 10

    def test_a_program_may_print(self, affordable: Affordable) -> None:
        assert affordable(HEAD + "print('hello')\ndef a(n):\n    print(n)\n    return n\n") == 10


class TestPrograms:
    """A program that cannot be counted has no affordable terms; none holds the pipeline up."""

    @pytest.mark.parametrize(
        "code",
        [
            HEAD + "def a(n):\n    while True: pass\n",
            HEAD + "import os\ndef a(n): os._exit(0)\n",
            HEAD + "def a(n): return 1 // 0\n",
            HEAD + "import os\nos.write(3, b'nonsense')\ndef a(n): return n\n",
            HEAD,
            "def a(n): return n\n",
            "Sorry.",
            "",
        ],
    )
    def test_it_is_none(self, affordable: Affordable, code: str) -> None:
        assert affordable(code) == 0

    @pytest.mark.parametrize(
        "body", ["time.sleep(300)", "\n    while True:\n        try: n += 1\n        except: pass"]
    )
    def test_one_that_no_count_of_steps_stops_is_stopped_by_the_wall_clock(
        self, affordable: Affordable, body: str
    ) -> None:
        code = HEAD + f"import time\ndef a(n): {body}\n"
        assert affordable(code, config=replace(CONFIG, wall_s=0.7)) == 0

    @given(st.lists(st.dictionaries(st.sampled_from(["steps", "value", "x"]), STEPS | HEX), max_size=5))
    def test_whatever_the_child_sends_is_read_up_to_the_first_that_is_none_of_its(
        self, frames: list[dict[str, object]]
    ) -> None:
        found = list(measure._reached(frames))
        for term, frame in zip(found, frames, strict=False):
            assert term.steps == frame["steps"] >= 0  # type: ignore[operator]
            assert (
                term.value is None if frame.get("value") is None else hex(term.value or 0) == frame["value"]
            )

    @pytest.mark.parametrize("steps", [-2, True, 1.0, "1", None])
    def test_what_is_no_count_is_none(self, steps: object) -> None:
        assert list(measure._reached([{"steps": steps, "value": "0x1"}])) == []

    @pytest.mark.parametrize("value", [5, True, "5", "0x", "0xg", " 0x1", "0x1_0", ["0x1"]])
    def test_what_is_no_value_is_none(self, value: object) -> None:
        assert list(measure._reached([{"steps": 5, "value": value}])) == []

    def test_an_old_journal_does_not_tell_values(self) -> None:
        assert list(measure._reached([{"steps": 5}])) == [Reached(5, None)]
