"""Functions of two indices by name: gcd, lcm, remainders, bitwise ones (xor is Nim's), and some counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from types import MappingProxyType

from flint import fmpz

MAX_BITS = 1 << 16  # of a value that is computed whole
MAX_PARTS = 1 << 16  # steps to count partitions in
MAX_BASE = 9  # of a Gaussian binomial


def _multichoose(m: int, n: int) -> int | None:
    """C(m + n, n): the number of ways down and right through m by n steps."""
    least = min(m, n)
    return math.comb(m + n, least) if least * (m + n).bit_length() <= MAX_BITS else None


def _fibonacci_of_product(m: int, n: int) -> int | None:
    return int(fmpz.fib_ui(fmpz(m * n))) if m * n <= MAX_BITS else None


def _gaussian(base: int, m: int, n: int) -> int | None:
    """Subspaces of dimension n in m dimensions over `base` elements."""
    if n > m:
        return 0
    least = min(n, m - n)
    if least * m * base.bit_length() > MAX_BITS:
        return None
    above: int = math.prod(base ** (m - i) - 1 for i in range(least))
    below: int = math.prod(base ** (i + 1) - 1 for i in range(least))
    return above // below


def _partitions(m: int, n: int) -> int | None:
    """Of m into at most n parts."""
    parts = min(m, n)
    return _ways(m, parts) if m * parts <= MAX_PARTS else None


@lru_cache(maxsize=4096)
def _ways(m: int, parts: int) -> int:
    ways = [1] + [0] * m
    for part in range(1, parts + 1):
        for total in range(part, m + 1):
            ways[total] += ways[total - part]
    return ways[m]


# Each is defined for 0 <= m, n, those that divide by n for 1 <= n; None where the value is too large.
TEMPLATES: Mapping[str, Callable[[int, int], int | None]] = MappingProxyType(
    {
        "gcd": math.gcd,
        "lcm": math.lcm,
        "xor": int.__xor__,
        "and": int.__and__,
        "or": int.__or__,
        "remainder": int.__mod__,
        "quotient": int.__floordiv__,
        "multichoose": _multichoose,
        "fibonacci of product": _fibonacci_of_product,
        "partitions into at most": _partitions,
        **{f"gaussian binomial {base}": partial(_gaussian, base) for base in range(2, MAX_BASE + 1)},
    }
)
DIVIDING = frozenset({"remainder", "quotient"})
# By itself it has other forms, which reach further; with a constant added it has not.
WITH_OFFSET = frozenset({"multichoose"})


def template_value(template: str, m: int, n: int) -> int | None:
    """The function's value; None where it is not defined, or too large."""
    if min(m, n) < 0 or (template in DIVIDING and n == 0):
        return None
    return TEMPLATES[template](m, n)
