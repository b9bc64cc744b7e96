"""Random programs in which every name that is read has a value, and a list one name."""

from __future__ import annotations

from tests.translate.random_programs.expressions import Expressions, Table

HELPERS = """import itertools
import math

K = 3


def power_sum(k, x):
    if k <= 0:
        return x
    return power_sum(k - 1, x) + k * x


def first_multiple(x, d):
    for i in range(3):
        if (x + i) % d == 0:
            return x + i
    return -1


def rows(k, v):
    return [[v + i] * 2 for i in range(k)]

"""


class Writer(Expressions):
    """Writes one random program; `fixed` are the integers that nothing but their loop may change."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.lines: list[str] = []
        self.fixed: set[str] = {"n"}

    def emit(self, depth: int, text: str) -> str:
        """Write a line."""
        self.lines.append("    " * depth + text)
        return text

    def block(self, depth: int, count: int, loop: bool) -> None:
        """So many statements."""
        scope = list(self.ints), list(self.lists)
        for _ in range(count):
            self.statement(depth, loop)
        self.ints, self.lists = scope  # what a branch binds may be unbound after it

    def targets(self) -> list[str]:
        """Integers that can be assigned to."""
        return [name for name in self.ints if name not in self.fixed]

    def statement(self, depth: int, loop: bool) -> None:
        """One of those that are possible here."""
        table: Table = {
            "assignment": lambda: self.assign(depth),
            "chained assignment": lambda: self.assign_chained(depth),
            "list": lambda: self.make_list(depth),
            "unpacking": lambda: self.unpack(depth),
        }
        if self.targets():
            table["augmented assignment"] = lambda: self.augment(depth)
        if len(self.targets()) > 1:
            table["swap"] = lambda: self.swap(depth)
        if self.lists:
            table["append"] = lambda: self.emit(depth, f"{self.of(*self.lists)}.append({self.expression(1)})")
            table["element assignment"] = lambda: self.set_element(depth)
            table["move"] = lambda: self.move(depth)
        if depth < 3:
            table |= self.compound(depth, loop)
        if depth > 1:
            table["return inside"] = lambda: self.leave(depth, "return " + self.expression(1))
        if loop:
            table["break"] = lambda: self.leave(depth, "break")
            table["continue"] = lambda: self.leave(depth, "continue")
        self.pick(table)

    def compound(self, depth: int, loop: bool) -> Table:
        """Statements that hold others."""
        return {
            "if": lambda: self.branch(depth, loop),
            "for": lambda: self.for_range(depth),
            "while": lambda: self.while_loop(depth),
            "for over a list": lambda: self.for_list(depth),
            "for over tuples": lambda: self.for_tuples(depth),
            "nested lists": lambda: self.nested(depth),
        }

    def leave(self, depth: int, word: str) -> str:
        """Leave a loop, a turn or the function, perhaps."""
        self.emit(depth, f"if {self.expression(1)} > {self.random.randint(2, 9)}:")
        return self.emit(depth + 1, word)

    def assign(self, depth: int) -> str:
        """Give a new or an old variable a value."""
        value, name = self.expression(2), self.fresh("x")
        if self.targets() and self.random.random() < 0.6:
            name = self.random.choice(self.targets())
        self.emit(depth, f"{name} = {value}")
        self.ints = sorted({*self.ints, name})
        return name

    def assign_chained(self, depth: int) -> str:
        """Give two variables one value."""
        names = self.fresh("x"), self.fresh("x")
        self.emit(depth, f"{names[0]} = {names[1]} = {self.expression(1)}")
        self.ints += names
        return names[0]

    def augment(self, depth: int) -> str:
        """Change a variable."""
        sign = self.of("+=", "-=", "*=", "//= 3 +", "%= 5 +")
        return self.emit(depth, f"{self.of(*self.targets())} {sign} {self.expression(1)}")

    def swap(self, depth: int) -> str:
        """Change two variables at once."""
        x, y = self.random.sample(self.targets(), 2)
        return self.emit(depth, f"{x}, {y} = {y}, {x} + {y}")

    def unpack(self, depth: int) -> str:
        """Take a tuple, a list or a quotient apart."""
        x, y = self.fresh("x"), self.fresh("x")
        values = f"{self.expression(1)}, {self.expression(1)}"
        right = self.of(values, values, f"[{values}]", f"divmod({self.expression(1)}, {self.of('3', '-2')})")
        self.ints += [x, y]
        return self.emit(depth, f"{x}, {y} = {right}")

    def make_list(self, depth: int) -> str:
        """A new list."""
        e, x, name = self.expression, self.fresh("c"), self.fresh("xs")
        item = lambda: self.bound([x], lambda: e(1))  # noqa: E731 - each call draws anew
        texts = [f"[{e(1)}, {e(1)}, {e(0)}]", f"[{e(1)}] * {self.random.randint(1, 3)}"]
        texts.append(f"[{item()} for {x} in range(3)] + [1]")
        texts.append(f"[{item()} for {x} in range(4) if {item()}] + [0]")
        if self.lists:
            other = self.of(*self.lists)
            texts += [f"list({other})", f"{other}[-1:] + [{e(0)}]", f"{other} + [{e(0)}]", f"{other}[::-1]"]
        self.emit(depth, f"{name} = {self.of(*texts)}")
        self.lists.append(name)
        return name

    def set_element(self, depth: int) -> str:
        """Change an element."""
        name = self.of(*self.lists)
        return self.emit(depth, f"{name}[{self.index(name)}] {self.of('=', '+=', '*=')} {self.expression(1)}")

    def move(self, depth: int) -> str:
        """Give a list another name; the old one is not read any more."""
        old, new = self.of(*self.lists), self.fresh("xs")
        self.lists = [*(name for name in self.lists if name != old), new]
        return self.emit(depth, f"{new} = {old}")

    def branch(self, depth: int, loop: bool) -> str:
        """An if, perhaps with elif and else."""
        self.emit(depth, f"if {self.expression(1)}:")
        self.block(depth + 1, self.random.randint(1, 2), loop)
        if self.random.random() < 0.5:
            self.emit(depth, f"elif {self.expression(1)}:")
            self.block(depth + 1, 1, loop)
        if self.random.random() < 0.6:
            self.emit(depth, "else:")
            self.block(depth + 1, 1, loop)
        return "if"

    def body(self, depth: int, names: list[str], loop: bool) -> str:
        """The body of a loop whose variables are `names`, which nobody else changes, and perhaps its else."""
        self.ints += names
        self.fixed |= set(names)
        self.block(depth, self.random.randint(1, 2), True)
        self.ints = [name for name in self.ints if name not in names]
        if self.random.random() < 0.2:
            self.emit(depth - 1, "else:")
            self.block(depth, 1, loop)
        return "loop"

    def for_range(self, depth: int) -> str:
        """Over a range."""
        i = self.fresh("i")
        numbers = self.of("range(3)", "range(n)", "range(1, n + 2)", "range(4, -1, -2)", "range(n, -3, -1)")
        self.emit(depth, f"for {i} in {numbers}:")
        return self.body(depth + 1, [i], False)

    def for_list(self, depth: int) -> str:
        """Over a list."""
        i, items = self.fresh("i"), f"[{self.expression(0)}, {self.expression(1)}]"
        self.emit(depth, f"for {i} in {self.of(items, f'reversed({items})')}:")
        return self.body(depth + 1, [i], False)

    def for_tuples(self, depth: int) -> str:
        """Over pairs."""
        i, j, e = self.fresh("i"), self.fresh("i"), self.expression
        walks = [
            f"enumerate([{e(1)}, {e(0)}])",
            f"enumerate(range(2, n), {e(0)})",
            f"zip(range(n), [{e(0)}, {e(0)}, 1])",
            "itertools.product(range(2), repeat=2)",
            f"itertools.combinations([{e(0)}, 2, n], 2)",
            f"itertools.permutations([{e(0)}, n])",
        ]
        self.emit(depth, f"for {i}, {j} in {self.of(*walks)}:")
        return self.body(depth + 1, [i, j], False)

    def while_loop(self, depth: int) -> str:
        """So many turns at most."""
        w = self.fresh("w")
        self.emit(depth, f"{w} = {self.random.randint(1, 3)}")
        self.emit(depth, f"while {w} > 0 and {self.expression(1)} < 50:")
        self.emit(depth + 1, f"{w} -= 1")
        return self.body(depth + 1, [w], False)

    def nested(self, depth: int) -> str:
        """A list of lists."""
        g, x = self.fresh("g"), self.fresh("x")
        made = self.of(f"[[{self.expression(0)}] * 2 for _ in range(2)]", f"rows(2, {self.expression(0)})")
        self.emit(depth, f"{g} = {made}")
        self.emit(depth, f"{g}[{self.of('0', '1', '-1')}][n % 2] = {self.expression(1)}")
        self.emit(depth, f"{g}[1].append({self.expression(0)})")
        self.emit(depth, f"{x} = sum(v * {self.small()} for row in {g} for v in row[1:]) + {g}[-2][0]")
        self.ints.append(x)
        return x

    def program(self) -> str:
        """The program's text."""
        for _ in range(self.random.randint(2, 5)):
            self.statement(1, False)
        # The value depends on everything that is still known at the end.
        parts = [f"{k + 2} * {name}" for k, name in enumerate(self.ints)]
        parts += [f"{k + 3} * sum({name}) + len({name})" for k, name in enumerate(self.lists)]
        self.emit(1, f"return {self.expression(1)} + {' + '.join(parts)}")
        return HELPERS + "\ndef a(n):\n" + "\n".join(self.lines) + "\n"
