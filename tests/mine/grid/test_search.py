"""Two-index tables: their rules, and cells far out."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.formula import CFinite, Polynomial
from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.mine.grid.definition import table_of
from aimo_pipeline.mine.grid.far import evaluate_cell
from aimo_pipeline.mine.grid.rules import (
    GridRule,
    NeighbourGrid,
    PolynomialGrid,
    RowRecurrence,
    SeparableGrid,
    SumGrid,
    Table,
    Transposed,
)
from aimo_pipeline.mine.grid.search import GridFound, GridOutcome, find_grid
from aimo_pipeline.outcome import NothingFits

CONFIG = MineConfig()
FOREVER = Deadline.after(1.0, FakeClock())
Cell = Callable[[int, int], int]


def table(cell: Cell, rows: int = 9, columns: int = 9, first: tuple[int, int] = (0, 0)) -> Table:
    down, right = range(first[0], first[0] + rows), range(first[1], first[1] + columns)
    return Table(*first, tuple(tuple(cell(m, n) for n in right) for m in down))


def find(cell: Cell, rows: int = 9, columns: int = 9, first: tuple[int, int] = (0, 0)) -> GridOutcome:
    return find_grid(table(cell, rows, columns, first), CONFIG, FOREVER)


@cache
def delannoy(m: int, n: int) -> int:
    if m == 0 or n == 0:
        return 1
    return delannoy(m - 1, n) + delannoy(m, n - 1) + delannoy(m - 1, n - 1)


@cache
def stirling_second(m: int, n: int) -> int:
    if m == 0 or n == 0:
        return int(m == n)
    return stirling_second(m - 1, n - 1) + n * stirling_second(m - 1, n)


@cache
def eulerian(m: int, n: int) -> int:
    if n == 0:
        return 1
    return (m - n) * eulerian(m - 1, n - 1) + (n + 1) * eulerian(m - 1, n) if m else 0


def fibonacci_polynomial(m: int, n: int) -> int:
    a, b = 0, 1
    for _ in range(n):
        a, b = b, m * b + a
    return a


def fibonacci(n: int) -> int:
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


@cache
def subspaces(base: int, m: int, n: int) -> int:
    """Of dimension n, by whether they hold the last axis."""
    if n == 0 or m < n:
        return int(n == 0)
    return subspaces(base, m - 1, n - 1) + base**n * subspaces(base, m - 1, n)


@cache
def parts_at_most(m: int, n: int) -> int:
    """Partitions of m, by whether there are n parts."""
    if m == 0:
        return 1
    return parts_at_most(m, n - 1) + (parts_at_most(m - n, n) if m >= n else 0) if n else 0


def multinomial(m: int, n: int) -> int:
    return math.comb(m + n, n) * math.comb(n + 3, 3)


RULED: dict[str, tuple[Cell, str]] = {
    "binomials of a sum": (lambda m, n: math.comb(m + n, n), "neighbour recurrence"),
    "Pascal": (math.comb, "neighbour recurrence"),
    "Delannoy": (delannoy, "neighbour recurrence"),
    "Stirling": (stirling_second, "neighbour recurrence"),
    "Euler": (eulerian, "neighbour recurrence"),
    "falling factorials": (math.perm, "neighbour recurrence"),
    "m^n": (lambda m, n: m**n, "rows c-finite"),
    "n^m": (lambda m, n: n**m, "columns c-finite"),
    "m^n + 1": (lambda m, n: m**n + 1, "rows c-finite"),
    "Fibonacci polynomials": (fibonacci_polynomial, "rows c-finite"),
    "polynomial": (lambda m, n: m * m + 3 * m * n - n + 2, "polynomial grid"),
    "separable": (lambda m, n: math.factorial(m) * (n * n + 1), "separable grid"),
    "multinomial": (multinomial, "hypergeometric grid"),
    "Leibniz's triangle": (lambda m, n: (m + 1) * math.comb(m, n), "hypergeometric grid"),
    "greatest common divisors": (math.gcd, "named function"),
    "least common multiples": (lambda m, n: 3 * math.lcm(m + 1, n + 1) - 2, "named function"),
    "exclusive or": (lambda m, n: m ^ n, "named function"),
    "ways through, but for one": (lambda m, n: math.comb(m + n, n) - 1, "named function"),
    "Fibonacci at products": (lambda m, n: fibonacci(m * n), "named function"),
    "subspaces over 3 elements": (lambda m, n: subspaces(3, m, n), "named function"),
    "partitions into at most n parts": (lambda m, n: parts_at_most(m, n), "named function"),
    "minima": (min, "polynomials on either side of the diagonal"),
    "squares in a grid": (
        lambda m, n: sum((m - k) * (n - k) for k in range(min(m, n))),
        "polynomials on either side of the diagonal",
    ),
    "2^(m n)": (lambda m, n: 3 * 2 ** (m * n), "power grid"),
    "2^gcd": (lambda m, n: 2 ** math.gcd(m, n), "power grid"),
    "m! + n!": (lambda m, n: math.factorial(m) + math.factorial(n), "sum grid"),
    "chessboard": (lambda m, n: (m + n) % 2, "residue grid"),
    "linear modulo 7": (lambda m, n: (3 * m + 5 * n) % 7, "residue grid"),
    "Pascal modulo 2": (lambda m, n: math.comb(m, n) % 2, "residue grid"),
    "m^n modulo 7": (lambda m, n: pow(m, n, 7), "residue grid"),
}
RULELESS: dict[str, Cell] = {
    "gcd with one exception": lambda m, n: math.gcd(m, n) + (m == 5 == n),
    "an exclusive or of squares": lambda m, n: (m * m) ^ n,
    "coin tosses": lambda m, n: random.Random(31 * m + n).randrange(2),
    "quotient": lambda m, n: m // (n + 1),
    "power sums": lambda m, n: m**n + n**m,
    "noise": lambda m, n: random.Random(100 * m + n).randrange(10),
    "a prime per row": lambda m, n: (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)[m] * (n + 1),
    "partitions": lambda m, n: (1, 1, 2, 3, 5, 7, 11, 15, 22, 30, 42, 56)[m] + n,
    "zeros": lambda m, n: 0,
}


class TestFindGrid:
    """A rule is found if it gives every cell and many more than it was fitted to."""

    @pytest.mark.parametrize("name", RULED)
    def test_known_tables_are_found_and_continued(self, name: str) -> None:
        cell, family = RULED[name]
        outcome = find(cell)
        assert isinstance(outcome, GridFound), outcome
        assert outcome.family == family
        assert table_of(outcome.rule, 14, 14) == table(cell, 14, 14).rows

    @pytest.mark.parametrize("name", ["Pascal", "Stirling", "m^n", "polynomial", "multinomial"])
    def test_true_indices_matter(self, name: str) -> None:
        cell, _ = RULED[name]
        outcome = find(cell, 10, 12, first=(2, 1))
        assert isinstance(outcome, GridFound), outcome
        assert table_of(outcome.rule, 14, 15) == table(cell, 14, 15, first=(2, 1)).rows

    @pytest.mark.parametrize("name", RULELESS)
    def test_tables_without_such_a_rule_are_refused(self, name: str) -> None:
        assert isinstance(find(RULELESS[name], 12, 12), NothingFits)
        assert isinstance(find(RULELESS[name], 8, 12), NothingFits)

    @pytest.mark.parametrize("name", RULED)
    def test_a_corrupted_cell_is_never_accepted(self, name: str) -> None:
        rng = random.Random(name)
        for _ in range(4):
            rows = [list(row) for row in table(RULED[name][0]).rows]
            rows[rng.randrange(9)][rng.randrange(9)] += rng.choice([-1, 1, 10])
            assert isinstance(find_grid(Table(0, 0, tuple(map(tuple, rows))), CONFIG, FOREVER), NothingFits)

    def test_a_function_with_a_name_is_found_though_the_first_index_is_not_known(self) -> None:
        shown = Table(0, 0, table(math.gcd, 9, 9, first=(1, 1)).rows)
        outcome = find_grid(shown, CONFIG, FOREVER)
        assert isinstance(outcome, GridFound)
        assert evaluate_cell(outcome.rule, 59, 44, None, evaluate) == math.gcd(60, 45)

    @pytest.mark.parametrize(
        ("cell", "place", "value"),
        [
            (lambda m, n: fibonacci(m * n), (40, 30), fibonacci(1200)),
            (lambda m, n: subspaces(2, m, n), (40, 7), subspaces(2, 40, 7)),
            (parts_at_most, (90, 5), parts_at_most(90, 5)),
            (lambda m, n: math.comb(m + n, n) - 1, (10**18, 3), math.comb(10**18 + 3, 3) - 1),
        ],
    )
    def test_functions_that_count_are_evaluated_far_out(
        self, cell: Cell, place: tuple[int, int], value: int
    ) -> None:
        outcome = find(cell)
        assert isinstance(outcome, GridFound)
        assert evaluate_cell(outcome.rule, *place, None, evaluate) == value
        assert isinstance(evaluate_cell(outcome.rule, 10**9, 10**6, 7, evaluate), CannotEvaluate)

    def test_a_narayana_triangle_is_continued(self) -> None:
        def narayana(m: int, n: int) -> int:
            return math.comb(m, n) * math.comb(m, n - 1) // m

        outcome = find(narayana, 12, 9, first=(1, 1))
        assert isinstance(outcome, GridFound), outcome
        for m, n in [(20, 7), (40, 41), (5, 30), (60, 59)]:
            assert evaluate_cell(outcome.rule, m, n, None, evaluate) == narayana(m, n)

    def test_a_table_that_grows_is_not_taken_for_residues(self) -> None:
        outcome = find(math.comb, 12, 12)
        assert isinstance(outcome, GridFound)
        assert outcome.family == "neighbour recurrence"

    def test_a_large_table_is_searched_in_a_corner_and_checked_in_all_cells(self) -> None:
        rows = [list(row) for row in table(lambda m, n: m * n + m, 80, 80).rows]
        assert isinstance(find_grid(Table(0, 0, tuple(map(tuple, rows))), CONFIG, FOREVER), GridFound)
        rows[70][75] += 1
        assert isinstance(find_grid(Table(0, 0, tuple(map(tuple, rows))), CONFIG, FOREVER), NothingFits)

    def test_a_triangle_is_zero_to_the_right_of_its_rows(self) -> None:
        triangle = Table(0, 0, tuple(tuple(math.comb(m, n) for n in range(m + 1)) for m in range(9)))
        outcome = find_grid(triangle, CONFIG, FOREVER)
        assert isinstance(outcome, GridFound)
        assert table_of(outcome.rule, 12, 12) == table(math.comb, 12, 12).rows

    @pytest.mark.parametrize("rows", [(), ((),), ((), ()), ((1,),), ((1, 2), (3,)), ((1, 2, 3),) * 2])
    def test_empty_ragged_and_small_tables_are_refused(self, rows: tuple[tuple[int, ...], ...]) -> None:
        assert isinstance(find_grid(Table(0, 0, rows), CONFIG, FOREVER), NothingFits)

    def test_huge_cells_are_borne(self) -> None:
        assert isinstance(find(lambda m, n: 10 ** (3_000 + m * n) + 7), NothingFits | GridFound)

    @settings(deadline=None, max_examples=25)
    @given(st.lists(st.lists(st.integers(-9, 9), min_size=3, max_size=3), min_size=3, max_size=3))
    def test_any_polynomial_is_continued(self, differences: list[list[int]]) -> None:
        rule = PolynomialGrid(-2, 3, tuple(map(tuple, differences)))
        cells, continued = table_of(rule, 8, 9), table_of(rule, 11, 12)
        assert cells is not None
        outcome = find_grid(Table(-2, 3, cells), CONFIG, FOREVER)
        if isinstance(outcome, GridFound):
            assert table_of(outcome.rule, 11, 12) == continued
        else:
            few_bits = len({value for row in cells for value in row}) < 20
            assert few_bits or "part just outside" in outcome.reason


PASCAL = NeighbourGrid(0, 0, ((1,),), (), ((1,),), CFinite(0, (0,), (1,)), Polynomial(0, (1,)))
FAR: list[tuple[GridRule, Cell]] = [
    (PASCAL, math.comb),
    (NeighbourGrid(0, 0, ((1,),), ((1,),), ((1,),), Polynomial(0, (1,)), Polynomial(0, (1,))), delannoy),
    (RowRecurrence(0, 0, ((1,), (0, 1)), (Polynomial(0, (0,)), Polynomial(0, (1,)))), fibonacci_polynomial),
    (Transposed(RowRecurrence(0, 0, ((0, 1),), (Polynomial(0, (1,)),))), lambda m, n: n**m),
    (PolynomialGrid(1, 0, ((1, 2), (3, 4))), lambda m, n: 1 + 2 * n + 3 * (m - 1) + 4 * n * (m - 1)),
    (SeparableGrid(0, 0, CFinite(0, (2,), (3,)), Polynomial(0, (0, 1))), lambda m, n: 3 * 2**m * n),
]


LITTLE, POSITIVE = st.integers(-3, 3), st.integers(1, 3)
CONSTANT = st.builds(lambda c: Polynomial(0, (c,)), POSITIVE)
LINE = st.builds(
    lambda kind, a, b: Polynomial(0, (a, b)) if kind else CFinite(0, (1 + b,), (a,)),
    st.booleans(),
    POSITIVE,
    POSITIVE,
)
ANY_GRID: st.SearchStrategy[GridRule] = st.one_of(
    st.builds(
        lambda rows: PolynomialGrid(0, 0, tuple(map(tuple, rows))),
        st.lists(st.lists(LITTLE, min_size=3, max_size=3), min_size=3, max_size=3),
    ),
    st.builds(lambda column, row: SeparableGrid(0, 0, column, row), LINE, LINE),
    st.builds(lambda column, row: SumGrid(0, 0, column, row), LINE, LINE),
    st.builds(
        lambda p, q, side: RowRecurrence(0, 0, ((q, p), (1, 1)), (side, Polynomial(0, (1, 2)))),
        POSITIVE,
        LITTLE,
        LINE,
    ),
    st.builds(
        lambda a, b, c, top, side: NeighbourGrid(0, 0, ((a,),), ((b,),), ((c,),), top, side),
        POSITIVE,
        POSITIVE,
        LITTLE,
        CONSTANT,
        CONSTANT,
    ),
)


def shown(rule: GridRule, rows: int, columns: int) -> Table:
    cells = table_of(rule, rows, columns)
    assert cells is not None
    return Table(0, 0, cells)


class TestProperties:
    """Mining of tables is sound where there is a rule, and silent where a cell is wrong."""

    @settings(deadline=None, max_examples=25)
    @given(ANY_GRID, st.integers(7, 9), st.integers(7, 9))
    def test_a_found_rule_continues_the_table_and_more_cells_do_not_lose_it(
        self, rule: GridRule, rows: int, columns: int
    ) -> None:
        early = find_grid(shown(rule, rows, columns), CONFIG, FOREVER)
        if isinstance(early, GridFound):
            assert table_of(early.rule, 12, 13) == shown(rule, 12, 13).rows
            late = find_grid(shown(rule, 12, 13), CONFIG, FOREVER)
            assert isinstance(late, GridFound)
            assert table_of(late.rule, 14, 14) == shown(rule, 14, 14).rows

    @settings(deadline=None, max_examples=25)
    @given(ANY_GRID)
    def test_rows_and_columns_are_treated_alike(self, rule: GridRule) -> None:
        known = shown(rule, 8, 9)
        across, down = (find_grid(one, CONFIG, FOREVER) for one in (known, known.transposed()))
        assert isinstance(across, GridFound) == isinstance(down, GridFound)
        if isinstance(across, GridFound) and isinstance(down, GridFound):
            assert shown(across.rule, 11, 12) == shown(down.rule, 12, 11).transposed()

    @settings(deadline=None, max_examples=25)
    @given(ANY_GRID, st.integers(0, 7), st.integers(0, 8), st.integers(-50, 50).filter(bool))
    def test_a_corrupted_cell_is_never_accepted(self, rule: GridRule, m: int, n: int, error: int) -> None:
        rows = [list(row) for row in shown(rule, 8, 9).rows]
        rows[m][n] += error
        assert isinstance(find_grid(Table(0, 0, tuple(map(tuple, rows))), CONFIG, FOREVER), NothingFits)


class TestEvaluateCell:
    """Cells agree with the definition near, and are reached along a line far out."""

    @pytest.mark.parametrize(("rule", "cell"), FAR)
    def test_near_cells_agree(self, rule: GridRule, cell: Cell) -> None:
        for m, n in ((1, 0), (1, 1), (7, 3), (3, 7), (20, 9)):
            assert evaluate_cell(rule, m, n, None, evaluate) == cell(m, n)
            assert evaluate_cell(rule, m, n, 12, evaluate) == cell(m, n) % 12

    @pytest.mark.parametrize("modulus", [10**9 + 7, 1_000, 2**20])
    def test_a_far_row_of_pascals_triangle(self, modulus: int) -> None:
        row = 10**18
        expected = math.prod(row - i for i in range(6)) // math.factorial(6) % modulus
        assert evaluate_cell(PASCAL, row, 6, modulus, evaluate) == expected

    def test_a_far_column_of_delannoys_table(self) -> None:
        rule, n = FAR[1][0], 10**15
        expected = sum(math.comb(3, k) * math.comb(n, k) * 2**k for k in range(4)) % 10**9
        assert evaluate_cell(rule, 3, n, 10**9, evaluate) == expected

    def test_a_far_power(self) -> None:
        assert evaluate_cell(FAR[3][0], 10**18, 7, 1_000, evaluate) == pow(7, 10**18, 1_000)

    def test_what_cannot_be_reached_is_refused(self) -> None:
        assert isinstance(evaluate_cell(PASCAL, 10**9, 10**8, 97, evaluate), CannotEvaluate)
        assert isinstance(evaluate_cell(PASCAL, -1, 0, 97, evaluate), CannotEvaluate)
        assert isinstance(evaluate_cell(PASCAL, 1, 0, 0, evaluate), CannotEvaluate)
        assert isinstance(evaluate_cell(FAR[3][0], 10**9, 7, None, evaluate), CannotEvaluate)


class TestLimits:
    """Tables take no longer than there is time, and those of any size are answered."""

    def test_no_rule_is_taken_without_a_look_at_its_rivals(self) -> None:
        late = Deadline.after(0.0, FakeClock())
        assert find_grid(table(lambda m, n: math.comb(m + n, n)), CONFIG, late) == NothingFits("no time left")

    @pytest.mark.parametrize("rows", [[[0] * 1_000] * 50, [[1 << 500_000] * 6] * 6])
    def test_a_table_that_is_too_large_is_refused(self, rows: list[list[int]]) -> None:
        outcome = find_grid(Table(0, 0, tuple(map(tuple, rows))), CONFIG, FOREVER)
        assert outcome == NothingFits("the table is too large")
