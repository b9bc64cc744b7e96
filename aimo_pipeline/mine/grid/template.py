"""Functions of two indices by name: gcd, lcm, remainders, and the bitwise ones, of which xor is Nim's."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

# Each is defined for 0 <= m, n, those that divide by n for 1 <= n.
TEMPLATES: Mapping[str, Callable[[int, int], int]] = MappingProxyType(
    {
        "gcd": math.gcd,
        "lcm": math.lcm,
        "xor": int.__xor__,
        "and": int.__and__,
        "or": int.__or__,
        "remainder": int.__mod__,
        "quotient": int.__floordiv__,
    }
)
DIVIDING = frozenset({"remainder", "quotient"})


def template_value(template: str, m: int, n: int) -> int | None:
    """The function's value; None where it is not defined."""
    if min(m, n) < 0 or (template in DIVIDING and n == 0):
        return None
    return TEMPLATES[template](m, n)
