"""What a result says of itself."""

from __future__ import annotations

import json
import math
from itertools import accumulate
from typing import Any

import pytest

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import FakeClock
from aimo_pipeline.mine.jsonl import encode, mine_lines

FIBONACCI = [0, 1]
for _ in range(24):
    FIBONACCI.append(FIBONACCI[-1] + FIBONACCI[-2])


def solving_an_equation(count: int) -> list[int]:
    """Coefficients of the series y = 1 + x y^5 + x^2 y^3."""
    series = [1]
    while len(series) < count:
        powers = [[1]]
        for _ in range(5):
            powers.append(
                [
                    sum(powers[-1][i] * series[n - i] for i in range(n + 1) if i < len(powers[-1]))
                    for n in range(len(series))
                ]
            )
        n = len(series)
        series.append(powers[5][n - 1] + (powers[3][n - 2] if n > 1 else 0))
    return series


def quotient(n: int) -> int:
    """Alternating sign matrices."""
    upper = math.prod(math.factorial(3 * k + 1) for k in range(n))
    return upper // math.prod(math.factorial(n + k) for k in range(n))


# One sequence of each family, with its first index.
EXAMPLES: dict[str, tuple[int, list[int]]] = {
    "c-finite": (0, FIBONACCI),
    "polynomial": (3, [n**3 - n for n in range(3, 24)]),
    "periodic": (0, [(3, 1, 4, 1, 5, 9)[n % 6] for n in range(40)]),
    "quasi-polynomial": (0, [n**5 if n % 5 == 1 else (n % 5 + 2) * n * n + 1 for n in range(60)]),
    "beatty": (0, [math.isqrt(2 * n * n) for n in range(60)]),
    "c-finite modulo m": (0, [pow(3, n, 1009) for n in range(30)]),
    "polynomial modulo m": (0, [(7 * n + 3) % 101 for n in range(90)]),
    "multiplicative": (1, [sum(d * d for d in range(1, n + 1) if n % d == 0) for n in range(1, 60)]),
    "divisor-sum of c-finite": (1, [sum(2**d for d in range(1, n + 1) if n % d == 0) for n in range(1, 40)]),
    "k-regular": (0, [n.bit_count() for n in range(40)]),
    "product": (0, list(accumulate(map(math.factorial, range(1, 21)), int.__mul__))),
    "power": (0, [2 ** FIBONACCI[n] for n in range(20)]),
    "product of powers": (0, [2 ** FIBONACCI[n] * 3 ** FIBONACCI[n + 1] for n in range(16)]),
    "variable power": (1, [n**n for n in range(1, 24)]),
    "quotient product": (1, [quotient(n) for n in range(1, 24)]),
    "polynomial map": (0, list(accumulate(range(7), lambda a, _: a * a - a + 1, initial=2))),
    "p-recursive": (0, [math.comb(2 * n, n) // (n + 1) for n in range(24)]),
    "algebraic": (0, solving_an_equation(41)),
}


def answer(question: dict[str, Any]) -> Any:
    (line,) = mine_lines([encode(question).encode()], config=MineConfig(), clock=FakeClock())
    return json.loads(line)


class TestTrust:
    """Of every family, a rule comes with what was fitted, what speaks for it, its rivals and its wishes."""

    @pytest.mark.parametrize("family", sorted(EXAMPLES))
    def test_a_result_says_how_far_it_can_be_trusted(self, family: str) -> None:
        first, terms = EXAMPLES[family]
        said = answer({"terms": terms, "offset": first})
        assert (said["outcome"], said["family"]) == ("found", family)
        assert said["unknowns"] > 0 and said["spare"] >= 4 and said["bits"] > 0
        assert isinstance(said["rule"], str) and len(said["rule"]) > 8
        assert all({"family", "rule", "differs_at"} <= set(rival) for rival in said["rivals"])
        assert said["wants"] and min(said["wants"]) >= first + len(terms)

    def test_a_table_does_too(self) -> None:
        said = answer({"terms": [[math.comb(m + n, n) for n in range(7)] for m in range(7)]})
        assert said["unknowns"] > 0 and said["spare"] >= said["unknowns"] and said["bits"] >= 40
        assert said["wants"] == [[7, 0], [0, 7], [7, 7]]

    def test_a_rival_says_where_it_parts(self) -> None:
        said = answer({"terms": [n.bit_count() for n in range(40)]})
        assert all(rival["differs_at"] is None or rival["differs_at"] >= 40 for rival in said["rivals"])
