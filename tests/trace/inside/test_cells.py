"""Running a piece of Python and describing how it ended, without any sandbox around it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aimo_pipeline.trace.inside.cells import Program

Ran = Callable[..., dict[str, Any]]


@pytest.fixture
def ran() -> Iterator[Ran]:
    """Runs cells one after another in one program; the result of the last."""
    program = Program("program_under_test")

    def run(*cells: str) -> dict[str, Any]:
        for number, cell in enumerate(cells, 1):
            found = program.run(cell, f"<cell {number}>")
        return found

    yield run
    del sys.modules["program_under_test"]


class TestValue:
    """The text of a last expression, as a notebook shows it."""

    @pytest.mark.parametrize(
        ("code", "value"),
        [
            ("6 * 7", "42"),
            ("x = 1", None),
            ("None", None),
            ("x = 1\nx + 1", "2"),
            ("'a'", "'a'"),
            ("if True:\n    5", None),
            ("", None),
            ("# nothing", None),
            ("raise SystemExit", None),
            ("import sys; sys.exit(0)", None),
        ],
    )
    def test_it_is_the_last_expressions(self, ran: Ran, code: str, value: str | None) -> None:
        assert ran(code) == {"value": value}

    def test_a_long_one_is_shortened_in_the_middle(self, ran: Ran) -> None:
        value = ran("'a' * 10**6")["value"]
        assert len(value) < 21_000
        assert value.startswith("'aaa") and "left out" in value and value.endswith("aaa'")

    def test_names_last_from_cell_to_cell(self, ran: Ran) -> None:
        assert ran("def f(n): return n + 1", "y = f(1)", "y") == {"value": "2"}

    def test_a_dataclass_finds_its_module(self, ran: Ran) -> None:
        code = "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: 'int'\nP(1)"
        assert ran(code) == {"value": "P(x=1)"}

    def test_threads_are_waited_for(self, ran: Ran) -> None:
        code = (
            "import threading, time\nseen = []\n"
            "threading.Thread(target=lambda: (time.sleep(0.05), seen.append(1))).start()"
        )
        assert ran(code, "seen") == {"value": "[1]"}


class TestError:
    """Kind, message, line and a traceback of the program's own lines."""

    @pytest.mark.parametrize(
        ("code", "kind", "line"),
        [
            ("x = 1\n1 / 0", "ZeroDivisionError", 2),
            ("def f():\n    return g\n\nf()", "NameError", 2),
            ("x = (", "SyntaxError", 1),
            ("  x = 1", "IndentationError", 1),
            ("import json\njson.loads('x')", "JSONDecodeError", 2),
            ("raise KeyboardInterrupt", "KeyboardInterrupt", 1),
            ("import sys\nsys.exit(3)", "SystemExit", 2),
            ("class E(Exception):\n    def __str__(self): return 1 / 0\nraise E", "E", 3),
            ("class C:\n    def __repr__(self): return 1 / 0\nC()", "ZeroDivisionError", 2),
        ],
    )
    def test_kind_and_line_are_named(self, ran: Ran, code: str, kind: str, line: int | None) -> None:
        error = ran(code)["error"]
        assert (error["kind"], error["line"]) == (kind, line)

    def test_the_traceback_holds_no_line_of_a_library_or_of_ours(self, ran: Ran) -> None:
        trace = ran("import json\nx = '{'\njson.loads(x)")["error"]["traceback"]
        assert 'File "<cell 1>", line 3, in <module>\n    json.loads(x)\n' in trace
        assert trace.count("File") == 1
        assert trace.endswith("JSONDecodeError: " + trace.partition("JSONDecodeError: ")[2])

    def test_a_function_of_an_earlier_cell_is_shown_with_its_line(self, ran: Ran) -> None:
        error = ran("def f(n):\n    return 1 / n", "x = 0\nf(x)")["error"]
        assert "return 1 / n" in error["traceback"] and 'File "<cell 2>", line 2' in error["traceback"]
        assert error["line"] == 2

    def test_a_syntax_error_shows_the_place(self, ran: Ran) -> None:
        error = ran("def a(n)\n    return n")["error"]
        assert (error["message"], error["line"]) == ("expected ':'", 1)
        assert "def a(n)\n" in error["traceback"] and "^" in error["traceback"]

    def test_a_missing_module_is_named_with_what_there_is(self, ran: Ran) -> None:
        message = ran("import no_such_module")["error"]["message"]
        assert "'no_such_module'" in message and "numpy, sympy, mpmath and networkx" in message

    def test_a_deep_recursion_gives_a_short_traceback(self, ran: Ran) -> None:
        error = ran("def f(n): return f(n + 1)\nf(0)")["error"]
        assert error["kind"] == "RecursionError"
        assert len(error["traceback"]) < 1_000
        assert "Previous line repeated" in error["traceback"]
