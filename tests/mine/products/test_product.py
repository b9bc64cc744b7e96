"""Products and powers, found through the rules of their ratios and exponents."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.config.mine_families import ProductRules
from aimo_pipeline.config.mine_linear import PolynomialRules
from aimo_pipeline.formula import CFinite, Formula, PartialProduct, Polynomial, Power
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.linear.cfinite import CFiniteMiner
from aimo_pipeline.mine.linear.polynomial import PolynomialMiner
from aimo_pipeline.mine.products.product import integer_ratios, product_miners
from aimo_pipeline.mine.products.readings import exact_logarithm, primitive_root, readings, valuation
from aimo_pipeline.outcome import FitOutcome, Found, NothingFits

CONFIG = MineConfig()
PRODUCT, POWER = product_miners((PolynomialMiner(), CFiniteMiner()))
PRIMES = [p for p in range(2, 300) if all(p % d for d in range(2, p))]
FIBONACCI = CFinite(0, (1, 1), (0, 1))


def product(terms: list[int]) -> FitOutcome:
    return PRODUCT.find(tuple(terms), 0, CONFIG)


def power(terms: list[int], first_index: int = 0) -> FitOutcome:
    return POWER.find(tuple(terms), first_index, CONFIG)


def formula(outcome: FitOutcome) -> Formula:
    assert isinstance(outcome, Found), outcome
    return outcome.formula


class TestProductMiner:
    """A product is found if its ratios are integers that follow a rule."""

    def test_the_product_of_fibonacci_numbers(self) -> None:
        terms = list(terms_of(PartialProduct(1, 1, CFinite(1, (1, 1), (1, 1))), 16))
        assert formula(product(terms)) == PartialProduct(0, 1, CFinite(0, (1, 1), (1, 1)))

    def test_superfactorials_are_products_of_products(self) -> None:
        terms = [math.prod(math.factorial(k) for k in range(n + 1)) for n in range(30)]
        found = formula(product(terms))
        assert isinstance(found, PartialProduct) and isinstance(found.ratio, PartialProduct)
        assert terms_of(found, 32)[:30] == tuple(terms)

    def test_primorials_have_no_rule(self) -> None:
        assert isinstance(product([math.prod(PRIMES[:n]) for n in range(50)]), NothingFits)

    @pytest.mark.parametrize(
        "terms", [[], [0] * 20, [3**n for n in range(20)], [(-1) ** (n // 3) for n in range(60)]]
    )
    def test_empty_zero_geometric_and_unit_terms_are_refused(self, terms: list[int]) -> None:
        assert isinstance(product(terms), NothingFits)

    def test_ratios_stop_at_the_first_that_is_no_integer(self) -> None:
        assert integer_ratios((1, -2, 6)) == (-2, -3)
        assert integer_ratios((1, 2, 3)) is None
        assert integer_ratios((1, 0, 0)) is None


class TestPowerMiner:
    """A power is found if one base, one factor and one small shift leave exponents that follow a rule."""

    @pytest.mark.parametrize(
        ("terms", "factor", "base", "shift"),
        [
            ([2 ** (n * n) for n in range(13)], 1, 2, 0),
            ([3 * 4 ** (n * n) for n in range(1, 14)], 3, 4, 0),
            ([5 * 6 ** (n * n + 1) - 1 for n in range(13)], 5, 6, -1),
            ([-(2 ** (n * n)) + 3 for n in range(13)], -1, 2, 3),
            ([(-3) ** (n * n) for n in range(13)], 1, -3, 0),
            ([-((-3) ** (n * n)) - 2 for n in range(13)], -1, -3, -2),
        ],
    )
    def test_factor_base_and_shift_come_back(
        self, terms: list[int], factor: int, base: int, shift: int
    ) -> None:
        found = formula(power(terms))
        assert isinstance(found, Power)
        assert (found.factor, found.base, found.shift) == (factor, base, shift)
        assert terms_of(found, len(terms)) == tuple(terms)

    def test_fermat_numbers_are_found_from_seven_terms_on(self) -> None:
        fermat = [2**2**n + 1 for n in range(7)]
        assert formula(power(fermat)) == Power(0, 1, 2, 1, CFinite(0, (2,), (1,)))
        assert isinstance(power(fermat[:-1]), NothingFits)

    def test_fibonacci_exponents_keep_the_first_index(self) -> None:
        terms = [2**e for e in terms_of(FIBONACCI, 14)]
        assert formula(power(terms, 5)) == Power(5, 1, 2, 0, CFinite(5, (1, 1), (0, 1)))

    def test_towers_have_powers_as_exponents(self) -> None:
        terms = [2**2 ** (n * n - 4 * n + 4) for n in range(7)]
        lenient = MineConfig(
            products=ProductRules(min_spare=3), polynomial=PolynomialRules(min_distinct_differences=2)
        )
        found = formula(POWER.find(tuple(terms), 0, lenient))
        assert found == Power(0, 1, 2, 0, Power(0, 1, 2, 0, Polynomial(0, (4, -3, 2))))
        assert isinstance(power(terms), NothingFits)

    @pytest.mark.parametrize(
        "terms",
        [
            [],
            [0] * 30,
            [7] * 30,
            [2**n for n in range(30)],
            [2**n + 1 for n in range(30)],
            [2**p for p in PRIMES[:30]],
            [10**100_000 + 1, 3] * 10,
            list(range(-10, 10)),
        ],
    )
    def test_what_is_no_power_or_has_no_rule_is_refused(self, terms: list[int]) -> None:
        assert isinstance(power(terms), NothingFits)

    @given(st.lists(st.integers(0, 40), min_size=4, max_size=8, unique=True), st.sampled_from([2, 6, 9, 10]))
    def test_readings_give_the_terms_back(self, exponents: list[int], base: int) -> None:
        terms = tuple(5 * base**e - 2 for e in exponents)
        for reading in readings(terms, -2, CONFIG.products.min_distinct_exponents):
            assert tuple(reading.factor * reading.base**e - 2 for e in reading.exponents) == terms

    def test_a_primitive_root_is_no_perfect_power(self) -> None:
        assert [primitive_root(n) for n in (2, 4, 6, 36, 64, 729, 72)] == [2, 2, 6, 6, 2, 3, 72]

    def test_logarithms_are_exact(self) -> None:
        assert exact_logarithm(3**5000, 3) == 5000
        assert exact_logarithm(3**5000 + 1, 3) is None
        assert exact_logarithm(1, 3) == 0


@st.composite
def rules(draw: st.DrawFn) -> PartialProduct | Power:
    """Products and powers over exponents or ratios of degree 2 or order 2."""
    first = draw(st.integers(-3, 3))
    start, step, second = draw(st.tuples(*[st.integers(1, 9)] * 3))
    polynomial = Polynomial(first, (start, step - 1, second))
    recurrence = CFinite(first, draw(st.tuples(*[st.integers(1, 2)] * 2)), (1, step))
    inside = draw(st.sampled_from([polynomial, recurrence]))
    if draw(st.booleans()):
        return PartialProduct(first, draw(st.integers(1, 9)), inside)
    return Power(first, draw(st.integers(1, 9)), draw(st.integers(2, 7)), draw(st.integers(-1, 1)), inside)


class TestBothMiners:
    """What they predict is what the rule behind the terms predicts, or they predict nothing."""

    @settings(deadline=None, max_examples=40)
    @given(rules())
    def test_they_predict_what_the_rule_predicts(self, rule: PartialProduct | Power) -> None:
        terms = terms_of(rule, 16)
        for miner in (PRODUCT, POWER):
            outcome = miner.find(terms[:14], rule.first_index, CONFIG)
            if isinstance(outcome, Found):
                assert terms_of(outcome.formula, len(terms)) == terms
            else:
                assert type(rule) is not {PRODUCT: PartialProduct, POWER: Power}[miner]

    @settings(deadline=None, max_examples=40)
    @given(rules(), st.integers(0, 13), st.integers(1, 9))
    def test_a_corrupted_term_is_never_accepted(
        self, rule: PartialProduct | Power, place: int, error: int
    ) -> None:
        terms = list(terms_of(rule, 14))
        if len(terms) < 14:
            return
        terms[place] *= 1 + error
        assert isinstance(PRODUCT.find(tuple(terms), 0, CONFIG), NothingFits)
        assert isinstance(POWER.find(tuple(terms), 0, CONFIG), NothingFits)

    def test_random_powers_of_two_have_no_rule(self) -> None:
        rng = random.Random(5)
        for _ in range(300):
            exponents = [rng.randrange(rng.choice([4, 20])) for _ in range(rng.choice([12, 16, 30]))]
            assert isinstance(power([2**e for e in exponents]), NothingFits)
            assert isinstance(product(list(terms_of_product(exponents))), NothingFits)


def terms_of_product(ratios: list[int]) -> tuple[int, ...]:
    return tuple(math.prod(ratio + 1 for ratio in ratios[:n]) for n in range(len(ratios)))


class TestValuation:
    """How often a base divides a number, quickly even where it is thousands of times."""

    @given(st.integers(2, 60), st.integers(0, 300), st.integers(1, 10**6), st.sampled_from([1, -1]))
    def test_it_is_the_exponent_that_divides(self, base: int, power: int, cofactor: int, sign: int) -> None:
        number = sign * cofactor * base**power
        count = valuation(number, base)
        assert number % base**count == 0 and number % base ** (count + 1)
