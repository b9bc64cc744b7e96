"""Programs for each construct that is written out in simpler ones, and for each that must not be."""

from __future__ import annotations

import textwrap


def body(text: str) -> str:
    return "def a(n):\n" + textwrap.indent(textwrap.dedent(text).strip("\n"), "    ") + "\n"


# Each compiles, and is run by Lean's kernel in test_differential.py.
WRITTEN_OUT = {
    "constants at the top": """
from math import gcd
MOD = 10**9 + 7
HALF = MOD // 2 - 3 * (2 - 5)
COINS = [1, HALF % 7, -5]
MOVES = ((1, 0), (0, -1))
def a(n: int) -> int:
    total: int = 0
    for c in COINS:
        total += c * n % MOD + COINS[n % 3] + len(COINS)
    return total + sum(x + 2 * y for x, y in MOVES) + max(COINS) + (n in COINS) + gcd(n, HALF)
""",
    "defaults and keywords": """
def f(x, k=2, *, s=-1):
    return x * k + s
def a(n):
    return f(n) + 10 * f(n, s=3) + 100 * f(k=n, x=5) + f(n, 7, s=n)
""",
    "functions in a function": """
from functools import lru_cache
def a(n):
    m = n + 2
    square = lambda x: x * x
    def step(k):
        return square(k) - m
    @lru_cache(maxsize=None)
    def ways(i, s):
        if i == n:
            return step(s)
        return ways(i + 1, s) + ways(i + 1, s + i)
    return ways(0, 1) + sum(step(j) for j in range(m))
""",
    "texts of numbers": """
def mirrored(k):
    return str(k) == str(k)[::-1]
def a(n):
    total = 0
    for d in str(n * 97 + 13):
        total += int(d) ** 2
    whole = sum(int(d) for d in str(n ** 3) if int(d) % 2 == 0) + sum(map(int, str(n + 19)))
    odd = sum(1 for k in range(8 * n, 9 * n + 4) if mirrored(k))
    return total + 100 * whole + 7 * odd + len(str(n ** 4)) + len(str(-n)) + int(str(13 * n + 20)[::-1])
""",
    "bits": """
def a(n):
    few = bin(n * 5).count("1") + 10 * (n * 3).bit_length()
    return few + 100 * (n - 4).bit_count() + 1000 * (-n).bit_length()
""",
    "sorted": """
def a(n):
    xs = sorted([n % 3, -n, 2, n % 5])
    ys = [7, n, 3]
    ys.sort(reverse=True)
    zs = ys.copy()
    zs.append(1)
    return xs[0] + 10 * xs[-1] + 100 * ys[0] + 1000 * ys[2] + len(zs) + sum(sorted((1, n), reverse=True)[:1])
""",
    "stacks and queues": """
from collections import deque
def a(n):
    stack, count = [n], 0
    while stack:
        x = stack.pop()
        count += 1
        if x > 1:
            stack.append(x // 2)
            stack.append(x - x // 2 - 1)
    queue = deque([n])
    while queue:
        y = queue.popleft()
        count += y
        if y > 2:
            queue.append(y - 2)
    return count
""",
    "product and others of itertools": """
from itertools import accumulate, product
from math import prod
def a(n):
    pairs = sum(x * y for x, y in product(range(n), [1, -2]))
    threes = sum(x + y * z for x, y, z in product((1, 2), [n], range(2)))
    zipped = sum(x * y - z for x, y, z in zip([n, 2], (3, 4, 5), range(1, 9)))
    return pairs + threes + zipped + prod(range(1, n + 1)) + sum(accumulate([n, 1, 2]))
""",
    "map, filter, enumerate": """
def double(x):
    return 2 * x
def a(n):
    xs = list(map(double, range(n))) + list(map(lambda x: x - n, range(3)))
    ys = [x for x in filter(lambda x: x % 3 == 0, xs)]
    return sum(i * x for i, x in enumerate(xs, start=2)) + len(ys) + sum(map(abs, ys))
""",
    "sets of numbers": """
def a(n):
    few = len(set(i * i % 7 for i in range(n))) + 10 * len({i % 3 for i in range(n)})
    return few + sum(1 for k in range(3 * n) if k % 10 in {1, 3, 7} and k % 4 not in {0, 2})
""",
    "dictionaries": """
from collections import Counter, defaultdict
def a(n):
    ways = {0: 1, 7: n}
    for i in range(1, n + 1):
        new = {}
        for s, c in ways.items():
            new[s] = new.get(s, 0) + c
            new[(s + i) % 5] = new.get((s + i) % 5, 0) + c
        ways = new
    seen = defaultdict(int)
    for i in range(n):
        seen[i * i % 7] += i
    count = Counter(i % 3 for i in range(n))
    count[5] += count[0] - len(count)
    first = max(seen.values(), default=0) + 10 * len(seen) + sum(k * v for k, v in count.items())
    return first + 100 * ways[0] + 1000 * (3 in ways) + sum(k for k in count) + count[9]
""",
    "sets of pairs, and those that grow": """
def a(n):
    corners = {(0, 0)}
    met = set()
    for i in range(n):
        met.add(i * i % 7)
        for j in range(2):
            corners.add((i * j, i + j))
    last = met
    return len(corners) + 10 * sum(last) + sum(1 for k in range(n) if k not in last)
""",
    "nested targets": """
def a(n):
    total = 0
    for (x, y), z in [((n, 1), 2), ((3, n), n)]:
        total = total * 10 + x * y - z
    return total
""",
    "default of max, reversed slices, counts": """
def a(n):
    xs = [i * i % 5 for i in range(n + 1)]
    most = max((x for x in xs if x > 3), default=-1) - min([], default=n)
    return most + sum(x * i for i, x in enumerate(xs[::-1])) + 10 * xs.count(1) + xs.index(0)
""",
    "tuples backwards": """
from itertools import product
def a(n):
    same = sum(1 for t in product(range(n), range(2), range(n)) if t == t[::-1])
    return same + 100 * ((1, n)[::-1] == (n, 1)) + 1000 * ([1, n][::-1] == [n, 1]) + 5 * (() == ()[::-1])
""",
    "what says nothing": """
import sys
sys.setrecursionlimit(10_000)
def a(n):
    assert n >= 0, "no such index"
    if n < 0:
        raise ValueError("no such index")
    return n
print(a(3))
if __name__ == "__main__":
    print(a(4))
""",
}

# Written out or not, what Python gives is not changed; `raises` stands for any exception.
TRAPS = {
    "an assertion that fails": body("assert n != 3\nreturn n"),
    "raising in a branch": body("if n > 2:\n    raise ValueError\nreturn n"),
    "the text of a bool": body("return len(str(n > 2))"),
    "the text of what may be a bool": "def f(x):\n    return len(str(x))\n" + body("return f(n) + f(n > 2)"),
    "the digits of a negative number": body("return sum(int(d) for d in str(2 - n))"),
    "a digit that is read as a text": body("return sum(1 for d in str(n * 7) if d == '7')"),
    "a text that is no palindrome": body("return str(3 - n) == str(3 - n)[::-1]"),
    "an empty list's last element": body("xs = [n][:n % 2]\nxs.pop()\nreturn len(xs)"),
    "what is not in the list": body("return [1, 2, 3].index(n)"),
    "a copy of a tuple": body("t = (n, 1)\nreturn len(t.copy())"),
    "one's own sorted": "def sorted(xs):\n    return xs[0]\n" + body("return sorted([n, 1])"),
    "one's own prod": "def prod(xs):\n    return 5\n" + body("return prod([n])"),
    "a table that is hidden": "T = [1, 2]\n" + body("T = [n]\nreturn sum(T)"),
    "a constant that is hidden": "K = 2 + 3\n" + body("K = n\nreturn K"),
    "a default that is given": "def f(x, y=1):\n    return x - y\n" + body("return f(y=n, x=2)"),
    "a name that an inner function reads later": body(
        "k = 1\ndef f(x):\n    return x + k\nk = 5\nreturn f(n)"
    ),
    "an inner function's own name": body("k = 1\ndef f(k):\n    return k * 2\nreturn f(n) + k"),
    "a variable of a comprehension that an inner function reads": body(
        "m = n\ndef f(x):\n    return x + m\nreturn sum([f(m) for m in range(3)]) + m"
    ),
    "an inner function that is handed on": body("def f(x):\n    return -x\nreturn max([n, 3], key=f)"),
    "an inner function that is called too early": body("r = f(1)\ndef f(x):\n    return n\nreturn r"),
    "a queue that is cut": (
        "from collections import deque\n" + body("q = deque([n, 1])\nreturn len(q[1:]) + q.pop()")
    ),
    "a queue's last but one": "from collections import deque\n" + body("q = deque([n, 1])\nreturn q.pop(0)"),
    "another list under the same name": body("xs = [n, 1]\nys = xs\nys.sort()\nreturn xs[0]"),
    "map of a variable": body("f = abs\nreturn sum(map(f, [-n]))"),
    "a list in a set": body("return len(set([[n]]))"),
    "a list that is added to a set": body("s = set()\ns.add([n])\nreturn len(s)"),
    "a set that is walked through": body("s = {5, n, 1}\nt = 0\nfor x in s:\n    t = 10 * t + x\nreturn t"),
    "a set under two names": body("s = {1}\nt = s\nt.add(n)\nreturn len(s)"),
    "a key that is not there": body("d = {1: 2, 3: 4}\nreturn d[n]"),
    "a list as a key": body("d = {}\nd[[n]] = 1\nreturn len(d)"),
    "a read that puts a key in": (
        "from collections import defaultdict\n" + body("d = defaultdict(int)\nx = d[n]\nreturn len(d) + x")
    ),
    "a counter's length while it counts": (
        "from collections import Counter\n" + body("c = Counter()\nc[n] += len(c)\nreturn c[n]")
    ),
    "a table's length while it counts": (
        "from collections import defaultdict\n" + body("c = defaultdict(int)\nc[n] += len(c)\nreturn c[n]")
    ),
    "the keys' order": body(
        "d = {n: 1, 2: 5}\nd[0] = 3\nd[n] = 7\nreturn sum(10**i * k for i, k in enumerate(d))"
    ),
    "a dictionary under two names": body("d = {1: 2}\ne = d\ne[n] = 1\nreturn len(d)"),
    "a dictionary that is handed on": "def f(d):\n    return d[0]\n" + body("d = {0: n}\nreturn f(d)"),
    "one value of two keys": body("d = {1: n, True: 5}\nreturn d[1] + len(d)"),
    "an iterator that is used up": body("ds = map(int, str(n + 10))\nreturn sum(ds) + 100 * sum(ds)"),
    "a product that is used up": (
        "from itertools import product\n"
        + body("ps = product([n], [1])\nreturn len(list(ps)) + len(list(ps))")
    ),
    "a product that is indexed": "from itertools import product\n" + body("return product([n], [1])[0][0]"),
    "a view that is indexed": body("d = {n: 1}\nreturn d.keys()[0]"),
    "the text of a constant bool": "FLAG = True\n" + body("return n + len(str(FLAG))"),
    "a list in a set of numbers": body("return 1 if [n] in {1, 2} else 2"),
    "a bool in a set of numbers": body("return 1 if (n > 2) in {1, 2} else 2"),
    "a tuple backwards is no list": body("t = (1, n)\nreturn 1 if t[::-1] == [n, 1] else 0"),
    "a range backwards": body("return 1 if range(n)[::-1] == [1, 0] else 0"),
    "a tuple that is sorted": body("t = ()\nt.sort()\nreturn n"),
    "nested targets of one name": body("for (x, y), y in [((1, 2), n)]:\n    pass\nreturn y"),
}
