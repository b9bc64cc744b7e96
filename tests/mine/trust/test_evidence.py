"""How surprising terms are, and what imitates a rule that repeats."""

from __future__ import annotations

import math
import random
from itertools import accumulate, pairwise

import pytest

from aimo_pipeline.config import MineConfig
from aimo_pipeline.mine.trust.evidence import impostor, surprise_bits, weakness_modulo

CONFIG = MineConfig()
PLENTY = 1e9


def floors(slope: float, count: int) -> tuple[int, ...]:
    return tuple(math.floor(slope * n) for n in range(count))


def steps(terms: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(b - a for a, b in pairwise(terms))


class TestSurpriseBits:
    """Noise costs about log2 of its range a term, what varies little costs little."""

    def test_random_digits_cost_three_bits_each(self) -> None:
        digits = tuple(random.Random(1).choices(range(8), k=400))
        assert 2.7 < surprise_bits(digits, 100, PLENTY) / 300 < 3.2

    def test_a_sparse_word_says_little(self) -> None:
        word = tuple(int(n % 20 == 0) for n in range(200))
        assert surprise_bits(word, 40, PLENTY) < 60

    def test_a_slow_line_says_little_because_its_steps_do(self) -> None:
        assert surprise_bits(floors(0.1, 200), 20, PLENTY) < 100
        assert surprise_bits(floors(0.1, 200), 20, PLENTY, steps=False) > 500

    def test_habits_of_two_letters_are_learnt(self) -> None:
        word = (0, 1) * 50
        assert surprise_bits(word, 2, PLENTY, chained=True) < 10 < 90 < surprise_bits(word, 2, PLENTY)

    def test_the_count_stops_when_it_is_enough(self) -> None:
        digits = tuple(random.Random(1).choices(range(8), k=400))
        assert 40 <= surprise_bits(digits, 0, 40.0) < 50


class TestImpostor:
    """A rule is suspected for as long as the known impostor agrees with it, and no longer."""

    @pytest.mark.parametrize("terms", [floors(math.pi, 100), steps(floors(math.pi, 105))])
    def test_lines_with_an_irrational_slope(self, terms: tuple[int, ...]) -> None:
        assert "irrational" in (impostor(terms, 7, CONFIG) or "")

    def test_sums_of_such_lines(self) -> None:
        assert "irrational" in (impostor(tuple(accumulate(floors(math.pi, 100))), 7, CONFIG) or "")

    @pytest.mark.parametrize("walks", [0, 1])
    def test_an_odd_start_that_such_a_line_accounts_for(self, walks: int) -> None:
        word = (0, *(1, 0, 1) * 60)
        for _ in range(walks):
            word = tuple(accumulate(word, initial=5))
        assert "irrational" in (impostor(word, 3, CONFIG) or "")

    def test_such_lines_times_n(self) -> None:
        products = tuple(n * term for n, term in enumerate(floors(math.pi, 100)))
        assert "irrational" in (impostor(products, 7, CONFIG) or "")

    def test_residues_of_such_lines(self) -> None:
        residues = tuple(term % 2 for term in floors(math.pi, 100))
        assert "irrational" in (impostor(residues, 14, CONFIG) or "")

    def test_leading_digits_of_powers_of_two(self) -> None:
        leading = tuple(int(str(2**n)[0]) for n in range(46))
        assert "rotation" in (impostor(leading, 10, CONFIG) or "")

    def test_digit_sums(self) -> None:
        sums = tuple(sum(map(int, str(n))) for n in range(99))
        assert "digits" in (impostor(sums, 10, CONFIG) or "")

    def test_exponents_of_five(self) -> None:
        exponents = tuple(next(k for k in range(9) if n % 5 ** (k + 1)) for n in range(1, 125))
        assert "exponents" in (impostor(exponents, 25, CONFIG) or "")

    @pytest.mark.parametrize(
        ("terms", "period"),
        [
            (tuple(n % 7 for n in range(30)), 7),
            (tuple(3 * n % 7 for n in range(30)), 7),
            (tuple(n * n % 11 for n in range(40)), 11),
            ((3, 1, 4, 1, 5, 9) * 4, 6),
            (tuple(n * n // 4 for n in range(24)), 2),
            (tuple((n * n + n + 3) // 7 for n in range(36)), 7),
            ((0, 1) * 16, 2),
            ((1, -1) * 10, 2),
        ],
    )
    def test_plain_cycles_and_curves_are_not_suspected(self, terms: tuple[int, ...], period: int) -> None:
        assert impostor(terms, period, CONFIG) is None


class TestWeaknessModulo:
    """Bits of the spare terms, by their number and by their surprise."""

    def test_forty_bits_are_enough_and_fewer_are_not(self) -> None:
        fibonacci = [0, 1]
        while len(fibonacci) < 60:
            fibonacci.append((fibonacci[-1] + fibonacci[-2]) % 10)
        assert weakness_modulo(4, 2, tuple(fibonacci[:17]), 10, CONFIG) is None
        assert weakness_modulo(4, 2, tuple(fibonacci[:16]), 10, CONFIG) is not None

    def test_one_corrupted_term_could_hide_in_a_long_rule(self) -> None:
        digits = tuple(random.Random(2).choices(range(10), k=40))
        assert weakness_modulo(22, 11, digits, 10, CONFIG) is not None
