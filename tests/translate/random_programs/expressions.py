"""Random expressions: of integers and lists that have a value where they are read."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable

Table = dict[str, Callable[[], str]]


class Expressions:
    """Draws expressions.

    Attributes:
        sparing: the share of constructs that a program does without.
        deepest: how many expressions may stand one within the other.
        ints: names of integers that can be read.
        lists: names of lists of integers; none of them is ever empty.
        used: how often each construct was drawn.
    """

    sparing = 0.2
    deepest = 12

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.ints = ["n"]
        self.lists: list[str] = []
        self.used: Counter[str] = Counter()
        self._names = itertools.count()
        self._spare: dict[str, bool] = {}
        self._open = 0  # expressions that are being written, one within the other

    def fresh(self, stem: str) -> str:
        """A name that no variable has."""
        return f"{stem}{next(self._names)}"

    def of(self, *choices: str) -> str:
        """One of these texts."""
        return self.random.choice(choices)

    def pick(self, table: Table) -> str:
        """One of these constructs, which is counted.

        A program does without some of them, so that a construct which the translator refuses does not hide
        what it makes of the others.
        """
        for key in sorted(table):
            self._spare.setdefault(key, self.random.random() < self.sparing)
        key = self.random.choice([key for key in sorted(table) if not self._spare[key]] or sorted(table))
        self.used[key] += 1
        return table[key]()

    def small(self) -> str:
        """A small number."""
        return str(self.random.randint(-4, 6))

    def atom(self) -> str:
        """A number or a variable."""
        return self.of(self.small(), "K", *self.ints, *self.ints)

    def index(self, name: str) -> str:
        """An index within a list."""
        return f"({self.expression(0)}) % len({name})" if self.random.random() < 0.6 else "-1"

    def expression(self, depth: int) -> str:
        """An integer."""
        if depth == 0 or self._open > self.deepest:
            return self.atom()
        e = lambda: self.expression(depth - 1)  # noqa: E731 - each call draws anew
        self._open += 1
        text = self.pick(self._arithmetic(e) | self._logic(e) | self._gathered(e) | self._of_lists())
        self._open -= 1
        return text

    def _arithmetic(self, e: Callable[[], str]) -> Table:
        draw = self.random.randint
        return {
            "add": lambda: f"({e()} {self.of('+', '-')} {e()})",
            "multiply": lambda: f"({e()} * {e()})",
            "floor division": lambda: f"({e()} // {self.of('-3', '-2', '2', '3', '5')})",
            "remainder": lambda: f"({e()} % {self.of('-7', '-3', '2', '5')})",
            "division by anything": lambda: f"({e()} // {e()} + {e()} % {e()})",
            "power": lambda: f"({e()} % {self.of('-5', '7')}) ** {draw(0, 3)}",
            "power by pow": lambda: f"pow({e()}, {draw(0, 3)})",
            "modular power": lambda: f"pow({e()}, {draw(0, 5)}, {self.of('-5', '7', '1')})",
            "negation": lambda: f"(-{e()})",
            "abs": lambda: f"abs({e()})",
            "min and max": lambda: f"{self.of('min', 'max')}({e()}, {e()})",
            "gcd": lambda: f"math.gcd({e()}, {e()})",
        }

    def _logic(self, e: Callable[[], str]) -> Table:
        return {
            "comparison": lambda: f"({e()} {self.of('<', '<=', '==', '!=', '>', '>=')} {e()})",
            "chain": lambda: f"({e()} < {e()} <= {e()})",
            "and": lambda: f"({e()} and {e()})",
            "or": lambda: f"({e()} or {e()})",
            "not": lambda: f"(not {e()})",
            "conditional": lambda: f"({e()} if {e()} else {e()})",
            "member": lambda: f"({e()} {self.of('in', 'not in')} [{e()}, {e()}])",
        }

    def _gathered(self, e: Callable[[], str]) -> Table:
        return {
            "generator sum": lambda: self.generator("sum"),
            "generator any": lambda: self.generator("any"),
            "generator all": lambda: self.generator("all"),
            "nested generator": lambda: self.nested_generator(),
            "recursion": lambda: f"power_sum({self.random.randint(0, 2)}, {e()})",
            "early return": lambda: f"first_multiple({e()}, {self.of('2', '3', '-4')})",
            "extreme of a list": lambda: f"{self.of('min', 'max')}([{e()}, {e()}, {e()}])",
            "sum with a start": lambda: f"sum([{e()}, {e()}], {e()})",
        }

    def _of_lists(self) -> Table:
        if not self.lists:
            return {}
        name = self.random.choice(self.lists)
        low, high = self.random.randint(-2, 1), self.random.randint(-1, 3)
        return {
            "element": lambda: f"{name}[{self.index(name)}]",
            "sum and len": lambda: f"({self.of('sum', 'len', 'max')}({name}))",
            "slice": lambda: f"sum({name}[{low}:{high}])",
            "backwards": lambda: f"{name}[::-1][{self.index(name)}]",
        }

    def bound(self, names: list[str], write: Callable[[], str]) -> str:
        """Text in which these names can be read; they may hide others."""
        before = self.ints
        self.ints = [*(name for name in before if name not in names), *names]
        text = write()
        self.ints = before
        return text

    def generator(self, function: str) -> str:
        """A function of a generator, whose variable now and then hides another."""
        hidden = [name for name in self.ints if name != "n"]
        x = self.random.choice(hidden) if hidden and self.random.random() < 0.2 else self.fresh("g")
        numbers = self.of(f"range({self.random.randint(-1, 2)}, 3)", "range(2, -3, -2)", "[3, -1]")
        condition = f" if {self.bound([x], lambda: self.expression(1))}" if self.random.random() < 0.5 else ""
        return f"{function}({self.bound([x], lambda: self.expression(1))} for {x} in {numbers}{condition})"

    def nested_generator(self) -> str:
        """A sum over two generators, the second of which reads the first one's variable."""
        x, y = self.fresh("g"), self.fresh("g")
        inner = f"range({x}, {self.of('3', f'{x} + 2')})"
        condition = (
            f" if {self.bound([x], lambda: self.expression(0))} != 1" if self.random.random() < 0.5 else ""
        )
        item = self.bound([x, y], lambda: self.expression(1))
        return f"sum({item} for {x} in range(3){condition} for {y} in {inner})"
