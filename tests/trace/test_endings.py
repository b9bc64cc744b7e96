"""What is known of a child's end, and the outcome that follows."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.outcome import Crashed, Killed, Ran, RunOutcome, TimedOut
from aimo_pipeline.trace.endings import died, told
from aimo_pipeline.trace.job import Ended

LIMITS = LimitsConfig(cpu_s=20, memory_bytes=1 << 30)
SMALL, LARGE = 50 << 20, 900 << 20
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ERRORS = st.dictionaries(st.sampled_from(["kind", "message", "line", "traceback"]), JSON)


def kind(outcome: RunOutcome) -> str:
    """The outcome's type and what it names."""
    match outcome:
        case Crashed(kind=name):
            return f"Crashed {name}"
        case Killed(limit=limit):
            return f"Killed {limit}"
    return type(outcome).__name__


class TestDied:
    """Judged by wait status and resources, for a child that said nothing."""

    @pytest.mark.parametrize(
        ("status", "cpu_s", "resident", "expected"),
        [
            (0, 0.1, SMALL, "Ran"),
            (3, 0.1, SMALL, "Crashed exit"),
            (-signal.SIGSEGV, 0.1, SMALL, "Crashed SIGSEGV"),
            (-signal.SIGSEGV, 0.1, LARGE, "Killed memory"),
            (-signal.SIGABRT, 0.1, SMALL, "Crashed SIGABRT"),
            (-signal.SIGABRT, 0.1, LARGE, "Killed memory"),
            (-signal.SIGKILL, 0.1, SMALL, "Killed memory"),  # the kernel's out-of-memory killer
            (-signal.SIGXCPU, 20.0, SMALL, "TimedOut"),
            (-signal.SIGKILL, 21.0, SMALL, "TimedOut"),  # it ignored SIGXCPU
            (-40, 0.1, SMALL, "Crashed SIG40"),
        ],
    )
    def test_the_end_is_named(self, status: int, cpu_s: float, resident: int, expected: str) -> None:
        outcome = died(Ended(status, cpu_s, resident), LIMITS, "so far")
        assert kind(outcome) == expected
        assert outcome.stdout == "so far"

    def test_without_limits_nothing_is_near_them(self) -> None:
        free = LimitsConfig(cpu_s=0, memory_bytes=0)
        assert kind(died(Ended(-signal.SIGSEGV, 99.0, LARGE), free, "")) == "Crashed SIGSEGV"


class TestTold:
    """What the child says of itself, as far as it is well formed."""

    def test_a_value_is_a_good_end(self) -> None:
        assert told({"value": "5"}, None, LIMITS, "x") == Ran("x", "5")

    def test_an_error_is_a_crash(self) -> None:
        frame = {"error": {"kind": "E", "message": "m", "line": 3, "traceback": "t"}}
        assert told(frame, None, LIMITS, "x") == Crashed("E", "m", 3, "x", "t")

    @pytest.mark.parametrize(
        ("resident", "expected"), [(SMALL, "Crashed MemoryError"), (LARGE, "Killed memory")]
    )
    def test_only_full_memory_is_the_limit(self, resident: int, expected: str) -> None:
        frame = {"error": {"kind": "MemoryError", "message": "", "line": 1, "traceback": ""}}
        assert kind(told(frame, Ended(0, 0.1, resident), LIMITS, "")) == expected

    @given(st.dictionaries(st.sampled_from(["value", "error", "x"]), JSON | ERRORS))
    def test_any_frame_is_an_outcome(self, frame: dict[str, Any]) -> None:
        outcome = told(frame, Ended(0, 0.1, SMALL), LIMITS, "x")
        assert isinstance(outcome, Ran | Crashed | Killed | TimedOut)
        assert outcome.stdout == "x"
        if isinstance(outcome, Crashed):
            assert outcome.line is None or type(outcome.line) is int
            assert {type(outcome.kind), type(outcome.message), type(outcome.traceback)} == {str}
