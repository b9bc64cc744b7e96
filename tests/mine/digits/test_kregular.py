"""Rules on digits: mining them and evaluating them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import KRegular
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.digits.digitwise import Indexed, digitwise_rule
from aimo_pipeline.mine.digits.kernel import kernel_rule
from aimo_pipeline.mine.digits.kregular import KRegularMiner, first_terms, value
from aimo_pipeline.outcome import Found, NothingFits

CONFIG = MineConfig()
Sequence = Callable[[int], int]


def find(terms: tuple[int, ...], first_index: int = 0) -> Found | NothingFits:
    return KRegularMiner().find(terms, first_index, CONFIG)


def digits(n: int, base: int) -> list[int]:
    return [] if n == 0 else [*digits(n // base, base), n % base]


def stern(n: int) -> int:
    a, b = 1, 0
    while n:
        a, b = (a, a + b) if n & 1 else (a + b, b)
        n >>= 1
    return b


def last_of_circle(n: int, step: int) -> int:
    """Where the last of n people in a circle stands, counted from 1, each `step`-th being sent away."""
    place = 0
    for size in range(2, n + 1):
        place = (place + step) % size
    return place + 1


DIGIT_RULES: dict[str, tuple[int, Sequence]] = {
    "ones in binary": (0, int.bit_count),
    "Thue-Morse": (0, lambda n: n.bit_count() % 2),
    "ones in binary modulo 3": (1, lambda n: n.bit_count() % 3),
    "Stern": (0, stern),
    "ruler": (1, lambda n: (n & -n).bit_length() - 1),
    "largest power of 2 that divides": (1, lambda n: n & -n),
    "odd part": (1, lambda n: n // (n & -n)),
    "Josephus": (1, lambda n: last_of_circle(n, 2)),
    "Gray code": (0, lambda n: n ^ n >> 1),
    "binary read backwards": (0, lambda n: int(f"{n:b}"[::-1], 2)),
    "odd binomials in a row": (0, lambda n: 1 << n.bit_count()),
    "odd binomials so far": (0, lambda n: sum(1 << i.bit_count() for i in range(n))),
    "zeros in binary": (1, lambda n: f"{n:b}".count("0")),
    "number of bits": (0, int.bit_length),
    "leading power of 2": (1, lambda n: 1 << n.bit_length() - 1),
    "pairs of ones": (0, lambda n: (n & n >> 1).bit_count()),
    "Golay-Rudin-Shapiro": (0, lambda n: (-1) ** (n & n >> 1).bit_count()),
    "runs in binary": (0, lambda n: (n ^ n >> 1).bit_count()),
    "binary as decimal": (0, lambda n: int(f"{n:b}")),
    "Moser-de Bruijn": (0, lambda n: int(f"{n:b}", 4)),
    "evil numbers": (0, lambda n: 2 * n + n.bit_count() % 2),
    "exponent of 2 in the factorial": (0, lambda n: n - n.bit_count()),
    "exponent of 3 in the factorial": (1, lambda n: (n - sum(digits(n, 3))) // 2),
    "ternary digit sum": (0, lambda n: sum(digits(n, 3))),
    "twos in ternary": (1, lambda n: digits(n, 3).count(2)),
    "binomials not divisible by 3": (0, lambda n: math.prod(d + 1 for d in digits(n, 3))),
    "decimal digit sum": (0, lambda n: sum(digits(n, 10))),
    "squares of decimal digits": (1, lambda n: sum(d * d for d in digits(n, 10))),
    "product of decimal digits": (1, lambda n: math.prod(digits(n, 10))),
    "alternating digit sum": (0, lambda n: sum(d * (-1) ** i for i, d in enumerate(digits(n, 10)[::-1]))),
    "decimal digit sum modulo 7": (0, lambda n: sum(digits(n, 10)) % 7),
}
NO_RULES: dict[str, tuple[int, Sequence]] = {
    "every third of a circle": (1, lambda n: last_of_circle(n, 3)),
    "is prime": (0, lambda n: int(n > 1 and all(n % d for d in range(2, n)))),
    "is a square": (0, lambda n: int(math.isqrt(n) ** 2 == n)),
    "number of divisors": (1, lambda n: sum(n % d == 0 for d in range(1, n + 1))),
    "floor of the root": (0, math.isqrt),
    "floor(n pi)": (0, lambda n: int(n * math.pi)),
    "steps of floor(n sqrt 2)": (0, lambda n: math.isqrt(2 * n * n + 4 * n + 2) - math.isqrt(2 * n * n)),
    "decimal read backwards": (0, lambda n: int(str(n)[::-1])),
    "digits of 2^n": (0, lambda n: len(str(2**n))),
    "factorials": (0, math.factorial),
}


def terms(rule: tuple[int, Sequence], count: int) -> tuple[int, ...]:
    first, term = rule
    return tuple(term(n) for n in range(first, first + count))


class TestKRegularMiner:
    """A rule on digits is found from sixty terms, and nothing is found where there is none."""

    @pytest.mark.parametrize("name", DIGIT_RULES)
    def test_it_predicts_what_the_true_rule_predicts(self, name: str) -> None:
        first, term = DIGIT_RULES[name]
        outcome = find(terms((first, term), 60), first)
        assert isinstance(outcome, Found) and isinstance(outcome.formula, KRegular)
        assert outcome.spare >= 10
        ahead = [value(outcome.formula, n, None) for n in (*range(first, 700), 5**7 + 3)]
        assert ahead == [term(n) for n in (*range(first, 700), 5**7 + 3)]

    @pytest.mark.parametrize("name", NO_RULES)
    @pytest.mark.parametrize("count", [20, 48, 100])
    def test_it_abstains_on(self, name: str, count: int) -> None:
        assert isinstance(find(terms(NO_RULES[name], count), NO_RULES[name][0]), NothingFits)

    @pytest.mark.parametrize("values", [2, 3, 10])
    def test_it_abstains_on_noise(self, values: int) -> None:
        numbers = random.Random(values)
        for count in (16, 30, 60):
            for _ in range(8):
                assert isinstance(find(tuple(numbers.choices(range(values), k=count))), NothingFits)

    @pytest.mark.parametrize(
        "name", ["ones in binary", "Stern", "Gray code", "ternary digit sum", "Josephus"]
    )
    def test_a_corrupted_term_is_never_accepted(self, name: str) -> None:
        numbers = random.Random(7)
        first, _ = DIGIT_RULES[name]
        for position in range(1 - first, 60, 3):
            corrupted = list(terms(DIGIT_RULES[name], 60))
            corrupted[position] += numbers.choice([-2, -1, 1, 2, 9])
            assert isinstance(find(tuple(corrupted), first), NothingFits)

    @pytest.mark.parametrize("name", ["ones in binary", "Stern", "ternary digit sum", "binary as decimal"])
    def test_adding_true_terms_never_loses_a_rule(self, name: str) -> None:
        first, _ = DIGIT_RULES[name]
        seen = [
            isinstance(find(terms(DIGIT_RULES[name], count), first), Found) for count in range(14, 120, 9)
        ]
        assert seen == sorted(seen) and seen[-1]

    @pytest.mark.parametrize("first_index", [-1, 2, 10**9])
    def test_other_first_indices_are_turned_away(self, first_index: int) -> None:
        assert isinstance(find(terms(DIGIT_RULES["Stern"], 60), first_index), NothingFits)

    @pytest.mark.parametrize("odd", [(), (1,), (0,) * 60, (10**9999, -1) * 20])
    def test_nothing_raises(self, odd: tuple[int, ...]) -> None:
        assert isinstance(find(odd), NothingFits)


class TestZero:
    """The numeral 0 has no digits or one: a(0) may be 0 or 1 whatever the rule says."""

    @pytest.mark.parametrize("at_zero", [0, 1])
    def test_zeros_in_binary_with_either_convention(self, at_zero: int) -> None:
        outcome = find((at_zero, *terms(DIGIT_RULES["zeros in binary"], 59)))
        assert isinstance(outcome, Found) and isinstance(outcome.formula, KRegular)
        assert value(outcome.formula, 0, None) == at_zero and value(outcome.formula, 2**40, None) == 40

    def test_any_other_term_there_is_an_error(self) -> None:
        assert isinstance(find((7, *terms(DIGIT_RULES["zeros in binary"], 59))), NothingFits)


class TestKernelRule:
    """The basis of the kernel has the sequence's rank."""

    @pytest.mark.parametrize(
        ("name", "base", "rank"), [("Stern", 2, 2), ("ones in binary", 2, 2), ("Thue-Morse", 2, 2)]
    )
    def test_rank(self, name: str, base: int, rank: int) -> None:
        rule = kernel_rule(Indexed(terms(DIGIT_RULES[name], 60), 0), base, (), CONFIG)
        assert rule is not None and len(rule.formula.left) == rank + 1  # and [n = 0]

    def test_two_digits_say_nothing_about_three(self) -> None:
        backwards = terms(NO_RULES["decimal read backwards"], 100)
        assert kernel_rule(Indexed(backwards, 0), 10, (), CONFIG) is None


class TestDigitwiseRule:
    """Single digits' terms give all others."""

    @pytest.mark.parametrize("count", [30, 100])
    def test_the_decimal_digit_sum_from_two_rows_of_numerals(self, count: int) -> None:
        rule = digitwise_rule(
            Indexed(terms(DIGIT_RULES["decimal digit sum"], count), 0), 10, CONFIG.digits.min_rows
        )
        assert rule is not None and value(rule.formula, 10**18 - 1, None) == 162

    def test_one_row_is_not_enough(self) -> None:
        assert (
            digitwise_rule(
                Indexed(terms(DIGIT_RULES["decimal digit sum"], 29), 0), 10, CONFIG.digits.min_rows
            )
            is None
        )


@st.composite
def rules(draw: st.DrawFn) -> KRegular:
    base, size = draw(st.integers(2, 4)), draw(st.integers(1, 3))
    row = st.tuples(*[st.integers(-3, 3)] * size)
    matrices = draw(st.tuples(*[st.tuples(*[row] * size)] * base))
    return KRegular(draw(st.integers(0, 5)), base, matrices, draw(row), draw(row), 1)


class TestValue:
    """Far values are products over the digits."""

    @given(rules(), st.integers(0, 300), st.none() | st.integers(1, 50))
    def test_it_agrees_with_the_definition(self, rule: KRegular, steps: int, modulus: int | None) -> None:
        exact = terms_of(rule, steps + 1)[steps]
        wanted = exact if modulus is None else exact % modulus
        assert value(rule, rule.first_index + steps, modulus) == wanted

    @given(rules(), st.integers(0, 60))
    def test_first_terms_are_the_definition_s(self, rule: KRegular, count: int) -> None:
        assert first_terms(rule, count) == terms_of(rule, count)

    def test_a_scale_is_divided_out_of_residues_too(self) -> None:
        doubled = KRegular(0, 2, (((1, 0), (0, 1)), ((1, 0), (2, 1))), (0, 1), (1, 0), 2)
        assert [value(doubled, n, 5) for n in (7, 2**60 - 1)] == [3, 0]

    def test_a_scale_that_does_not_divide_is_refused(self) -> None:
        assert isinstance(value(KRegular(0, 2, (((1,),), ((1,),)), (1,), (1,), 2), 5, None), CannotEvaluate)

    @pytest.mark.parametrize(
        "rule",
        [
            KRegular(0, 2, (((1,),),), (1,), (1,), 1),
            KRegular(0, 2, (((1, 2),), ((1,),)), (1,), (1,), 1),
            KRegular(0, 1, (((1,),),), (1,), (1,), 1),
        ],
    )
    def test_parts_that_do_not_match_are_refused(self, rule: KRegular) -> None:
        assert isinstance(value(rule, 5, 7), CannotEvaluate)

    @pytest.mark.parametrize(
        ("index", "modulus"), [(-1, 7), (5, 0), pytest.param(1 << 200_000, 7, id="huge")]
    )
    def test_indices_and_moduli_out_of_range(self, index: int, modulus: int) -> None:
        assert isinstance(
            value(KRegular(0, 2, (((1,),), ((2,),)), (1,), (1,), 1), index, modulus), CannotEvaluate
        )


class TestImpostors:
    """What has a plainer reading, or another one in a power of the base, is no rule on digits."""

    @pytest.mark.parametrize("count", range(24, 34))
    def test_a_quasi_polynomial_in_disguise_is_held_to_what_those_are(self, count: int) -> None:
        terms = tuple(969 * n // 1_000 + 4_845 * n // 10_000 for n in range(count))
        assert isinstance(find(terms, 0), NothingFits)

    @pytest.mark.parametrize("count", range(28, 40))
    def test_a_rule_that_leaves_the_cycle_seen_so_far(self, count: int) -> None:
        cycle = (1, 0, 0, 0, 3, 0, 3, 0, 0, 0)  # of inverses of n^2 + 1 modulo 10, 0 where there is none
        terms = tuple(cycle[n % 10] for n in range(1, count + 1))
        assert isinstance(find(terms, 1), NothingFits)

    @pytest.mark.parametrize("count", [72, 80])
    def test_a_large_rule_in_base_3_is_held_against_base_9(self, count: int) -> None:
        def without_nine(n: int) -> int:
            return n % 9 + 10 * without_nine(n // 9) if n else 0

        outcome = find(tuple(map(without_nine, range(1, count + 1))), 1)
        if isinstance(outcome, Found):
            true = tuple(map(without_nine, range(1, 2 * count + 1)))
            assert terms_of(outcome.formula, 2 * count) == true

    @pytest.mark.parametrize("count", [60, 90])
    def test_a_line_that_bends_once(self, count: int) -> None:
        digits_so_far = tuple(accumulate(len(str(n)) for n in range(1, count + 1)))  # 2 n - 9 from 10 to 99
        assert isinstance(find(digits_so_far, 1), NothingFits)
        assert isinstance(find(digits_so_far, 0), NothingFits)
