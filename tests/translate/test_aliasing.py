"""Python's lists are shared by name; the compiled program must never pretend that they are copied."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from aimo_pipeline.outcome import Proved, Unsupported, Verdict
from aimo_pipeline.translate import compile_program
from tests.translate.claims import Claim


@dataclass(frozen=True)
class Case:
    """A program in which sharing matters, and what it would give if every value were copied."""

    name: str
    source: str
    naive: int


def case(name: str, naive: int, body: str, helpers: str = "") -> Case:
    lines = "\n".join("    " + line for line in body.strip("\n").split("\n"))
    return Case(name, f"{helpers}\ndef a(n):\n{lines}\n", naive)


CASES = [
    case("a second name, then append", 1, "xs = [n]\nys = xs\nys.append(1)\nreturn len(xs)"),
    case("repeated inner list", 1, "g = [[0] * 2] * 3\ng[0][0] = 1\nreturn sum(r[0] for r in g)"),
    case("appended, then changed", 0, "xs = [0]\nys = []\nys.append(xs)\nxs[0] = 5\nreturn ys[0][0]"),
    case("row taken out", 0, "g = [[0], [0]]\nr = g[n]\nr[0] = 1\nreturn g[n][0]"),
    case("row in a loop", 0, "g = [[0], [0]]\nfor r in g:\n    r[0] = 1\nreturn g[0][0]"),
    case("row doubled in a loop", 1, "g = [[1], [1]]\nfor r in g:\n    r *= 2\nreturn len(g[0])"),
    case("row left over from a loop", 0, "g = [[0]]\nfor r in g:\n    pass\ng[0][0] = 7\nreturn r[0]"),
    case(
        "tuple left over from a loop",
        0,
        "g = [[0]]\nfor p in enumerate(g):\n    pass\ng[0][0] = 7\nreturn p[1][0]",
    ),
    case(
        "the parameter is returned",
        1,
        "xs = [n]\nys = same(xs)\nys.append(1)\nreturn len(xs)",
        "def same(v):\n    return v",
    ),
    case(
        "the parameter is doubled",
        1,
        "xs = [n]\nk = grow(xs)\nreturn len(xs)",
        "def grow(v):\n    v *= 2\n    return 0",
    ),
    case(
        "the parameter is changed",
        1,
        "xs = [n]\nk = grow(xs)\nreturn len(xs)",
        "def grow(v):\n    v.append(1)\n    return 0",
    ),
    case(
        "the parameter is returned in a tuple",
        1,
        "xs = [n]\nt, k = pair(xs)\nt.append(1)\nreturn len(xs)",
        "def pair(v):\n    return v, 1",
    ),
    case(
        "a tuple parameter is unpacked again",
        1,
        "t = ([n], 1)\nxs, k = same(t)\nxs.append(1)\nreturn len(t[0])",
        "def same(v):\n    return v",
    ),
    case(
        "a cached list",
        0,
        "xs = make(2)\nxs[0] = 1\nys = make(2)\nreturn ys[0]",
        "from functools import cache\n@cache\ndef make(k):\n    return [0] * k",
    ),
    case("a list in a tuple", 1, "xs = [n]\nt = (xs, 1)\nxs.append(2)\nreturn len(t[0])"),
    case(
        "a list in a tuple, unpacked",
        1,
        "xs = [n]\nt = (xs, 1)\nys, k = t\nys.append(2)\nreturn len(t[0])",
    ),
    case("+= on a list", 1, "xs = [n]\ng = [xs]\nxs += [1]\nreturn len(g[0])"),
    case("+= through a second name", 1, "xs = [n]\nys = xs\nys += [1]\nreturn len(xs)"),
    case("swap of rows", 0, "g = [[0], [1]]\nr = g[0]\ng[0], g[1] = g[1], g[0]\nr[0] = 5\nreturn g[1][0]"),
    case("stored twice", 0, "xs = [0]\ng = [xs, xs]\ng[0][0] = 1\nreturn g[1][0]"),
    case(
        "stored in every turn",
        0,
        "r = [0]\ng = []\nfor i in range(2):\n    g.append(r)\ng[0][0] = 1\nreturn g[1][0]",
    ),
    case("conditional second name", 1, "xs = [n]\nys = xs if n >= 0 else [2]\nys.append(1)\nreturn len(xs)"),
    case(
        "given away inside a conditional expression",
        1,
        "xs = [n]\nt = [xs] if n >= 0 else []\nt[0].append(1)\nreturn len(xs)",
    ),
    case("given away behind or", 1, "xs = [n]\nt = [] or [xs]\nt[0].append(1)\nreturn len(xs)"),
    case("second name by or", 1, "xs = [n]\nys = xs or [2]\nys.append(1)\nreturn len(xs)"),
    case("second name by and", 1, "xs = [n]\nys = 1 and xs\nys.append(1)\nreturn len(xs)"),
    case(
        "second name in one branch",
        1,
        "xs = [n]\nys = [0]\nif n >= 0:\n    ys = xs\nys.append(1)\nreturn len(xs)",
    ),
    case("second name by max of one", 0, "g = [[0]]\nr = max(g)\nr[0] = 1\nreturn g[0][0]"),
    case("second name by min of two", 0, "xs = [0]\nys = [1]\nr = min(xs, ys)\nr[0] = 1\nreturn xs[0]"),
    case("zip hands out rows", 0, "g = [[0]]\nfor r, s in zip(g, g):\n    r[0] = 1\nreturn g[0][0]"),
    case("list of zip", 0, "g = [[0]]\nh = list(zip(g, [1]))\ng[0][0] = 1\nreturn h[0][0][0]"),
    case("list of enumerate", 0, "g = [[0]]\nh = list(enumerate(g))\ng[0][0] = 1\nreturn h[0][1][0]"),
    case("list() is shallow", 0, "g = [[0]]\nh = list(g)\nh[0][0] = 1\nreturn g[0][0]"),
    case("tuple() is shallow", 0, "g = [[0]]\nh = tuple(g)\ng[0][0] = 1\nreturn h[0][0]"),
    case("a slice is shallow", 0, "g = [[0], [0]]\nh = g[:1]\nh[0][0] = 1\nreturn g[0][0]"),
    case("+ is shallow", 0, "g = [[0]]\nh = g + [[1]]\nh[0][0] = 1\nreturn g[0][0]"),
    case("a comprehension is shallow", 0, "g = [[0]]\nh = [r for r in g]\nh[0][0] = 1\nreturn g[0][0]"),
    case(
        "a comprehension over a tuple",
        0,
        "g = [[0]]\nh = [(r, 1) for r in g]\ng[0][0] = 1\nreturn h[0][0][0]",
    ),
    case("extend shares", 0, "g = [[0]]\nh = []\nh.extend(g)\nh[0][0] = 1\nreturn g[0][0]"),
    case("* with rows of tuples", 1, "xs = [n]\ng = [(xs, 1)] * 2\nxs.append(1)\nreturn len(g[1][0])"),
    case(
        "product of rows",
        0,
        "from_ = [[0]]\nh = [0]\nfor t in itertools.product(from_, repeat=1):\n"
        "    from_[0][0] = 1\n    h[0] = t[0][0]\n"
        "return h[0]",
        "import itertools",
    ),
    case(
        "list of permutations of rows",
        0,
        "g = [[0], [0]]\nh = list(itertools.permutations(g))\ng[0][0] = 1\nreturn h[0][0][0]",
        "import itertools",
    ),
    case(
        "list of combinations of rows",
        0,
        "g = [[0], [0]]\nh = list(itertools.combinations(g, 1))\ng[0][0] = 1\nreturn h[0][0][0]",
        "import itertools",
    ),
    case("unpacked from list()", 0, "g = [[0], [0]]\np, q = list(g)\np[0] = 1\nreturn g[0][0]"),
    case(
        "walking through a copy",
        0,
        "g = [[0], [0]]\ns = 0\nfor r in list(g):\n    s += r[0]\n    g[1][0] = 5\nreturn s",
    ),
    case(
        "walking through a slice",
        0,
        "g = [[0], [0]]\ns = 0\nfor r in g[0:]:\n    s += r[0]\n    g[1][0] = 5\nreturn s",
    ),
    case(
        "walking through a sum",
        0,
        "g = [[0]]\ns = 0\nfor r in g + g:\n    s += r[0]\n    g[0][0] = 5\nreturn s",
    ),
    case(
        "a list grows while it is walked",
        1,
        "xs = [n]\ns = 0\nfor x in xs:\n    s += 1\n    if s < 3:\n        xs.append(1)\nreturn s",
    ),
    case(
        "a lazy generator",
        3,
        "k = 0\ns = 0\nfor y in (x + k for x in range(3)):\n    s += y\n    k += 1\nreturn s",
    ),
    case("a generator is used up", 6, "g = (x for x in range(3))\ns = sum(g)\nreturn s + sum(g)"),
    case("a zip is used up", 2, "z = zip([1], [2])\ns = len(list(z))\nreturn s + len(list(z))"),
    case("a zip is always true", 0, "return 1 if zip([], []) else 0"),
    case("a range is no list", 1, "return 1 if range(2) == [0, 1] else 0"),
    case(
        "recursion that passes a list on",
        0,
        "xs = [0, 0]\nys = walk(xs, 2)\nys[0] = 9\nreturn xs[0]",
        "def walk(v, k):\n    if k == 0:\n        return v\n    return walk(v, k - 1)",
    ),
    case(
        "a slice of a parameter's rows",
        0,
        "g = [[0], [1]]\nh = head(g)\nh[0][0] = 9\nreturn g[0][0]",
        "def head(v):\n    return v[:1]",
    ),
    case("another import", 4, "return gcd(4, 8)", "from math import comb as gcd"),
    case("a constant changed on the way", 1, "return FIRST", "FIRST = 1\nFIRST = 1 + 1"),
]

# Programs that look alike, share nothing, and must stay provable.
HARMLESS = [
    case("fresh rows", 1, "g = [[0] * 2 for _ in range(2)]\ng[0][0] = 1\nreturn g[0][0] + g[1][0]"),
    case("flat copy", 3, "xs = [1, 2]\nys = list(xs)\nys[0] = 5\nzs = xs[:]\nzs.append(1)\nreturn sum(xs)"),
    case("deep copy by slices", 0, "g = [[0], [0]]\nh = [r[:] for r in g]\nh[0][0] = 1\nreturn g[0][0]"),
    case("sum of flat lists", 3, "xs = [1, 2]\nys = xs + [3]\nys[0] = 9\nreturn sum(xs)"),
    case("reading rows", 3, "g = [[1], [2]]\ns = 0\nfor r in g[:]:\n    s += r[0]\nreturn s"),
    case(
        "list moved for good",
        3,
        "g = []\nfor i in range(3):\n    r = [i]\n    g.append(r)\nreturn g[0][0] + g[1][0] + g[2][0]",
    ),
    case("fresh list from either branch", 2, "xs = [0] * 2 if n >= 0 else [1]\nxs[0] = 2\nreturn xs[0]"),
    case("two rows unpacked", 5, "p, q = [[0] * 2 for _ in range(2)]\np[0] = 5\nreturn p[0] + q[0]"),
    case("swap of lists by name", 2, "xs = [1]\nys = [2]\nxs, ys = ys, xs\nreturn xs[0]"),
    case(
        "points in a list",
        4,
        "ps = [(0, 1), (2, 1)]\nqs = list(ps)\nqs.append((1, 1))\nreturn sum(x + y for x, y in ps)",
    ),
]


def python_value(program: Case) -> int:
    space: dict = {}
    exec(compile(program.source, program.name, "exec"), space)
    return int(space["a"](0))


class TestCases:
    """Every case tests something: Python's value is not the naive one."""

    @pytest.mark.parametrize("program", CASES, ids=lambda c: c.name)
    def test_python_gives_another_value_than_copying_would(self, program: Case) -> None:
        assert python_value(program) != program.naive


@pytest.mark.lean
class TestSharedLists:
    """What copying would give is never proved: the kernel finds Python's value or none."""

    def test_the_kernel_finds_pythons_value_or_none(self, kernel) -> None:
        compiled = [(c, p) for c in CASES if not isinstance(p := compile_program(c.source), Unsupported)]
        naive = [Claim(program, (c.naive,)) for c, program in compiled]
        true = [Claim(program, (python_value(c),), or_nothing=True) for c, program in compiled]
        harmless = [Claim(compile_program(c.source), (c.naive,)) for c in HARMLESS]
        verdicts = kernel([*naive, *true, *harmless])
        size = len(compiled)
        wrong = [c.name for (c, _), v in zip(compiled, verdicts, strict=False) if isinstance(v, Proved)]
        against = unproved([c for c, _ in compiled], verdicts[size : 2 * size])
        lost = unproved(HARMLESS, verdicts[2 * size :])
        assert (wrong, against, lost) == ([], {}, {})


def unproved(cases: list[Case], verdicts: list[Verdict]) -> dict[str, Verdict]:
    return {c.name: v for c, v in zip(cases, verdicts, strict=True) if not isinstance(v, Proved)}
