"""An odd first term is kept and named; all later terms come from the rule without it."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import replace

import pytest

from aimo_pipeline.config import MineConfig
from aimo_pipeline.deadline import Deadline, FakeClock
from aimo_pipeline.domain import Sequence
from aimo_pipeline.formula import Prefixed
from aimo_pipeline.mine import mine
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.jsonl import mine_lines
from aimo_pipeline.outcome import Constant, Found, MineOutcome, OutlierSuspected

CONFIG = MineConfig()


def mined(terms: list[int], first_index: int = 0, config: MineConfig = CONFIG) -> MineOutcome:
    deadline = Deadline.after(60.0, FakeClock())
    return asyncio.run(mine(Sequence(first_index, tuple(terms)), deadline=deadline, config=config))


def fibonacci(count: int) -> list[int]:
    terms = [0, 1]
    while len(terms) < count:
        terms.append(terms[-1] + terms[-2])
    return terms[:count]


TRUE = {
    "Fibonacci numbers": fibonacci(80),
    "squares": [n * n for n in range(80)],
    "3^n - n": [3**n - n for n in range(80)],
    "quarter squares": [n * n // 4 for n in range(80)],
}


class TestOddFirst:
    """A rule that is strong without the first term is accepted after it, and the result says so."""

    @pytest.mark.parametrize("name", TRUE)
    @pytest.mark.parametrize("error", [-3, 1, 10**9])
    @pytest.mark.parametrize("first_index", [0, 4])
    def test_it_is_kept_and_the_rule_goes_on_after_it(self, name: str, error: int, first_index: int) -> None:
        true = TRUE[name]
        outcome = mined([true[0] + error, *true[1:60]], first_index)
        assert isinstance(outcome, Found) and isinstance(outcome.formula, Prefixed)
        assert outcome.odd_first == true[0]
        assert terms_of(outcome.formula, 80) == (true[0] + error, *true[1:])
        assert outcome.formula.first_index == first_index

    @pytest.mark.parametrize("name", TRUE)
    @pytest.mark.parametrize("place", [1, 2, 59])
    def test_a_later_odd_term_is_still_not_accepted(self, name: str, place: int) -> None:
        terms = TRUE[name][:60]
        terms[place] += 1
        assert not isinstance(mined(terms), Found)

    def test_two_odd_terms_are_not_one(self) -> None:
        assert not isinstance(mined([7, 2, *TRUE["squares"][2:60]]), Found)

    @pytest.mark.parametrize(("count", "accepted"), [(24, False), (25, True)])
    def test_twice_the_usual_spare_terms_are_asked_for(self, count: int, accepted: bool) -> None:
        # Order 2 needs 10 spare terms; of 25 terms 24 are left, less 4 for the rule.
        outcome = mined([5, *fibonacci(count)[1:]])
        assert isinstance(outcome, Found if accepted else OutlierSuspected)

    def test_how_much_more_is_asked_for_is_a_setting(self) -> None:
        strict = replace(CONFIG, outlier=replace(CONFIG.outlier, odd_first=9.0))
        assert isinstance(mined([5, *fibonacci(60)[1:]], config=strict), OutlierSuspected)

    def test_so_are_the_floors_of_a_line(self) -> None:
        ceilings = [0, *(math.isqrt(3 * n * n) + 1 for n in range(1, 120))]
        outcome = mined(ceilings[:80])
        assert isinstance(outcome, Found) and outcome.odd_first == 1
        assert terms_of(outcome.formula, 120) == tuple(ceilings)

    @pytest.mark.parametrize("tail", [0, 7])
    def test_a_constant_after_an_odd_term_is_no_rule(self, tail: int) -> None:
        assert not isinstance(mined([3, *[tail] * 100]), Found | Constant)

    def test_a_term_that_the_rule_cannot_reach_back_to_is_no_exception(self) -> None:
        outcome = mined([1, *(3 * 2**n for n in range(40))])  # the rule would say 3/2
        assert isinstance(outcome, Found) and outcome.odd_first is None

    def test_the_command_line_says_so(self) -> None:
        line = json.dumps({"id": 1, "terms": [9, *TRUE["squares"][1:40]], "predict": [0, 1, 50]})
        (answer,) = mine_lines([line.encode()], config=CONFIG, clock=FakeClock())
        said = json.loads(answer)
        assert said["predicted"] == [9, 1, 2500]
        assert said["odd_first"] == {"index": 0, "expected": 0}
        assert said["note"] == "a(0) is as given; the rule would say 0"
        assert "outside the rule" in said["rule"]
