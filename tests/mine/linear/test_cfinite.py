"""The miner for linear recurrences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.config.mine_linear import ModularRules
from aimo_pipeline.formula import CFinite, Prefixed
from aimo_pipeline.mine.linear.cfinite import (
    LARGE_PRIME,
    SMALL_PRIME,
    CFiniteMiner,
    cyclotomic_orders,
    integer_recurrence,
    shortest_recurrence,
)
from aimo_pipeline.mine.linear.modulus import fewest_integral_unknowns
from aimo_pipeline.outcome import Found, NothingFits

CONFIG = MineConfig()


def run(coefficients: tuple[int, ...], initial: tuple[int, ...], count: int) -> tuple[int, ...]:
    """Terms of a recurrence, straight from the definition."""
    terms = list(initial)
    for n in range(count - len(initial)):
        terms.append(sum(c * terms[n + i] for i, c in enumerate(coefficients)))
    return tuple(terms)


class TestShortestRecurrence:
    """Berlekamp-Massey modulo a prime gives the shortest recurrence of that residue sequence."""

    @pytest.mark.parametrize("prime", [SMALL_PRIME, LARGE_PRIME])
    def test_both_moduli_are_prime(self, prime: int) -> None:
        exponent = prime.bit_length()
        residue = 4
        for _ in range(exponent - 2):  # Lucas-Lehmer
            residue = (residue * residue - 2) % prime
        assert prime == 2**exponent - 1 and residue == 0

    def test_fibonacci(self) -> None:
        assert shortest_recurrence(run((1, 1), (0, 1), 12), SMALL_PRIME, 5) == (1, 1)

    def test_it_gives_up_past_the_highest_order(self) -> None:
        assert shortest_recurrence(tuple(n**n for n in range(20)), SMALL_PRIME, 4) is None

    def test_zero_needs_no_coefficients(self) -> None:
        assert shortest_recurrence((0,) * 9, SMALL_PRIME, 3) == ()

    def test_terms_before_the_recurrence_show_as_zero_coefficients(self) -> None:
        assert shortest_recurrence((5, *run((1, 1), (1, 1), 12)), SMALL_PRIME, 5) == (0, 1, 1)


class TestIntegerRecurrence:
    """Coefficients are lifted to integers and hold on every term."""

    def test_negative_and_large_coefficients_come_back(self) -> None:
        coefficients = (-(10**90), 10**100 + 7)
        assert integer_recurrence(run(coefficients, (1, -2), 16), 6) == coefficients

    def test_coefficients_beyond_both_primes_are_refused(self) -> None:
        assert integer_recurrence(tuple((10**300) ** n for n in range(16)), 5) is None

    def test_a_difference_that_both_primes_hide_is_seen_by_the_exact_check(self) -> None:
        fibonacci = list(run((1, 1), (0, 1), 30))
        fibonacci[25] += SMALL_PRIME * LARGE_PRIME
        assert integer_recurrence(tuple(fibonacci), 8) is None

    @given(st.lists(st.integers(-9, 9), min_size=1, max_size=6), st.data())
    def test_it_is_never_longer_than_the_rule_behind_the_terms(
        self, coefficients: list[int], data: st.DataObject
    ) -> None:
        initial = data.draw(st.tuples(*[st.integers(-9, 9)] * len(coefficients)))
        terms = run(tuple(coefficients), initial, 40)
        found = integer_recurrence(terms, 12)
        assert found is not None and len(found) <= len(coefficients)
        assert run(found, terms[: len(found)], 40) == terms


class TestCyclotomicOrders:
    """Roots of unity are recognised exactly, repeated ones as well."""

    @pytest.mark.parametrize(
        ("coefficients", "orders"),
        [
            ((1,), {1}),
            ((-1,), {2}),
            ((1, 0, 0), {1, 3}),
            ((-1, 2), {1}),
            ((1, -2, 1, 0, 0, 0, 0, -1, 2), {1, 7}),
            ((-1, 0), {4}),
        ],
    )
    def test_products_of_cyclotomic_polynomials(
        self, coefficients: tuple[int, ...], orders: set[int]
    ) -> None:
        found = cyclotomic_orders(coefficients)
        assert found is not None and set(found) == orders

    @pytest.mark.parametrize("coefficients", [(1, 1), (2,), (-1, 3), (-1, 1, 1, 1), (), (0, 1)])
    def test_anything_else(self, coefficients: tuple[int, ...]) -> None:
        # (-1, 1, 1, 1) is a Salem polynomial: two of its roots lie on the unit circle, two do not.
        assert cyclotomic_orders(coefficients) is None


class TestCFiniteMiner:
    """An order needs twice as many terms, and enough spare ones."""

    def test_it_keeps_the_first_index_and_the_initial_terms(self) -> None:
        outcome = CFiniteMiner().find(run((1, 1), (3, 4), 14), 5, CONFIG)
        assert isinstance(outcome, Found)
        assert (outcome.formula, outcome.spare) == (CFinite(5, (1, 1), (3, 4)), 10)

    def test_one_term_less_is_too_little(self) -> None:
        assert isinstance(CFiniteMiner().find(run((1, 1), (3, 4), 13), 5, CONFIG), NothingFits)

    def test_order_sixteen_needs_forty_eight_terms(self) -> None:
        coefficients, initial = (2, *(1,) * 15), (0,) * 15 + (1,)
        assert isinstance(CFiniteMiner().find(run(coefficients, initial, 48), 0, CONFIG), Found)
        assert isinstance(CFiniteMiner().find(run(coefficients, initial, 47), 0, CONFIG), NothingFits)

    @pytest.mark.parametrize("prefix", [(9,), (9, 7), (9, 7, 8)])
    def test_a_short_transient_is_a_prefix(self, prefix: tuple[int, ...]) -> None:
        outcome = CFiniteMiner().find((*prefix, *run((1, 1), (1, 1), 40)), 5, CONFIG)
        assert isinstance(outcome, Found) and outcome.unknowns == 2 * (2 + len(prefix))
        assert outcome.formula == Prefixed(5, prefix, CFinite(5 + len(prefix), (1, 1), (1, 1)))

    def test_a_long_transient_is_not_accepted(self) -> None:
        outcome = CFiniteMiner().find((9, 7, 8, 4, *run((1, 1), (1, 1), 40)), 0, CONFIG)
        assert outcome == NothingFits("order 6 fits only after a transient of 4 terms")

    def test_a_transient_counts_as_order(self) -> None:
        terms = (9, 7, *run((1, 1), (1, 1), 16))
        assert isinstance(CFiniteMiner().find(terms, 0, CONFIG), Found)
        assert isinstance(CFiniteMiner().find(terms[:-1], 0, CONFIG), NothingFits)

    @pytest.mark.parametrize("place", [1, 2])
    @pytest.mark.parametrize("coefficients", [(1, 1), (-2, 3), (3, -1)])
    def test_a_wrong_early_term_is_no_transient(self, place: int, coefficients: tuple[int, ...]) -> None:
        terms = list(run(coefficients, (1, 4), 40))
        terms[place] += 5
        outcome = CFiniteMiner().find(tuple(terms), 0, CONFIG)
        assert outcome == NothingFits(f"term {place + 1} of the list breaks the rule that all others obey")

    def test_quasi_polynomials_may_have_one_odd_term(self) -> None:
        curve = tuple(n * n // 4 for n in range(40))
        assert isinstance(CFiniteMiner().find((9, *curve), 0, CONFIG), Found)
        assert isinstance(CFiniteMiner().find((9, 8, *curve), 0, CONFIG), NothingFits)

    def test_polynomials_are_left_to_their_own_miner(self) -> None:
        outcome = CFiniteMiner().find(tuple(n * n for n in range(48)), 0, CONFIG)
        assert outcome == NothingFits("it is a polynomial")

    def test_a_quasi_polynomial_needs_the_larger_spare(self) -> None:
        terms = tuple(n * n // 7 for n in range(36))
        assert isinstance(CFiniteMiner().find(terms, 0, CONFIG), Found)
        assert isinstance(CFiniteMiner().find(terms[:-1], 0, CONFIG), NothingFits)

    def test_coins_make_up_a_period_of_ten_that_decimal_digits_do_not(self) -> None:
        ways = tuple(sum((n - 5 * f) // 2 + 1 for f in range(n // 5 + 1)) for n in range(45))
        found = CFiniteMiner().find(ways, 0, MineConfig())
        assert isinstance(found, Found)
        tens = tuple(n // 10 for n in range(90))
        assert isinstance(CFiniteMiner().find(tens, 0, MineConfig()), NothingFits)


class TestTooFewTermsForAnyOrder:
    """Settings that ask for more spare terms than there are find nothing, and do not end the process."""

    @pytest.mark.parametrize("highest", [-3, -2, -1])
    def test_a_negative_order_has_no_rule(self, highest: int) -> None:
        assert integer_recurrence((1, 2, 4), highest) is None

    def test_more_spare_terms_than_terms(self) -> None:
        assert fewest_integral_unknowns((3, 7, 2, 9), ModularRules(integral_spare=12)) == 4
