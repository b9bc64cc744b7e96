"""Random programs in which much goes wrong: a careless translation would give another value than Python.

Names without a value, lists with two names or changed while they are walked through, numbers that fill a
slot, indices out of range, divisions by zero, names that hide others. Many of these programs raise for some
n; then the compiled program must give no integer there.
"""

from __future__ import annotations

from tests.translate.random_programs.expressions import Table
from tests.translate.random_programs.statements import HELPERS as PLAIN
from tests.translate.random_programs.statements import Writer

HELPERS = f"""from functools import cache
{PLAIN}
def same(v):
    return v


def copy(v):
    w = [0] + v
    return w[1:]


def pushed(v, x):
    v.append(x)
    return len(v)


def pair(v):
    return v[0], len(v)


def chosen(c, v):
    if c > 1:
        w = v
    else:
        w = [c]
    return w


@cache
def kept(k, s):
    if k <= 0:
        return s * 2 ** 128
    return kept(k - 1, -s) - kept(k - 2, s + 1)


@cache
def counted(k):
    return 1 if k < 1 else counted(k - 1) + counted(k - 3) - k


def half(k):
    if k > 1:
        r = k // 2
    return r

"""


class Traps(Writer):
    """Writes one program."""

    sparing = 0.8
    deepest = 3

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.lists, self.ints = ["u", "v"], ["n", "p", "q"]
        self.fixed = {"n"}

    def small(self) -> str:
        """Now and then a number as large as what an element of a list may be."""
        if self.random.random() < 0.12:
            return self.of(
                "2**254", "-(2**254)", "(2**255 - 1)", "2**255", "-(2**255)", "2**256", "-(2**300)"
            )
        return super().small()

    def index(self, name: str) -> str:
        """Often out of range."""
        return self.of("0", "1", "-1", "-2", "2", self.expression(0), f"len({name})", f"-len({name})")

    def name(self) -> str:
        """A variable of whatever kind, perhaps one that has no value."""
        return self.of("r", "t", "i", "z") if self.random.random() < 0.1 else self.of("p", "q", "n")

    def item(self, name: str) -> str:
        """What a comprehension may put into a list."""
        x, list_ = self.atom(), self.of(*self.lists)
        return self.of(name, f"{name} * {x}", f"{x} - {name}", f"{x} // {name}", f"{list_}[{name}]", x)

    def row(self) -> str:
        """A list."""
        x, y, e = self.of(*self.lists), self.of(*self.lists), self.atom
        name = self.of("z", "p", "i")
        made = [x, x, x, f"{x} + {y}", f"[{e()}, {e()}]", f"{x} * {self.of('2', '0', '-1', 'n')}"]
        made += [f"{x}[{e()}:{e()}]", f"{x}[{self.of('1:', ':-1', ':', '::-1', '-1:', '::2')}]", "[]", "()"]
        made += [f"[{self.item(name)} for {name} in {self.walk()}]", f"list({self.walk()})"]
        made += [f"({x} if {e()} else {y})", f"({x} or {y})", f"({x} and {y})", f"[{x}[0], {y}[-1]]"]
        made += [f"{self.of('same', 'copy')}({x})", f"list({x})", f"tuple({x})", f"chosen({e()}, {x})"]
        return self.of(*made)

    def walk(self) -> str:
        """Something that a loop may go through."""
        x, y, e = self.of(*self.lists), self.of(*self.lists), self.atom
        ends = f"{e()} % 5, {e()} % 7, {self.of('-1', '-2', '2', '3')}"
        walks = [x, x, x, f"reversed({x})", f"list({x})", f"{x}[:]", f"({x} if {e()} else {y})"]
        walks += [f"range({e()} % 6)", f"range({ends})", f"reversed(range({ends}))", f"(z for z in {x})"]
        walks += [f"reversed(list(range({ends})))", f"({e()}, {e()}, p)", f"tuple({x})"]
        return self.of(*walks)

    def pairs(self) -> str:
        """Something that a loop may go through by pairs."""
        x, y, w = self.of(*self.lists), self.of(*self.lists), self.walk()
        walks = [f"enumerate({x})", f"enumerate({w})", f"enumerate({x}, {self.atom()})", f"zip({x}, {y})"]
        walks += [f"zip({w}, {y})", f"reversed(list(enumerate({x})))", f"zip(range(9), reversed({x}))"]
        return self.of(*walks, f"enumerate(reversed({x}))", f"reversed(list(zip({x}, {w})))")

    def _of_lists(self) -> Table:
        e = self.expression
        return super()._of_lists() | {
            "any name": lambda: self.name(),
            "equal lists": lambda: f"({self.row()} {self.of('==', '!=')} {self.row()})",
            "truth of a list": lambda: f"({self.of('1 if', '2 if not')} {self.row()} else 0)",
            "length of a list": lambda: f"len({self.row()})",
            "element of a list": lambda: f"{self.row()}[{self.index('u')}]",
            "member of a list": lambda: f"({e(0)} {self.of('in', 'not in')} {self.row()})",
            "member of a walk": lambda: f"({e(0)} in {self.walk()})",
            "extreme": lambda: f"{self.of('min', 'max', 'sum', 'any', 'all')}({self.row()})",
            "pushed": lambda: f"pushed({self.of(*self.lists)}, {e(0)})",
            "element of a pair": lambda: f"pair({self.of(*self.lists)})[{self.of('0', '1', '2')}]",
            "cached": lambda: f"kept({e(0)} % 4, {self.of('p % 3', '-1', 'q % 9')})",
            "cached too": lambda: f"counted({self.of('n', 'n + 2', 'p % 8', e(0))})",
            "half": lambda: f"half({e(0)})",
            "division": lambda: f"({e(0)} {self.of('//', '%')} {e(0)})",
            "shift": lambda: f"({e(0)} {self.of('<<', '>>')} ({e(0)} % 9 - 1))",
            "bits": lambda: f"({e(0)} {self.of('&', '|', '^')} {e(0)})",
            "remainder of a division": lambda: f"divmod({e(0)}, {e(0)})[{self.of('0', '1')}]",
            "number of ways": lambda: f"math.comb({e(0)} % 9, {e(0)} % 5)",
            "root": lambda: f"math.isqrt({e(0)})",
            "quantified": lambda: self.quantified(),
            "power by anything": lambda: f"({e(0)} % 9) ** ({e(0)} % 5 - 1)",
            "power modulo anything": lambda: f"pow({e(0)}, {e(0)} % 5, {e(0)})",
        }

    def quantified(self) -> str:
        """any and all, of lists and generators, whose later items may raise."""
        x = self.of("p", "z", "i", "u")
        item = self.of(self.item(x), f"1 // {x}", f"{x} > 1", f"[{x}]", f"{x} and {self.atom()} // {x}")
        condition = f" if {self.of(x, self.atom(), f'{x} % 2')}" if self.random.random() < 0.4 else ""
        text = f"{item} for {x} in {self.walk()}{condition}"
        return f"{self.of('any', 'all', 'sum')}({self.of(text, f'[{text}]')})"

    def statement(self, depth: int, loop: bool) -> None:
        """Often one that gives a list another name or changes one."""
        if self.random.random() < 0.5:
            return super().statement(depth, loop)
        x, y, e = self.of("u", "v", "w"), self.of("u", "v", "w"), self.expression
        emit = lambda text: lambda: self.emit(depth, text)  # noqa: E731 - drawn only when it is picked
        table: Table = {
            "new list": lambda: self.listed(depth, x, self.row()),
            "alias": emit(f"{x} = {y}"),
            "swapped lists": emit(f"{x}, {y} = {y}, {x}"),
            "element and alias": emit(f"{x}[{self.index(x)}], {y} = {e(0)}, {x}"),
            "alias and element": emit(f"{y}, {x}[{self.index(x)}] = {x}, {e(0)}"),
            "targets inside targets": emit(f"p, ({x}[0], q) = {e(0)}, ({e(0)}, {e(0)})"),
            "index and element": emit(f"p, {x}[p] = {self.of('0', '1', e(0))}, {e(0)}"),
            "two lists": lambda: self.listed(depth, f"{x}, {y}", f"{self.row()}, {self.row()}"),
            "longer list": emit(f"{x} += {self.row()}"),
            "repeated list": emit(f"{x} *= {self.of('2', '0')}"),
            "extended list": emit(f"{x}.extend({self.row()})"),
            "append": emit(f"{x}.append({e(1)})"),
            "element": emit(f"{x}[{self.index(x)}] {self.of('=', '+=', '-=', '//=')} {e(1)}"),
            "any variable": emit(f"{self.name()} {self.of('=', '=', '+=')} {e(1)}"),
            "taken apart": emit(f"p, q = {self.of(self.row(), 'pair(u)', 'divmod(p, q)')}"),
            "list in a number's place": emit(f"{self.of('p', 'r')} = {self.row()}"),
        }
        if depth < 3:
            table["walk"] = lambda: self.through(depth, f"{self.of('i', 'p', 't', 'z')} in {self.walk()}")
            table["walk by pairs"] = lambda: self.through(
                depth, f"{self.of('i, p', 'p, q', 't, i')} in {self.pairs()}"
            )
            table["maybe"] = lambda: self.maybe(depth, loop)
        self.pick(table)
        return None

    def listed(self, depth: int, names: str, values: str) -> str:
        """Assign lists."""
        self.lists = sorted({*self.lists, *names.split(", ")})
        return self.emit(depth, f"{names} = {values}")

    def through(self, depth: int, walk: str) -> str:
        """A loop that may change what it goes through."""
        self.emit(depth, f"for {walk}:")
        self.emit(depth + 1, "if len(u) + len(v) > 9:")
        self.emit(depth + 2, self.of("break", "return len(u)"))
        for _ in range(self.random.randint(1, 3)):
            self.statement(depth + 1, True)
        return walk

    def maybe(self, depth: int, loop: bool) -> str:
        """What is known only if it was run."""
        self.emit(depth, f"if {self.expression(1)}:")
        self.statement(depth + 1, loop)
        return "if"

    def program(self) -> str:
        """The program's text."""
        self.emit(1, f"u, v = [{super().small()}, {self.small()}], [n, {self.small()}, -1]")
        self.emit(
            1, f"p, q = {self.expression(0)}, {super().small()}".replace("= p", "= 0").replace("= q", "= 1")
        )
        for _ in range(self.random.randint(1, 4)):
            self.statement(1, False)
        names = [name for name in ("i", "t", "r") if self.random.random() < 0.05]
        # The last digits, so that elements of 255 bits do not make all values too large to look at.
        parts = ["p", "3 * q", "sum(u)", "5 * len(v)", "7 * v[0]", *names]
        self.emit(1, f"return ({' + '.join(parts)}) % 1000003")
        return HELPERS + "\ndef a(n):\n" + "\n".join(self.lines) + "\n"
