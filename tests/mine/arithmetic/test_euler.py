"""The table of multiplicative functions, each against its definition by counting."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from aimo_pipeline.mine.arithmetic.euler import TABLE, template_value


def factors(n: int) -> dict[int, int]:
    found: dict[int, int] = {}
    p = 2
    while n > 1:
        while n % p == 0:
            found[p] = found.get(p, 0) + 1
            n //= p
        p += 1
    return found


def divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]


def totient(n: int) -> int:
    return sum(math.gcd(n, i) == 1 for i in range(1, n + 1))


def roots(n: int, term: Callable[[int], int]) -> int:
    return sum(term(x) % n == 0 for x in range(n))


def four(d: int) -> int:
    """The character modulo 4."""
    return (0, 1, 0, -1)[d % 4]


COUNTED: dict[tuple[str, tuple[int, ...]], Callable[[int], int]] = {
    ("sigma", (0,)): lambda n: len(divisors(n)),
    ("sigma", (2,)): lambda n: sum(d * d for d in divisors(n)),
    ("signed_sigma", (3,)): lambda n: sum((-1) ** (n + d) * d**3 for d in divisors(n)),
    ("divisors", (3,)): lambda n: sum(len(divisors(d)) for d in divisors(n)),
    ("divisors_of_power", (3,)): lambda n: len(divisors(n**3)) if n < 30 else math.prod(
        3 * e + 1 for e in factors(n).values()
    ),
    ("power", (3,)): lambda n: n**3,
    ("jordan", (1,)): totient,
    ("jordan", (2,)): lambda n: n * n - sum(
        math.gcd(i, j, n) > 1 for i in range(n) for j in range(n)
    ) if n < 40 else sum(d * d * _mobius(n // d) for d in divisors(n)),
    ("dedekind", (1,)): lambda n: sum(d for d in divisors(n) if _mobius(n // d)),
    ("mobius", ()): lambda n: _mobius(n),
    ("free", (2,)): lambda n: int(all(n % (d * d) for d in range(2, n + 1))),
    ("free", (3,)): lambda n: int(all(n % d**3 for d in range(2, n + 1))),
    ("perfect", (2,)): lambda n: int(math.isqrt(n) ** 2 == n),
    ("to_big_omega", (-1,)): lambda n: (-1) ** sum(factors(n).values()),
    ("to_omega", (3,)): lambda n: 3 ** len(factors(n)),
    ("radical", (1,)): lambda n: math.prod(factors(n)),
    ("free_part", (2,)): lambda n: min(d for d in divisors(n) if math.isqrt(n // d) ** 2 == n // d),
    ("root_part", (2,)): lambda n: max(d for d in range(1, n + 1) if n % (d * d) == 0),
    ("roots_of_zero", (2,)): lambda n: roots(n, lambda x: x * x),
    ("roots_of_zero", (3,)): lambda n: roots(n, lambda x: x**3),
    ("unitary_sigma", (1,)): lambda n: sum(d for d in divisors(n) if math.gcd(d, n // d) == 1),
    ("unitary_totient", (1,)): lambda n: math.prod(p**e - 1 for p, e in factors(n).items()),
    ("exponents", (1,)): lambda n: math.prod(factors(n).values()),
    ("abelian_groups", ()): lambda n: math.prod((1, 1, 2, 3, 5, 7, 11, 15)[e] for e in factors(n).values()),
    ("pillai", (1,)): lambda n: sum(math.gcd(n, i) for i in range(n)),
    ("pillai", (2,)): lambda n: sum(math.gcd(n, i) ** 2 for i in range(n)),
    ("unity_roots", (2,)): lambda n: roots(n, lambda x: x * x - 1),
    ("unity_roots", (3,)): lambda n: roots(n, lambda x: x**3 - 1),
    ("unity_roots", (4,)): lambda n: roots(n, lambda x: x**4 - 1),
    ("unity_roots", (6,)): lambda n: roots(n, lambda x: x**6 - 1),
    ("square_roots", (-1,)): lambda n: roots(n, lambda x: x * x + 1),
    ("square_roots", (2,)): lambda n: roots(n, lambda x: x * x - 2),
    ("square_roots", (-6,)): lambda n: roots(n, lambda x: x * x + 6),
    ("square_roots", (5,)): lambda n: roots(n, lambda x: x * x - 5),
    ("squares", ()): lambda n: len({x * x % n for x in range(n)}),
    ("character_sum", (-4, 0)): lambda n: sum(map(four, divisors(n))),
    ("character_sum", (-4, 2)): lambda n: sum(four(d) * d * d for d in divisors(n)),
    ("twisted_sigma", (-4, 2)): lambda n: sum(four(n // d) * d * d for d in divisors(n)),
    ("character_sum", (-3, 1)): lambda n: sum((0, 1, -1)[d % 3] * d for d in divisors(n)),
    ("character_sum", (5, 0)): lambda n: sum((0, 1, -1, -1, 1)[d % 5] for d in divisors(n)),
    ("powerful_part", (2,)): lambda n: max(d for d in unitary(n) if 1 not in factors(d).values()),
    ("free_unitary_part", (3,)): lambda n: max(d for d in unitary(n) if {1, 2} >= {*factors(d).values()}),
    ("head", (1, -1, 1)): totient,
    ("zeta", (1, 1, 1, 1, 0, -1)): totient,
    ("zeta", (1, 0, 2, 2, 0, -1)): lambda n: 2 ** len(factors(n)),
    ("sigma*jordan", (1, 1)): lambda n: sum(divisors(n)) * totient(n),
    ("sigma@2", (1, 3, 1)): lambda n: sum(d for d in divisors(n) if d % 4),
    ("to_omega@2", (3, 1, 2, 4, 2)): lambda n: roots(n, lambda x: x * x - 1),
}  # fmt: skip


def unitary(n: int) -> list[int]:
    return [d for d in divisors(n) if math.gcd(d, n // d) == 1]


def _mobius(n: int) -> int:
    exponents = factors(n).values()
    return 0 if any(e > 1 for e in exponents) else (-1) ** len(exponents)


class TestTable:
    """Every function has its counted values up to 130."""

    @pytest.mark.parametrize(("template", "parameters"), COUNTED)
    def test_it_is_what_counting_gives(self, template: str, parameters: tuple[int, ...]) -> None:
        for n in range(1, 131):
            values = [template_value(template, parameters, p, e) for p, e in factors(n).items()]
            assert None not in values
            assert math.prod(value or 0 for value in values) == COUNTED[template, parameters](n)

    def test_no_function_of_the_table_goes_uncounted(self) -> None:
        counted = {name for template, _ in COUNTED for name in template.removesuffix("@2").split("*")}
        assert counted == set(TABLE)

    @pytest.mark.parametrize(
        ("template", "parameters"),
        [
            ("nothing", ()),
            ("sigma", ()),
            ("sigma", (1, 2)),
            ("mobius@2", ()),
            ("mobius@2", (2, 3)),
            ("sigma*", (1,)),
        ],
    )
    def test_what_is_not_in_the_table_has_no_value(self, template: str, parameters: tuple[int, ...]) -> None:
        assert template_value(template, parameters, 2, 1) is None

    def test_one_is_the_empty_product(self) -> None:
        assert template_value("sigma", (1,), 7, 0) == 1
