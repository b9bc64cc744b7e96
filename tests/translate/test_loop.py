"""Programs that are a recurrence themselves are recognised, and nothing else is."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.formula import CFinite
from aimo_pipeline.translate import CompiledProgram, compile_program
from aimo_pipeline.translate.liveness import carried
from aimo_pipeline.translate.loop import Guard, LoopProgram
from aimo_pipeline.translate.recurrence import iterated


def loop_of(source: str) -> LoopProgram | None:
    program = compile_program(source)
    assert isinstance(program, CompiledProgram), program
    return program.loop


def body(*lines: str) -> str:
    return "def a(n):\n" + "".join(f"    {line}\n" for line in lines)


def python_terms(source: str, first: int, count: int) -> list[int]:
    space: dict = {}
    exec(source, space)
    return [space["a"](n) for n in range(first, first + count)]


NOT_OF_THE_CLASS = {
    "a branch in the loop": body(
        "t = 0", "for i in range(n):", "    if i % 2:", "        t += i", "return t"
    ),
    "a remainder": body("t = 1", "for i in range(n):", "    t = (3 * t) % 7", "return t"),
    "a step": body("t = 0", "for i in range(0, n, 2):", "    t += i", "return t"),
    "a range to n squared": body("t = 0", "for i in range(n * n):", "    t += 1", "return t"),
    "two loops": body(
        "t = 0", "for i in range(n):", "    t += i", "for i in range(n):", "    t += 1", "return t"
    ),
    "a loop in the loop": body(
        "t = 0", "for i in range(n):", "    for j in range(i):", "        t += 1", "return t"
    ),
    "a start that is n": body("t = n", "for i in range(n):", "    t += 1", "return t"),
    "squaring, which obeys no recurrence": body("t = 2", "for i in range(n):", "    t = t * t", "return t"),
    "a name from before a first turn": body("for i in range(n):", "    t = i", "return t"),
    "a list": body("x = [0]", "for i in range(n):", "    x.append(i)", "return sum(x)"),
    "recursion": "def f(k):\n    return 1 if k < 1 else f(k - 1)\n" + body("return f(n)"),
}


class TestTheClass:
    """One loop, straight-line, with +, - and *; what lies outside is compared at first indices only."""

    @pytest.mark.parametrize("name", NOT_OF_THE_CLASS)
    def test_what_lies_outside_is_none(self, name: str) -> None:
        assert loop_of(NOT_OF_THE_CLASS[name]) is None

    def test_guards_and_the_range_are_read(self) -> None:
        source = body(
            "if n == 0:",
            "    return 5",
            "if n < 3:",
            "    return 1",
            "x = 1",
            "for i in range(2, n - 1):",
            "    x *= 2",
            "return x",
        )
        loop = loop_of(source)
        assert loop is not None
        assert loop.guards == (Guard("eq", 0), Guard("lt", 3))
        assert (loop.low, loop.high, loop.coefficients) == (2, -1, (2,))

    def test_the_recurrence_is_the_shortest_from_every_state_on(self) -> None:
        loop = loop_of(body("t = 0", "for i in range(1, n + 1):", "    t += i * i", "return t"))
        assert loop is not None and loop.coefficients == (-1, 4, -6, 4)

    @given(st.lists(st.integers(-3, 3), min_size=6, max_size=6), st.integers(-2, 2), st.integers(0, 2))
    def test_what_python_prints_obeys_the_recurrence(self, entries: list[int], start: int, more: int) -> None:
        p, q, r, s, u, v = (f"({entry})" for entry in entries)
        source = body(
            f"x, y = {start}, 1",
            f"for i in range(n + {more}):",
            f"    x, y = {p} * x + {q} * y + {u} * i, {r} * x + {s} * y",
            f"return x - {v} * y",
        )
        loop = loop_of(source)
        assert loop is not None
        terms = python_terms(source, 0, 14)
        size = len(loop.coefficients)
        assert iterated(CFinite(0, loop.coefficients, tuple(terms[:size])), 14) == terms


class TestLiveness:
    """A loop carries what a later turn, or what follows, may read, and nothing else."""

    @pytest.mark.parametrize(
        ("lines", "names"),
        [
            (("t = 0", "for i in range(n):", "    k = i * i", "    t += k", "return t"), ["t"]),
            (("t = 0", "for i in range(n):", "    t += i", "return t + i"), ["i", "t"]),
            (("t = k = 0", "for i in range(n):", "    t, k = k, i", "return t"), ["k", "t"]),
            (
                ("t = 0", "for i in range(n):", "    if i > 2:", "        k = i", "    t += k", "return t"),
                ["k", "t"],
            ),
            (
                (
                    "t = k = 0",
                    "while t < n:",
                    "    t += 1",
                    "    k = t",
                    "    if k > 5:",
                    "        break",
                    "return k",
                ),
                ["k", "t"],
            ),
            (("t = 0", "for i in range(n):", "    t = i", "return 1"), []),
            (("x = [0]", "for i in range(n):", "    x[0] = i", "return len(x)"), ["x"]),
        ],
    )
    def test_the_carried_names(self, lines: tuple[str, ...], names: list[str]) -> None:
        (function,) = ast.parse(body(*lines)).body
        assert isinstance(function, ast.FunctionDef)
        (loop,) = (stmt for stmt in function.body if isinstance(stmt, ast.For | ast.While))
        assert carried(function, loop) == names
