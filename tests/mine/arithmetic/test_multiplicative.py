"""Multiplicative functions and sums over divisors: mining them and evaluating them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import DivisorSum, Multiplicative, Prefixed
from aimo_pipeline.mine.arithmetic.divisor_sum import DivisorSumMiner, mobius_inverse
from aimo_pipeline.mine.arithmetic.euler_fit import Template, Undecided, fitting_template
from aimo_pipeline.mine.arithmetic.multiplicative import (
    MultiplicativeMiner,
    factored,
    prime_power_values,
    value,
)
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.outcome import Found, NothingFits

CONFIG = MineConfig()
Function = Callable[[int], int]


def find(terms: tuple[int, ...], first_index: int = 1) -> Found | NothingFits:
    return MultiplicativeMiner().find(terms, first_index, CONFIG)


def divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]


def totient(n: int) -> int:
    return sum(math.gcd(n, i) == 1 for i in range(1, n + 1))


def unitary(n: int) -> list[int]:
    return [d for d in divisors(n) if math.gcd(d, n // d) == 1]


def is_powerful(n: int) -> bool:
    return all(n % (p * p) == 0 for p in range(2, n + 1) if n % p == 0 and is_prime(p))


def is_prime(n: int) -> bool:
    return len(divisors(n)) == 2


def squares_that_add_to(n: int, count: int) -> int:
    """Ways to write n as an ordered sum of `count` squares of integers of either sign."""
    ways = [1] + [0] * n
    for _ in range(count):
        ways = [
            sum((2 if i else 1) * ways[m - i * i] for i in range(math.isqrt(m) + 1)) for m in range(n + 1)
        ]
    return ways[n]


FUNCTIONS: dict[str, tuple[Function, str]] = {
    "number of divisors": (lambda n: len(divisors(n)), "divisors"),
    "sum of divisors": (lambda n: sum(divisors(n)), "sigma"),
    "three times the sum of cubes of divisors": (lambda n: 3 * sum(d**3 for d in divisors(n)), "sigma"),
    "totient": (totient, "jordan"),
    "gcd sum": (lambda n: sum(math.gcd(n, i) for i in range(n)), "pillai"),
    "self-inverse residues": (lambda n: sum(x * x % n == 1 % n for x in range(n)), "unity_roots"),
    "square roots of minus one": (lambda n: sum((x * x + 1) % n == 0 for x in range(n)), "square_roots"),
    "squares modulo n": (lambda n: len({x * x % n for x in range(n)}), "squares"),
    "sum of odd divisors": (lambda n: sum(d for d in divisors(n) if d % 2), "sigma@2"),
    "totient times sum of divisors": (lambda n: totient(n) * sum(divisors(n)), "sigma*jordan"),
    "n times number of divisors": (lambda n: n * len(divisors(n)), "divisors*power"),
    "powerful part": (lambda n: max(d for d in unitary(n) if is_powerful(d)), "powerful_part"),
    "squarefree unitary part": (
        lambda n: max(d for d in unitary(n) if mobius(d)),
        "free_unitary_part",
    ),
    "subgroups of index n in Z^3": (
        lambda n: sum(d * d * sum(divisors(n // d)) for d in divisors(n)),
        "zeta",
    ),
    "two by two invertible matrices modulo n": (
        lambda n: n * totient(n) * sum(d * d * mobius(n // d) for d in divisors(n)),
        "",
    ),
}


def mobius(n: int) -> int:
    result = 1
    for p in range(2, n + 1):
        if n % p == 0:
            n //= p
            result = 0 if n % p == 0 else -result
    return result


class TestMultiplicativeMiner:
    """A function of the table is found behind terms that multiply."""

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_it_predicts_what_the_function_predicts(self, name: str) -> None:
        function, template = FUNCTIONS[name]
        outcome = find(tuple(map(function, range(1, 61))))
        assert isinstance(outcome, Found) and isinstance(outcome.formula, Multiplicative)
        assert template in ("", outcome.formula.template)
        assert [value(outcome.formula, n, None) for n in range(1, 200)] == list(map(function, range(1, 200)))

    @pytest.mark.parametrize("count", [2, 4, 8])
    def test_sums_of_squares_from_zero_on_keep_their_first_term(self, count: int) -> None:
        outcome = find(tuple(squares_that_add_to(n, count) for n in range(60)), 0)
        assert isinstance(outcome, Found) and isinstance(outcome.formula, Prefixed)
        assert terms_of(outcome.formula, 100) == tuple(squares_that_add_to(n, count) for n in range(100))

    def test_however_few_terms_the_settings_allow_no_value_is_read_that_is_not_there(self) -> None:
        any_number = replace(CONFIG, multiplicative=replace(CONFIG.multiplicative, min_terms=1))
        for count in range(14):
            terms = tuple(map(totient, range(1, count + 1)))
            outcome = MultiplicativeMiner().find(terms, 1, any_number)
            assert isinstance(outcome, NothingFits) or count >= 9

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_from_index_2_on_the_products_say_what_the_first_one_is(self, name: str) -> None:
        function, _ = FUNCTIONS[name]
        terms = list(map(function, range(2, 62)))
        outcome = find(tuple(terms), 2)
        assert isinstance(outcome, Found) and outcome.formula.first_index == 2
        assert terms_of(outcome.formula, 120) == tuple(map(function, range(2, 122)))
        for place in range(0, 60, 7):
            assert isinstance(find((*terms[:place], terms[place] + 1, *terms[place + 1 :]), 2), NothingFits)

    def test_two_functions_that_repeat_in_the_exponent_need_their_common_period(self) -> None:
        def product(n: int) -> int:  # root_part 2 times roots_of_zero 3: the powerful part up to 2^5
            root = max(d for d in divisors(n) if n % (d * d) == 0)
            return root * sum(x**3 % n == 0 for x in range(n))

        for count in (40, 63, 100, 127):
            outcome = find(tuple(map(product, range(1, count + 1))))
            assert not isinstance(outcome, Found) or outcome.formula.template == "powerful_part"

    @pytest.mark.parametrize("count", [12, 16, 20, 30, 60])
    def test_the_totient_from_few_terms(self, count: int) -> None:
        outcome = find(tuple(map(totient, range(1, count + 1))))
        assert isinstance(outcome, Found) and outcome.formula == Multiplicative(1, 1, "jordan", (1,))

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_a_corrupted_term_is_never_accepted(self, name: str) -> None:
        numbers = random.Random(5)
        terms = list(map(FUNCTIONS[name][0], range(1, 49)))
        for position in range(48):
            error = numbers.choice([-3, -1, 1, 2, terms[position] or 1])
            assert isinstance(
                find((*terms[:position], terms[position] + error, *terms[position + 1 :])), NothingFits
            )

    @given(
        st.randoms(use_true_random=False),
        st.integers(12, 60),
        st.sampled_from([(-1, 1), (0, 1, 2), range(1, 9)]),
    )
    def test_random_multiplicative_functions_are_never_named(
        self, numbers: random.Random, count: int, values: tuple[int, ...]
    ) -> None:
        chosen = {n: numbers.choice(values) for n in range(2, 90)}

        def term(n: int) -> int:
            product, p = 1, 2
            while n > 1:
                power = 1
                while n % p == 0:
                    n, power = n // p, power * p
                product, p = product * (chosen[power] if power > 1 else 1), p + 1
            return product

        outcome = find(tuple(map(term, range(1, count + 1))))
        if isinstance(outcome, Found):  # by chance, and then of few values only
            assert outcome.bits < 60

    @pytest.mark.parametrize(
        "terms",
        [(), (0,) * 40, (1,) * 40, (2, 1) * 20, tuple(range(5, 50)), (1, 10**9999) * 20, (1, *range(40))],
    )
    @pytest.mark.parametrize("first_index", [-2, 0, 1, 7])
    def test_nothing_raises(self, terms: tuple[int, ...], first_index: int) -> None:
        assert isinstance(find(terms, first_index), NothingFits)


class TestFittingTemplate:
    """The simplest template wins, and doubt wins over it."""

    def values(self, function: Function, count: int) -> dict[tuple[int, int], int]:
        values = prime_power_values(tuple(map(function, range(1, count + 1))))
        assert values is not None
        return values

    def test_one_wrong_value_is_not_taken_for_another_function(self) -> None:
        values = self.values(lambda n: (-1) ** sum(e for e in exponents(n)), 20)
        assert fitting_template(values, CONFIG.multiplicative) == Template("to_big_omega", (-1,), 1)
        values[2, 4] = 0  # as for the product with the indicator of numbers without fourth powers
        assert isinstance(fitting_template(values, CONFIG.multiplicative), Undecided)

    def test_a_polynomial_at_primes(self) -> None:
        values = self.values(lambda n: math.prod(p * p - 5 * p + 9 for p in primes(n)), 60)
        assert fitting_template(values, CONFIG.multiplicative) == Template("head", (0, 9, -5, 1), 4)

    def test_an_indicator_of_powers_has_to_have_acted_at_an_odd_prime(self) -> None:
        values = self.values(lambda n: int(n & (n - 1) == 0), 25)
        assert isinstance(fitting_template(values, CONFIG.multiplicative), Undecided)  # with or without 27
        cubes = self.values(lambda n: int(round(n ** (1 / 3)) ** 3 == n), 30)
        assert fitting_template(cubes, CONFIG.multiplicative) == Template("perfect", (3,), 1)

    def test_functions_that_part_later_leave_it_undecided(self) -> None:
        values = self.values(lambda n: sum(pow(x, 4, n) == 1 % n for x in range(n)), 16)
        assert isinstance(
            fitting_template(values, CONFIG.multiplicative), Undecided
        )  # x^8 = 1 has more roots from 17 on


def exponents(n: int) -> list[int]:
    found = []
    for p in range(2, n + 1):
        e = 0
        while n % p == 0:
            n, e = n // p, e + 1
        found += [e] * (e > 0)
    return found


def primes(n: int) -> list[int]:
    return [p for p in divisors(n) if len(divisors(p)) == 2]


class TestValue:
    """Far values come from the factors of the index."""

    def test_divisors_at_ten_to_the_eighteen(self) -> None:
        assert value(Multiplicative(1, 1, "divisors", (2,)), 10**18, None) == 19 * 19

    def test_the_totient_of_a_product_of_two_large_primes(self) -> None:
        p, q = 10**15 + 37, 10**16 + 61
        assert value(Multiplicative(1, 1, "jordan", (1,)), p * q, None) == (p - 1) * (q - 1)

    def test_a_huge_smooth_index(self) -> None:
        index = 2**2000 * 3**700 * (10**15 + 37)
        assert value(Multiplicative(1, -5, "divisors", (2,)), index, 10**9) == -5 * 2001 * 701 * 2 % 10**9

    def test_a_huge_prime_index(self) -> None:
        assert value(Multiplicative(1, 1, "sigma", (1,)), 2**521 - 1, 10**9) == 2**521 % 10**9

    def test_what_cannot_be_factored_is_refused(self) -> None:
        assert isinstance(factored((2**521 - 1) * (2**607 - 1)), CannotEvaluate)

    @pytest.mark.parametrize(("index", "modulus"), [(0, None), (-4, 5), (5, 0)])
    def test_indices_and_moduli_out_of_range(self, index: int, modulus: int | None) -> None:
        assert isinstance(value(Multiplicative(1, 1, "sigma", (1,)), index, modulus), CannotEvaluate)

    def test_a_template_that_is_not_in_the_table_is_refused(self) -> None:
        assert isinstance(value(Multiplicative(1, 1, "nothing", ()), 6, None), CannotEvaluate)

    def test_a_term_of_more_than_a_million_digits_is_refused_but_not_its_residue(self) -> None:
        rule = Multiplicative(1, 1, "power", (10**5,))
        assert isinstance(value(rule, 10**18, None), CannotEvaluate) and value(rule, 10**18, 7) == 1


WEIGHTS: dict[str, Function] = {
    "d^2 + d": lambda d: d * d + d,
    "2^d": lambda d: 2**d,
    "d 2^d": lambda d: d * 2**d,
    "character modulo 5": lambda d: (0, 1, -1, -1, 1)[d % 5],
    "d mod 3": lambda d: d % 3,
    "signed d": lambda d: (-1) ** d * d,
}


class TestDivisorSumMiner:
    """The weight of a sum over divisors is found by inverting it."""

    @given(st.lists(st.integers(), max_size=50))
    def test_inversion_undoes_summation(self, weights: list[int]) -> None:
        sums = tuple(sum(weights[d - 1] for d in divisors(n)) for n in range(1, len(weights) + 1))
        assert mobius_inverse(sums) == tuple(weights)

    @pytest.mark.parametrize("name", WEIGHTS)
    @pytest.mark.parametrize("first_index", [0, 1])
    def test_it_predicts_what_the_weight_predicts(self, name: str, first_index: int) -> None:
        def term(n: int) -> int:
            return sum(WEIGHTS[name](d) for d in divisors(n)) if n else 77

        outcome = DivisorSumMiner().find(tuple(map(term, range(first_index, 60))), first_index, CONFIG)
        assert isinstance(outcome, Found) and isinstance(outcome.formula, DivisorSum | Prefixed)
        assert terms_of(outcome.formula, 90) == tuple(map(term, range(first_index, first_index + 90)))

    @pytest.mark.parametrize("terms", [(), (5,) * 40, (1, *[0] * 40), (3, 10**50_000) * 24])
    def test_nothing_raises(self, terms: tuple[int, ...]) -> None:
        assert isinstance(DivisorSumMiner().find(terms, 1, CONFIG), NothingFits)

    def test_a_corrupted_term_is_never_accepted(self) -> None:
        terms = [sum(2**d for d in divisors(n)) for n in range(1, 49)]
        for position in range(48):
            corrupted = (*terms[:position], terms[position] + 1, *terms[position + 1 :])
            assert isinstance(DivisorSumMiner().find(corrupted, 1, CONFIG), NothingFits)
