"""Lines of JSON in and out."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import FakeClock
from aimo_pipeline.mine.jsonl import encode, mine_lines
from aimo_pipeline.mine.lines import BadLine, GridLine, SequenceLine, parse

FIBONACCI = [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610]
PASCAL = [[1] * 7, [1, 2, 3, 4, 5, 6, 7], [1, 3, 6, 10, 15, 21, 28], [1, 4, 10, 20, 35, 56, 84]]
PASCAL += [[1, 5, 15, 35, 70, 126, 210], [1, 6, 21, 56, 126, 252, 462], [1, 7, 28, 84, 210, 462, 924]]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def answers(*lines: str | bytes | dict[str, Any]) -> list[Any]:
    raw = [line.encode() if isinstance(line, str) else line for line in map(_text, lines)]
    return [json.loads(line) for line in mine_lines(raw, config=MineConfig(), clock=FakeClock())]


def _text(line: str | bytes | dict[str, Any]) -> str | bytes:
    return json.dumps(line) if isinstance(line, dict) else line


class TestMineLines:
    """Each line that is not blank is answered by one line, in order."""

    def test_a_rule_and_its_values(self) -> None:
        (answer,) = answers({"id": "f", "terms": FIBONACCI, "predict": [3, 10**18], "mod": 1000})
        assert (answer["id"], answer["outcome"], answer["family"]) == ("f", "found", "c-finite")
        assert answer["predicted"] == [2, 875]
        assert answer["rule"] == "a(n+2) = a(n+1) + a(n); from n = 0: 0, 1"
        assert (answer["spare"], answer["ms"]) == (12, 0.0) and answer["bits"] > 30

    def test_a_bad_line_stops_nothing(self) -> None:
        first, second, third = answers(
            "nonsense", "", {"id": 7, "terms": ["x"]}, {"id": 8, "terms": FIBONACCI}
        )
        assert (first["id"], first["line"], first["outcome"]) == (None, 1, "error")
        assert (second["id"], second["line"], second["outcome"]) == (7, 3, "error")
        assert (third["id"], third["outcome"], third["predicted"]) == (8, "found", [])

    def test_no_rule_means_null(self) -> None:
        (answer,) = answers({"id": 1, "terms": [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37], "predict": [50]})
        assert answer["outcome"] == "nothing_fits" and "polynomial: " in answer["reason"]
        assert [answer[key] for key in ("family", "rule", "spare", "bits", "predicted")] == [None] * 5

    def test_half_a_prediction_is_told_but_not_as_one(self) -> None:
        (answer,) = answers({"id": 1, "terms": FIBONACCI, "predict": [20, 10**18, 21]})
        assert (answer["outcome"], answer["predicted"]) == ("found", None)
        assert answer["partial"] == [6765, None, 10946]
        assert answer["reason"].startswith("position 1000000000000000000: ")

    def test_if_no_value_can_be_had_the_whole_is_null(self) -> None:
        (answer,) = answers({"id": 1, "terms": FIBONACCI, "predict": [10**18]})
        assert answer["outcome"] == "found" and answer["predicted"] is None
        assert answer["reason"].startswith("position 1000000000000000000: ")

    def test_integers_beyond_pythons_limit_for_decimals(self) -> None:
        digits = sys.get_int_max_str_digits() + 1_000
        terms = [7 * 10**digits * 3**n for n in range(16)]
        line = encode({"id": 1, "terms": list(terms), "predict": [16]}).encode()
        (answer,) = mine_lines([line], config=MineConfig(), clock=FakeClock())
        assert f'"predicted": [{encode(7 * 10**digits * 3**16)}]' in answer
        assert sys.get_int_max_str_digits() + 1_000 == digits

    def test_a_wrong_term_is_named(self) -> None:
        squares = [n * n + (n == 12) for n in range(40)]
        (answer,) = answers({"id": 1, "terms": squares, "predict": [50]})
        assert (answer["outcome"], answer["index"], answer["expected"]) == ("outlier_suspected", 12, 144)
        assert answer["predicted"] is None

    @pytest.mark.parametrize(("terms", "outcome"), [([5] * 20, "constant"), ([1, 2], "too_few_terms")])
    def test_more_terms_are_wanted(self, terms: list[int], outcome: str) -> None:
        (answer,) = answers({"id": 1, "terms": terms})
        assert answer["outcome"] == outcome and answer["wants"][0] == len(terms)

    def test_an_offset_is_tried_where_none_is_given(self) -> None:
        divisors = [sum(n % d == 0 for d in range(1, n + 1)) for n in range(1, 60)]
        known, unknown = answers(
            {"id": 1, "terms": divisors, "offset": 1, "predict": [719]},
            {"id": 2, "terms": divisors, "predict": [719]},
        )
        assert known["predicted"] == unknown["predicted"] == [30]
        assert unknown["first_index"] == 1

    def test_terms_below_the_modulus_may_be_residues(self) -> None:
        powers = [pow(3, n, 1009) for n in range(30)]
        (answer,) = answers({"id": 1, "terms": powers, "predict": [10**12], "mod": 1009})
        assert answer["predicted"] == [pow(3, 10**12, 1009)]

    def test_a_grid(self) -> None:
        (answer,) = answers({"id": "p", "terms": PASCAL, "predict": [[0, 0], [10, 10]]})
        assert answer["outcome"] == "found" and answer["predicted"] == [1, 184_756]

    def test_keys_that_mean_nothing_are_named(self) -> None:
        (answer,) = answers({"id": 1, "terms": FIBONACCI, "predicts": [20]})
        assert answer["outcome"] == "found" and answer["ignored"] == ["predicts"]

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.binary() | st.text().map(str.encode) | JSON.map(lambda value: json.dumps(value).encode()))
    )
    def test_no_line_stops_it(self, lines: list[bytes]) -> None:
        written = list(mine_lines(lines, config=MineConfig(), clock=FakeClock()))
        assert len(written) == sum(bool(line.strip()) for line in lines)
        assert all("\n" not in line and isinstance(json.loads(line), dict) for line in written)


class TestParse:
    """What is not a question is refused with a reason, and with its id where it has one."""

    @pytest.mark.parametrize(
        "line",
        [
            b"{",
            b"[1, 2]",
            b"3",
            b"\xff\xfe{}",
            b"[" * 100_000,
            b'{"id": 1}',
            b'{"terms": null}',
            b'{"terms": [1, true]}',
            b'{"terms": [1, 2.0]}',
            b'{"terms": [1, NaN]}',
            b'{"id": NaN, "terms": [1]}',
            b'{"id": -Infinity, "terms": [1]}',
            b'{"terms": [[]]}',
            b'{"terms": [[1, 2], [3]]}',
            b'{"terms": [[1, 2], 3]}',
            b'{"terms": [[1], ["x"]]}',
            b'{"terms": [1], "offset": 1.0}',
            b'{"terms": [1], "offset": true}',
            b'{"terms": [1], "predict": 5}',
            b'{"terms": [1], "predict": [-1]}',
            b'{"terms": [1], "predict": [[0, 1]]}',
            b'{"terms": [[1]], "predict": [1]}',
            b'{"terms": [[1]], "predict": [[1, 2, 3]]}',
            b'{"terms": [[1]], "predict": [[1, -2]]}',
            b'{"terms": [1], "mod": 0}',
            b'{"terms": [1], "mod": "7"}',
        ],
    )
    def test_it_refuses(self, line: bytes) -> None:
        assert isinstance(parse(line), BadLine)

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            (b"\xff{}", "not UTF-8: byte 0 of the line is 0xff"),
            (b'{"id": NaN, "terms": [1]}', "no JSON: NaN is no number"),
            (b'{"id": 1}', '"terms" is missing'),
            (b'{"terms": "5"}', 'not "5"'),
            (b'{"terms": [1, 2, 1.0]}', "position 2 is 1.0"),
            (b'{"terms": [1, true]}', "position 1 is true"),
            (b'{"terms": [1, "5"]}', 'position 1 is "5"'),
            (b'{"terms": [[1, 2], [3, null]]}', "in row 1 position 1 is null"),
            (b'{"terms": [[1, 2], [3]]}', "row 1 has 1 cells"),
            (b'{"terms": [[]]}', "row 0 has 0 cells"),
            (b'{"terms": [[1], 2]}', "row 1 is 2"),
            (b'{"terms": [1], "predict": [3, -1]}', "position 1 is -1"),
            (b'{"terms": [1], "mod": 1.5}', "not 1.5"),
        ],
    )
    def test_it_says_what_is_wrong_and_where(self, line: bytes, words: str) -> None:
        refused = parse(line)
        assert isinstance(refused, BadLine) and words in refused.error

    def test_keys_that_mean_nothing_are_named_beside_an_error(self) -> None:
        (answer,) = answers({"ID": 3, "Terms": FIBONACCI})
        assert (answer["error"], answer["ignored"]) == ('"terms" is missing', ["ID", "Terms"])

    def test_a_mark_of_byte_order_is_passed_over(self) -> None:
        assert isinstance(parse(b'\xef\xbb\xbf{"terms": [1]}'), SequenceLine)

    def test_the_id_is_kept_whatever_it_is(self) -> None:
        refused = parse(b'{"id": {"a": [1]}, "terms": 1}')
        assert isinstance(refused, BadLine) and refused.id == {"a": [1]}

    def test_sequences_and_grids_are_told_apart(self) -> None:
        assert isinstance(parse(b'{"terms": []}'), SequenceLine)
        assert isinstance(parse(b'{"terms": [[1]]}'), GridLine)


class TestEncode:
    """JSON as json.dumps writes it, but for integers of any length."""

    @given(JSON)
    def test_it_is_what_the_standard_library_writes(self, value: Any) -> None:
        assert encode(value) == json.dumps(value)

    def test_a_long_integer(self) -> None:
        assert encode(-(10**100_000)) == "-1" + "0" * 100_000
