"""Which of several rules is believed."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Beatty, CFinite, Formula, Periodic, Polynomial, Prefixed
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.mine.trust.question import Question
from aimo_pipeline.mine.trust.rivals import decide, description_bits
from aimo_pipeline.outcome import Ambiguous, Found

CONFIG = MineConfig()
LINE = Polynomial(0, (0, 1))
FIFTY = tuple(range(50))


def rule(formula: Formula, family: str = "f") -> Found:
    return Found(formula, family, spare=20, unknowns=2, bits=60.0)


def until(count: int, after: Formula) -> Formula:
    """The line n, broken off after `count` terms."""
    return Prefixed(0, tuple(range(count)), after)


class TestDescriptionBits:
    """Longer numbers and more of them take more bits."""

    def test_a_larger_number_is_longer(self) -> None:
        sizes = [description_bits(value) for value in (0, 1, 10, 10**3, 10**6, 10**100)]
        assert sizes == sorted(sizes) and sizes[-1] > 333

    def test_the_first_index_is_free(self) -> None:
        assert description_bits(Polynomial(10**9, (1, 2))) == description_bits(Polynomial(0, (1, 2)))

    def test_a_line_is_shorter_as_a_polynomial_than_as_a_long_recurrence(self) -> None:
        recurrence = CFinite(0, (-1, 0, 2, 0), (0, 1, 2, 3))
        assert description_bits(LINE) < description_bits(recurrence)

    def test_what_is_inside_counts(self) -> None:
        assert description_bits(until(3, LINE)) > description_bits(LINE)


class TestDecide:
    """The shortest rule wins, unless one that says otherwise is nearly as short."""

    def test_a_single_rule_wants_fresh_terms(self) -> None:
        outcome = decide([rule(LINE)], Question(FIFTY, (0,)), CONFIG)
        assert isinstance(outcome, Found) and outcome.rivals == () and outcome.wants == (50, 51, 100)

    def test_the_same_rule_in_another_form_is_a_rival_that_never_differs(self) -> None:
        other = rule(CFinite(0, (-1, 2), (0, 1)), "c-finite")
        outcome = decide([other, rule(LINE, "polynomial")], Question(FIFTY, (0,)), CONFIG)
        assert isinstance(outcome, Found) and outcome.family == "polynomial"
        assert [(one.family, one.differs_at) for one in outcome.rivals] == [("c-finite", None)]

    def test_a_long_rule_that_differs_is_named_and_its_index_wanted_first(self) -> None:
        other = rule(until(60, Periodic(60, (5, 6, 7))))
        outcome = decide([other, rule(LINE)], Question(FIFTY, (0,)), CONFIG)
        assert isinstance(outcome, Found) and outcome.formula == LINE
        assert outcome.rivals[0].differs_at == 60 and outcome.wants[0] == 60

    def test_two_short_rules_that_differ_are_ambiguous(self) -> None:
        # floor(n 22/7) and floor(n sqrt(10)) agree up to n = 6.
        rules = [rule(Beatty(0, 0, 22, 0, 0, 0, 7), "a"), rule(Beatty(0, 0, 0, 0, 1, 10, 1), "b")]
        terms = terms_of(rules[0].formula, 6)
        outcome = decide(rules, Question(terms, (0,)), CONFIG)
        assert isinstance(outcome, Ambiguous)
        assert outcome.differ_at == outcome.wants[0]
        a, b = (evaluate(one.formula, outcome.differ_at, None) for one in outcome.rivals)
        assert a != b

    def test_rules_that_agree_where_it_matters_are_not_ambiguous(self) -> None:
        rules = [rule(Periodic(0, (1, 2, 3, 4))), rule(Periodic(0, (1, 2, 3, 5)))]
        asked = Question((1, 2, 3), (0,), positions=(100, 101, 102))
        assert isinstance(decide(rules, asked, CONFIG), Found)
        assert isinstance(decide(rules, Question((1, 2, 3), (0,), (103,)), CONFIG), Ambiguous)
        assert isinstance(decide(rules, Question((1, 2, 3), (0,)), CONFIG), Ambiguous)

    def test_a_difference_beyond_the_compared_terms_is_seen_at_the_position_asked_for(self) -> None:
        rules = [rule(Prefixed(0, (1,) * 300, Periodic(300, (c,)))) for c in (1, 2)]
        assert isinstance(decide(rules, Question((1,) * 50, (0,)), CONFIG), Found)
        asked = decide(rules, Question((1,) * 50, (0,), (400,)), CONFIG)
        assert isinstance(asked, Ambiguous) and asked.differ_at == 400

    def test_of_two_forms_the_one_that_can_be_evaluated_is_given(self) -> None:
        short = Prefixed(0, (0, 0), CFinite(2, (1,), ()))  # cannot be evaluated from 2 on
        outcome = decide(
            [rule(short), rule(CFinite(0, (1,), (0,)), "b")], Question((0, 0), (0,), (9,)), CONFIG
        )
        assert isinstance(outcome, Found) and evaluate(outcome.formula, 9, None) == 0

    def test_indices_that_differ_are_compared_by_position(self) -> None:
        rules = [rule(Polynomial(0, (0, 1))), rule(Polynomial(1, (0, 1)))]
        outcome = decide(rules, Question(FIFTY, (0, 1), (10**18,)), CONFIG)
        assert (
            isinstance(outcome, Found)
            and evaluate(outcome.formula, outcome.formula.first_index + 10**18, None) == 10**18
        )

    @given(st.permutations(range(4)))
    def test_the_order_of_the_candidates_changes_nothing(self, order: list[int]) -> None:
        rules = [
            rule(LINE, "a"),
            rule(LINE, "b"),
            rule(CFinite(0, (-1, 2), (0, 1)), "c"),
            rule(until(60, LINE), "d"),
        ]
        question = Question(FIFTY, (0,))
        assert decide([rules[i] for i in order], question, CONFIG) == decide(rules, question, CONFIG)

    def test_no_order_of_ambiguous_rules_changes_the_outcome(self) -> None:
        rules = [rule(Periodic(0, (1, 2, 3, c))) for c in range(3)]
        outcomes = [
            decide(list(order), Question((1, 2, 3), (0,)), CONFIG) for order in itertools.permutations(rules)
        ]
        assert all(outcome == outcomes[0] for outcome in outcomes)
