"""What a problem asks for."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.answer.contract import Contract, Kept, OutOfContract, check, read_contract, reduced
from aimo_pipeline.domain import Asked
from tests.recordings import recorded

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "data" / "aimo3_reference.csv"


class TestReadContract:
    """A modulus is read where the question applies it to the answer, and nowhere else."""

    @pytest.mark.parametrize(
        ("text", "modulus"),
        [
            ("Find the remainder when $abc$ is divided by $10^{5}$.", 10**5),
            ("What is the remainder when $2^k$ is divided by $5^7$?", 5**7),
            ("What is the remainder when $p+q$ is divided by $99991$?", 99991),
            ("What is the remainder when N is divided by 99{,}991?", 99991),
            ("Determine the remainder when the number of tilings is divided by 99,991.", 99991),
            ("Find the remainder when $N$ is divided by the prime $99991$.", 99991),
            ("Compute the remainder upon division by $10^5$.", 10**5),
            ("Find the remainder after dividing $N$ by $1000$.", 1000),
            ("Let $N$ be as above. Find $N$ modulo 99991.", 99991),
            ("Compute the number of such tilings modulo $10^9+7$.", 10**9 + 7),
            ("Find the number of ways. Give your answer modulo $10^5$.", 10**5),
            ("What is $2^{100} \\bmod 1009$?", 1009),
            ("Find $a_{100} \\pmod{997}$.", 997),
            ("Give your answer as the remainder when $N$ is divided by $1000$.", 1000),
            ("Find the last three digits of $7^{2025}$.", 1000),
            ("What is the remainder when $x$ is divided by $7$, where $x$ is the least such number?", 7),
        ],
    )
    def test_a_remainder_that_is_asked_for_is_read(self, text: str, modulus: int) -> None:
        assert read_contract(text).modulus == modulus

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "How many positive integers $n \\le 1000$ leave the remainder 3 when divided by 7?",
            "Let $r(n)$ be the remainder when $n$ is divided by 7. Find $r(1) + \\dots + r(100)$.",
            "Find the number of solutions of $x^2 \\equiv 1 \\pmod{1000}$.",
            "Find the least $n$ such that $n^2 \\equiv 2 \\pmod{7}$.",
            "Find the number of quadratic residues modulo $101$.",
            "Find the remainder when $N$ is divided by $p$.",
            "Find the remainder when $N$ is divided by $10^{100000}$.",
            "Find the sum of the digits of $7^{20}$.",
            "Find the remainder when $N$ is divided by $2 \\cdot 3$.",
            "Find the remainder when $N$ is divided by $7!$.",
        ],
    )
    def test_no_modulus_is_imagined(self, text: str) -> None:
        assert read_contract(text).modulus is None

    def test_the_last_sentence_that_asks_decides(self) -> None:
        text = "Find the remainder when $x$ is divided by $7$. Now find $y$ modulo $11$."
        assert read_contract(text).modulus == 11

    @given(st.text(alphabet="$\\{}^ .?0159mod remaindrivyFw", max_size=300))
    def test_any_text_is_read_without_an_error(self, text: str) -> None:
        modulus = read_contract(text).modulus
        assert modulus is None or modulus >= 2

    def test_a_hundred_kilobytes_of_questions_are_read(self) -> None:
        text = "find the remainder when dividing " * 3_000 + "$10^{5}$."
        assert read_contract(text).modulus in (None, 10**5)

    @pytest.mark.parametrize(
        "gap", [" " * 19_000, "\n" * 19_000, "$" * 19_000, "find " * 3_800, "mod 7 " * 3_000]
    )
    def test_a_long_gap_in_a_question_takes_no_time(self, gap: str) -> None:
        start = time.monotonic()
        read_contract(f"Find the remainder modulo 7{gap}x")
        assert time.monotonic() - start < 5.0

    def test_the_answers_of_the_reference_problems_keep_what_is_read(self) -> None:
        if not REFERENCE.exists():
            pytest.skip("the reference problems are not here: shared/data/aimo3_reference.csv")
        with REFERENCE.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        read = {row["id"]: read_contract(row["problem"]) for row in rows}
        asking = [
            row
            for row in rows
            if "What is the remainder" in row["problem"] or "Find the rem" in row["problem"]
        ]
        assert [row["id"] for row in asking if read[row["id"]].modulus is None] == []
        assert [
            row["id"]
            for row in rows
            if check(int(row["answer"]), read[row["id"]]) != Kept(int(row["answer"]))
        ] == []


class TestKind:
    """What kind of integer is asked for, in the last sentence that asks."""

    @pytest.mark.parametrize(
        ("text", "asked"),
        [
            ("Find the remainder when $N$ is divided by 7.", Asked.REMAINDER),
            ("Find the last three digits of $N$.", Asked.LAST_DIGITS),
            ("Let $x$ be real. Find $\\lfloor 100x \\rfloor$.", Asked.FLOOR),
            ("Compute $\\left\\lfloor x \\right\\rfloor$.", Asked.FLOOR),
            ("It is $\\frac{m}{n}$ with coprime $m, n$. Find $m+n$.", Asked.FRACTION_SUM),
            ("The area is $p/q$ in lowest terms. What is $p + q$?", Asked.FRACTION_SUM),
            ("How many tilings are there?", Asked.COUNT),
            ("Find the number of divisors.", Asked.COUNT),
            ("Find $x$.", Asked.VALUE),
            ("", Asked.VALUE),
        ],
    )
    def test_it_is_read(self, text: str, asked: Asked) -> None:
        assert read_contract(text).asked is asked

    @pytest.mark.parametrize(
        "text",
        [
            "Let $p$ and $q$ be primes. Find $p+q$.",
            "It is $\\frac{m}{n}$ with coprime $m, n$. Find $a+b$.",
            "It is $\\frac{m}{n}$ with coprime $m, n$. Find $m-n$.",
        ],
    )
    def test_no_fraction_is_imagined(self, text: str) -> None:
        assert read_contract(text).asked is not Asked.FRACTION_SUM


class TestBounds:
    """Bounds and divisors count where they are put on the answer itself."""

    @pytest.mark.parametrize(
        ("text", "least", "most", "divisor"),
        [
            ("Find the smallest positive integer $n$ with $2^n > 10$.", 1, 99_999, 1),
            ("Find the largest three-digit prime $p$ such that $p + 2$ is prime.", 100, 999, 1),
            ("Find the smallest positive multiple of 12 whose digits are 0 and 1.", 0, 99_999, 12),
            ("Find the least positive integer divisible by 7 with that property.", 1, 99_999, 7),
            ("The answer is an integer between 0 and 999. Find $x$.", 0, 999, 1),
            ("How many three-digit numbers are prime?", 0, 99_999, 1),
            ("Find the sum of all multiples of 7 below 100.", 0, 99_999, 1),
            ("Find the number of integers divisible by 7.", 0, 99_999, 1),
            ("Let $n$ be the smallest multiple of 7. Find $n + 1$.", 0, 99_999, 1),
            ("It is $m/n$ in lowest terms. Find $m+n$.", 2, 99_999, 1),
        ],
    )
    def test_they_are_read(self, text: str, least: int, most: int, divisor: int) -> None:
        contract = read_contract(text)
        assert (contract.least, contract.most, contract.divisor) == (least, most, divisor)

    def test_what_breaks_them_is_out(self) -> None:
        contract = Contract(None, least=100, most=999, divisor=12)
        assert check(108, contract) == Kept(108)
        for value in (96, 1008, 110):
            assert isinstance(check(value, contract), OutOfContract)


class TestReduced:
    """Only a remainder that the problem asks for is taken, and only of what is not negative."""

    @given(st.integers(0, 10**12), st.integers(2, 10**5))
    def test_the_remainder_is_kept_where_one_is_asked_for(self, value: int, modulus: int) -> None:
        assert reduced(value, Contract(modulus)) == Kept(value % modulus)

    @given(st.integers(100_000, 10**12))
    def test_nothing_is_bent_into_range_otherwise(self, value: int) -> None:
        assert isinstance(reduced(value, Contract(None)), OutOfContract)
        assert isinstance(reduced(-value, Contract(7)), OutOfContract)


class TestRecordedProblems:
    """On every recorded problem whose text is here the expected answer keeps what is read."""

    def test_no_expected_answer_is_out(self) -> None:
        rows = recorded("recorded_traces.jsonl")
        out = [
            row["problem_id"]
            for row in rows
            if not isinstance(check(row["expected_answer"], read_contract(row["problem"])), Kept)
        ]
        assert len(rows) > 20
        assert out == []


class TestCheck:
    """0..99999, and below the modulus; nothing is reduced."""

    @pytest.mark.parametrize("value", [-1, 100_000, pytest.param(10**5000, id="huge")])
    def test_values_outside_the_range_are_out(self, value: int) -> None:
        assert isinstance(check(value, Contract(None)), OutOfContract)

    def test_a_value_at_the_modulus_is_out_and_not_reduced(self) -> None:
        assert check(7, Contract(7)) == OutOfContract("7 is no remainder modulo 7")
        assert check(6, Contract(7)) == Kept(6)

    @given(st.integers(), st.one_of(st.none(), st.integers(2, 10**6)))
    def test_a_kept_value_is_the_given_one_and_in_range(self, value: int, modulus: int | None) -> None:
        allowed = range(0, min(100_000, modulus or 100_000))
        assert isinstance(check(value, Contract(modulus)), Kept) == (value in allowed)
