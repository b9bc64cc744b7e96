"""Random programs of the subset, run by Python and by Lean's kernel: the two never differ."""

from __future__ import annotations

import itertools
import math
import random
import sys
from collections import Counter
from types import FrameType
from typing import Any

import pytest

from aimo_pipeline.outcome import Proved, Refuted
from aimo_pipeline.translate import CompiledProgram, compile_program
from tests.translate.conftest import Claim

PROGRAMS = 152
WRONG = 12
TERMS = 4
# Bytecode instructions for all terms of one program; the kernel takes about half a millisecond for each.
MAX_STEPS = 350
MAX_VALUE = 10**40
HELPERS = """import itertools
import math

K = 3


def power_sum(k, x):
    if k <= 0:
        return x
    return power_sum(k - 1, x) + k * x


def rows(k, v):
    return [[v + i] * 2 for i in range(k)]

"""


class Writer:
    """Writes one random program; every integer and list name in scope has a value already."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.ints = ["n"]
        self.fixed: set[str] = {"n"}
        self.lists: list[str] = []
        self.used: Counter[str] = Counter()
        self.names = itertools.count()

    def fresh(self, stem: str) -> str:
        return f"{stem}{next(self.names)}"

    def pick(self, table: dict[str, Any]) -> Any:
        key = self.random.choice(sorted(table))
        self.used[key] += 1
        return table[key]()

    def small(self) -> str:
        return str(self.random.randint(-4, 6))

    def atom(self) -> str:
        return self.random.choice([self.small(), "K", *self.ints, *self.ints])

    def index(self, name: str) -> str:
        return f"({self.expression(0)}) % len({name})" if self.random.random() < 0.6 else "-1"

    def expression(self, depth: int) -> str:
        if depth == 0:
            return self.atom()
        e = lambda: self.expression(depth - 1)  # noqa: E731 - each call draws anew
        name = self.random.choice(self.lists) if self.lists else None
        table: dict[str, Any] = {
            "add": lambda: f"({e()} {self.random.choice('+-')} {e()})",
            "multiply": lambda: f"({e()} * {e()})",
            "floor division": lambda: f"({e()} // {self.random.choice([-3, -2, 2, 3, 5])})",
            "remainder": lambda: f"({e()} % {self.random.choice([-7, -3, 2, 5])})",
            "division by anything": lambda: f"({e()} // {e()} + {e()} % {e()})",
            "power": lambda: f"({e()} % {self.random.choice([-5, 7])}) ** {self.random.randint(0, 3)}",
            "modular power": lambda: (
                f"pow({e()}, {self.random.randint(0, 5)}, {self.random.choice([-5, 7, 1])})"
            ),
            "negation": lambda: f"(-{e()})",
            "abs": lambda: f"abs({e()})",
            "min and max": lambda: f"{self.random.choice(['min', 'max'])}({e()}, {e()})",
            "gcd": lambda: f"math.gcd({e()}, {e()})",
            "comparison": lambda: f"({e()} {self.random.choice(['<', '<=', '==', '!=', '>', '>='])} {e()})",
            "chain": lambda: f"({e()} < {e()} <= {e()})",
            "and": lambda: f"({e()} and {e()})",
            "or": lambda: f"({e()} or {e()})",
            "not": lambda: f"(not {e()})",
            "conditional": lambda: f"({e()} if {e()} else {e()})",
            "member": lambda: f"({e()} in [{e()}, {e()}])",
            "generator sum": lambda: self.generator("sum"),
            "generator any": lambda: self.generator("any"),
            "generator all": lambda: self.generator("all"),
            "recursion": lambda: f"power_sum({self.random.randint(0, 2)}, {e()})",
            "extreme of a list": lambda: f"{self.random.choice(['min', 'max'])}([{e()}, {e()}, {e()}])",
        }
        if name:
            table["element"] = lambda: f"{name}[{self.index(name)}]"
            table["sum and len"] = lambda: f"({self.random.choice(['sum', 'len'])}({name}))"
            table["slice"] = lambda: f"sum({name}[{self.random.randint(-2, 1)}:{self.random.randint(-1, 3)}])"
        return self.pick(table)

    def generator(self, function: str) -> str:
        x = self.fresh("g")
        self.ints.append(x)
        text = f"{function}({self.expression(1)} for {x} in range({self.random.randint(-1, 2)}, 3))"
        if self.random.random() < 0.5:
            text = text[:-1] + f" if {self.expression(1)})"
        self.ints.remove(x)
        return text

    def emit(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def block(self, depth: int, count: int, loop: bool) -> None:
        scope = list(self.ints), list(self.lists)
        for _ in range(count):
            self.statement(depth, loop)
        self.ints, self.lists = scope  # what a branch binds may be unbound after it

    def targets(self) -> list[str]:
        return [name for name in self.ints if name not in self.fixed]

    def statement(self, depth: int, loop: bool) -> None:
        table: dict[str, Any] = {
            "assignment": lambda: self.assign(depth),
            "list": lambda: self.make_list(depth),
            "unpacking": lambda: self.unpack(depth),
        }
        if self.targets():
            table["augmented assignment"] = lambda: self.augment(depth)
        if len(self.targets()) > 1:
            table["swap"] = lambda: self.swap(depth)
        if self.lists:
            table["append"] = lambda: self.emit(
                depth, f"{self.random.choice(self.lists)}.append({self.expression(1)})"
            )
            table["element assignment"] = lambda: self.set_element(depth)
        if depth < 3:
            table["if"] = lambda: self.branch(depth, loop)
            table["for"] = lambda: self.for_range(depth)
            table["while"] = lambda: self.while_loop(depth)
            table["for over a list"] = lambda: self.for_list(depth)
            table["for over tuples"] = lambda: self.for_tuples(depth)
            table["nested lists"] = lambda: self.nested(depth)
        if depth > 1:
            table["return inside"] = lambda: self.leave(depth, "return " + self.expression(1))
        if loop:
            table["break"] = lambda: self.leave(depth, "break")
            table["continue"] = lambda: self.leave(depth, "continue")
        self.pick(table)

    def leave(self, depth: int, word: str) -> None:
        self.emit(depth, f"if {self.expression(1)} > {self.random.randint(2, 9)}:")
        self.emit(depth + 1, word)

    def assign(self, depth: int) -> None:
        value, name = self.expression(2), self.fresh("x")
        if self.targets() and self.random.random() < 0.6:
            name = self.random.choice(self.targets())
        self.emit(depth, f"{name} = {value}")
        self.ints = sorted({*self.ints, name})

    def augment(self, depth: int) -> None:
        sign = self.random.choice(["+=", "-=", "*=", "//= 3 +", "%= 5 +"])
        self.emit(depth, f"{self.random.choice(self.targets())} {sign} {self.expression(1)}")

    def swap(self, depth: int) -> None:
        x, y = self.random.sample(self.targets(), 2)
        self.emit(depth, f"{x}, {y} = {y}, {x} + {y}")

    def unpack(self, depth: int) -> None:
        x, y = self.fresh("x"), self.fresh("x")
        values = f"{self.expression(1)}, {self.expression(1)}"
        self.emit(depth, f"{x}, {y} = {values}" if self.random.random() < 0.7 else f"{x}, {y} = [{values}]")
        self.ints += [x, y]

    def make_list(self, depth: int) -> None:
        e = self.expression
        x, name = self.fresh("c"), self.fresh("xs")
        texts = [f"[{e(1)}, {e(1)}, {e(0)}]", f"[{e(1)}] * {self.random.randint(1, 3)}"]
        self.ints.append(x)
        texts.append(f"[{self.expression(1)} for {x} in range(3)] + [1]")
        texts.append(f"[{self.expression(1)} for {x} in range(4) if {self.expression(1)}] + [0]")
        self.ints.remove(x)
        if self.lists:
            other = self.random.choice(self.lists)
            texts += [f"list({other})", f"{other}[-1:] + [{e(0)}]", f"{other} + [{e(0)}]"]
        self.emit(depth, f"{name} = {self.random.choice(texts)}")
        self.lists.append(name)

    def set_element(self, depth: int) -> None:
        name = self.random.choice(self.lists)
        sign = self.random.choice(["=", "+=", "*="])
        self.emit(depth, f"{name}[{self.index(name)}] {sign} {self.expression(1)}")

    def branch(self, depth: int, loop: bool) -> None:
        self.emit(depth, f"if {self.expression(1)}:")
        self.block(depth + 1, self.random.randint(1, 2), loop)
        if self.random.random() < 0.5:
            self.emit(depth, f"elif {self.expression(1)}:")
            self.block(depth + 1, 1, loop)
        if self.random.random() < 0.6:
            self.emit(depth, "else:")
            self.block(depth + 1, 1, loop)

    def body(self, depth: int, names: list[str]) -> None:
        """The body of a for loop whose variables are `names`; every one is changed by nobody else."""
        self.ints += names
        self.fixed |= set(names)
        self.block(depth, self.random.randint(1, 2), True)
        self.ints = [name for name in self.ints if name not in names]

    def for_range(self, depth: int) -> None:
        i = self.fresh("i")
        ranges = ["range(3)", "range(n)", "range(1, n + 2)", "range(4, -1, -2)", "range(n, -3, -1)"]
        self.emit(depth, f"for {i} in {self.random.choice(ranges)}:")
        self.body(depth + 1, [i])

    def for_list(self, depth: int) -> None:
        i, items = self.fresh("i"), f"[{self.expression(0)}, {self.expression(1)}]"
        self.emit(depth, f"for {i} in {items}:")
        self.body(depth + 1, [i])

    def for_tuples(self, depth: int) -> None:
        i, j = self.fresh("i"), self.fresh("i")
        walks = [
            f"enumerate([{self.expression(1)}, {self.expression(0)}])",
            f"zip(range(n), [{self.expression(0)}, {self.expression(0)}, 1])",
            "itertools.product(range(2), repeat=2)",
            f"itertools.combinations([{self.expression(0)}, 2, n], 2)",
            f"itertools.permutations([{self.expression(0)}, n])",
        ]
        self.emit(depth, f"for {i}, {j} in {self.random.choice(walks)}:")
        self.body(depth + 1, [i, j])

    def while_loop(self, depth: int) -> None:
        w = self.fresh("w")
        self.emit(depth, f"{w} = {self.random.randint(1, 3)}")
        self.emit(depth, f"while {w} > 0 and {self.expression(1)} < 50:")
        self.emit(depth + 1, f"{w} -= 1")
        self.body(depth + 1, [w])

    def nested(self, depth: int) -> None:
        g, x = self.fresh("g"), self.fresh("x")
        makers = [f"[[{self.expression(0)}] * 2 for _ in range(2)]", f"rows(2, {self.expression(0)})"]
        self.emit(depth, f"{g} = {self.random.choice(makers)}")
        self.emit(depth, f"{g}[{self.random.choice([0, 1, -1])}][n % 2] = {self.expression(1)}")
        self.emit(depth, f"{g}[1].append({self.expression(0)})")
        self.emit(depth, f"{x} = sum(v * {self.small()} for row in {g} for v in row[1:]) + {g}[-2][0]")
        self.ints.append(x)

    def program(self) -> str:
        for _ in range(self.random.randint(2, 5)):
            self.statement(1, False)
        # The value depends on everything that is still known at the end.
        parts = [f"{k + 2} * {name}" for k, name in enumerate(self.ints)]
        parts += [f"{k + 3} * sum({name}) + len({name})" for k, name in enumerate(self.lists)]
        self.emit(1, f"return {self.expression(1)} + {' + '.join(parts)}")
        return HELPERS + "\ndef a(n):\n" + "\n".join(self.lines) + "\n"


# What the random programs do not use.
WRITTEN = (
    """from functools import lru_cache

@lru_cache(maxsize=None)
def paths(i, j):
    if i < 0 or j < 0:
        return 0
    return 1 if i == 0 else paths(i - 1, j) - 2 * paths(i - 1, j - 1) + paths(i, j - 1)

def a(n):
    return sum(paths(i, n - i) for i in range(n + 1))
""",
    """import math

def a(n):
    q, r = divmod(n - 7, -3)
    bits = (n << 3 | 5) ^ (n * n & 6) + (77 >> n)
    return bits + math.isqrt(1000 * n + 8) * q - r + math.comb(n + 2, 2) + math.factorial(n) + math.lcm(n, 6)
""",
    """def a(n):
    total = 0
    for i, x in enumerate(reversed([3, -1, n, -n])):
        for y in range(x, -3, -2):
            total = total * 3 + y * i
        if x in (3, n) and total % 4 != 1 or x in range(-2, 1):
            continue
        total -= 5
    return total
""",
)


class TooLong(Exception):
    """The program takes too many steps for the kernel."""


def python_values(source: str, most_steps: int = MAX_STEPS) -> tuple[int, ...] | None:
    """The values for n = 0, 1, ...; None if the program raises, is long, or gives huge integers."""
    steps = 0

    def count(frame: FrameType, event: str, _: object) -> Any:
        nonlocal steps
        frame.f_trace_opcodes = True
        steps += event == "opcode"
        if steps > most_steps:
            raise TooLong
        return count

    space: dict[str, Any] = {"math": math}
    exec(compile(source, "program", "exec"), space)
    before = sys.gettrace()
    sys.settrace(count)
    try:
        values = tuple(int(space["a"](n)) for n in range(TERMS))
    except (TooLong, ArithmeticError, IndexError, ValueError):
        return None
    finally:
        sys.settrace(before)
    return values if all(abs(value) < MAX_VALUE for value in values) else None


def written() -> list[tuple[str, tuple[int, ...], Counter[str]]]:
    """Programs that Python runs, the same ones every time."""
    found = [(source, python_values(source, 10_000) or (), Counter[str]()) for source in WRITTEN]
    for seed in itertools.count():
        writer = Writer(seed)
        source = writer.program()
        values = python_values(source)
        if values is not None:
            found.append((source, values, writer.used))
        if len(found) == PROGRAMS + len(WRITTEN):
            return found
    raise AssertionError


@pytest.mark.lean
class TestRandomPrograms:
    """Where the compiled program gives an integer, Python gives the same one."""

    def test_no_program_is_refuted_and_most_are_proved(self, kernel) -> None:
        made = written()
        compiled = [(*one, program) for one in made if (program := compiled_or_none(one[0])) is not None]
        assert len(compiled) >= 0.9 * len(made)
        true = [Claim(program, values) for _, values, _, program in compiled]
        wrong = [Claim(claim.program, (*claim.values[:-1], claim.values[-1] + 1)) for claim in true[:WRONG]]
        verdicts = kernel([*true, *wrong])
        results = list(zip(compiled, verdicts, strict=False))
        refuted = [source for (source, _, _, _), v in results if isinstance(v, Refuted)]
        proved = [one for one, v in results if isinstance(v, Proved)]
        assert refuted == []
        assert all(isinstance(verdict, Proved) for verdict in verdicts[: len(WRITTEN)])
        assert len(proved) >= 0.8 * len(made), Counter(str(v) for v in verdicts)
        features = sum((used for _, _, used, _ in proved), Counter[str]())
        assert len(features) >= 40 and min(features.values()) >= 3, features
        # A wrong value is told from a program that gives none.
        told = [v for v, one in zip(verdicts[len(true) :], verdicts, strict=False) if isinstance(one, Proved)]
        assert told and all(isinstance(v, Refuted) for v in told), told


def compiled_or_none(source: str) -> CompiledProgram | None:
    program = compile_program(source)
    return program if isinstance(program, CompiledProgram) else None
