"""A line of the journal says what the event's record says, however it came about."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aimo_pipeline.observe.encode import Encoder, json_text
from aimo_pipeline.observe.events import Event, PredictFailed, TextKept, TraceFinished, VerifyFinished

SECRET = 'pa"ss\\wörd-9'
TEXTS = st.lists(
    st.sampled_from((SECRET, "/usr/lib/x/y", "sk-" + "a1" * 10, "token: " + "f6" * 9, " ", "Σ", "\ud800"))
    | st.text(max_size=6),
    max_size=4,
).map("".join)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(PredictFailed, TEXTS, TEXTS),
    st.builds(TraceFinished, TEXTS, st.just(0), TEXTS, TEXTS, st.none(), st.tuples(TEXTS), st.just(0.5)),
    st.builds(
        VerifyFinished,
        *(TEXTS, st.just(0), TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=2), st.just({}), st.just(1.0)),
    ),
)


class TestEncoder:
    """Events with nothing to take out are not copied first, and nothing else tells them apart."""

    @given(events=st.lists(EVENTS, max_size=3))
    def test_a_line_is_the_record(self, events: list[Event]) -> None:
        encoder = Encoder((SECRET,))
        for event in events:
            line = encoder.line(event, 1.25)
            assert line.endswith(b"\n") and line.count(b"\n") == 1
            told = json.dumps(encoder.record(event, 1.25), ensure_ascii=False, separators=(",", ":"))
            assert line.decode() == told + "\n"

    @pytest.mark.parametrize(("size", "whole"), [(20_000, True), (20_001, False)])
    def test_a_long_text_is_cut_unless_its_field_is_kept_whole(self, size: int, whole: bool) -> None:
        cut = json.loads(Encoder().line(PredictFailed("p", "x" * size), 0.0))["cause"]
        kept = json.loads(Encoder().line(TextKept("d", "x" * size), 0.0))["text"]
        assert (cut == "x" * size, kept == "x" * size) == (whole, True)


class TestJsonText:
    """What goes into an event as a text comes back from it, whatever is in it."""

    @given(value=st.recursive(st.none() | st.integers() | TEXTS, lambda one: st.lists(one, max_size=3)))
    @example(["\ud800"])
    def test_it_is_json_without_spaces(self, value: object) -> None:
        assert json_text(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))
