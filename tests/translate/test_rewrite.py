"""What is written out in simpler constructs gives what it gave, and stays as it is where that is not sure."""

from __future__ import annotations

import ast
import functools
import re
from typing import Any

import pytest

from aimo_pipeline.outcome import Unsupported
from aimo_pipeline.translate import CompiledProgram, compile_program
from aimo_pipeline.translate.rewrite import made_plain
from tests.translate.constructs import TRAPS, WRITTEN_OUT, body

INDICES = range(7)


def values_of(source: str) -> list[int | str]:
    """What Python gives; the name of what it raises."""
    space: dict[str, Any] = {"__name__": "program", "functools": functools}
    exec(compile(source, "program", "exec"), space)
    found: list[int | str] = []
    for n in INDICES:
        try:
            found.append(int(space["a"](n)))
        except Exception:
            found.append("raises")
    return found


def plain(source: str) -> str:
    return ast.unparse(made_plain(ast.parse(source)))


class TestRewriting:
    """What comes out is Python, gives the same values, and raises where the program raises."""

    @pytest.mark.parametrize("source", WRITTEN_OUT.values(), ids=WRITTEN_OUT)
    def test_a_construct_that_is_written_out_gives_the_same(self, source: str) -> None:
        assert values_of(plain(source)) == values_of(source)
        assert "raises" not in values_of(source)

    @pytest.mark.parametrize("source", TRAPS.values(), ids=TRAPS)
    def test_what_cannot_be_written_out_is_left_as_it_is(self, source: str) -> None:
        assert values_of(plain(source)) == values_of(source)

    @pytest.mark.parametrize("source", WRITTEN_OUT.values(), ids=WRITTEN_OUT)
    def test_what_is_written_out_compiles(self, source: str) -> None:
        made = compile_program(source)
        assert isinstance(made, CompiledProgram), made

    @pytest.mark.parametrize(
        ("source", "line"),
        [
            ("T = [1]\ndef a(n):\n    T.append(n)\n    return sum(T)\n", 3),
            ("T = [1]\ndef a(n):\n    x = T\n    return x[0]\n", 3),
            ("T = [[1], [2]]\ndef a(n):\n    return T[0][0]\n", 1),
            ("def f(x, y=[1]):\n    return x\ndef a(n):\n    return f(n)\n", 1),
            ("def f(xs):\n    return xs.pop()\ndef a(n):\n    return f([n])\n", 2),
            ("def a(n):\n    u = [0]\n    def f(k):\n        u[0] = k\n        return k\n    return f(n)", 4),
            ("def a(n):\n    d = {1: 2}\n    for k in d:\n        d[k + n] = 1\n    return len(d)\n", 3),
            ("def a(n):\n    return len(str(sum([], n > 2)))\n", 2),
            ("def a(n):\n    for x in [n]:\n        def f(k):\n            return k\n    return f(n)\n", 3),
        ],
    )
    def test_what_could_change_under_another_name_is_refused_with_its_line(
        self, source: str, line: int
    ) -> None:
        made = compile_program(source)
        assert isinstance(made, Unsupported) and made.line == line, made

    def test_new_names_come_in_the_programs_order(self) -> None:
        made = plain(body("z = {}\nb = {}\nq = {}\nk = {}\nreturn len(z) + len(b) + len(q) + len(k)"))
        assert re.findall(r"table\d", made)[:8] == [f"table{number}" for number in range(8)]


class TestImports:
    """A name means the library's function where it is imported under itself, and nothing else gives it."""

    USES = (
        ("collections", "deque", "q = deque([n])\nreturn q.popleft()"),
        ("collections", "defaultdict", "d = defaultdict(int)\nd[n] += 1\nreturn len(d)"),
        ("collections", "Counter", "c = Counter([n])\nreturn c[n]"),
        ("math", "prod", "return prod([n, 2])"),
    )

    @pytest.mark.parametrize(("module", "name", "use"), USES)
    def test_under_itself_it_is_written_out(self, module: str, name: str, use: str) -> None:
        for line in (f"from {module} import {name}\n", f"from {module} import {name} as {name}\n"):
            assert f"{name}(" not in plain(line + body(use))

    @pytest.mark.parametrize(("module", "name", "use"), USES)
    def test_what_another_import_or_the_program_gives_is_left(self, module: str, name: str, use: str) -> None:
        import_it = f"from {module} import {name}\n"
        for line in (f"from other import {name}\n", f"from {module} import other as {name}\n", ""):
            assert f"{name}(" in plain(line + body(use))
        assert f"{name}(" in plain(import_it + f"def f({name}):\n    return {name}\n" + body(use))

    def test_a_module_under_itself_is_the_module(self) -> None:
        assert "prod(" not in plain("import math as math\n" + body("return math.prod([n, 2])"))
        assert "prod(" in plain("import other as math\n" + body("return math.prod([n, 2])"))
