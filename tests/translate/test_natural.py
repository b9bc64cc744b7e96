"""Which trace programs become terms about natural numbers, and what keeps the others from it."""

from __future__ import annotations

import pytest

from aimo_pipeline.translate import CompiledProgram, compile_program


def form(source: str) -> bool:
    """Whether the program is on natural numbers; it compiles in any case."""
    program = compile_program(source)
    assert isinstance(program, CompiledProgram), program
    return program.natural


def body(*lines: str) -> str:
    return "def a(n):\n" + "".join(f"    {line}\n" for line in lines)


QUICK = {
    "numbers that may be negative": body("c = 0", "for x in range(-n, n):", "    c -= x % 3", "return c"),
    "a list that is changed": body("d = [0] * 9", "for i in range(n):", "    d[i % 9] += i", "return sum(d)"),
    "a list that moves": body(
        "d = [1]", "for i in range(n):", "    e = [i]", "    e.append(d[0])", "    d = e", "return d[-1]"
    ),
    "a while loop": body("while n > 9:", "    n //= 2", "return n"),
    "a cached recursion": "from functools import cache\n@cache\ndef f(k):\n"
    "    return 1 if k < 2 else f(k - 1) + f(k - 2)\n" + body("return f(n)"),
    "a tuple that a function returns": "def f(k):\n    return k, -k\n" + body("x, y = f(n)", "return x * y"),
    "bits": body("c = 0", "for m in range(2 ** n):", "    c += m >> 1 & 1", "return c"),
}
GENERAL = {
    "a list of lists": body("g = [[n]]", "g[0][0] += 1", "return g[0][0]"),
    "a list with two names": body("x = [n]", "y = x", "y.append(1)", "return len(x)"),
    "a list given to the caller again": "def f(v):\n    return v\n"
    + body("x = [n]", "return len(f(x)) + x[0]"),
    "a parameter that is changed": "def f(v):\n    w = list(v)\n    w.append(1)\n    return [w]\n"
    + body("return len(f([n]))"),
    "a variable without a value": body(
        "for i in range(n):", "    t = i", "while n > 99:", "    n -= 1", "return t"
    ),
    "a variable without a value beside a comprehension with its name": body(
        "for i in range(n):", "    x = i", "while n > 99:", "    n -= 1", "return sum([x for x in [1]]) + x"
    ),
    "a list in a number's place": body("x = [n]", "x = n", "while x > 9:", "    x -= 1", "return x"),
}


class TestForms:
    """Numbers, lists of numbers with one name each, and tuples of them are natural; the rest is general."""

    @pytest.mark.parametrize("name", QUICK)
    def test_numbers_and_lists_of_numbers_are_natural(self, name: str) -> None:
        assert form(QUICK[name])

    @pytest.mark.parametrize("name", GENERAL)
    def test_other_values_and_shared_lists_keep_the_general_form(self, name: str) -> None:
        assert not form(GENERAL[name])

    def test_the_text_does_not_double_with_every_operation(self) -> None:
        sizes = []
        for count in (4, 8):
            steps = ["x = x // -3 - (x - 5) ** 3 % 7"] * count
            made = compile_program(body("x = n", "while n > 99:", "    n -= 1", *steps, "return x"))
            assert isinstance(made, CompiledProgram) and made.natural
            sizes.append(len(made.definitions))
        assert sizes[1] < 2.5 * sizes[0]
