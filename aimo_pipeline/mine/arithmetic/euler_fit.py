"""Which template of the table (mine/arithmetic/euler.py) has the given values at prime powers.

The tiers go from the familiar to the fitted: one function of the table, two of them multiplied, one with
values of its own at the powers of 2, then P(p) p^(k (e - 1)) with a polynomial P, and products of zeta
functions read off the values at primes and at their squares. Within a tier two templates that fit but part
later cancel out.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement
from operator import mul, ne

from flint import fmpq_mat, fmpz_mat

from aimo_pipeline.config.mine_families import MultiplicativeRules
from aimo_pipeline.mine.arithmetic.euler import TABLE, template_value
from aimo_pipeline.mine.integers import polynomial_value

Values = dict[tuple[int, int], int]  # (p, e) -> value at p^e

MAX_DEGREE = 8
AT_POWERS = (
    "perfect",
    "free",
    "free_part",
    "root_part",
)  # as plain as can be before the k-th power of a prime
# Repeat in the exponent: two of them together have not shown what they are before both have come round.
REPEATING = ("perfect", "free_part", "root_part", "roots_of_zero")
# Rare, and close to much else for a while: x^12 = 1 has phi(n) roots for almost every small n.
COUNTS_OF_ROOTS = ("unity_roots", "square_roots", "squares", "character_sum", "twisted_sigma")
FIRST = ((2, 1), (3, 1), (2, 2), (5, 1), (7, 1), (2, 3), (3, 2))
LEAST_BOUND = max(p**e for p, e in FIRST)
FAR_PRIMES = (2, 3, 5, 7, 97, 101, 103, 107, 109, 113, 127, 131)
FAR_EXPONENTS = range(1, 9)


@dataclass(frozen=True)
class Template:
    """A template with its parameters; `unknowns` says how many numbers were chosen to fit."""

    name: str
    parameters: tuple[int, ...]
    unknowns: int

    def at(self, p: int, e: int) -> int | None:
        """The value at p^e."""
        return template_value(self.name, self.parameters, p, e)


@dataclass(frozen=True)
class Undecided:
    """Two templates of one tier fit the values and part later, or one fits all values but one."""


CONSTANT = Template("power", (0,), 0)


def fitting_template(values: Values, rules: MultiplicativeRules) -> Template | Undecided | None:
    """The simplest template with these values at prime powers; None if the table has none.

    Args:
        values: at all prime powers up to some bound, which is LEAST_BOUND or more.
    """
    near = (template for template in _near(values) if template.name not in COUNTS_OF_ROOTS)
    if any(_misses_one(template, values) for template in near):
        return Undecided()
    for tier in (_single, _products, _own_at_two, _heads, _zetas):
        fits = [template for template in tier(values, rules) if _fits(template, values)]
        if fits:
            futures = {_far_values(template) for template in fits}
            simplest = min(
                fits, key=lambda template: (template.unknowns, len(template.name), template.parameters)
            )
            return simplest if len(futures) == 1 and _has_acted(simplest, values) else Undecided()
    return None


def _far_values(template: Template) -> tuple[int | None, ...]:
    return tuple(template.at(p, e) for p in FAR_PRIMES for e in FAR_EXPONENTS)


def _misses_one(template: Template, values: Values) -> bool:
    """True if it is right at all prime powers but one: that one may be wrong, or the first of many."""
    misses = 0
    for (p, e), value in values.items():
        misses += template.at(p, e) != value
        if misses == 2:
            return False
    return misses == 1


def _fits(template: Template, values: Values) -> bool:
    return all(template.at(p, e) == value for (p, e), value in values.items())


def _has_acted(template: Template, values: Values) -> bool:
    """False for indicators of k-th powers, and other functions of these next to own values at 2, without 3^k.

    They may then be anything: the powers of 2 below 27 are a perfect@2 for every k from 3 on. False, too, for
    two REPEATING ones before their common period is over: up to 2^5, p^(e // 2) p^(e - ceil(e / 3)) is the
    powerful part of n.
    """
    parts = template.name.split("*")
    if len(parts) > 1 and all(part in REPEATING for part in parts):
        return (2, math.prod(template.parameters) + 1) in values
    own_at_two, parameters = template.name.endswith("@2"), list(template.parameters)
    if own_at_two:
        del parameters[: 1 + parameters[0]]
    for part in template.name.removesuffix("@2").split("*"):
        arity = TABLE[part][0]
        seen = (part != "perfect" and not own_at_two) or part not in AT_POWERS
        if not seen and (3, parameters[0]) not in values:
            return False
        del parameters[:arity]
    return True


@cache
def _named() -> tuple[Template, ...]:
    """The functions of the table with the parameters that they usually have."""
    ranges: dict[str, tuple[int, ...]] = {
        "sigma": tuple(range(1, 7)),
        "signed_sigma": (0, 1, 2, 3),
        "divisors": tuple(range(2, 9)),
        "divisors_of_power": tuple(range(2, 7)),
        "power": tuple(range(1, 5)),
        "jordan": tuple(range(1, 7)),
        "dedekind": (1, 2, 3, 4),
        "free": (2, 3, 4),
        "perfect": (2, 3),
        "to_big_omega": (-3, -2, -1, 2, 3, 4, 5),
        "to_omega": (-3, -2, -1, 2, 3, 4, 5, 6),
        "radical": (1, 2, 3),
        "free_part": (2, 3),
        "root_part": (2, 3),
        "roots_of_zero": (2, 3, 4),
        "powerful_part": (2, 3),
        "free_unitary_part": (2, 3),
        "unitary_sigma": (1, 2, 3),
        "unitary_totient": (1, 2, 3),
        "exponents": (1, 2),
        "pillai": (1, 2, 3),
        "unity_roots": (2, 3, 4, 5, 6, 8, 12),
        "square_roots": (-7, -6, -5, -3, -2, -1, 1, 2, 3, 5, 6, 7),
    }
    single = [Template(name, (k,), 1) for name, parameters in ranges.items() for k in parameters]
    plain = [Template(name, (), 0) for name in ("mobius", "abelian_groups", "squares")]
    twisted = [
        Template(name, (discriminant, k), 2)
        for name in ("character_sum", "twisted_sigma")
        for discriminant in (-3, -4, 5, -7, 8, -8, -11, 12, 13)
        for k in (0, 1, 2, 3)
    ]
    return (*plain, *single, *twisted)


def _single(values: Values, rules: MultiplicativeRules) -> Iterator[Template]:
    return (template for template in _near(values) if template != CONSTANT)


def _near(values: Values) -> Iterator[Template]:
    """The functions of the table, and the constant one, with all of the FIRST values but one, or all."""
    wanted = tuple(values[key] for key in FIRST)
    return (one for one, row in ((CONSTANT, (1,) * len(FIRST)), *_rows()) if sum(map(ne, row, wanted)) < 2)


@cache
def _rows() -> tuple[tuple[Template, tuple[int, ...]], ...]:
    """Each function of the table with its first values."""
    return tuple((template, tuple(template.at(p, e) or 0 for p, e in FIRST)) for template in _named())


def _products(values: Values, rules: MultiplicativeRules) -> Iterator[Template]:
    for one, other in _pairs().get(tuple(values[key] for key in FIRST), ()):
        unknowns = one.unknowns + other.unknowns + 1
        yield Template(f"{one.name}*{other.name}", one.parameters + other.parameters, unknowns)


@cache
def _pairs() -> dict[tuple[int, ...], list[tuple[Template, Template]]]:
    """Two functions of the table each, by the first values of their product."""
    pairs = defaultdict(list)
    for (one, left), (other, right) in combinations_with_replacement(_rows(), 2):
        pairs[tuple(map(mul, left, right))].append((one, other))
    return dict(pairs)


def _own_at_two(values: Values, rules: MultiplicativeRules) -> Iterator[Template]:
    """A function of the table at odd primes, and at 2 values that soon stay the same."""
    at_two = [value for (p, _), value in sorted(values.items()) if p == 2]
    count = len(at_two)
    while count > 1 and at_two[count - 2] == at_two[-1]:
        count -= 1
    if len(at_two) - count + 1 < rules.min_tail:
        return
    odd = {key: value for key, value in values.items() if key[0] != 2}
    for template in (CONSTANT, *_named()):
        if _fits(template, odd):
            parameters = (count, *at_two[:count], *template.parameters)
            yield Template(f"{template.name}@2", parameters, template.unknowns + count)


def _heads(values: Values, rules: MultiplicativeRules) -> Iterator[Template]:
    polynomial = _through_primes(values, rules)
    if polynomial is None:
        return
    for k in range(MAX_DEGREE + 1):
        yield Template("head", (k, *polynomial), 1 + len(polynomial))


def _through_primes(values: Values, rules: MultiplicativeRules) -> tuple[int, ...] | None:
    """The integer polynomial P of least degree with value P(p) at each prime, lowest power first."""
    points = [(p, value) for (p, e), value in sorted(values.items()) if e == 1]
    for size in range(1, min(MAX_DEGREE + 1, len(points) - rules.min_checked_primes) + 1):
        powers = fmpz_mat([[p**i for i in range(size)] for p, _ in points[:size]])
        solution = fmpq_mat(powers).solve(fmpq_mat(fmpz_mat([[value] for _, value in points[:size]])))
        if all(solution[i, 0].q == 1 for i in range(size)):
            coefficients = tuple(int(solution[i, 0].p) for i in range(size))
            if all(polynomial_value(coefficients, p) == value for p, value in points):
                return coefficients
    return None


def _zetas(values: Values, rules: MultiplicativeRules) -> Iterator[Template]:
    polynomial = _through_primes(values, rules)
    if polynomial is None or sum(map(abs, polynomial)) > rules.max_zetas:
        return
    first = tuple(number for k, m in enumerate(polynomial) if m for number in (1, k, m))
    rests = [
        (p, value - (template_value("zeta", first, p, 2) or 0))
        for (p, e), value in sorted(values.items())
        if e == 2
    ]
    if first and len(rests) >= 2 and not any(rest for _, rest in rests):
        yield Template("zeta", first, len(polynomial))
    if first and len(rests) >= rules.min_tail:
        for k in range(MAX_DEGREE + 1):
            m, uneven = divmod(rests[0][1], 2**k)
            if m and not uneven and abs(m) <= rules.max_zetas and all(rest == m * p**k for p, rest in rests):
                yield Template("zeta", (*first, 2, k, m), len(polynomial) + 2)
