"""Fresh terms against a rule."""

from __future__ import annotations

from aimo_pipeline.formula import CFinite
from aimo_pipeline.mine.trust.confirm import Confirmed, Contradicted, confirm
from aimo_pipeline.outcome import Found

FIBONACCI = Found(CFinite(0, (1, 1), (0, 1)), "c-finite", spare=10)


class TestConfirm:
    """A rule is confirmed by fresh terms only if it gives every one of them."""

    def test_terms_that_agree_are_listed(self) -> None:
        assert confirm(FIBONACCI, {100: 354224848179261915075, 14: 377}) == Confirmed((14, 100))

    def test_the_first_difference_is_named(self) -> None:
        assert confirm(FIBONACCI, {14: 377, 16: 0, 15: 611}) == Contradicted(15, 610, 611)

    def test_terms_that_the_rule_cannot_reach_say_nothing(self) -> None:
        assert confirm(FIBONACCI, {-1: 1, 10**18: 5}) == Confirmed(())
