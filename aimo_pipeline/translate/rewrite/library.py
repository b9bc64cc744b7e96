"""Functions of Python's that a program may call, written in the subset; those that it needs are added.

Each is Python's own on what it is called with, or raises: 1 // 0 stands for an error. Lists are short where a
kernel runs them, so the simplest way is taken.
"""

from __future__ import annotations


def _sorting(misplaced: str) -> str:
    """A new list in order; two neighbours of which this holds change places."""
    return f"""
def helper(xs):
    ys = list(xs)
    for i in range(1, len(ys)):
        j = i
        while j > 0 and ys[j - 1] {misplaced} ys[j]:
            ys[j - 1], ys[j] = ys[j], ys[j - 1]
            j -= 1
    return ys
"""


def _of_any(extreme: str) -> str:
    """The least or greatest of a list, the default where it is empty."""
    return f"""
def helper(xs, default):
    if len(xs) == 0:
        return default
    return {extreme}(xs)
"""


SOURCES = {
    "sorted": _sorting(">"),
    "falling": _sorting("<"),
    "prod": """
def helper(xs):
    p = 1
    for x in xs:
        p *= x
    return p
""",
    "accumulate": """
def helper(xs):
    ys = []
    s = 0
    for x in xs:
        s += x
        ys.append(s)
    return ys
""",
    "min": _of_any("min"),
    "max": _of_any("max"),
    "bit_length": """
def helper(x):
    y = abs(x)
    c = 0
    while y > 0:
        y //= 2
        c += 1
    return c
""",
    "bit_count": """
def helper(x):
    y = abs(x)
    c = 0
    while y > 0:
        c += y % 2
        y //= 2
    return c
""",
    # str(x), as digits: a sign has no value as one.
    "digits": """
def helper(x):
    y = x + 0
    if y < 0:
        y = 1 // 0
    ds = []
    while y > 9:
        ds.append(y % 10)
        y //= 10
    ds.append(y)
    return list(reversed(ds))
""",
    "length": """
def helper(x):
    y = abs(x)
    c = 1
    if x < 0:
        c = 2
    while y > 9:
        y //= 10
        c += 1
    return c
""",
    "palindrome": """
def helper(x):
    y = x + 0
    if y < 0:
        return False
    z = 0
    while y > 0:
        z = 10 * z + y % 10
        y //= 10
    return z == x
""",
    "reverse": """
def helper(x):
    y = x + 0
    if y < 0:
        y = 1 // 0
    z = 0
    while y > 0:
        z = 10 * z + y % 10
        y //= 10
    return z
""",
    "pairs": """
def helper(xs, ys):
    return [(x, y) for x in xs for y in ys]
""",
    "triples": """
def helper(xs, ys, zs):
    return [(x, y, z) for x in xs for y in ys for z in zs]
""",
    "zip": """
def helper(xs, ys, zs):
    return [(xs[i], ys[i], zs[i]) for i in range(min(len(xs), min(len(ys), len(zs))))]
""",
    # xs[::-1]; what is added is of the same kind, a list or a tuple.
    "backwards": """
def helper(xs):
    ys = xs[:0]
    for i in range(len(xs)):
        ys = xs[i:i + 1] + ys
    return ys
""",
    "count": """
def helper(xs, y):
    c = 0
    for x in xs:
        if x == y:
            c += 1
    return c
""",
    "index": """
def helper(xs, y):
    for i in range(len(xs)):
        if xs[i] == y:
            return i
    return 1 // 0
""",
    # Of a dictionary's keys and values.
    "get": """
def helper(keys, values, key, other):
    for i in range(len(keys)):
        if keys[i] == key:
            return values[i]
    return other
""",
    "at": """
def helper(keys, values, key):
    for i in range(len(keys)):
        if keys[i] == key:
            return values[i]
    return 1 // 0
""",
    "hashed": """
@functools.cache
def helper(x):
    return x
""",
    "distinct": """
def helper(xs):
    ys = []
    for x in xs:
        y = x + 0
        if y not in ys:
            ys.append(y)
    return ys
""",
}
