"""Messages with a length: what goes in comes out, however it is cut, and what is none is refused."""

from __future__ import annotations

import os
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.trace.inside import frames

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FRAMES = st.dictionaries(st.text(max_size=5), VALUES, max_size=4)


class TestDecoded:
    """A frame and where the next begins; None while it is not all there."""

    @given(st.lists(FRAMES, max_size=4))
    def test_frames_come_back_in_order(self, sent: list[dict[str, Any]]) -> None:
        data, place, found = b"".join(map(frames.encoded, sent)), 0, []
        while (decoded := frames.decoded(data, place)) is not None:
            frame, place = decoded
            found.append(frame)
        assert found == sent
        assert place == len(data)

    @given(FRAMES, st.data())
    def test_a_part_of_a_frame_is_none_yet(self, frame: dict[str, Any], data: st.DataObject) -> None:
        whole = frames.encoded(frame)
        cut = data.draw(st.integers(0, len(whole) - 1))
        assert frames.decoded(whole[:cut], 0) is None

    @given(st.binary(max_size=60))
    def test_any_bytes_are_a_frame_or_none_yet_or_malformed(self, data: bytes) -> None:
        try:
            decoded = frames.decoded(data, 0)
        except frames.Malformed:
            return
        assert decoded is None or isinstance(decoded[0], dict)

    @pytest.mark.parametrize("body", [b"5", b"[]", b"{", b"\xff", b"[" * 100_000])
    def test_what_is_no_object_is_malformed(self, body: bytes) -> None:
        with pytest.raises(frames.Malformed):
            frames.decoded(struct.pack("!I", len(body)) + body, 0)

    def test_a_length_beyond_all_bounds_is_malformed_at_once(self) -> None:
        with pytest.raises(frames.Malformed, match="bytes"):
            frames.decoded(struct.pack("!I", frames.MAX_FRAME_BYTES + 1), 0)


class TestReadAndWrite:
    """The blocking side, inside the child."""

    def test_what_is_written_is_read_and_then_the_end(self) -> None:
        reader, writer = os.pipe()
        frames.write(writer, {"a": 1})
        frames.write(writer, {"b": [2]})
        os.close(writer)
        assert [frames.read(reader) for _ in range(3)] == [{"a": 1}, {"b": [2]}, None]
        os.close(reader)

    def test_a_frame_cut_by_the_end_is_the_end(self) -> None:
        reader, writer = os.pipe()
        os.write(writer, frames.encoded({"a": 1})[:-1])
        os.close(writer)
        assert frames.read(reader) is None
        os.close(reader)
