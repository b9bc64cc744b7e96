"""Lines of JSON in and out."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from aimo_pipeline.__main__ import app
from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import FakeClock
from aimo_pipeline.mine.jsonl import bounded_lines, encode, mine_lines
from aimo_pipeline.mine.lines import BadLine, GridLine, SequenceLine, parse

FIBONACCI = [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610]
PASCAL = [[1] * 7, [1, 2, 3, 4, 5, 6, 7], [1, 3, 6, 10, 15, 21, 28], [1, 4, 10, 20, 35, 56, 84]]
PASCAL += [[1, 5, 15, 35, 70, 126, 210], [1, 6, 21, 56, 126, 252, 462], [1, 7, 28, 84, 210, 462, 924]]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)

MOST = MineConfig().max_line_bytes


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

    def test_numbers_of_any_length_are_no_fault_wherever_they_stand(self) -> None:
        huge = 10**5_000
        squares = [n * n for n in range(20)]
        questions = [
            {"id": 0, "terms": squares, "predict": [huge], "mod": 7},
            {"id": 1, "terms": squares, "predict": [30], "offset": -huge},
            {
                "id": 2,
                "terms": [[i * j for j in range(8)] for i in range(8)],
                "predict": [[huge, 1]],
                "mod": 7,
            },
            {"id": 3, "terms": FIBONACCI, "predict": [20], "mod": huge},
            {"id": 4, "terms": [huge + n % 3 + (n == 9) for n in range(60)], "offset": huge},
        ]
        lines = [encode(question).encode() for question in questions]
        written = [
            json.loads(line, parse_int=str)
            for line in mine_lines(lines, config=MineConfig(), clock=FakeClock())
        ]
        assert [one["outcome"] for one in written] == ["found"] * 4 + ["outlier_suspected"]
        assert "(5001 digits): index has more than" in written[0]["reason"]
        assert written[1]["predicted"] == ["900"] and written[3]["predicted"] == ["6765"]

    def test_a_fault_of_ours_is_an_error_for_its_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as patched:
            patched.setattr("aimo_pipeline.mine.jsonl.find_grid", broken)
            first, second = answers({"id": "g", "terms": PASCAL}, {"id": "s", "terms": FIBONACCI})
        assert (first["id"], first["error"]) == (
            "g",
            "a fault of the miner, not of the line (ZeroDivisionError)",
        )
        assert second["outcome"] == "found"

    def test_values_that_there_is_no_time_for_are_missing_not_late(self) -> None:
        config = MineConfig(foretell_s=0.0)
        line = json.dumps({"terms": FIBONACCI, "predict": [20, 10**18], "mod": 7}).encode()
        (answer,) = map(json.loads, mine_lines([line], config=config, clock=FakeClock()))
        assert (answer["predicted"], answer["reason"]) == (None, "position 20: no time left for it")

    def test_too_many_terms_are_refused_as_such(self) -> None:
        (answer,) = answers({"id": 1, "terms": list(range(10_001)), "predict": [10_001]})
        assert (answer["outcome"], answer["predicted"]) == ("bad_terms", None)

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
        assert isinstance(parse(line, MOST), BadLine)

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
        refused = parse(line, MOST)
        assert isinstance(refused, BadLine) and words in refused.error

    def test_keys_that_mean_nothing_are_named_beside_an_error(self) -> None:
        (answer,) = answers({"ID": 3, "Terms": FIBONACCI})
        assert (answer["error"], answer["ignored"]) == ('"terms" is missing', ["ID", "Terms"])

    def test_a_mark_of_byte_order_is_passed_over(self) -> None:
        assert isinstance(parse(b'\xef\xbb\xbf{"terms": [1]}', MOST), SequenceLine)

    def test_the_id_is_kept_whatever_it_is(self) -> None:
        refused = parse(b'{"id": {"a": [1]}, "terms": 1}', MOST)
        assert isinstance(refused, BadLine) and refused.id == {"a": [1]}

    def test_sequences_and_grids_are_told_apart(self) -> None:
        assert isinstance(parse(b'{"terms": []}', MOST), SequenceLine)
        assert isinstance(parse(b'{"terms": [[1]]}', MOST), GridLine)

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            (b'{"terms": [1], "terms": [2]}', 'the key "terms" comes twice'),
            (b'{"terms": [1], "predict": {}}', "not an object"),
            (b'{"terms": [1], "predict": ""}', 'not ""'),
            (b'{"terms": [1], "predict": [true]}', "position 0 is true"),
            (b'{"terms": [1], "predict": [1e2]}', "position 0 is 100.0"),
            (b'{"terms": [1], "mod": -7}', "not -7"),
            (b'{"terms": [1], "mod": true}', "not true"),
            (b'{"terms": ["1/2", "1/3"]}', 'position 0 is "1/2"'),
            (b'{"terms": [[[1]]]}', "in row 0 position 0 is a list"),
            (b'{"terms": [1e999]}', "1e999 is no number that can be written again"),
            (b'{"terms": [1,]}', "at character 13"),
            (b'{"terms": [1]} {"terms": [2]}', "Extra data"),
            (b"[" * 5_000, "nested too deeply"),
        ],
    )
    def test_what_is_unfriendly_is_refused_for_its_own_reason(self, line: bytes, words: str) -> None:
        refused = parse(line, MOST)
        assert isinstance(refused, BadLine) and words in refused.error

    @pytest.mark.parametrize(
        ("line", "name"),
        [
            (b'{"id": "x\\"y", "terms": [NaN]}', 'x"y'),
            (b'{"terms": [1, "\xff"], "id": 12}', 12),
            (b'{"id": null, "terms": [1', None),
            (b'{"id": 1.5, "terms": [1', None),
            (b'{"id": "\\q", "terms": [1', None),
            (b'{"id" : "cut"' + b" " * 90, "cut"),
        ],
    )
    def test_a_line_that_is_no_json_is_told_by_its_id_where_one_can_be_seen(
        self, line: bytes, name: object
    ) -> None:
        refused = parse(line, 100)
        assert isinstance(refused, BadLine) and refused.id == name


class TestBoundedLines:
    """A line takes no more memory than is allowed, however long it is; the next one is read whole."""

    @given(st.lists(st.binary(max_size=40).map(lambda part: part.replace(b"\n", b"")), max_size=8))
    def test_each_line_is_there_cut_off_past_the_limit(self, parts: list[bytes]) -> None:
        lines = list(bounded_lines(io.BytesIO(b"\n".join(parts)), 10))
        expected = b"\n".join(parts).split(b"\n")
        expected = expected[:-1] if not expected[-1] else expected
        assert [line.removesuffix(b"\n") for line in lines] == [line[:11] for line in expected]

    def test_a_long_line_is_an_error_for_its_id_and_the_next_is_answered(self) -> None:
        long = b'{"id": "long", "terms": [' + b"1," * 500 + b'1]}\n{"id": 2, "terms": []}'
        config = MineConfig(max_line_bytes=200)
        lines = bounded_lines(io.BytesIO(long), config.max_line_bytes)
        first, second = map(json.loads, mine_lines(lines, config=config, clock=FakeClock()))
        assert (first["id"], first["error"]) == ("long", "the line is longer than 200 bytes")
        assert (second["id"], second["outcome"]) == (2, "too_few_terms")


class TestCommand:
    """The command answers line by line; an interrupt ends it with what was answered."""

    def test_an_interrupt_leaves_the_answers_so_far(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(stream: object, most: int) -> Iterator[bytes]:
            yield b'{"id": "first", "terms": []}'
            raise KeyboardInterrupt

        monkeypatch.setattr("aimo_pipeline.mine.jsonl.bounded_lines", interrupted)
        result = CliRunner().invoke(app, ["mine"])
        assert result.exit_code == 130
        (line,) = result.stdout.splitlines()
        assert json.loads(line)["id"] == "first"

    def test_help_shows_a_line_in_and_a_line_out(self) -> None:
        shown = CliRunner().invoke(app, ["mine", "--help"]).stdout
        assert '"predict": [100], "mod": 1000' in shown and '"predicted": [75]' in shown


class TestEncode:
    """JSON as json.dumps writes it, but for integers of any length."""

    @given(JSON)
    def test_it_is_what_the_standard_library_writes(self, value: Any) -> None:
        assert encode(value) == json.dumps(value)

    def test_a_long_integer(self) -> None:
        assert encode(-(10**100_000)) == "-1" + "0" * 100_000
