"""What a model is told of a cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.outcome import Crashed, Killed, Ran, RunOutcome, TimedOut
from aimo_pipeline.tir.cells import shown, tool_text, trouble

TEXTS = st.text(max_size=6_000)


class TestShown:
    """What was printed, then the value on a line of its own."""

    @pytest.mark.parametrize(
        ("outcome", "text"),
        [
            (Ran("5\n"), "5\n"),
            (Ran("5\n", "6"), "5\n6\n"),
            (Ran("5", "6"), "5\n6\n"),
            (Ran("", "6"), "6\n"),
            (Ran("5"), "5"),
        ],
    )
    def test_the_value_stands_alone(self, outcome: Ran, text: str) -> None:
        assert shown(outcome) == text


class TestTrouble:
    """One line that names the trouble, and the line of the program where it is known."""

    @pytest.mark.parametrize(
        ("outcome", "text"),
        [
            (Crashed("ValueError", "bad", 3, ""), "ValueError: bad (line 3)"),
            (Crashed("AssertionError", "", 3, ""), "AssertionError (line 3)"),
            (Crashed("SIGSEGV", "too deep", None, ""), "SIGSEGV: too deep"),
            (TimedOut("", "stopped after 2 s"), "timed out: stopped after 2 s"),
            (Killed("memory", "more than 5 MB", ""), "stopped for its memory: more than 5 MB"),
        ],
    )
    def test_it_is_named(self, outcome: Crashed | TimedOut | Killed, text: str) -> None:
        assert trouble(outcome) == text


class TestToolText:
    """Short, never empty, with what was printed first."""

    def test_a_traceback_stands_between_output_and_trouble(self) -> None:
        outcome = Crashed("ValueError", "bad", 3, "x\n", "File ...")
        assert tool_text(outcome) == "x\n\nFile ...\n[ValueError: bad (line 3)]"

    def test_nothing_printed_is_said(self) -> None:
        assert tool_text(Ran(" \n")) == "[nothing was printed]"

    @given(st.builds(Ran, TEXTS, st.none() | TEXTS) | st.builds(TimedOut, TEXTS, st.just("hint")))
    def test_it_is_short_and_never_empty(self, outcome: RunOutcome) -> None:
        text = tool_text(outcome)
        assert text.strip()
        assert len(text) < 4_200
