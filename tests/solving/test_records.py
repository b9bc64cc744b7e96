"""Every rule that reproduced a trace's terms is told, with what became of it."""

from __future__ import annotations

from aimo_pipeline.formula import CFinite, Polynomial
from aimo_pipeline.fresh import Held
from aimo_pipeline.mine.parameters import from_json
from aimo_pipeline.outcome import Ambiguous, Found, NothingFits, OutlierSuspected, Rival
from aimo_pipeline.solving.records import candidates_mined

FIBONACCI = CFinite(0, (1, 1), (0, 1))
LINE = Polynomial(0, (0, 1))
FOUND = Found(FIBONACCI, "c-finite", 9, 4, 61.27, (Rival(LINE, "polynomial", 12.0, 14),))
OTHER = Found(LINE, "polynomial", 3, 2, 9.0)


class TestCandidatesMined:
    """The rule itself, its parameters, its spare terms, its bits and its rivals are in the journal."""

    def test_a_rule_and_its_rival(self) -> None:
        rule, rival = candidates_mined("p", 2, FOUND, Held(FOUND, (20,), (20,)))
        assert (rule.problem_id, rule.sample, rule.standing, rule.family) == ("p", 2, "found", "c-finite")
        assert (rule.unknowns, rule.spare, rule.bits, rule.differs_at) == (4, 9, 61.3, None)
        assert rule.rule == "a(n+2) = a(n+1) + a(n); from n = 0: 0, 1"
        assert from_json(rule.parameters) == FIBONACCI
        assert (rival.standing, rival.family, rival.bits, rival.differs_at) == (
            "rival",
            "polynomial",
            12.0,
            14,
        )
        assert from_json(rival.parameters) == LINE

    def test_a_rule_that_a_fresh_term_contradicted_is_told_all_the_same(self) -> None:
        rule, _ = candidates_mined("p", 0, FOUND, Held(NothingFits("a(20) contradicts it"), (20,), ()))
        assert (rule.standing, rule.family) == ("contradicted", "c-finite")

    def test_of_several_the_one_that_fresh_terms_settled_is_the_one_found(self) -> None:
        several = Ambiguous("two fit", (FOUND, OTHER), 14, (14,))
        settled = candidates_mined("p", 0, several, Held(OTHER, (14,), (14,)))
        assert [one.standing for one in settled] == ["one of several", "found"]
        unsettled = candidates_mined("p", 0, several, Held(several, (14,), ()))
        assert {one.standing for one in unsettled} == {"one of several"}

    def test_the_rule_of_all_terms_but_one_is_told_as_that(self) -> None:
        suspected = OutlierSuspected("a(3) is odd", 3, 5, OTHER)
        [rule] = candidates_mined("p", 0, suspected, Held(suspected, (), ()))
        assert rule.standing == "but for one term"

    def test_where_nothing_fits_nothing_is_told(self) -> None:
        nothing = NothingFits("no rule")
        assert not list(candidates_mined("p", 0, nothing, Held(nothing, (), ())))
