"""What the compiler refuses, and that no text of the source gets through it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.outcome import Rejected, Unsupported
from aimo_pipeline.translate import CompiledProgram, compile_program
from aimo_pipeline.verify.audit import audit_text
from aimo_pipeline.verify.engine import LeanDocument

# Everything that compiled text may consist of; names of the program appear behind v_, f_, r_, q_, s_ only.
_OURS = re.compile(
    r"def|let|fun|motive|self|fuel|ys|Nat|List|Int|V|rec|ofNat|negSucc|err|bind|test|items|i|l|t"
    r"|(x|y|ih|j|acc|p|m)\d+|_|\d+|[vfrqs]_[A-Za-z0-9_]+"
    r"|add|iadd|sub|mul|imul|floordiv|mod|pow|powmod|neg|abs|gcd|le|lt|eq|not|min|max|len|get|set|append"
    r"|extend|slice|arity|toInt|toList|toTuple|range|enumerate|zip|product|combinations|permutations|sum"
    r"|minOf|maxOf|anyOf|allOf|elem|unshared|copied"
    # Programs on natural numbers.
    r"|n_a|k|n|p|q|v|Bool|succ|div|beq|ble|land|lor|xor|shiftLeft|shiftRight|pick|pickNat|orB|andB|force|go"
    r"|turns|ones|fetch|store|signed|onNatural|factorial|binomial|isqrt"
)
_MARKS = set("()[],.→=>:;@\n ")


def body(*lines: str) -> str:
    return "def a(n):\n" + "".join(f"    {line}\n" for line in lines)


def foreign(text: str) -> set[str]:
    """Words and characters in compiled text that are not ours."""
    words = set(re.findall(r"\w+", text))
    marks = set(re.sub(r"\w+", "", text))
    return {word for word in words if not _OURS.fullmatch(word)} | (marks - _MARKS)


REFUSED = {
    "a dict": (body("d = {}", "return f(d)"), 2),
    "a set": (body("s = {1, 2}", "return sum(x for x in s)"), 2),
    "a float": (body("return n * 0.5"), 2),
    "true division": (body("x = 1", "return n / 2"), 3),
    "a string": (body("return len('abc')"), 2),
    "an f-string": (body("return len(f'{n}')"), 2),
    "a lambda": (body("fs = [lambda x: x]", "return n"), 2),
    "a function in a loop": (body("for i in [n]:", "    def g(x):", "        return x", "return g(n)"), 3),
    "a class in a function": (body("class G:", "    pass", "return n"), 2),
    "global": ("K = 1\n" + body("global K", "return n"), 3),
    "a walrus": (body("return (x := n)"), 2),
    "try": (body("try:", "    return 1", "except ValueError:", "    return 2"), 2),
    "with": (body("with n:", "    return 1"), 2),
    "del": (body("x = 1", "del x", "return n"), 3),
    "yield": (body("yield n"), 2),
    "a changed parameter": ("def f(xs):\n    xs.append(1)\n    return 0\n" + body("return f([n])"), 2),
    "a changed loop variable": (body("for r in [[1]]:", "    r[0] = 2", "return n"), 3),
    "the walked list changes": (body("xs = [1]", "for x in xs:", "    xs.append(x)", "return n"), 3),
    "the enumerated list changes": (
        body("xs = [1]", "for i, x in enumerate(xs):", "    xs[i] = 2", "return n"),
        3,
    ),
    "a walked generator's name changes": (
        body("k = 0", "for y in (x + k for x in range(3)):", "    k += y", "return k"),
        3,
    ),
    "star arguments": ("def f(x, y):\n    return x\n" + body("return f(*[n, 1])"), 4),
    "star parameters": ("def f(*xs):\n    return 1\n" + body("return f(n)"), 1),
    "a list as a default": ("def f(x=[]):\n    return 1\n" + body("return f()"), 1),
    "an unknown keyword": ("def f(x):\n    return x\n" + body("return f(y=n)"), 4),
    "too many arguments": ("def f(x):\n    return x\n" + body("return f(n, n)"), 4),
    "a slice with a step": (body("xs = [1, 2]", "return sum(xs[::2])"), 3),
    "assignment to a slice": (body("xs = [1, 2]", "xs[0:1] = [3]", "return 1"), 3),
    "a chained assignment to an element": (body("xs = [1]", "x = xs[0] = n", "return x"), 3),
    "a match": (body("match n:", "    case _:", "        return 1"), 2),
    "a type without a value": (body("x: int", "return n"), 2),
    "a set comprehension": (body("s = [{x % 3 for x in range(n)}]", "return n"), 2),
    "a dict comprehension": (body("d = {x: 1 for x in range(n)}", "return 1"), 2),
    "None": (body("x = None", "return n"), 2),
    "an import in a function": (body("import math", "return n"), 2),
    "a complex number": (body("x = 1j", "return n"), 2),
    "a dict as a step": (body("t = 0", "for i in range(0, n, {}):", "    t += i", "return t"), 3),
    "is": (body("return n is n"), 2),
    "a stored generator": (body("g = (x for x in range(3))", "return sum(g)"), 2),
    "a stored zip": (body("z = zip([1], [2])", "return n"), 2),
    "a range as a value": (body("return range(2) == [0, 1]"), 2),
    "a zip as a condition": (body("return 1 if zip([], []) else 0"), 2),
    "another function": (body("return hash(n)"), 2),
    "a method": (body("xs = [1]", "return xs.pop()"), 3),
    "an unknown name": (body("return m"), 2),
    "a built-in that is a variable": (body("sum = 1", "return sum([n])"), 3),
    "a bare return": (body("return"), 2),
    "math.pow, which gives floats": ("import math\n" + body("return int(math.pow(n, 40))"), 3),
    "pow from math": ("from math import pow\n" + body("return pow(n, 2)"), 1),
    "another gcd": ("from math import comb as gcd\n" + body("return gcd(n, 2)"), 1),
    "a star import": ("from numpy import *\n" + body("return sum([n])"), 1),
    "another math": ("import numpy as math\n" + body("return n"), 1),
    "another decorator": ("@trace\n" + body("return n"), 1),
    "a function twice": (body("return 1") + body("return 2"), 3),
    "a constant twice": ("FIRST = 1\nFIRST = 1 + 1\n" + body("return FIRST"), 2),
    "a call at the top level": ("TARGET = f(3)\n" + body("return n"), 1),
    "a statement at the top level": ("input(1)\n" + body("return n"), 1),
    "mutual recursion": (
        "def f(x):\n    return g(x)\ndef g(x):\n    return f(x)\n" + body("return f(n)"),
        1,
    ),
    "a name that is not ASCII": ("def é(x):\n    return x\n" + body("return é(n)"), 1),
    "a long name": (body(f"{'x' * 80} = 1", f"return {'x' * 80}"), 2),
    "a table at the top": ("memo = {}\n" + body("return n"), 1),
    "no a(n)": ("def b(n):\n    return n\n", 1),
    "an a of two parameters": ("def a(n, m):\n    return n\n", 1),
    "no Python": ("def a(n:\n    return n\n", 1),
    "a NUL": ("def a(n):\n    return n\0\n", 1),
    "too deep": (body("return " + "-" * 5000 + "n"), 1),
    "too long": (body("return n") + "#" * 30_000, 1),
    "a number too long to print": (body("return " + hex(10**5000)), 2),
}


class TestRefusals:
    """What lies outside the subset is Unsupported, with its line (the first where all of it is to blame)."""

    @pytest.mark.parametrize("name", REFUSED)
    def test_it_is_refused_at_its_line(self, name: str) -> None:
        source, line = REFUSED[name]
        refused = compile_program(source)
        assert isinstance(refused, Unsupported) and refused.reason
        assert refused.line == line

    @pytest.mark.parametrize(
        ("name", "advice"),
        [
            ("a dict", "functools.cache"),
            ("a set", "use a list"),
            ("a float", "use integers"),
            ("true division", "use //"),
            ("a string", "// and %"),
            ("a lambda", "define a function"),
            ("global", "return the new one"),
            ("try", "with `if`"),
            ("a long name", "give it another"),
            ("too deep", "use assignments"),
        ],
    )
    def test_it_says_what_to_write_instead(self, name: str, advice: str) -> None:
        refused = compile_program(REFUSED[name][0])
        assert isinstance(refused, Unsupported) and advice in refused.reason

    def test_what_a_does_not_call_may_be_outside(self) -> None:
        assert isinstance(compile_program(body("return n") + "def b(n):\n    return {}\n"), CompiledProgram)


HOSTILE = "theorem x : False := sorry /- axiom #eval « end"


class TestForeignText:
    """Compiled text is made of our own words; the source gives it plain names and integers only."""

    @pytest.mark.parametrize(
        "source",
        [
            f'"""{HOSTILE}"""\n' + body("return n"),
            f"# {HOSTILE}\n" + body(f"'{HOSTILE}'", "return n"),
            body("axiom = n", "sorry = axiom + 1", "return sorry"),
            body("theorem = [n]", "V = theorem[0]", "err = V", "fuel = err", "return fuel"),
            "def sorry(end):\n    return end\n" + body("return sorry(n)"),
            "def rec(fun):\n    return 0 if fun < 1 else rec(fun - 1)\n" + body("return rec(n)"),
            "native_decide = 7\n" + body("return native_decide"),
            "FLAG = True\n" + body("return n if FLAG else 0"),
            body("ﬁ = n", "return fi"),
        ],
    )
    def test_nothing_of_it_reaches_lean(self, source: str) -> None:
        program = compile_program(source)
        assert isinstance(program, CompiledProgram)
        assert foreign(program.definitions) == set()
        assert not isinstance(audit_text(LeanDocument((), program.definitions, ())), Rejected)

    @pytest.mark.parametrize("name", ["аxiom", "n·m", "ｅｎｄ１é", "x" + "\u0301"])
    def test_names_that_look_alike_are_refused(self, name: str) -> None:
        assert isinstance(compile_program(body(f"{name} = n", f"return {name}")), Unsupported)

    @given(st.text(max_size=60))
    def test_any_comment_and_any_string_leave_no_trace(self, text: str) -> None:
        comment = "".join(c for c in text if c.isprintable())
        plain = compile_program(body("x = n", "return x + 1"))
        dressed = compile_program(body(repr(text), f"x = n  # {comment}", "return x + 1"))
        assert isinstance(dressed, Unsupported) or dressed == plain

    @given(st.text(max_size=200))
    def test_any_text_compiles_or_is_refused(self, text: str) -> None:
        made = compile_program(text)
        assert isinstance(made, Unsupported) or foreign(made.definitions) == set()
