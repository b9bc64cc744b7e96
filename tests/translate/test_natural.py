"""Which trace programs become terms about natural numbers, and what keeps the others from it."""

from __future__ import annotations

from typing import Any

import pytest

from aimo_pipeline.outcome import Proved, Unsupported
from aimo_pipeline.translate import CompiledProgram, compile_program
from tests.translate.claims import Claim
from tests.translate.conftest import Kernel


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
    "a list that an assignment changes and names anew": body("x = [n, 2]", "x[0], y = 7, x", "return y[0]"),
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
    "a tuple as long as a list": body("x = [1, n]", "return 1 if tuple(x) == x else 0"),
    "a comprehension that reads its own variable too early": body(
        "y = [n]", "return sum([1 for x in [1, 2] for y in y])"
    ),
    "a list in a number's place": body("x = [n]", "x = n", "while x > 9:", "    x -= 1", "return x"),
}


# What these programs give, to the letter; where Python raises, None.
EXACT = {
    "an element too large to be told from a negative one": body(
        "x = [2**255 + n]", "x.append(-1)", "return x[0]"
    ),
    "equal lists of other shapes": body(
        "x = [2**255 + n, 7]", "y = [n - 2**255, 8]", "return 1 if x == y else 0"
    ),
    "a sum of lists of other shapes": body("x = [2**255 + n, 7] + [-1]", "return x[1]"),
    "an element changed by a target inside a target": body(
        "y = [1, 2]", "if n >= 0:", "    k, (y[1], m) = 0, (5, 0)", "return y[1]"
    ),
    "a list made whole before any() looks": body("return 1 if any([1 // x for x in [1, 0]]) else 0"),
    "an a(n) that calls itself": body("if n < 2:", "    return n", "return a(n - 1) - 3 * a(n - 2)"),
    "a list backwards": body("x = [n, -2, 5]", "return x[::-1][0] * 9 + sum(x[::-1])"),
    "pairs that are counted from a start": body(
        "return sum([i * v for i, v in enumerate([n, 7], n - 3)])",
    ),
    "an else that a break passes over": body(
        "t = 0",
        "for i in range(3):",
        "    if i == n:",
        "        break",
        "else:",
        "    t = 5",
        "while t < n:",
        "    t += 1",
        "else:",
        "    t += 10",
        "return t",
    ),
    "a list made whole before all() looks": body("return 1 if all([n // x - n for x in [1, 0]]) else 0"),
}
REFUSED = {
    "a walk through a list that is changed under another name": body(
        "x = [1]",
        "for v in x:",
        "    if n > 0:",
        "        z = x",
        "        x = [0]",
        "        z.append(v)",
        "return n",
    ),
    "a comprehension's variable read outside it": body(
        "s = 0", "for i in range(n):", "    s += sum([x for x in [1]])", "return s + x"
    ),
    "a walk through one of two lists, which it changes": body(
        "x = [1, 2]",
        "y = [0]",
        "for v in (x if n >= 0 else y):",
        "    x.append(v)",
        "    break",
        "return len(x)",
    ),
    "a walk through a list changed by a target inside a target": body(
        "y = [1, 2]", "for v in y:", "    k, (y[1], m) = 0, (5, 0)", "return y[1]"
    ),
    "an enumeration backwards": body("return sum([i * v for i, v in reversed(enumerate([1, n]))])"),
}


def python(source: str, n: int) -> int | None:
    names: dict[str, Any] = {}
    exec(source, names)
    try:
        return int(names["a"](n))
    except Exception:
        return None


class TestTraps:
    """Where a careless translation goes wrong, Lean gives Python's value or none, never another."""

    def test_the_kernel_never_gives_another_value(self, kernel: Kernel) -> None:
        claims = []
        for source in EXACT.values():
            program = compile_program(source)
            assert isinstance(program, CompiledProgram) and program.natural
            value = python(source, 1)
            # Where Python raises, the program must give nothing: then this false value is not refuted.
            claims.append(Claim(program, (-77,) if value is None else (value,), 1, or_nothing=True))
        assert all(isinstance(verdict, Proved) for verdict in kernel(claims))

    @pytest.mark.parametrize("name", REFUSED)
    def test_others_are_refused_with_their_line(self, name: str) -> None:
        refusal = compile_program(REFUSED[name])
        assert isinstance(refusal, Unsupported) and refusal.line is not None


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


CACHES = (
    "cache",
    "functools.cache",
    "lru_cache",
    "lru_cache()",
    "lru_cache(None)",
    "lru_cache(maxsize=None)",
)
CACHES += ("functools.lru_cache(maxsize=10**6)", "lru_cache(128)")


class TestCaches:
    """A cache changes no value, so a function under one is the function; a(n) may be under one itself."""

    @pytest.mark.parametrize("cache", CACHES)
    def test_a_recursion_under_any_cache_is_quick(self, cache: str) -> None:
        head = f"import functools\nfrom functools import cache, lru_cache\n@{cache}\n"
        assert form(
            f"{head}def f(k):\n    return k if k < 2 else f(k - 1) + f(k - 2)\n" + body("return f(n)")
        )
        assert form(head + body("if n < 2:", "    return n", "return a(n - 1) + a(n - 2)"))

    def test_a_dict_of_results_is_refused_with_what_to_use_instead(self) -> None:
        refused = compile_program("memo = {}\n" + body("return n"))
        assert isinstance(refused, Unsupported)
        assert refused.line == 1 and "functools.cache" in refused.reason
